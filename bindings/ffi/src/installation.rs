//! What an installation is given once, and is never learnt from an answer.

use liangma_screens::Preferences;
use liangma_terminal::{PlatformAddress, TerminalConfig};

use crate::error::LiangmaError;

/// What an installation is given.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Installation {
    /// A folder of its own, inside the program's private files and left out of backups. It is made when it is
    /// not there.
    pub folder: String,
    /// Where the platform is: `https://host[:port]`, or `http://` to this machine's loopback address.
    pub platform: String,
    /// The certificates (DER) that the platform's certificate must lead to. There are no built-in ones.
    pub platform_roots: Vec<Vec<u8>>,
    /// SHA-256 over the public key (`SubjectPublicKeyInfo`, DER) of each certificate that the platform may
    /// present itself: the one in use and the next. Empty: the roots alone decide. 32 bytes each.
    pub platform_pins: Vec<Vec<u8>>,
    /// The signed root of trust.
    pub trust_root: Vec<u8>,
    /// The languages that the person reads, the best first, as BCP 47 tags: how the glass begins.
    pub languages: Vec<String>,
}

impl Installation {
    pub(crate) fn preferences(&self) -> Preferences {
        Preferences::of_device(self.languages.iter().map(String::as_str))
    }

    pub(crate) fn config(self) -> Result<TerminalConfig, LiangmaError> {
        if self.folder.is_empty() {
            return Err(LiangmaError::input("installation.folder"));
        }
        let pins = self.platform_pins.into_iter().map(|pin| {
            pin.try_into()
                .map_err(|_| LiangmaError::input("installation.platform_pins"))
        });
        Ok(TerminalConfig {
            folder: self.folder.into(),
            platform: PlatformAddress {
                url: self.platform,
                roots: self.platform_roots,
                pins: pins.collect::<Result<_, _>>()?,
            },
            root: self.trust_root,
        })
    }
}

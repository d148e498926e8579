//! Phones that talk to a platform somewhere.

use std::path::Path;
use std::sync::Arc;

use liangma_crypto::SystemRandomness;
use liangma_platform::sandbox::SandboxPerson;
use liangma_platform::sandbox::face_provider::ChosenOutcome;
use liangma_terminal::desktop::{KeyFile, SystemClocks};
use liangma_terminal::{LoginForm, PlatformAddress, Ports, Terminal, TerminalConfig};
use liangma_wire::login::LoginChannel;

use crate::world::Person;

/// Opens the phone of a folder, whose person ends face checks in one way.
pub(crate) async fn open(
    folder: &Path,
    platform: PlatformAddress,
    root: &[u8],
    ends: ChosenOutcome,
) -> Terminal {
    let config = TerminalConfig {
        folder: folder.join("store"),
        platform,
        root: root.to_vec(),
    };
    let ports = Ports {
        keys: Arc::new(KeyFile::new(&folder.join("keys.json")).unwrap()),
        face: Arc::new(Person(ends)),
        wall: Arc::new(SystemClocks),
        monotonic: Arc::new(SystemClocks),
        randomness: Arc::new(SystemRandomness),
    };
    Terminal::open(config, ports).await.unwrap()
}

/// What a person types to log in.
pub(crate) fn form(person: &SandboxPerson) -> LoginForm {
    LoginForm {
        name: person.name.to_owned(),
        document_type: person.document_type,
        document_number: person.document_number.to_owned(),
        phone: person.phone.to_owned(),
        channel: LoginChannel::Sms,
    }
}

//! What children say to the judge, one line of JSON each, and what they hear.

use std::io::{self, Write as _};

use liangma_platform::PlatformConfig;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Outcome, clock::TrialClock};

/// How a platform is started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PlatformSetup {
    /// The data folder.
    pub(crate) folder: String,
    /// The port of this machine.
    pub(crate) port: u16,
    /// The file of principals.
    pub(crate) principals: String,
    /// Where the face provider is.
    pub(crate) provider: String,
    /// The file with the provider's public key.
    pub(crate) provider_key: String,
    pub(crate) clock: TrialClock,
}

/// How a phone is started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PhoneSetup {
    /// Holds the store, and the keys beside it.
    pub(crate) folder: String,
    /// Where the platform is.
    pub(crate) url: String,
    /// The root of trust, as hexadecimal.
    pub(crate) root: String,
    pub(crate) clock: TrialClock,
    /// What this run does follows from it.
    pub(crate) seed: u64,
    /// The number of the first thing that this run does; nothing else has it.
    pub(crate) first_act: u32,
    /// Sends what waits and ends, instead of going on.
    pub(crate) finish: bool,
}

/// What became of something that a person did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Settled {
    /// The platform has it.
    Done,
    /// The phone keeps it and sends it when it can.
    Waiting,
    /// The platform refused it; the phone keeps it with the reason.
    Refused,
}

/// A phone as its person finds it after a start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    /// Somebody is logged in.
    pub(crate) logged_in: bool,
    /// The marks of what waits in the outbox, and whether each was refused.
    pub(crate) outbox: Vec<(String, bool)>,
    /// The number in the draft.
    pub(crate) draft: Option<u32>,
    /// The mark of the device key, where there is one.
    pub(crate) device: Option<String>,
    /// The signed hours, and a mark of each.
    pub(crate) hours: Vec<(u32, String)>,
    /// Why the terminal shows no code; `None` when it does.
    pub(crate) dark: Option<String>,
    /// The same for a widget, before the terminal was opened.
    pub(crate) widget_dark: Option<String>,
    /// The store was taken for one that was put back.
    pub(crate) rolled_back: bool,
}

/// What a child says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Said {
    /// The platform answers from now on. Its root, as hexadecimal.
    Serving {
        root: String,
    },
    /// A login code for a person.
    Message {
        person: u32,
        code: String,
    },
    /// The phone is open.
    Opened(Found),
    /// The phone asks whose it is, and whether they may log in now: a number or nothing comes back.
    WhoAmI,
    /// The phone waits for its login code: the code or nothing comes back.
    CodePlease,
    /// A person is about to do something that is kept under a mark.
    Asked {
        mark: String,
    },
    /// What became of it.
    Settled {
        mark: String,
        settled: Settled,
    },
    /// It was not kept, and the person was told so.
    NotKept {
        mark: String,
    },
    /// The person takes a refused entry away.
    TakingOut {
        mark: String,
    },
    /// A draft is about to be kept, and was kept.
    Drafting {
        number: u32,
    },
    Drafted {
        number: u32,
    },
    /// A login is about to be completed, and was, with this device key.
    LoggingIn,
    LoggedIn {
        device: String,
    },
    /// The device went through a face check.
    Verified {
        device: String,
    },
    /// A code was fetched and is shown.
    Refreshing,
    Refreshed {
        hours: Vec<(u32, String)>,
    },
    /// The envelope is about to be rewrapped, and was.
    Rewrapping,
    Rewrapped,
    /// Everything on the phone is about to be erased, and was.
    Erasing,
    Erased,
    /// Another device of the person was ended.
    EndedDevice {
        device: String,
    },
    /// The platform or the phone said no for a reason that a person can do something about.
    Refusal {
        code: String,
    },
    /// Something that must never happen.
    Fault {
        what: String,
    },
    /// The phone has sent what it could, and this is what it holds.
    Finished(Found),
}

/// Says something to the judge. Whole once this returns; a child whose judge is gone ends.
pub(crate) fn say(said: &Said) {
    let mut text = serde_json::to_string(said).unwrap_or_default();
    text.push('\n');
    let mut out = io::stdout().lock();
    if out
        .write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        std::process::exit(4);
    }
}

/// Hears one line from the judge.
pub(crate) fn hear() -> String {
    let mut line = String::new();
    match io::stdin().read_line(&mut line) {
        Ok(length) if length > 0 => line.trim().to_owned(),
        _ => std::process::exit(4),
    }
}

/// Reads a setup from the command line.
pub(crate) fn setup<T: DeserializeOwned>(text: &str) -> Outcome<T> {
    serde_json::from_str(text).map_err(|_| "the setup cannot be read".to_owned())
}

/// How the platform of the trial is configured.
pub(crate) fn config(folder: &str, principals: &str) -> Outcome<PlatformConfig> {
    Ok(PlatformConfig {
        data_dir: folder.into(),
        profile: "zhejiang-2020".to_owned(),
        name: "liangma-kill-trial".to_owned(),
        sandbox: true,
        emergency: false,
        // Every login begins a strip here, and there are many.
        strips_per_device: None,
        limits: liangma_platform::Limits::default(),
        master_key: liangma_platform::MasterKeySource::DataFolder,
        trusted_proxies: Vec::new(),
        principals: liangma_platform::read_principals(principals.as_ref())
            .map_err(|error| error.to_string())?,
    })
}

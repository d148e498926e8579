//! The phone against a small platform, over real HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop a test as the tests themselves do"
)]

mod clocks;
mod code;
mod damage;
mod full;
mod journey;
mod key_faults;
mod keys;
mod kills;
mod network;
mod outbox;
mod persons;
mod platform;
mod roots;

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use jiff::SignedDuration;
use liangma_crypto::SystemRandomness;
use liangma_domain::identity::DocumentType;
use liangma_terminal::{
    FaceCheckOutcome, LoginForm, PlatformAddress, Ports, ShowError, ShownCode, Terminal,
    TerminalConfig, TerminalError,
    ports::{FaceReturn, KeyStore},
    show_code,
    testing::{ManualClocks, MemoryKeyStore, ScriptedFaceCheck},
};
use liangma_wire::{bytes::FixedBytes, consent::Purpose, face::ReceiptHandle, login::LoginChannel};

use crate::platform::{HANDLE, LOGIN_CODE, Platform, start};

/// One phone and one platform.
struct World {
    platform: Arc<Platform>,
    clocks: Arc<ManualClocks>,
    keys: Arc<MemoryKeyStore>,
    face: Arc<ScriptedFaceCheck>,
    /// In place of `keys`, where a test wants another key store.
    other_keys: Option<Arc<dyn KeyStore>>,
    folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        Self {
            platform: Platform::serve().await,
            clocks: Arc::new(ManualClocks::new(start())),
            keys: Arc::new(MemoryKeyStore::new(1)),
            face: Arc::new(ScriptedFaceCheck::new(|handoff| {
                let handle = ReceiptHandle(FixedBytes(HANDLE));
                Ok(FaceReturn {
                    state: handoff.state,
                    handle,
                })
            })),
            other_keys: None,
            folder: quick_folder(),
        }
    }

    /// The key store that the terminal is given.
    fn key_store(&self) -> Arc<dyn KeyStore> {
        self.other_keys.clone().unwrap_or_else(|| self.keys.clone())
    }

    /// Shows the code as a widget does: beside the terminal or without one.
    fn shown_cold(&self) -> Result<ShownCode, ShowError> {
        show_code(
            self.path(),
            self.key_store().as_ref(),
            self.clocks.as_ref(),
            self.clocks.as_ref(),
        )
    }

    /// Every file of the phone with its bytes.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        std::fs::read_dir(self.path())
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                (name, std::fs::read(entry.path()).unwrap())
            })
            .collect()
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn config(&self) -> TerminalConfig {
        TerminalConfig {
            folder: self.path().to_owned(),
            platform: PlatformAddress::loopback(&self.platform.url),
            root: self.platform.root(),
        }
    }

    fn ports(&self) -> Ports {
        Ports {
            keys: self.key_store(),
            face: self.face.clone(),
            wall: self.clocks.clone(),
            monotonic: self.clocks.clone(),
            randomness: Arc::new(SystemRandomness),
        }
    }

    async fn open(&self) -> Terminal {
        self.try_open().await.unwrap()
    }

    async fn try_open(&self) -> Result<Terminal, TerminalError> {
        Terminal::open(self.config(), self.ports()).await
    }

    /// Lets time pass for phone and platform.
    fn pass(&self, seconds: u64) {
        self.clocks.pass(Duration::from_secs(seconds));
        self.platform.state().now += SignedDuration::from_secs(seconds.try_into().unwrap());
    }

    /// A terminal with a code.
    async fn ready(&self) -> Terminal {
        let terminal = self.open().await;
        make_ready(&terminal).await;
        terminal
    }
}

/// From nothing to a code.
async fn make_ready(terminal: &Terminal) {
    log_in(terminal).await;
    terminal
        .record_consent(Purpose::HealthCode, 1, "zh-Hans", true)
        .await
        .unwrap();
    terminal.apply().await.unwrap();
    assert_eq!(
        terminal.face_check().await.unwrap(),
        FaceCheckOutcome::Passed
    );
    terminal.refresh().await.unwrap();
}

/// A folder in memory where there is one: a thousand phones are opened here, and none needs a real disk.
fn quick_folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

fn form() -> LoginForm {
    LoginForm {
        name: "王秀英".to_owned(),
        document_type: DocumentType::ResidentIdentity,
        document_number: "110105 19491231 002x".to_owned(),
        phone: "138 0000 0000".to_owned(),
        channel: LoginChannel::Sms,
    }
}

async fn log_in(terminal: &Terminal) {
    terminal.login_start(form()).await.unwrap();
    terminal.login_complete(LOGIN_CODE).await.unwrap();
}

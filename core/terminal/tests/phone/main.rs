//! The phone against a small platform, over real HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop a test as the tests themselves do"
)]

mod code;
mod full;
mod journey;
mod keys;
mod kills;
mod network;
mod outbox;
mod platform;

use std::{path::Path, sync::Arc, time::Duration};

use jiff::SignedDuration;
use liangma_crypto::SystemRandomness;
use liangma_domain::identity::DocumentType;
use liangma_terminal::{
    FaceCheckOutcome, LoginForm, PlatformAddress, Ports, Terminal, TerminalConfig, TerminalError,
    ports::FaceReturn,
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
            folder: tempfile::tempdir().unwrap(),
        }
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
            keys: self.keys.clone(),
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

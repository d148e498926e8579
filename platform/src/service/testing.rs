//! A platform for tests that look behind the interface: its store is watched, its clock set by hand.

use std::{sync::Arc, time::Duration};

use liangma_crypto::{SigningKey, Suite, SystemRandomness};
use liangma_wire::{
    bytes::FixedBytes,
    login::{LoginCompleteRequest, LoginCompleteResponse, enrolment_message},
};
use serde_json::{Value, json};

use crate::{
    platform::Platform,
    ports::HandClock,
    sandbox::{Sandbox, SandboxOptions, SandboxPrincipal, Tray, person},
    storage::{Seat, watched::Watched},
};

/// A sandbox that nobody serves.
pub(crate) struct Room {
    pub(crate) platform: Arc<Platform>,
    pub(crate) store: Arc<Watched>,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) tray: Arc<Tray>,
    pub(crate) principals: Vec<SandboxPrincipal>,
    _folder: tempfile::TempDir,
}

impl Room {
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// Opens one and changes it before anybody uses it.
    pub(crate) async fn open_with(change: impl FnOnce(&mut Platform)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::generate(Suite::P256, &SystemRandomness).unwrap();
        let provider = *key.public_key();
        let mut options = SandboxOptions::new(folder.path(), "http://127.0.0.1:9", provider);
        let clock = Arc::new(HandClock::new("2022-03-14T02:20:30Z".parse().unwrap()));
        options.clock = clock.clone();
        let sandbox = Sandbox::open(options).await.unwrap();
        let mut platform = Arc::into_inner(sandbox.platform).unwrap();
        let store = Watched::new(platform.storage.clone());
        platform.storage = store.clone();
        change(&mut platform);
        Self {
            platform: Arc::new(platform),
            store,
            clock,
            tray: sandbox.tray,
            principals: sandbox.principals,
            _folder: folder,
        }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(jiff::SignedDuration::from_secs(seconds));
    }

    /// Logs somebody in on a new device.
    pub(crate) async fn log_in(&self, who: &str) -> Seat {
        let key = SigningKey::generate(Suite::P256, &SystemRandomness).unwrap();
        let request = serde_json::from_value(login_body(who, &key, "sms")).unwrap();
        let attempt = self
            .platform
            .login_start(request, None)
            .await
            .unwrap()
            .attempt;
        let phone = person(who).unwrap().phone;
        let message = self.tray.take(phone, Duration::from_secs(5)).await.unwrap();
        let proof = key
            .sign(&enrolment_message(&attempt, &message.code))
            .unwrap();
        let request = LoginCompleteRequest {
            attempt,
            code: message.code.into(),
            proof: FixedBytes(proof),
        };
        let login: LoginCompleteResponse = self.platform.login_complete(request).await.unwrap();
        self.platform
            .seat_of_session(login.session.0.0)
            .await
            .unwrap()
    }
}

/// What a phone sends to log somebody in.
pub(crate) fn login_body(who: &str, key: &SigningKey, channel: &str) -> Value {
    let person = person(who).unwrap();
    json!({
        "name": person.name,
        "document_type": person.document_type,
        "document_number": person.document_number,
        "phone": person.phone,
        "device_key": FixedBytes::<65>(key.public_key().bytes().try_into().unwrap()),
        "channel": channel,
    })
}

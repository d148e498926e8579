//! Every way in which a network fails a phone. Time is virtual: what takes minutes takes none.
//!
//! Between phone and platform stands [`proxy::Proxy`]. Under each fault a person does everything there
//! is to do; nothing of it is lost or doubled, each outcome has its words, and the code stays lit.

mod answers;
mod faults;
mod proxy;
mod skew;
mod tls;
mod waits;

use std::time::Duration;

use liangma_domain::identity::DocumentType;
use liangma_terminal::{
    FaceCheckOutcome, LoginForm, PlatformAddress, ShownCode, Terminal, TerminalConfig,
    TerminalError, outbox::Sent, show_code, words::StateId,
};
use liangma_wire::{
    consent::{CONSENTS_PATH, Purpose},
    declaration::{DECLARE_HEALTH_PATH, HealthDeclaration, Symptom},
};
use tokio::time::Instant;

use self::proxy::{Fault, Proxy};
use crate::{LOGIN_CODE, World, form, make_ready, platform::start};

/// The longest that a person waits for any one act.
const ACT_MAX: Duration = Duration::from_secs(25);
/// The longest for a refresh, which sends what waits as well.
const REFRESH_MAX: Duration = Duration::from_secs(50);

/// A phone, a platform, and what stands between them.
struct Net {
    world: World,
    proxy: Proxy,
}

impl Net {
    async fn new() -> Self {
        let world = World::new().await;
        let proxy = Proxy::before(&world.platform.url).await;
        Self { world, proxy }
    }

    async fn open(&self) -> Terminal {
        let config = TerminalConfig {
            platform: PlatformAddress::loopback(&self.proxy.url),
            ..self.world.config()
        };
        Terminal::open(config, self.world.ports()).await.unwrap()
    }

    /// A phone with a code; on top, a login attempt is open.
    async fn ready(&self) -> Terminal {
        let terminal = self.open().await;
        make_ready(&terminal).await;
        terminal.login_start(form()).await.unwrap();
        self.proxy.take_seen();
        terminal
    }

    /// The code is lit as it was: in the open program, and for a widget that opens the store alone.
    fn assert_lit(&self, terminal: &Terminal, before: &ShownCode) {
        let warm = terminal.show().unwrap();
        let ports = self.world.ports();
        let (wall, monotonic) = (ports.wall.as_ref(), ports.monotonic.as_ref());
        let cold = show_code(self.world.path(), ports.keys.as_ref(), wall, monotonic).unwrap();
        for shown in [warm, cold] {
            assert_eq!(shown.text, before.text);
            assert_eq!(shown.clock_state, before.clock_state);
            assert_eq!(shown.validity.covered_until, before.validity.covered_until);
        }
    }
}

fn fever(tenths: u16) -> HealthDeclaration {
    HealthDeclaration {
        temperature_tenths: Some(tenths),
        symptoms: vec![Symptom::Fever],
        high_risk_contact: false,
        observed_at: start(),
    }
}

/// The id of an error.
fn state_of<T: std::fmt::Debug>(outcome: Result<T, TerminalError>) -> StateId {
    outcome.unwrap_err().state_id()
}

async fn within<T>(limit: Duration, what: &str, work: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let outcome = work.await;
    let took = begun.elapsed();
    assert!(took <= limit, "{what} took {took:?}");
    outcome
}

/// Another form of the same person, so that a login attempt begins anew.
fn other_form() -> LoginForm {
    LoginForm {
        document_type: DocumentType::ResidentIdentity,
        phone: "138 0000 0000".to_owned(),
        ..form()
    }
}

/// Under a fault that meets everything, a person refreshes and declares; for the faults that have brothers.
async fn touch(net: &Net, terminal: &Terminal, fault: &str, expected: &str) {
    let before = terminal.show().unwrap();
    let refreshed = within(REFRESH_MAX, "a refresh", terminal.refresh()).await;
    assert_eq!(state_of(refreshed).to_string(), expected, "{fault}");
    let declared = terminal.declare_health(fever(385)).await;
    assert_eq!(declared.unwrap(), Sent::Waiting, "{fault}");
    net.assert_lit(terminal, &before);
    net.proxy.heal().await;
    terminal.refresh().await.unwrap();
    assert!(terminal.state().await.unwrap().outbox.is_empty(), "{fault}");
}

/// Under a fault that meets everything, a person does everything. Then all goes right again.
async fn live_through(net: &Net, terminal: &Terminal, fault: &str, expected: &str) {
    let before = terminal.show().unwrap();
    let lit = || net.assert_lit(terminal, &before);
    let said = |id: StateId, what: &str| assert_eq!(id.to_string(), expected, "{fault}: {what}");

    let refreshed = within(REFRESH_MAX, "a refresh", terminal.refresh()).await;
    said(state_of(refreshed), "refresh");
    lit();
    let declared = within(
        ACT_MAX,
        "a declaration",
        terminal.declare_health(fever(385)),
    )
    .await;
    assert_eq!(declared.unwrap(), Sent::Waiting, "{fault}");
    lit();
    let consent = terminal.record_consent(Purpose::TripDeclaration, 1, "en", true);
    let consented = within(ACT_MAX, "a consent", consent).await;
    assert_eq!(consented.unwrap(), Sent::Waiting, "{fault}");
    lit();
    let applied = within(ACT_MAX, "an application", terminal.apply()).await;
    said(state_of(applied), "apply");
    let face = within(ACT_MAX, "a face check", terminal.face_check()).await;
    said(state_of(face), "face check");
    let counter = within(ACT_MAX, "a counter handle", terminal.counter_handle()).await;
    said(state_of(counter), "counter");
    lit();
    let started = within(ACT_MAX, "a login", terminal.login_start(other_form())).await;
    said(state_of(started), "login start");
    let draft = terminal.login_draft().await.unwrap();
    assert_eq!(draft, Some(other_form()), "{fault}: what was typed is kept");
    let completed = within(ACT_MAX, "a login code", terminal.login_complete(LOGIN_CODE)).await;
    said(state_of(completed), "login complete");
    lit();
    let again = within(REFRESH_MAX, "a second refresh", terminal.refresh()).await;
    said(state_of(again), "second refresh");
    lit();
    let state = terminal.state().await.unwrap();
    assert_eq!(state.outbox.len(), 2, "{fault}: nothing is lost");
    assert_eq!(state.failed_refreshes, 2, "{fault}");

    net.proxy.heal().await;
    net.proxy.take_seen();
    let writes = net.world.platform.state().writes.len();
    terminal.refresh().await.unwrap();
    assert!(terminal.state().await.unwrap().outbox.is_empty(), "{fault}");
    let kept: Vec<(String, String)> = net
        .proxy
        .take_seen()
        .into_iter()
        .filter_map(|seen| seen.key.map(|key| (seen.path, key)))
        .collect();
    let paths: Vec<&str> = kept.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [DECLARE_HEALTH_PATH, CONSENTS_PATH],
        "{fault}: in order"
    );
    {
        let state = net.world.platform.state();
        assert!(kept.iter().all(|(_, key)| state.writes.contains_key(key)));
        assert!(state.writes.len() <= writes + 2, "{fault}: nothing doubled");
    }
    assert_eq!(
        terminal.face_check().await.unwrap(),
        FaceCheckOutcome::Passed
    );
    terminal.login_start(form()).await.unwrap();
    terminal.show().unwrap();
}

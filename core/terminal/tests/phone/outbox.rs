//! What a person does reaches the platform once, or waits, or is refused with its reason.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use jiff::SignedDuration;
use liangma_crypto::{Randomness, RandomnessError, SystemRandomness};
use liangma_domain::identity::DocumentType;
use liangma_terminal::{
    LoginForm, NoticeKind, Ports, Terminal, TerminalError,
    outbox::{Correction, CorrectionSubject, EntryState, Sent},
};
use liangma_wire::{
    consent::{CONSENTS_PATH, Purpose},
    declaration::{DECLARE_HEALTH_PATH, HealthDeclaration, Symptom, TripDeclaration},
    problem::ProblemCode,
};

use crate::{LOGIN_CODE, World, form, log_in, platform::start};

fn fever() -> HealthDeclaration {
    HealthDeclaration {
        temperature_tenths: Some(385),
        symptoms: vec![Symptom::Fever],
        high_risk_contact: false,
        observed_at: start(),
    }
}

#[tokio::test]
async fn before_login_everything_waits_and_after_it_everything_goes_in_order() {
    let world = World::new().await;
    let terminal = world.open().await;
    let sent = terminal
        .record_consent(Purpose::HealthDeclaration, 1, "en", true)
        .await
        .unwrap();
    assert_eq!(sent, Sent::Waiting);
    drop(terminal);
    let terminal = world.open().await;
    assert_eq!(terminal.state().await.unwrap().outbox.len(), 1);
    terminal.declare_health(fever()).await.unwrap();
    log_in(&terminal).await;
    assert!(terminal.state().await.unwrap().outbox.is_empty());
    let state = world.platform.state();
    let mut paths: Vec<&str> = state
        .writes
        .values()
        .map(|(path, _)| path.as_str())
        .collect();
    paths.sort_unstable();
    assert_eq!(paths, [CONSENTS_PATH, DECLARE_HEALTH_PATH]);
}

#[tokio::test]
async fn what_one_person_did_never_goes_out_under_anothers_name() {
    let world = World::new().await;
    let terminal = world.open().await;
    log_in(&terminal).await;
    world.platform.state().lose_answers = Some((DECLARE_HEALTH_PATH.to_owned(), 9));
    assert_eq!(
        terminal.declare_health(fever()).await.unwrap(),
        Sent::Waiting
    );
    let asked = world.platform.state().asked[DECLARE_HEALTH_PATH];
    let another = LoginForm {
        document_type: DocumentType::HongKongMacauTravelPermit,
        document_number: "H12345678".to_owned(),
        ..form()
    };
    terminal.login_start(another).await.unwrap();
    terminal.login_complete(LOGIN_CODE).await.unwrap();
    assert!(terminal.state().await.unwrap().outbox.is_empty());
    terminal.flush_outbox().await.unwrap();
    assert_eq!(world.platform.state().asked[DECLARE_HEALTH_PATH], asked);
}

#[tokio::test]
async fn a_lost_answer_and_a_kill_double_nothing_and_lose_nothing() {
    let world = World::new().await;
    let terminal = world.open().await;
    log_in(&terminal).await;
    world.platform.state().lose_answers = Some((DECLARE_HEALTH_PATH.to_owned(), 3));
    assert_eq!(
        terminal.declare_health(fever()).await.unwrap(),
        Sent::Waiting
    );
    let (_, entry) = terminal.state().await.unwrap().outbox.remove(0);
    assert!(matches!(entry.state, EntryState::Waiting { tries: 1, .. }));
    drop(terminal);
    let terminal = world.open().await;
    assert_eq!(terminal.state().await.unwrap().outbox[0].1.key, entry.key);
    let sent = terminal.flush_outbox().await.unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].1, Sent::Done);
    assert_eq!(world.platform.state().writes.len(), 1, "one key, one write");
    assert!(terminal.state().await.unwrap().outbox.is_empty());
}

#[tokio::test]
async fn what_is_due_later_waits_its_turn_unless_the_network_is_known_to_be_back() {
    let world = World::new().await;
    let terminal = world.open().await;
    log_in(&terminal).await;
    world.platform.state().lose_answers = Some((DECLARE_HEALTH_PATH.to_owned(), 3));
    terminal.declare_health(fever()).await.unwrap();
    let later = world.platform.state().asked[DECLARE_HEALTH_PATH];
    world.pass(31);
    let sent = terminal.flush_due().await.unwrap();
    assert_eq!(sent[0].1, Sent::Done);
    assert_eq!(world.platform.state().asked[DECLARE_HEALTH_PATH], later + 1);
}

#[tokio::test]
async fn what_a_person_did_later_never_arrives_before_what_they_did_first() {
    let world = World::new().await;
    let terminal = world.open().await;
    log_in(&terminal).await;
    world.platform.state().lose_answers = Some((CONSENTS_PATH.to_owned(), 6));
    for given in [true, false] {
        let sent = terminal
            .record_consent(Purpose::HealthCode, 1, "en", given)
            .await
            .unwrap();
        assert_eq!(sent, Sent::Waiting);
    }
    let kept = terminal.state().await.unwrap().outbox;
    let mut sent = Vec::new();
    for _ in 0..=60 {
        sent.extend(terminal.flush_due().await.unwrap());
        world.pass(1);
    }
    let in_order: Vec<_> = kept.iter().map(|(id, _)| (*id, Sent::Done)).collect();
    assert_eq!(sent, in_order);
}

#[tokio::test]
async fn what_was_put_off_by_a_clock_that_was_ahead_is_not_waited_for() {
    let world = World::new().await;
    let terminal = world.open().await;
    log_in(&terminal).await;
    let month = SignedDuration::from_hours(30 * 24);
    world.clocks.shift_wall(month);
    world.platform.state().lose_answers = Some((DECLARE_HEALTH_PATH.to_owned(), 3));
    assert_eq!(
        terminal.declare_health(fever()).await.unwrap(),
        Sent::Waiting
    );
    world.clocks.shift_wall(-month);
    let sent = terminal.flush_due().await.unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].1, Sent::Done);
}

/// Gives out so many more.
struct Failing(AtomicUsize);

impl Randomness for Failing {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomnessError> {
        let left = |left: usize| left.checked_sub(1);
        self.0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, left)
            .map_err(|_| RandomnessError)?;
        SystemRandomness.fill(bytes)
    }
}

#[tokio::test]
async fn what_is_on_disk_is_never_said_to_be_lost_whatever_fails_after_it() {
    let world = World::new().await;
    let randomness = Arc::new(Failing(AtomicUsize::new(usize::MAX)));
    let ports = Ports {
        randomness: randomness.clone(),
        ..world.ports()
    };
    let terminal = Terminal::open(world.config(), ports).await.unwrap();
    log_in(&terminal).await;
    world.platform.state().lose_answers = Some((DECLARE_HEALTH_PATH.to_owned(), 1000));
    let mut outcomes = Vec::new();
    for left in 0..4 {
        let before = terminal.state().await.unwrap().outbox.len();
        randomness.0.store(left, Ordering::SeqCst);
        let outcome = terminal.declare_health(fever()).await;
        let kept = terminal.state().await.unwrap().outbox.len() - before;
        assert_eq!(kept, usize::from(outcome.is_ok()), "{left}: {outcome:?}");
        outcomes.push(outcome.is_ok());
    }
    assert!(outcomes.contains(&true) && outcomes.contains(&false));
}

#[tokio::test]
async fn an_answer_that_nobody_can_read_is_set_aside_and_holds_back_nothing_for_ever() {
    let world = World::new().await;
    let terminal = world.open().await;
    log_in(&terminal).await;
    world.platform.state().garble = Some(DECLARE_HEALTH_PATH.to_owned());
    assert_eq!(
        terminal.declare_health(fever()).await.unwrap(),
        Sent::Waiting
    );
    let (id, entry) = terminal.state().await.unwrap().outbox.remove(0);
    // What comes after it keeps its place for as long as an answer may still come.
    let sent = terminal
        .record_consent(Purpose::HealthCode, 1, "en", true)
        .await;
    assert_eq!(sent.unwrap(), Sent::Waiting);
    // Whoever presses a button many times has not waited.
    for _ in 0..20 {
        let sent = terminal.flush_outbox().await.unwrap();
        assert_eq!(sent, [(id, Sent::Waiting)]);
    }
    let mut sent = Vec::new();
    for _ in 0..100 {
        world.pass(300);
        sent.extend(terminal.flush_due().await.unwrap());
    }
    let tries = sent.iter().filter(|(_, sent)| *sent == Sent::Waiting);
    assert!(tries.count() <= 8, "{sent:?}");
    let aside = sent.iter().position(|sent| *sent == (id, Sent::SetAside));
    assert_eq!(
        sent[aside.unwrap() + 1].1,
        Sent::Done,
        "the consent went out"
    );
    assert_eq!(sent.len(), aside.unwrap() + 2, "it is left in peace");

    let terminal = {
        drop(terminal);
        world.open().await
    };
    let state = terminal.state().await.unwrap();
    assert_eq!(state.outbox.len(), 1);
    assert!(matches!(
        state.outbox[0].1.state,
        EntryState::SetAside { .. }
    ));
    let told: Vec<_> = state.notices.iter().map(|notice| notice.kind).collect();
    assert_eq!(told, [NoticeKind::SendingSetAside]);
    // Once it is understood, and only by the person's wish, it is sent under its own key: one write.
    world.platform.state().garble = None;
    assert_eq!(terminal.flush_outbox().await.unwrap(), []);
    assert!(terminal.send_again(id).await.unwrap());
    assert_eq!(terminal.flush_outbox().await.unwrap(), [(id, Sent::Done)]);
    let writes = &world.platform.state().writes;
    assert!(writes.contains_key(&entry.key));
    assert_eq!(writes.len(), 2);
}

#[tokio::test]
async fn what_the_platform_cannot_do_yet_is_kept_with_the_reason() {
    let world = World::new().await;
    let terminal = world.open().await;
    log_in(&terminal).await;
    let correction = Correction {
        about: CorrectionSubject::Colour,
        statement: "我没有发烧".to_owned(),
    };
    let sent = terminal.correct(correction.clone()).await.unwrap();
    assert_eq!(sent, Sent::Refused(ProblemCode::NotYet));
    drop(terminal);
    let terminal = world.open().await;
    let state = terminal.state().await.unwrap();
    let (id, entry) = &state.outbox[0];
    assert!(matches!(
        &entry.state,
        EntryState::Refused {
            code: ProblemCode::NotYet,
            ..
        }
    ));
    assert_eq!(state.notices[0].kind, NoticeKind::SendingRefused);
    // It stands in no one's way, and goes only by the person's wish.
    assert_eq!(terminal.declare_health(fever()).await.unwrap(), Sent::Done);
    assert!(terminal.send_again(*id).await.unwrap());
    assert_eq!(
        terminal.flush_outbox().await.unwrap(),
        [(*id, Sent::Refused(ProblemCode::NotYet))]
    );
    assert!(terminal.take_out(*id).await.unwrap());
    assert!(terminal.state().await.unwrap().outbox.is_empty());
    assert!(!format!("{correction:?}").contains("发烧"));
}

#[tokio::test]
async fn impossible_declarations_are_refused_at_the_door() {
    let world = World::new().await;
    let terminal = world.open().await;
    let field = |outcome: Result<Sent, TerminalError>| match outcome {
        Err(TerminalError::Field(error)) => error.field,
        other => panic!("{other:?}"),
    };
    let long = "中".repeat(500_000);
    for language in ["", "z", "zh Hans", &long] {
        let given = terminal.record_consent(Purpose::HealthCode, 1, language, true);
        assert_eq!(field(given.await), "language");
    }
    let unnumbered = terminal.record_consent(Purpose::HealthCode, 0, "zh-Hans", true);
    assert_eq!(field(unnumbered.await), "text_version");
    let hot = HealthDeclaration {
        temperature_tenths: Some(500),
        ..fever()
    };
    assert_eq!(
        field(terminal.declare_health(hot).await),
        "temperature_tenths"
    );
    let twice = HealthDeclaration {
        symptoms: vec![Symptom::Cough; 2],
        ..fever()
    };
    assert_eq!(field(terminal.declare_health(twice).await), "symptoms");
    let trip = TripDeclaration {
        from_division: None,
        from_country: None,
        to_division: "330100".to_owned(),
        arrived_at: start(),
    };
    assert_eq!(
        field(terminal.declare_trip(trip.clone()).await),
        "from_division"
    );
    let trip = TripDeclaration {
        from_country: Some("ITA".to_owned()),
        ..trip
    };
    assert_eq!(terminal.declare_trip(trip).await.unwrap(), Sent::Waiting);
}

#[tokio::test]
async fn drafts_are_kept_sealed() {
    let world = World::new().await;
    let terminal = world.open().await;
    terminal
        .keep_draft("correction", "我没有发烧")
        .await
        .unwrap();
    drop(terminal);
    let terminal = world.open().await;
    assert_eq!(
        terminal.draft("correction").await.unwrap().as_deref(),
        Some("我没有发烧")
    );
    terminal.keep_draft("correction", "").await.unwrap();
    assert_eq!(terminal.draft("correction").await.unwrap(), None);
    let long = "长".repeat(30_000);
    assert!(terminal.keep_draft("correction", &long).await.is_err());
}

//! A terminal against the real platform: from a login to a code that a collector checks, over HTTP and TLS.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod standard;
mod world;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use liangma_credential::{CheckerClock, TrustStore, Verdict, check};
use liangma_domain::colour::Colour;
use liangma_domain::evidence::{ContactDegree, EvidenceKind, TestResult};
use liangma_domain::reason::Reason;
use liangma_platform::sandbox::SandboxAuthority;
use liangma_platform::sandbox::face_provider::ChosenOutcome;
use liangma_terminal::outbox::Sent;
use liangma_terminal::{
    ClientError, FaceCheckOutcome, PlatformAddress, ShowError, Stage, TerminalError, TlsRefusal,
    TrustScope,
};
use liangma_wire::counter::CounterReference;
use liangma_wire::declaration::{HealthDeclaration, Symptom};
use liangma_wire::export::ExportResponse;
use liangma_wire::problem::ProblemCode;
use rstest::rstest;

use world::{Certificates, Phone, Region};

#[rstest]
#[case("green", Colour::GREEN, Reason::NoRiskFound)]
#[case("yellow", Colour::YELLOW, Reason::Fever)]
#[case("red", Colour::RED, Reason::CloseContact)]
#[case("foreigner", Colour::GREEN, Reason::NoRiskFound)]
#[case("rare-name", Colour::GREEN, Reason::NoRiskFound)]
#[tokio::test(flavor = "multi_thread")]
async fn a_person_lives_from_a_real_name_to_a_code_that_is_checked_offline(
    #[case] who: &str,
    #[case] colour: Colour,
    #[case] reason: Reason,
) {
    let region = Region::start().await;
    let phone = Phone::unpack(&region, ChosenOutcome::Pass).await;
    phone.live(&region, who).await;
    let collector = region.collector().await;
    region.stop().await;

    let shown = phone.terminal.show().unwrap();
    assert_eq!(shown.colour, colour);
    assert!(shown.sandbox, "a code of the sandbox must say so");
    assert!(shown.validity.works_offline_until.is_some());
    let why = phone.terminal.why().unwrap();
    assert_eq!(why.evaluation.reasons()[0].reason, reason);
    let checked = check(
        &shown.text,
        &collector,
        CheckerClock::trusted(Timestamp::now()),
    );
    assert_eq!(checked.verdict, Verdict::Genuine);
    assert!(checked.flags.sandbox);
    let code = checked.shown.unwrap();
    assert_eq!(
        (code.colour, code.name, code.document),
        (colour, shown.name, shown.document)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_life_over_tls_with_the_deployments_own_root_and_pin() {
    let certificates = Certificates::new();
    let region = Region::start_tls(&certificates).await;
    let phone = Phone::unpack(&region, ChosenOutcome::Pass).await;
    phone.live(&region, "green").await;
    assert_eq!(phone.terminal.show().unwrap().colour, Colour::GREEN);
}

#[rstest]
#[case::another_root(|address: &mut PlatformAddress| address.roots = vec![Certificates::new().root()], TlsRefusal::UnknownRoot)]
#[case::another_pin(|address: &mut PlatformAddress| address.pins = vec![[7; 32]], TlsRefusal::UnpinnedKey)]
#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_is_not_ours_learns_nothing(
    #[case] change: fn(&mut PlatformAddress),
    #[case] refusal: TlsRefusal,
) {
    let certificates = Certificates::new();
    let region = Region::start_tls(&certificates).await;
    let mut address = region.address.clone();
    change(&mut address);
    let phone = Phone::at(&region, address, ChosenOutcome::Pass).await;
    let outcome = phone.terminal.login_start(region.form("green")).await;
    let refused = matches!(&outcome, Err(TerminalError::Client(ClientError::Tls(found))) if *found == refusal);
    assert!(refused, "{outcome:?}");
    assert!(
        region.sandbox.tray.messages().is_empty(),
        "a message went out"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_refused() {
    let certificates = Certificates::new();
    let region = Region::start_tls_until(&certificates, 2020).await;
    let phone = Phone::unpack(&region, ChosenOutcome::Pass).await;
    let outcome = phone.terminal.login_start(region.form("green")).await;
    let refused = matches!(
        outcome,
        Err(TerminalError::Client(ClientError::Tls(TlsRefusal::Expired)))
    );
    assert!(refused, "{outcome:?}");
}

#[rstest]
#[case(ChosenOutcome::Fail, FaceCheckOutcome::Failed)]
#[case(ChosenOutcome::Cancel, FaceCheckOutcome::Cancelled)]
#[case(ChosenOutcome::TimeOut, FaceCheckOutcome::TimedOut)]
#[case(ChosenOutcome::WrongPerson, FaceCheckOutcome::SomebodyElses)]
#[tokio::test(flavor = "multi_thread")]
async fn a_face_check_that_was_not_passed_gives_no_code(
    #[case] chosen: ChosenOutcome,
    #[case] outcome: FaceCheckOutcome,
) {
    let region = Region::start().await;
    let phone = Phone::unpack(&region, chosen).await;
    phone.log_in(&region, "green").await;
    phone.consent().await;
    phone.terminal.apply().await.unwrap();
    assert_eq!(phone.terminal.face_check().await.unwrap(), outcome);
    let refreshed = phone.terminal.refresh().await;
    assert!(
        matches!(refreshed, Err(TerminalError::NotVerified)),
        "{refreshed:?}"
    );
    assert!(matches!(phone.terminal.show(), Err(ShowError::NoCode)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_is_as_good_as_a_face() {
    let region = Region::start().await;
    let phone = Phone::unpack(&region, ChosenOutcome::Fail).await;
    phone.log_in(&region, "elder").await;
    phone.consent().await;
    phone.terminal.apply().await.unwrap();
    let handle = phone.terminal.counter_handle().await.unwrap();
    assert!(
        !region
            .approve_at_counter(CounterReference::Handle(handle.handle), "green")
            .await,
        "the card is somebody else's"
    );
    assert!(
        region
            .approve_at_counter(CounterReference::Handle(handle.handle), "elder")
            .await
    );
    phone.terminal.apply().await.unwrap();
    phone.terminal.refresh().await.unwrap();
    assert_eq!(phone.terminal.show().unwrap().colour, Colour::GREEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_login_code_and_a_mismatch_are_told_apart_by_nobody() {
    let region = Region::start().await;
    let phone = Phone::unpack(&region, ChosenOutcome::Pass).await;
    let mut somebody = region.form("green");
    somebody.phone = region.form("red").phone;
    let mismatch = phone.terminal.login_start(somebody).await.unwrap();
    assert!(
        region.sandbox.tray.messages().is_empty(),
        "a mismatch sent a message"
    );
    let after_mismatch = phone.terminal.login_complete("000000").await.unwrap_err();

    let fits = phone
        .terminal
        .login_start(region.form("green"))
        .await
        .unwrap();
    let code = region.login_code("green").await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let after_wrong_code = phone.terminal.login_complete(wrong).await.unwrap_err();
    assert_eq!(
        (mismatch.code_digits, mismatch.tries),
        (fits.code_digits, fits.tries)
    );
    assert_eq!(
        after_mismatch.problem(),
        Some(ProblemCode::LoginCodeNotAccepted)
    );
    assert_eq!(after_mismatch.to_string(), after_wrong_code.to_string());
    phone.terminal.login_complete(&code).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worsening_recalls_the_code_and_the_phone_learns_why() {
    let region = Region::start().await;
    let phone = Phone::unpack(&region, ChosenOutcome::Pass).await;
    phone.live(&region, "green").await;
    let before = phone.terminal.show().unwrap();
    let contact = EvidenceKind::Contact {
        degree: ContactDegree::Close,
    };
    region
        .report(SandboxAuthority::DiseaseControl, "green", contact)
        .await;

    let collector = region.collector().await;
    let old = check(
        &before.text,
        &collector,
        CheckerClock::trusted(Timestamp::now()),
    );
    assert_eq!(old.verdict, Verdict::Recalled);
    phone.terminal.refresh().await.unwrap();
    let after = phone.terminal.show().unwrap();
    assert_eq!(after.colour, Colour::RED);
    assert_eq!(after.reasons[0].reason, Reason::CloseContact);
    let new = check(
        &after.text,
        &collector,
        CheckerClock::trusted(Timestamp::now()),
    );
    assert_eq!(new.verdict, Verdict::Genuine);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_negative_test_clears_fever_yellow_at_the_next_refresh() {
    let region = Region::start().await;
    let phone = Phone::unpack(&region, ChosenOutcome::Pass).await;
    phone.live(&region, "yellow").await;
    assert_eq!(phone.terminal.show().unwrap().colour, Colour::YELLOW);
    let negative = EvidenceKind::NucleicAcidTest {
        result: TestResult::Negative,
    };
    region
        .report(SandboxAuthority::Laboratory, "yellow", negative)
        .await;
    phone.terminal.refresh().await.unwrap();
    let shown = phone.terminal.show().unwrap();
    assert_eq!(shown.colour, Colour::GREEN);
    let collector = region.collector().await;
    let checked = check(
        &shown.text,
        &collector,
        CheckerClock::trusted(Timestamp::now()),
    );
    assert_eq!(checked.verdict, Verdict::Genuine);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_declared_without_a_network_is_sent_once_when_it_is_back() {
    let region = Region::start().await;
    let phone = Phone::unpack(&region, ChosenOutcome::Pass).await;
    phone.live(&region, "green").await;
    let region = region.unplug().await;
    let fever = HealthDeclaration {
        temperature_tenths: Some(385),
        symptoms: vec![Symptom::Fever],
        high_risk_contact: false,
        observed_at: Timestamp::now(),
    };
    assert_eq!(
        phone.terminal.declare_health(fever).await.unwrap(),
        Sent::Waiting
    );
    assert_eq!(phone.terminal.show().unwrap().colour, Colour::GREEN);

    let phone = phone.restart(&region).await;
    let region = region.plug_in().await;
    let sent = phone.terminal.flush_outbox().await.unwrap();
    assert!(matches!(sent.as_slice(), [(_, Sent::Done)]), "{sent:?}");
    assert!(phone.terminal.flush_outbox().await.unwrap().is_empty());
    phone.terminal.refresh().await.unwrap();
    assert_eq!(phone.terminal.show().unwrap().colour, Colour::YELLOW);
    region.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_was_restarted_goes_on_where_it_was() {
    let region = Region::start().await;
    let phone = Phone::unpack(&region, ChosenOutcome::Pass).await;
    phone.live(&region, "green").await;
    let phone = phone.restart(&region).await;
    assert_eq!(phone.terminal.state().await.unwrap().stage, Stage::Ready);
    assert_eq!(phone.terminal.show().unwrap().colour, Colour::GREEN);
    let refreshed = phone.terminal.refresh().await.unwrap();
    assert!(!refreshed.strip_began, "a restart began a new strip");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_also_checks_takes_its_lists_from_the_platform() {
    let region = Region::start().await;
    let phone = Phone::unpack(&region, ChosenOutcome::Pass).await;
    phone.live(&region, "green").await;
    phone
        .terminal
        .trust_sync(TrustScope::Checker)
        .await
        .unwrap();
    let (root, bundle) = phone.terminal.trust_files();
    let mut trust = TrustStore::from_root(&root).unwrap();
    let now = Timestamp::now();
    assert!(
        trust
            .update_bundle(&bundle, now)
            .unwrap()
            .iter()
            .all(Result::is_ok)
    );
    let shown = phone.terminal.show().unwrap();
    let checked = check(&shown.text, &trust, CheckerClock::trusted(now));
    assert_eq!(checked.verdict, Verdict::Genuine);
    let later = now + SignedDuration::from_secs(90);
    let copied = check(&shown.text, &trust, CheckerClock::trusted(later));
    let dead = matches!(
        copied.verdict,
        Verdict::NotLive { .. } | Verdict::Expired { .. }
    );
    assert!(dead, "{:?}", copied.verdict);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gets_everything_that_the_platform_holds_about_them() {
    let region = Region::start().await;
    let phone = Phone::unpack(&region, ChosenOutcome::Pass).await;
    let refused = phone.terminal.export_from_platform().await;
    assert!(
        matches!(refused, Err(TerminalError::NotLoggedIn)),
        "{:?}",
        refused.err()
    );
    phone.live(&region, "yellow").await;
    let export = phone.terminal.export_from_platform().await.unwrap();
    let export: ExportResponse = serde_json::from_str(&export).unwrap();
    assert_eq!(*export.name.expose(), region.form("yellow").name);
    assert_eq!(export.evaluation.colour(), Colour::YELLOW);
    assert_eq!(export.signed_hours.len(), 24);
    assert!(!export.evidence.is_empty() && !export.decisions.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_leaves_nothing_to_show() {
    let region = Region::start().await;
    let phone = Phone::unpack(&region, ChosenOutcome::Pass).await;
    phone.live(&region, "green").await;
    phone.terminal.erase().await.unwrap();
    assert!(phone.terminal.show().is_err());
    let phone = phone.restart(&region).await;
    assert_eq!(
        phone.terminal.state().await.unwrap().stage,
        Stage::LoggedOut
    );
    // Whoever waits for messages that never come waits no longer than this.
    assert!(
        region
            .sandbox
            .tray
            .take("13800000001", Duration::from_millis(50))
            .await
            .is_none()
    );
}

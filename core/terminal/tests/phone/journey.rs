//! From a real name to a code, and everything that can go otherwise.

use std::sync::Arc;

use liangma_terminal::{
    FaceCheckOutcome, Stage, Terminal, TerminalError,
    ports::{FaceCheckError, FaceReturn},
    testing::ScriptedFaceCheck,
};
use liangma_wire::{
    application::ApplicationState,
    bytes::FixedBytes,
    consent::Purpose,
    device::DeviceStanding,
    face::{FACE_REDEEM_PATH, FaceOutcome, ReceiptHandle},
    problem::ProblemCode,
};
use rstest::rstest;

use crate::{HANDLE, LOGIN_CODE, World, form, log_in};

async fn stage(terminal: &Terminal) -> Stage {
    terminal.state().await.unwrap().stage
}

#[tokio::test]
async fn a_person_comes_from_a_real_name_to_a_code() {
    let world = World::new().await;
    let terminal = world.open().await;
    assert_eq!(stage(&terminal).await, Stage::LoggedOut);
    let sent = terminal.login_start(form()).await.unwrap();
    assert_eq!(sent.code_digits, 6);
    assert_eq!(stage(&terminal).await, Stage::CodeSent);
    let person = terminal.login_complete(LOGIN_CODE).await.unwrap();
    assert_eq!((person.name.as_str(), person.sandbox), ("王**", true));
    assert_eq!(stage(&terminal).await, Stage::LoggedIn);
    terminal
        .record_consent(Purpose::HealthCode, 1, "zh-Hans", true)
        .await
        .unwrap();
    assert!(matches!(
        terminal.refresh().await,
        Err(TerminalError::NotVerified)
    ));
    let application = terminal.apply().await.unwrap();
    assert_eq!(application.state, ApplicationState::NeedsVerification);
    assert_eq!(stage(&terminal).await, Stage::NeedsVerification);
    assert_eq!(
        terminal.face_check().await.unwrap(),
        FaceCheckOutcome::Passed
    );
    assert_eq!(world.platform.state().verifier_fits, Some(true));
    assert_eq!(stage(&terminal).await, Stage::Verified);
    let refreshed = terminal.refresh().await.unwrap();
    assert_eq!((refreshed.hours_added, refreshed.strip_began), (24, true));
    assert_eq!(stage(&terminal).await, Stage::Ready);

    let shown = terminal.show().unwrap();
    assert!(shown.text.starts_with("LM1:"));
    assert_eq!(shown.name.as_str(), "王**");
    assert_eq!(shown.document.display(), "11**************2X");
    assert_eq!(shown.zone, "Asia/Shanghai");
    assert!(shown.sandbox);
    assert_eq!(shown.reasons.len(), 1);
    assert_eq!(
        shown.validity.works_offline_until,
        Some(shown.validity.covered_until)
    );
    let state = terminal.state().await.unwrap();
    assert_eq!(state.consents.len(), 1);
    assert!(state.next_refresh_at.unwrap() > shown.now);
}

#[tokio::test]
async fn what_was_typed_is_kept_until_the_login_is_complete() {
    let world = World::new().await;
    let terminal = world.open().await;
    let mut wrong = form();
    wrong.document_number = "110105194912310021".to_owned();
    let refused = terminal.login_start(wrong.clone()).await.unwrap_err();
    let TerminalError::Field(field) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(field.field, "document_number");
    drop(terminal);
    let terminal = world.open().await;
    assert_eq!(terminal.login_draft().await.unwrap(), Some(wrong));

    terminal.login_start(form()).await.unwrap();
    let refused = terminal.login_complete("000000").await.unwrap_err();
    assert_eq!(refused.problem(), Some(ProblemCode::LoginCodeNotAccepted));
    assert!(terminal.login_draft().await.unwrap().is_some());
    drop(terminal);
    let terminal = world.open().await;
    terminal.login_complete(LOGIN_CODE).await.unwrap();
    assert_eq!(terminal.login_draft().await.unwrap(), None);
    assert!(matches!(
        terminal.login_complete(LOGIN_CODE).await,
        Err(TerminalError::NoLoginAttempt)
    ));
}

#[rstest]
#[case(Ok(FaceOutcome::Failed), FaceCheckOutcome::Failed)]
#[case(Ok(FaceOutcome::Cancelled), FaceCheckOutcome::Cancelled)]
#[case(Ok(FaceOutcome::TimedOut), FaceCheckOutcome::TimedOut)]
#[case(Err(ProblemCode::FaceReceiptReplayed), FaceCheckOutcome::Replayed)]
#[case(Err(ProblemCode::FaceReceiptMismatch), FaceCheckOutcome::SomebodyElses)]
#[case(Err(ProblemCode::FaceReceiptForged), FaceCheckOutcome::Forged)]
#[case(Err(ProblemCode::FaceTicketExpired), FaceCheckOutcome::Expired)]
#[tokio::test]
async fn every_end_of_a_face_check_is_its_own(
    #[case] answered: Result<FaceOutcome, ProblemCode>,
    #[case] expected: FaceCheckOutcome,
) {
    let world = World::new().await;
    let terminal = world.open().await;
    log_in(&terminal).await;
    terminal.apply().await.unwrap();
    world.platform.state().face = answered;
    assert_eq!(terminal.face_check().await.unwrap(), expected);
    assert_eq!(stage(&terminal).await, Stage::NeedsVerification);
    assert_eq!(terminal.face_resume().await.unwrap(), None);
}

#[rstest]
#[case(FaceCheckError::Cancelled, FaceCheckOutcome::Cancelled)]
#[case(FaceCheckError::TimedOut, FaceCheckOutcome::TimedOut)]
#[case(FaceCheckError::NotOpened, FaceCheckOutcome::NotOpened)]
#[tokio::test]
async fn a_person_who_does_not_come_back_can_start_again(
    #[case] ended: FaceCheckError,
    #[case] expected: FaceCheckOutcome,
) {
    let mut world = World::new().await;
    world.face = Arc::new(ScriptedFaceCheck::new(move |_| Err(ended)));
    let terminal = world.open().await;
    log_in(&terminal).await;
    assert!(matches!(
        terminal.face_check().await,
        Err(TerminalError::NoApplication)
    ));
    terminal.apply().await.unwrap();
    assert_eq!(terminal.face_check().await.unwrap(), expected);
    assert!(!terminal.state().await.unwrap().face_check_open);
}

#[tokio::test]
async fn a_link_that_comes_back_after_a_kill_is_redeemed_and_a_strangers_is_not() {
    let mut world = World::new().await;
    // The program is killed while the person is away: the port never answers.
    let (send, receive) = std::sync::mpsc::channel();
    world.face = Arc::new(ScriptedFaceCheck::new(move |handoff| {
        send.send(handoff.clone()).unwrap();
        panic!("killed")
    }));
    let terminal = world.open().await;
    log_in(&terminal).await;
    terminal.apply().await.unwrap();
    let killed = terminal.clone();
    assert!(
        tokio::spawn(async move { killed.face_check().await })
            .await
            .is_err()
    );
    let handoff = receive.recv().unwrap();
    drop(terminal);

    let terminal = world.open().await;
    assert!(terminal.state().await.unwrap().face_check_open);
    let handle = ReceiptHandle(FixedBytes(HANDLE));
    let strange = FaceReturn {
        state: FixedBytes([0; 16]),
        handle,
    };
    assert_eq!(
        terminal.face_returned(strange).await.unwrap(),
        FaceCheckOutcome::SomebodyElses
    );
    // The network fails while redeeming; the result is kept and redeemed later.
    world.platform.state().lose_answers = Some((FACE_REDEEM_PATH.to_owned(), 3));
    let back = FaceReturn {
        state: handoff.state,
        handle,
    };
    assert!(terminal.face_returned(back).await.is_err());
    drop(terminal);
    let terminal = world.open().await;
    assert_eq!(
        terminal.face_resume().await.unwrap(),
        Some(FaceCheckOutcome::Passed)
    );
    assert_eq!(world.platform.state().verifier_fits, Some(true));
    assert_eq!(terminal.face_resume().await.unwrap(), None);
    assert_eq!(
        terminal.face_returned(back).await.unwrap(),
        FaceCheckOutcome::Unasked
    );
}

#[tokio::test]
async fn a_counter_needs_no_face() {
    let world = World::new().await;
    let terminal = world.open().await;
    log_in(&terminal).await;
    terminal.apply().await.unwrap();
    let handle = terminal.counter_handle().await.unwrap();
    assert_eq!(handle.spoken_code.expose(), "12345678");
    assert!(!format!("{handle:?}").contains("12345678"));
    // Meanwhile the counter approves.
    world.platform.state().application = Some(ApplicationState::Complete);
    world.platform.state().standing = DeviceStanding::Verified;
    assert_eq!(
        terminal.apply().await.unwrap().state,
        ApplicationState::Complete
    );
    assert_eq!(terminal.refresh().await.unwrap().hours_added, 24);
    assert!(world.face.asked().is_empty());
}

#[tokio::test]
async fn a_time_that_the_platform_did_not_sign_is_not_believed() {
    let world = World::new().await;
    let terminal = world.open().await;
    world.platform.state().time_is_forged = true;
    let refused = terminal
        .trust_sync(liangma_terminal::TrustScope::Wallet)
        .await;
    assert!(matches!(refused, Err(TerminalError::Time(_))));
}

//! Answers that are wrong in one place: what was asked is done or not, and the phone must not be fooled.

use std::collections::HashSet;

use liangma_terminal::{FaceCheckOutcome, TerminalError, outbox::Sent};
use liangma_wire::{
    code::MAKE_CODE_PATH,
    consent::{CONSENTS_PATH, Purpose},
    declaration::{DECLARE_HEALTH_PATH, QUERY_PATH},
    device::DEVICES_PATH,
    face::FACE_REDEEM_PATH,
    login::LOGIN_COMPLETE_PATH,
    trust::{TIME_PATH, TIMESTAMP_PATH},
};
use rstest::rstest;

use super::{Fault, Net, faults, fever};
use crate::LOGIN_CODE;

/// What somebody on the way may say in place of the platform.
fn impostors() -> Vec<Fault> {
    let cbor = "Content-Type: application/cbor\r\n";
    vec![
        faults::html("200 OK"),
        faults::html("403 Forbidden"),
        faults::html("502 Bad Gateway"),
        faults::json(b"{}"),
        faults::json(b"{\"ok\":true}"),
        faults::json(b"[]"),
        faults::json(b"null"),
        Fault::Answer(faults::raw("200 OK", cbor, &[0xff; 40])),
        Fault::Answer(faults::raw("200 OK", cbor, &[0x80])),
        Fault::Answer(faults::raw("204 No Content", "", b"")),
    ]
}

#[rstest]
#[case(DECLARE_HEALTH_PATH)]
#[case(CONSENTS_PATH)]
#[tokio::test(start_paused = true)]
async fn an_act_is_done_only_by_the_platforms_receipt(#[case] path: &'static str) {
    let net = Net::new().await;
    let terminal = net.ready().await;
    for (tenths, impostor) in (370..).zip(impostors()) {
        net.proxy.fail_for(path, impostor.clone());
        let sent = if path == CONSENTS_PATH {
            let given = tenths % 2 == 0;
            let consent = terminal.record_consent(Purpose::TripDeclaration, 1, "en", given);
            consent.await.unwrap()
        } else {
            terminal.declare_health(fever(tenths)).await.unwrap()
        };
        assert_eq!(sent, Sent::Waiting, "{impostor:?}");
    }
    let waiting = terminal.state().await.unwrap().outbox;
    assert_eq!(waiting.len(), impostors().len());
    net.proxy.heal().await;
    let sent = terminal.flush_outbox().await.unwrap();
    assert!(sent.iter().all(|(_, sent)| *sent == Sent::Done));
    let ids: Vec<_> = sent.iter().map(|(id, _)| *id).collect();
    let kept: Vec<_> = waiting.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, kept, "all of them, in order");
}

/// Wherever the answer to a declaration ends, the platform has it once.
#[tokio::test(start_paused = true)]
async fn wherever_an_answer_is_cut_off_the_act_is_done_once() {
    let net = Net::new().await;
    let terminal = net.ready().await;
    let before = net.world.platform.state().writes.len();
    let mut keys = HashSet::new();
    let mut cut = 0;
    loop {
        net.proxy
            .fail_for(DECLARE_HEALTH_PATH, Fault::CutBeforeEnd(cut + 1));
        let tenths = 350 + u16::try_from(cut % 60).unwrap();
        let sent = terminal.declare_health(fever(tenths)).await.unwrap();
        assert_eq!(sent, Sent::Waiting, "{cut} bytes before the end");
        let tries: Vec<_> = net.proxy.take_seen();
        let tries: Vec<_> = tries.into_iter().filter_map(|seen| seen.key).collect();
        assert!((1..=3).contains(&tries.len()));
        assert!(tries.iter().all(|key| *key == tries[0]), "one act, one key");
        assert!(keys.insert(tries[0].clone()), "another act, another key");
        net.proxy.heal().await;
        assert_eq!(terminal.flush_outbox().await.unwrap()[0].1, Sent::Done);
        net.proxy.take_seen();
        // Every byte of the last ones, and then in steps through body and head.
        cut += if cut < 8 { 1 } else { 23 };
        if cut > 320 {
            break;
        }
    }
    let writes = net.world.platform.state().writes.len() - before;
    assert_eq!(writes, keys.len(), "each act once");
}

#[rstest]
#[case(TIME_PATH)]
#[case(TIMESTAMP_PATH)]
#[case(DEVICES_PATH)]
#[case(MAKE_CODE_PATH)]
#[case(QUERY_PATH)]
#[tokio::test(start_paused = true)]
async fn a_refresh_that_meets_a_wrong_answer_changes_nothing(#[case] path: &'static str) {
    let net = Net::new().await;
    let terminal = net.ready().await;
    // Half of the hours are over, so that there are new ones to ask for; another explanation, too.
    net.world.pass(12 * 3600);
    net.world.platform.state().health_version += 1;
    let before = terminal.show().unwrap();
    let why = terminal.why().unwrap();
    let mut faults = impostors();
    faults.extend([
        Fault::Stall,
        Fault::CutBeforeEnd(1),
        Fault::Cut(0),
        Fault::Slow,
    ]);
    for fault in faults {
        net.proxy.fail_for(path, fault.clone());
        let refreshed = terminal.refresh().await;
        // Hours that came are kept, and are not asked for again.
        let kept = path == MAKE_CODE_PATH;
        assert!(refreshed.is_err() || kept, "{path} {fault:?}");
        let shown = terminal.show().unwrap();
        assert_eq!(shown.text, before.text, "{path} {fault:?}");
        assert_eq!(terminal.why().unwrap().evaluation, why.evaluation);
        assert!(shown.validity.covered_until >= before.validity.covered_until);
    }
    net.proxy.heal().await;
    terminal.refresh().await.unwrap();
    assert_eq!(terminal.state().await.unwrap().failed_refreshes, 0);
    let shown = terminal.show().unwrap();
    assert!(shown.validity.covered_until > before.validity.covered_until);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_logged_in_by_a_wrong_answer() {
    let net = Net::new().await;
    let terminal = net.ready().await;
    let before = terminal.state().await.unwrap().person;
    for impostor in impostors() {
        net.proxy.fail_for(LOGIN_COMPLETE_PATH, impostor.clone());
        terminal.login_complete(LOGIN_CODE).await.unwrap_err();
        let state = terminal.state().await.unwrap();
        assert_eq!(state.person, before);
        assert!(
            state.login.is_some(),
            "{impostor:?}: the attempt is still open"
        );
        terminal.show().unwrap();
    }
    net.proxy.heal().await;
    terminal.login_complete(LOGIN_CODE).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_face_check_whose_answer_is_lost_goes_on_where_it_was() {
    let net = Net::new().await;
    let terminal = net.ready().await;
    for fault in impostors()
        .into_iter()
        .chain([Fault::CutBeforeEnd(1), Fault::Stall])
    {
        net.proxy.fail_for(FACE_REDEEM_PATH, fault.clone());
        let refused = terminal.face_check().await.unwrap_err();
        assert!(matches!(refused, TerminalError::Client(_)), "{fault:?}");
        assert!(terminal.state().await.unwrap().face_check_open);
        terminal.face_resume().await.unwrap_err();
        net.proxy.heal().await;
        assert_eq!(
            terminal.face_resume().await.unwrap(),
            Some(FaceCheckOutcome::Passed)
        );
    }
}

use std::collections::BTreeMap;

use jiff::SignedDuration;
use liangma_credential::{Claims, StripSecret};
use liangma_crypto::{SigningKey, Suite, testing::SeededRandomness};
use liangma_domain::{identity::DocumentType, rules::Evaluation};
use liangma_wire::{bytes::Bytes, declaration::HealthResponse};

use super::*;
use crate::{
    clock::ClockFix,
    records::{HealthRecord, StripRecord},
    testing::ManualClocks,
};

const HOURS: u32 = 24;

fn start() -> Timestamp {
    "2022-04-01T00:00:00Z".parse().unwrap()
}

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

fn evaluation(colour: Colour) -> Evaluation {
    let reason = serde_json::json!({
        "reason": "no_risk_found", "colour": colour, "rule": "a-rule", "since": null,
        "evidence": [], "cleared_by": [], "clears_at": null,
    });
    let reason = serde_json::from_value(reason).unwrap();
    Evaluation::new(vec![reason], 1, start(), None).unwrap()
}

/// A phone with a whole strip, all of it explained, and a time that was just learnt.
fn world() -> (Lit, StripChain, ManualClocks) {
    let randomness = SeededRandomness::new(1);
    let key = SigningKey::generate(Suite::Ed25519, &randomness).unwrap();
    let first = Hour::of(start());
    let chain = StripChain::new(StripSecret::generate(&randomness).unwrap(), first);
    let credentials: BTreeMap<u32, Bytes> = (0..HOURS)
        .map(|index| {
            let hour = first.plus(index);
            let cid = chain.cid(hour).unwrap();
            let claims = Claims {
                hour,
                cid,
                anchor: chain.anchor(hour, cid),
                kind: Kind::SelfCode,
                colour: Colour::GREEN,
                name: MaskedName::from_text("王**").unwrap(),
                document: MaskedDocument::from_visible(DocumentType::ResidentIdentity, "112X")
                    .unwrap(),
                rule_version: 1,
                tiles: None,
                members: Vec::new(),
            };
            (
                hour.0,
                Bytes(Credential::sign(claims, &key).unwrap().bytes().to_vec()),
            )
        })
        .collect();
    let clocks = ManualClocks::new(start());
    let reading = MonotonicClock::read(&clocks).unwrap();
    let mut clock = ClockMemory::default();
    assert!(!clock.take_fix(ClockFix::new(start(), reading, reading, String::new()).unwrap()));
    let lit = Lit {
        strip: Some(StripRecord {
            secret: Bytes(Vec::new()),
            first_hour: first.0,
            known_to_platform: true,
        }),
        explained: credentials.keys().copied().collect(),
        credentials,
        explanation: Some(HealthRecord {
            health: HealthResponse {
                evaluation: evaluation(Colour::GREEN),
                sources: Vec::new(),
                rule_book: None,
                tiles: Tiles::NOTHING,
                profile: "zhejiang-2020".to_owned(),
                version: 1,
            },
            updated_at: start(),
        }),
        clock,
        updated_at: Some(start()),
        zone: "Asia/Shanghai".to_owned(),
        sandbox: false,
        person: None,
    };
    (lit, chain, clocks)
}

fn show_at(lit: &Lit, chain: &StripChain, clocks: &ManualClocks) -> Result<ShownCode, ShowError> {
    show(lit, &lit.clock, chain, &PhoneTime::read(clocks, clocks))
}

#[test]
fn a_code_works_offline_until_strip_reasons_and_clock_all_end() {
    let (mut lit, chain, clocks) = world();
    let until = |lit: &Lit, clocks: &ManualClocks| {
        show_at(lit, &chain, clocks)
            .unwrap()
            .validity
            .works_offline_until
    };
    let first = Hour::of(start()).0;
    assert_eq!(until(&lit, &clocks), Some(start() + hours(24)));
    // The colour of the evening is another one, which the reasons do not explain.
    lit.explained.retain(|hour| *hour < first + 10);
    assert_eq!(until(&lit, &clocks), Some(start() + hours(10)));
    // An hour is missing.
    lit.credentials.remove(&(first + 4));
    assert_eq!(until(&lit, &clocks), Some(start() + hours(4)));
    // Nothing explains this hour.
    lit.explained.clear();
    assert_eq!(until(&lit, &clocks), None);
    assert!(show_at(&lit, &chain, &clocks).unwrap().reasons.is_empty());
}

#[test]
fn an_estimated_clock_promises_nothing() {
    let (lit, chain, clocks) = world();
    clocks.restart(std::time::Duration::from_secs(60));
    let shown = show_at(&lit, &chain, &clocks).unwrap();
    assert_eq!(shown.clock_state, ClockState::Estimated);
    assert!(shown.next_slot_at.is_some(), "it is live");
    assert_eq!(shown.validity.works_offline_until, None);
    assert_eq!(shown.validity.covered_until, start() + hours(24));
}

#[test]
fn a_missing_hour_and_an_ended_strip_are_told_apart() {
    let (mut lit, chain, clocks) = world();
    let first = Hour::of(start()).0;
    lit.credentials.remove(&first);
    assert!(matches!(
        show_at(&lit, &chain, &clocks),
        Err(ShowError::NoCode)
    ));
    clocks.pass(std::time::Duration::from_secs(24 * 3600));
    let ended = show_at(&lit, &chain, &clocks);
    assert!(matches!(ended, Err(ShowError::Ended { at }) if at == start() + hours(24)));
    lit.credentials.clear();
    assert!(matches!(
        show_at(&lit, &chain, &clocks),
        Err(ShowError::NoCode)
    ));
}

#[test]
fn a_clock_in_the_far_future_shows_the_last_hour_and_nothing_live() {
    let (lit, chain, clocks) = world();
    clocks.restart(std::time::Duration::from_secs(60));
    clocks.set_wall("2099-01-01T00:00:00Z".parse().unwrap());
    let shown = show_at(&lit, &chain, &clocks).unwrap();
    assert_eq!(
        (shown.clock_state, shown.next_slot_at),
        (ClockState::Unknown, None)
    );
    let last = lit.credentials.last_key_value().unwrap().1;
    assert_eq!(shown.text, live_code_text(&last.0, None));
}

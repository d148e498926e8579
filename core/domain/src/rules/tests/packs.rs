//! Packs that are refused, each with the place and what to do.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::authority::AuthorityKind;
use crate::evidence::EvidenceKindName;

fn zhejiang_json() -> Value {
    serde_json::from_slice(built_in_pack(&RegionCode::new("zhejiang").unwrap()).unwrap()).unwrap()
}

/// Changes one place of Zhejiang's pack and tells how the result is refused.
fn refusal(pointer: &str, value: Value) -> String {
    let mut file = zhejiang_json();
    *file.pointer_mut(pointer).unwrap() = value;
    RulePack::parse(&serde_json::to_vec(&file).unwrap())
        .unwrap_err()
        .to_string()
}

#[rstest]
#[case("/format", json!(2), "accept format: give a number from 1 to 1")]
#[case("/version", json!(0), "accept version: give a number from 1 to 4294967295")]
#[case("/zone", json!("Shanghai"), "accept zone: name one of Asia/Hong_Kong, Asia/Macau, Asia/Shanghai, Asia/Taipei, Asia/Urumqi")]
#[case("/epidemic_history_days", json!(0), "accept epidemic_history_days: give a number from 1 to 60")]
#[case("/colours/2/rank", json!(20), "accept colours: give each colour its own number, id and rank; red repeats one")]
#[case("/rules/1/id", json!("zj-red-confirmed"), "accept rules[1].id: give each rule an id of its own")]
#[case("/rules/1/id", json!("zj-green"), "accept rules[1].id: give each rule an id of its own")]
#[case("/rules/0/colour", json!("added-9"), "accept rules[0].colour: use a colour that stands in colours")]
#[case("/rules/0/colour", json!("green"), "accept rules[0].colour: leave the mildest colour to otherwise; a rule sets a worse one")]
#[case("/rules/0/reason", json!("fever"), "accept rules[0].reason: give a reason that the evidence shows; Fever does not follow from it")]
#[case("/rules/0/when/status", json!([]), "accept rules[0].reason: give a reason that the evidence shows; ConfirmedCase does not follow from it")]
#[case("/rules/0/ends", json!([]), "accept rules[0].ends: say in 1 to 8 ways what ends it; no colour is without a way out")]
#[case("/rules/0/ends", json!([{"end": "order"}]), "accept rules[0].ends[0]: use order only in a rule on isolation orders")]
#[case("/rules/0/ends", json!([{"end": "fever_ended"}]), "accept rules[0].ends[0]: use fever_ended only in a rule on fever")]
#[case("/rules/0/ends", json!([{"end": "days", "days": 61}]), "accept rules[0].ends[0].days: give a number from 1 to 60")]
#[case("/rules/0/ends", json!([{"end": "days", "days": 1}, {"end": "days", "days": 2}]), "accept rules[0].ends[1]: name each kind of end once")]
#[case("/rules/7/when/days", json!(61), "accept rules[7].when.days: give a number from 1 to 60")]
#[case("/rules/12/ends", json!([{"end": "withdrawn"}]), "accept rules[12].ends: add hours_without_finding of 48 or less; a decision alone does not hold a red for longer")]
#[case("/rules/12/ends/2/hours", json!(72), "accept rules[12].ends: add hours_without_finding of 48 or less; a decision alone does not hold a red for longer")]
#[case("/rules/0/source/sentence", json!(" "), "accept rules[0].source.sentence: write one line of 1 to 400 characters")]
#[case("/otherwise/reason", json!("fever"), "accept otherwise.reason: give no_risk_found to everybody else")]
#[case("/otherwise/colour", json!("yellow"), "accept otherwise.colour: give the mildest colour to everybody else")]
#[case("/submission/infection", json!([]), "accept submission: say who may submit Infection; every kind of evidence needs an entry")]
#[case("/submission/infection", json!(["public_security"]), "accept submission: let only health, disease_control and laboratory submit Infection; PublicSecurity does not examine people")]
#[case("/submission/isolation_order", json!(["disease_control", "headquarters"]), "accept submission: let only health, disease_control and laboratory submit IsolationOrder; Headquarters does not examine people")]
#[case("/submission/manual_decision", json!(["holder"]), "accept submission: a holder declares symptoms and travel, not ManualDecision; take holder out")]
fn a_pack_that_contradicts_itself_is_refused(
    #[case] pointer: &str,
    #[case] value: Value,
    #[case] refused: &str,
) {
    assert_eq!(refusal(pointer, value), refused);
}

#[rstest]
#[case("/rules/0/reason", json!("petition"), "read rules[0].reason: unknown variant `petition`")]
#[case("/rules/0/colour", json!(3), "read rules[0].colour: invalid type")]
#[case("/rules/0/when", json!({"evidence": "venue_visit"}), "read rules[0].when.evidence: unknown variant `venue_visit`")]
#[case("/rules/0/when", json!({"evidence": "travel"}), "read rules[0].when.evidence: unknown variant `travel`")]
#[case("/rules/0/when", json!({"evidence": "fever", "epidemic_history": true, "money": 1}), "read rules[0].when: unknown field `money`")]
#[case("/effective_from", json!("yesterday"), "read effective_from")]
fn a_pack_that_names_something_unknown_is_refused(
    #[case] pointer: &str,
    #[case] value: Value,
    #[case] refused: &str,
) {
    let message = refusal(pointer, value);
    assert!(message.starts_with(refused), "{message}");
}

#[test]
fn a_pack_may_add_a_colour_and_rank_it_between_the_others() {
    let mut file = zhejiang_json();
    let orange = json!({"colour": "added-4", "id": "orange", "rank": 25});
    file["colours"].as_array_mut().unwrap().push(orange);
    file["rules"][13]["colour"] = json!("added-4");
    let pack = RulePack::parse(&serde_json::to_vec(&file).unwrap()).unwrap();
    let story = Story {
        pack,
        evidence: Vec::new(),
    }
    .with("08-01 09:00", fever(true, false))
    .with("08-01 09:00", lives_in(RiskLevel::High));
    let evaluation = story.evaluate("08-01 10:00");
    assert_eq!(
        evaluation.colour().to_string(),
        "yellow",
        "the area gives the fever a history"
    );
    let story = Story {
        pack: story.pack,
        evidence: Vec::new(),
    }
    .with("08-01 09:00", fever(true, false))
    .with("08-01 10:00", lives_in(RiskLevel::High));
    let evaluation = story.evaluate("08-01 10:00");
    assert_eq!(evaluation.colour().to_string(), "added-4");
    assert_eq!(evaluation.reasons().len(), 2);
}

#[test]
fn each_department_submits_only_what_it_can_know() {
    let zhejiang = pack("zhejiang");
    assert!(zhejiang.may_submit(AuthorityKind::Laboratory, EvidenceKindName::NucleicAcidTest));
    assert!(zhejiang.may_submit(AuthorityKind::Holder, EvidenceKindName::Symptom));
    assert!(zhejiang.may_submit(AuthorityKind::Customs, EvidenceKindName::StayAbroad));
    assert!(!zhejiang.may_submit(AuthorityKind::PublicSecurity, EvidenceKindName::Contact));
    assert!(!zhejiang.may_submit(AuthorityKind::Holder, EvidenceKindName::NucleicAcidTest));
    assert!(!zhejiang.may_submit(AuthorityKind::BigData, EvidenceKindName::ManualDecision));
    for kind in EvidenceKindName::ALL {
        assert!(
            !kind.is_disease_control_evidence()
                || !zhejiang.may_submit(AuthorityKind::Administrator, *kind)
        );
    }
}

#[test]
fn a_pack_says_how_long_evidence_is_needed() {
    // 14 days abroad and 7 at home, with the days of the events themselves.
    assert_eq!(pack("zhejiang").days_of_evidence_needed(), 23);
}

#[rstest]
#[case::without_an_order("/rules/4/ends/0/days_without_order", 61)]
#[case::of_observation("/rules/7/ends/0/days", 76)]
#[case::after_a_stay_abroad("/rules/7/when/days", 69)]
#[case::of_days("/rules/6/ends/0/days", 61)]
#[case::before_a_test("/rules/15/ends/0/days_before", 61)]
#[case::before_a_decision("/rules/12/ends/2/days_before", 61)]
#[case::of_epidemic_history("/epidemic_history_days", 60)]
fn evidence_is_needed_as_long_as_any_rule_counts(#[case] sixty: &str, #[case] needed: u32) {
    let mut file = zhejiang_json();
    *file.pointer_mut(sixty).unwrap() = json!(60);
    let pack = RulePack::parse(&serde_json::to_vec(&file).unwrap()).unwrap();
    assert_eq!(pack.days_of_evidence_needed(), needed);
}

#[test]
fn a_pack_says_from_when_and_where_it_counts() {
    let zhejiang = pack("zhejiang");
    assert_eq!(zhejiang.effective_from(), time("01-01 00:00"));
    assert_eq!(zhejiang.zone_name(), "Asia/Shanghai");
}

#[test]
fn days_of_home_observation_are_counted_from_the_end_of_isolation() {
    let mut file = zhejiang_json();
    file["rules"][7]["ends"] = json!([{"end": "days", "days": 7}]);
    let pack = RulePack::parse(&serde_json::to_vec(&file).unwrap()).unwrap();
    let counted = Clearing::DaysElapsed {
        days: 7,
        from: CountedFrom::EndOfIsolation,
    };
    assert_eq!(pack.rules()[7].cleared_by(), [counted]);
}

#[test]
fn a_pack_has_128_rules_and_no_more() {
    let with = |rules: usize| {
        let mut file = zhejiang_json();
        let rule = file["rules"][0].clone();
        file["rules"] = (0..rules)
            .map(|number| {
                let mut rule = rule.clone();
                rule["id"] = json!(format!("rule-{number}"));
                rule
            })
            .collect();
        RulePack::parse(&serde_json::to_vec(&file).unwrap()).map(|pack| pack.rules().len())
    };
    assert_eq!(with(128), Ok(128));
    assert_eq!(
        with(129).unwrap_err().to_string(),
        "accept rules: write 128 rules or fewer"
    );
}

#[test]
fn a_rule_ends_in_8_ways_and_no_more() {
    let mut file = zhejiang_json();
    let eight = json!([
        {"end": "withdrawn"},
        {"end": "decision_ends"},
        {"end": "hours_without_finding", "hours": 48, "days_before": 14},
        {"end": "days", "days": 14},
        {"end": "isolation", "days_without_order": null},
        {"end": "observation", "days": 7},
        {"end": "negative_test", "days_before": 0},
        {"end": "infection", "status": ["ruled_out"]},
    ]);
    file["rules"][12]["ends"] = eight.clone();
    let pack = RulePack::parse(&serde_json::to_vec(&file).unwrap()).unwrap();
    assert_eq!(pack.rules()[12].ends.len(), 8);

    let mut nine = eight;
    nine.as_array_mut()
        .unwrap()
        .push(json!({"end": "withdrawn"}));
    assert_eq!(
        refusal("/rules/12/ends", nine),
        "accept rules[12].ends: say in 1 to 8 ways what ends it; no colour is without a way out"
    );
}

#[test]
fn a_region_without_a_pack_has_none() {
    assert_eq!(built_in_pack(&RegionCode::new("atlantis").unwrap()), None);
}

proptest! {
    #[test]
    fn reading_a_pack_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = RulePack::parse(&bytes);
    }

    #[test]
    fn a_damaged_pack_never_panics(position in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = built_in_pack(&RegionCode::new("zhejiang").unwrap()).unwrap().to_vec();
        let position = position.index(text.len());
        text[position] = byte;
        if let Ok(pack) = RulePack::parse(&text) {
            let _ = evaluate(&pack, &[], time("08-01 09:00"));
        }
    }
}

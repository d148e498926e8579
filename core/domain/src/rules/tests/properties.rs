//! What must hold for any evidence at any time, over every pack.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::evidence::AreaConnection;

/// Minutes of a window of 60 days: long enough for every rule to start and end inside.
const WINDOW: i64 = 60 * 24 * 60;

fn minute(minute: i64) -> Timestamp {
    time("07-01 00:00") + SignedDuration::from_mins(minute)
}

fn kinds() -> impl Strategy<Value = EvidenceKind> {
    let form = || prop_oneof![Just(IsolationForm::Central), Just(IsolationForm::Home)];
    let level = || prop_oneof![Just(RiskLevel::Medium), Just(RiskLevel::High)];
    let colour = || prop_oneof![Just(Colour::YELLOW), Just(Colour::RED)];
    let until = || proptest::option::of((1..WINDOW).prop_map(minute));
    prop_oneof![
        prop_oneof![Just(TestResult::Negative), Just(TestResult::Positive)].prop_map(test),
        prop_oneof![
            Just(InfectionStatus::Confirmed),
            Just(InfectionStatus::Suspected),
            Just(InfectionStatus::Asymptomatic),
            Just(InfectionStatus::RuledOut),
            Just(InfectionStatus::Discharged),
            Just(InfectionStatus::Released)
        ]
        .prop_map(infection),
        prop_oneof![Just(ContactDegree::Close), Just(ContactDegree::Secondary)].prop_map(contact),
        (form(), 0..40_i64).prop_map(|(form, day)| {
            let until = minute(day * 24 * 60)
                .to_zoned(jiff::tz::TimeZone::UTC)
                .date();
            EvidenceKind::IsolationOrder { form, until }
        }),
        form().prop_map(completed),
        (0..WINDOW).prop_map(|left_at| EvidenceKind::StayAbroad {
            left_at: minute(left_at)
        }),
        level().prop_map(lives_in),
        Just(EvidenceKind::AreaDecision {
            area: area(),
            connection: AreaConnection::Travel,
            decision: ground()
        }),
        (any::<bool>(), any::<bool>()).prop_map(|(now, history)| fever(now, history)),
        (prop_oneof![Just(RiskLevel::Low), level()], any::<bool>())
            .prop_map(|(level, verified)| assessed(level, verified)),
        (colour(), until()).prop_map(|(colour, until)| EvidenceKind::OtherDecision {
            colour,
            ground: ground(),
            until
        }),
        (colour(), until()).prop_map(|(colour, until)| EvidenceKind::ManualDecision {
            colour,
            ground: ground(),
            until
        }),
        (1..12_u8).prop_map(withdrawn),
    ]
}

/// Evidence of any kind. The engine must hold for times that the door would refuse, too.
fn histories() -> impl Strategy<Value = Vec<Evidence>> {
    let origin = prop_oneof![6 => Just(Origin::Finding), 1 => Just(Origin::Declaration), 1 => Just(Origin::VenueVisit)];
    let item = (0..WINDOW, 0..5000_i64, origin, kinds());
    proptest::collection::vec(item, 0..10).prop_map(|items| {
        let numbered = items.into_iter().zip(1..);
        numbered
            .map(|((occurred, delay, origin, kind), number)| Evidence {
                id: id(number),
                occurred_at: minute(occurred),
                recorded_at: minute(occurred + delay - 500),
                case_id: CaseId::new("case-1").unwrap(),
                authority: AuthorityId::new("hangzhou-cdc").unwrap(),
                origin,
                kind,
            })
            .collect()
    })
}

fn regions() -> impl Strategy<Value = RulePack> {
    prop_oneof![3 => Just("zhejiang"), 1 => Just("guangxi"), 1 => Just("shanxi"), 1 => Just("shandong")].prop_map(pack)
}

fn recorded_by(evidence: &[Evidence], at: Timestamp) -> Vec<Evidence> {
    evidence
        .iter()
        .filter(|item| item.recorded_at <= at)
        .cloned()
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_evidence_is_irrelevant(
        pack in regions(),
        (evidence, shuffled) in histories().prop_flat_map(|evidence| (Just(evidence.clone()), Just(evidence).prop_shuffle())),
        at in 0..WINDOW,
    ) {
        prop_assert_eq!(evaluate(&pack, &evidence, minute(at)), evaluate(&pack, &shuffled, minute(at)));
    }

    #[test]
    fn evidence_recorded_later_is_not_seen(pack in regions(), evidence in histories(), at in 0..WINDOW) {
        let known = recorded_by(&evidence, minute(at));
        prop_assert_eq!(evaluate(&pack, &evidence, minute(at)), evaluate(&pack, &known, minute(at)));
    }

    #[test]
    fn nothing_changes_before_the_next_change_and_something_does_then(
        pack in regions(),
        evidence in histories(),
        at in 0..WINDOW,
        probe in 0.0..1.0_f64,
    ) {
        let known = recorded_by(&evidence, minute(at));
        let now = evaluate(&pack, &known, minute(at));
        let end = now.next_change_at().unwrap_or(minute(4 * WINDOW));
        prop_assert!(end > minute(at));
        let span = end.as_nanosecond() - minute(at).as_nanosecond();
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "any instant between will do")]
        let inside = minute(at).as_nanosecond() + (span as f64 * probe) as i128;
        for instant in [inside, end.as_nanosecond() - 1] {
            let instant = Timestamp::from_nanosecond(instant).unwrap().clamp(minute(at), end - SignedDuration::from_nanos(1));
            prop_assert!(evaluate(&pack, &known, instant).says_the_same_as(&now), "changed at {}", instant);
        }
        if let Some(change) = now.next_change_at() {
            prop_assert!(!evaluate(&pack, &known, change).says_the_same_as(&now));
        }
    }

    #[test]
    fn a_reason_that_names_its_end_holds_until_then_and_no_longer(
        pack in regions(),
        evidence in histories(),
        at in 0..WINDOW,
    ) {
        let known = recorded_by(&evidence, minute(at));
        let evaluation = evaluate(&pack, &known, minute(at));
        // No risk found rests on nothing, and an order that starts tomorrow takes its place.
        for statement in evaluation.reasons().iter().filter(|statement| statement.reason != Reason::NoRiskFound) {
            let holds = |instant| evaluate(&pack, &known, instant).reasons().iter().any(|other| other.rule == statement.rule);
            if let Some(clears_at) = statement.clears_at {
                prop_assert!(clears_at > minute(at));
                prop_assert!(holds(clears_at - SignedDuration::from_nanos(1)));
                prop_assert!(!holds(clears_at));
            } else {
                prop_assert!(holds(minute(8 * WINDOW)));
            }
        }
    }

    #[test]
    fn the_colour_is_the_worst_of_its_reasons_and_each_cites_its_evidence(
        pack in regions(),
        evidence in histories(),
        at in 0..WINDOW,
    ) {
        let evaluation = evaluate(&pack, &evidence, minute(at));
        let worst = pack.colours().worst(evaluation.reasons().iter().map(|statement| statement.colour));
        prop_assert_eq!(Some(evaluation.colour()), worst);
        for statement in evaluation.reasons() {
            prop_assert_eq!(statement.evidence.is_empty(), statement.reason == Reason::NoRiskFound);
            prop_assert!(statement.since.is_none_or(|since| since <= minute(at)));
            for cited in &statement.evidence {
                let item = evidence.iter().find(|item| item.id == *cited).unwrap();
                prop_assert!(item.recorded_at <= minute(at) && item.origin != Origin::VenueVisit);
            }
        }
        prop_assert!(explain(&pack, &evaluation).is_ok());
    }

    #[test]
    fn a_stored_evaluation_comes_back(pack in regions(), evidence in histories(), at in 0..WINDOW) {
        let evaluation = evaluate(&pack, &evidence, minute(at));
        let stored = serde_json::to_vec(&evaluation).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Evaluation>(&stored).unwrap(), evaluation);
    }
}

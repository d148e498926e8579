//! What holds for every pack.

use super::*;
use crate::evidence::Antibody;

#[test]
fn every_reason_is_told_and_the_worst_gives_the_colour() {
    let story = Story::in_region("zhejiang")
        .with("08-01 09:00", fever(true, false))
        .with("08-01 10:00", lives_in(RiskLevel::Medium))
        .with("08-01 11:00", contact(ContactDegree::Close));
    assert_eq!(story.colour("08-01 12:00"), Colour::RED);
    // The contact gives the later fever no history, because it comes after it.
    assert_eq!(
        story.reasons("08-01 12:00"),
        [
            Reason::CloseContact,
            Reason::Fever,
            Reason::LivesInMediumRiskArea
        ]
    );
}

#[test]
fn an_evaluation_as_of_a_time_does_not_see_what_was_recorded_later() {
    let story = Story::in_region("zhejiang").recorded(
        "08-01 09:00",
        "08-03 15:00",
        Origin::Finding,
        contact(ContactDegree::Close),
    );
    assert_eq!(story.colour("08-03 14:59"), Colour::GREEN);
    assert_eq!(story.evaluate("08-03 14:59").next_change_at(), None);
    assert_eq!(story.colour("08-03 15:00"), Colour::RED);
    assert_eq!(
        story.evaluate("08-03 15:00").reasons()[0].since,
        Some(time("08-01 09:00"))
    );
}

#[test]
fn an_order_that_starts_tomorrow_is_announced_as_the_next_change() {
    let story = Story::in_region("zhejiang").recorded(
        "08-02 08:00",
        "08-01 09:00",
        Origin::Finding,
        order(IsolationForm::Home, "08-09"),
    );
    insta::assert_snapshot!(story.timeline("08-01 09:00"), @r"
    08-01 09:00 green: zj-green
    08-02 08:00 red: zj-red-home-observation until 08-10 00:00
    08-10 00:00 green: zj-green
    ");
}

#[test]
fn a_second_contact_prolongs_one_reason_and_keeps_its_beginning() {
    let story = Story::in_region("zhejiang")
        .with("08-01 12:00", contact(ContactDegree::Close))
        .with("08-10 12:00", contact(ContactDegree::Close));
    let statement = story.evaluate("08-20 12:00").reasons()[0].clone();
    assert_eq!(statement.since, Some(time("08-01 12:00")));
    assert_eq!(statement.clears_at, Some(time("08-25 00:00")));
    assert_eq!(statement.evidence, [id(2)]);
    assert_eq!(
        story.evaluate("08-12 12:00").reasons()[0].evidence,
        [id(1), id(2)]
    );
    // The first contact stops counting before the colour changes: the statement differs, so it is a change.
    assert_eq!(
        story.evaluate("08-12 12:00").next_change_at(),
        Some(time("08-16 00:00"))
    );
}

#[test]
fn two_isolations_with_a_gap_are_two_reasons_in_time() {
    let story = Story::in_region("zhejiang")
        .with("08-01 12:00", order(IsolationForm::Home, "08-07"))
        .with("08-20 12:00", order(IsolationForm::Home, "08-27"));
    assert_eq!(story.colour("08-10 12:00"), Colour::GREEN);
    assert_eq!(
        story.evaluate("08-21 12:00").reasons()[0].since,
        Some(time("08-20 12:00"))
    );
    assert_eq!(
        story.evaluate("08-02 12:00").reasons()[0].clears_at,
        Some(time("08-08 00:00"))
    );
}

#[test]
fn nothing_derived_from_venue_visits_sets_or_clears_a_colour() {
    for region in ["zhejiang", "guangxi", "shanxi", "shandong"] {
        let kinds = [
            contact(ContactDegree::Close),
            infection(InfectionStatus::Confirmed),
            lives_in(RiskLevel::High),
            assessed(RiskLevel::High, true),
            by_hand(Colour::RED, None),
            order(IsolationForm::Home, "08-09"),
        ];
        for kind in kinds {
            let story = Story::in_region(region).recorded(
                "08-01 09:00",
                "08-01 09:00",
                Origin::VenueVisit,
                kind,
            );
            assert_eq!(
                story.reasons("08-01 10:00"),
                [Reason::NoRiskFound],
                "{region}"
            );
        }
    }
    let story = Story::in_region("zhejiang")
        .with("08-01 09:00", by_hand(Colour::RED, None))
        .recorded(
            "08-01 09:00",
            "08-01 09:00",
            Origin::VenueVisit,
            contact(ContactDegree::Close),
        )
        .recorded(
            "08-01 09:30",
            "08-01 09:30",
            Origin::VenueVisit,
            withdrawn(1),
        );
    assert_eq!(
        story.colour("08-02 09:00"),
        Colour::RED,
        "a visit withdrew a decision"
    );
    assert_eq!(
        story.colour("08-03 09:00"),
        Colour::GREEN,
        "a visit supported a decision by hand"
    );
}

#[test]
fn travel_vaccination_and_antibodies_set_no_colour() {
    let kinds = [
        EvidenceKind::Travel {
            area: AreaCode::new("110106").unwrap(),
        },
        EvidenceKind::Vaccination {
            doses: 1,
            course: 2,
        },
        EvidenceKind::AntibodyTest {
            antibody: Antibody::Igg,
            result: TestResult::Positive,
        },
    ];
    for kind in kinds {
        assert_eq!(
            Story::in_region("zhejiang")
                .with("08-01 09:00", kind)
                .colour("08-01 09:00"),
            Colour::GREEN
        );
    }
}

#[test]
fn withdrawn_evidence_is_as_if_it_had_never_been_but_only_once_the_withdrawal_is_recorded() {
    let story = Story::in_region("zhejiang")
        .with("08-01 09:00", infection(InfectionStatus::Confirmed))
        .with("08-02 09:00", withdrawn(1))
        .with("08-03 09:00", withdrawn(2));
    assert_eq!(story.colour("08-01 10:00"), Colour::RED);
    assert_eq!(story.colour("08-02 09:00"), Colour::GREEN);
    assert_eq!(
        story.colour("08-03 09:00"),
        Colour::GREEN,
        "a withdrawal was withdrawn"
    );
}

#[test]
fn days_are_civil_days_of_the_zone_and_not_of_utc() {
    // 00:30 in Shanghai is the evening before in UTC: counted in UTC, the red would end a day too soon.
    let story = Story::in_region("zhejiang").with("08-02 00:30", contact(ContactDegree::Close));
    assert_eq!(
        story.evaluate("08-02 00:30").next_change_at(),
        Some(time("08-17 00:00"))
    );
}

#[test]
fn an_evaluation_is_stored_as_before() {
    let story = Story::in_region("zhejiang")
        .with("08-01 09:00", fever(true, false))
        .with("08-01 18:00", abroad("08-01 06:00"));
    let evaluation = story.evaluate("08-02 00:00");
    insta::assert_json_snapshot!(evaluation);
    let again: Evaluation =
        serde_json::from_str(&serde_json::to_string(&evaluation).unwrap()).unwrap();
    assert_eq!(again, evaluation);
}

#[test]
fn a_stored_colour_without_a_reason_or_with_another_reason_cannot_be_read() {
    let evaluation = Story::in_region("zhejiang")
        .with("08-01 09:00", fever(true, false))
        .evaluate("08-02 00:00");
    let mut stored = serde_json::to_value(&evaluation).unwrap();
    stored["colour"] = "red".into();
    let error = serde_json::from_value::<Evaluation>(stored.clone()).unwrap_err();
    insta::assert_snapshot!(error, @"let the first reason be the one that gives the colour");
    stored["colour"] = "yellow".into();
    stored["reasons"] = serde_json::json!([]);
    let error = serde_json::from_value::<Evaluation>(stored).unwrap_err();
    insta::assert_snapshot!(error, @"give at least one reason; a colour without a reason cannot be built");
}

#[test]
fn every_clearing_is_stored_as_before() {
    let clearings = [
        Clearing::IsolationCompleted,
        Clearing::ObservationCompleted,
        Clearing::NegativeTest,
        Clearing::FeverEnded,
        Clearing::DaysElapsed {
            days: 14,
            from: CountedFrom::LeavingAbroad,
        },
        Clearing::InfectionRuledOut,
        Clearing::Discharged,
        Clearing::ReleasedFromObservation,
        Clearing::HoursWithoutFinding { hours: 48 },
        Clearing::DecisionEnds,
        Clearing::DecisionWithdrawn,
        Clearing::Reassessed,
    ];
    insta::assert_json_snapshot!(clearings);
}

#[test]
fn an_explanation_gives_rule_sentence_since_way_out_and_when() {
    let story = Story::in_region("zhejiang").with("08-01 23:30", contact(ContactDegree::Close));
    let explanation = explain(&story.pack, &story.evaluate("08-02 00:00")).unwrap();
    insta::assert_json_snapshot!(explanation);
    let green = Story::in_region("zhejiang");
    let explanation = explain(&green.pack, &green.evaluate("08-02 00:00")).unwrap();
    assert_eq!(
        explanation.reasons[0].source.sentence,
        "“红码”和“黄码”以外的人员"
    );
}

#[test]
fn a_pack_does_not_explain_what_another_pack_decided() {
    let evaluation = Story::in_region("zhejiang")
        .with("08-01 09:00", fever(true, false))
        .evaluate("08-02 00:00");
    let error = explain(&pack("guangxi"), &evaluation).unwrap_err();
    insta::assert_snapshot!(error, @"find rule zj-yellow-fever in the pack; take the pack that made the evaluation");
}

#[test]
fn evidence_by_the_hundreds_is_still_evaluated_with_its_reasons() {
    let mut story = Story::in_region("zhejiang");
    for day in 1..=28 {
        for _ in 0..9 {
            story = story.with(&format!("08-{day:02} 09:00"), fever(true, day % 2 == 0));
        }
    }
    let evaluation = story.evaluate("08-28 10:00");
    assert_eq!(
        evaluation
            .reasons()
            .iter()
            .map(|statement| statement.evidence.len())
            .sum::<usize>(),
        252
    );
}

#[test]
fn an_evaluation_names_the_version_of_the_pack_that_made_it() {
    let built_in = built_in_pack(&RegionCode::new("zhejiang").unwrap()).unwrap();
    let text = std::str::from_utf8(built_in).unwrap();
    let seventh = text.replacen("\"version\": 1", "\"version\": 7", 1);
    let pack = RulePack::parse(seventh.as_bytes()).unwrap();
    assert_eq!(evaluate(&pack, &[], time("08-01 10:00")).rule_version(), 7);
}

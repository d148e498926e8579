//! Each sentence of the Zhejiang notice that sets or clears a colour.

use rstest::rstest;

use super::*;
use crate::evidence::AreaConnection;

fn zhejiang() -> Story {
    Story::in_region("zhejiang")
}

// Part 1, green: "“红码”和“黄码”以外的人员".

#[test]
fn everybody_else_is_green_because_no_risk_was_found() {
    let story = zhejiang();
    assert_eq!(story.colour("08-01 09:00"), Colour::GREEN);
    assert_eq!(story.reasons("08-01 09:00"), [Reason::NoRiskFound]);
    assert_eq!(story.timeline("08-01 09:00"), "08-01 09:00 green: zj-green");
}

// Part 1, red: "确诊患者、疑似患者、无症状感染者".

#[rstest]
#[case(InfectionStatus::Confirmed, Reason::ConfirmedCase)]
#[case(InfectionStatus::Suspected, Reason::SuspectedCase)]
#[case(InfectionStatus::Asymptomatic, Reason::AsymptomaticInfection)]
fn an_infected_or_suspected_person_is_red_until_doctors_say_otherwise(
    #[case] status: InfectionStatus,
    #[case] reason: Reason,
) {
    let story = zhejiang().with("08-01 09:00", infection(status));
    assert_eq!(story.colour("08-01 09:00"), Colour::RED);
    assert_eq!(story.reasons("12-31 09:00"), [reason]);
    assert_eq!(story.evaluate("08-02 09:00").next_change_at(), None);
    let story = story.with("08-05 12:00", infection(InfectionStatus::RuledOut));
    assert_eq!(story.colour("08-05 11:59"), Colour::RED);
    assert_eq!(story.colour("08-05 12:00"), Colour::GREEN);
}

#[test]
fn an_asymptomatic_person_is_green_once_released_from_observation() {
    let story = zhejiang()
        .with("08-01 09:00", infection(InfectionStatus::Asymptomatic))
        .with("08-12 10:00", infection(InfectionStatus::Released));
    assert_eq!(story.colour("08-12 09:59"), Colour::RED);
    assert_eq!(story.colour("08-12 10:00"), Colour::GREEN);
}

#[test]
fn a_suspected_case_that_is_confirmed_has_one_reason_and_not_two() {
    let story = zhejiang()
        .with("08-01 09:00", infection(InfectionStatus::Suspected))
        .with("08-02 09:00", infection(InfectionStatus::Confirmed));
    assert_eq!(story.reasons("08-02 09:00"), [Reason::ConfirmedCase]);
}

#[test]
fn a_positive_test_is_red_until_it_is_classified_or_ruled_out() {
    let story = zhejiang().with("08-01 09:00", test(TestResult::Positive));
    assert_eq!(story.reasons("08-09 09:00"), [Reason::PositiveTest]);
    let classified = zhejiang()
        .with("08-01 09:00", test(TestResult::Positive))
        .with("08-01 20:00", infection(InfectionStatus::Asymptomatic));
    assert_eq!(
        classified.reasons("08-02 09:00"),
        [Reason::AsymptomaticInfection]
    );
    let ruled_out = story.with("08-02 09:00", infection(InfectionStatus::RuledOut));
    assert_eq!(ruled_out.colour("08-02 09:00"), Colour::GREEN);
}

// Part 2, red: "对治愈出院者,康复期间应进行集中隔离或居家医学观察".

#[test]
fn convalescence_after_discharge_stays_red_and_ends_with_no_new_evidence() {
    let story = zhejiang()
        .with("08-01 09:00", infection(InfectionStatus::Confirmed))
        .with("08-20 10:00", infection(InfectionStatus::Discharged));
    insta::assert_snapshot!(story.timeline("08-20 10:00"), @r"
    08-20 10:00 red: zj-red-convalescence until 09-04 00:00
    09-04 00:00 green: zj-green
    ");
}

#[test]
fn convalescence_lasts_as_long_as_its_own_order() {
    let story = zhejiang()
        .with("08-01 09:00", infection(InfectionStatus::Confirmed))
        .with("08-20 10:00", infection(InfectionStatus::Discharged))
        .with("08-20 11:00", order(IsolationForm::Home, "09-17"));
    insta::assert_snapshot!(story.timeline("08-20 11:00"), @r"
    08-20 11:00 red: zj-red-convalescence until 09-18 00:00, zj-red-home-observation until 09-18 00:00
    09-18 00:00 green: zj-green
    ");
}

#[test]
fn convalescence_ends_when_the_observation_is_reported_complete() {
    let story = zhejiang()
        .with("08-01 09:00", infection(InfectionStatus::Confirmed))
        .with("08-20 10:00", infection(InfectionStatus::Discharged))
        .with("08-20 11:00", order(IsolationForm::Home, "09-03"))
        .with("09-01 15:00", completed(IsolationForm::Home));
    assert_eq!(story.colour("09-01 14:59"), Colour::RED);
    assert_eq!(story.colour("09-01 15:00"), Colour::GREEN);
}

// Part 1, red: "及其密切接触者"; part 2: "原则上应实施14天集中隔离医学观察".

#[test]
fn a_close_contact_is_red_and_turns_green_after_fourteen_days_with_no_new_evidence() {
    let story = zhejiang().with("08-01 23:30", contact(ContactDegree::Close));
    insta::assert_snapshot!(story.timeline("08-01 23:30"), @r"
    08-01 23:30 red: zj-red-close-contact until 08-16 00:00
    08-16 00:00 green: zj-green
    ");
    assert_eq!(story.colour("08-15 23:59"), Colour::RED);
    assert_eq!(
        story.evaluate("08-02 00:00").reasons()[0].cleared_by,
        [Clearing::IsolationCompleted]
    );
}

#[test]
fn an_order_of_another_length_takes_the_place_of_the_fourteen_days() {
    let story = zhejiang()
        .with("08-01 12:00", contact(ContactDegree::Close))
        .with("08-02 09:00", order(IsolationForm::Central, "08-08"));
    insta::assert_snapshot!(story.timeline("08-02 09:00"), @r"
    08-02 09:00 red: zj-red-close-contact until 08-09 00:00, zj-red-isolation until 08-09 00:00
    08-09 00:00 green: zj-green
    ");
}

#[test]
fn a_close_contact_who_completes_isolation_is_green_at_once() {
    let story = zhejiang()
        .with("08-01 12:00", contact(ContactDegree::Close))
        .with("08-02 09:00", order(IsolationForm::Central, "08-15"))
        .with("08-14 10:00", completed(IsolationForm::Central));
    assert_eq!(story.colour("08-14 09:59"), Colour::RED);
    assert_eq!(story.colour("08-14 10:00"), Colour::GREEN);
}

#[test]
fn completing_an_earlier_isolation_does_not_clear_a_new_contact() {
    let story = zhejiang()
        .with("08-01 09:00", order(IsolationForm::Central, "08-10"))
        .with("08-08 12:00", contact(ContactDegree::Close))
        .with("08-10 12:00", completed(IsolationForm::Central));
    assert_eq!(story.reasons("08-10 12:00"), [Reason::CloseContact]);
    assert_eq!(story.colour("08-22 23:59"), Colour::RED);
    assert_eq!(story.colour("08-23 00:00"), Colour::GREEN);
}

#[test]
fn a_close_contact_without_an_order_is_green_when_the_isolation_is_reported_complete() {
    let story = zhejiang()
        .with("08-01 12:00", contact(ContactDegree::Close))
        .with("08-10 10:00", completed(IsolationForm::Central));
    assert_eq!(story.colour("08-10 09:59"), Colour::RED);
    assert_eq!(story.colour("08-10 10:00"), Colour::GREEN);
}

#[test]
fn an_earlier_order_of_another_form_does_not_keep_a_contact_from_completing() {
    let story = zhejiang()
        .with("07-28 09:00", order(IsolationForm::Home, "08-20"))
        .with("08-01 12:00", contact(ContactDegree::Close))
        .with("08-10 10:00", completed(IsolationForm::Central));
    assert_eq!(story.reasons("08-10 10:00"), [Reason::HomeObservation]);
}

#[test]
fn a_completion_counts_for_the_contact_once_its_own_order_has_begun() {
    let story = zhejiang()
        .with("07-25 09:00", order(IsolationForm::Central, "08-10"))
        .with("08-01 12:00", contact(ContactDegree::Close))
        .with("08-02 09:00", order(IsolationForm::Central, "08-15"))
        .with("08-02 09:00", order(IsolationForm::Home, "08-20"))
        .with("08-05 10:00", completed(IsolationForm::Central));
    assert_eq!(story.reasons("08-05 10:00"), [Reason::HomeObservation]);
}

#[test]
fn an_isolation_from_before_the_journey_does_not_delay_the_observation_after_it() {
    let story = zhejiang()
        .with("07-20 09:00", order(IsolationForm::Central, "08-20"))
        .with("08-02 18:00", abroad("08-01 06:00"));
    assert_eq!(
        story.reasons("08-16 00:00"),
        [Reason::HomeObservation, Reason::OrderedIsolation]
    );
}

#[test]
fn a_contact_of_a_contact_is_not_in_the_notice_and_stays_green() {
    let story = zhejiang().with("08-01 12:00", contact(ContactDegree::Secondary));
    assert_eq!(story.reasons("08-02 09:00"), [Reason::NoRiskFound]);
}

// Part 1, red: "过去14天居住在国外的人员"; part 2: "集中隔离期满后,原则上居家医学观察7天".

#[test]
fn fourteen_days_after_leaving_abroad_come_seven_of_home_observation_and_then_green() {
    let story = zhejiang().with("08-01 18:00", abroad("08-01 06:00"));
    insta::assert_snapshot!(story.timeline("08-01 18:00"), @r"
    08-01 18:00 red: zj-red-abroad until 08-16 00:00
    08-16 00:00 red: zj-red-after-abroad until 08-23 00:00
    08-23 00:00 green: zj-green
    ");
    assert_eq!(story.colour("08-22 23:59"), Colour::RED);
}

#[test]
fn home_observation_starts_when_central_isolation_is_over_if_that_is_later() {
    let story = zhejiang()
        .with("08-02 18:00", abroad("08-01 06:00"))
        .with("08-02 19:00", order(IsolationForm::Central, "08-17"));
    insta::assert_snapshot!(story.timeline("08-02 19:00"), @r"
    08-02 19:00 red: zj-red-abroad until 08-16 00:00, zj-red-isolation until 08-18 00:00
    08-16 00:00 red: zj-red-isolation until 08-18 00:00
    08-18 00:00 red: zj-red-after-abroad until 08-25 00:00
    08-25 00:00 green: zj-green
    ");
}

#[test]
fn home_observation_after_abroad_is_in_principle_and_can_be_completed_sooner() {
    let story = zhejiang()
        .with("08-01 18:00", abroad("08-01 06:00"))
        .with("08-19 10:00", completed(IsolationForm::Home));
    assert_eq!(story.reasons("08-19 09:59"), [Reason::HomeObservation]);
    assert_eq!(story.colour("08-19 10:00"), Colour::GREEN);
}

#[test]
fn whoever_left_abroad_three_weeks_ago_is_green() {
    let story = zhejiang().with("08-25 18:00", abroad("08-01 06:00"));
    assert_eq!(story.colour("08-25 18:00"), Colour::GREEN);
}

// Part 1, red: "按规定需要实施集中隔离或者居家医学观察的人员"; part 2: "按规定完成……后改为“绿码”".

#[rstest]
#[case(
    IsolationForm::Central,
    Reason::OrderedIsolation,
    Clearing::IsolationCompleted
)]
#[case(
    IsolationForm::Home,
    Reason::HomeObservation,
    Clearing::ObservationCompleted
)]
fn ordered_isolation_is_red_until_its_last_day_passes_with_no_new_evidence(
    #[case] form: IsolationForm,
    #[case] reason: Reason,
    #[case] clearing: Clearing,
) {
    let story = zhejiang().with("08-01 10:00", order(form, "08-14"));
    let evaluation = story.evaluate("08-14 23:59");
    assert_eq!(evaluation.colour(), Colour::RED);
    assert_eq!(evaluation.reasons()[0].reason, reason);
    assert_eq!(evaluation.reasons()[0].cleared_by, [clearing]);
    assert_eq!(evaluation.next_change_at(), Some(time("08-15 00:00")));
    assert_eq!(story.colour("08-15 00:00"), Colour::GREEN);
}

#[test]
fn completing_central_isolation_does_not_complete_home_observation() {
    let story = zhejiang()
        .with("08-01 10:00", order(IsolationForm::Central, "08-14"))
        .with("08-01 10:00", order(IsolationForm::Home, "08-21"))
        .with("08-13 10:00", completed(IsolationForm::Central));
    assert_eq!(story.reasons("08-13 10:00"), [Reason::HomeObservation]);
}

// Part 1, areas: "在疫情严重的地区或场所……可纳入“码红”管理".

#[rstest]
fn somebody_connected_with_a_severely_affected_area_is_red_by_decision_for_fourteen_days(
    #[values(
        AreaConnection::Residence,
        AreaConnection::Travel,
        AreaConnection::Contact
    )]
    connection: AreaConnection,
) {
    let decision = EvidenceKind::AreaDecision {
        area: area(),
        connection,
        decision: ground(),
    };
    let story = zhejiang().with("08-01 10:00", decision);
    assert_eq!(story.reasons("08-01 10:00"), [Reason::SevereAreaDecision]);
    assert_eq!(story.colour("08-15 23:59"), Colour::RED);
    assert_eq!(story.colour("08-16 00:00"), Colour::GREEN);
    let lifted = story.with("08-05 10:00", withdrawn(1));
    assert_eq!(lifted.colour("08-05 10:00"), Colour::GREEN);
}

// Part 1, red: "其他必须纳入“红色代码”管理的人员".

#[test]
fn others_decided_red_are_red_for_forty_eight_hours_when_nothing_medical_supports_it() {
    let story = zhejiang().with("08-01 10:00", decided(Colour::RED, None));
    insta::assert_snapshot!(story.timeline("08-01 10:00"), @r"
    08-01 10:00 red: zj-red-others until 08-03 10:00
    08-03 10:00 green: zj-green
    ");
}

#[rstest]
fn others_decided_red_stay_red_when_a_laboratory_or_disease_control_supports_it(
    #[values(
        test(TestResult::Positive),
        contact(ContactDegree::Secondary),
        infection(InfectionStatus::Suspected)
    )]
    finding: EvidenceKind,
) {
    let story = zhejiang()
        .with("08-01 10:00", decided(Colour::RED, None))
        .with("08-02 10:00", finding);
    let reasons = story.reasons("08-10 10:00");
    assert!(reasons.contains(&Reason::OtherRedDecision), "{reasons:?}");
    assert!(
        !story
            .reasons("08-16 00:00")
            .contains(&Reason::OtherRedDecision)
    );
}

#[test]
fn a_negative_test_does_not_support_a_red_decision() {
    let story = zhejiang()
        .with("08-01 10:00", decided(Colour::RED, None))
        .with("08-02 10:00", test(TestResult::Negative));
    assert_eq!(story.colour("08-03 10:00"), Colour::GREEN);
}

#[test]
fn a_finding_that_comes_after_the_forty_eight_hours_is_too_late_for_the_decision() {
    let story = zhejiang()
        .with("08-01 10:00", decided(Colour::RED, None))
        .recorded(
            "08-02 10:00",
            "08-03 10:00",
            Origin::Finding,
            contact(ContactDegree::Secondary),
        );
    assert_eq!(story.colour("08-03 10:00"), Colour::GREEN);
    // Also when a hospital's clock is a minute ahead, and what it found is of the very moment.
    let story = zhejiang()
        .with("08-01 10:00", decided(Colour::RED, None))
        .recorded(
            "08-03 10:00",
            "08-03 09:59",
            Origin::Finding,
            contact(ContactDegree::Secondary),
        );
    assert_eq!(story.colour("08-03 10:00"), Colour::GREEN);
}

#[test]
fn a_red_set_by_hand_ends_after_forty_eight_hours_and_can_be_withdrawn_before() {
    let story = zhejiang().with("08-01 10:00", by_hand(Colour::RED, None));
    let statement = story.evaluate("08-01 10:00").reasons()[0].clone();
    assert_eq!(statement.reason, Reason::ManualDecision);
    assert_eq!(statement.clears_at, Some(time("08-03 10:00")));
    assert_eq!(
        statement.cleared_by,
        [
            Clearing::DecisionWithdrawn,
            Clearing::DecisionEnds,
            Clearing::HoursWithoutFinding { hours: 48 }
        ]
    );
    let withdrawn = story.with("08-02 09:00", withdrawn(1));
    assert_eq!(withdrawn.colour("08-02 08:59"), Colour::RED);
    assert_eq!(withdrawn.colour("08-02 09:00"), Colour::GREEN);
}

#[test]
fn a_decision_that_names_its_end_ends_there() {
    let story = zhejiang().with("08-01 10:00", by_hand(Colour::RED, Some("08-02 10:00")));
    assert_eq!(story.colour("08-02 09:59"), Colour::RED);
    assert_eq!(story.colour("08-02 10:00"), Colour::GREEN);
}

// Part 1, yellow: "有发热症状的人员"; part 2: "若……无流行病学史……核酸检测阴性或发热症状消除后变更为“绿码”".

#[test]
fn fever_is_yellow_and_time_alone_does_not_clear_it() {
    let story = zhejiang().with("08-01 09:00", fever(true, false));
    insta::assert_snapshot!(story.timeline("08-01 09:00"), @"08-01 09:00 yellow: zj-yellow-fever");
    assert_eq!(
        story.evaluate("08-01 09:00").reasons()[0].cleared_by,
        [
            Clearing::NegativeTest,
            Clearing::FeverEnded,
            Clearing::InfectionRuledOut
        ]
    );
}

#[rstest]
#[case::a_negative_test(test(TestResult::Negative))]
#[case::the_end_of_the_fever(fever(false, false))]
fn fever_without_epidemic_history_is_cleared_by(#[case] clearing: EvidenceKind) {
    let story = zhejiang()
        .with("08-01 09:00", fever(true, false))
        .with("08-02 09:00", clearing);
    assert_eq!(story.colour("08-02 08:59"), Colour::YELLOW);
    assert_eq!(story.colour("08-02 09:00"), Colour::GREEN);
}

#[rstest]
#[case::a_negative_test(test(TestResult::Negative))]
#[case::the_end_of_the_fever(fever(false, false))]
fn fever_with_epidemic_history_is_not_cleared_by(#[case] clearing: EvidenceKind) {
    let story = zhejiang()
        .with("08-01 09:00", fever(true, true))
        .with("08-02 09:00", clearing);
    assert_eq!(story.colour("08-30 09:00"), Colour::YELLOW);
    let story = story.with("09-01 09:00", infection(InfectionStatus::RuledOut));
    assert_eq!(story.colour("09-01 09:00"), Colour::GREEN);
}

#[rstest]
#[case::a_stay_abroad(abroad("07-10 09:00"), Colour::GREEN)]
#[case::a_contact(contact(ContactDegree::Secondary), Colour::YELLOW)]
#[case::a_risk_area(lives_in(RiskLevel::High), Colour::YELLOW)]
fn epidemic_history_is_also_read_from_the_record_of_fourteen_days(
    #[case] history: EvidenceKind,
    #[case] expected: Colour,
) {
    // The stay abroad ended 22 days before the fever: too long ago to be a history.
    let story = zhejiang()
        .with("07-25 09:00", history)
        .with("08-01 09:00", fever(true, false))
        .with("08-02 09:00", test(TestResult::Negative));
    assert_eq!(story.colour("08-02 09:00"), expected);
}

#[test]
fn a_negative_test_from_before_the_fever_does_not_clear_it() {
    let story = zhejiang()
        .with("07-31 09:00", test(TestResult::Negative))
        .with("08-01 09:00", fever(true, false));
    assert_eq!(story.colour("08-01 09:00"), Colour::YELLOW);
}

#[test]
fn a_fever_that_comes_back_is_yellow_again() {
    let story = zhejiang()
        .with("08-01 09:00", fever(true, false))
        .with("08-02 09:00", fever(false, false))
        .with("08-03 09:00", fever(true, false));
    assert_eq!(story.colour("08-02 09:00"), Colour::GREEN);
    let evaluation = story.evaluate("08-03 09:00");
    assert_eq!(evaluation.colour(), Colour::YELLOW);
    assert_eq!(evaluation.reasons()[0].since, Some(time("08-03 09:00")));
    assert_eq!(evaluation.reasons()[0].evidence, [id(3)]);
}

#[test]
fn a_declaration_ends_a_declared_fever_but_not_one_that_a_clinic_found() {
    let declared = zhejiang()
        .declared("08-01 09:00", fever(true, false))
        .declared("08-02 09:00", fever(false, false));
    assert_eq!(declared.colour("08-02 09:00"), Colour::GREEN);
    let found = zhejiang()
        .with("08-01 09:00", fever(true, false))
        .declared("08-02 09:00", fever(false, false));
    assert_eq!(found.colour("08-02 09:00"), Colour::YELLOW);
}

// Part 1, yellow: "生活在中风险和高风险地区的人员,按照规定必须……接受核酸检测"; part 2: "如果检测结果为阴性".

#[rstest]
#[case(RiskLevel::Medium, Reason::LivesInMediumRiskArea)]
#[case(RiskLevel::High, Reason::LivesInHighRiskArea)]
fn living_in_a_risk_area_is_yellow_until_a_negative_test(
    #[case] level: RiskLevel,
    #[case] reason: Reason,
) {
    let story = zhejiang().with("08-01 09:00", lives_in(level));
    assert_eq!(story.reasons("09-01 09:00"), [reason]);
    assert_eq!(
        story.evaluate("08-01 09:00").reasons()[0].cleared_by,
        [Clearing::NegativeTest]
    );
    let story = story.with("08-03 09:00", test(TestResult::Negative));
    assert_eq!(story.colour("08-03 08:59"), Colour::YELLOW);
    assert_eq!(story.colour("08-03 09:00"), Colour::GREEN);
}

#[rstest]
#[case("07-25 00:00", Colour::GREEN)]
#[case("07-24 23:59", Colour::YELLOW)]
fn a_report_from_before_coming_counts_for_seven_days(
    #[case] sampled: &str,
    #[case] expected: Colour,
) {
    let story = zhejiang()
        .with(sampled, test(TestResult::Negative))
        .with("08-01 09:00", lives_in(RiskLevel::High));
    assert_eq!(story.colour("08-01 09:00"), expected);
}

#[test]
fn living_in_a_risk_area_without_having_to_be_tested_sets_no_colour() {
    let not_required = EvidenceKind::ResidenceInRiskArea {
        level: RiskLevel::High,
        area: area(),
        test_required: false,
    };
    assert_eq!(
        zhejiang()
            .with("08-01 09:00", not_required)
            .colour("08-01 09:00"),
        Colour::GREEN
    );
}

// Part 1, yellow: "其他必须纳入“黄码”管理的人员".

#[rstest]
#[case(decided(Colour::YELLOW, None), Reason::OtherYellowDecision)]
#[case(by_hand(Colour::YELLOW, None), Reason::ManualDecision)]
fn others_decided_yellow_are_yellow_until_withdrawn_or_fourteen_days_pass(
    #[case] decision: EvidenceKind,
    #[case] reason: Reason,
) {
    let story = zhejiang().with("08-01 10:00", decision);
    assert_eq!(story.reasons("08-04 10:00"), [reason]);
    assert_eq!(story.colour("08-15 23:59"), Colour::YELLOW);
    assert_eq!(story.colour("08-16 00:00"), Colour::GREEN);
    assert_eq!(
        story
            .with("08-05 10:00", withdrawn(1))
            .colour("08-05 10:00"),
        Colour::GREEN
    );
}

// All rules together.

#[test]
fn each_rule_of_the_pack_can_be_reached_and_left() {
    let pack = pack("zhejiang");
    for rule in pack.rules() {
        assert!(!rule.cleared_by().is_empty(), "{} has no way out", rule.id);
    }
    insta::assert_snapshot!(table(&pack));
}

/// The pack at a glance: what a reviewer compares with the notice.
pub(super) fn table(pack: &RulePack) -> String {
    let line = |rule: &Rule| {
        let when = serde_json::to_string(&rule.when).unwrap();
        let ends: Vec<String> = rule
            .ends
            .iter()
            .map(|end| serde_json::to_string(end).unwrap())
            .collect();
        format!(
            "{} = {}\n  {}\n  when {when}\n  ends {}\n",
            rule.id,
            rule.colour,
            rule.source.sentence,
            ends.join(" or ")
        )
    };
    pack.rules().iter().map(line).collect::<Vec<_>>().join("\n")
}

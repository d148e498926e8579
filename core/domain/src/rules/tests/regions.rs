//! Guangxi, Shanxi and Shandong, as far as their texts say.

use rstest::rstest;

use super::*;

/// Guangxi article 13: high red, medium yellow, low green.
#[rstest]
#[case("guangxi", false)]
#[case("shanxi", true)]
#[case("shandong", false)]
fn an_assessed_risk_gives_its_colour_and_a_new_assessment_changes_it(
    #[case] region: &str,
    #[case] verified: bool,
) {
    let story = Story::in_region(region)
        .with("08-01 09:00", assessed(RiskLevel::High, verified))
        .with("08-05 09:00", assessed(RiskLevel::Medium, verified))
        .with("08-09 09:00", assessed(RiskLevel::Low, verified));
    assert_eq!(story.reasons("08-01 09:00"), [Reason::AssessedHighRisk]);
    assert_eq!(story.colour("08-01 09:00"), Colour::RED);
    // Guangxi article 14 and Shanxi article 15: adjusted in time when the risk changes.
    assert_eq!(story.reasons("08-05 09:00"), [Reason::AssessedMediumRisk]);
    assert_eq!(story.colour("08-05 09:00"), Colour::YELLOW);
    assert_eq!(story.reasons("08-09 09:00"), [Reason::NoRiskFound]);
}

/// Shanxi article 16: a county looks into the data and verifies it; only then is a colour given.
#[test]
fn in_shanxi_nothing_sets_a_colour_before_a_county_has_verified_it() {
    let unverified = [
        assessed(RiskLevel::High, false),
        infection(InfectionStatus::Confirmed),
        contact(ContactDegree::Close),
        test(TestResult::Positive),
        lives_in(RiskLevel::High),
    ];
    for kind in unverified {
        assert_eq!(
            Story::in_region("shanxi")
                .with("08-01 09:00", kind)
                .colour("08-01 09:00"),
            Colour::GREEN
        );
    }
}

#[test]
fn in_shanxi_an_unverified_assessment_does_not_lift_a_verified_one() {
    let story = Story::in_region("shanxi")
        .with("08-01 09:00", assessed(RiskLevel::High, true))
        .with("08-05 09:00", assessed(RiskLevel::Low, false));
    assert_eq!(story.colour("08-06 09:00"), Colour::RED);
}

/// Shanxi article 4: nothing but the epidemic may set a colour.
#[rstest]
fn a_red_set_by_hand_ends_after_forty_eight_hours_in_every_region(
    #[values("zhejiang", "guangxi", "shanxi", "shandong")] region: &str,
) {
    let story = Story::in_region(region).with("08-01 09:00", by_hand(Colour::RED, None));
    assert_eq!(story.colour("08-03 08:59"), Colour::RED);
    assert_eq!(story.colour("08-03 09:00"), Colour::GREEN);
}

/// Guangxi articles 17 and 18: what departments report flows into the code.
#[rstest]
#[case(infection(InfectionStatus::Confirmed), Colour::RED)]
#[case(infection(InfectionStatus::Suspected), Colour::RED)]
#[case(infection(InfectionStatus::Asymptomatic), Colour::RED)]
#[case(test(TestResult::Positive), Colour::RED)]
#[case(contact(ContactDegree::Close), Colour::RED)]
#[case(contact(ContactDegree::Secondary), Colour::YELLOW)]
#[case(order(IsolationForm::Central, "08-10"), Colour::RED)]
#[case(order(IsolationForm::Home, "08-10"), Colour::RED)]
#[case(lives_in(RiskLevel::High), Colour::YELLOW)]
#[case(by_hand(Colour::YELLOW, None), Colour::YELLOW)]
#[case(test(TestResult::Negative), Colour::GREEN)]
fn what_departments_report_sets_the_colour_in_guangxi(
    #[case] kind: EvidenceKind,
    #[case] colour: Colour,
) {
    assert_eq!(
        Story::in_region("guangxi")
            .with("08-01 09:00", kind)
            .colour("08-01 09:00"),
        colour
    );
}

#[test]
fn in_guangxi_a_contact_of_a_contact_is_green_after_seven_days_with_no_new_evidence() {
    let story = Story::in_region("guangxi").with("08-01 09:00", contact(ContactDegree::Secondary));
    insta::assert_snapshot!(story.timeline("08-01 09:00"), @r"
    08-01 09:00 yellow: gx-yellow-secondary-contact until 08-09 00:00
    08-09 00:00 green: gx-green
    ");
}

/// What a text leaves open is marked as our own reading, so that nobody takes it for the text.
#[test]
fn rules_that_a_text_does_not_spell_out_say_so() {
    let own = |region: &str| {
        let pack = pack(region);
        let (own, plain): (Vec<_>, Vec<_>) = pack
            .rules()
            .iter()
            .partition(|rule| rule.source.own_reading.is_some());
        (own.len(), plain.len())
    };
    assert_eq!(own("guangxi"), (11, 2));
    assert_eq!(own("shanxi"), (2, 2));
    assert_eq!(own("shandong"), (3, 0));
}

#[rstest]
fn the_pack_of_a_region_is_as_signed(#[values("guangxi", "shanxi", "shandong")] region: &str) {
    insta::with_settings!({ snapshot_suffix => region }, {
        insta::assert_snapshot!(super::zhejiang::table(&pack(region)));
    });
}

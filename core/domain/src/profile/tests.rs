use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::rules::built_in_pack;

fn profile(name: &str) -> RegionProfile {
    RegionProfile::parse(built_in_profile(name).unwrap()).unwrap()
}

#[test]
fn every_built_in_profile_is_taken_and_fits_its_pack() {
    for name in built_in_profile_names() {
        let profile = profile(name);
        assert_eq!(profile.name().as_str(), name);
        let pack = RulePack::parse(built_in_pack(profile.region()).unwrap()).unwrap();
        assert_eq!(profile.check_pack(&pack), Ok(()), "{name}");
        assert_eq!(pack.name().as_str(), name);
    }
}

#[test]
fn a_pack_of_another_region_does_not_fit() {
    let pack =
        RulePack::parse(built_in_pack(&RegionCode::new("guangxi").unwrap()).unwrap()).unwrap();
    let error = profile("zhejiang-2020").check_pack(&pack).unwrap_err();
    insta::assert_snapshot!(error, @"accept region: put a pack and a profile of one region into force together");
}

/// Zhejiang, second part: the places that a yellow code may not enter, and no others.
#[test]
fn a_yellow_code_in_zhejiang_may_not_enter_exactly_the_places_of_the_notice() {
    let zhejiang = profile("zhejiang-2020");
    let refused = |venue: &&VenueClass| {
        matches!(
            zhejiang.admission(Colour::YELLOW, **venue, AlertLevel::Normal),
            Admission::Refuse { .. }
        )
    };
    let refused: Vec<&VenueClass> = VenueClass::ALL.iter().filter(refused).collect();
    insta::assert_json_snapshot!(refused);
}

#[rstest]
fn a_yellow_code_in_zhejiang_rides_masked(
    #[values(VenueClass::Taxi, VenueClass::Bus, VenueClass::OtherTransport)] venue: VenueClass,
    #[values(AlertLevel::Normal, AlertLevel::Raised, AlertLevel::Emergency)] alert: AlertLevel,
) {
    let masked = Admission::Restrict {
        measures: vec![Measure::WearMask],
    };
    assert_eq!(
        profile("zhejiang-2020").admission(Colour::YELLOW, venue, alert),
        masked
    );
}

#[test]
fn a_green_code_moves_freely_in_every_region() {
    for name in built_in_profile_names() {
        for venue in VenueClass::ALL {
            for alert in AlertLevel::ALL {
                assert_eq!(
                    profile(name).admission(Colour::GREEN, *venue, *alert),
                    Admission::Admit
                );
            }
        }
    }
}

#[test]
fn a_hospital_refuses_nobody_not_even_a_colour_that_nobody_knows() {
    let unknown = Colour::from_registry_number(9).unwrap();
    for name in built_in_profile_names() {
        for colour in [Colour::GREEN, Colour::YELLOW, Colour::RED, unknown] {
            for alert in AlertLevel::ALL {
                let answer = profile(name).admission(colour, VenueClass::Hospital, *alert);
                assert!(
                    !matches!(answer, Admission::Refuse { .. }),
                    "{name} {colour} {alert:?}"
                );
            }
        }
        let answer = profile(name).admission(unknown, VenueClass::Bus, AlertLevel::Normal);
        assert!(matches!(answer, Admission::Refuse { .. }));
    }
}

#[test]
fn a_red_code_in_zhejiang_is_moved_from_point_to_point_and_let_in_at_home() {
    let zhejiang = profile("zhejiang-2020");
    let answer = |venue| zhejiang.admission(Colour::RED, venue, AlertLevel::Normal);
    assert!(
        matches!(answer(VenueClass::Bus), Admission::Refuse { measures } if measures.contains(&Measure::PointToPointTransport))
    );
    assert!(matches!(
        answer(VenueClass::Community),
        Admission::Restrict { .. }
    ));
}

/// Guangxi article 10, Shanxi article 12: the checks of a place follow the risk.
#[test]
fn checks_of_a_market_rise_with_the_alert_in_guangxi() {
    let guangxi = profile("guangxi-2022");
    let answer = |alert| guangxi.admission(Colour::YELLOW, VenueClass::FarmersMarket, alert);
    assert_ne!(answer(AlertLevel::Normal), answer(AlertLevel::Emergency));
}

/// Guangxi article 11: documents, certificates, the travel card.
#[test]
fn guangxi_names_every_way_to_pass_without_a_code() {
    let ways: Vec<WayWithoutCode> = profile("guangxi-2022")
        .without_code()
        .iter()
        .map(|row| row.way)
        .collect();
    insta::assert_json_snapshot!(ways);
}

#[test]
fn shandong_recognises_the_codes_of_fourteen_provinces() {
    assert_eq!(profile("shandong-2020").recognition().regions.len(), 14);
}

#[test]
fn each_admission_cites_its_sentence() {
    let zhejiang = profile("zhejiang-2020");
    let source = zhejiang
        .admission_source(Colour::YELLOW, VenueClass::NursingHome, AlertLevel::Normal)
        .unwrap();
    assert!(source.sentence.contains("养老院"));
    assert_eq!(source.own_reading, None);
}

#[test]
fn the_limits_and_the_retention_of_zhejiang_are_as_signed() {
    let zhejiang = profile("zhejiang-2020");
    let days: Vec<(DataClass, u32)> = zhejiang
        .retention()
        .iter()
        .map(|row| (row.class, row.days))
        .collect();
    insta::assert_json_snapshot!((zhejiang.limits(), days, zhejiang.allowed_tiles()));
    assert_eq!(zhejiang.retention_days(DataClass::AuditLog), 180);
}

#[test]
fn a_tile_that_the_region_does_not_allow_stays_empty() {
    let recorded: Timestamp = "2020-08-01T10:00:00Z".parse().unwrap();
    let evidence = |id: u8, kind: crate::evidence::EvidenceKind| Evidence {
        id: crate::evidence::EvidenceId::from_bytes([id; 16]),
        occurred_at: recorded,
        recorded_at: recorded,
        case_id: crate::evidence::CaseId::new("c").unwrap(),
        authority: crate::evidence::AuthorityId::new("a").unwrap(),
        origin: crate::evidence::Origin::Finding,
        kind,
    };
    let evidence = [
        evidence(
            1,
            crate::evidence::EvidenceKind::NucleicAcidTest {
                result: crate::evidence::TestResult::Negative,
            },
        ),
        evidence(
            2,
            crate::evidence::EvidenceKind::Vaccination {
                doses: 3,
                course: 2,
            },
        ),
    ];
    let shown = |name| profile(name).tiles(&evidence, recorded);
    let tiles = |vaccination| {
        Some(Tiles {
            test_age: TestAge::Within24h,
            vaccination,
        })
    };
    assert_eq!(shown("zhejiang-2020"), tiles(VaccinationStatus::Booster));
    assert_eq!(shown("shandong-2020"), tiles(VaccinationStatus::Unknown));
}

/// Zhejiang's profile as a file that can be changed.
fn file() -> Value {
    serde_json::from_slice(built_in_profile("zhejiang-2020").unwrap()).unwrap()
}

#[test]
fn a_profile_that_was_signed_before_a_limit_existed_is_found_by_a_newer_program() {
    let mut older = file();
    let limits = older["limits"].as_object_mut().unwrap();
    limits.remove("reds_per_unit_and_hour").unwrap();
    limits.remove("counter_approvals_per_day").unwrap();
    let classes = older["retention"].as_array_mut().unwrap();
    classes.retain(|line| line["class"] != "audit_log");
    let older = serde_json::to_vec(&older).unwrap();
    let read = RegionProfile::parse_signed(&older).unwrap();
    assert_eq!(read.limits(), profile("zhejiang-2020").limits());
    assert_eq!(read.retention_days(DataClass::AuditLog), 180);
    let refused = RegionProfile::parse(&older).unwrap_err();
    insta::assert_snapshot!(refused, @"accept retention: say how long AuditLog is kept; no data is kept without an end");
}

#[rstest]
#[case::of_the_file("", "read later: no such field; look for a slip of the pen")]
#[case::of_the_limits(
    "/limits",
    "read limits.later: no such field; look for a slip of the pen"
)]
#[case::of_a_source(
    "/retention/3/source",
    "read retention.3.source.later: no such field; look for a slip of the pen"
)]
#[case::of_a_colour(
    "/colours/1",
    "read colours.1.later: no such field; look for a slip of the pen"
)]
#[case::of_an_answer(
    "/admission/1/otherwise",
    "read admission.1.otherwise.later: no such field; look for a slip of the pen"
)]
#[case::of_a_way(
    "/without_code/0",
    "read without_code.0.later: no such field; look for a slip of the pen"
)]
fn a_profile_with_a_later_field_is_found_by_an_older_program_and_refused_to_whoever_signs_it(
    #[case] place: &str,
    #[case] refused: &str,
) {
    let mut newer = file();
    newer.pointer_mut(place).unwrap()["later"] = json!({"any": ["thing"]});
    let newer = serde_json::to_vec(&newer).unwrap();
    assert_eq!(
        RegionProfile::parse_signed(&newer).unwrap(),
        profile("zhejiang-2020")
    );
    assert_eq!(
        RegionProfile::parse(&newer).unwrap_err().to_string(),
        refused
    );
}

#[test]
fn a_profile_with_a_later_class_of_data_is_found_by_an_older_program() {
    let mut newer = file();
    let classes = newer["retention"].as_array_mut().unwrap();
    let mut later = classes[0].clone();
    later["class"] = json!("later");
    classes.push(later);
    let newer = serde_json::to_vec(&newer).unwrap();
    assert_eq!(
        RegionProfile::parse_signed(&newer).unwrap(),
        profile("zhejiang-2020")
    );
    let refused = RegionProfile::parse(&newer).unwrap_err();
    insta::assert_snapshot!(refused, @"accept retention[14].class: name a class of data that this program keeps");
}

#[test]
fn a_profile_of_another_format_is_not_guessed_at() {
    let mut other = file();
    other["format"] = json!(2);
    let refused = RegionProfile::parse_signed(&serde_json::to_vec(&other).unwrap()).unwrap_err();
    insta::assert_snapshot!(refused, @"accept format: give a number from 1 to 1");
}

/// Changes one place of Zhejiang's profile and tells how the result is refused.
fn refusal(pointer: &str, value: Value) -> String {
    let mut file = file();
    *file.pointer_mut(pointer).unwrap() = value;
    RegionProfile::parse(&serde_json::to_vec(&file).unwrap())
        .unwrap_err()
        .to_string()
}

#[rstest]
#[case("/format", json!(2), "accept format: give a number from 1 to 1")]
#[case("/zone", json!("Asia/Atlantis"), "accept zone: name one of Asia/Hong_Kong, Asia/Macau, Asia/Shanghai, Asia/Taipei, Asia/Urumqi")]
#[case("/limits/wards_per_holder", json!(0), "accept limits.wards_per_holder: give a number from 1 to 20")]
#[case("/limits/batch_two_person_over", json!(21), "accept limits.batch_two_person_over: give a number from 0 to 20")]
#[case("/limits/strip_hours", json!(2), "accept limits.strip_hours_emergency: sign no more hours ahead in an emergency than in normal times")]
#[case("/retention/11/days", json!(400), "accept retention[11].days: give a number from 1 to 30")]
#[case("/retention/0/class", json!("strip"), "accept retention[7]: give each class of data one line; this one stands twice")]
#[case("/retention", json!([]), "accept retention: say how long LoginAttempt is kept; no data is kept without an end")]
#[case("/without_code", json!([]), "accept without_code: let people register with an identity document; a code is never the only voucher")]
#[case("/tiles", json!(["test_age", "test_age"]), "accept tiles: name each tile once")]
#[case("/colours/0/rank", json!(25), "accept colours: rank green below yellow and yellow below red")]
#[case("/admission/1/except/5/admission", json!({"answer": "refuse", "measures": []}), "accept admission[1]: answer hospital at Normal with admit or restrict; urgent care is never refused")]
#[case("/admission/0/otherwise", json!({"answer": "refuse", "measures": []}), "accept admission[0]: do not refuse the mildest colour (School); whoever holds it moves freely")]
#[case("/admission/1/otherwise/measures", json!([]), "accept admission[1].otherwise.measures: name what is asked for, or answer admit")]
#[case("/admission/1/except/0/venues/1", json!("bus"), "accept admission[1].except[4]: answer Bus at Normal once; an earlier exception or this one already does")]
#[case("/admission/2/colour", json!("added-7"), "accept admission[2].colour: use a colour that stands in colours")]
#[case("/admission/2/colour", json!("yellow"), "accept admission[2].colour: give each colour one line; this one stands twice")]
#[case("/source/note", json!("two\nlines"), "accept source.note: write one line of 1 to 800 characters")]
fn a_profile_that_contradicts_itself_is_refused(
    #[case] pointer: &str,
    #[case] value: Value,
    #[case] refused: &str,
) {
    assert_eq!(refusal(pointer, value), refused);
}

#[test]
fn a_place_that_cannot_be_read_is_named() {
    let refused = refusal("/admission/1/except/0/venues/1", json!("casino"));
    assert!(
        refused.starts_with("read admission[1].except[0].venues[1]: unknown variant `casino`"),
        "{refused}"
    );
    let refused = refusal("/limits/devices", json!(-1));
    assert!(
        refused.starts_with("read limits.devices: invalid value"),
        "{refused}"
    );
}

#[test]
fn a_missing_colour_leaves_no_cell_open() {
    let mut file = file();
    file["admission"].as_array_mut().unwrap().pop();
    let refused = RegionProfile::parse(&serde_json::to_vec(&file).unwrap()).unwrap_err();
    insta::assert_snapshot!(refused, @"accept admission: add a line for red; every colour in use needs one");
}

#[test]
fn an_unknown_field_something_after_the_end_and_a_long_file_are_refused() {
    let text = String::from_utf8(built_in_profile("zhejiang-2020").unwrap().to_vec()).unwrap();
    let more = text.replacen("\"format\": 1", "\"format\": 1, \"secret\": 1", 1);
    assert!(matches!(
        RegionProfile::parse(more.as_bytes()),
        Err(PolicyError::NotReadable { .. })
    ));
    assert!(matches!(
        RegionProfile::parse(format!("{text}{{}}").as_bytes()),
        Err(PolicyError::NotReadable { .. })
    ));
    let long = format!("{text}{}", " ".repeat(crate::policy::LONGEST_POLICY));
    assert!(matches!(
        RegionProfile::parse(long.as_bytes()),
        Err(PolicyError::TooLong { .. })
    ));
}

proptest! {
    #[test]
    fn reading_a_profile_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = RegionProfile::parse(&bytes);
    }

    #[test]
    fn a_damaged_profile_never_panics(position in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = built_in_profile("zhejiang-2020").unwrap().to_vec();
        let position = position.index(text.len());
        text[position] = byte;
        let _ = RegionProfile::parse(&text);
    }
}

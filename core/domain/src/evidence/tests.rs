//! What is taken as evidence, and what is refused at the door.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn json(kind: &str) -> String {
    format!(
        r#"{{"id":"000102030405060708090a0b0c0d0e0f","occurred_at":"2020-08-01T08:00:00Z",
            "recorded_at":"2020-08-01T09:00:00Z","case_id":"HZ-2020-17","authority":"hangzhou-cdc",{kind}}}"#
    )
}

fn read(kind: &str) -> Result<Evidence, EvidenceError> {
    Evidence::parse(json(kind).as_bytes())
}

/// One of each kind, as departments send them.
const EACH_KIND: &[&str] = &[
    r#""kind":"nucleic_acid_test","result":"negative""#,
    r#""kind":"antibody_test","antibody":"igm","result":"positive""#,
    r#""kind":"infection","status":"confirmed""#,
    r#""kind":"contact","degree":"close""#,
    r#""kind":"isolation_order","form":"central","until":"2020-08-15""#,
    r#""kind":"isolation_completed","form":"home""#,
    r#""kind":"stay_abroad","left_at":"2020-07-31T20:00:00Z""#,
    r#""kind":"residence_in_risk_area","level":"high","area":"110106","test_required":true"#,
    r#""kind":"area_decision","area":"110106","connection":"travel","decision":"ZJ-2020-3""#,
    r#""kind":"symptom","fever":true,"epidemic_history":false"#,
    r#""kind":"vaccination","doses":2,"course":2"#,
    r#""kind":"travel","area":"330106""#,
    r#""kind":"risk_assessment","level":"medium","verified_by":"140105""#,
    r#""kind":"other_decision","colour":"red","ground":"ZJ-2020-4/2","until":null"#,
    r#""kind":"manual_decision","colour":"yellow","ground":"WO-77","until":"2020-08-03T00:00:00Z""#,
    r#""kind":"withdrawal","of":"ff0102030405060708090a0b0c0d0e0f","ground":"WO-78""#,
];

#[test]
fn each_kind_of_evidence_is_stored_as_before() {
    let each: Vec<Evidence> = EACH_KIND.iter().map(|kind| read(kind).unwrap()).collect();
    let names: Vec<EvidenceKindName> = each.iter().map(|item| item.kind.name()).collect();
    assert_eq!(names, EvidenceKindName::ALL);
    insta::assert_json_snapshot!(each);
}

#[test]
fn a_kind_names_the_fields_that_its_json_has() {
    for kind in EACH_KIND {
        let kind = read(kind).unwrap().kind;
        let mut named = vec!["kind"];
        named.extend(kind.name().fields());
        let json = serde_json::to_value(&kind).unwrap();
        let written: Vec<&String> = json.as_object().unwrap().keys().collect();
        named.sort_unstable();
        assert_eq!(written, named);
    }
}

#[test]
fn evidence_comes_back_from_its_own_json() {
    for kind in EACH_KIND {
        let evidence = read(kind).unwrap();
        let again = Evidence::parse(&serde_json::to_vec(&evidence).unwrap()).unwrap();
        assert_eq!(again, evidence);
    }
}

#[rstest]
#[case::an_unknown_field(r#""kind":"infection","status":"confirmed","name":"x""#)]
#[case::an_unknown_kind(r#""kind":"petition""#)]
#[case::a_field_twice(r#""kind":"infection","status":"confirmed","status":"ruled_out""#)]
#[case::a_common_field_twice(r#""case_id":"a","kind":"infection","status":"confirmed""#)]
#[case::the_kind_twice(r#""kind":"infection","kind":"infection","status":"confirmed""#)]
#[case::a_field_of_another_kind(r#""kind":"travel","area":"330106","until":null"#)]
#[case::no_kind(r#""origin":"finding""#)]
#[case::a_long_ground(r#""kind":"withdrawal","of":"ff0102030405060708090a0b0c0d0e0f","ground":"12345678901234567890123456789012345678901234567890123456789012345""#)]
#[case::a_short_id(r#""kind":"withdrawal","of":"ff01","ground":"x""#)]
#[case::an_impossible_day(r#""kind":"isolation_order","form":"home","until":"2020-02-30""#)]
fn evidence_is_refused_with(#[case] kind: &str) {
    assert!(
        matches!(read(kind), Err(EvidenceError::NotEvidence { .. })),
        "{kind} was taken"
    );
}

#[rstest]
#[case(
    r#""kind":"isolation_order","form":"home","until":"2021-08-01""#,
    EvidenceError::IsolationLength
)]
#[case(
    r#""kind":"isolation_order","form":"home","until":"2020-07-01""#,
    EvidenceError::IsolationLength
)]
#[case(
    r#""kind":"isolation_order","form":"home","until":"-009999-01-01""#,
    EvidenceError::IsolationLength
)]
#[case(
    r#""kind":"stay_abroad","left_at":"2020-08-02T00:00:00Z""#,
    EvidenceError::RecordedBeforeItOccurred
)]
#[case(r#""kind":"stay_abroad","left_at":"1999-08-02T00:00:00Z""#, EvidenceError::ImpossibleTime { field: "left_at" })]
#[case(
    r#""kind":"residence_in_risk_area","level":"low","area":"110106","test_required":true"#,
    EvidenceError::AreaOfLowRisk
)]
#[case(r#""kind":"vaccination","doses":0,"course":2"#, EvidenceError::Doses)]
#[case(r#""kind":"vaccination","doses":2,"course":4"#, EvidenceError::Doses)]
#[case(
    r#""kind":"other_decision","colour":"green","ground":"x","until":null"#,
    EvidenceError::DecisionForGreen
)]
#[case(
    r#""kind":"manual_decision","colour":"red","ground":"x","until":"2020-08-01T08:00:00Z""#,
    EvidenceError::DecisionLength
)]
#[case(
    r#""kind":"manual_decision","colour":"red","ground":"x","until":"2021-08-01T08:00:00Z""#,
    EvidenceError::DecisionLength
)]
#[case(
    r#""kind":"withdrawal","of":"000102030405060708090a0b0c0d0e0f","ground":"x""#,
    EvidenceError::WithdrawsItself
)]
#[case(
    r#""origin":"declaration","kind":"nucleic_acid_test","result":"negative""#,
    EvidenceError::NotDeclarable
)]
fn evidence_out_of_bounds_is_refused(#[case] kind: &str, #[case] error: EvidenceError) {
    assert_eq!(read(kind), Err(error));
}

#[test]
fn a_test_cannot_lie_in_the_future_but_an_order_may_start_tomorrow() {
    let later = |kind: &str| {
        let text = json(kind).replace(
            r#""occurred_at":"2020-08-01"#,
            r#""occurred_at":"2020-08-02"#,
        );
        Evidence::parse(text.as_bytes()).map(|_| ())
    };
    let test = r#""kind":"nucleic_acid_test","result":"negative""#;
    assert_eq!(later(test), Err(EvidenceError::RecordedBeforeItOccurred));
    assert_eq!(
        later(r#""kind":"isolation_order","form":"home","until":"2020-08-09""#),
        Ok(())
    );
}

#[test]
fn a_long_text_is_refused_before_it_is_read() {
    assert_eq!(
        Evidence::parse(&[b' '; Evidence::LONGEST_JSON + 1]),
        Err(EvidenceError::TooLong)
    );
}

proptest! {
    #[test]
    fn reading_evidence_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Evidence::parse(&bytes);
    }

    #[test]
    fn damaged_evidence_never_panics(kind in 0..EACH_KIND.len(), position in 0_usize..400, byte in any::<u8>()) {
        let mut text = json(EACH_KIND[kind]).into_bytes();
        let position = position % text.len();
        text[position] = byte;
        let _ = Evidence::parse(&text);
    }

    #[test]
    fn an_evidence_id_comes_back_from_its_text(bytes in any::<[u8; 16]>()) {
        let id = EvidenceId::from_bytes(bytes);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn no_text_is_an_id_by_accident(text in "\\PC{0,40}") {
        if let Ok(id) = text.parse::<EvidenceId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }
}

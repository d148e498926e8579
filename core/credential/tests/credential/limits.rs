//! What is just within a limit is taken, what is just outside is not; and nothing personal is printed.

use liangma_credential::{
    BATCH_BODY_LIMIT, BatchId, Claims, CodeId, Credential, DecodeError, EvidenceBatch, FaceOutcome,
    Freshness, Kind, Member, PaperClaims, PaperCode, PaperSerial, SignedBatch, TrustBundle,
    VenueClaims, VenueCode, VenueForm, VenueId,
};
use liangma_domain::{colour::Colour, venue::VenueClass};
use rstest::rstest;

use crate::world::{self, HOUR, START};

fn batch(body: usize) -> EvidenceBatch {
    EvidenceBatch {
        id: BatchId([0xab; 16]),
        authority: "cdc".to_owned(),
        principal: "cdc-1".to_owned(),
        issued: world::time(START),
        body: vec![b' '; body],
    }
}

#[test]
fn a_batch_may_be_32_mebibytes_and_no_more() {
    assert_eq!(BATCH_BODY_LIMIT, 33_554_432);
    let key = world::key(world::LIVE);
    let largest = batch(BATCH_BODY_LIMIT).sign(&key).unwrap();
    let read = SignedBatch::decode(largest.bytes()).unwrap();
    assert_eq!(read.unverified(), largest.unverified());
    assert_eq!(read.unverified().issued, world::time(START));
    assert!(batch(BATCH_BODY_LIMIT + 1).sign(&key).is_err());

    // One byte more, with its length made to fit: the body ends just before the signature.
    let mut longer = largest.bytes().to_vec();
    let at = longer.len() - 64 - 2;
    longer.insert(at, b' ');
    for length in [BATCH_BODY_LIMIT + 1, largest_payload(largest.bytes()) + 1] {
        let (old, new) = (
            (length as u32 - 1).to_be_bytes(),
            (length as u32).to_be_bytes(),
        );
        let at = longer.windows(4).position(|four| four == old).unwrap();
        longer[at..at + 4].copy_from_slice(&new);
    }
    let malformed = DecodeError::Malformed {
        what: "a batch of evidence",
    };
    assert_eq!(SignedBatch::decode(&longer), Err(malformed));

    longer.resize(BATCH_BODY_LIMIT + 1025, 0);
    let refused = SignedBatch::decode(&longer);
    assert!(
        matches!(refused, Err(DecodeError::TooLong { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_batch_is_issued_at_a_whole_second() {
    let made = EvidenceBatch {
        issued: world::time(START) + jiff::SignedDuration::from_millis(999),
        ..batch(7)
    };
    let signed = made.sign(&world::key(world::LIVE)).unwrap();
    assert_eq!(signed.unverified().issued, world::time(START));
}

/// The length of the payload, which stands before it in four bytes.
fn largest_payload(bytes: &[u8]) -> usize {
    let head = bytes.windows(5).position(|five| five[0] == 0x5a).unwrap();
    let length: [u8; 4] = bytes[head + 1..head + 5].try_into().unwrap();
    u32::from_be_bytes(length) as usize
}

#[test]
fn a_batch_prints_its_number_and_its_size_and_nothing_else() {
    let printed = format!("{:?}", batch(7));
    let number = "ab".repeat(16);
    assert_eq!(
        printed,
        format!("EvidenceBatch({number}, cdc, 7 bytes [hidden])")
    );
}

#[test]
fn a_credential_is_verified_by_the_key_that_signed_it_alone() {
    let chain = world::strip(1);
    let credential =
        Credential::sign(world::claims(&chain, HOUR), &world::key(world::LIVE)).unwrap();
    let other = *world::key(world::RECALL).public_key();
    assert!(
        credential
            .verify(world::key(world::LIVE).public_key())
            .is_ok()
    );
    assert!(credential.verify(&other).is_err());
    let mut bytes = credential.bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let forged = Credential::decode(&bytes).unwrap();
    assert!(forged.verify(world::key(world::LIVE).public_key()).is_err());
}

#[test]
fn paper_and_venue_codes_are_verified_by_the_key_that_signed_them_alone() {
    let (ours, other) = (world::key(world::LIVE), world::key(world::RECALL));
    let paper = PaperCode::sign(paper_claims(), &ours).unwrap();
    assert!(paper.verify(ours.public_key()).is_ok());
    assert!(paper.verify(other.public_key()).is_err());
    let venue = VenueCode::sign(venue_claims("南宁东站", "450100"), &ours).unwrap();
    assert!(venue.verify(ours.public_key()).is_ok());
    assert!(venue.verify(other.public_key()).is_err());
}

fn paper_claims() -> PaperClaims {
    let member = world::member(Colour::GREEN);
    PaperClaims {
        serial: PaperSerial([0x0f; 8]),
        first_day: 19_000,
        days: 30,
        name: member.name,
        document: member.document,
    }
}

fn venue_claims(name: &str, division: &str) -> VenueClaims {
    VenueClaims {
        venue: VenueId([0x1e; 8]),
        name: name.to_owned(),
        class: VenueClass::ALL[0],
        division: division.to_owned(),
        form: VenueForm::Printed {
            first_day: 19_000,
            days: 30,
        },
    }
}

#[test]
fn a_paper_code_is_good_from_midnight_to_midnight() {
    let paper = paper_claims();
    assert_eq!(paper.valid_from_second(), 19_000 * 86_400);
    assert_eq!(paper.valid_until_second(), 19_030 * 86_400);
}

#[rstest]
#[case("南宁东站", "450100", true)]
#[case(&"a".repeat(60), "450100", true)]
#[case(&"a".repeat(61), "450100", false)]
#[case("", "450100", false)]
#[case("a\u{7}", "450100", false)]
#[case("站", "45010", false)]
#[case("站", "4501000", false)]
#[case("站", "45010x", false)]
fn a_venue_has_a_printable_name_and_a_division(
    #[case] name: &str,
    #[case] division: &str,
    #[case] good: bool,
) {
    let signed = VenueCode::sign(venue_claims(name, division), &world::key(world::LIVE));
    assert_eq!(signed.is_ok(), good, "{name:?} {division:?}");
}

#[test]
fn a_group_has_one_to_eight_people_one_of_whom_has_its_colour() {
    let chain = world::strip(1);
    let group = |members: Vec<Member>, kind| Claims {
        kind,
        members,
        ..world::claims(&chain, HOUR)
    };
    let signs = |claims| Credential::sign(claims, &world::key(world::LIVE)).is_ok();
    let green = || world::member(Colour::GREEN);
    assert!(signs(group(vec![green()], Kind::Group)));
    assert!(signs(group(
        vec![world::member(Colour::RED), green()],
        Kind::Group
    )));
    assert!(signs(group(vec![green(); 8], Kind::Group)));
    assert!(!signs(group(vec![], Kind::Group)));
    assert!(!signs(group(vec![green(); 9], Kind::Group)));
    assert!(!signs(group(vec![world::member(Colour::RED)], Kind::Group)));
    assert!(!signs(group(vec![green()], Kind::SelfCode)));
    assert!(!signs(group(vec![green()], Kind::Ward)));
}

#[test]
fn a_bundle_holds_512_files_and_16_mebibytes() {
    let read = |files| TrustBundle::decode(&TrustBundle { files }.encode());
    assert!(read(vec![vec![7]; 512]).is_ok());
    let malformed = DecodeError::Malformed {
        what: "a bundle of files",
    };
    assert_eq!(read(vec![vec![7]; 513]), Err(malformed));
    let mebibyte = || vec![0; 1_048_576];
    assert!(read(vec![mebibyte(); 15]).is_ok());
    let refused = read(vec![mebibyte(); 16]);
    assert_eq!(
        refused,
        Err(DecodeError::TooLong {
            what: "a bundle of files",
            limit: 16_777_216
        })
    );
}

#[test]
fn ids_print_as_hexadecimal_digits() {
    assert_eq!(format!("{:?}", PaperSerial([0x0f; 8])), "0f".repeat(8));
    assert_eq!(format!("{:?}", VenueId([0x1e; 8])), "1e".repeat(8));
    assert_eq!(CodeId([0x2d; 8]).to_string(), "2d".repeat(8));
    assert_eq!(
        format!("{:?}", CodeId([0x2d; 8])),
        format!("CodeId({})", "2d".repeat(8))
    );
    assert_eq!(format!("{:?}", BatchId([0x3c; 16])), "3c".repeat(16));
}

#[test]
fn names_of_states_stay_what_they_are() {
    let kinds = [Kind::SelfCode, Kind::Ward, Kind::Group].map(Kind::code);
    assert_eq!(kinds, ["self", "ward", "group"]);
    let ages = [
        Freshness::Current,
        Freshness::NotCurrent,
        Freshness::Unchecked,
    ];
    assert_eq!(
        ages.map(Freshness::code),
        ["current", "not_current", "unchecked"]
    );
    let outcomes = [
        FaceOutcome::Passed,
        FaceOutcome::Failed,
        FaceOutcome::Cancelled,
        FaceOutcome::TimedOut,
    ];
    assert_eq!(
        outcomes.map(FaceOutcome::code),
        ["passed", "failed", "cancelled", "timed_out"]
    );
}

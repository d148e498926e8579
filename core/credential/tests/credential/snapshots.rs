//! The wire form of every signed type, in hex. A change here is a change of the protocol.

use data_encoding::HEXLOWER;
use liangma_credential::{
    BatchId, Credential, EvidenceBatch, FaceOutcome, NamedFile, PaperClaims, PaperCode,
    PaperSerial, Pseudonym, RecallEntry, Receipt, ReceiptBinding, ReceiptError, Role,
    TimeStatement, TrustBundle, VenueChain, VenueClaims, VenueCode, VenueForm, VenueId, VoidList,
    void_hash,
};
use liangma_crypto::SigningKey;
use liangma_domain::{colour::Colour, person::PersonId, venue::VenueClass};
use rstest::rstest;

use crate::world::{self, HOUR, START};

fn key() -> SigningKey {
    world::key(world::LIVE)
}

/// Lines of 64 digits, so that a difference can be found.
fn hex(bytes: &[u8]) -> String {
    bytes
        .chunks(32)
        .map(|line| HEXLOWER.encode(line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn receipt() -> Receipt {
    let person = PersonId::from_bytes([7; 16]);
    Receipt {
        binding: ReceiptBinding {
            provider: "sandbox-face".into(),
            audience: "liangma.example".into(),
            ticket: "ticket-1".into(),
            nonce: [1; 32],
            subject: Pseudonym::of(person, "sandbox-face"),
            requester: Pseudonym::of(person, "sandbox-face"),
            purpose: "enrol_device".into(),
            request_hash: [2; 32],
            device_key: [3; 32],
            challenge: [4; 32],
        },
        outcome: FaceOutcome::Passed,
        issued: world::time(START),
        expires: world::time(START + 300),
    }
}

#[test]
fn codes_have_a_fixed_form() {
    let chain = world::strip(1);
    let credential = Credential::sign(world::claims(&chain, HOUR), &key()).unwrap();
    insta::assert_snapshot!("credential", hex(credential.bytes()));
    insta::assert_snapshot!(
        "live_code",
        world::code(world::claims(&chain, HOUR), &chain, 20)
    );
    let person = world::member(Colour::GREEN);
    let paper = PaperClaims {
        serial: PaperSerial(*b"paper-01"),
        first_day: 18_993,
        days: 180,
        name: person.name,
        document: person.document,
    };
    insta::assert_snapshot!("paper_code", PaperCode::sign(paper, &key()).unwrap().text());
    let venue = VenueId(*b"market01");
    let screen = VenueChain::new(chain.secret().clone(), venue);
    let venue = |form| VenueClaims {
        venue,
        class: VenueClass::Hospital,
        name: "市第一医院".into(),
        division: "330102".into(),
        form,
    };
    let printed = VenueForm::Printed {
        first_day: 18_993,
        days: 30,
    };
    let rotating = VenueForm::Rotating {
        hour: HOUR,
        anchor: screen.anchor(HOUR),
    };
    let slot = liangma_credential::Slot::new(HOUR, 5).unwrap();
    let [printed, rotating] =
        [printed, rotating].map(|form| VenueCode::sign(venue(form), &key()).unwrap());
    insta::assert_snapshot!("venue_code_printed", printed.text(None));
    insta::assert_snapshot!(
        "venue_code_rotating",
        rotating.text(Some(screen.revealed(slot)))
    );
}

#[test]
fn files_have_a_fixed_form() {
    let issuers = world::issuers_file(3, "zhejiang");
    insta::assert_snapshot!("root", hex(&world::root_file()));
    insta::assert_snapshot!("issuers", hex(&issuers));
    let entry = |seed, hour| RecallEntry {
        hour,
        key: world::strip(seed).recall_key(hour).unwrap(),
    };
    let entries = vec![entry(1, HOUR), entry(2, HOUR), entry(3, HOUR.next())];
    insta::assert_snapshot!("recall", hex(&world::recall_file(9, 8, entries)));
    insta::assert_snapshot!("timestamp", hex(&world::timestamp_file(1, &issuers)));
    let rules = NamedFile {
        header: world::header(2),
        name: "zhejiang".into(),
        body: b"{}".to_vec(),
    };
    insta::assert_snapshot!("rules", hex(&world::signed(Role::Rules, rules.encode(), 6)));
    let voids = VoidList {
        header: world::header(2),
        hashes: (0..3u8)
            .map(|serial| void_hash(PaperSerial([serial; 8])))
            .collect(),
    };
    insta::assert_snapshot!("voids", hex(&world::signed(Role::Voids, voids.encode(), 7)));
    let bundle = TrustBundle {
        files: vec![vec![1], vec![2, 3]],
    };
    insta::assert_snapshot!(hex(&bundle.encode()), @"82644c4d4231824101420203");
}

#[test]
fn statements_have_a_fixed_form() {
    let statement = TimeStatement {
        time: world::time(START),
        nonce: [9; 32],
        sandbox: true,
    };
    insta::assert_snapshot!("time_statement", hex(&statement.sign(&key()).unwrap()));
    insta::assert_snapshot!("receipt", hex(&receipt().sign(&key()).unwrap()));
    let batch = EvidenceBatch {
        id: BatchId([5; 16]),
        authority: "hangzhou-cdc".into(),
        principal: "officer-7".into(),
        issued: world::time(START),
        body: b"[]".to_vec(),
    };
    let signed = batch.clone().sign(&key()).unwrap();
    insta::assert_snapshot!("evidence_batch", hex(signed.bytes()));
    assert_eq!(signed.verify(key().public_key()), Ok(&batch));
    assert!(signed.verify(world::key(99).public_key()).is_err());
    assert!(!format!("{signed:?}").contains("[]"));
}

#[rstest]
#[case::as_asked(|_: &mut Receipt| {}, START, Ok(()))]
#[case::other_provider(|receipt: &mut Receipt| receipt.binding.provider.push('x'), START, Err("other_purpose"))]
#[case::other_audience(|receipt: &mut Receipt| receipt.binding.audience.push('x'), START, Err("other_purpose"))]
#[case::other_purpose(|receipt: &mut Receipt| receipt.binding.purpose.push('x'), START, Err("other_purpose"))]
#[case::other_ticket(|receipt: &mut Receipt| receipt.binding.ticket.push('x'), START, Err("other_ticket"))]
#[case::other_nonce(|receipt: &mut Receipt| receipt.binding.nonce[0] ^= 1, START, Err("other_ticket"))]
#[case::other_subject(|receipt: &mut Receipt| receipt.binding.subject.0[0] ^= 1, START, Err("somebody_else"))]
#[case::other_requester(|receipt: &mut Receipt| receipt.binding.requester.0[0] ^= 1, START, Err("somebody_else"))]
#[case::other_request(|receipt: &mut Receipt| receipt.binding.request_hash[0] ^= 1, START, Err("other_request"))]
#[case::other_device(|receipt: &mut Receipt| receipt.binding.device_key[0] ^= 1, START, Err("other_request"))]
#[case::other_verifier(|receipt: &mut Receipt| receipt.binding.challenge[0] ^= 1, START, Err("other_request"))]
#[case::a_minute_ahead(|_: &mut Receipt| {}, START - 60, Ok(()))]
#[case::from_the_future(|_: &mut Receipt| {}, START - 61, Err("not_yet_valid"))]
#[case::just_in_time(|_: &mut Receipt| {}, START + 299, Ok(()))]
#[case::too_late(|_: &mut Receipt| {}, START + 300, Err("expired"))]
fn a_receipt_counts_only_for_what_was_asked(
    #[case] change: fn(&mut Receipt),
    #[case] now: i64,
    #[case] expected: Result<(), &str>,
) {
    let mut given = receipt();
    change(&mut given);
    let bytes = given.sign(&key()).unwrap();
    let asked = receipt().binding;
    let verified = Receipt::verify(&bytes, key().public_key(), &asked, world::time(now));
    assert_eq!(
        verified.as_ref().map(|_| ()).map_err(ReceiptError::code),
        expected
    );
}

#[test]
fn a_receipt_by_another_provider_is_forged() {
    let bytes = receipt().sign(&world::key(99)).unwrap();
    let asked = receipt().binding;
    let now = world::time(START);
    assert_eq!(
        Receipt::verify(&bytes, key().public_key(), &asked, now),
        Err(ReceiptError::Forged)
    );
}

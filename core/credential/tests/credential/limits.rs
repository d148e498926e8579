//! What is just within a limit is taken, what is just outside is not; and nothing personal is printed.

use liangma_credential::{
    BATCH_BODY_LIMIT, BatchId, Credential, DecodeError, EvidenceBatch, SignedBatch,
};

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
fn a_batch_may_be_a_mebibyte_and_no_more() {
    assert_eq!(BATCH_BODY_LIMIT, 1_048_576);
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

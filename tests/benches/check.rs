//! The offline check, text to verdict, beside one raw Ed25519 verification plus the hashes it cannot
//! do without; and the strip of a day.

use std::{error::Error, hint::black_box};

use jiff::SignedDuration;
use liangma_credential::{CheckerClock, Role, TrustStore, Verdict, check};
use liangma_tests::measure::{Row, markdown_head, side_by_side};
use ring::{
    digest,
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};

#[expect(
    clippy::unwrap_used,
    dead_code,
    reason = "the invented keys, people and files of the protocol vectors"
)]
#[path = "../../core/credential/tests/vectors/world.rs"]
mod world;

use world::{HOUR, START, seeds};

/// A store of trust with so many strips on its recall list.
fn store(recalled: u64) -> Result<TrustStore, Box<dyn Error>> {
    let now = world::time(START);
    let root = world::signed(Role::Root, world::root(1).encode(), &seeds::ROOT[..2]);
    let mut store = TrustStore::from_root(&root)?;
    let stranger = world::public(seeds::STRANGER);
    let issuers = world::issuers(1, stranger);
    store.update(
        &world::signed(Role::Issuers, issuers.encode(), &[seeds::ISSUERS]),
        now,
    )?;
    let recall = world::recall(1, 0, world::other_recalled(recalled, HOUR));
    store.update(
        &world::signed(Role::Recall, recall.encode(), &[seeds::RECALL]),
        now,
    )?;
    Ok(store)
}

/// What any checker has to do: verify once, and hash from the revealed value to the anchor.
fn raw_verification(
    key: &UnparsedPublicKey<Vec<u8>>,
    message: &[u8],
    signature: &[u8],
    hashes: u8,
) {
    black_box(key.verify(message, signature).is_ok());
    let mut value = [7_u8; 38];
    for _ in 0..hashes {
        let hash = digest::digest(&digest::SHA256, &value);
        value[22..].copy_from_slice(&hash.as_ref()[..16]);
    }
    black_box(value);
}

#[expect(clippy::print_stdout, reason = "a bench is read on standard output")]
fn main() -> Result<(), Box<dyn Error>> {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).map_err(|_| "no key pair")?;
    // As long as the bytes that are signed for a credential.
    let message = [3_u8; 110];
    let signature = pair.sign(&message);
    let key = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref().to_vec());

    let chain = world::strip(seeds::STRIP);
    let signer = world::key(seeds::LIVE);
    let mut rows: Vec<Row> = Vec::new();
    for (recalled, slot) in [(0, 0), (0, 120), (0, 239), (50_000, 0), (50_000, 120)] {
        let trust = store(recalled)?;
        let text = world::shown(world::claims(&chain, HOUR), &chain, &signer, slot);
        let clock = CheckerClock {
            now: world::time(START) + SignedDuration::from_secs(i64::from(slot) * 15 + 2),
            in_doubt: false,
        };
        // The first check of an hour prepares the hour's set of recalled codes.
        if check(&text, &trust, clock).verdict != Verdict::Genuine {
            return Err("the code to be measured is not genuine".into());
        }
        let hashes = slot + 1;
        rows.push(side_by_side(
            &format!("offline check, text to verdict, slot {slot}, {recalled} recalled"),
            Some(1.1),
            || check(&text, &trust, clock),
            &format!("raw Ed25519 verification and {hashes} hashes"),
            || raw_verification(&key, &message, signature.as_ref(), hashes),
        ));
    }
    println!("{}", markdown_head());
    for row in rows {
        println!("{}", row.markdown());
    }
    Ok(())
}

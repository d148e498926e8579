//! Every decoder: what was encoded comes back, nothing has a second encoding, and no bytes panic.

use liangma_credential::{
    Credential, IssuerList, NamedFile, PaperCode, RecallList, Receipt, Role, RootFile, SignedBatch,
    SignedFile, TimeStatement, TimestampFile, TrustBundle, VenueCode, VoidList, check, check_paper,
    check_venue, live_code_text,
};
use liangma_crypto::SigningKey;
use proptest::{prelude::*, sample::Index};

use crate::{strategies, world};

fn key() -> SigningKey {
    world::key(world::LIVE)
}

/// A change to some bytes that were good.
#[derive(Debug, Clone)]
enum Change {
    Replace(Index, u8),
    Insert(Index, u8),
    Remove(Index),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        any::<Index>().prop_map(Change::Remove),
    ];
    proptest::collection::vec(change, 1..3)
}

fn changed(good: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for change in changes {
        match change {
            Change::Replace(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Change::Insert(at, byte) => bytes.insert(at.index(bytes.len() + 1), *byte),
            Change::Remove(at) => {
                bytes.remove(at.index(bytes.len()));
            }
        }
    }
    bytes
}

/// What was signed anew, with the header and signature of the bytes it is compared with.
fn with_signature_of(mut again: Vec<u8>, accepted: &[u8]) -> Vec<u8> {
    if again.len() == accepted.len() {
        again[2..11].copy_from_slice(&accepted[2..11]);
        let at = again.len() - 64;
        again[at..].copy_from_slice(&accepted[at..]);
    }
    again
}

macro_rules! payload_codec {
    ($name:ident, $type:ident, $strategy:expr) => {
        mod $name {
            use super::*;

            proptest! {
                #[test]
                fn what_was_encoded_comes_back(value in $strategy) {
                    prop_assert_eq!($type::decode(&value.encode()), Ok(value));
                }

                #[test]
                fn what_is_accepted_has_no_other_encoding(value in $strategy, changes in changes()) {
                    let bytes = changed(&value.encode(), &changes);
                    if let Ok(accepted) = $type::decode(&bytes) {
                        prop_assert_eq!(accepted.encode(), bytes);
                    }
                }

                #[test]
                fn no_bytes_panic(bytes: Vec<u8>) {
                    if let Ok(accepted) = $type::decode(&bytes) {
                        prop_assert_eq!(accepted.encode(), bytes);
                    }
                }
            }
        }
    };
}

payload_codec!(root, RootFile, strategies::root());

/// Entries that a newer version made are left out while reading, so an issuer list alone may have
/// bytes that do not come back.
mod issuers {
    use super::*;

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(value in strategies::issuers()) {
            prop_assert_eq!(IssuerList::decode(&value.encode()), Ok(value));
        }

        #[test]
        fn what_is_accepted_has_no_other_encoding_unless_an_entry_was_left_out(
            value in strategies::issuers(),
            changes in changes(),
        ) {
            let bytes = changed(&value.encode(), &changes);
            if let Ok(accepted) = IssuerList::decode(&bytes) {
                let left_out = accepted.issuers.len() < value.issuers.len();
                prop_assert!(left_out || accepted.encode() == bytes);
            }
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = IssuerList::decode(&bytes);
        }
    }
}

payload_codec!(recall, RecallList, strategies::recall());
payload_codec!(named, NamedFile, strategies::named());
payload_codec!(voids, VoidList, strategies::voids());
payload_codec!(timestamp, TimestampFile, strategies::stamp());
payload_codec!(
    bundle,
    TrustBundle,
    any::<Vec<Vec<u8>>>().prop_map(|files| TrustBundle { files })
);
payload_codec!(
    file,
    SignedFile,
    (
        any::<Vec<u8>>(),
        proptest::sample::select(Role::ALL.to_vec()),
        0u64..3
    )
        .prop_map(|(payload, role, signers)| {
            let keys: Vec<_> = (1..=signers).map(world::key).collect();
            SignedFile::sign(role, payload, &keys.iter().collect::<Vec<_>>()).unwrap()
        })
);

macro_rules! signed_codec {
    ($name:ident, $strategy:expr, sign $sign:expr, decode $decode:expr) => {
        mod $name {
            use super::*;

            proptest! {
                #[test]
                fn what_was_signed_comes_back(value in $strategy) {
                    let bytes: Vec<u8> = $sign(value.clone());
                    prop_assert_eq!($decode(&bytes).ok(), Some(value));
                }

                #[test]
                fn what_is_accepted_has_no_other_encoding(value in $strategy, changes in changes()) {
                    let bytes = changed(&$sign(value), &changes);
                    if let Ok(accepted) = $decode(&bytes) {
                        prop_assert_eq!(with_signature_of($sign(accepted), &bytes), bytes);
                    }
                }

                #[test]
                fn no_bytes_panic(bytes: Vec<u8>) {
                    prop_assert!($decode(&bytes).is_err());
                }
            }
        }
    };
}

signed_codec!(
    credential, strategies::claims(),
    sign |claims| Credential::sign(claims, &key()).unwrap().bytes().to_vec(),
    decode |bytes: &[u8]| Credential::decode(bytes).map(|credential| credential.claims().clone())
);
signed_codec!(
    paper, strategies::paper(),
    sign |claims| PaperCode::sign(claims, &key()).unwrap().bytes().to_vec(),
    decode |bytes: &[u8]| PaperCode::decode(bytes).map(|code| code.claims().clone())
);
signed_codec!(
    venue, strategies::venue(),
    sign |claims| VenueCode::sign(claims, &key()).unwrap().bytes().to_vec(),
    decode |bytes: &[u8]| VenueCode::decode(bytes).map(|code| code.claims().clone())
);
signed_codec!(
    receipt, strategies::receipt(),
    sign |receipt: Receipt| receipt.sign(&key()).unwrap(),
    decode |bytes: &[u8]| Receipt::decode(bytes)
);
signed_codec!(
    batch, strategies::batch(),
    sign |batch: liangma_credential::EvidenceBatch| batch.sign(&key()).unwrap().bytes().to_vec(),
    decode |bytes: &[u8]| SignedBatch::decode(bytes).map(|batch| batch.unverified().clone())
);
signed_codec!(
    statement, strategies::statement(),
    sign |statement: TimeStatement| statement.sign(&key()).unwrap(),
    decode |bytes: &[u8]| TimeStatement::decode(bytes)
);

proptest! {
    #[test]
    fn no_text_makes_a_check_panic(text: String, body in "[0-9A-Z $%*+./:-]{0,60}", now: u32) {
        let clock = liangma_credential::CheckerClock::trusted(world::time(now.into()));
        let store = world::store();
        let texts = [text, format!("LM1:{body}"), format!("LMP1:{body}"), format!("LMV1:{body}")];
        for text in texts {
            let genuine = liangma_credential::Verdict::Genuine;
            prop_assert_ne!(check(&text, &store, clock).verdict, genuine);
            prop_assert_ne!(check_paper(&text, &store, clock).verdict, genuine);
            prop_assert_ne!(check_venue(&text, &store, clock).verdict, genuine);
        }
    }

    #[test]
    fn no_change_to_a_genuine_code_is_genuine(changes in changes()) {
        let chain = world::strip(1);
        let credential = Credential::sign(world::claims(&chain, world::HOUR), &key()).unwrap();
        let text = live_code_text(credential.bytes(), Some(world::revealed(&chain, world::HOUR, 0)));
        let clock = liangma_credential::CheckerClock::trusted(world::time(world::START));
        let good = liangma_credential::base45::decode(&text[4..]).unwrap();
        let bytes = changed(&good, &changes);
        prop_assume!(bytes != good);
        let text = format!("LM1:{}", liangma_credential::base45::encode(&bytes));
        let verdict = check(&text, &world::store(), clock).verdict;
        prop_assert_ne!(verdict, liangma_credential::Verdict::Genuine);
    }
}

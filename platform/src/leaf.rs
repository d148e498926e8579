//! Traces: each decision appends `SHA-256(0x00 | salt | entry)`. The hash stays for ever; salt and
//! entry are sealed and can be erased, after which the hash tells nobody anything.
//!
//! Entries are deterministic CBOR (definite lengths, arrays in a fixed order), so that anybody who is
//! shown salt and entry can compute the hash. New fields go to the end of an entry.

use liangma_credential::Claims;
use liangma_crypto::{Randomness, sha256};
use liangma_domain::person::PersonId;
use minicbor::{Decode, Encode};

use crate::{
    error::Failure,
    storage::LeafRow,
    vault::{Place, Vault},
};

const SALT: usize = 32;

/// What an entry is about. The first number of an entry says which.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum LeafEntry {
    /// A piece of evidence was recorded about somebody.
    #[n(1)]
    #[cbor(array)]
    Evidence {
        #[cbor(n(0), with = "minicbor::bytes")]
        person: [u8; 16],
        #[cbor(n(1), with = "minicbor::bytes")]
        evidence: [u8; 16],
        #[n(2)]
        kind: String,
        #[n(3)]
        authority: String,
        #[n(4)]
        principal: String,
        #[n(5)]
        case_id: String,
        #[cbor(n(6), with = "minicbor::bytes")]
        digest: [u8; 32],
        #[n(7)]
        at: i64,
    },
    /// Somebody was coded: colour, rules that gave it, version of the pack.
    #[n(2)]
    #[cbor(array)]
    Evaluation {
        #[cbor(n(0), with = "minicbor::bytes")]
        person: [u8; 16],
        #[n(1)]
        colour: u8,
        #[n(2)]
        rules: Vec<String>,
        #[n(3)]
        rule_version: u32,
        #[n(4)]
        evidence_version: u64,
        #[n(5)]
        at: i64,
    },
    /// The colours that the hours of a strip may have, evaluated at one time.
    #[n(3)]
    #[cbor(array)]
    Hours {
        #[cbor(n(0), with = "minicbor::bytes")]
        person: [u8; 16],
        #[cbor(n(1), with = "minicbor::bytes")]
        device: [u8; 8],
        /// SHA-256 of masked name and masked document, as they stand in the credential.
        #[cbor(n(2), with = "minicbor::bytes")]
        shown: [u8; 32],
        #[n(3)]
        rule_version: u32,
        /// The colour as of now.
        #[n(4)]
        now: u8,
        #[n(5)]
        hours: Vec<LeafHour>,
        #[n(6)]
        at: i64,
        /// [`codes_digest`] of what is to be signed, so that one leaf lets exactly one strip be signed.
        /// Missing in leaves of the first version, against which nothing is signed any more.
        #[cbor(n(7), with = "minicbor::bytes")]
        codes: Option<[u8; 32]>,
    },
    /// A strip's hours were signed.
    #[n(4)]
    #[cbor(array)]
    Strip {
        #[cbor(n(0), with = "minicbor::bytes")]
        device: [u8; 8],
        /// The leaf of the hours that were signed for.
        #[cbor(n(1), with = "minicbor::bytes")]
        hours: [u8; 32],
        #[n(2)]
        first_hour: u32,
        #[n(3)]
        count: u32,
        /// SHA-256 of the credentials laid end to end.
        #[cbor(n(4), with = "minicbor::bytes")]
        credentials: [u8; 32],
        #[n(5)]
        at: i64,
    },
    /// A strip was recalled: its evaluation worsened, or its device ended.
    #[n(5)]
    #[cbor(array)]
    Recall {
        #[cbor(n(0), with = "minicbor::bytes")]
        device: [u8; 8],
        #[n(1)]
        hour: u32,
        #[n(2)]
        cause: String,
        #[n(3)]
        at: i64,
    },
    /// A device was verified, by face or by a person at a counter.
    #[n(6)]
    #[cbor(array)]
    Verification {
        #[cbor(n(0), with = "minicbor::bytes")]
        person: [u8; 16],
        #[cbor(n(1), with = "minicbor::bytes")]
        device: [u8; 8],
        #[cbor(n(2), with = "minicbor::bytes")]
        application: [u8; 16],
        #[n(3)]
        way: String,
        #[n(4)]
        at: i64,
    },
    /// A second person approved, or refused, a batch.
    #[n(7)]
    #[cbor(array)]
    BatchApproval {
        #[n(0)]
        authority: String,
        #[cbor(n(1), with = "minicbor::bytes")]
        batch: [u8; 16],
        #[cbor(n(2), with = "minicbor::bytes")]
        digest: [u8; 32],
        #[n(3)]
        submitted_by: String,
        #[n(4)]
        approved_by: String,
        #[n(5)]
        at: i64,
    },
    /// An administrator wanted to do more at a counter in a day than one may. Left once for each day.
    #[n(8)]
    #[cbor(array)]
    CounterCap {
        #[n(0)]
        principal: String,
        /// `approval` or `login_code`.
        #[n(1)]
        what: String,
        /// The civil day in the region's zone.
        #[n(2)]
        day: String,
        #[n(3)]
        limit: u32,
        #[n(4)]
        at: i64,
    },
    /// Somebody switched to emergency mode, or back to normal.
    #[n(9)]
    #[cbor(array)]
    Mode {
        #[n(0)]
        emergency: bool,
        /// The account that ordered it.
        #[n(1)]
        by: String,
        #[n(2)]
        at: i64,
    },
    /// A change of the rules or of the risk areas was approved, refused, or came into force.
    #[n(10)]
    #[cbor(array)]
    RuleChange {
        /// `rule_pack` or `risk_areas`.
        #[n(0)]
        subject: String,
        #[n(1)]
        version: u32,
        /// SHA-256 of the file.
        #[cbor(n(2), with = "minicbor::bytes")]
        digest: [u8; 32],
        #[n(3)]
        effective_from: i64,
        #[n(4)]
        submitted_by: String,
        #[n(5)]
        decided_by: String,
        /// `approved`, `refused` or `in_force`.
        #[n(6)]
        became: String,
        #[n(7)]
        at: i64,
    },
}

/// One hour of [`LeafEntry::Hours`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct LeafHour {
    #[n(0)]
    pub(crate) hour: u32,
    /// The colour as of that hour.
    #[n(1)]
    pub(crate) then: u8,
    /// The colour to be signed: the worse of now and then.
    #[n(2)]
    pub(crate) signed: u8,
    /// Test age as of that hour.
    #[n(3)]
    pub(crate) test_age: u8,
    /// Vaccination as of that hour.
    #[n(4)]
    pub(crate) vaccination: u8,
}

/// SHA-256 of hours, code ids and anchors, laid end to end.
pub(crate) fn codes_digest(claims: &[Claims]) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(claims.len() * 28);
    for claims in claims {
        bytes.extend_from_slice(&claims.hour.0.to_be_bytes());
        bytes.extend_from_slice(&claims.cid.0);
        bytes.extend_from_slice(&claims.anchor);
    }
    sha256(&[&bytes])
}

/// A leaf that is about to be appended.
#[derive(Clone)]
pub(crate) struct NewLeaf {
    pub(crate) salt: [u8; SALT],
    pub(crate) entry: Vec<u8>,
    pub(crate) hash: [u8; 32],
}

/// The hash of a leaf.
pub(crate) fn leaf_hash(salt: &[u8], entry: &[u8]) -> [u8; 32] {
    sha256(&[&[0], salt, entry])
}

impl NewLeaf {
    pub(crate) fn new(entry: &LeafEntry, randomness: &dyn Randomness) -> Result<Self, Failure> {
        let mut salt = [0; SALT];
        randomness.fill(&mut salt)?;
        let entry = minicbor::to_vec(entry).map_err(|_| Failure::internal("encode a leaf"))?;
        let hash = leaf_hash(&salt, &entry);
        Ok(Self { salt, entry, hash })
    }

    /// The row that keeps it: salt and entry sealed under its own hash.
    pub(crate) fn row(
        &self,
        person: Option<PersonId>,
        at: i64,
        vault: &Vault,
        randomness: &dyn Randomness,
    ) -> Result<LeafRow, Failure> {
        let plain = zeroize::Zeroizing::new([&self.salt[..], &self.entry].concat());
        Ok(LeafRow {
            hash: self.hash,
            person,
            sealed: vault.seal(Place::Leaf, &self.hash, &plain, randomness)?,
            at,
        })
    }
}

/// The entry of a kept leaf, if salt and entry still give its hash.
pub(crate) fn open_leaf(row: &LeafRow, vault: &Vault) -> Option<LeafEntry> {
    let plain = vault.open(Place::Leaf, &row.hash, &row.sealed).ok()?;
    let (salt, entry) = plain.split_at_checked(SALT)?;
    (leaf_hash(salt, entry) == row.hash)
        .then(|| minicbor::decode(entry).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    fn hex(entry: &LeafEntry) -> String {
        HEXLOWER.encode(&minicbor::to_vec(entry).unwrap())
    }

    #[test]
    fn entries_are_written_as_they_always_were() {
        let entries = [
            LeafEntry::Evidence {
                person: [1; 16],
                evidence: [2; 16],
                kind: "contact".to_owned(),
                authority: "cdc".to_owned(),
                principal: "cdc-1".to_owned(),
                case_id: "c-7".to_owned(),
                digest: [3; 32],
                at: 1_600_000_000,
            },
            LeafEntry::Evaluation {
                person: [1; 16],
                colour: 3,
                rules: vec!["zj-red".to_owned()],
                rule_version: 4,
                evidence_version: 5,
                at: 1_600_000_000,
            },
            LeafEntry::Hours {
                person: [1; 16],
                device: [2; 8],
                shown: [3; 32],
                rule_version: 4,
                now: 1,
                hours: vec![LeafHour {
                    hour: 444_444,
                    then: 1,
                    signed: 1,
                    test_age: 2,
                    vaccination: 3,
                }],
                at: 1_600_000_000,
                codes: Some([5; 32]),
            },
            LeafEntry::Strip {
                device: [2; 8],
                hours: [3; 32],
                first_hour: 444_444,
                count: 24,
                credentials: [4; 32],
                at: 1_600_000_000,
            },
            LeafEntry::Recall {
                device: [2; 8],
                hour: 444_444,
                cause: "worsened".to_owned(),
                at: 1_600_000_000,
            },
            LeafEntry::Verification {
                person: [1; 16],
                device: [2; 8],
                application: [3; 16],
                way: "face".to_owned(),
                at: 1_600_000_000,
            },
            LeafEntry::BatchApproval {
                authority: "cdc".to_owned(),
                batch: [1; 16],
                digest: [2; 32],
                submitted_by: "cdc-1".to_owned(),
                approved_by: "health-1".to_owned(),
                at: 1_600_000_000,
            },
            LeafEntry::CounterCap {
                principal: "counter-1".to_owned(),
                what: "approval".to_owned(),
                day: "2022-03-14".to_owned(),
                limit: 200,
                at: 1_600_000_000,
            },
            LeafEntry::Mode {
                emergency: true,
                by: "duty-officer".to_owned(),
                at: 1_600_000_000,
            },
            LeafEntry::RuleChange {
                subject: "rule_pack".to_owned(),
                version: 2,
                digest: [6; 32],
                effective_from: 1_600_000_000,
                submitted_by: "cdc-1".to_owned(),
                decided_by: "health-1".to_owned(),
                became: "approved".to_owned(),
                at: 1_600_000_000,
            },
        ];
        for entry in &entries {
            let bytes = minicbor::to_vec(entry).unwrap();
            assert_eq!(minicbor::decode::<LeafEntry>(&bytes).unwrap(), *entry);
        }
        insta::assert_snapshot!(entries.iter().map(hex).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn hours_of_the_first_version_are_still_read() {
        let entry = LeafEntry::Hours {
            person: [1; 16],
            device: [2; 8],
            shown: [3; 32],
            rule_version: 4,
            now: 1,
            hours: Vec::new(),
            at: 1_600_000_000,
            codes: None,
        };
        let text = "82038750010101010101010101010101010101014802020202020202025820\
            0303030303030303030303030303030303030303030303030303030303030303\
            0401801a5f5e1000";
        let first = HEXLOWER.decode(text.as_bytes()).unwrap();
        assert_eq!(minicbor::decode::<LeafEntry>(&first).unwrap(), entry);
    }

    #[test]
    fn the_hash_is_that_of_zero_salt_and_entry() {
        assert_eq!(leaf_hash(b"salt", b"entry"), sha256(&[b"\0saltentry"]));
    }
}

//! A database at rest, looked at as a whole: what a kill, a power cut or a restore left.
//!
//! The engine's own check says whether the file is sound. This says whether what is in it fits together:
//! no strip and no evidence without the trace that it leaves, and no signed hour that is not what was
//! signed. Contents are opened to compare them and are never told.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use liangma_credential::{Credential, Issuer, IssuerList, SignedFile};

use crate::{
    backup::DATABASE,
    config::PlatformConfig,
    leaf::{LeafEntry, open_leaf},
    platform::{OpenError, key_ring},
    rotation::fit,
    storage::{AtRest, HourAtRest, StorageError, StripAtRest, at_rest, read_ring_keys},
    vault::Vault,
};

/// What does not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuditFault {
    /// The contents of a leaf do not open, or do not give its hash.
    LeafDamaged,
    /// A piece of evidence has left no trace.
    EvidenceWithoutLeaf,
    /// A piece of evidence has left more than one trace: it was recorded twice.
    EvidenceWithTwoLeaves,
    /// A strip has left no trace.
    StripWithoutLeaf,
    /// A strip was signed against an evaluation of which there is no trace.
    EvaluationWithoutLeaf,
    /// Two strips began with one recall key.
    FirstKeyTwice,
    /// One key is on the recall list twice.
    RecalledTwice,
    /// A signed hour is not covered by what the trace of its strip says.
    HourWithoutLeaf,
    /// A signed hour is not what was signed: another hour, anchor or colour, or nobody's signature.
    CredentialDiffers,
}

/// What an audit found. Counts, and nothing about anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Strips looked at.
    pub strips: usize,
    /// Signed hours looked at.
    pub hours: usize,
    /// Pieces of evidence looked at.
    pub evidence: usize,
    /// Leaves opened.
    pub leaves: usize,
    /// What does not fit, and how often; empty in a database that is in order.
    pub faults: BTreeMap<AuditFault, usize>,
}

/// Why an audit could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The file is not sound, or cannot be read.
    #[error("check the database")]
    Storage(#[from] StorageError),
    /// The master key cannot be used.
    #[error("open the master key")]
    MasterKey(#[from] OpenError),
    /// The list of issuers cannot be read.
    #[error("read the list of issuers")]
    Issuers,
}

/// Audits the database of a data folder that no platform has open.
///
/// # Errors
/// [`AuditError`]; what merely does not fit together is in the answer.
pub fn audit(config: &PlatformConfig) -> Result<Audit, AuditError> {
    let file = config.data_dir.join(DATABASE);
    let there = at_rest(&file)?;
    let known = read_ring_keys(&file)?;
    // Which key is in use does not matter to what only opens.
    let (keys, _) = fit(&key_ring(config, None)?, &known, Timestamp::MAX)?;
    let vault = Vault::new(keys);
    compare(&there, &vault)
}

/// What the traces say, ordered for looking up.
#[derive(Default)]
struct Traces {
    hashes: BTreeSet<[u8; 32]>,
    /// How often each piece of evidence left a trace.
    evidence: BTreeMap<[u8; 16], usize>,
    /// What was signed for each device.
    signed: BTreeMap<[u8; 8], Vec<SignedTrace>>,
}

/// Hours that were signed at one time.
struct SignedTrace {
    first_hour: u32,
    /// The first hour that was not.
    until: u32,
    /// The leaf of the evaluation behind them.
    evaluation: [u8; 32],
}

fn read_traces(there: &AtRest, vault: &Vault, audit: &mut Audit) -> Traces {
    let mut traces = Traces::default();
    for row in &there.leaves {
        traces.hashes.insert(row.hash);
        match open_leaf(row, vault) {
            Some(LeafEntry::Evidence { evidence, .. }) => {
                *traces.evidence.entry(evidence).or_default() += 1;
            }
            Some(LeafEntry::Strip {
                device,
                hours,
                first_hour,
                count,
                ..
            }) => {
                let trace = SignedTrace {
                    first_hour,
                    until: first_hour.saturating_add(count),
                    evaluation: hours,
                };
                traces.signed.entry(device).or_default().push(trace);
            }
            Some(_) => {}
            None => audit.fault(AuditFault::LeafDamaged),
        }
    }
    traces
}

fn compare(there: &AtRest, vault: &Vault) -> Result<Audit, AuditError> {
    let mut audit = Audit {
        strips: there.strips.len(),
        hours: there.hours.len(),
        evidence: there.evidence.len(),
        leaves: there.leaves.len(),
        faults: BTreeMap::new(),
    };
    let traces = read_traces(there, vault, &mut audit);
    // What retention has erased cannot be compared any more.
    let all_there = there.leaves_erased == 0;
    for id in &there.evidence {
        match traces.evidence.get(id).copied().unwrap_or(0) {
            0 if all_there => audit.fault(AuditFault::EvidenceWithoutLeaf),
            0 | 1 => {}
            _ => audit.fault(AuditFault::EvidenceWithTwoLeaves),
        }
    }
    compare_strips(there, &traces, all_there, &mut audit);
    let mut recalled = BTreeSet::new();
    for key in &there.recall_keys {
        if !recalled.insert(key) {
            audit.fault(AuditFault::RecalledTwice);
        }
    }
    let issuers = SignedFile::decode(&there.issuers)
        .ok()
        .and_then(|file| IssuerList::decode(file.payload()).ok())
        .ok_or(AuditError::Issuers)?
        .issuers;
    let strips: BTreeMap<[u8; 16], &StripAtRest> =
        there.strips.iter().map(|strip| (strip.id, strip)).collect();
    for hour in &there.hours {
        if !is_what_was_signed(hour, &issuers) {
            audit.fault(AuditFault::CredentialDiffers);
        }
        let covered = strips
            .get(&hour.strip)
            .and_then(|strip| traces.signed.get(&strip.device))
            .is_some_and(|signed| {
                signed
                    .iter()
                    .any(|trace| (trace.first_hour..trace.until).contains(&hour.hour))
            });
        if all_there && !covered {
            audit.fault(AuditFault::HourWithoutLeaf);
        }
    }
    Ok(audit)
}

fn compare_strips(there: &AtRest, traces: &Traces, all_there: bool, audit: &mut Audit) {
    let mut keys = BTreeSet::new();
    let mut begun: BTreeMap<([u8; 8], u32), usize> = BTreeMap::new();
    for strip in &there.strips {
        if !keys.insert(strip.first_key_hash) {
            audit.fault(AuditFault::FirstKeyTwice);
        }
        *begun.entry((strip.device, strip.begins)).or_default() += 1;
    }
    if !all_there {
        return;
    }
    for ((device, begins), strips) in begun {
        // Each strip is signed from its first hour on, once; what is added later begins later.
        let traced = traces.signed.get(&device).map_or(0, |signed| {
            signed
                .iter()
                .filter(|trace| trace.first_hour == begins)
                .count()
        });
        for _ in traced..strips {
            audit.fault(AuditFault::StripWithoutLeaf);
        }
    }
    for trace in traces.signed.values().flatten() {
        if !traces.hashes.contains(&trace.evaluation) {
            audit.fault(AuditFault::EvaluationWithoutLeaf);
        }
    }
}

fn is_what_was_signed(hour: &HourAtRest, issuers: &[Issuer]) -> bool {
    let Ok(credential) = Credential::decode(&hour.credential) else {
        return false;
    };
    let claims = credential.claims();
    claims.hour.0 == hour.hour
        && claims.anchor == hour.anchor
        && claims.colour.registry_number() == hour.colour
        && issuers
            .iter()
            .any(|issuer| credential.verify(&issuer.key).is_ok())
}

impl Audit {
    fn fault(&mut self, fault: AuditFault) {
        *self.faults.entry(fault).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use liangma_credential::{FileHeader, Role};
    use liangma_crypto::{SealingKey, SigningKey, Suite, SystemRandomness};
    use rstest::rstest;

    use super::*;
    use crate::{leaf::NewLeaf, storage::LeafRow, vault::VaultKeys};

    const EVIDENCE: [u8; 16] = [7; 16];
    const DEVICE: [u8; 8] = [8; 8];

    fn leaf(entry: &LeafEntry, vault: &Vault) -> LeafRow {
        NewLeaf::new(entry, &SystemRandomness)
            .and_then(|leaf| leaf.row(None, 1, vault, &SystemRandomness))
            .unwrap()
    }

    /// One piece of evidence and one strip, each with its trace: an evaluation, the strip, the evidence.
    fn in_order() -> (AtRest, Vault) {
        let vault = Vault::new(VaultKeys::one(
            SealingKey::generate(&SystemRandomness).unwrap(),
        ));
        let evaluation = LeafEntry::Evaluation {
            person: [1; 16],
            colour: 1,
            rules: Vec::new(),
            rule_version: 1,
            evidence_version: 1,
            at: 1,
        };
        let evaluation = leaf(&evaluation, &vault);
        let strip = LeafEntry::Strip {
            device: DEVICE,
            hours: evaluation.hash,
            first_hour: 100,
            count: 24,
            credentials: [2; 32],
            at: 1,
        };
        let evidence = LeafEntry::Evidence {
            person: [1; 16],
            evidence: EVIDENCE,
            kind: "travel".to_owned(),
            authority: "holder".to_owned(),
            principal: "holder".to_owned(),
            case_id: "c-1".to_owned(),
            digest: [3; 32],
            at: 1,
        };
        let header = FileHeader {
            version: 1,
            issued: 1,
            expires: 2,
        };
        let issuers = Vec::new();
        let issuers = IssuerList { header, issuers }.encode();
        let key = SigningKey::generate(Suite::Ed25519, &SystemRandomness).unwrap();
        let there = AtRest {
            leaves: vec![evaluation, leaf(&strip, &vault), leaf(&evidence, &vault)],
            leaves_erased: 0,
            strips: vec![StripAtRest {
                id: [4; 16],
                device: DEVICE,
                begins: 100,
                first_key_hash: [5; 32],
            }],
            hours: Vec::new(),
            evidence: vec![EVIDENCE],
            recall_keys: vec![[6; 16]],
            issuers: SignedFile::sign(Role::Issuers, issuers, &[&key])
                .unwrap()
                .encode(),
        };
        (there, vault)
    }

    #[test]
    fn what_is_in_order_has_no_faults() {
        let (there, vault) = in_order();
        let audit = compare(&there, &vault).unwrap();
        assert_eq!(
            (audit.strips, audit.evidence, audit.leaves, audit.faults),
            (1, 1, 3, BTreeMap::new())
        );
    }

    #[rstest]
    #[case(|there: &mut AtRest| { there.leaves.remove(0); }, AuditFault::EvaluationWithoutLeaf)]
    #[case(|there: &mut AtRest| { there.leaves.remove(1); }, AuditFault::StripWithoutLeaf)]
    #[case(|there: &mut AtRest| { there.leaves.remove(2); }, AuditFault::EvidenceWithoutLeaf)]
    #[case(|there: &mut AtRest| there.leaves.push(there.leaves[2].clone()), AuditFault::EvidenceWithTwoLeaves)]
    #[case(|there: &mut AtRest| there.leaves[0].sealed[20] ^= 1, AuditFault::LeafDamaged)]
    #[case(|there: &mut AtRest| there.recall_keys.push([6; 16]), AuditFault::RecalledTwice)]
    #[case(|there: &mut AtRest| there.strips.push(StripAtRest { device: [9; 8], ..there.strips[0] }), AuditFault::FirstKeyTwice)]
    #[case(|there: &mut AtRest| there.strips.push(StripAtRest { first_key_hash: [9; 32], ..there.strips[0] }), AuditFault::StripWithoutLeaf)]
    fn each_thing_that_does_not_fit_is_named(
        #[case] spoil: fn(&mut AtRest),
        #[case] expected: AuditFault,
    ) {
        let (mut there, vault) = in_order();
        spoil(&mut there);
        let found = compare(&there, &vault).unwrap().faults;
        assert_eq!(found.get(&expected), Some(&1), "{found:?}");
    }

    #[test]
    fn an_hour_that_nobody_signed_is_named() {
        let (mut there, vault) = in_order();
        there.hours.push(HourAtRest {
            strip: [4; 16],
            hour: 124,
            anchor: [0; 16],
            colour: 1,
            credential: b"nothing".to_vec(),
        });
        let found = compare(&there, &vault).unwrap().faults;
        let expected = [
            (AuditFault::HourWithoutLeaf, 1),
            (AuditFault::CredentialDiffers, 1),
        ];
        assert_eq!(found, BTreeMap::from(expected));
    }
}

//! How a platform is set up.

use std::{path::PathBuf, sync::Arc, time::Duration};

pub use ipnet::IpNet;
use liangma_crypto::PublicKey;
use liangma_domain::authority::AuthorityKind;
use serde::Deserialize;

use crate::ports::KeyService;

/// The usual number of strips of one device that can be alive at one time.
pub const STRIPS_PER_DEVICE: u32 = 8;

/// What the platform bears at one time, and how long it waits for whoever is slow.
///
/// The numbers are for one process. What is given up first when they are reached is the order of
/// `Class` in the interface, which docs/OPERATIONS.md states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections.
    pub connections: usize,
    /// Open connections of one address (of one /64 in IPv6). Loopback has no share of its own: whoever
    /// speaks from there is a balancer that carries everybody.
    pub connections_of_one_address: usize,
    /// How long the head of a request may take, and how long a connection may idle between two.
    pub head_patience: Duration,
    /// How long a body may take.
    pub body_patience: Duration,
    /// How long somebody may let an answer lie before the next byte of it.
    pub answer_patience: Duration,
    /// Requests under way and in queues, all operations together.
    pub in_flight: usize,
    /// Bytes of bodies of more than 16 KiB, which are evidence batches, that are held at one time; one address
    /// gets a half of the room.
    pub large_body_bytes: usize,
    /// Writes that may wait for the store.
    pub writes_waiting: usize,
    /// How long a write may wait for the store.
    pub write_wait: Duration,
    /// *make code* under way at one time; the writer of the store takes many of them in one go.
    pub make_code_at_once: usize,
    /// *verify code* under way at one time.
    pub verify_code_at_once: usize,
    /// How many of each of the two may wait for their turn.
    pub queue: usize,
    /// How long they may wait for it.
    pub queue_patience: Duration,
    /// Threads on which refreshes are worked on. All else has one thread for each core, and the system
    /// shares the processors among the threads: this is the part that refreshes get when both want them.
    pub refresh_threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            connections: 4096,
            connections_of_one_address: 256,
            head_patience: Duration::from_secs(15),
            body_patience: Duration::from_secs(15),
            answer_patience: Duration::from_secs(15),
            in_flight: 1024,
            large_body_bytes: 128 * 1024 * 1024,
            writes_waiting: 512,
            write_wait: Duration::from_secs(1),
            make_code_at_once: 32 * cores,
            verify_code_at_once: 2 * cores,
            queue: 128,
            queue_patience: Duration::from_secs(1),
            refresh_threads: 4 * cores,
        }
    }
}

/// The key file of a sandbox, inside the data folder.
pub(crate) const MASTER_KEY: &str = "master.key";

/// Where the keys of the store come from, as the text of a [`KeyRing`](crate::KeyRing). Never the database.
#[derive(Clone)]
pub enum MasterKeySource {
    /// A file that only its owner can read. It is read again every half minute, so that a new key needs
    /// no restart.
    File(PathBuf),
    /// An environment variable; a new key needs a restart.
    Environment(String),
    /// `master.key` in the data folder, drawn at the first start. Sandbox only.
    DataFolder,
    /// A key management service, asked again every half minute.
    Service(Arc<dyn KeyService>),
}

impl std::fmt::Debug for MasterKeySource {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => formatter.debug_tuple("File").field(path).finish(),
            Self::Environment(name) => formatter.debug_tuple("Environment").field(name).finish(),
            Self::DataFolder => formatter.write_str("DataFolder"),
            Self::Service(_) => formatter.write_str("Service"),
        }
    }
}

/// How a platform is set up.
#[derive(Clone, Debug)]
pub struct PlatformConfig {
    /// Holds the database, the key files and, in a sandbox, everything else.
    pub data_dir: PathBuf,
    /// The name of the region profile in force, such as `zhejiang-2020`.
    pub profile: String,
    /// The platform's own name: the audience of face-check receipts.
    pub name: String,
    /// Whether people, messages and faces are invented; then every code says so.
    pub sandbox: bool,
    /// Whether few hours are signed ahead, as the profile sets for an emergency: colours change fast then.
    /// It begins so, whatever was ordered before; [`order_mode`](crate::order_mode) changes it at any time.
    pub emergency: bool,
    /// How many strips of one device can be alive at one time: each would have to be recalled, and a
    /// recall list has an end, which nobody may reach alone. [`STRIPS_PER_DEVICE`] is more than any phone
    /// needs; `None` is for measurements.
    pub strips_per_device: Option<u32>,
    /// What it bears at one time, and how long it waits for whoever is slow.
    pub limits: Limits,
    /// Where the master key comes from.
    pub master_key: MasterKeySource,
    /// The networks of balancers whose `X-Forwarded-For` is believed, such as `10.1.0.0/24`. Empty unless
    /// there is one: then floods are counted by the address of the connection. A balancer named here must
    /// append the address that it sees to the header, whatever came with the request.
    pub trusted_proxies: Vec<IpNet>,
    /// The principals that may sign in at counters, and those of authorities.
    pub principals: Vec<Principal>,
}

/// Somebody, or some system, with a duty and a key of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The name in `liangma-session: principal:<id>`; letters, digits, `-`, `_` and `.`.
    pub id: String,
    /// The authority it belongs to.
    pub authority: String,
    /// The kind of that authority.
    pub kind: AuthorityKind,
    /// The unit inside the authority: two people of one unit do not make two.
    pub unit: String,
    /// The key of its signatures.
    pub public_key: PublicKey,
    /// What it may do.
    pub duties: Vec<Duty>,
}

/// What a principal may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// Read identity documents at a counter, and approve applications and logins.
    Counter,
    /// Submit signed evidence for its authority.
    SubmitEvidence,
    /// Approve what somebody of another unit submitted.
    ApproveEvidence,
    /// Submit changes of the rules and of the risk areas, and approve those of somebody of another unit.
    ChangeRules,
}

impl Principal {
    /// Whether two people make two: different people of different units, one of them of health.
    pub(crate) fn answers_independently_of(&self, other: &Self) -> bool {
        let same_unit = (&self.authority, &self.unit) == (&other.authority, &other.unit);
        let health = [self.kind, other.kind].contains(&AuthorityKind::Health);
        !same_unit && health && self.id != other.id
    }
}

/// Why a file of principals cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrincipalsError {
    /// The file cannot be read.
    #[error("read the principals file")]
    Read(#[source] std::io::Error),
    /// It is not the JSON that is expected.
    #[error("read the principals file: line {line}, column {column}")]
    Form {
        /// The line of the mistake.
        line: usize,
        /// The column of the mistake.
        column: usize,
    },
    /// A name repeats or has a wrong form, or a key is no key.
    #[error("read the principals file: entry {0} has a wrong name or key, or repeats one")]
    Entry(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrincipalEntry {
    id: String,
    authority: String,
    kind: AuthorityKind,
    unit: String,
    /// PEM.
    public_key: String,
    duties: Vec<Duty>,
}

/// Whether a text can name a principal, a unit or an authority.
pub(crate) fn is_principal_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Reads principals from JSON: a list of `{id, authority, kind, unit, public_key, duties}` with the
/// key in PEM.
///
/// # Errors
/// [`PrincipalsError`].
pub fn read_principals(file: &std::path::Path) -> Result<Vec<Principal>, PrincipalsError> {
    let bytes = std::fs::read(file).map_err(PrincipalsError::Read)?;
    let entries: Vec<PrincipalEntry> =
        serde_json::from_slice(&bytes).map_err(|error| PrincipalsError::Form {
            line: error.line(),
            column: error.column(),
        })?;
    let mut principals: Vec<Principal> = Vec::with_capacity(entries.len());
    for (position, entry) in entries.into_iter().enumerate() {
        let named = [&entry.id, &entry.authority, &entry.unit]
            .into_iter()
            .all(|text| is_principal_name(text))
            && principals.iter().all(|other| other.id != entry.id);
        let key = crate::keys::parse_public_key(entry.public_key.as_bytes())
            .filter(|key| principals.iter().all(|other| other.public_key != *key));
        let (true, Some(public_key)) = (named, key) else {
            return Err(PrincipalsError::Entry(position));
        };
        principals.push(Principal {
            id: entry.id,
            authority: entry.authority,
            kind: entry.kind,
            unit: entry.unit,
            public_key,
            duties: entry.duties,
        });
    }
    Ok(principals)
}

impl Principal {
    /// The principal of a counter, from the public key that `--counter-key` names.
    #[must_use]
    pub fn counter(public_key: PublicKey) -> Self {
        Self {
            id: "counter-1".to_owned(),
            authority: "counter".to_owned(),
            kind: AuthorityKind::Administrator,
            unit: "counter".to_owned(),
            public_key,
            duties: vec![Duty::Counter],
        }
    }
}

#[cfg(test)]
mod tests {
    use liangma_crypto::{SigningKey, Suite, SystemRandomness};

    use super::*;

    #[test]
    fn two_names_with_one_key_are_not_two_people() {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::generate(Suite::P256, &SystemRandomness).unwrap();
        let pem = folder.path().join("key.pub");
        crate::keys::write_public_key(&pem, key.public_key()).unwrap();
        let pem = std::fs::read_to_string(pem).unwrap();
        let entry = |id: &str| {
            serde_json::json!({
                "id": id,
                "authority": "cdc",
                "kind": "disease_control",
                "unit": id,
                "public_key": pem,
                "duties": ["submit_evidence"],
            })
        };
        let file = folder.path().join("principals.json");
        let read = |entries: serde_json::Value| {
            std::fs::write(&file, entries.to_string()).unwrap();
            read_principals(&file)
        };
        assert!(read(serde_json::json!([entry("one")])).is_ok());
        let twins = read(serde_json::json!([entry("one"), entry("two")]));
        assert!(matches!(twins, Err(PrincipalsError::Entry(1))));
    }
}

use liangma_crypto::{KeyId, PublicKey, Suite};

use super::file::{FileHeader, Role, RoleKeys};
use crate::{
    DecodeError,
    cbor::{Reader, Writer},
};

/// The most keys of a root.
const KEYS_LIMIT: usize = 32;

/// Which keys serve one role, and how many of them have to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleEntry {
    /// The role.
    pub role: Role,
    /// How many different keys have to sign a file of the role.
    pub threshold: u8,
    /// Ids of keys that the root lists. A key serves one role only.
    pub key_ids: Vec<KeyId>,
}

/// The payload of a root file: the keys of every role. The next root is signed by this one's root keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootFile {
    /// Version and times.
    pub header: FileHeader,
    /// Every key, each once.
    pub keys: Vec<PublicKey>,
    /// Every role that exists, each once; the root role among them.
    pub roles: Vec<RoleEntry>,
}

impl RootFile {
    /// A root from roles and their keys: `(role, threshold, keys)`.
    #[must_use]
    pub fn new(header: FileHeader, roles: &[(Role, u8, Vec<PublicKey>)]) -> Self {
        Self {
            header,
            keys: roles
                .iter()
                .flat_map(|(_, _, keys)| keys.iter().copied())
                .collect(),
            roles: roles
                .iter()
                .map(|(role, threshold, keys)| RoleEntry {
                    role: *role,
                    threshold: *threshold,
                    key_ids: keys.iter().map(PublicKey::key_id).collect(),
                })
                .collect(),
        }
    }

    /// The payload to be signed. Keys are sorted by suite and bytes, roles by name, ids by bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut keys: Vec<_> = self.keys.iter().collect();
        keys.sort_by_key(|key| (key.suite(), key.bytes()));
        keys.dedup();
        let mut roles: Vec<_> = self.roles.iter().collect();
        roles.sort_by_key(|entry| entry.role.name());

        let mut writer = self
            .header
            .write(Writer::default().map(FileHeader::FIELDS + 2))
            .unsigned(4u8)
            .array(keys.len());
        for key in keys {
            writer = writer
                .array(2)
                .unsigned(key.suite().number())
                .bytes(key.bytes());
        }
        writer = writer.unsigned(5u8).array(roles.len());
        for entry in roles {
            let mut key_ids = entry.key_ids.clone();
            key_ids.sort_unstable();
            writer = writer
                .array(3)
                .text(entry.role.name())
                .unsigned(entry.threshold)
                .array(key_ids.len());
            for key_id in key_ids {
                writer = writer.bytes(&key_id.0);
            }
        }
        writer.finish()
    }

    /// Reads the payload of a root file.
    ///
    /// Refused are: keys or roles out of order or twice, two keys with one id, a key that serves two
    /// roles or none, ids that name no key, thresholds of zero or above the number of keys, no root role.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::bounded(payload, "a root file", 64 * 1024)?;
        let mut fields = reader.fields()?;
        let header = FileHeader::read(&mut reader, &mut fields)?;

        fields.required(&mut reader, 4)?;
        let count = reader.array()?;
        if count > KEYS_LIMIT {
            return Err(reader.malformed());
        }
        let mut keys: Vec<PublicKey> = Vec::with_capacity(count);
        for _ in 0..count {
            reader.array_of(2)?;
            let suite = Suite::try_from(reader.small::<u8>()?).map_err(|_| reader.unsupported())?;
            let key = PublicKey::new(suite, reader.bytes()?).map_err(|_| reader.malformed())?;
            // Equal keys have equal ids, and are refused for that.
            let in_order = keys
                .last()
                .is_none_or(|last| (last.suite(), last.bytes()) <= (key.suite(), key.bytes()));
            if !in_order || keys.iter().any(|other| other.key_id() == key.key_id()) {
                return Err(reader.malformed());
            }
            keys.push(key);
        }

        fields.required(&mut reader, 5)?;
        let mut roles: Vec<RoleEntry> = Vec::new();
        let mut used: Vec<KeyId> = Vec::new();
        for _ in 0..reader.array()? {
            reader.array_of(3)?;
            let role = Role::from_name(reader.text(16)?).ok_or_else(|| reader.unsupported())?;
            let threshold = reader.small()?;
            let mut key_ids: Vec<KeyId> = Vec::new();
            for _ in 0..reader.array()? {
                let key_id = KeyId(reader.byte_array()?);
                let known = keys.iter().any(|key| key.key_id() == key_id);
                let in_order = key_ids.last().is_none_or(|last| *last <= key_id);
                if !known || !in_order || used.contains(&key_id) {
                    return Err(reader.malformed());
                }
                used.push(key_id);
                key_ids.push(key_id);
            }
            let in_order = roles
                .last()
                .is_none_or(|last| last.role.name() < role.name());
            if !in_order || threshold == 0 || usize::from(threshold) > key_ids.len() {
                return Err(reader.malformed());
            }
            roles.push(RoleEntry {
                role,
                threshold,
                key_ids,
            });
        }
        if used.len() != keys.len() || !roles.iter().any(|entry| entry.role == Role::Root) {
            return Err(reader.malformed());
        }
        fields.end(reader)?;
        Ok(Self {
            header,
            keys,
            roles,
        })
    }

    pub(super) fn role_keys(&self, role: Role) -> RoleKeys {
        self.roles
            .iter()
            .find(|entry| entry.role == role)
            .map_or_else(RoleKeys::default, |entry| RoleKeys {
                threshold: usize::from(entry.threshold),
                keys: self
                    .keys
                    .iter()
                    .filter(|key| entry.key_ids.contains(&key.key_id()))
                    .copied()
                    .collect(),
            })
    }
}

//! Changing the keys that sign: the issuer's, those of the roles, and those of the root. Files are put in
//! place here; the platform that runs on the folder goes over to them at its next tick, and one that does
//! not run when it is started.

use std::{io, path::Path};

use jiff::{SignedDuration, Timestamp};
use liangma_credential::{
    FileName, Hour, IssuerList, Role, RootFile, SignError, SignedFile, TrustError, TrustStore,
};
use liangma_crypto::{KeyId, PublicKey, Randomness, SigningKey, Suite};

use crate::{
    backup::DATABASE,
    keys::{self, KeyFileError},
    role_keys::{ISSUER, KEYS, ONLINE, RoleKeys, STANDBY, next_key_file},
    storage::{StorageError, read_trust_file},
    trust::{NEXT_ROOT, ROOT_LIFE, header},
};

/// A standby issuer has been on the list for this long before it takes over: a checker whose lists are
/// older says itself that they are unchecked.
const STANDBY_HOURS: u32 = 24;

/// Why keys could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// The database cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// A file cannot be read or written.
    #[error("read or write {0}")]
    File(String, #[source] io::Error),
    /// The platform never ran on this folder.
    #[error("read the trust files: the platform has not made them yet")]
    NoTrustFiles,
    /// The file is not a root, or is not signed as it has to be.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// It could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The root has no time left, or a number that does not fit.
    #[error("draft the next root: its version or its times are out of range")]
    Range,
    /// A role is named that no root of a platform can do without.
    #[error("take the next root: it names no key for the role `{}` that lies in the folder `keys`, or more than one has to sign", .0.name())]
    RoleKey(Role),
    /// The standby key is not on the list, or not for long enough.
    #[error(
        "let the standby issuer take over: it has been on the list of issuers for {hours} hours, of {needed}"
    )]
    StandbyTooNew {
        /// How long.
        hours: u32,
        /// How long it has to be.
        needed: u32,
    },
}

impl From<liangma_credential::DecodeError> for CeremonyError {
    fn from(error: liangma_credential::DecodeError) -> Self {
        Self::Trust(error.into())
    }
}

fn file_error(path: &Path) -> impl Fn(io::Error) -> CeremonyError {
    let name = path.display().to_string();
    move |error| CeremonyError::File(name.clone(), error)
}

fn trust_file(data_dir: &Path, name: &FileName) -> Result<Vec<u8>, CeremonyError> {
    let row = read_trust_file(&data_dir.join(DATABASE), &name.text())?;
    Ok(row.ok_or(CeremonyError::NoTrustFiles)?.bytes)
}

fn present_root(data_dir: &Path) -> Result<(Vec<u8>, RootFile), CeremonyError> {
    let bytes = trust_file(data_dir, &FileName::of(Role::Root))?;
    let root = TrustStore::from_root(&bytes)?.root().clone();
    Ok((bytes, root))
}

/// What is to be different in the next root.
#[derive(Clone, Debug, Default)]
pub struct RootChanges {
    /// Roles for which a new key is drawn, to lie beside the present one until the root is in force.
    pub new_keys: Vec<Role>,
    /// Roles that get these keys, which are elsewhere; none takes the role out.
    pub given_keys: Vec<(Role, Vec<PublicKey>)>,
    /// The keys of the root itself, where they change.
    pub root_keys: Option<Vec<PublicKey>>,
    /// How many root keys have to sign the root after it, where that changes.
    pub threshold: Option<u8>,
}

/// Drafts the next root from the present one; nobody has signed it yet.
///
/// # Errors
/// [`CeremonyError`].
pub fn draft_root(
    data_dir: &Path,
    changes: &RootChanges,
    randomness: &dyn Randomness,
    now: Timestamp,
) -> Result<Vec<u8>, CeremonyError> {
    let (_, present) = present_root(data_dir)?;
    let mut roles: Vec<(Role, u8, Vec<PublicKey>)> = present
        .roles
        .iter()
        .map(|entry| {
            let keys = present.keys.iter().copied();
            let of_role = keys.filter(|key| entry.key_ids.contains(&key.key_id()));
            (entry.role, entry.threshold, of_role.collect())
        })
        .collect();
    let mut put = |role: Role, threshold: Option<u8>, keys: Vec<PublicKey>| {
        let before = roles.iter().position(|(known, ..)| *known == role);
        let threshold = threshold.or(before.map(|at| roles[at].1)).unwrap_or(1);
        if let Some(at) = before {
            roles.remove(at);
        }
        if !keys.is_empty() {
            roles.push((role, threshold, keys));
        }
    };
    for role in &changes.new_keys {
        let file = next_key_file(&data_dir.join(KEYS), *role);
        let key = keys::private_key_or_new(&file, Suite::Ed25519, randomness)?;
        put(*role, None, vec![*key.public_key()]);
    }
    for (role, keys) in &changes.given_keys {
        put(*role, None, keys.clone());
    }
    if changes.root_keys.is_some() || changes.threshold.is_some() {
        let keys = changes
            .root_keys
            .clone()
            .unwrap_or_else(|| root_keys(&present));
        put(Role::Root, changes.threshold, keys);
    }
    let issued = now.saturating_sub(SignedDuration::from_mins(5));
    let issued = issued.unwrap_or(now).as_second();
    let version = u64::from(present.header.version) + 1;
    let header = header(version, issued, ROOT_LIFE).map_err(|_| CeremonyError::Range)?;
    let payload = RootFile::new(header, &roles).encode();
    // What checkers would not read is not handed out to be signed.
    RootFile::decode(&payload)?;
    Ok(SignedFile::sign(Role::Root, payload, &[])?.encode())
}

fn root_keys(root: &RootFile) -> Vec<PublicKey> {
    let entry = root.roles.iter().find(|entry| entry.role == Role::Root);
    let keys = root.keys.iter().copied();
    keys.filter(|key| entry.is_some_and(|entry| entry.key_ids.contains(&key.key_id())))
        .collect()
}

/// Adds a signature to a draft, where its root keys are kept; nothing else is needed there.
///
/// # Errors
/// [`CeremonyError`].
pub fn sign_root(draft: &[u8], key: &SigningKey) -> Result<Vec<u8>, CeremonyError> {
    let mut file = SignedFile::decode(draft)?;
    if file.role() != Role::Root {
        return Err(TrustError::OtherRole.into());
    }
    RootFile::decode(file.payload())?;
    file.add_signature(key)?;
    Ok(file.encode())
}

/// How far the next root is.
#[derive(Debug)]
pub struct RootState {
    /// Its version.
    pub version: u32,
    /// When it ends.
    pub expires: Timestamp,
    /// Roles and, for each, how many of how many keys have to sign.
    pub roles: Vec<(Role, u8, usize)>,
    /// Why it cannot be taken yet, if it cannot.
    pub missing: Option<CeremonyError>,
}

/// Looks whether a draft could take the place of the present root.
///
/// # Errors
/// [`CeremonyError`] when it is no root at all.
pub fn root_state(data_dir: &Path, draft: &[u8]) -> Result<RootState, CeremonyError> {
    let file = SignedFile::decode(draft)?;
    if file.role() != Role::Root {
        return Err(TrustError::OtherRole.into());
    }
    let root = RootFile::decode(file.payload())?;
    Ok(RootState {
        version: root.header.version,
        expires: crate::platform::time(i64::from(root.header.expires)),
        roles: root
            .roles
            .iter()
            .map(|entry| (entry.role, entry.threshold, entry.key_ids.len()))
            .collect(),
        missing: fits(data_dir, draft).err(),
    })
}

fn fits(data_dir: &Path, draft: &[u8]) -> Result<(), CeremonyError> {
    let (present, _) = present_root(data_dir)?;
    let mut store = TrustStore::from_root(&present)?;
    store.update_root(draft)?;
    RoleKeys::of_root(&data_dir.join(KEYS), store.root())?
        .map(|_| ())
        .map_err(CeremonyError::RoleKey)
}

/// Hands a signed root to the platform, which goes over to it at its next tick.
///
/// # Errors
/// [`CeremonyError`] when it could not be taken; then nothing has changed.
pub fn submit_root(data_dir: &Path, signed: &[u8]) -> Result<(), CeremonyError> {
    fits(data_dir, signed)?;
    let path = data_dir.join(NEXT_ROOT);
    let part = data_dir.join(format!("{NEXT_ROOT}.part"));
    std::fs::write(&part, signed)
        .and_then(|()| std::fs::File::open(&part)?.sync_all())
        .and_then(|()| std::fs::rename(&part, &path))
        .and_then(|()| keys::sync_folder_of(&path))
        .map_err(file_error(&path))
}

/// One issuer key on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerState {
    /// Its id, as credentials name it.
    pub key_id: KeyId,
    /// Whether it takes over next.
    pub standby: bool,
    /// Whether the key file in use is this one.
    pub in_use: bool,
    /// From which hour on codes by it count.
    pub from: Timestamp,
    /// Until which hour.
    pub until: Timestamp,
}

/// The issuer keys that checkers know.
///
/// # Errors
/// [`CeremonyError`].
pub fn issuer_state(data_dir: &Path) -> Result<Vec<IssuerState>, CeremonyError> {
    let in_use = keys::read_private_key(&data_dir.join(KEYS).join(ISSUER))?;
    Ok(issuers(data_dir)?
        .issuers
        .iter()
        .map(|issuer| IssuerState {
            key_id: issuer.key.key_id(),
            standby: issuer.standby,
            in_use: issuer.key == *in_use.public_key(),
            from: issuer.valid_from.start(),
            until: issuer.valid_until.start(),
        })
        .collect())
}

fn issuers(data_dir: &Path) -> Result<IssuerList, CeremonyError> {
    let bytes = trust_file(data_dir, &FileName::of(Role::Issuers))?;
    Ok(IssuerList::decode(SignedFile::decode(&bytes)?.payload())?)
}

/// Lets the standby issuer take over; the key before is gone with that, and its entry stays on the list for
/// as long as a code of its can live. The platform draws the next standby key and publishes it.
///
/// # Errors
/// [`CeremonyError::StandbyTooNew`] unless `at_once`, which is for a key that was lost or stolen.
pub fn activate_standby(
    data_dir: &Path,
    now: Timestamp,
    at_once: bool,
) -> Result<KeyId, CeremonyError> {
    let folder = data_dir.join(KEYS);
    let standby = *keys::read_private_key(&folder.join(STANDBY))?.public_key();
    let list = issuers(data_dir)?;
    let listed = list
        .issuers
        .iter()
        .find(|issuer| issuer.key == standby && issuer.standby)
        .map(|issuer| Hour::of(now).0.saturating_sub(issuer.valid_from.0));
    let ready = listed.is_some_and(|hours| at_once || hours >= STANDBY_HOURS);
    if !ready {
        return Err(CeremonyError::StandbyTooNew {
            hours: listed.unwrap_or(0),
            needed: if at_once { 0 } else { STANDBY_HOURS },
        });
    }
    keys::move_key(&folder.join(STANDBY), &folder.join(ISSUER))?;
    Ok(standby.key_id())
}

/// The roles for which a platform signs, and can draw a new key.
pub const ONLINE_ROLES: [Role; 5] = ONLINE;

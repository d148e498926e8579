//! The keys of the roles that sign while the platform runs, and which of them the root names.
//!
//! A role's key is in `keys/ROLE.key`. One that a root to come names is drawn ahead into
//! `keys/ROLE.next.key`; once that root is in force it takes the place of the former.

use std::path::{Path, PathBuf};

use liangma_credential::{Role, RootFile};
use liangma_crypto::{PublicKey, Randomness, SigningKey, Suite};

use crate::keys::{self, KeyFileError};

/// The folder of the keys that sign, inside the data folder.
pub(crate) const KEYS: &str = "keys";
/// The key file of the issuer in use, inside the folder of keys.
pub(crate) const ISSUER: &str = "issuer.key";
/// That of the issuer that takes over next.
pub(crate) const STANDBY: &str = "standby-issuer.key";

/// The roles for which the platform signs.
pub(crate) const ONLINE: [Role; 5] = [
    Role::Issuers,
    Role::Recall,
    Role::Rules,
    Role::Profile,
    Role::Timestamp,
];

/// The key file of a role, inside the folder of keys.
pub(crate) fn key_file(folder: &Path, role: Role) -> PathBuf {
    folder.join(format!("{}.key", role.name()))
}

/// The key file that a role goes over to.
pub(crate) fn next_key_file(folder: &Path, role: Role) -> PathBuf {
    folder.join(format!("{}.next.key", role.name()))
}

/// The keys of the roles that sign online.
pub(crate) struct RoleKeys(Vec<(Role, SigningKey)>);

impl RoleKeys {
    /// The first keys of a deployment, drawn where there are none.
    pub(crate) fn first(folder: &Path, randomness: &dyn Randomness) -> Result<Self, KeyFileError> {
        ONLINE
            .into_iter()
            .map(|role| {
                let file = key_file(folder, role);
                keys::private_key_or_new(&file, Suite::Ed25519, randomness).map(|key| (role, key))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The keys that a root names, each the present one of its role or the next one. `Err` holds the role
    /// of which neither is named, or which more than one key has to sign for.
    pub(crate) fn of_root(
        folder: &Path,
        root: &RootFile,
    ) -> Result<Result<Self, Role>, KeyFileError> {
        let mut found = Vec::with_capacity(ONLINE.len());
        for role in ONLINE {
            let mut named = None;
            for file in [key_file(folder, role), next_key_file(folder, role)] {
                if named.is_none() && file.exists() {
                    named = Some(keys::read_private_key(&file)?)
                        .filter(|key| alone_for(root, role, key.public_key()));
                }
            }
            match named {
                Some(key) => found.push((role, key)),
                None => return Ok(Err(role)),
            }
        }
        Ok(Ok(Self(found)))
    }

    /// Puts next keys that are in force into the place of the former ones, which are gone with that.
    pub(crate) fn settle(&self, folder: &Path) -> Result<(), KeyFileError> {
        for (role, key) in &self.0 {
            let (file, next) = (key_file(folder, *role), next_key_file(folder, *role));
            if next.exists() && keys::read_private_key(&next)?.public_key() == key.public_key() {
                keys::move_key(&next, &file)?;
            }
        }
        Ok(())
    }

    pub(crate) fn of(&self, role: Role) -> Option<&SigningKey> {
        self.0
            .iter()
            .find(|(known, _)| *known == role)
            .map(|(_, key)| key)
    }

    pub(crate) fn public(&self, role: Role) -> Vec<PublicKey> {
        self.of(role)
            .map(|key| *key.public_key())
            .into_iter()
            .collect()
    }
}

/// Whether a root has this key sign for a role, and no second one beside it.
fn alone_for(root: &RootFile, role: Role, key: &PublicKey) -> bool {
    root.roles.iter().any(|entry| {
        entry.role == role && entry.threshold == 1 && entry.key_ids.contains(&key.key_id())
    }) && root.keys.contains(key)
}

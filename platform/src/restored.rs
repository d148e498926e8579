//! What follows from a restore. A backup is older than what it replaces, so the platform forgot things
//! that phones and checkers know:
//!
//! - Checkers refuse lists with lower versions than they have seen: every file goes on from a version
//!   that the lost time cannot have reached.
//! - Strips were signed that no recall reaches, because their keys are lost, and recalls were lost that
//!   had been published. So nothing that was signed before is good any more: the issuer key is put away,
//!   the standby key that checkers know already takes its place, and each phone begins a new strip.
//! - Nonces, login codes, tickets and handles may have been used: none from before is taken.
//!
//! What people did in the lost time is lost: it has to be done again.

use std::path::Path;

use jiff::Timestamp;

use crate::{
    platform::OpenError,
    role_keys::{ISSUER, KEYS, STANDBY},
    storage::{SettleRestore, Storage},
};

/// Versions are taken to have risen by so many at once, as many people can be recalled in one hour.
const VERSIONS_AT_ONCE: i64 = 100_000;
/// And by so many in each second that was lost.
const VERSIONS_A_SECOND: i64 = 2;
/// Checkers refuse a version that is more than 1,000,000 above theirs; the rest is for those that were away.
const VERSIONS_AT_MOST: i64 = 900_000;

/// Does what follows from a restore that has not been settled, and gives what holds from then on.
pub(crate) async fn settle(
    data_dir: &Path,
    storage: &dyn Storage,
    now: Timestamp,
) -> Result<Restored, OpenError> {
    let mut floor = Restored::default();
    for row in storage.restores().await? {
        if row.settled_at.is_none() {
            put_issuer_away(data_dir, row.number)?;
            let lost = now.as_second().saturating_sub(row.taken_at).max(0);
            let gap = lost
                .saturating_mul(VERSIONS_A_SECOND)
                .saturating_add(VERSIONS_AT_ONCE)
                .min(VERSIONS_AT_MOST);
            storage
                .settle_restore(SettleRestore {
                    number: row.number,
                    gap: u64::try_from(gap).unwrap_or_default(),
                    at: now.as_second(),
                })
                .await?;
        }
    }
    for row in storage.restores().await? {
        floor.versions = floor.versions.max(row.versions_from);
        floor.nonces = floor.nonces.max(row.settled_at.unwrap_or_default());
    }
    Ok(floor)
}

/// What holds since the last restore.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Restored {
    /// Trust files have this version or a higher one.
    pub(crate) versions: u64,
    /// Nonces that were made before this time are not taken.
    pub(crate) nonces: i64,
}

/// Puts the standby key in the place of the issuer key. Done again after a kill, it changes nothing.
fn put_issuer_away(data_dir: &Path, number: i64) -> std::io::Result<()> {
    let keys = data_dir.join(KEYS);
    let (issuer, standby) = (keys.join(ISSUER), keys.join(STANDBY));
    let away = data_dir.join(format!("keys/issuer-before-restore-{number}.key"));
    if !issuer.exists() || (away.exists() && !standby.exists()) {
        return Ok(());
    }
    if !away.exists() {
        std::fs::hard_link(&issuer, &away)?;
    }
    if standby.exists() {
        std::fs::rename(&standby, &issuer)?;
    } else {
        std::fs::remove_file(&issuer)?;
    }
    std::fs::File::open(data_dir.join("keys"))?.sync_all()
}

//! Normal and emergency mode: ordered in a file of the data folder, followed by the running platform.
//!
//! The order survives a restart and needs no key: whoever may write into the folder may give it. What was
//! followed leaves a trace that says who ordered it and when.

use std::{
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{PoisonError, atomic::Ordering},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    config::is_principal_name,
    error::{Failure, Internal},
    leaf::LeafEntry,
    platform::Platform,
};

/// What was ordered.
const ORDER: &str = "mode.json";
/// What was followed last.
const IN_FORCE: &str = "mode.in-force.json";
const ORDER_LIMIT: u64 = 4096;
/// Who ordered emergency mode by starting the platform in it.
const START: &str = "start";

/// How far ahead hours are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// As many hours as the profile sets; usually 24.
    Normal,
    /// Only the few that the profile sets for an emergency; usually 4. Colours change fast then, and a
    /// phone without a network must not go on for a day with a colour of yesterday.
    Emergency,
}

/// Somebody's order to go to a mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModeOrder {
    /// The mode.
    pub mode: Mode,
    /// The account that orders it: letters, digits, `-`, `_` and `.`, at most 64.
    pub by: String,
    /// When it was ordered.
    pub at: Timestamp,
}

/// Why an order was not given.
#[derive(Debug, thiserror::Error)]
pub enum ModeError {
    /// The name has another form.
    #[error("give an order by a name of letters, digits, `-`, `_` and `.`, at most 64 of them")]
    Name,
    /// There is no data of a platform in that folder.
    #[error("find a platform's data in {0}")]
    Missing(PathBuf),
    /// The file could not be written.
    #[error("write the order")]
    Io(#[from] std::io::Error),
}

/// Orders a mode. A running platform follows within about a second; one that does not run follows when it
/// starts. See [`mode_in_force`] for whether it did.
///
/// # Errors
/// [`ModeError`].
pub fn order_mode(data_dir: &Path, order: &ModeOrder) -> Result<(), ModeError> {
    if !is_principal_name(&order.by) {
        return Err(ModeError::Name);
    }
    if !data_dir.join(crate::backup::DATABASE).is_file() {
        return Err(ModeError::Missing(data_dir.to_owned()));
    }
    Ok(write_whole(&data_dir.join(ORDER), order)?)
}

/// The order that a platform on this folder followed last.
#[must_use]
pub fn mode_in_force(data_dir: &Path) -> Option<ModeOrder> {
    read(&data_dir.join(IN_FORCE)).and_then(|bytes| parse(&bytes))
}

/// Whoever reads the file sees the old order or the new one, and a power cut leaves one of them.
fn write_whole(file: &Path, order: &ModeOrder) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let beside = file.with_extension("new");
    let mut written = std::fs::File::create(&beside)?;
    written.write_all(&serde_json::to_vec(order)?)?;
    written.sync_all()?;
    std::fs::rename(&beside, file)?;
    std::fs::File::open(folder)?.sync_all()
}

fn read(file: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(file).ok()?;
    file.take(ORDER_LIMIT).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn parse(bytes: &[u8]) -> Option<ModeOrder> {
    let order: ModeOrder = serde_json::from_slice(bytes).ok()?;
    is_principal_name(&order.by).then_some(order)
}

impl Platform {
    /// The mode in which hours are signed now.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if self.running.is_emergency() {
            Mode::Emergency
        } else {
            Mode::Normal
        }
    }

    /// At the start: emergency mode by configuration, whatever was ordered before, or the last order.
    pub(crate) async fn begin_in_mode(&self) -> Result<(), Internal> {
        let order = read(&self.config.data_dir.join(ORDER)).unwrap_or_default();
        if !self.config.emergency {
            if parse(&order).is_none() {
                self.begin_without_order().await?;
            }
            return self.follow_order().await;
        }
        self.remember(order);
        let start = ModeOrder {
            mode: Mode::Emergency,
            by: START.to_owned(),
            at: self.now(),
        };
        self.go_to(start).await
    }

    /// The order is not there, or cannot be read: what was followed last stays in force, because an
    /// emergency must not end with a lost file. One that came with an option of the start ends with it.
    async fn begin_without_order(&self) -> Result<(), Internal> {
        let Some(last) = mode_in_force(&self.config.data_dir) else {
            return Ok(());
        };
        if last.by == START {
            let without = ModeOrder {
                mode: Mode::Normal,
                by: START.to_owned(),
                at: self.now(),
            };
            return self.go_to(without).await;
        }
        tracing::warn!(mode = ?last.mode, "there is no order of a mode; the last one stays in force");
        self.go_to(last).await
    }

    /// Follows a new order, if there is one. Cheap when there is none; call it every second.
    ///
    /// # Errors
    /// When the trace cannot be kept: then the mode stays as it is, and the next call tries again.
    pub async fn follow_order(&self) -> Result<(), Internal> {
        let file = self.config.data_dir.join(ORDER);
        let Ok(Some(bytes)) = tokio::task::spawn_blocking(move || read(&file)).await else {
            return Ok(());
        };
        let followed = self.running.followed.lock();
        if *followed.unwrap_or_else(PoisonError::into_inner) == bytes {
            return Ok(());
        }
        match parse(&bytes) {
            Some(order) => self.go_to(order).await?,
            None => {
                tracing::error!("the order of a mode cannot be read; give it with `liangma mode`")
            }
        }
        self.remember(bytes);
        Ok(())
    }

    fn remember(&self, order: Vec<u8>) {
        let mut followed = self.running.followed.lock();
        **followed
            .as_mut()
            .unwrap_or_else(|poisoned| poisoned.get_mut()) = order;
    }

    async fn go_to(&self, order: ModeOrder) -> Result<(), Internal> {
        let emergency = order.mode == Mode::Emergency;
        let file = self.config.data_dir.join(IN_FORCE);
        let known = file.clone();
        let known = tokio::task::spawn_blocking(move || read(&known)).await;
        let known = known.ok().flatten().and_then(|bytes| parse(&bytes));
        // The same order after a restart is no new decision; nor is the same option at the next start.
        let again = known.is_some_and(|known| {
            known == order || (order.by == START && known.mode == order.mode && known.by == START)
        });
        if !again {
            let entry = LeafEntry::Mode {
                emergency,
                by: order.by.clone(),
                at: self.now().as_second(),
            };
            let failed = |failure| match failure {
                Failure::Internal(error) => error,
                Failure::Problem(_) => Internal::Unexpected("leave the trace of a mode"),
            };
            let (_, row) = self.leaf(&entry, None).map_err(failed)?;
            self.storage.put_leaves(vec![row]).await?;
        }
        self.running.emergency.store(emergency, Ordering::Relaxed);
        tracing::warn!(mode = ?order.mode, by = order.by, "the mode was switched");
        let written = tokio::task::spawn_blocking(move || write_whole(&file, &order)).await;
        if !matches!(written, Ok(Ok(()))) {
            tracing::error!("that the order was followed could not be written down");
        }
        Ok(())
    }
}

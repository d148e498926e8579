//! Backup and restore: one file, of one moment, checked before it is trusted.
//!
//! Key files are not in it. A backup without the master key opens nothing, which is why the two are
//! kept apart.

use std::path::{Path, PathBuf};

use crate::storage::{StorageError, check_copy, copy_database, mark_restored, seal_copy};

/// The name of the database in the data folder.
pub(crate) const DATABASE: &str = "platform.sqlite";

/// Holds the time of the last backup of a folder, for the metrics.
pub(crate) const BACKUP_MARK: &str = "last-backup";

/// Why a backup could not be made or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is something at the target already.
    #[error("write {0}: it exists, and nothing is overwritten")]
    Exists(PathBuf),
    /// There is nothing to copy.
    #[error("read {0}: there is no such file")]
    Missing(PathBuf),
    /// The copy or the check failed.
    #[error("copy and check the database")]
    Storage(#[from] StorageError),
    /// A file could not be moved or made durable.
    #[error("write the database file")]
    Io(#[from] std::io::Error),
}

/// Copies the database of a data folder, which may be in use, into one new file, and checks the copy. What
/// is written meanwhile is not in it.
///
/// # Errors
/// [`BackupError`]; a copy that fails its check is removed.
pub fn backup(data_dir: &Path, out: &Path) -> Result<(), BackupError> {
    copy_checked(&data_dir.join(DATABASE), out, seal_copy)?;
    // The backup is good without it; then the metrics say that it is older than it is.
    let _marked = std::fs::write(
        data_dir.join(BACKUP_MARK),
        jiff::Timestamp::now().to_string(),
    );
    Ok(())
}

/// Puts a backup into a data folder that has no database yet, and checks it first. The platform that opens
/// it goes on from there: see the operator's page for what that means.
///
/// # Errors
/// [`BackupError`]; the folder is left as it was.
pub fn restore(file: &Path, data_dir: &Path) -> Result<(), BackupError> {
    if !file.exists() {
        return Err(BackupError::Missing(file.to_owned()));
    }
    check_copy(file)?;
    crate::platform::make_private_folder(data_dir)?;
    for beside in ["", "-wal", "-shm"] {
        let target = data_dir.join(format!("{DATABASE}{beside}"));
        if target.exists() {
            return Err(BackupError::Exists(target));
        }
    }
    copy_checked(file, &data_dir.join(DATABASE), mark_restored)
}

fn copy_checked(
    from: &Path,
    to: &Path,
    finish: fn(&Path) -> Result<(), StorageError>,
) -> Result<(), BackupError> {
    if !from.exists() {
        return Err(BackupError::Missing(from.to_owned()));
    }
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let part = beside(to, ".part");
    for left in [&part, &beside(&part, "-journal")] {
        if left.exists() {
            // Left by a copy that was cut off.
            std::fs::remove_file(left)?;
        }
    }
    create_private(&part)?;
    let copied = copy_database(from, &part)
        .and_then(|()| finish(&part))
        .and_then(|()| check_copy(&part));
    if let Err(error) = copied {
        let _ = std::fs::remove_file(&part);
        return Err(error.into());
    }
    std::fs::File::open(&part)?.sync_all()?;
    // A link, unlike a rename, fails when somebody else put a file there meanwhile.
    let linked = std::fs::hard_link(&part, to);
    std::fs::remove_file(&part)?;
    linked.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => BackupError::Exists(to.to_owned()),
        _ => BackupError::from(error),
    })?;
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// An empty file that only its owner can read, whatever the folder lets others do.
fn create_private(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

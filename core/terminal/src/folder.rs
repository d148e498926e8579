//! The store's folder: files that are replaced whole, so that a kill at any instant leaves the old or the
//! new one.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// Behind the name of a file that is being written.
pub(crate) const UNFINISHED: &str = ".new";

/// Whoever has this file locked has the folder.
pub(crate) const LOCK: &str = "lock";
/// How long to wait for another terminal that is just letting go.
const LOCK_WAIT: Duration = Duration::from_secs(2);
/// Between two looks at it.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// The folder is held, against other processes and this one, until this is dropped or the process ends.
#[derive(Debug)]
pub(crate) struct Held {
    _file: File,
}

/// A folder that belongs to one installation.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Names a folder without touching it.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Creates it where it is absent, for its owner alone.
    pub(crate) fn create(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0)
    }

    /// Holds the folder for one terminal; `None` when another has it.
    ///
    /// Before anything is made in it, so that two first starts at once do not make two installations.
    pub(crate) fn hold(&self) -> io::Result<Option<Held>> {
        let path = self.path(LOCK);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut options = OpenOptions::new();
                options.append(true).create(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                options.open(&path)?
            }
            opened => opened?,
        };
        let since = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Held { _file: file })),
                // Where files cannot be locked, the database's own lock is the only one.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(Some(Held { _file: file }));
                }
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if since.elapsed() >= LOCK_WAIT => return Ok(None),
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            }
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Reads a whole file of at most `limit` bytes; `None` when it is absent.
    pub(crate) fn read(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.path(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let size = file.metadata()?.len();
        if size > limit {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "larger than it can be",
            ));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// The size of a file; `None` when it is absent.
    pub(crate) fn size(&self, name: &str) -> io::Result<Option<u64>> {
        match fs::metadata(self.path(name)) {
            Ok(about) => Ok(Some(about.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gives a file another name, in place of what had it.
    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    pub(crate) fn exists(&self, name: &str) -> io::Result<bool> {
        self.path(name).try_exists()
    }

    /// Replaces a file: write, fsync, rename, fsync the folder. Only its owner can read it.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let unfinished = self.path(&format!("{name}{UNFINISHED}"));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&unfinished, self.path(name))?;
        self.sync()
    }

    /// Removes a file where it is there.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes renames and removals last.
    pub(crate) fn sync(&self) -> io::Result<()> {
        // Windows has no handle of a folder to sync; its file system journals renames.
        if cfg!(unix) {
            File::open(&self.0)?.sync_all()
        } else {
            Ok(())
        }
    }

    /// The names of all files; none when the folder is absent.
    pub(crate) fn names(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Removes what a kill left half written.
    pub(crate) fn sweep(&self) -> io::Result<()> {
        for name in self.names()? {
            if name.ends_with(UNFINISHED) {
                self.remove(&name)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_for_its_owner_alone() {
        let at = tempfile::tempdir().unwrap();
        let folder = Folder::at(&at.path().join("a/b"));
        folder.create().unwrap();
        assert_eq!(folder.read("file", 10).unwrap(), None);
        folder.replace("file", b"old").unwrap();
        folder.replace("file", b"newer").unwrap();
        assert_eq!(folder.read("file", 10).unwrap().unwrap(), b"newer");
        assert_eq!(folder.names().unwrap(), ["file"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path("file"))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let at = tempfile::tempdir().unwrap();
        let folder = Folder::at(at.path());
        folder.replace("file", &[0; 11]).unwrap();
        assert!(folder.read("file", 10).is_err());
    }

    #[test]
    fn what_a_kill_left_half_written_is_swept_and_the_old_file_stands() {
        let at = tempfile::tempdir().unwrap();
        let folder = Folder::at(at.path());
        folder.replace("file", b"old").unwrap();
        fs::write(folder.path("file.new"), b"hal").unwrap();
        assert_eq!(folder.read("file", 10).unwrap().unwrap(), b"old");
        folder.sweep().unwrap();
        assert_eq!(folder.names().unwrap(), ["file"]);
    }
}

mod answers;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    TrustBundle,
    error::TrustError,
    file::{FileHeader, Role, SignedFile},
    issuers::IssuerList,
    named::NamedFile,
    recall::{ENTRIES_LIMIT, RecallIndex, RecallList},
    root::RootFile,
    timestamp::{FileName, TimestampFile},
    voids::VoidList,
};
use crate::DecodeError;

/// How far one file may run ahead of the last. A stolen key could otherwise use up all versions at once.
const VERSION_JUMP_LIMIT: u32 = 1_000_000;
/// The most parts that are appended to a full recall list.
const PARTS_LIMIT: usize = 1_000;

/// What became of a file that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updated {
    /// It is in force now.
    New {
        /// Which file.
        file: FileName,
        /// Its version.
        version: u32,
    },
    /// It says what is already in force.
    Unchanged,
}

/// A file in force, signed and as it was read. Its bytes follow from it, as there is one encoding only.
#[derive(Debug, Clone)]
struct Held<T> {
    file: SignedFile,
    header: FileHeader,
    content: T,
}

/// The recall list in force: one full list, or a full list and the parts that were appended to it.
#[derive(Debug, Clone, Default)]
struct HeldRecall {
    /// The full list, then each part, with the version it starts after.
    parts: Vec<Held<u32>>,
    index: RecallIndex,
}

impl HeldRecall {
    fn header(&self) -> Option<FileHeader> {
        self.parts.last().map(|part| part.header)
    }

    /// Parts have no hash that a time stamp could name.
    fn is_in_parts(&self) -> bool {
        self.parts.len() > 1
    }
}

/// What a checker knows about who may sign what. Starts from a root; every other file has to prove itself.
///
/// Reading is cheap and takes `&self`; lists are replaced by [`Self::update`].
#[derive(Debug, Clone)]
pub struct TrustStore {
    root: Held<RootFile>,
    issuers: Option<Held<IssuerList>>,
    recall: HeldRecall,
    voids: Option<Held<VoidList>>,
    timestamp: Option<Held<TimestampFile>>,
    named: BTreeMap<FileName, Held<NamedFile>>,
    /// Files that too few of the root's keys signed since it changed, and at least one did: nothing of
    /// them is in force but their version. The content is the version that a recall list starts after.
    floors: BTreeMap<FileName, Held<u32>>,
}

/// Whether a file's expiry counts: not for files that come back from the checker's own store.
#[derive(Clone, Copy)]
enum Clock {
    At(i64),
    Restoring,
}

impl Clock {
    fn passed(self, header: FileHeader) -> bool {
        match self {
            Self::At(now_second) => header.is_expired(now_second),
            Self::Restoring => false,
        }
    }
}

impl TrustStore {
    /// Starts from a root that the checker was built with or given by hand. It has to fulfil its own threshold.
    ///
    /// # Errors
    /// [`TrustError`] when it is no root, or its own keys did not sign it.
    pub fn from_root(root: &[u8]) -> Result<Self, TrustError> {
        let file = SignedFile::decode(root)?;
        if file.role() != Role::Root {
            return Err(TrustError::OtherRole);
        }
        // The keys are needed to check the file that names them; nothing else of it is used before that.
        let content = RootFile::decode(file.payload())?;
        file.verify(&content.role_keys(Role::Root))?;
        Ok(Self {
            root: Held::new(file, content.header, content),
            issuers: None,
            recall: HeldRecall::default(),
            voids: None,
            timestamp: None,
            named: BTreeMap::new(),
            floors: BTreeMap::new(),
        })
    }

    /// Takes back what [`Self::root_bytes`] and [`Self::files`] gave, from the checker's own store.
    ///
    /// Files that have expired since are taken too; verdicts then say that they are unchecked.
    ///
    /// # Errors
    /// [`TrustError`] of the first file that is not accepted.
    pub fn restore(
        root: &[u8],
        files: impl IntoIterator<Item: AsRef<[u8]>>,
    ) -> Result<Self, TrustError> {
        let mut store = Self::from_root(root)?;
        for file in files {
            store.apply(file.as_ref(), Clock::Restoring)?;
        }
        Ok(store)
    }

    /// Takes any signed file that comes from outside, or says why not.
    ///
    /// # Errors
    /// [`TrustError`]; the store is as it was before.
    pub fn update(&mut self, file: &[u8], now: Timestamp) -> Result<Updated, TrustError> {
        self.apply(file, Clock::At(now.as_second()))
    }

    /// Takes the next root: signed by the threshold of the last one's root keys, and of its own.
    ///
    /// # Errors
    /// [`TrustError`]; the store is as it was before.
    pub fn update_root(&mut self, root: &[u8]) -> Result<Updated, TrustError> {
        let file = SignedFile::decode(root)?;
        if file.role() != Role::Root {
            return Err(TrustError::OtherRole);
        }
        self.apply_root(file)
    }

    /// Takes every file of a bundle, saying of each what became of it.
    ///
    /// # Errors
    /// [`DecodeError`] when the bundle itself cannot be read.
    pub fn update_bundle(
        &mut self,
        bundle: &[u8],
        now: Timestamp,
    ) -> Result<Vec<Result<Updated, TrustError>>, DecodeError> {
        let bundle = TrustBundle::decode(bundle)?;
        Ok(bundle
            .files
            .iter()
            .map(|file| self.update(file, now))
            .collect())
    }

    fn apply(&mut self, bytes: &[u8], clock: Clock) -> Result<Updated, TrustError> {
        let file = SignedFile::decode(bytes)?;
        let role = file.role();
        if role == Role::Root {
            return self.apply_root(file);
        }
        if clock.passed(self.root.header) {
            return Err(TrustError::RootExpired);
        }
        match file.verify(&self.root.content.role_keys(role)) {
            Err(TrustError::BelowThreshold { .. }) if matches!(clock, Clock::Restoring) => {
                return self.restore_floor(file);
            }
            verified => verified?,
        }
        let payload = file.payload();
        match role {
            Role::Root => Err(TrustError::OtherRole),
            Role::Issuers => {
                let content = IssuerList::decode(payload)?;
                let new = Held::new(file, content.header, content);
                self.accept(&FileName::of(role), &new, self.issuers.as_ref(), clock)?
                    .unless_unchanged(|| {
                        self.floors.remove(&FileName::of(role));
                        self.issuers = Some(new);
                    })
            }
            Role::Voids => {
                let content = VoidList::decode(payload)?;
                let new = Held::new(file, content.header, content);
                self.accept(&FileName::of(role), &new, self.voids.as_ref(), clock)?
                    .unless_unchanged(|| {
                        self.floors.remove(&FileName::of(role));
                        self.voids = Some(new);
                    })
            }
            Role::Rules | Role::Standard | Role::Profile => {
                let content = NamedFile::decode(payload)?;
                let name = FileName::named(role, &content.name);
                let new = Held::new(file, content.header, content);
                self.accept(&name, &new, self.named.get(&name), clock)?
                    .unless_unchanged(|| {
                        self.floors.remove(&name);
                        self.named.insert(name, new);
                    })
            }
            Role::Recall => {
                let content = RecallList::decode(payload)?;
                let alone = content.from != 0 && self.recall.parts.is_empty();
                if alone && matches!(clock, Clock::Restoring) {
                    return self.restore_floor(file);
                }
                self.apply_recall(file, content, clock)
            }
            Role::Timestamp => {
                let content = TimestampFile::decode(payload)?;
                let new = Held::new(file, content.header, content);
                let outcome =
                    self.accept(&FileName::of(role), &new, self.timestamp.as_ref(), clock)?;
                self.accept_stamps(&new.content)?;
                outcome.unless_unchanged(|| self.timestamp = Some(new))
            }
        }
    }

    fn apply_root(&mut self, file: SignedFile) -> Result<Updated, TrustError> {
        let held = self.root.header.version;
        if file.payload() == self.root.file.payload() {
            return Ok(Updated::Unchanged);
        }
        file.verify(&self.root.content.role_keys(Role::Root))?;
        let content = RootFile::decode(file.payload())?;
        file.verify(&content.role_keys(Role::Root))?;
        let found = content.header.version;
        let expected = held.saturating_add(1);
        if found < held {
            return Err(TrustError::Rollback { held, found });
        } else if found == held {
            return Err(TrustError::Conflict(found));
        } else if found != expected {
            return Err(TrustError::NotNextRoot { expected, found });
        }
        self.root = Held::new(file, content.header, content);
        self.drop_what_lost_its_keys();
        Ok(Updated::New {
            file: FileName::of(Role::Root),
            version: found,
        })
    }

    /// After a change of keys, files that the new keys did not sign are forgotten, and their versions with
    /// them: so a stolen key that ran ahead is overcome by taking it out of the root. A file that at least
    /// one of its keys still stands for leaves its version behind, so that a higher threshold is no way back.
    ///
    /// The time stamp is always forgotten, as it may name versions that a stolen key made.
    fn drop_what_lost_its_keys(&mut self) {
        let root = &self.root.content;
        let mut floors = std::mem::take(&mut self.floors);
        floors.retain(|_, held| standing(root, &held.file) != Standing::Fallen);
        let mut keep_floor = |name: FileName, file: SignedFile, header: FileHeader, from: u32| {
            if standing(root, &file) == Standing::VersionOnly {
                floors.insert(name, Held::new(file, header, from));
            }
        };
        let stands = |file: &SignedFile| standing(root, file) == Standing::Stands;
        self.timestamp = None;
        if let Some(held) = self.issuers.take_if(|held| !stands(&held.file)) {
            keep_floor(FileName::of(Role::Issuers), held.file, held.header, 0);
        }
        if let Some(held) = self.voids.take_if(|held| !stands(&held.file)) {
            keep_floor(FileName::of(Role::Voids), held.file, held.header, 0);
        }
        for (name, held) in std::mem::take(&mut self.named) {
            if stands(&held.file) {
                self.named.insert(name, held);
            } else {
                keep_floor(name, held.file, held.header, 0);
            }
        }
        if !self.recall.parts.iter().all(|part| stands(&part.file)) {
            let recall = std::mem::take(&mut self.recall);
            if let Some(last) = recall.parts.into_iter().next_back() {
                // The last part may stand by itself; what it belongs to does not, so that only its version stays.
                if standing(root, &last.file) != Standing::Fallen {
                    floors.insert(FileName::of(Role::Recall), last);
                }
            }
        }
        self.floors = floors;
    }

    /// Takes back a file of which only the version counts.
    fn restore_floor(&mut self, file: SignedFile) -> Result<Updated, TrustError> {
        let role = file.role();
        let payload = file.payload();
        let (name, header, from) = match role {
            Role::Issuers => (FileName::of(role), IssuerList::decode(payload)?.header, 0),
            Role::Voids => (FileName::of(role), VoidList::decode(payload)?.header, 0),
            Role::Recall => {
                let list = RecallList::decode(payload)?;
                (FileName::of(role), list.header, list.from)
            }
            Role::Rules | Role::Standard | Role::Profile => {
                let content = NamedFile::decode(payload)?;
                (FileName::named(role, &content.name), content.header, 0)
            }
            Role::Root | Role::Timestamp => return Err(TrustError::OtherRole),
        };
        self.floors.insert(name, Held::new(file, header, from));
        Ok(Updated::Unchanged)
    }

    /// The rules of versions, expiry and time stamps, the same for every role.
    fn accept<T>(
        &self,
        name: &FileName,
        new: &Held<T>,
        held: Option<&Held<T>>,
        clock: Clock,
    ) -> Result<Acceptance, TrustError> {
        if clock.passed(new.header) {
            return Err(TrustError::Expired);
        }
        let found = new.header.version;
        if let Some(held) = held {
            check_version(held.header.version, found)?;
            if held.header.version == found {
                return if held.file.payload() == new.file.payload() {
                    Ok(Acceptance::Unchanged)
                } else {
                    Err(TrustError::Conflict(found))
                };
            }
        }
        self.check_floor(name, &new.file, found, 0)?;
        self.check_stamp(name, &new.file, found)?;
        Ok(Acceptance::New(Updated::New {
            file: name.clone(),
            version: found,
        }))
    }

    /// What a file of which only the version is left still rules out. A recall list is compared with one
    /// that starts after the same version.
    fn check_floor(
        &self,
        name: &FileName,
        file: &SignedFile,
        version: u32,
        from: u32,
    ) -> Result<(), TrustError> {
        let Some(floor) = self.floors.get(name) else {
            return Ok(());
        };
        check_version(floor.header.version, version)?;
        if floor.header.version == version
            && floor.content == from
            && floor.file.payload() != file.payload()
        {
            return Err(TrustError::Conflict(version));
        }
        Ok(())
    }

    /// Whether the time stamp in force names this version with this content; `None` when it names another
    /// version or does not name the file.
    fn stamp_agrees(&self, name: &FileName, file: &SignedFile, version: u32) -> Option<bool> {
        let stamp = self.timestamp.as_ref()?;
        let stamped = stamp.content.find(name)?;
        (stamped.version == version).then(|| stamped.payload_hash == file.payload_hash())
    }

    fn check_stamp(
        &self,
        name: &FileName,
        file: &SignedFile,
        version: u32,
    ) -> Result<(), TrustError> {
        match self.stamp_agrees(name, file, version) {
            Some(false) => Err(TrustError::StampMismatch(version)),
            _ => Ok(()),
        }
    }

    fn apply_recall(
        &mut self,
        file: SignedFile,
        content: RecallList,
        clock: Clock,
    ) -> Result<Updated, TrustError> {
        let header = content.header;
        let version = header.version;
        let name = FileName::of(Role::Recall);
        if clock.passed(header) {
            return Err(TrustError::Expired);
        }
        let held = self.recall.header().map_or(0, |header| header.version);
        if held != 0 {
            check_version(held, version)?;
        }
        // Parts that a stolen key made must not stand against the full list that a time stamp names.
        let replaces_parts = held == version
            && content.from == 0
            && self.recall.is_in_parts()
            && self.stamp_agrees(&name, &file, version) == Some(true);
        if held == version && !replaces_parts {
            // A full list and a part may end in the same version; only like can be compared with like.
            let same_start = self
                .recall
                .parts
                .last()
                .filter(|part| part.content == content.from);
            return match same_start {
                Some(part) if part.file.payload() != file.payload() => {
                    Err(TrustError::Conflict(version))
                }
                _ => Ok(Updated::Unchanged),
            };
        }
        self.check_floor(&name, &file, version, content.from)?;
        let fits = self.recall.index.len() + content.entries.len() <= ENTRIES_LIMIT
            && self.recall.parts.len() <= PARTS_LIMIT;
        if content.from == 0 {
            self.check_stamp(&name, &file, version)?;
            self.recall.parts.clear();
            self.recall.index.replace(content.entries);
        } else if content.from == held && fits {
            self.recall.index.append(content.entries);
        } else {
            return Err(TrustError::Gap {
                held,
                from: content.from,
            });
        }
        self.floors.remove(&name);
        self.recall
            .parts
            .push(Held::new(file, header, content.from));
        Ok(Updated::New {
            file: name,
            version,
        })
    }

    /// A time stamp may not take back what the one before said, nor leave a file out that it named, nor name
    /// other content for what it named or for what is in force.
    fn accept_stamps(&self, new: &TimestampFile) -> Result<(), TrustError> {
        let earlier = self
            .timestamp
            .as_ref()
            .map_or(&[][..], |stamp| stamp.content.files.as_slice());
        for stamped in &new.files {
            if let Some(earlier) = earlier.iter().find(|known| known.file == stamped.file) {
                if earlier.version > stamped.version {
                    return Err(TrustError::Rollback {
                        held: earlier.version,
                        found: stamped.version,
                    });
                }
                if earlier.version == stamped.version
                    && earlier.payload_hash != stamped.payload_hash
                {
                    return Err(TrustError::Conflict(stamped.version));
                }
            }
            let held = self.held_file(&stamped.file);
            if let Some((header, file)) = held
                && header.version == stamped.version
                && file.payload_hash() != stamped.payload_hash
            {
                return Err(TrustError::StampMismatch(stamped.version));
            }
        }
        match earlier.iter().find(|known| new.find(&known.file).is_none()) {
            Some(left_out) => Err(TrustError::Rollback {
                held: left_out.version,
                found: 0,
            }),
            None => Ok(()),
        }
    }

    /// The file in force under a name; of the recall list only while it is a full one.
    fn held_file(&self, name: &FileName) -> Option<(FileHeader, &SignedFile)> {
        match name.role {
            Role::Issuers => self.issuers.as_ref().map(|held| (held.header, &held.file)),
            Role::Voids => self.voids.as_ref().map(|held| (held.header, &held.file)),
            Role::Recall => match self.recall.parts.as_slice() {
                [full] => Some((full.header, &full.file)),
                _ => None,
            },
            Role::Rules | Role::Standard | Role::Profile => {
                self.named.get(name).map(|held| (held.header, &held.file))
            }
            Role::Root | Role::Timestamp => None,
        }
    }
}

/// Whether a file that may be taken says anything new.
enum Acceptance {
    New(Updated),
    Unchanged,
}

impl Acceptance {
    fn unless_unchanged(self, take: impl FnOnce()) -> Result<Updated, TrustError> {
        match self {
            Self::New(updated) => {
                take();
                Ok(updated)
            }
            Self::Unchanged => Ok(Updated::Unchanged),
        }
    }
}

impl<T> Held<T> {
    const fn new(file: SignedFile, header: FileHeader, content: T) -> Self {
        Self {
            file,
            header,
            content,
        }
    }
}

/// What is left of a file after a change of the root's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Enough of its role's keys signed it.
    Stands,
    /// Too few did, and at least one.
    VersionOnly,
    /// None did.
    Fallen,
}

fn standing(root: &RootFile, file: &SignedFile) -> Standing {
    match file.verify(&root.role_keys(file.role())) {
        Ok(()) => Standing::Stands,
        Err(TrustError::BelowThreshold { .. }) => Standing::VersionOnly,
        Err(_) => Standing::Fallen,
    }
}

fn check_version(held: u32, found: u32) -> Result<(), TrustError> {
    if found < held {
        Err(TrustError::Rollback { held, found })
    } else if found - held > VERSION_JUMP_LIMIT {
        Err(TrustError::VersionJump { held, found })
    } else {
        Ok(())
    }
}

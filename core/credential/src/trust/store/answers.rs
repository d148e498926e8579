//! What a checker asks of the files in force. Nothing here changes them.

use jiff::Timestamp;
use liangma_crypto::{KeyId, PublicKey};

use super::{
    super::{
        Freshness, ListAges, TrustBundle,
        ages::confirmed_at,
        file::{FileHeader, Role, SignedFile},
        issuers::{Issuer, IssuerUse},
        named::NamedFile,
        root::RootFile,
        timestamp::{FileName, TimeError, TimeStatement},
    },
    TrustStore,
};
use crate::{CodeId, Hour, PaperSerial};

impl TrustStore {
    /// The root in force.
    #[must_use]
    pub fn root(&self) -> &RootFile {
        &self.root.content
    }

    /// The bytes of the root in force, to be stored.
    #[must_use]
    pub fn root_bytes(&self) -> Vec<u8> {
        self.root.file.encode()
    }

    /// The bytes of every other file in force, to be stored, in the order in which they can be taken back.
    ///
    /// At the end stand files of which only the version counts, as the keys have changed since.
    #[must_use]
    pub fn files(&self) -> Vec<Vec<u8>> {
        let floors = self.floors.values().map(|held| &held.file);
        self.files_in_force()
            .into_iter()
            .chain(floors)
            .map(SignedFile::encode)
            .collect()
    }

    fn files_in_force(&self) -> Vec<&SignedFile> {
        let mut files: Vec<&SignedFile> = Vec::new();
        files.extend(self.timestamp.as_ref().map(|held| &held.file));
        files.extend(self.issuers.as_ref().map(|held| &held.file));
        files.extend(self.voids.as_ref().map(|held| &held.file));
        files.extend(self.recall.parts.iter().map(|held| &held.file));
        files.extend(self.named.values().map(|held| &held.file));
        files
    }

    /// Every file in force but the root, as one bundle.
    #[must_use]
    pub fn bundle(&self) -> TrustBundle {
        TrustBundle {
            files: self
                .files_in_force()
                .into_iter()
                .map(SignedFile::encode)
                .collect(),
        }
    }

    /// The version in force of a file, or `None` when there is none.
    #[must_use]
    pub fn version(&self, file: &FileName) -> Option<u32> {
        match file.role {
            Role::Root => Some(self.root.header.version),
            Role::Timestamp => self.timestamp.as_ref().map(|held| held.header.version),
            Role::Recall => self.recall.header().map(|header| header.version),
            _ => self.held_file(file).map(|(header, _)| header.version),
        }
    }

    /// The version that the time stamp in force names for a file, so that it is known what to fetch.
    #[must_use]
    pub fn stamped_version(&self, file: &FileName) -> Option<u32> {
        let stamp = self.timestamp.as_ref()?;
        stamp.content.find(file).map(|stamped| stamped.version)
    }

    /// The files that the time stamp in force names.
    #[must_use]
    pub fn stamped_files(&self) -> Vec<FileName> {
        self.timestamp.as_ref().map_or_else(Vec::new, |stamp| {
            stamp
                .content
                .files
                .iter()
                .map(|stamped| stamped.file.clone())
                .collect()
        })
    }

    /// The issuer of live codes with this key id that may sign in this hour.
    #[must_use]
    pub fn issuer(&self, key_id: KeyId, hour: Hour) -> Option<&Issuer> {
        self.issuer_for(IssuerUse::Live, key_id, hour)
    }

    /// The issuer for one use with this key id that may sign in this hour.
    #[must_use]
    pub fn issuer_for(&self, key_use: IssuerUse, key_id: KeyId, hour: Hour) -> Option<&Issuer> {
        self.issuers.as_ref()?.content.find(key_use, key_id, hour)
    }

    /// Every issuer of the list in force.
    #[must_use]
    pub fn issuers(&self) -> &[Issuer] {
        self.issuers
            .as_ref()
            .map_or(&[], |held| held.content.issuers.as_slice())
    }

    /// True when the strip that this code belongs to is recalled for this hour.
    ///
    /// The first question about an hour hashes through the whole list; the answers of an hour are kept.
    #[must_use]
    pub fn recalled(&self, cid: CodeId, hour: Hour) -> bool {
        self.recall.index.contains(cid, hour)
    }

    /// True when the recall list is held in parts and the time stamp in force names its version: the full
    /// list of this version is then taken in their place, and only that can be confirmed by time stamps.
    #[must_use]
    pub fn recall_can_be_confirmed_by_the_full_list(&self) -> bool {
        let name = FileName::of(Role::Recall);
        self.recall.is_in_parts() && self.stamped_version(&name) == self.version(&name)
    }

    /// How many strips the recall list in force holds.
    #[must_use]
    pub fn recalled_strips(&self) -> usize {
        self.recall.index.len()
    }

    /// True when this paper code is in the list of voids.
    #[must_use]
    pub fn voided(&self, serial: PaperSerial) -> bool {
        self.voids
            .as_ref()
            .is_some_and(|held| held.content.contains(serial))
    }

    /// A rule pack, profile or standard in force.
    #[must_use]
    pub fn named(&self, role: Role, name: &str) -> Option<&NamedFile> {
        self.named
            .get(&FileName::named(role, name))
            .map(|held| &held.content)
    }

    /// How old the lists are.
    #[must_use]
    pub fn ages(&self, now: Timestamp) -> ListAges {
        let now_second = now.as_second();
        let age = |role: Role, header: Option<FileHeader>| {
            Freshness::of(
                header.map(|header| self.confirmed(role, header)),
                header.is_some_and(|header| header.is_expired(now_second)),
                now_second,
            )
        };
        let mut trust = age(Role::Issuers, self.issuers.as_ref().map(|held| held.header));
        if self.root.header.is_expired(now_second) {
            trust = Freshness::Unchecked;
        }
        ListAges {
            trust,
            recall: age(Role::Recall, self.recall.header()),
            voids: age(Role::Voids, self.voids.as_ref().map(|held| held.header)),
        }
    }

    /// When the lists of issuers and of recalls were last known to be the newest: the older of the two.
    /// `None` when one of them is missing.
    #[must_use]
    pub fn lists_confirmed_at(&self) -> Option<Timestamp> {
        let issuers = self.confirmed(Role::Issuers, self.issuers.as_ref()?.header);
        let recall = self.confirmed(Role::Recall, self.recall.header()?);
        Timestamp::from_second(issuers.min(recall)).ok()
    }

    fn confirmed(&self, role: Role, header: FileHeader) -> i64 {
        // Of parts nobody knows by a time stamp that they are all there is.
        let stamped = self
            .stamped_version(&FileName::of(role))
            .filter(|_| role != Role::Recall || !self.recall.is_in_parts());
        let stamp = self.timestamp.as_ref().map(|held| held.header);
        confirmed_at(header, stamped, stamp)
    }

    /// The latest time at which any file in force was issued: the true time cannot lie before it.
    #[must_use]
    pub fn newest_issue(&self) -> Timestamp {
        let headers = [
            Some(self.root.header),
            self.issuers.as_ref().map(|held| held.header),
            self.recall.header(),
            self.voids.as_ref().map(|held| held.header),
            self.timestamp.as_ref().map(|held| held.header),
        ];
        let newest = headers
            .into_iter()
            .flatten()
            .map(|header| header.issued)
            .max();
        Timestamp::from_second(i64::from(newest.unwrap_or(0))).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The keys that sign time stamps and statements of the server's time.
    #[must_use]
    pub fn timestamp_keys(&self) -> Vec<PublicKey> {
        self.root.content.role_keys(Role::Timestamp).keys
    }

    /// Reads a statement of the server's time, signed by a time stamp key and answering `nonce`.
    ///
    /// # Errors
    /// [`TimeError`].
    pub fn server_time(
        &self,
        statement: &[u8],
        nonce: &[u8; 32],
    ) -> Result<TimeStatement, TimeError> {
        TimeStatement::verify(statement, &self.timestamp_keys(), nonce)
    }
}

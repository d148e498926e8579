//! Trust files: made at the first start, signed each by its own key, refreshed while the platform runs.
//!
//! Which key is where: the root's three private keys go to `offline/` in the data folder and are not
//! read again (a deployment carries that folder away); the keys of the other roles are in `keys/`.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::{SignedDuration, Timestamp};
use liangma_credential::{
    EXPIRED_AFTER_SECONDS, FileHeader, FileName, Hour, Issuer, IssuerList, IssuerUse, NamedFile,
    RECALL_REACH_HOURS, RecallEntry, RecallKey, RecallList, Role, RootFile, SignedFile,
    StampedFile, TimeStatement, TimestampFile, TrustStore, Updated,
};
use liangma_crypto::{PublicKey, Randomness, SigningKey, Suite};
use liangma_domain::{
    profile::{DataClass, RegionProfile, built_in_profile},
    region::{ProfileName, RegionCode},
};

mod recall_answers;
mod standard;

use recall_answers::RecallAnswers;

use crate::{
    config::PlatformConfig,
    error::Failure,
    keys::{self, KeyFileError},
    platform::OpenError,
    role_keys::{ISSUER, KEYS, RoleKeys, STANDBY},
    signer::StripSigner,
    storage::{RecallRow, Storage, TrustFileRow},
};

const DAY: i64 = 86_400;
/// The time stamp is signed anew when it is this old, also when nothing changed.
const STAMP_SECONDS: i64 = 14 * 60;
/// How long a time stamp is taken; checkers mark it as not current long before.
const STAMP_LIFE: i64 = 7 * DAY;
/// The recall list is issued anew when it is this old, and taken for longer.
const RECALL_RENEW: i64 = DAY;
const RECALL_LIFE: i64 = 14 * DAY;
/// Issuers, rules and profile.
const SLOW_RENEW: i64 = 30 * DAY;
const SLOW_LIFE: i64 = 180 * DAY;
pub(crate) const ROOT_LIFE: i64 = 3 * 365 * DAY;
/// How long an issuer key may sign.
const ISSUER_LIFE_HOURS: u32 = 400 * 24;
/// Where the keys of the first root are put, to be carried away.
pub(crate) const OFFLINE: &str = "offline";
/// The next root, signed and ready, until the platform takes it.
pub(crate) const NEXT_ROOT: &str = "next-root.cbor";
const ROOT_KEYS: usize = 3;
const ROOT_THRESHOLD: u8 = 2;

/// Makes, keeps and serves the trust files.
pub(crate) struct TrustPublisher {
    storage: Arc<dyn Storage>,
    data_dir: PathBuf,
    keys: RwLock<Arc<RoleKeys>>,
    sandbox: bool,
    region: RegionCode,
    profile: ProfileName,
    /// The rule pack in force, as it is published.
    rules: RwLock<Arc<[u8]>>,
    /// For how many hours the entry of an issuer is kept after it ended, so that what it signed can be told.
    issuers_kept: u32,
    /// What the files say, as a checker reads them; for verify code.
    store: RwLock<TrustStore>,
    /// No file has a lower version than this: checkers may have seen higher ones before a restore.
    versions_from: u64,
    /// One refresh at a time, so that versions rise one by one.
    refreshing: tokio::sync::Mutex<()>,
    recall_answers: RecallAnswers,
    standard_looked_at: standard::LookedAt,
}

fn failed(what: &'static str) -> impl Fn() -> Failure {
    move || Failure::internal(what)
}

pub(crate) fn header(version: u64, issued: i64, life: i64) -> Result<FileHeader, Failure> {
    let number = |value: i64| u32::try_from(value).map_err(|_| Failure::internal("date a file"));
    Ok(FileHeader {
        version: u32::try_from(version).map_err(|_| Failure::internal("number a file"))?,
        issued: number(issued)?,
        expires: number(issued + life)?,
    })
}

/// The name under which a root is kept by its version.
pub(crate) fn numbered_root(version: u64) -> String {
    format!("{}/{version}", Role::Root.name())
}

impl TrustPublisher {
    pub(crate) async fn open(
        config: &PlatformConfig,
        profile: &RegionProfile,
        rules: Arc<[u8]>,
        storage: Arc<dyn Storage>,
        randomness: &dyn Randomness,
        versions_from: u64,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let folder = config.data_dir.join(KEYS);
        std::fs::create_dir_all(&folder)?;
        let root = match storage.trust_file(Role::Root.name().to_owned()).await? {
            Some(row) => row.bytes,
            None => {
                let first = RoleKeys::first(&folder, randomness)?;
                make_root(config, &first, &*storage, randomness, now).await?
            }
        };
        let store = TrustStore::from_root(&root)?;
        let role_keys = RoleKeys::of_root(&folder, store.root())?.map_err(OpenError::RoleKey)?;
        // A kill may have come between the root and this.
        role_keys.settle(&folder)?;
        let days = profile.retention_days(DataClass::Strip);
        let publisher = Self {
            storage,
            data_dir: config.data_dir.clone(),
            keys: RwLock::new(Arc::new(role_keys)),
            sandbox: config.sandbox,
            region: profile.region().clone(),
            profile: profile.name().clone(),
            rules: RwLock::new(rules),
            issuers_kept: days.saturating_add(1).saturating_mul(24),
            store: RwLock::new(store),
            versions_from,
            refreshing: tokio::sync::Mutex::new(()),
            recall_answers: RecallAnswers::default(),
            standard_looked_at: standard::LookedAt::default(),
        };
        keys::private_key_or_new(&folder.join(ISSUER), Suite::Ed25519, randomness)?;
        publisher.renew_issuers(randomness, now).await?;
        publisher.refresh(now).await?;
        Ok(publisher)
    }

    fn rules_file(&self) -> Arc<[u8]> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        rules.clone()
    }

    /// Another rule pack is in force: the next refresh publishes it.
    pub(crate) fn rules_are(&self, file: Arc<[u8]>) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = file;
    }

    /// The version of a file that was never made, or not since a restore.
    fn first_version(&self) -> u64 {
        self.versions_from.max(1)
    }

    /// Whether a kept file has a version that checkers take.
    fn is_high(&self, row: &TrustFileRow) -> bool {
        row.version >= self.versions_from
    }

    fn keys(&self) -> Arc<RoleKeys> {
        self.keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn sign(&self, keys: &RoleKeys, role: Role, payload: Vec<u8>) -> Result<SignedFile, Failure> {
        let key = keys.of(role).ok_or_else(failed("find the key of a role"))?;
        SignedFile::sign(role, payload, &[key]).map_err(|_| Failure::internal("sign a trust file"))
    }

    /// Signs a payload for a role and keeps it under its text, such as `issuers` or `rules/zhejiang`. When
    /// another process was faster with this version, its file is the one that counts.
    async fn publish(
        &self,
        name: &FileName,
        version: u64,
        payload: Vec<u8>,
    ) -> Result<(u64, SignedFile), Failure> {
        let file = self.sign(&self.keys(), name.role, payload)?;
        if self
            .storage
            .put_trust_files(vec![row(name, version, &file)])
            .await?
        {
            return Ok((version, file));
        }
        let (row, file) = self
            .kept(name)
            .await?
            .ok_or_else(failed("find a trust file"))?;
        Ok((row.version, file))
    }

    async fn kept(&self, name: &FileName) -> Result<Option<(TrustFileRow, SignedFile)>, Failure> {
        let Some(row) = self.storage.trust_file(name.text()).await? else {
            return Ok(None);
        };
        let file =
            SignedFile::decode(&row.bytes).map_err(|_| Failure::internal("read a trust file"))?;
        Ok(Some((row, file)))
    }

    /// Publishes the issuers when a key file says another one than the list, or the list is old: the key in
    /// use, the one that takes over next, and former ones for as long as a strip of theirs can live.
    async fn renew_issuers(
        &self,
        randomness: &dyn Randomness,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let unreadable = |error: KeyFileError| {
            tracing::error!(%error, "an issuer key cannot be used");
            Failure::internal("read an issuer key")
        };
        let folder = self.data_dir.join(KEYS);
        let in_use = *keys::read_private_key(&folder.join(ISSUER))
            .map_err(unreadable)?
            .public_key();
        let standby = *keys::private_key_or_new(&folder.join(STANDBY), Suite::Ed25519, randomness)
            .map_err(unreadable)?
            .public_key();
        let name = FileName::of(Role::Issuers);
        let at = now.as_second();
        let (mut version, mut known, mut issued) = (self.first_version(), Vec::new(), None);
        if let Some((row, file)) = self.kept(&name).await? {
            let list = IssuerList::decode(file.payload())
                .map_err(|_| Failure::internal("read the issuer list"))?;
            version = version.max(row.version + 1);
            issued = self.is_high(&row).then_some(i64::from(list.header.issued));
            known = list.issuers;
            if !self.is_high(&row) {
                // What a former key signed in the time that a restore lost cannot be recalled: it ends.
                known.retain(|issuer| issuer.key == in_use || issuer.key == standby);
            }
        }
        let issuers = self.issuers_now(&known, (in_use, standby), Hour::of(now));
        let same = known.len() == issuers.len()
            && issuers.iter().all(|issuer| {
                known.iter().any(|known| {
                    (known.key, known.standby, known.sandbox, &known.profile)
                        == (issuer.key, issuer.standby, issuer.sandbox, &issuer.profile)
                })
            });
        if same && issued.is_some_and(|issued| at - issued < SLOW_RENEW) {
            return Ok(());
        }
        let list = IssuerList {
            header: header(version, at, SLOW_LIFE)?,
            issuers,
        };
        let payload = list.encode();
        // Checkers refuse the whole list when two keys have one id; then a key has to be drawn anew.
        IssuerList::decode(&payload)
            .map_err(|_| Failure::internal("publish an issuer list that checkers refuse"))?;
        self.publish(&name, version, payload).await?;
        Ok(())
    }

    fn issuers_now(
        &self,
        known: &[Issuer],
        (in_use, standby): (PublicKey, PublicKey),
        hour: Hour,
    ) -> Vec<Issuer> {
        let entry = |key: PublicKey, standby| Issuer {
            key,
            key_use: IssuerUse::Live,
            region: self.region.clone(),
            profile: self.profile.clone(),
            valid_from: known
                .iter()
                .find(|known| known.key == key)
                .map_or(hour, |known| known.valid_from),
            valid_until: hour.plus(ISSUER_LIFE_HOURS),
            sandbox: self.sandbox,
            standby,
        };
        let former = known
            .iter()
            .filter(|known| known.key != in_use && known.key != standby)
            .filter(|known| known.valid_until.plus(self.issuers_kept) > hour)
            .map(|known| Issuer {
                // It signed no hour beyond the reach of a recall.
                valid_until: known
                    .valid_until
                    .min(hour.plus(RECALL_REACH_HOURS + 1))
                    .max(known.valid_from.next()),
                standby: false,
                ..known.clone()
            });
        [entry(in_use, false), entry(standby, true)]
            .into_iter()
            .chain(former)
            .collect()
    }

    /// Goes over to keys that an operator has put in place: the issuer that took over, and the next root.
    pub(crate) async fn take_new_keys(
        &self,
        signer: &dyn StripSigner,
        randomness: &dyn Randomness,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let _one = self.refreshing.lock().await;
        self.renew_issuers(randomness, now).await?;
        // Published before it signs. At every call, so that a key that could not be read is taken later.
        signer.reload().map_err(|error| {
            tracing::error!(%error, "the signer cannot use its key");
            Failure::internal("read the issuer key")
        })?;
        self.take_next_root(now).await
    }

    /// Puts the next root in force, with every file that its keys have to sign anew, all at once: nobody
    /// sees one without the others.
    async fn take_next_root(&self, now: Timestamp) -> Result<(), Failure> {
        let file = self.data_dir.join(NEXT_ROOT);
        let Ok(bytes) = std::fs::read(&file) else {
            return Ok(());
        };
        let forget =
            || std::fs::remove_file(&file).map_err(|_| Failure::internal("remove the next root"));
        let before = self.root().await?;
        let refused = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "the next root is not taken");
            Failure::internal("take the next root")
        };
        let mut store = TrustStore::from_root(&before).map_err(|error| refused(&error))?;
        let former = u64::from(store.root().header.version);
        match store.update_root(&bytes) {
            Ok(Updated::New { .. }) => {}
            Ok(Updated::Unchanged) => return forget(),
            Err(error) => {
                // It will never fit: looked at again, it would be refused again.
                forget()?;
                return Err(refused(&error));
            }
        }
        let folder = self.data_dir.join(KEYS);
        let new_keys = RoleKeys::of_root(&folder, store.root())
            .map_err(|error| refused(&error))?
            .map_err(|role| refused(&OpenError::RoleKey(role)))?;
        let version = u64::from(store.root().header.version);
        let root = |role: String, version, bytes: &[u8]| TrustFileRow {
            role,
            version,
            bytes: bytes.to_vec(),
        };
        let mut rows = vec![
            root(numbered_root(former), former, &before),
            root(numbered_root(version), version, &bytes),
            root(Role::Root.name().to_owned(), version, &bytes),
        ];
        let mut stamped = Vec::new();
        for (name, version, file) in self.signed_anew(&new_keys, now).await? {
            stamped.push(stamp(name.clone(), version, &file)?);
            rows.push(row(&name, version, &file));
        }
        if let Some((row, file)) = self.kept(&standard::name()).await? {
            // Nobody here can sign it anew; what was named stays named.
            stamped.push(stamp(standard::name(), row.version, &file)?);
        }
        let name = FileName::of(Role::Timestamp);
        let kept = self.kept(&name).await?;
        let stamp_version = kept.map_or(1, |(row, _)| row.version + 1);
        let payload = TimestampFile {
            header: header(stamp_version, now.as_second(), STAMP_LIFE)?,
            files: stamped,
        };
        let stamp = self.sign(&new_keys, Role::Timestamp, payload.encode())?;
        rows.push(row(&name, stamp_version, &stamp));
        for row in &rows[3..] {
            store
                .update(&row.bytes, now)
                .map_err(|error| refused(&error))?;
        }
        if !self.storage.put_trust_files(rows).await? {
            // Another process published meanwhile: the next tick begins anew.
            return Ok(());
        }
        new_keys.settle(&folder).map_err(|error| refused(&error))?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new_keys);
        *self.store.write().unwrap_or_else(PoisonError::into_inner) = store;
        tracing::info!(version, "a new root is in force");
        forget()
    }

    /// Every file but root and time stamp: as it is where its key stays, and otherwise signed by the new one
    /// with the next version.
    async fn signed_anew(
        &self,
        new_keys: &RoleKeys,
        now: Timestamp,
    ) -> Result<Vec<(FileName, u64, SignedFile)>, Failure> {
        let keys = self.keys();
        let at = now.as_second();
        let mut files = Vec::new();
        let names = [
            FileName::of(Role::Issuers),
            FileName::named(Role::Rules, self.region.as_str()),
            FileName::named(Role::Profile, self.profile.as_str()),
            FileName::of(Role::Recall),
        ];
        for name in names {
            let missing = failed("find a trust file");
            let (row, file) = self.kept(&name).await?.ok_or_else(missing)?;
            if keys.public(name.role) == new_keys.public(name.role) {
                files.push((name, row.version, file));
                continue;
            }
            let damaged = |_| Failure::internal("read a trust file");
            let (version, payload) = match name.role {
                Role::Issuers => {
                    let mut list = IssuerList::decode(file.payload()).map_err(damaged)?;
                    list.header = header(row.version + 1, at, SLOW_LIFE)?;
                    (row.version + 1, list.encode())
                }
                Role::Recall => {
                    self.storage.renew_recalls(at).await?;
                    let rows = self.storage.recalls(0).await?;
                    let version = rows.last().map_or(0, |row| row.version);
                    (version, self.recall_list(&rows, 0)?.encode())
                }
                _ => {
                    let mut named = NamedFile::decode(file.payload()).map_err(damaged)?;
                    named.header = header(row.version + 1, at, SLOW_LIFE)?;
                    (row.version + 1, named.encode())
                }
            };
            let file = self.sign(new_keys, name.role, payload)?;
            files.push((name, version, file));
        }
        Ok(files)
    }

    /// Brings every file up to date: rules and profile, the recall list, and the time stamp over them.
    /// Does nothing but read when all is current.
    pub(crate) async fn refresh(&self, now: Timestamp) -> Result<(), Failure> {
        let _one = self.refreshing.lock().await;
        let rules = self.rules_file();
        let profile =
            built_in_profile(self.profile.as_str()).ok_or_else(failed("find the profile"))?;
        let rules_name = FileName::named(Role::Rules, self.region.as_str());
        let profile_name = FileName::named(Role::Profile, self.profile.as_str());
        let files = [
            self.named_file(&rules_name, &rules, now).await?,
            self.named_file(&profile_name, profile, now).await?,
        ];
        let issuers = FileName::of(Role::Issuers);
        let (issuers_row, issuers_file) = self
            .kept(&issuers)
            .await?
            .ok_or_else(failed("find the issuer list"))?;
        let (recall_version, recall_file) = self.full_recall(now).await?;
        let mut stamped = vec![
            stamp(issuers, issuers_row.version, &issuers_file)?,
            stamp(FileName::of(Role::Recall), recall_version, &recall_file)?,
        ];
        for (name, version, file) in &files {
            stamped.push(stamp(name.clone(), *version, file)?);
        }
        if let Some((version, file)) = self.standard_file(now).await? {
            stamped.push(stamp(standard::name(), version, &file)?);
        }
        let timestamp = self.stamp_anew(stamped, now).await?;
        let mut bytes = vec![issuers_row.bytes, recall_file.encode()];
        bytes.extend(files.iter().map(|(_, _, file)| file.encode()));
        let mut store = self
            .store
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for file in std::iter::once(timestamp).chain(bytes) {
            store.update(&file, now).map_err(|error| {
                tracing::error!(code = error.code(), "our own trust file was refused");
                Failure::internal("take our own trust file")
            })?;
        }
        Ok(())
    }

    async fn named_file(
        &self,
        name: &FileName,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(FileName, u64, SignedFile), Failure> {
        let at = now.as_second();
        let mut version = self.first_version();
        if let Some((row, file)) = self.kept(name).await? {
            let kept = NamedFile::decode(file.payload())
                .map_err(|_| Failure::internal("read a trust file"))?;
            if kept.body == body
                && self.is_high(&row)
                && at - i64::from(kept.header.issued) < SLOW_RENEW
            {
                return Ok((name.clone(), row.version, file));
            }
            version = version.max(row.version + 1);
        }
        let payload = NamedFile {
            header: header(version, at, SLOW_LIFE)?,
            name: name.name.clone().unwrap_or_default(),
            body: body.to_vec(),
        };
        let (version, file) = self.publish(name, version, payload.encode()).await?;
        Ok((name.clone(), version, file))
    }

    async fn recall_rows(&self, now: Timestamp) -> Result<Vec<RecallRow>, Failure> {
        let rows = self.storage.recalls(0).await?;
        let renew = rows
            .last()
            .is_none_or(|row| now.as_second() - row.at >= RECALL_RENEW);
        if !renew {
            return Ok(rows);
        }
        self.storage.renew_recalls(now.as_second()).await?;
        Ok(self.storage.recalls(0).await?)
    }

    /// The list from a version on. It follows from the rows alone, so that every process behind a
    /// balancer makes the same one.
    fn recall_list(&self, rows: &[RecallRow], from: u64) -> Result<RecallList, Failure> {
        let newest = rows.last().ok_or_else(failed("find the recall list"))?;
        // The credential of the last hour in reach is valid a little beyond it.
        let issued_hour = Hour::of(crate::platform::time(newest.at - EXPIRED_AFTER_SECONDS)).0;
        let in_reach = |hour: u32| hour.saturating_add(RECALL_REACH_HOURS) > issued_hour;
        Ok(RecallList {
            header: header(newest.version, newest.at, RECALL_LIFE)?,
            from: u32::try_from(from).map_err(|_| Failure::internal("number a file"))?,
            entries: rows
                .iter()
                .filter(|row| row.version > from && in_reach(row.hour))
                .filter_map(|row| {
                    let key = RecallKey::new(row.key?);
                    Some(RecallEntry {
                        hour: Hour(row.hour),
                        key,
                    })
                })
                .collect(),
        })
    }

    async fn full_recall(&self, now: Timestamp) -> Result<(u64, SignedFile), Failure> {
        let rows = self.recall_rows(now).await?;
        let version = rows.last().map_or(0, |row| row.version);
        let name = FileName::of(Role::Recall);
        if let Some((row, file)) = self.kept(&name).await?
            && row.version == version
        {
            return Ok((version, file));
        }
        let payload = self.recall_list(&rows, 0)?.encode();
        self.publish(&name, version, payload).await
    }

    async fn stamp_anew(
        &self,
        mut files: Vec<StampedFile>,
        now: Timestamp,
    ) -> Result<Vec<u8>, Failure> {
        let at = now.as_second();
        let name = FileName::of(Role::Timestamp);
        let mut version = self.first_version();
        if let Some((row, file)) = self.kept(&name).await? {
            let kept = TimestampFile::decode(file.payload())
                .map_err(|_| Failure::internal("read the time stamp"))?;
            // What was named once stays named, or checkers refuse the time stamp.
            for known in &kept.files {
                if files.iter().all(|stamped| stamped.file != known.file) {
                    files.push(known.clone());
                }
            }
            let mut wanted = files.clone();
            wanted.sort_by_key(|stamped| stamped.file.text());
            if kept.files == wanted
                && self.is_high(&row)
                && at - i64::from(kept.header.issued) < STAMP_SECONDS
            {
                return Ok(row.bytes);
            }
            version = version.max(row.version + 1);
        }
        let stamp = TimestampFile {
            header: header(version, at, STAMP_LIFE)?,
            files,
        };
        Ok(self
            .publish(&name, version, stamp.encode())
            .await?
            .1
            .encode())
    }

    async fn served(&self, name: &FileName) -> Result<Vec<u8>, Failure> {
        let row = self.storage.trust_file(name.text()).await?;
        Ok(row.ok_or_else(failed("find a trust file"))?.bytes)
    }

    pub(crate) async fn root(&self) -> Result<Vec<u8>, Failure> {
        self.served(&FileName::of(Role::Root)).await
    }

    /// The root with a version, if there was one.
    pub(crate) async fn root_version(&self, version: u32) -> Result<Option<Vec<u8>>, Failure> {
        let version = u64::from(version);
        let numbered = self.storage.trust_file(numbered_root(version)).await?;
        if let Some(row) = numbered {
            return Ok(Some(row.bytes));
        }
        // The first root is kept under its number once there is a second one.
        let newest = self
            .storage
            .trust_file(Role::Root.name().to_owned())
            .await?;
        Ok(newest
            .filter(|row| row.version == version)
            .map(|row| row.bytes))
    }

    pub(crate) async fn issuers(&self) -> Result<Vec<u8>, Failure> {
        self.served(&FileName::of(Role::Issuers)).await
    }

    pub(crate) async fn timestamp(&self) -> Result<Vec<u8>, Failure> {
        self.served(&FileName::of(Role::Timestamp)).await
    }

    pub(crate) async fn rules(&self) -> Result<Vec<u8>, Failure> {
        self.served(&FileName::named(Role::Rules, self.region.as_str()))
            .await
    }

    pub(crate) async fn profile(&self) -> Result<Vec<u8>, Failure> {
        self.served(&FileName::named(Role::Profile, self.profile.as_str()))
            .await
    }

    /// The recall list: full, or what came since a version. A version that is not ours gets the full list.
    pub(crate) async fn recall(&self, from: u64) -> Result<Vec<u8>, Failure> {
        let full = self.served(&FileName::of(Role::Recall)).await?;
        if from == 0 {
            return Ok(full);
        }
        let keys = self.keys();
        let key = keys.public(Role::Recall);
        // What came since the list that is kept: nothing, nearly always.
        let newest = self.recall_answers.newest(&key);
        let rows = self.storage.recalls(newest.unwrap_or(0)).await?;
        if newest.is_none() || !rows.is_empty() {
            let rows = match newest {
                None => rows,
                Some(_) => self.storage.recalls(0).await?,
            };
            self.recall_answers.keep(key, rows);
        }
        let answer = self.recall_answers.answer(from, |rows| {
            let payload = self.recall_list(rows, from)?.encode();
            Ok(self.sign(&keys, Role::Recall, payload)?.encode())
        })?;
        Ok(answer.unwrap_or(full))
    }

    pub(crate) async fn with_store<T>(&self, read: impl FnOnce(&TrustStore) -> T) -> T {
        read(
            &self
                .store
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }

    pub(crate) fn state_time(&self, time: Timestamp, nonce: [u8; 32]) -> Result<Vec<u8>, Failure> {
        TimeStatement {
            time,
            nonce,
            sandbox: self.sandbox,
        }
        .sign(
            self.keys()
                .of(Role::Timestamp)
                .ok_or_else(failed("find the key of a role"))?,
        )
        .map_err(|_| Failure::internal("state the time"))
    }
}

fn row(name: &FileName, version: u64, file: &SignedFile) -> TrustFileRow {
    TrustFileRow {
        role: name.text(),
        version,
        bytes: file.encode(),
    }
}

fn stamp(name: FileName, version: u64, file: &SignedFile) -> Result<StampedFile, Failure> {
    Ok(StampedFile {
        file: name,
        version: u32::try_from(version).map_err(|_| Failure::internal("number a file"))?,
        payload_hash: file.payload_hash(),
    })
}

/// The first root: three keys, two of which sign, put away where no running platform reads them.
async fn make_root(
    config: &PlatformConfig,
    roles: &RoleKeys,
    storage: &dyn Storage,
    randomness: &dyn Randomness,
    now: Timestamp,
) -> Result<Vec<u8>, OpenError> {
    let offline = config.data_dir.join(OFFLINE);
    std::fs::create_dir_all(&offline)?;
    let root_keys = (1..=ROOT_KEYS)
        .map(|number| {
            keys::private_key_or_new(
                &offline.join(format!("root-{number}.key")),
                Suite::Ed25519,
                randomness,
            )
        })
        .collect::<Result<Vec<_>, _>>()?;
    let at = now
        .saturating_sub(SignedDuration::from_mins(5))
        .unwrap_or(now)
        .as_second();
    let root = RootFile::new(
        header(1, at, ROOT_LIFE)?,
        &[
            (
                Role::Root,
                ROOT_THRESHOLD,
                root_keys.iter().map(|key| *key.public_key()).collect(),
            ),
            (Role::Issuers, 1, roles.public(Role::Issuers)),
            (Role::Recall, 1, roles.public(Role::Recall)),
            (Role::Rules, 1, roles.public(Role::Rules)),
            (Role::Profile, 1, roles.public(Role::Profile)),
            (Role::Timestamp, 1, roles.public(Role::Timestamp)),
        ],
    );
    let signers: Vec<&SigningKey> = root_keys.iter().take(usize::from(ROOT_THRESHOLD)).collect();
    let bytes = SignedFile::sign(Role::Root, root.encode(), &signers)
        .map_err(|_| Failure::internal("sign the root"))?
        .encode();
    let row = TrustFileRow {
        role: Role::Root.name().to_owned(),
        version: 1,
        bytes: bytes.clone(),
    };
    storage.put_trust_files(vec![row]).await?;
    Ok(bytes)
}

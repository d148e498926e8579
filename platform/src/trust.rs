//! Trust files: made at the first start, signed each by its own key, refreshed while the platform runs.
//!
//! Which key is where: the root's three private keys go to `offline/` in the data folder and are not
//! read again (a deployment carries that folder away); the keys of the other roles are in `keys/`.

use std::{
    path::Path,
    sync::{Arc, RwLock},
};

use jiff::{SignedDuration, Timestamp};
use liangma_credential::{
    EXPIRED_AFTER_SECONDS, FileHeader, FileName, Hour, Issuer, IssuerList, IssuerUse, NamedFile,
    RECALL_REACH_HOURS, RecallEntry, RecallKey, RecallList, Role, RootFile, SignedFile,
    StampedFile, TimeStatement, TimestampFile, TrustStore,
};
use liangma_crypto::{PublicKey, Randomness, SigningKey, Suite};
use liangma_domain::{
    profile::{RegionProfile, built_in_profile},
    rules::built_in_pack,
};

use crate::{
    config::PlatformConfig,
    error::Failure,
    keys::{self, KeyFileError},
    platform::OpenError,
    signer::ISSUER_KEY,
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
const ROOT_LIFE: i64 = 3 * 365 * DAY;
/// How long an issuer key may sign.
const ISSUER_LIFE_HOURS: u32 = 400 * 24;
const ROOT_KEYS: usize = 3;
const ROOT_THRESHOLD: u8 = 2;

/// The keys of the roles that sign online.
struct RoleKeys {
    issuers: SigningKey,
    recall: SigningKey,
    rules: SigningKey,
    profile: SigningKey,
    timestamp: SigningKey,
}

impl RoleKeys {
    fn open(folder: &Path, randomness: &dyn Randomness) -> Result<Self, KeyFileError> {
        let key =
            |name: &str| keys::private_key_or_new(&folder.join(name), Suite::Ed25519, randomness);
        Ok(Self {
            issuers: key("issuers.key")?,
            recall: key("recall.key")?,
            rules: key("rules.key")?,
            profile: key("profile.key")?,
            timestamp: key("timestamp.key")?,
        })
    }
}

/// Makes, keeps and serves the trust files.
pub(crate) struct TrustPublisher {
    storage: Arc<dyn Storage>,
    keys: RoleKeys,
    sandbox: bool,
    region: String,
    profile: String,
    /// What the files say, as a checker reads them; for verify code.
    store: RwLock<TrustStore>,
    /// No file has a lower version than this: checkers may have seen higher ones before a restore.
    versions_from: u64,
    /// One refresh at a time, so that versions rise one by one.
    refreshing: tokio::sync::Mutex<()>,
}

fn failed(what: &'static str) -> impl Fn() -> Failure {
    move || Failure::internal(what)
}

fn header(version: u64, issued: i64, life: i64) -> Result<FileHeader, Failure> {
    let number = |value: i64| u32::try_from(value).map_err(|_| Failure::internal("date a file"));
    Ok(FileHeader {
        version: u32::try_from(version).map_err(|_| Failure::internal("number a file"))?,
        issued: number(issued)?,
        expires: number(issued + life)?,
    })
}

impl TrustPublisher {
    pub(crate) async fn open(
        config: &PlatformConfig,
        profile: &RegionProfile,
        storage: Arc<dyn Storage>,
        randomness: &dyn Randomness,
        versions_from: u64,
        now: Timestamp,
    ) -> Result<Self, OpenError> {
        let folder = config.data_dir.join("keys");
        std::fs::create_dir_all(&folder)?;
        let role_keys = RoleKeys::open(&folder, randomness)?;
        let root = match storage.trust_file(Role::Root.name().to_owned()).await? {
            Some(row) => row.bytes,
            None => make_root(config, &role_keys, &*storage, randomness, now).await?,
        };
        let issuer = *keys::private_key_or_new(
            &config.data_dir.join(ISSUER_KEY),
            Suite::Ed25519,
            randomness,
        )?
        .public_key();
        let standby = *keys::private_key_or_new(
            &folder.join("standby-issuer.key"),
            Suite::Ed25519,
            randomness,
        )?
        .public_key();
        let publisher = Self {
            storage,
            keys: role_keys,
            sandbox: config.sandbox,
            region: profile.region().to_string(),
            profile: profile.name().to_string(),
            store: RwLock::new(TrustStore::from_root(&root)?),
            versions_from,
            refreshing: tokio::sync::Mutex::new(()),
        };
        publisher
            .renew_issuers(profile, &[(issuer, false), (standby, true)], now)
            .await?;
        publisher.refresh(now).await?;
        Ok(publisher)
    }

    /// The version of a file that was never made, or not since a restore.
    fn first_version(&self) -> u64 {
        self.versions_from.max(1)
    }

    /// Whether a kept file has a version that checkers take.
    fn is_high(&self, row: &TrustFileRow) -> bool {
        row.version >= self.versions_from
    }

    /// Signs a payload for a role and keeps it under its text, such as `issuers` or `rules/zhejiang`. When
    /// another process was faster with this version, its file is the one that counts.
    async fn publish(
        &self,
        name: &FileName,
        version: u64,
        payload: Vec<u8>,
        key: &SigningKey,
    ) -> Result<(u64, SignedFile), Failure> {
        let file = SignedFile::sign(name.role, payload, &[key])
            .map_err(|_| Failure::internal("sign a trust file"))?;
        let row = TrustFileRow {
            role: name.text(),
            version,
            bytes: file.encode(),
        };
        if self.storage.put_trust_files(vec![row]).await? {
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

    async fn renew_issuers(
        &self,
        profile: &RegionProfile,
        issuers: &[(PublicKey, bool)],
        now: Timestamp,
    ) -> Result<(), Failure> {
        let name = FileName::of(Role::Issuers);
        let kept = self.kept(&name).await?;
        let at = now.as_second();
        let mut version = self.first_version();
        let mut valid_from = Hour::of(now);
        if let Some((row, file)) = &kept {
            let list = IssuerList::decode(file.payload())
                .map_err(|_| Failure::internal("read the issuer list"))?;
            let same = list.issuers.len() == issuers.len()
                && issuers.iter().all(|(key, standby)| {
                    list.issuers.iter().any(|known| {
                        known.key == *key
                            && known.standby == *standby
                            && known.sandbox == self.sandbox
                            && known.profile == *profile.name()
                    })
                });
            if same && self.is_high(row) && at - i64::from(list.header.issued) < SLOW_RENEW {
                return Ok(());
            }
            version = version.max(row.version + 1);
            if let Some(first) = list.issuers.iter().map(|known| known.valid_from).min() {
                valid_from = first;
            }
        }
        let list = IssuerList {
            header: header(version, at, SLOW_LIFE)?,
            issuers: issuers
                .iter()
                .map(|(key, standby)| Issuer {
                    key: *key,
                    key_use: IssuerUse::Live,
                    region: profile.region().clone(),
                    profile: profile.name().clone(),
                    valid_from,
                    valid_until: Hour::of(now).plus(ISSUER_LIFE_HOURS),
                    sandbox: self.sandbox,
                    standby: *standby,
                })
                .collect(),
        };
        let payload = list.encode();
        // Checkers refuse the whole list when two keys have one id; then a key has to be drawn anew.
        IssuerList::decode(&payload)
            .map_err(|_| Failure::internal("publish an issuer list that checkers refuse"))?;
        self.publish(&name, version, payload, &self.keys.issuers)
            .await?;
        Ok(())
    }

    /// Brings every file up to date: rules and profile, the recall list, and the time stamp over them.
    /// Does nothing but read when all is current.
    pub(crate) async fn refresh(&self, now: Timestamp) -> Result<(), Failure> {
        let _one = self.refreshing.lock().await;
        let rules = liangma_domain::region::RegionCode::new(self.region.clone())
            .ok()
            .and_then(|region| built_in_pack(&region))
            .ok_or_else(failed("find the rules"))?;
        let profile = built_in_profile(&self.profile).ok_or_else(failed("find the profile"))?;
        let files = [
            self.named_file(&FileName::named(Role::Rules, &self.region), rules, now)
                .await?,
            self.named_file(&FileName::named(Role::Profile, &self.profile), profile, now)
                .await?,
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
        let key = if name.role == Role::Rules {
            &self.keys.rules
        } else {
            &self.keys.profile
        };
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
        let (version, file) = self.publish(name, version, payload.encode(), key).await?;
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
        self.publish(&name, version, payload, &self.keys.recall)
            .await
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
            .publish(&name, version, stamp.encode(), &self.keys.timestamp)
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

    pub(crate) async fn issuers(&self) -> Result<Vec<u8>, Failure> {
        self.served(&FileName::of(Role::Issuers)).await
    }

    pub(crate) async fn timestamp(&self) -> Result<Vec<u8>, Failure> {
        self.served(&FileName::of(Role::Timestamp)).await
    }

    pub(crate) async fn rules(&self) -> Result<Vec<u8>, Failure> {
        self.served(&FileName::named(Role::Rules, &self.region))
            .await
    }

    pub(crate) async fn profile(&self) -> Result<Vec<u8>, Failure> {
        self.served(&FileName::named(Role::Profile, &self.profile))
            .await
    }

    /// The recall list: full, or what came since a version. A version that is not ours gets the full list.
    pub(crate) async fn recall(&self, from: u64) -> Result<Vec<u8>, Failure> {
        let full = self.served(&FileName::of(Role::Recall)).await?;
        if from == 0 {
            return Ok(full);
        }
        let rows = self.storage.recalls(0).await?;
        let ours = rows.last().is_some_and(|row| from < row.version);
        let complete = rows
            .first()
            .is_some_and(|row| row.version <= from.saturating_add(1));
        if !ours || !complete {
            return Ok(full);
        }
        let payload = self.recall_list(&rows, from)?.encode();
        SignedFile::sign(Role::Recall, payload, &[&self.keys.recall])
            .map(|file| file.encode())
            .map_err(|_| Failure::internal("sign a trust file"))
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
        .sign(&self.keys.timestamp)
        .map_err(|_| Failure::internal("state the time"))
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
    let offline = config.data_dir.join("offline");
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
    let one = |key: &SigningKey| vec![*key.public_key()];
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
            (Role::Issuers, 1, one(&roles.issuers)),
            (Role::Recall, 1, one(&roles.recall)),
            (Role::Rules, 1, one(&roles.rules)),
            (Role::Profile, 1, one(&roles.profile)),
            (Role::Timestamp, 1, one(&roles.timestamp)),
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

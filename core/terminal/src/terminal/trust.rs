use std::{collections::BTreeMap, sync::atomic::Ordering};

use liangma_credential::{
    FileName, Freshness, Role, RootFile, SignedFile, TimeError, TrustError, TrustStore, Updated,
};
use liangma_domain::profile::RegionProfile;
use liangma_wire::trust::{
    ISSUERS_PATH, PROFILE_PATH, RECALL_PATH, ROOT_PATH, RULES_PATH, STANDARD_NAME, STANDARD_PATH,
    TIMESTAMP_PATH, root_version_path,
};

use super::{Terminal, TerminalError, locked};
use crate::{
    Boxed,
    client::Wanted,
    store::{Store, Table},
};

const ROOT: &str = "root";
const FILE: &str = "file-";
/// The row of the UI standard that was last found good.
const STANDARD: &str = "standard";
/// How many missed roots are fetched in one go: a root changes a few times in a year.
const ROOTS_AT_ONCE: usize = 64;

/// How much of the trust files a phone needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustScope {
    /// To hold a code: root, time stamp, issuers, region profile.
    Wallet,
    /// To check codes as well: the recall list and the rules besides.
    Checker,
}

/// What fetching trust files changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustSynced {
    /// The files that are newer now, such as `issuers` or `profile/zhejiang-2020`.
    pub renewed: Vec<String>,
    /// Whether the time was learnt; not when the answer took too long.
    pub time_learnt: bool,
    /// Why a newer UI standard was refused. The one before stays, and everything else is as new as it is.
    pub standard_refused: Option<TrustError>,
}

/// A UI standard that the deployment's root vouches for. What it says is for the screens to judge.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedStandard {
    /// The version of the signed file.
    pub version: u32,
    /// The package.
    pub package: Vec<u8>,
}

impl std::fmt::Debug for SignedStandard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedStandard")
            .field("version", &self.version)
            .field("bytes", &self.package.len())
            .finish()
    }
}

/// The row of a verified region profile's body.
pub(super) fn profile_row(name: &str) -> String {
    format!("profile/{name}")
}

/// The trust that was stored, never below the root that the installation was given.
pub(super) fn load(store: &mut Store, root: &[u8]) -> Result<TrustStore, TerminalError> {
    let given = TrustStore::from_root(root)?;
    let rows = store.read(|work| work.all_bytes(Table::Trust))?;
    let Some((_, stored)) = rows.iter().find(|(row, _)| row == ROOT) else {
        return Ok(given);
    };
    let of_role = FileName::of(Role::Root);
    let files: Vec<&[u8]> = rows
        .iter()
        .filter(|(row, _)| row.starts_with(FILE))
        .map(|(_, bytes)| bytes.as_slice())
        .collect();
    let stored_version = TrustStore::from_root(stored)?.version(&of_role);
    if stored_version == given.version(&of_role) && stored.as_slice() != root {
        return Err(TerminalError::OtherRoot);
    }
    let newest = if stored_version > given.version(&of_role) {
        stored.as_slice()
    } else {
        root
    };
    let mut files = files;
    if newest != stored.as_slice() {
        // With a new root the time stamp is forgotten: it may name versions that a stolen key made.
        files.retain(|file| {
            SignedFile::decode(file).is_ok_and(|file| file.role() != Role::Timestamp)
        });
    }
    if let Ok(trust) = TrustStore::restore(newest, &files) {
        return Ok(trust);
    }
    // Files that the newer root's keys did not sign are left behind and fetched again; the others stay,
    // and with them the versions below which nothing is taken.
    let mut kept: Vec<&[u8]> = Vec::with_capacity(files.len());
    for file in files {
        kept.push(file);
        if TrustStore::restore(newest, &kept).is_err() {
            kept.pop();
        }
    }
    Ok(TrustStore::restore(newest, &kept)?)
}

impl Terminal {
    /// Learns the time, and fetches and verifies the trust files that are newer than those held.
    ///
    /// Everything proves itself against the root of the installation.
    ///
    /// # Errors
    /// The client's errors; [`TerminalError::Trust`] or [`TerminalError::Time`] for what is refused. What
    /// was held before stays.
    pub async fn trust_sync(&self, scope: TrustScope) -> Result<TrustSynced, TerminalError> {
        let _turn = self.0.turn.lock().await;
        let mut renewed = Vec::new();
        self.sync_root(&mut renewed).await?;
        let mut synced = self.sync_trust(scope).await?;
        synced.renewed.splice(0..0, renewed);
        self.relight().await?;
        Ok(synced)
    }

    /// A copy of the bytes by which a checker trusts: the root, and a bundle of everything else.
    #[must_use]
    pub fn trust_files(&self) -> (Vec<u8>, Vec<u8>) {
        let trust = locked(&self.0.trust);
        (trust.root_bytes(), trust.bundle().encode())
    }

    /// The UI standard that was fetched last and is in order by its signature, version and time.
    #[must_use]
    pub fn standard(&self) -> Option<SignedStandard> {
        let trust = locked(&self.0.trust);
        let name = FileName::named(Role::Standard, STANDARD_NAME);
        let package = trust.named(Role::Standard, STANDARD_NAME)?.body.clone();
        let version = trust.version(&name)?;
        Some(SignedStandard { version, package })
    }

    /// Keeps a package that the screens found good, for a start after which a worse one was fetched.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_standard(&self, package: Vec<u8>) -> Result<(), TerminalError> {
        self.write(move |work| work.put_bytes(Table::Trust, STANDARD, &package))
            .await
    }

    /// The package that was found good last.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn kept_standard(&self) -> Result<Option<Vec<u8>>, TerminalError> {
        let rows = self.read(|work| work.all_bytes(Table::Trust)).await?;
        let mut rows = rows.into_iter();
        Ok(rows
            .find(|(row, _)| row == STANDARD)
            .map(|(_, bytes)| bytes.to_vec()))
    }

    pub(super) fn sync_trust(
        &self,
        scope: TrustScope,
    ) -> Boxed<'_, Result<TrustSynced, TerminalError>> {
        Box::pin(async move {
            let mut synced = TrustSynced::default();
            match self.sync_lists(scope, &mut synced).await {
                // Keys may have changed with a root that is not known here yet, also between two answers.
                Err(TerminalError::Trust(_) | TerminalError::Time(TimeError::Forged)) => {
                    self.sync_root(&mut synced.renewed).await?;
                    self.sync_lists(scope, &mut synced).await?;
                }
                done => done?,
            }
            self.sync_standard(&mut synced).await;
            self.keep_trust().await?;
            Ok(synced)
        })
    }

    async fn sync_lists(
        &self,
        scope: TrustScope,
        synced: &mut TrustSynced,
    ) -> Result<(), TerminalError> {
        // Time first: whether a file has ended is judged by it.
        synced.time_learnt = self.sync_time().await?;
        self.take(TIMESTAMP_PATH, synced).await?;
        self.take_if_newer(&FileName::of(Role::Issuers), ISSUERS_PATH, synced)
            .await?;
        for file in self.stamped(Role::Profile) {
            self.take_if_newer(&file, PROFILE_PATH, synced).await?;
        }
        if scope == TrustScope::Checker {
            for file in self.stamped(Role::Rules) {
                self.take_if_newer(&file, RULES_PATH, synced).await?;
            }
            self.sync_recall(synced).await?;
        }
        Ok(())
    }

    /// Takes the newest root, and before it every one that was missed, each by the keys of the one before.
    async fn sync_root(&self, renewed: &mut Vec<String>) -> Result<(), TerminalError> {
        let newest = self
            .0
            .client
            .get(ROOT_PATH, None, Wanted::TRUST_FILE)
            .await?;
        // Not believed: it only says how far to ask, and the last step takes it or not.
        let claimed = SignedFile::decode(&newest)
            .and_then(|file| RootFile::decode(file.payload()))
            .map_err(TrustError::from)?
            .header
            .version;
        let of_role = FileName::of(Role::Root);
        for _ in 0..ROOTS_AT_ONCE {
            let held = locked(&self.0.trust).version(&of_role).unwrap_or(claimed);
            if claimed <= held.saturating_add(1) {
                break;
            }
            let path = root_version_path(held.saturating_add(1));
            let root = self.0.client.get(&path, None, Wanted::TRUST_FILE).await?;
            let updated = locked(&self.0.trust).update_root(&root);
            note(renewed, updated)?;
            if locked(&self.0.trust).version(&of_role) == Some(held) {
                // The same again: asking on would lead nowhere.
                break;
            }
        }
        let updated = locked(&self.0.trust).update_root(&newest);
        note(renewed, updated)
    }

    /// Fetches the UI standard when the time stamp names a newer one. One that is refused is not asked for
    /// again, and keeps nothing else from being taken: people pass by their code, not by its looks.
    async fn sync_standard(&self, synced: &mut TrustSynced) {
        let name = FileName::named(Role::Standard, STANDARD_NAME);
        let stamped = locked(&self.0.trust).stamped_version(&name).unwrap_or(0);
        if stamped == 0 || stamped == self.0.refused_standard.load(Ordering::Relaxed) {
            return;
        }
        match self.take_if_newer(&name, STANDARD_PATH, synced).await {
            Ok(()) => {}
            Err(TerminalError::Trust(_)) => {
                // Its key may have come with a root that is not known here yet.
                if let Err(error) = self.sync_root(&mut synced.renewed).await {
                    tracing::info!(%error, "the root was not fetched for the UI standard");
                    return;
                }
                match self.take_if_newer(&name, STANDARD_PATH, synced).await {
                    Err(TerminalError::Trust(refused)) => {
                        tracing::warn!(code = refused.code(), "a newer UI standard was refused");
                        self.0.refused_standard.store(stamped, Ordering::Relaxed);
                        synced.standard_refused = Some(refused);
                    }
                    Err(error) => tracing::info!(%error, "the UI standard was not fetched"),
                    Ok(()) => {}
                }
            }
            Err(error) => tracing::info!(%error, "the UI standard was not fetched"),
        }
    }

    /// What was recalled since the list that is held; the full list where that does not fit.
    async fn sync_recall(&self, synced: &mut TrustSynced) -> Result<(), TerminalError> {
        let recall = FileName::of(Role::Recall);
        let held = locked(&self.0.trust).version(&recall);
        if let Some(version) = held {
            let path = format!("{RECALL_PATH}?from={version}");
            match self.take_if_newer(&recall, &path, synced).await {
                Err(TerminalError::Trust(_)) => {}
                Ok(()) if self.recall_waits_for_the_full_list() => {
                    return self.take(RECALL_PATH, synced).await;
                }
                taken => return taken,
            }
        }
        self.take_if_newer(&recall, RECALL_PATH, synced).await
    }

    /// A list in parts ages by its last part, as no time stamp can confirm it: the full list can be.
    fn recall_waits_for_the_full_list(&self) -> bool {
        let now = self.now();
        let trust = locked(&self.0.trust);
        trust.recall_can_be_confirmed_by_the_full_list()
            && trust.ages(now).recall != Freshness::Current
    }

    pub(super) fn stamped(&self, role: Role) -> Vec<FileName> {
        let mut files = locked(&self.0.trust).stamped_files();
        files.retain(|file| file.role == role);
        files
    }

    async fn take_if_newer(
        &self,
        file: &FileName,
        path: &str,
        synced: &mut TrustSynced,
    ) -> Result<(), TerminalError> {
        let newer = {
            let trust = locked(&self.0.trust);
            trust.version(file).is_none() || trust.stamped_version(file) > trust.version(file)
        };
        if newer {
            self.take(path, synced).await
        } else {
            Ok(())
        }
    }

    async fn take(&self, path: &str, synced: &mut TrustSynced) -> Result<(), TerminalError> {
        let file = self.0.client.get(path, None, Wanted::TRUST_FILE).await?;
        let now = self.now();
        let updated = locked(&self.0.trust).update(&file, now);
        note(&mut synced.renewed, updated)
    }

    async fn keep_trust(&self) -> Result<(), TerminalError> {
        let (root, files, profiles) = {
            let trust = locked(&self.0.trust);
            let profiles: Vec<(String, Vec<u8>)> = trust
                .stamped_files()
                .into_iter()
                .filter(|file| file.role == Role::Profile)
                .filter_map(|file| {
                    let name = file.name?;
                    let body = trust.named(Role::Profile, &name)?.body.clone();
                    Some((name, body))
                })
                .collect();
            (trust.root_bytes(), trust.files(), profiles)
        };
        self.write(move |work| {
            let files = files
                .iter()
                .enumerate()
                .map(|(index, file)| (format!("{FILE}{index:04}"), file.as_slice()));
            let profiles = profiles
                .iter()
                .map(|(name, body)| (profile_row(name), body.as_slice()));
            let wanted: BTreeMap<String, &[u8]> = files
                .chain(profiles)
                .chain([(ROOT.to_owned(), root.as_slice())])
                .collect();
            let mut held = BTreeMap::new();
            for (row, bytes) in work.all_bytes(Table::Trust)? {
                if wanted.contains_key(&row) {
                    held.insert(row, bytes);
                } else if row != STANDARD {
                    work.remove(Table::Trust, &row)?;
                }
            }
            // A recall list is large: what is there already is not written again.
            for (row, bytes) in wanted {
                if held.get(&row).is_none_or(|held| held.as_slice() != bytes) {
                    work.put_bytes(Table::Trust, &row, bytes)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// The verified region profile of the person.
    pub(super) fn profile(&self, name: &str) -> Result<RegionProfile, TerminalError> {
        let trust = locked(&self.0.trust);
        let file = trust
            .named(Role::Profile, name)
            .ok_or(TerminalError::NoProfile)?;
        RegionProfile::parse_signed(&file.body).map_err(|_| TerminalError::NoProfile)
    }
}

fn note(
    renewed: &mut Vec<String>,
    updated: Result<Updated, TrustError>,
) -> Result<(), TerminalError> {
    match updated? {
        Updated::New { file, .. } => renewed.push(file.text()),
        Updated::Unchanged => {}
    }
    Ok(())
}

//! The platform itself: configuration, ports, store, rules in force, signer and trust files.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock, atomic::AtomicBool},
};

use jiff::Timestamp;
use liangma_credential::{FileName, NamedFile, Role, SignedFile, TrustError};
use liangma_crypto::{PublicKey, Randomness, SystemRandomness};
use liangma_domain::{
    profile::{ProfileError, RegionProfile, built_in_profile},
    rules::built_in_pack,
};
use liangma_wire::{
    bytes::FixedBytes, login::ReadToken, problem::ProblemCode, signed_request::Nonce,
};
use tokio::sync::Semaphore;

use crate::{
    backup::DATABASE,
    config::{MASTER_KEY, MasterKeySource, PlatformConfig, Principal, is_principal_name},
    error::{Failure, Internal},
    key_ring::{KeyRing, KeyRingError},
    keys::KeyFileError,
    metrics::TickPart,
    ports::{Clock, FaceProvider, Messages, PortError, Register, SystemClock},
    restored::{self, Restored},
    rotation::{Rotation, keys_for},
    running::Running,
    service::rule_changes::{Rules, rules_in_force},
    signer::{Signer, StripSigner},
    storage::{KeyKind, LeafRow, NonceRow, Seat, Sqlite, Storage, StorageError},
    trust::TrustPublisher,
    vault::{DEVICE_SUITE, Vault, name},
};

/// Seconds for which a nonce is good.
const NONCE_SECONDS: i64 = 300;
/// How far a nonce may lie ahead: several platforms behind one balancer differ a little.
const NONCE_AHEAD_SECONDS: i64 = 30;
/// Logins that are compared and sent at one time.
pub(crate) const LOGINS_AT_ONCE: usize = 256;

/// Large batches of evidence that are worked on at one time, each some hundred megabytes at worst. One that
/// is sent again meanwhile is told to wait.
const LARGE_BATCHES_AT_ONCE: usize = 1;

/// The world around the platform.
#[derive(Clone)]
pub struct Ports {
    /// The population register.
    pub register: Arc<dyn Register>,
    /// Messages to registered numbers.
    pub messages: Arc<dyn Messages>,
    /// The face-check provider.
    pub face: Arc<dyn FaceProvider>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub randomness: Arc<dyn Randomness>,
}

impl Ports {
    /// Ports with the machine's own clock and randomness.
    #[must_use]
    pub fn new(
        register: Arc<dyn Register>,
        messages: Arc<dyn Messages>,
        face: Arc<dyn FaceProvider>,
    ) -> Self {
        Self {
            register,
            messages,
            face,
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        }
    }
}

/// Why a platform does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A sandbox port without sandbox mode.
    #[error("open the platform: {0} is a sandbox, which `--sandbox` alone allows")]
    SandboxPort(&'static str),
    /// A network of balancers that is wider than any private one.
    #[error(
        "open the platform: name the network of your balancers more narrowly than {0}, such as 10.1.0.0/24; whoever is in it says under which address everybody else is counted"
    )]
    TrustedProxyWide(crate::IpNet),
    /// The master key would be drawn beside the data, which only a sandbox may.
    #[error("open the platform: give the master key by a file or an environment variable")]
    MasterKeyMissing,
    /// The environment variable or the key management service does not give a ring of keys.
    #[error(transparent)]
    MasterKeyForm(#[from] KeyRingError),
    /// The key management service does not answer.
    #[error("ask for the keys of the store")]
    KeyService(#[from] PortError),
    /// Something in the store was made with a key that is not given.
    #[error("open the store: it needs the {0} key number {1}, which is not among the keys given")]
    KeyNeeded(KeyKind, u16),
    /// Another key goes by this number.
    #[error("open the store: the {0} key number {1} is another one than it was used with")]
    KeyDiffers(KeyKind, u16),
    /// A key file cannot be used.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The profile is not known.
    #[error(
        "open the platform: there is no region profile of that name, or no rules for its region"
    )]
    ProfileUnknown,
    /// The profile or the rules are not in order.
    #[error("open the platform: the profile or its rules are not in order: {0}")]
    Profile(#[from] ProfileError),
    /// The rules are not in force yet.
    #[error("open the platform: its rules are in force from {0} on")]
    RulesNotYet(Timestamp),
    /// A principal's name or key is wrong.
    #[error("open the platform: the principal number {0} has a wrong name, or repeats one")]
    Principal(usize),
    /// There is no private key of a role that the root names.
    #[error("open the platform: the root names another key for the role `{}` than those in the folder `keys`, or more than one has to sign", .0.name())]
    RoleKey(Role),
    /// The trust files could not be made or read.
    #[error("make the trust files")]
    Trust(#[from] TrustError),
    /// The data folder cannot be used.
    #[error("use the data folder")]
    Folder(#[from] std::io::Error),
    /// The store, or something sealed in it.
    #[error("open the store: {0}")]
    Inside(#[from] Internal),
    /// The metrics could not be set up.
    #[error("set up the metrics")]
    Metrics,
}

impl From<StorageError> for OpenError {
    fn from(error: StorageError) -> Self {
        Self::Inside(error.into())
    }
}

impl From<Failure> for OpenError {
    fn from(failure: Failure) -> Self {
        Self::Inside(match failure {
            Failure::Internal(error) => error,
            Failure::Problem(_) => Internal::Unexpected("open the platform"),
        })
    }
}

/// The reference platform.
pub struct Platform {
    pub(crate) config: PlatformConfig,
    pub(crate) ports: Ports,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) profile: RegionProfile,
    rules: RwLock<Arc<Rules>>,
    /// Other rules came into force since the tick before: who was being evaluated just then is due again.
    pub(crate) ruled_lately: AtomicBool,
    pub(crate) signer: Arc<dyn StripSigner>,
    pub(crate) running: Running,
    pub(crate) logins: Arc<Semaphore>,
    pub(crate) rotation: tokio::sync::Mutex<Rotation>,
    /// Places for large batches of evidence.
    pub(crate) large_batches: Arc<Semaphore>,
    principals: BTreeMap<String, Principal>,
    trust: TrustPublisher,
    restored: Restored,
}

/// Whether a network is wider than the widest private one of its family.
fn is_too_wide(network: &crate::IpNet) -> bool {
    let widest = match network {
        crate::IpNet::V4(_) => 8,
        crate::IpNet::V6(_) => 7,
    };
    network.prefix_len() < widest
}

impl Platform {
    /// Opens a platform on its data folder, which is made where there is none.
    ///
    /// # Errors
    /// [`OpenError`]; a sandbox port without sandbox mode among them.
    pub async fn open(config: PlatformConfig, ports: Ports) -> Result<Arc<Self>, OpenError> {
        if !config.sandbox {
            let sandboxes = [
                ("the register", ports.register.is_sandbox()),
                ("the message port", ports.messages.is_sandbox()),
                ("the face-check provider", ports.face.is_sandbox()),
            ];
            if let Some((name, _)) = sandboxes.into_iter().find(|(_, sandbox)| *sandbox) {
                return Err(OpenError::SandboxPort(name));
            }
        }
        if let Some(wide) = config.trusted_proxies.iter().find(|net| is_too_wide(net)) {
            return Err(OpenError::TrustedProxyWide(*wide));
        }
        make_private_folder(&config.data_dir)?;
        let ring = key_ring(&config, Some(&*ports.randomness))?;
        let profile = RegionProfile::parse(
            built_in_profile(&config.profile).ok_or(OpenError::ProfileUnknown)?,
        )?;
        let built_in = built_in_rules(&profile).ok_or(OpenError::ProfileUnknown)?;
        let mut principals = BTreeMap::new();
        for (position, principal) in config.principals.iter().enumerate() {
            let named = is_principal_name(&principal.id);
            // Two names with one key would be two people to a rule that wants two.
            let own_key = principals
                .values()
                .all(|other: &Principal| other.public_key != principal.public_key);
            if !named
                || !own_key
                || principals
                    .insert(principal.id.clone(), principal.clone())
                    .is_some()
            {
                return Err(OpenError::Principal(position));
            }
        }
        let storage: Arc<dyn Storage> = Arc::new(Sqlite::open(&config.data_dir.join(DATABASE))?);
        let now = whole_second(ports.clock.now());
        let restored = restored::settle(&config.data_dir, &*storage, now).await?;
        let vault = Arc::new(Vault::new(keys_for(&ring, &*storage, now).await?));
        let rules = rules_in_force(&*storage, &profile, built_in, now).await?;
        if rules_changed(&*storage, &profile, &rules.file).await? {
            // Other rules may give other colours: nobody keeps the old one until they ask.
            storage.make_all_due(now.as_second()).await?;
        }
        let trust = TrustPublisher::open(
            &config,
            &profile,
            rules.file.clone(),
            storage.clone(),
            &*ports.randomness,
            restored.versions,
            now,
        )
        .await?;
        let signer = Signer::open(
            &config.data_dir,
            profile.colours().clone(),
            storage.clone(),
            ports.clock.clone(),
            &*ports.randomness,
        )?;
        let running = Running::new(&config)?;
        let platform = Arc::new(Self {
            config,
            ports,
            storage,
            vault,
            profile,
            rules: RwLock::new(Arc::new(rules)),
            ruled_lately: AtomicBool::new(false),
            signer: Arc::new(signer),
            running,
            logins: Arc::new(Semaphore::new(LOGINS_AT_ONCE)),
            rotation: tokio::sync::Mutex::default(),
            large_batches: Arc::new(Semaphore::new(LARGE_BATCHES_AT_ONCE)),
            principals,
            trust,
            restored,
        });
        platform.begin_in_mode().await?;
        Ok(platform)
    }

    /// What is due: evaluations that change by themselves, recall keys that move on, the signed time
    /// stamp, and the removal of what has run out. Cheap when nothing is due; call it every minute.
    ///
    /// # Errors
    /// When the store fails; the next call does what this one left.
    pub async fn tick(&self) -> Result<(), Internal> {
        self.tick_all().await.map_err(|failure| match failure {
            Failure::Internal(error) => error,
            Failure::Problem(_) => Internal::Unexpected("refresh what is due"),
        })
    }

    async fn tick_all(&self) -> Result<(), Failure> {
        let now = self.now();
        // Each is done whatever became of the others: somebody's damaged row must not stop the list.
        let metrics = &self.running.metrics;
        let applied = self.apply_what_is_left().await;
        let ruled = self.take_due_rules(now).await;
        let evaluated = ruled.and(self.reevaluate_due(now).await);
        metrics.tick_part(TickPart::Evaluations, evaluated.is_ok());
        let advanced = self.advance_recall_keys(now).await;
        metrics.tick_part(TickPart::RecallKeys, advanced.is_ok());
        let swept = self.sweep(now).await;
        metrics.tick_part(TickPart::Sweep, swept.is_ok());
        let rotated = self.rotate_keys(now).await;
        // Keys of the store and keys that sign are one part: both are the operator's doing.
        let taken = self
            .trust
            .take_new_keys(&*self.signer, &*self.ports.randomness, now)
            .await;
        metrics.tick_part(TickPart::Keys, rotated.is_ok() && taken.is_ok());
        let refreshed = self.trust.refresh(now).await;
        metrics.tick_part(TickPart::Lists, refreshed.is_ok());
        refreshed?;
        taken?;
        applied.and(evaluated).and(advanced).and(rotated).and(swept)
    }

    /// The name of the region profile in force.
    #[must_use]
    pub fn profile_name(&self) -> &str {
        self.profile.name().as_str()
    }

    /// The rules in force. Held for as long as one decision takes, so that it is made by one version.
    pub(crate) fn rules(&self) -> Arc<Rules> {
        self.rules
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn put_rules(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// Whether everything here is invented.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.config.sandbox
    }

    /// The bytes of the root file, to be built into checkers and phones of this deployment.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn root_file(&self) -> Result<Vec<u8>, Internal> {
        self.trust.root().await.map_err(|failure| match failure {
            Failure::Internal(error) => error,
            Failure::Problem(_) => Internal::Unexpected("read the root"),
        })
    }

    pub(crate) fn trust(&self) -> &TrustPublisher {
        &self.trust
    }

    /// Now, in whole seconds: what is stored and what is evaluated agree to the second.
    pub(crate) fn now(&self) -> Timestamp {
        whole_second(self.ports.clock.now())
    }

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], Failure> {
        let mut bytes = [0; N];
        self.ports.randomness.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(crate) fn principals(&self) -> impl Iterator<Item = &Principal> {
        self.principals.values()
    }

    pub(crate) fn principal(&self, id: &str) -> Option<&Principal> {
        self.principals.get(id)
    }

    pub(crate) fn new_nonce(&self) -> Result<Nonce, Failure> {
        let nonce = self
            .vault
            .new_nonce(self.now().as_second(), &*self.ports.randomness)?;
        Ok(Nonce(FixedBytes(nonce)))
    }

    /// A nonce of ours that is good now, unless it was spent before.
    pub(crate) fn good_nonce(&self, nonce: &Nonce) -> Result<NonceRow, Failure> {
        let refused = || Failure::from(ProblemCode::NonceNotAccepted);
        let (value, made_at) = self.vault.read_nonce(&nonce.0.0).ok_or_else(refused)?;
        let age = self.now().as_second() - made_at;
        if !(-NONCE_AHEAD_SECONDS..NONCE_SECONDS).contains(&age) || made_at < self.restored.nonces {
            return Err(refused());
        }
        Ok(NonceRow {
            value,
            expires_at: made_at + NONCE_SECONDS + NONCE_AHEAD_SECONDS,
        })
    }

    /// Spends a nonce, and leaves with it the traces of what it is spent on.
    pub(crate) async fn spend_nonce(
        &self,
        nonce: NonceRow,
        leaves: Vec<LeafRow>,
    ) -> Result<(), Failure> {
        if self.storage.spend_nonce(nonce, leaves).await? {
            Ok(())
        } else {
            Err(ProblemCode::NonceNotAccepted.into())
        }
    }

    pub(crate) async fn seat_of_session(&self, session: [u8; 16]) -> Result<Seat, Failure> {
        self.storage
            .seat_of_session(session)
            .await?
            .ok_or(ProblemCode::SessionEnded.into())
    }

    pub(crate) async fn seat_of_token(&self, token: &ReadToken) -> Result<Seat, Failure> {
        let hash = token_hash(token);
        let mut found = self.storage.seat_of_token(hash).await?;
        if found.is_none() && self.rename_old_token(token).await? {
            found = self.storage.seat_of_token(hash).await?;
        }
        found.ok_or(ProblemCode::SessionEnded.into())
    }

    /// Gives a read token from before keys had numbers a hash that needs no key; whether there was one.
    pub(crate) async fn rename_old_token(&self, token: &ReadToken) -> Result<bool, Failure> {
        let Some(before) = self.vault.mark_before_numbers(READ_TOKEN, &[&token.0.0]) else {
            return Ok(false);
        };
        let known = self.storage.seat_of_token(before).await?.is_some();
        if known {
            self.storage.rename_token(before, token_hash(token)).await?;
        }
        Ok(known)
    }

    pub(crate) fn check_device_signature(
        &self,
        seat: &Seat,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Failure> {
        PublicKey::new(DEVICE_SUITE, &seat.device.public_key)
            .map_err(|_| Failure::internal("read a stored device key"))?
            .verify(message, signature)
            .map_err(|_| ProblemCode::SignatureInvalid.into())
    }
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Platform")
            .field("profile", &self.config.profile)
            .finish_non_exhaustive()
    }
}

/// The rules that this program carries for a region.
pub(crate) fn built_in_rules(profile: &RegionProfile) -> Option<&'static [u8]> {
    built_in_pack(profile.region())
}

/// Whether the rules that were published last are not those in force.
async fn rules_changed(
    storage: &dyn Storage,
    profile: &RegionProfile,
    in_force: &[u8],
) -> Result<bool, OpenError> {
    let name = FileName::named(Role::Rules, profile.region().as_str());
    let Some(row) = storage.trust_file(name.text()).await? else {
        return Ok(false);
    };
    let published = SignedFile::decode(&row.bytes)
        .ok()
        .and_then(|file| NamedFile::decode(file.payload()).ok());
    Ok(published.as_ref().map(|file| file.body.as_slice()) != Some(in_force))
}

const READ_TOKEN: &str = "read token";

/// Read tokens are kept as hashes: whoever copies the database can read nothing with them.
pub(crate) fn token_hash(token: &ReadToken) -> [u8; 32] {
    name(READ_TOKEN, &[&token.0.0])
}

pub(crate) fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// A time that was stored by this program.
pub(crate) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(crate) fn make_private_folder(folder: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The ring of keys from where it is kept. With randomness a sandbox draws the first one.
pub(crate) fn key_ring(
    config: &PlatformConfig,
    new: Option<&dyn Randomness>,
) -> Result<KeyRing, OpenError> {
    match &config.master_key {
        MasterKeySource::File(path) => Ok(KeyRing::read(path)?),
        MasterKeySource::Environment(name) => {
            let text = zeroize::Zeroizing::new(
                std::env::var(name).map_err(|_| OpenError::MasterKeyMissing)?,
            );
            Ok(KeyRing::parse(text.as_bytes())?)
        }
        MasterKeySource::Service(service) => Ok(KeyRing::parse(service.key_ring()?.as_bytes())?),
        MasterKeySource::DataFolder if !config.sandbox => Err(OpenError::MasterKeyMissing),
        MasterKeySource::DataFolder => {
            let path = config.data_dir.join(MASTER_KEY);
            // A new key beside an old database would open nothing and hide why.
            match new {
                Some(randomness) if !path.exists() && !config.data_dir.join(DATABASE).exists() => {
                    let ring = KeyRing::draw(randomness).map_err(|_| KeyFileError::Randomness)?;
                    ring.write_new(&path)?;
                    Ok(ring)
                }
                _ if !path.exists() => Err(OpenError::MasterKeyMissing),
                _ => Ok(KeyRing::read(&path)?),
            }
        }
    }
}

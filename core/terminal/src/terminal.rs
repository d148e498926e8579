//! The one façade of the phone.

mod checking;
mod data;
mod devices;
mod error;
mod login;
mod refresh;
mod repair;
mod sending;
mod state;
mod time;
mod trust;
mod verification;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, atomic::AtomicU32},
};

use jiff::{Timestamp, tz::TimeZone};
use liangma_credential::{Credential, StripChain, TrustStore};
use liangma_crypto::Randomness;
use liangma_domain::{profile::RegionProfile, zone};
use liangma_wire::{
    application::ApplicationResponse,
    bytes::Bytes,
    device::DeviceStanding,
    login::{LoginCompleteResponse, LoginStartResponse},
};
use serde::de::DeserializeOwned;
use tokio::sync::Mutex as AsyncMutex;

use self::state::MaskedPerson;
pub use self::{
    error::{FieldError, TerminalError},
    login::{LoginForm, LoginSent},
    refresh::RefreshOutcome,
    repair::Repaired,
    state::{Explanation, Stage, TerminalState},
    trust::{SignedStandard, TrustScope, TrustSynced},
    verification::{CounterHandle, FaceCheckOutcome},
};
use crate::{
    client::{Client, PlatformAddress},
    clock::{ClockMemory, Judgement, PhoneTime},
    envelope::{self, EnvelopeError, Keyring},
    folder::{Folder, Held},
    key_state::KeyState,
    lit::{self, Lit},
    outbox,
    ports::{BootId, FaceCheck, KeyStore, KeyStoreError, MonotonicClock, WallClock},
    records::{FaceRecord, HealthRecord, Notice, NoticeKind, PlanRecord, StripRecord, row},
    show::{self, ShowError, ShownCode},
    store::{self, Store, StoreError, Table, Work},
};

/// The zone of regions until their profile has arrived.
const FIRST_ZONE: &str = "Asia/Shanghai";
/// Notices kept until the person has seen them.
const NOTICES_MAX: usize = 50;

/// What an installation is given. Nothing of it is ever learnt from an answer.
#[derive(Debug, Clone)]
pub struct TerminalConfig {
    /// A folder of its own, inside the program's private files and left out of backups.
    pub folder: PathBuf,
    /// Where the platform is, and how it is known.
    pub platform: PlatformAddress,
    /// The signed root of trust, built in or given by hand at installation.
    pub root: Vec<u8>,
}

/// What a shell lends.
#[derive(Clone)]
pub struct Ports {
    /// The hardware keys.
    pub keys: Arc<dyn KeyStore>,
    /// The way to the face-check provider.
    pub face: Arc<dyn FaceCheck>,
    /// The clock that a person can set.
    pub wall: Arc<dyn WallClock>,
    /// The clock that nobody can set.
    pub monotonic: Arc<dyn MonotonicClock>,
    /// The phone's randomness.
    pub randomness: Arc<dyn Randomness>,
}

impl Ports {
    /// Since which start the phone runs; `None` when it does not say.
    fn boot(&self) -> Option<BootId> {
        self.monotonic.read().ok().map(|reading| reading.boot)
    }
}

/// One person's phone. Cheap to clone; all clones are one terminal.
///
/// Methods that need the network or the database are `async` and want a tokio runtime with time and I/O;
/// the database is worked on a blocking thread. [`Terminal::show`] and [`Terminal::why`] are plain calls
/// that neither write nor send, and answer from memory. Dropping a future that is under way is safe at
/// every point: what matters was written before anything was sent.
#[derive(Clone)]
pub struct Terminal(Arc<Inner>);

struct Inner {
    ports: Ports,
    folder: Folder,
    keyring: Keyring,
    client: Client,
    /// `None` after erasure.
    store: Mutex<Option<Store>>,
    /// What is shown, as the sealed file has it, with the strip opened.
    lit: RwLock<(Lit, Option<StripChain>)>,
    /// The clock authority's memory; shared with TLS.
    clock: Arc<Mutex<ClockMemory>>,
    trust: Mutex<TrustStore>,
    /// The version of the UI standard that was refused last; 0 for none.
    refused_standard: AtomicU32,
    /// One login, verification, refresh or erasure at a time.
    turn: AsyncMutex<()>,
    /// One sender at a time.
    sending: AsyncMutex<()>,
    /// The folder, held as long as this lives. After the store, which is closed first.
    _held: Held,
}

impl Terminal {
    /// Opens the terminal of an installation, making the installation where there is none.
    ///
    /// Nothing is sent. A terminal that is open elsewhere gives [`StoreError::InUse`].
    ///
    /// # Errors
    /// [`TerminalError::Keys`] with a state to be shown; damage and wrong configuration otherwise. Nothing
    /// is removed by an error. Where [`StoreError::may_repair`], [`Terminal::repair`] is the way on, and
    /// meanwhile [`crate::show_code`] may still show the code.
    pub async fn open(config: TerminalConfig, ports: Ports) -> Result<Self, TerminalError> {
        blocking(move || Self::open_now(config, ports)).await
    }

    /// Sets an unusable installation aside, by the person's explicit wish, and begins a new one.
    ///
    /// Only where [`KeyState::may_begin_anew`]: the data cannot be read any more, and the person was told.
    ///
    /// # Errors
    /// [`TerminalError::Keys`] with the state when the installation is not beyond reading.
    pub async fn begin_anew(config: TerminalConfig, ports: Ports) -> Result<Self, TerminalError> {
        blocking(move || {
            let folder = Folder::at(&config.folder);
            folder.create()?;
            let held = hold(&folder)?;
            let boot = ports.boot();
            match envelope::open(&folder, ports.keys.as_ref(), boot) {
                Err(EnvelopeError::Keys(state)) if state.may_begin_anew() => {}
                Err(EnvelopeError::Keys(KeyState::Fresh)) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => return Err(TerminalError::Keys(KeyState::Ok)),
            }
            data::set_aside(&folder, ports.keys.as_ref())?;
            Self::open_held(config, ports, held)
        })
        .await
    }

    fn open_now(config: TerminalConfig, ports: Ports) -> Result<Self, TerminalError> {
        let folder = Folder::at(&config.folder);
        folder.create()?;
        let held = hold(&folder)?;
        Self::open_held(config, ports, held)
    }

    fn open_held(config: TerminalConfig, ports: Ports, held: Held) -> Result<Self, TerminalError> {
        let folder = Folder::at(&config.folder);
        let keys = ports.keys.as_ref();
        folder.sweep()?;
        data::resume_erasing(&folder, keys)?;
        store::finish_rebuilding(&folder)?;
        let (keyring, made) = match envelope::open(&folder, keys, ports.boot()) {
            Err(EnvelopeError::Keys(KeyState::Fresh)) => {
                let made = envelope::create(&folder, keys, ports.randomness.as_ref())?;
                (made, true)
            }
            outcome => (outcome?, false),
        };
        let kept = kept_epoch(keys)?;
        // Killed while it was made: the file for showing is the last thing that a first start makes.
        let new = made || (!folder.exists(lit::LIT)? && kept.unwrap_or_default() == 0);
        let mut store = Store::open(&folder, &keyring, ports.randomness.clone(), new)?;
        if let Some(kept) = kept {
            check_epoch(&mut store, kept, keys, ports.wall.as_ref())?;
        }
        let trust = trust::load(&mut store, &config.root)?;
        let lit = gather(&mut store)?;
        let chain = open_chain(&lit, &keyring)?;
        // A kill between the database and this file is made good here. What cannot be written does not
        // keep the code from being shown.
        let current = Lit::read(&folder, &keyring).ok().flatten();
        if current.as_ref() != Some(&lit)
            && let Err(error) =
                write_lit(&lit, &store, &folder, &keyring, ports.randomness.as_ref())
        {
            tracing::warn!(%error, "the file for showing is an older one");
        }
        let clock = Arc::new(Mutex::new(lit.clock.clone()));
        let time = {
            let (clock, ports) = (clock.clone(), ports.clone());
            Arc::new(move || {
                let phone = PhoneTime::read(ports.wall.as_ref(), ports.monotonic.as_ref());
                let judged = locked(&clock).judge(&phone, None);
                phone.wall.is_some().then_some(judged.now)
            })
        };
        let client = Client::new(
            &config.platform,
            time,
            ports.keys.clone(),
            ports.randomness.clone(),
        )?;
        Ok(Self(Arc::new(Inner {
            ports,
            folder,
            keyring,
            client,
            store: Mutex::new(Some(store)),
            lit: RwLock::new((lit, chain)),
            clock,
            trust: Mutex::new(trust),
            refused_standard: AtomicU32::new(0),
            turn: AsyncMutex::new(()),
            sending: AsyncMutex::new(()),
            _held: held,
        })))
    }

    /// Shows the code for now. Neither writes nor sends; may be called on any thread at any time.
    ///
    /// # Errors
    /// [`ShowError`].
    pub fn show(&self) -> Result<ShownCode, ShowError> {
        let phone = self.phone_time();
        let lit = self.0.lit.read().unwrap_or_else(PoisonError::into_inner);
        let chain = lit.1.as_ref().ok_or(ShowError::NoCode)?;
        let mut clock = locked(&self.0.clock);
        let shown = show::show(&lit.0, &clock, chain, &phone)?;
        if let Some(next) = shown.next_slot_at {
            // In memory; written down with the next thing that is written anyway.
            clock.note_revealed(next - jiff::SignedDuration::from_secs(15));
        }
        Ok(shown)
    }

    /// Why the code has its colour, from what is on the phone. Neither writes nor sends.
    #[must_use]
    pub fn why(&self) -> Option<Explanation> {
        let lit = self.0.lit.read().unwrap_or_else(PoisonError::into_inner);
        lit.0.explanation.clone().map(|record| Explanation {
            evaluation: record.health.evaluation,
            tiles: record.health.tiles,
            profile: record.health.profile,
            updated_at: record.updated_at,
        })
    }

    /// Reads the state for a screen.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn state(&self) -> Result<TerminalState, TerminalError> {
        let validity = self.show().ok().map(|shown| shown.validity);
        let clock_state = self.judge().state;
        let security_level = self.0.ports.keys.security_level().ok();
        let has_code = self
            .0
            .lit
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .1
            .is_some();
        self.read(move |work| {
            let session: Option<LoginCompleteResponse> = work.get(Table::Single, row::SESSION)?;
            let login: Option<LoginStartResponse> = work.get(Table::Single, row::LOGIN)?;
            let application: Option<ApplicationResponse> =
                work.get(Table::Single, row::APPLICATION)?;
            let face: Option<FaceRecord> = work.get(Table::Single, row::FACE)?;
            let plan: PlanRecord = work.get(Table::Single, row::PLAN)?.unwrap_or_default();
            let hours = work.all_bytes(Table::Credential)?.len();
            let stage = match (&session, &application) {
                (None, _) if login.is_some() => Stage::CodeSent,
                (None, _) => Stage::LoggedOut,
                (Some(_), _) if has_code && hours > 0 => Stage::Ready,
                (Some(session), _) if session.standing == DeviceStanding::Verified => {
                    Stage::Verified
                }
                (Some(_), Some(_)) => Stage::NeedsVerification,
                (Some(_), None) => Stage::LoggedIn,
            };
            Ok(TerminalState {
                stage,
                person: session.map(MaskedPerson::from),
                login: login.map(LoginSent::from),
                application,
                face_check_open: face.as_ref().is_some_and(|face| face.ticket.is_some()),
                face_provider: face
                    .and_then(|face| face.ticket)
                    .map(|ticket| ticket.provider_name),
                consents: work
                    .all(Table::Consent)?
                    .into_iter()
                    .map(|(_, given)| given)
                    .collect(),
                validity,
                next_refresh_at: plan.next_at,
                failed_refreshes: plan.failures,
                outbox: outbox::entries(work)?,
                notices: work
                    .all(Table::Notice)?
                    .into_iter()
                    .map(|(_, notice)| notice)
                    .collect(),
                clock_state,
                security_level,
            })
        })
        .await
    }

    /// Takes the notices away that the person has seen.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn notices_seen(&self) -> Result<(), TerminalError> {
        self.write(|work| work.clear(Table::Notice)).await
    }

    /// Writes down what is only in memory: the highest slot shown, and how late it is. Call it when the
    /// program goes to the background.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn settle(&self) -> Result<(), TerminalError> {
        self.write(|_| Ok(())).await?;
        self.relight().await
    }

    /// Wraps the store's key anew under a new hardware key. Data stays as it is.
    ///
    /// # Errors
    /// When the key store or the folder fails; the old wrapping then stands. Takes effect at once on disk;
    /// this terminal goes on with the key it has.
    pub async fn rewrap(&self) -> Result<(), TerminalError> {
        let inner = self.0.clone();
        let _turn = self.0.turn.lock().await;
        blocking(move || {
            let boot = inner.ports.boot();
            // The keyring in memory may be generations old by now.
            let keyring = envelope::open_to_read(&inner.folder, inner.ports.keys.as_ref(), boot)?;
            envelope::rewrap(&inner.folder, inner.ports.keys.as_ref(), &keyring)?;
            Ok(())
        })
        .await
    }

    fn phone_time(&self) -> PhoneTime {
        PhoneTime::read(self.0.ports.wall.as_ref(), self.0.ports.monotonic.as_ref())
    }

    fn judge(&self) -> Judgement {
        let span = self
            .0
            .lit
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .span();
        locked(&self.0.clock).judge(&self.phone_time(), span)
    }

    /// The terminal's best idea of the time, which nobody sets by hand: for records, for asking, and for
    /// what runs out by the platform's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.judge().now
    }

    /// The clock's memory, with how late it is now.
    fn clock_to_write(&self) -> ClockMemory {
        let judgement = self.judge();
        let mut clock = locked(&self.0.clock);
        clock.note_time(&judgement);
        clock.clone()
    }

    /// Works on the store, on a blocking thread.
    async fn with_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, TerminalError> {
        let inner = self.0.clone();
        blocking(move || {
            let mut store = locked(&inner.store);
            let store = store.as_mut().ok_or(TerminalError::Erased)?;
            Ok(work(store)?)
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnMut(&Work<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, TerminalError> {
        self.with_store(move |store| store.read(work)).await
    }

    /// Writes, and with it what the clock authority remembers by now.
    async fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&Work<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, TerminalError> {
        let terminal = self.clone();
        self.with_store(move |store| {
            let clock = terminal.clock_to_write();
            store.write(|opened| {
                let outcome = work(opened)?;
                opened.put(Table::Single, row::CLOCK, &clock)?;
                Ok(outcome)
            })
        })
        .await
    }

    /// Reads one single value.
    async fn single<T: DeserializeOwned + Send + 'static>(
        &self,
        row: &'static str,
    ) -> Result<Option<T>, TerminalError> {
        self.read(move |work| work.get(Table::Single, row)).await
    }

    async fn session(&self) -> Result<LoginCompleteResponse, TerminalError> {
        self.single(row::SESSION)
            .await?
            .ok_or(TerminalError::NotLoggedIn)
    }

    /// Takes what showing needs from the database into memory, and makes the sealed file of it. In memory it
    /// is new also where the file could not be written.
    async fn relight(&self) -> Result<(), TerminalError> {
        let inner = self.0.clone();
        blocking(move || {
            let mut guard = locked(&inner.store);
            let store = guard.as_mut().ok_or(TerminalError::Erased)?;
            let lit = gather(store)?;
            let chain = open_chain(&lit, &inner.keyring)?;
            let randomness = inner.ports.randomness.as_ref();
            let written = write_lit(&lit, store, &inner.folder, &inner.keyring, randomness);
            *inner.lit.write().unwrap_or_else(PoisonError::into_inner) = (lit, chain);
            written
        })
        .await
    }

    fn random(&self) -> Result<u32, TerminalError> {
        let mut bytes = [0; 4];
        self.0.ports.randomness.fill(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    /// The civil day in the region's zone.
    fn today(&self) -> jiff::civil::Date {
        let zone = self
            .0
            .lit
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .zone
            .clone();
        let zone = zone::named(&zone).unwrap_or(TimeZone::UTC);
        self.now().to_zoned(zone).date()
    }
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Terminal([hidden])")
    }
}

/// Runs on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, TerminalError> + Send + 'static,
) -> Result<T, TerminalError> {
    crate::blocking(work)
        .await
        .map_err(|_| TerminalError::Interrupted)?
}

/// A panic elsewhere leaves these values whole: they are replaced, never half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Holds the folder against every other terminal.
fn hold(folder: &Folder) -> Result<Held, TerminalError> {
    Ok(folder.hold()?.ok_or(StoreError::InUse)?)
}

/// Writes the file for showing; where the phone is full, once more without the reserve. Where it cannot be
/// written at all, one of somebody else does not stay.
fn write_lit(
    lit: &Lit,
    store: &Store,
    folder: &Folder,
    keyring: &Keyring,
    randomness: &dyn Randomness,
) -> Result<(), TerminalError> {
    if lit.write(folder, keyring, randomness).is_ok() {
        return Ok(());
    }
    let written = store
        .free_reserve()
        .map_err(TerminalError::from)
        .and_then(|()| Ok(lit.write(folder, keyring, randomness)?));
    if written.is_err() {
        let before = Lit::read(folder, keyring).ok().flatten();
        if before.is_some_and(|before| before.person != lit.person) {
            folder.remove(lit::LIT)?;
        }
    }
    written
}

/// The epoch kept beside the keys; `None` where this phone cannot say. One that is busy is asked again
/// later.
fn kept_epoch(keys: &dyn KeyStore) -> Result<Option<u64>, TerminalError> {
    match keys.epoch() {
        Ok(kept) => Ok(Some(kept)),
        Err(KeyStoreError::Failed { .. } | KeyStoreError::Unsupported) => {
            tracing::warn!("the key store does not tell its epoch");
            Ok(None)
        }
        Err(error) => Err(TerminalError::Keys(KeyState::of(error))),
    }
}

/// Tells a store that was put back to an older state by the epoch kept beside the keys.
fn check_epoch(
    store: &mut Store,
    kept: u64,
    keys: &dyn KeyStore,
    wall: &dyn WallClock,
) -> Result<(), TerminalError> {
    let stored: u64 = store
        .read(|work| work.get(Table::Single, row::EPOCH))?
        .unwrap_or_default();
    if stored > kept {
        // A kill or a busy key store came between the two: what is written counts.
        if let Err(error) = keys.keep_epoch(stored) {
            tracing::warn!(%error, "the epoch was not kept");
        }
    }
    if stored >= kept {
        return Ok(());
    }
    tracing::warn!("the store was put back to an older state");
    let at = wall
        .read()
        .map(|reading| reading.time)
        .unwrap_or(Timestamp::UNIX_EPOCH);
    store.write(|work| {
        work.put(Table::Single, row::EPOCH, &kept)?;
        let mut plan: PlanRecord = work.get(Table::Single, row::PLAN)?.unwrap_or_default();
        // The platform knows newer strips than this store: its word counts, and a new strip begins.
        plan.replace_strip = true;
        plan.next_at = None;
        work.put(Table::Single, row::PLAN, &plan)?;
        put_notice(work, NoticeKind::StoreRolledBack, at)
    })?;
    Ok(())
}

/// Adds a notice; the oldest go when there are too many.
fn put_notice(work: &Work<'_>, kind: NoticeKind, at: Timestamp) -> Result<(), StoreError> {
    let notices = work.all_bytes(Table::Notice)?;
    let last = notices
        .last()
        .and_then(|(row, _)| row.parse::<u64>().ok())
        .unwrap_or(0);
    for (row, _) in notices
        .iter()
        .take((notices.len() + 1).saturating_sub(NOTICES_MAX))
    {
        work.remove(Table::Notice, row)?;
    }
    work.put(
        Table::Notice,
        &format!("{:020}", last.saturating_add(1)),
        &Notice { kind, at },
    )
}

/// Raises the epoch inside a write; the caller keeps it beside the keys afterwards.
fn raise_epoch(work: &Work<'_>) -> Result<u64, StoreError> {
    let epoch = work
        .get::<u64>(Table::Single, row::EPOCH)?
        .unwrap_or_default()
        .saturating_add(1);
    work.put(Table::Single, row::EPOCH, &epoch)?;
    Ok(epoch)
}

/// Everything that showing needs, from the database.
fn gather(store: &mut Store) -> Result<Lit, StoreError> {
    store.read(|work| {
        let session: Option<LoginCompleteResponse> = work.get(Table::Single, row::SESSION)?;
        let strip: Option<StripRecord> = work.get(Table::Single, row::STRIP)?;
        let explanation: Option<HealthRecord> = work.get(Table::Single, row::HEALTH)?;
        let plan: PlanRecord = work.get(Table::Single, row::PLAN)?.unwrap_or_default();
        let credentials: BTreeMap<u32, Bytes> = work
            .all_bytes(Table::Credential)?
            .into_iter()
            .filter_map(|(row, bytes)| Some((row.parse().ok()?, Bytes(bytes.to_vec()))))
            .collect();
        let explained = explained_hours(&credentials, explanation.as_ref());
        let profile = session.as_ref().map(|session| session.profile.clone());
        Ok(Lit {
            strip,
            credentials,
            explained,
            explanation,
            clock: work.get(Table::Single, row::CLOCK)?.unwrap_or_default(),
            updated_at: plan.updated_at,
            zone: stored_profile(work, profile.as_deref())?.map_or_else(
                || FIRST_ZONE.to_owned(),
                |profile| profile.zone_name().to_owned(),
            ),
            sandbox: session.is_some_and(|session| session.sandbox),
            person: work.get(Table::Single, login::PERSON)?,
        })
    })
}

/// The hours whose signed colour is the one that the reasons explain.
fn explained_hours(
    credentials: &BTreeMap<u32, Bytes>,
    explanation: Option<&HealthRecord>,
) -> BTreeSet<u32> {
    let Some(record) = explanation else {
        return BTreeSet::new();
    };
    let colour = record.health.evaluation.colour();
    let is_explained = |bytes: &Bytes| {
        Credential::decode(&bytes.0).is_ok_and(|credential| credential.claims().colour == colour)
    };
    credentials
        .iter()
        .filter(|(_, bytes)| is_explained(bytes))
        .map(|(hour, _)| *hour)
        .collect()
}

/// The region profile that was fetched and verified for the person.
fn stored_profile(
    work: &Work<'_>,
    name: Option<&str>,
) -> Result<Option<RegionProfile>, StoreError> {
    let Some(name) = name else { return Ok(None) };
    let body = work.get_bytes(Table::Trust, &trust::profile_row(name))?;
    Ok(body.and_then(|body| RegionProfile::parse_signed(&body).ok()))
}

fn open_chain(lit: &Lit, keyring: &Keyring) -> Result<Option<StripChain>, TerminalError> {
    let damaged = |_| StoreError::ValueDamaged { table: "single" };
    lit.strip
        .as_ref()
        .map(|strip| lit::open_strip(&keyring.chain(), keyring.install, strip))
        .transpose()
        .map_err(damaged)
        .map_err(TerminalError::from)
}

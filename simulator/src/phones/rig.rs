//! A phone on the desk: the whole product, and everything around it that a person or a day can change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use liangma_crypto::SystemRandomness;
use liangma_platform::sandbox::SandboxPerson;
use liangma_screens::driver::Phone;
use liangma_screens::{Event, Preferences, Seen};
use liangma_terminal::ports::{FaceReturn, KeyStoreError};
use liangma_terminal::testing::MemoryKeyStore;
use liangma_terminal::{PlatformAddress, Ports, TerminalConfig};

use super::clocks::MovableClocks;
use super::face::{BrowserFaceCheck, CameBack};
use super::glass::Panes;
use super::network::NetworkSwitch;
use crate::failure::{Failure, OrFail as _};

/// How long a tab waits at most before its phone hears more of it.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the key store of a phone can be made to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyMood {
    /// It works.
    #[default]
    Well,
    /// It does not answer now.
    Busy,
    /// The phone was not unlocked since it was started.
    Locked,
    /// The screen lock that guarded the keys was removed.
    LockRemoved,
    /// It fails in a way that nobody has a name for.
    Failing,
}

impl KeyMood {
    /// Every mood.
    pub(crate) const ALL: [Self; 5] = [
        Self::Well,
        Self::Busy,
        Self::Locked,
        Self::LockRemoved,
        Self::Failing,
    ];

    fn failure(self) -> Option<KeyStoreError> {
        match self {
            Self::Well => None,
            Self::Busy => Some(KeyStoreError::Busy),
            Self::Locked => Some(KeyStoreError::Locked),
            Self::LockRemoved => Some(KeyStoreError::LockRemoved),
            Self::Failing => Some(KeyStoreError::Failed { code: -1 }),
        }
    }
}

/// One phone, and what can be done to it.
pub(crate) struct PhoneRig {
    person: &'static SandboxPerson,
    folder: PathBuf,
    root: Vec<u8>,
    preferences: Preferences,
    seen: Arc<Seen>,
    clocks: Arc<MovableClocks>,
    keys: Mutex<Keys>,
    network: NetworkSwitch,
    face: Arc<BrowserFaceCheck>,
    panes: Arc<Panes>,
    phone: Mutex<Option<Phone>>,
    /// One start at a time.
    starting: tokio::sync::Mutex<()>,
}

/// The hardware keys: they outlive the program, and are lost on their own.
struct Keys {
    store: Arc<MemoryKeyStore>,
    mark: u8,
    mood: KeyMood,
}

/// What every phone is given when it is made.
pub(crate) struct Installation<'a> {
    /// Whose phone it is.
    pub(crate) person: &'static SandboxPerson,
    /// A folder of its own.
    pub(crate) folder: &'a Path,
    /// Where the platform is.
    pub(crate) platform: std::net::SocketAddr,
    /// The root of trust.
    pub(crate) root: &'a [u8],
    /// How the person likes the glass.
    pub(crate) preferences: Preferences,
    /// The UI standard and the words.
    pub(crate) seen: Arc<Seen>,
    /// A number that no other phone has.
    pub(crate) mark: u8,
}

impl PhoneRig {
    /// Unpacks a phone and starts it.
    pub(crate) async fn unpack(given: Installation<'_>) -> Result<Arc<Self>, Failure> {
        let network = NetworkSwitch::on(given.platform).await.or_fail(
            "a phone has no port for its network",
            "close other programs, and try again",
        )?;
        let panes = Arc::new(Panes::new());
        let rig = Arc::new(Self {
            person: given.person,
            folder: given.folder.to_owned(),
            root: given.root.to_vec(),
            preferences: given.preferences,
            seen: given.seen,
            clocks: Arc::new(MovableClocks::new()),
            keys: Mutex::new(Keys {
                store: Arc::new(MemoryKeyStore::new(given.mark)),
                mark: given.mark,
                mood: KeyMood::Well,
            }),
            network,
            face: Arc::new(BrowserFaceCheck::new(panes.clone())),
            panes,
            phone: Mutex::new(None),
            starting: tokio::sync::Mutex::new(()),
        });
        rig.restart().await;
        Ok(rig)
    }

    /// Whose phone it is.
    pub(crate) fn person(&self) -> &'static SandboxPerson {
        self.person
    }

    /// The tabs that are its glass, and how it is.
    pub(crate) fn panes(&self) -> &Arc<Panes> {
        &self.panes
    }

    /// Its clocks.
    pub(crate) fn clocks(&self) -> &MovableClocks {
        &self.clocks
    }

    /// The running program; nothing while it is being started.
    pub(crate) fn phone(&self) -> Option<Phone> {
        locked(&self.phone).clone()
    }

    /// Hands an event to the running program.
    pub(crate) fn send(&self, event: Event) {
        if let Some(phone) = self.phone() {
            phone.send(event);
        }
    }

    /// Hands an event to the running program, and waits until it has room for another.
    pub(crate) async fn take_in(&self, event: Event) {
        if let Some(phone) = self.phone() {
            phone.send(event);
            // A program that takes nothing in is killed and started again, and must not be held until then.
            let _room = tokio::time::timeout(PATIENCE, phone.room()).await;
        }
    }

    /// Kills the program without a word to it, and starts it again.
    pub(crate) async fn restart(&self) {
        let _one = self.starting.lock().await;
        drop(locked(&self.phone).take());
        let config = TerminalConfig {
            folder: self.folder.clone(),
            platform: PlatformAddress::loopback(format!("http://{}", self.network.address())),
            root: self.root.clone(),
        };
        let ports = Ports {
            keys: locked(&self.keys).store.clone(),
            face: self.face.clone(),
            wall: self.clocks.clone(),
            monotonic: self.clocks.clone(),
            randomness: Arc::new(SystemRandomness),
        };
        let glass = self.panes.of_next_start();
        let phone = Phone::start(config, ports, self.preferences, self.seen.clone(), glass).await;
        phone.battery(self.panes.status().battery);
        *locked(&self.phone) = Some(phone);
    }

    /// Switches the phone off and on: the program is killed, the hardware clock counts anew.
    pub(crate) async fn reboot(&self) {
        self.clocks.reboot();
        self.restart().await;
    }

    /// Switches its network on or off.
    ///
    /// # Errors
    /// Its port was taken by another program meanwhile.
    pub(crate) async fn set_network(&self, on: bool) -> std::io::Result<()> {
        self.network.switch(on).await?;
        self.panes
            .change(|status| status.network = self.network.is_on());
        Ok(())
    }

    /// Lets its network stall: connections are open, and nothing comes through.
    pub(crate) fn stall_network(&self, stalled: bool) {
        self.network.stall(stalled);
        self.panes.change(|status| status.stalled = stalled);
    }

    /// Sets its clock so far ahead of the right time; behind it with a negative time.
    pub(crate) fn set_clock_ahead(&self, ahead: SignedDuration) {
        self.clocks.set_ahead(ahead);
        self.panes
            .change(|status| status.clock_ahead = ahead.as_secs());
    }

    /// Sets the charge of its battery, in per cent.
    pub(crate) fn set_battery(&self, percent: u8) {
        let percent = percent.min(100);
        self.panes.change(|status| status.battery = percent);
        if let Some(phone) = self.phone() {
            phone.battery(percent);
        }
    }

    /// Puts its key store into a mood.
    pub(crate) fn set_key_mood(&self, mood: KeyMood) {
        let mut keys = locked(&self.keys);
        keys.mood = mood;
        keys.store.fail(mood.failure());
    }

    /// The mood of its key store.
    pub(crate) fn key_mood(&self) -> KeyMood {
        locked(&self.keys).mood
    }

    /// Loses its hardware keys, as a defective update does.
    pub(crate) fn lose_keys(&self) {
        locked(&self.keys).store.lose_keys();
    }

    /// Moves everything to another phone, as a backup does: the files come along, the hardware keys do not.
    pub(crate) async fn move_to_another_phone(&self) {
        {
            let mut keys = locked(&self.keys);
            keys.mark = keys.mark.wrapping_add(128);
            keys.store = Arc::new(MemoryKeyStore::new(keys.mark));
            keys.store.fail(keys.mood.failure());
        }
        self.reboot().await;
    }

    /// Takes a link that led back from the face provider; false when it is another phone's.
    pub(crate) async fn face_returned(&self, back: FaceReturn) -> bool {
        match self.face.came_back(back) {
            CameBack::NotMine => false,
            CameBack::Awaited => true,
            CameBack::AfterAKill => {
                if let Some(phone) = self.phone() {
                    phone.face_returned(back).await;
                }
                true
            }
        }
    }

    /// Writes down what is only in memory, and ends the program.
    pub(crate) async fn stop(&self) {
        let _one = self.starting.lock().await;
        let phone = locked(&self.phone).take();
        if let Some(phone) = phone {
            phone.settle().await;
        }
    }
}

impl std::fmt::Debug for PhoneRig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PhoneRig({})", self.person.key)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

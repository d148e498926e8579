//! Somebody else's code on this phone: a terminal of its own for ten minutes, of which nothing stays.
//!
//! Its keys are only in memory, so that what lies in its folder cannot be read by anybody once the program
//! or the time is over, also where a kill left the folder behind. The owner's terminal stays as it is
//! meanwhile, and nothing of it is on the glass.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use liangma_terminal::{Ports, Terminal, TerminalConfig, TerminalError, testing::MemoryKeyStore};
use tokio::task::AbortHandle;

use super::{Inner, locked, look};
use crate::{page::Page, state::State, task::Outcome};

/// So long a guest may use the phone (UX 1).
const LASTS: Duration = Duration::from_mins(10);
/// So long the platform is waited for when the guest's device is ended there.
const PARTING: Duration = Duration::from_secs(5);
/// The folder of the guest's terminal has the name of the owner's, and this.
const FOLDER_END: &str = "-guest";
/// What tells a phone's key store from another's; a guest's is never carried to another phone.
const MARK: u8 = 0;

/// A guest on this phone, and the owner's things until the guest is gone.
pub(super) struct Guest {
    pub(super) config: TerminalConfig,
    pub(super) ports: Ports,
    /// When it ends, for the screen. The waiting itself goes by a clock that nobody sets.
    pub(super) until: Timestamp,
    owner: Option<Terminal>,
    owner_state: State,
    owner_network: look::Network,
    waiting: AbortHandle,
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.waiting.abort();
        if let Err(error) = clear(&self.config.folder) {
            tracing::warn!(%error, "the guest's folder could not be removed");
        }
    }
}

/// Where a guest's terminal is while there is one.
fn folder(owner: &Path) -> PathBuf {
    let mut name = owner.file_name().unwrap_or_default().to_owned();
    name.push(FOLDER_END);
    owner.with_file_name(name)
}

fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Inner {
    /// Removes what a kill left of a guest. Nobody could read it: its keys were only in memory.
    pub(super) fn clear_guest(&self) {
        if let Err(error) = clear(&folder(&self.config.folder)) {
            tracing::warn!(%error, "what is left of a guest could not be removed");
        }
    }

    /// Where the terminal in front is, and what it is lent: a guest's, or the owner's.
    pub(super) fn installation(&self) -> (TerminalConfig, Ports) {
        locked(&self.guest).as_ref().map_or_else(
            || (self.config.clone(), self.ports.clone()),
            |guest| (guest.config.clone(), guest.ports.clone()),
        )
    }

    /// Sets the owner's screens aside and begins anew for a guest.
    pub(super) async fn begin_guest(self: &Arc<Self>) -> Result<Outcome, TerminalError> {
        if locked(&self.guest).is_some() {
            return Ok(Outcome::Went);
        }
        self.clear_guest();
        let mut config = self.config.clone();
        config.folder = folder(&self.config.folder);
        let ports = Ports {
            keys: Arc::new(MemoryKeyStore::new(MARK)),
            ..self.ports.clone()
        };
        let terminal = Terminal::open(config.clone(), ports.clone()).await?;
        let inner = Arc::downgrade(self);
        let waiting = tokio::spawn(async move {
            tokio::time::sleep(LASTS).await;
            if let Some(inner) = inner.upgrade() {
                inner.give_up();
                // Its own end must not end the work of ending.
                tokio::spawn(async move { inner.end_guest().await });
            }
        })
        .abort_handle();
        let lasts = SignedDuration::try_from(LASTS).unwrap_or_default();
        let until = self.now().saturating_add(lasts).unwrap_or(Timestamp::MAX);
        let mut state = locked(&self.state);
        let mut guests = State::new(state.kept.preferences);
        guests.kept.stack = vec![Page::Login];
        guests.kept.seen.insert(Page::About.id().to_owned());
        let mut owner_state = std::mem::replace(&mut *state, guests);
        owner_state.working = None;
        let owner = locked(&self.terminal).replace(terminal);
        let owner_network = {
            let mut network = locked(&self.network);
            let guests = look::Network {
                battery_percent: network.battery_percent,
                ..look::Network::default()
            };
            std::mem::replace(&mut *network, guests)
        };
        *locked(&self.guest) = Some(Guest {
            config,
            ports,
            until,
            owner,
            owner_state,
            owner_network,
            waiting,
        });
        Ok(Outcome::Went)
    }

    /// Puts the owner's screens back at once, then ends the guest's device on the platform, if that can be
    /// reached, and erases the guest's terminal.
    pub(super) async fn end_guest(self: &Arc<Self>) {
        let (guest, terminal) = {
            let mut state = locked(&self.state);
            let Some(mut guest) = locked(&self.guest).take() else {
                return;
            };
            let ended =
                std::mem::replace(&mut guest.owner_state, State::new(state.kept.preferences));
            *state = ended;
            // The page that began it has nothing more to say.
            if state.page() == Page::Guest && !state.pop() {
                state.reset(Page::Code);
            }
            let mut front = locked(&self.terminal);
            let terminal = std::mem::replace(&mut *front, guest.owner.take());
            {
                let mut network = locked(&self.network);
                guest.owner_network.battery_percent = network.battery_percent;
                *network = std::mem::take(&mut guest.owner_network);
            }
            (guest, terminal)
        };
        self.learn().await;
        self.show();
        if let Some(terminal) = terminal {
            if tokio::time::timeout(PARTING, part(&terminal))
                .await
                .is_err()
            {
                tracing::info!("the guest's device could not be ended on the platform in time");
            }
            if let Err(error) = terminal.erase().await {
                tracing::warn!(%error, "the guest's terminal could not be erased");
            }
        }
        drop(guest);
    }
}

/// Ends this device on the platform; one that never logged in has none.
async fn part(terminal: &Terminal) {
    let ended = async {
        let devices = terminal.devices().await?;
        if let Some(this) = devices.devices.iter().find(|device| device.this_device) {
            terminal.end_device(this.device).await?;
        }
        Ok::<_, TerminalError>(())
    };
    if let Err(error) = ended.await {
        tracing::info!(%error, "the guest's device was not ended on the platform");
    }
}

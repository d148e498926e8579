//! Runs screens against a terminal: effects become calls, and what comes of them becomes events.
//!
//! One [`Phone`] holds one terminal. Events are taken in one after the other; each gives a new screen, which
//! the shell's [`Glass`] is handed. What was typed is kept sealed in the terminal after every event that
//! changed it, so that a kill loses nothing.

mod checking;
mod ending;
mod guest;
mod look;
mod run;
mod standard;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;

use jiff::Timestamp;
use liangma_card::{CardError, Scene};
use liangma_terminal::{Ports, Terminal, TerminalConfig, TerminalError, ports::FaceReturn};
use tokio::{
    sync::{mpsc, watch},
    task::{AbortHandle, JoinHandle},
};

pub use self::look::card_of;
use crate::{
    event::Event,
    known::Known,
    page::Page,
    route,
    screen::Screen,
    state::{Kept, Preferences, State, Working},
    task::{Effect, Task, TaskName},
    update::update,
    view::{Seen, view},
};

/// Under this name the screens' state is kept among the terminal's drafts.
const DRAFT: &str = "screens";
/// After so long a person is told that something is being done, and offered a way out.
const SLOW: Duration = Duration::from_secs(2);
/// A glass that waits for [`Phone::room`] has so many events waiting at most, and one more for each of its
/// kind.
const ROOM: usize = 16;
/// How often the terminal is asked what is due by itself.
const TURN: Duration = Duration::from_secs(20);

/// What a shell lends to draw on. Called on the driver's runtime, one call at a time; must not call back
/// into the phone and must not wait.
pub trait Glass: Send + Sync {
    /// Another screen, or the same with other contents.
    fn show(&self, screen: &Screen);
    /// Something that the shell does: speak, open, leave.
    fn perform(&self, effect: &Effect);
}

/// A phone: screens over a terminal. Cheap to clone; all clones are one phone. Stops when the last is
/// dropped.
#[derive(Clone)]
pub struct Phone(Arc<Handle>);

struct Handle {
    inner: Arc<Inner>,
    events: mpsc::UnboundedSender<Event>,
    turning: JoinHandle<()>,
    waiting: JoinHandle<()>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.turning.abort();
        *locked(&self.inner.ending) = None;
        *locked(&self.inner.checking) = None;
        self.waiting.abort();
        self.inner.give_up();
    }
}

struct Inner {
    config: TerminalConfig,
    ports: Ports,
    seen: Mutex<Arc<Seen>>,
    glass: Arc<dyn Glass>,
    state: Mutex<State>,
    terminal: Mutex<Option<Terminal>>,
    under_way: Mutex<Option<AbortHandle>>,
    /// Whether what was kept was read: before that nothing is kept over it.
    taken_up: AtomicBool,
    /// The countdown on the screen that is waited for.
    ending: Mutex<Option<ending::Ending>>,
    /// Somebody else who uses the phone for ten minutes.
    guest: Mutex<Option<guest::Guest>>,
    /// The collector's pages, while the phone is lent to checking codes.
    checking: Mutex<Option<checking::Checking>>,
    /// What the last look at the network said.
    network: Mutex<look::Network>,
    events: mpsc::WeakUnboundedSender<Event>,
    /// How many events wait to be taken in.
    queued: watch::Sender<usize>,
    /// The version of the signed UI standard that was looked at last; `None` before the first look.
    standard_looked_at: Mutex<Option<u32>>,
}

impl Phone {
    /// Opens the terminal and shows the first screen. Where the terminal cannot be opened, the screen says
    /// why, and the code shows all the same if it can. Wants a tokio runtime.
    pub async fn start(
        config: TerminalConfig,
        ports: Ports,
        preferences: Preferences,
        seen: Arc<Seen>,
        glass: Arc<dyn Glass>,
    ) -> Self {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let inner = Arc::new(Inner {
            config,
            ports,
            seen: Mutex::new(seen),
            glass,
            state: Mutex::new(State::new(preferences)),
            terminal: Mutex::new(None),
            under_way: Mutex::new(None),
            taken_up: AtomicBool::new(false),
            ending: Mutex::new(None),
            guest: Mutex::new(None),
            checking: Mutex::new(None),
            network: Mutex::new(look::Network::default()),
            events: sender.downgrade(),
            queued: watch::Sender::new(0),
            standard_looked_at: Mutex::new(None),
        });
        inner.first_look().await;
        let turning = tokio::spawn({
            let inner = inner.clone();
            async move {
                while let Some(event) = receiver.recv().await {
                    inner.take(event).await;
                    inner.queued.send_modify(|queued| *queued -= 1);
                }
            }
        });
        let waiting = tokio::spawn({
            let inner = inner.clone();
            async move {
                loop {
                    inner.what_is_due().await;
                    tokio::time::sleep(TURN).await;
                }
            }
        });
        Self(Arc::new(Handle {
            inner,
            events: sender,
            turning,
            waiting,
        }))
    }

    /// Hands in something that happened. Returns at once; a screen comes to the glass.
    pub fn send(&self, event: Event) {
        self.0.inner.queue(&self.0.events, event);
    }

    /// Waits until few events wait to be taken in. For a glass whose events come from further away than a
    /// hand: what sends faster than the phone takes in would fill the memory, and keep everybody else out.
    pub async fn room(&self) {
        let mut queued = self.0.inner.queued.subscribe();
        // The sender lives as long as this.
        let _few = queued.wait_for(|queued| *queued < ROOM).await;
    }

    /// The screen now.
    #[must_use]
    pub fn screen(&self) -> Screen {
        self.0.inner.screen()
    }

    /// The card as it is now, for a glass of this width in points; `None` on pages without a card. Neither
    /// writes nor sends. Ask again with every second of the clock.
    ///
    /// # Errors
    /// [`CardError`] when the standard cannot draw it.
    pub fn card(&self, width: u32) -> Result<Option<Scene>, CardError> {
        self.0.inner.card(width)
    }

    /// Takes the link that led back from the face provider when the program was killed meanwhile.
    pub async fn face_returned(&self, back: FaceReturn) {
        self.0.inner.face_returned(back).await;
    }

    /// The charge of the phone's battery, in per cent: say it at the start and when it changes.
    pub fn battery(&self, percent: u8) {
        locked(&self.0.inner.network).battery_percent = Some(percent.min(100));
        let inner = self.0.inner.clone();
        tokio::spawn(async move { inner.learn().await });
    }

    /// The terminal, when it is open: for what is not on the screens.
    #[must_use]
    pub fn terminal(&self) -> Option<Terminal> {
        locked(&self.0.inner.terminal).clone()
    }

    /// Looks at the terminal again, for a change that came about beside this phone: another standard, a code.
    pub async fn look_again(&self) {
        self.0.inner.learn().await;
    }

    /// Takes another version of the UI standard, from now on.
    pub fn see(&self, seen: Arc<Seen>) {
        *locked(&self.0.inner.seen) = seen;
        self.0.inner.show();
    }

    /// Writes down what is only in memory: call it when the program goes to the back, and wait for it.
    pub async fn settle(&self) {
        self.0.inner.keep().await;
        if let Some(terminal) = self.terminal()
            && let Err(error) = terminal.settle().await
        {
            tracing::warn!(%error, "the phone could not settle");
        }
    }
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Phone([hidden])")
    }
}

impl Inner {
    fn queue(&self, events: &mpsc::UnboundedSender<Event>, event: Event) {
        self.queued.send_modify(|queued| *queued += 1);
        // Nobody listens any more when the phone is gone.
        let _sent = events.send(event);
    }

    /// Opens the terminal, takes up what was kept, and shows the page on which the person was.
    async fn first_look(self: &Arc<Self>) {
        self.clear_guest();
        self.open().await;
        self.take_standard().await;
        let known = self.look().await;
        let (resumes, effects) = {
            let mut guard = locked(&self.state);
            // That the terminal is closed is news, also at the start.
            guard.known = Known {
                closed: None,
                ..known.clone()
            };
            if guard.page() == Page::Language
                && let Some(page) = route::first_page(&guard, known.closed.is_some())
            {
                guard.reset(page);
            }
            let event = Event::Learned {
                known: Box::new(known),
            };
            let (next, effects) = update(guard.clone(), &event, self.now());
            *guard = next;
            let resumes = guard.known.face_check_open && guard.working.is_none();
            if resumes {
                guard.working = Some(Working {
                    task: TaskName::FaceResume,
                    slow: false,
                });
            }
            (resumes, effects)
        };
        self.show();
        self.perform(effects);
        if resumes {
            self.begin(Task::FaceResume);
        }
    }

    async fn open(&self) {
        let (config, ports) = self.installation();
        let opened = Terminal::open(config, ports).await;
        self.opened(opened).await;
    }

    async fn opened(&self, opened: Result<Terminal, TerminalError>) {
        match opened {
            Ok(terminal) => {
                locked(&self.network).closed = None;
                *locked(&self.terminal) = Some(terminal);
                self.take_up().await;
            }
            Err(error) => {
                tracing::warn!(%error, "the terminal could not be opened");
                locked(&self.network).closed = Some(look::closed(&error));
            }
        }
    }

    /// Takes up what was kept, when the terminal is open for the first time: at the start, or after keys
    /// that were busy and a store that was mended.
    async fn take_up(&self) {
        if self.taken_up.load(Ordering::Acquire) {
            return;
        }
        if let Some(kept) = self.kept().await {
            let mut guard = locked(&self.state);
            let mut state = State::from_kept(kept);
            state.known = guard.known.clone();
            state.working = guard.working;
            if guard.page() == Page::Closed {
                state.push(Page::Closed);
            }
            *guard = state;
        }
        self.taken_up.store(true, Ordering::Release);
    }

    async fn kept(&self) -> Option<Kept> {
        let terminal = locked(&self.terminal).clone()?;
        let text = match terminal.draft(DRAFT).await {
            Ok(text) => text?,
            Err(error) => {
                tracing::warn!(%error, "what was typed could not be read");
                return None;
            }
        };
        // A version before this one may have kept it in another form.
        serde_json::from_str(&text).ok()
    }

    async fn keep(&self) {
        if !self.taken_up.load(Ordering::Acquire) {
            return;
        }
        let (kept, terminal) = {
            // Together, so that what a guest typed never gets into the owner's terminal.
            let state = locked(&self.state);
            (state.kept.clone(), locked(&self.terminal).clone())
        };
        let (Some(terminal), Ok(text)) = (terminal, serde_json::to_string(&kept)) else {
            return;
        };
        if let Err(error) = terminal.keep_draft(DRAFT, &text).await {
            tracing::warn!(%error, "what was typed could not be kept");
        }
    }

    async fn take(self: &Arc<Self>, event: Event) {
        if self.take_while_checking(&event).await {
            return;
        }
        let (changed, effects) = {
            let mut guard = locked(&self.state);
            let before = guard.kept.clone();
            let (next, effects) = update(guard.clone(), &event, self.now());
            let changed = next.kept != before;
            *guard = next;
            (changed, effects)
        };
        // On disk before it is seen: a person who sees what they typed never finds it gone.
        if changed {
            self.keep().await;
        }
        self.show();
        self.perform(effects);
    }

    fn screen(&self) -> Screen {
        if let Some(screen) = self.checking_screen() {
            return screen;
        }
        let seen = locked(&self.seen).clone();
        view(&locked(&self.state), &seen)
    }

    fn show(self: &Arc<Self>) {
        let screen = self.screen();
        self.wait_for_end(&screen);
        self.wait_while_checking();
        self.glass.show(&screen);
    }

    fn perform(self: &Arc<Self>, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Do { task } => self.begin(task),
                Effect::Cancel => self.give_up(),
                Effect::ReadAloud { widget } => {
                    if let Some(text) = self.screen().aloud(&widget) {
                        self.glass.perform(&Effect::Speak { text });
                    }
                }
                other => self.glass.perform(&other),
            }
        }
    }

    fn give_up(&self) {
        if let Some(task) = locked(&self.under_way).take() {
            task.abort();
        }
    }

    /// The phone's best idea of the time.
    fn now(&self) -> Timestamp {
        self.ports
            .wall
            .read()
            .map_or(Timestamp::UNIX_EPOCH, |reading| reading.time)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

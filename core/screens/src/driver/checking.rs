//! The phone lent to checking other people's codes: the collector's pages stand in front of the phone's own.
//!
//! Nothing of it is kept: a kill ends it, and what was read is gone with its verdict. It goes by the
//! terminal's lists, profile and clock, which are renewed meanwhile whenever the network is there.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use liangma_credential::CheckerClock;
use liangma_terminal::{Terminal, TerminalError, TrustScope};
use tokio::task::AbortHandle;

use super::{Inner, locked};
use crate::{
    collector::Collector,
    event::Event,
    page::Page,
    screen::Screen,
    task::{Effect, Outcome},
    update::SHOW_CODE,
};

/// How often newer lists are fetched.
const LISTS: Duration = Duration::from_mins(10);
/// How soon it is tried again where that did not go through.
const LISTS_AGAIN: Duration = Duration::from_mins(1);
/// The screen is made anew after so long at the latest: it says how old things are.
const LOOK: Duration = Duration::from_mins(1);
/// A little later than due, so that the screen of then is seen.
const AFTER: Duration = Duration::from_millis(5);
/// What the driver tells itself when the screen is to be made anew.
const ANEW: &str = "checking";

/// The collector in front, with what runs beside it.
pub(super) struct Checking {
    collector: Collector,
    /// What fetches newer lists, while the program is in front.
    fetching: Option<AbortHandle>,
    /// Until the screen changes by itself.
    waiting: Option<AbortHandle>,
    /// Whether the program is in the back.
    rests: bool,
}

impl Drop for Checking {
    fn drop(&mut self) {
        self.rest();
    }
}

impl Checking {
    /// Neither fetches nor looks any more.
    fn rest(&mut self) {
        for work in [self.fetching.take(), self.waiting.take()]
            .into_iter()
            .flatten()
        {
            work.abort();
        }
    }
}

impl Inner {
    /// Lends the phone. Lists that are all here will do to begin with; what is missing is fetched first, and
    /// where that does not go through the collector is told what is missing.
    pub(super) async fn begin_checking(
        self: &Arc<Self>,
        terminal: &Terminal,
    ) -> Result<Outcome, TerminalError> {
        let whole = match terminal.checker().await {
            Ok((trust, _)) => trust.lists_confirmed_at().is_some(),
            Err(TerminalError::NoProfile) => false,
            Err(error) => return Err(error),
        };
        let fetched = match whole {
            true => Ok(()),
            false => terminal.trust_sync(TrustScope::Checker).await.map(|_| ()),
        };
        let (trust, profile) = match terminal.checker().await {
            // Why it was not fetched says more than that it is not here.
            Err(TerminalError::NoProfile) => {
                return Err(fetched.err().unwrap_or(TerminalError::NoProfile));
            }
            held => held?,
        };
        let preferences = locked(&self.state).kept.preferences;
        let clock = terminal.checker_clock();
        let collector =
            Collector::new(trust, profile, preferences.language, clock.now).lent(preferences.view);
        let first = match &fetched {
            _ if whole => Duration::ZERO,
            Ok(()) => LISTS,
            Err(_) => LISTS_AGAIN,
        };
        let fetching = tokio::spawn(renew(Arc::downgrade(self), first)).abort_handle();
        *locked(&self.checking) = Some(Checking {
            collector,
            fetching: Some(fetching),
            waiting: None,
            rests: false,
        });
        Ok(Outcome::Went)
    }

    /// Takes in what happens while codes are checked; false for what is the phone's own.
    pub(super) async fn take_while_checking(self: &Arc<Self>, event: &Event) -> bool {
        let effects = {
            let clock = self.checker_clock();
            let mut checking = locked(&self.checking);
            let Some(front) = checking.as_mut() else {
                return false;
            };
            // The screen before this event had its announcements: what the phone learns repeats none.
            front.collector.was_shown();
            match event {
                // Whoever wants the code by the shortcut is done with checking.
                Event::Pressed { widget } if widget == SHOW_CODE => vec![Effect::Leave],
                Event::Pressed { .. }
                | Event::Typed { .. }
                | Event::Chosen { .. }
                | Event::Switched { .. }
                | Event::RanOut { .. }
                | Event::Back => front.collector.update(event, clock),
                // The phone's own pages learn of these too.
                Event::WentToBack => {
                    front.rests = true;
                    front.rest();
                    return false;
                }
                Event::CameToFront => {
                    front.rests = false;
                    let renewing = tokio::spawn(renew(Arc::downgrade(self), Duration::ZERO));
                    if let Some(before) = front.fetching.replace(renewing.abort_handle()) {
                        before.abort();
                    }
                    return false;
                }
                _ => return false,
            }
        };
        let done = effects.contains(&Effect::Leave);
        if done {
            self.end_checking();
            self.keep().await;
        }
        self.show();
        self.perform(
            effects
                .into_iter()
                .filter(|effect| *effect != Effect::Leave)
                .collect(),
        );
        // The shortcut goes on to the code.
        !(done && matches!(event, Event::Pressed { widget } if widget == SHOW_CODE))
    }

    /// The phone's own pages are in front again.
    fn end_checking(&self) {
        *locked(&self.checking) = None;
        let mut state = locked(&self.state);
        // The page that began it has nothing more to say.
        if state.page() == Page::Check && !state.pop() {
            state.reset(Page::Code);
        }
    }

    /// The collector's screen, while codes are checked.
    pub(super) fn checking_screen(&self) -> Option<Screen> {
        let seen = locked(&self.seen).clone();
        let clock = self.checker_clock();
        let checking = locked(&self.checking);
        let collector = &checking.as_ref()?.collector;
        Some(collector.view(clock, &seen.standard, &seen.words))
    }

    /// Waits until the collector's screen changes by itself.
    pub(super) fn wait_while_checking(self: &Arc<Self>) {
        let now = self.checker_clock().now;
        let mut checking = locked(&self.checking);
        let Some(front) = checking.as_mut().filter(|front| !front.rests) else {
            return;
        };
        let due = front.collector.due(now).map(|due| due.duration_since(now));
        let left = due.and_then(|left| Duration::try_from(left).ok());
        let left = left.map_or(LOOK, |left| (left + AFTER).min(LOOK));
        let inner = Arc::downgrade(self);
        let waiting = tokio::spawn(async move {
            tokio::time::sleep(left).await;
            look_anew(&inner);
        });
        if let Some(before) = front.waiting.replace(waiting.abort_handle()) {
            before.abort();
        }
    }

    /// The terminal's clock; where there is no terminal, one that nobody relies on.
    fn checker_clock(&self) -> CheckerClock {
        let terminal = locked(&self.terminal).clone();
        terminal.map_or_else(
            || CheckerClock {
                now: self.now(),
                in_doubt: true,
            },
            |terminal| terminal.checker_clock(),
        )
    }
}

fn look_anew(inner: &Weak<Inner>) {
    if let Some(inner) = inner.upgrade() {
        let widget = ANEW.to_owned();
        inner.tell(Event::RanOut { widget });
    }
}

/// Fetches newer lists from time to time, for as long as codes are checked and the program is in front.
async fn renew(inner: Weak<Inner>, first: Duration) {
    tokio::time::sleep(first).await;
    loop {
        let Some(terminal) = inner
            .upgrade()
            .and_then(|inner| locked(&inner.terminal).clone())
        else {
            return;
        };
        let wait = match terminal.trust_sync(TrustScope::Checker).await {
            Ok(_) => LISTS,
            Err(error) => {
                tracing::info!(%error, "no newer lists were fetched to check codes by");
                LISTS_AGAIN
            }
        };
        if let Ok((trust, profile)) = terminal.checker().await
            && let Some(inner) = inner.upgrade()
            && let Some(checking) = locked(&inner.checking).as_mut()
        {
            *checking.collector.trust_mut() = trust;
            checking.collector.set_profile(profile);
        }
        drop(terminal);
        look_anew(&inner);
        tokio::time::sleep(wait).await;
    }
}

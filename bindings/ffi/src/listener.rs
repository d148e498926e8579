//! Screens and effects on their way to a shell, and the handle that ends it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use liangma_screens::driver::Glass;
use tokio::{
    runtime::Handle,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};
use uniffi::UnexpectedUniFFICallbackError;

use crate::{event::Effect, mirror::Mirror as _, screen::Screen};

/// The most effects that are kept while nobody listens.
const MOST_KEPT: usize = 8;

/// A shell's ear. Called on a thread of its own, one call at a time, never on the thread that sent an event:
/// go to the user-interface thread from there.
///
/// A listener that is slow is told the newest screen and not each one in between; what was to be said or felt
/// once comes along. Calling back into the phone is allowed.
#[uniffi::export(foreign)]
pub trait PhoneListener: Send + Sync {
    /// Another screen, or the same with other contents.
    fn show(&self, screen: Screen) -> Result<(), ListenerError>;

    /// Something that the shell does: speak, open, leave.
    fn perform(&self, effect: Effect) -> Result<(), ListenerError>;
}

/// A listener could not do what it was told. It is written to the log, and the next one comes all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ListenerError {
    /// It failed.
    #[error("show or do something on the glass")]
    Failed,
}

impl From<UnexpectedUniFFICallbackError> for ListenerError {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

enum News {
    Screen(Box<liangma_screens::Screen>),
    Effect(Effect),
}

/// What a listener has not been told yet, in order, with screens that nobody saw put into one.
#[derive(Default)]
struct Untold(Vec<News>);

impl Untold {
    fn add(&mut self, news: News) {
        match (self.0.last_mut(), news) {
            (Some(News::Screen(before)), News::Screen(mut next)) => {
                let mut said = std::mem::take(&mut before.announcements);
                said.append(&mut next.announcements);
                next.announcements = said;
                next.haptic = next.haptic.or(before.haptic);
                *before = next;
            }
            (_, news) => self.0.push(news),
        }
    }
}

/// All listeners of one phone.
#[derive(Default)]
pub(crate) struct Listeners(Mutex<Told>);

#[derive(Default)]
struct Told {
    next: u64,
    listening: Vec<(u64, UnboundedSender<News>)>,
    /// What came before anybody listened.
    untold: Untold,
}

impl Listeners {
    /// Tells a listener everything from now on, beginning with what nobody was told.
    pub(crate) fn follow(
        self: &Arc<Self>,
        handle: &Handle,
        listener: Arc<dyn PhoneListener>,
        now: liangma_screens::Screen,
    ) -> Arc<Subscription> {
        let (sender, receiver) = unbounded_channel();
        let mut told = self.locked();
        let untold = std::mem::take(&mut told.untold).0;
        if !untold.iter().any(|news| matches!(news, News::Screen(_))) {
            // What was to be said or felt once was so when it happened.
            let mut screen = now;
            screen.announcements.clear();
            screen.haptic = None;
            let _sent = sender.send(News::Screen(Box::new(screen)));
        }
        for news in untold {
            let _sent = sender.send(news);
        }
        let number = told.next;
        told.next += 1;
        told.listening.push((number, sender));
        drop(told);
        handle.spawn_blocking(move || tell(receiver, listener.as_ref()));
        Arc::new(Subscription {
            listeners: Arc::downgrade(self),
            number,
        })
    }

    /// Tells nobody any more.
    pub(crate) fn end(&self) {
        self.locked().listening.clear();
    }

    fn news(&self, news: impl Fn() -> News) {
        let mut told = self.locked();
        told.listening
            .retain(|(_, sender)| sender.send(news()).is_ok());
        if told.listening.is_empty() {
            told.untold.add(news());
            let excess = told.untold.0.len().saturating_sub(MOST_KEPT);
            told.untold.0.drain(..excess);
        }
    }

    fn locked(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Glass for Listeners {
    fn show(&self, screen: &liangma_screens::Screen) {
        self.news(|| News::Screen(Box::new(screen.clone())));
    }

    fn perform(&self, effect: &liangma_screens::Effect) {
        // The driver has turned reading aloud into words already; the rest is its own to do.
        if let Some(effect) = Effect::of_core(effect, |_| None) {
            self.news(|| News::Effect(effect.clone()));
        }
    }
}

fn tell(mut receiver: UnboundedReceiver<News>, listener: &dyn PhoneListener) {
    while let Some(first) = receiver.blocking_recv() {
        let mut untold = Untold(vec![first]);
        while let Ok(next) = receiver.try_recv() {
            untold.add(next);
        }
        for news in untold.0 {
            let told = match news {
                News::Screen(screen) => listener.show(Screen::mirror(*screen)),
                News::Effect(effect) => listener.perform(effect),
            };
            if let Err(error) = told {
                tracing::warn!(%error, "a listener failed");
            }
        }
    }
}

/// Ends a listening when it is cancelled or dropped; a phone that is gone ends it too.
#[derive(uniffi::Object)]
pub struct Subscription {
    listeners: Weak<Listeners>,
    number: u64,
}

#[uniffi::export]
impl Subscription {
    /// Ends the listening. A call that is under way comes to its end; no other follows. Any thread; twice is
    /// the same as once.
    pub fn cancel(&self) {
        if let Some(listeners) = self.listeners.upgrade() {
            listeners
                .locked()
                .listening
                .retain(|(number, _)| *number != self.number);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.cancel();
    }
}

#[cfg(test)]
mod tests {
    use liangma_screens::{Haptic, Seen, State, view};

    use super::*;

    fn screen(said: &str, haptic: Option<Haptic>) -> News {
        let seen = Seen::built_in().expect("a standard");
        let preferences = liangma_screens::Preferences::of_device(["zh-CN"]);
        let mut screen = view(&State::new(preferences), &seen);
        screen.announcements = vec![said.to_owned()];
        screen.haptic = haptic;
        News::Screen(Box::new(screen))
    }

    #[test]
    fn screens_that_nobody_saw_become_one_and_what_is_said_once_stays() {
        let mut untold = Untold::default();
        untold.add(screen("one", Some(Haptic::Tick)));
        untold.add(screen("two", None));
        untold.add(News::Effect(Effect::Leave));
        untold.add(screen("three", None));
        assert_eq!(untold.0.len(), 3);
        let Some(News::Screen(first)) = untold.0.first() else {
            panic!("no screen")
        };
        assert_eq!(first.announcements, ["one", "two"]);
        assert_eq!(first.haptic, Some(Haptic::Tick));
    }
}

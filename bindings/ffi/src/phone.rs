//! The phone for our own shells: events in, screens out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use liangma_screens::{Seen, driver};
use liangma_terminal::ports::WallClock;

use crate::{
    card_view::CardView,
    engine::Engine,
    error::LiangmaError,
    event::Event,
    installation::Installation,
    listener::{Listeners, PhoneListener, Subscription},
    mirror::Mirror as _,
    ports::{Ports, link},
    screen::Screen,
};

/// A phone: every page, with all its behaviour. A shell draws its screens and hands in what the person does.
///
/// Methods may be called on any thread and do not block it; those that wait are `suspend` or `async`. What is
/// typed or done is kept sealed on disk before it is shown, so that the program may be killed at any moment.
/// One phone uses one folder; a second one on the same folder shows a page that says so.
#[derive(uniffi::Object)]
pub struct Phone {
    engine: Arc<Engine>,
    core: Arc<Mutex<Option<driver::Phone>>>,
    listeners: Arc<Listeners>,
    wall: Arc<dyn WallClock>,
}

type Running = Mutex<Option<driver::Phone>>;

fn locked(core: &Running) -> MutexGuard<'_, Option<driver::Phone>> {
    core.lock().unwrap_or_else(PoisonError::into_inner)
}

fn running(core: &Running) -> Result<driver::Phone, LiangmaError> {
    locked(core).clone().ok_or_else(LiangmaError::stopped)
}

#[uniffi::export]
impl Phone {
    /// Opens the installation in a folder, or makes it there, and shows the first page. Nothing is sent.
    ///
    /// Where keys or store are in trouble, the first page says so and offers the ways on, and the code shows
    /// all the same if it can.
    ///
    /// # Errors
    /// `Input` when the installation is not in order.
    #[uniffi::constructor]
    pub async fn start(
        installation: Installation,
        ports: Ports,
    ) -> Result<Arc<Self>, LiangmaError> {
        let engine = Arc::new(Engine::start()?);
        let listeners = Arc::new(Listeners::default());
        let preferences = installation.preferences();
        let config = installation.config()?;
        let ports = ports.lend();
        let wall = ports.wall.clone();
        let glass = listeners.clone();
        let core = engine
            .run(async move {
                let seen =
                    Seen::built_in().map_err(|_| LiangmaError::defect("standard.built_in"))?;
                let seen = Arc::new(seen);
                Ok(driver::Phone::start(config, ports, preferences, seen, glass).await)
            })
            .await?;
        Ok(Arc::new(Self {
            engine,
            core: Arc::new(Mutex::new(Some(core))),
            listeners,
            wall,
        }))
    }

    /// Tells a listener the screen now and everything from now on, until the handle is cancelled or dropped:
    /// keep it.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn listen(
        &self,
        listener: Arc<dyn PhoneListener>,
    ) -> Result<Arc<Subscription>, LiangmaError> {
        let screen = running(&self.core)?.screen();
        Ok(self
            .listeners
            .follow(self.engine.handle(), listener, screen))
    }

    /// Hands in something that happened. Returns at once; a screen comes to the listener.
    ///
    /// # Errors
    /// `Input` when a text is longer than any field takes (16,000 bytes); `Stopped`.
    pub fn send(&self, event: Event) -> Result<(), LiangmaError> {
        let event = event.checked()?;
        running(&self.core)?.send(event);
        Ok(())
    }

    /// The screen now.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn screen(&self) -> Result<Screen, LiangmaError> {
        Ok(Screen::mirror(running(&self.core)?.screen()))
    }

    /// The place of the code card on one canvas: for the widget `CodeCard`.
    pub fn card_view(&self) -> Arc<CardView> {
        let core = Arc::downgrade(&self.core);
        let draw = move |width| {
            let core = core.upgrade().ok_or_else(LiangmaError::stopped)?;
            Ok(running(&core)?.card(width)?)
        };
        CardView::new(self.engine.clone(), self.wall.clone(), Arc::new(draw))
    }

    /// The charge of the battery in per cent: say it at the start and when it changes.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn battery(&self, percent: u8) -> Result<(), LiangmaError> {
        let core = running(&self.core)?;
        let _runtime = self.engine.handle().enter();
        core.battery(percent);
        Ok(())
    }

    /// Takes a link that led back from the face provider when nobody waited for it, as after the program was
    /// killed: the whole address. A link of somebody else's check changes nothing.
    ///
    /// # Errors
    /// `Input` when it is no such link; `Stopped`.
    pub async fn face_returned(&self, link_back: String) -> Result<(), LiangmaError> {
        let back = link(&link_back)?;
        let core = running(&self.core)?;
        self.engine
            .run(async move {
                core.face_returned(back).await;
                Ok(())
            })
            .await
    }

    /// Writes down what is only in memory: call it when the program goes to the back, and wait for it.
    ///
    /// # Errors
    /// `Stopped`.
    pub async fn settle(&self) -> Result<(), LiangmaError> {
        let core = running(&self.core)?;
        self.engine
            .run(async move {
                core.settle().await;
                Ok(())
            })
            .await
    }

    /// Settles and stops: no screen comes any more, every other call gives `Stopped`, and the folder is free for
    /// another phone. Twice is the same as once.
    pub async fn stop(&self) {
        // Stopped already, or nothing to write down: both are the end.
        let _settled = self.settle().await;
        self.listeners.end();
        drop(locked(&self.core).take());
        self.engine.finish().await;
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.listeners.end();
        drop(locked(&self.core).take());
        self.engine.stop();
    }
}

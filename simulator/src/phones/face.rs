//! The way of one phone to the face provider's page and back, through the browser.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use liangma_screens::Effect;
use liangma_terminal::ports::{FaceCheck, FaceCheckError, FaceHandoff, FaceReturn};
use liangma_wire::bytes::FixedBytes;
use tokio::sync::oneshot;

use super::glass::Panes;

/// So many handoffs are remembered, for links that lead back after the phone was killed.
const REMEMBERED: usize = 16;

/// Opens the provider's page in the tab that acted last, and waits for the link back.
pub(crate) struct BrowserFaceCheck {
    panes: Arc<Panes>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    remembered: Vec<FixedBytes<16>>,
    waiting: Option<(FixedBytes<16>, oneshot::Sender<FaceReturn>)>,
}

/// To whom a link back belongs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CameBack {
    /// A phone waited for it, and has it now.
    Awaited,
    /// This phone sent the person away, and was killed meanwhile.
    AfterAKill,
    /// Another phone's, or nobody's.
    NotMine,
}

impl BrowserFaceCheck {
    /// The way from the tabs of one phone.
    pub(crate) fn new(panes: Arc<Panes>) -> Self {
        Self {
            panes,
            state: Mutex::default(),
        }
    }

    /// Takes a link that led back.
    pub(crate) fn came_back(&self, back: FaceReturn) -> CameBack {
        let mut state = self.state();
        if !state.remembered.contains(&back.state) {
            return CameBack::NotMine;
        }
        match state.waiting.take() {
            Some((expected, waiting)) if expected == back.state => match waiting.send(back) {
                Ok(()) => CameBack::Awaited,
                Err(_) => CameBack::AfterAKill,
            },
            other => {
                state.waiting = other;
                CameBack::AfterAKill
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl FaceCheck for BrowserFaceCheck {
    async fn hand_over(&self, handoff: &FaceHandoff) -> Result<FaceReturn, FaceCheckError> {
        let (sender, receiver) = oneshot::channel();
        {
            let mut state = self.state();
            state.remembered.push(handoff.state);
            if state.remembered.len() > REMEMBERED {
                state.remembered.remove(0);
            }
            state.waiting = Some((handoff.state, sender));
        }
        self.panes.hand_off(Some(handoff.url.clone()));
        // However the waiting ends, also when the phone is killed, the page is no longer offered.
        let _offered = Offered(&self.panes);
        self.panes.perform(&Effect::Open {
            address: handoff.url.clone(),
        });
        match tokio::time::timeout(handoff.patience, receiver).await {
            Ok(Ok(back)) => Ok(back),
            Ok(Err(_)) => Err(FaceCheckError::Cancelled),
            Err(_) => Err(FaceCheckError::TimedOut),
        }
    }
}

struct Offered<'a>(&'a Panes);

impl Drop for Offered<'_> {
    fn drop(&mut self) {
        self.0.hand_off(None);
    }
}

//! Countdowns end by the terminal's clock, and the screens are told: no shell has to judge the time.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::task::AbortHandle;

use super::{Inner, locked};
use crate::{
    event::Event,
    screen::Screen,
    widget::{Kind, Widget},
};

/// How often a clock that may be set meanwhile is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// A countdown that is waited for. Dropping it ends the waiting.
#[derive(Debug)]
pub(super) struct Ending {
    widget: String,
    until: Timestamp,
    waiting: AbortHandle,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.waiting.abort();
    }
}

impl Inner {
    /// Waits for the end of the countdown on the screen, if there is one, and tells it once.
    pub(super) fn wait_for_end(self: &Arc<Self>, screen: &Screen) {
        let mut guard = locked(&self.ending);
        let Some((widget, until)) = countdown(&screen.widgets) else {
            *guard = None;
            return;
        };
        let same = |ending: &Ending| ending.widget == widget && ending.until == until;
        if guard.as_ref().is_some_and(same) {
            return;
        }
        let inner = Arc::downgrade(self);
        let name = widget.clone();
        let waiting = tokio::spawn(async move {
            loop {
                let left = match inner.upgrade() {
                    Some(inner) => until.duration_since(inner.trusted_now()),
                    None => return,
                };
                match Duration::try_from(left) {
                    Ok(left) if !left.is_zero() => tokio::time::sleep(left.min(LOOK)).await,
                    _ => break,
                }
            }
            if let Some(inner) = inner.upgrade() {
                inner.tell(Event::RanOut { widget: name });
            }
        });
        *guard = Some(Ending {
            widget,
            until,
            waiting: waiting.abort_handle(),
        });
    }

    /// The time as the platform has it, where the terminal knows; else the phone's own.
    fn trusted_now(&self) -> Timestamp {
        let terminal = locked(&self.terminal).clone();
        terminal.map_or_else(|| self.now(), |terminal| terminal.now())
    }
}

fn countdown(widgets: &[Widget]) -> Option<(String, Timestamp)> {
    widgets.iter().find_map(|widget| match &widget.kind {
        Kind::Countdown { until, .. } => Some((widget.id.clone(), until.parse().ok()?)),
        Kind::Section { widgets } | Kind::Disclosure { widgets, .. } => countdown(widgets),
        _ => None,
    })
}

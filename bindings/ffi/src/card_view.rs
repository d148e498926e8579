//! The live card, frame by frame.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use liangma_card::{NARROWEST, Rectangle, Scene, WIDEST};
use liangma_terminal::ports::WallClock;

use crate::{
    card::{CardFrame, CardRectangle, CardScene},
    engine::Engine,
    error::LiangmaError,
    mirror::Mirror as _,
};

/// Draws the card as it is now, for a width in points.
pub(crate) type Draw = dyn Fn(u32) -> Result<Option<Scene>, LiangmaError> + Send + Sync;

/// The place of the code card on one canvas. It remembers the frame that the canvas shows, to say what has
/// to be drawn again.
///
/// Any thread; one canvas, one view. It works as long as the phone or terminal that gave it.
#[derive(uniffi::Object)]
pub struct CardView {
    engine: Arc<Engine>,
    wall: Arc<dyn WallClock>,
    draw: Arc<Draw>,
    shown: Mutex<Option<Scene>>,
}

impl CardView {
    pub(crate) fn new(engine: Arc<Engine>, wall: Arc<dyn WallClock>, draw: Arc<Draw>) -> Arc<Self> {
        Arc::new(Self {
            engine,
            wall,
            draw,
            shown: Mutex::new(None),
        })
    }

    fn shown(&self) -> MutexGuard<'_, Option<Scene>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[uniffi::export]
impl CardView {
    /// The card as it is now, for a canvas of this width in points (320 to 480; a wider one gets a card of 480);
    /// `null` where the page in front has no card, or there is no code: the page then says why in words.
    ///
    /// Neither writes nor sends. Ask again after `next_in_milliseconds`, and with every new screen.
    ///
    /// # Errors
    /// From a terminal: `NotYet`, `Keys` or `Store` with the reason why there is nothing to show.
    pub async fn frame(&self, width: u32) -> Result<Option<CardFrame>, LiangmaError> {
        let draw = self.draw.clone();
        let width = width.clamp(NARROWEST, WIDEST);
        let drawn = self.engine.run_blocking(move || draw(width)).await;
        let mut shown = self.shown();
        let next = match drawn {
            Ok(next) => next,
            Err(error) => {
                *shown = None;
                return Err(error);
            }
        };
        let redraw = match (shown.as_ref(), &next) {
            (_, None) => None,
            (Some(before), Some(next)) => before.difference(next),
            (None, Some(next)) => Some(Rectangle::new(0.0, 0.0, next.width, next.height)),
        };
        (*shown).clone_from(&next);
        drop(shown);
        Ok(next.map(|scene| CardFrame {
            scene: CardScene::mirror(scene),
            redraw: redraw.map(CardRectangle::mirror),
            next_in_milliseconds: self.until_next_second(),
        }))
    }

    /// Forgets what the canvas shows, as after it was cleared: the next frame is drawn whole.
    pub fn forget(&self) {
        *self.shown() = None;
    }
}

impl CardView {
    fn until_next_second(&self) -> u32 {
        let gone = self
            .wall
            .read()
            .map_or(0, |reading| reading.time.as_millisecond().rem_euclid(1000));
        u32::try_from(1000 - gone).unwrap_or(1000)
    }
}

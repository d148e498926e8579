//! One tab: a WebSocket that is told what its phone shows, and says what the person does.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use jiff::Timestamp;
use liangma_card::Scene;
use liangma_screens::Event;
use tokio::sync::{broadcast, watch};

use super::glass::{CardPart, FromPage, News, PageError, ToPage};
use super::rig::PhoneRig;

/// The width of a card before the page has said its own, in points.
const FIRST_WIDTH: u32 = 360;

/// Serves one tab until it is closed or the program ends.
pub(crate) async fn serve(socket: WebSocket, rig: Arc<PhoneRig>, stopping: watch::Receiver<bool>) {
    let (number, news) = rig.panes().follow();
    let mut tab = Tab {
        socket,
        rig,
        number,
        width: FIRST_WIDTH,
        visible: false,
        card: None,
    };
    // A tab that is gone says nothing, and nothing is to be done about it.
    let _ended = tab.run(news, stopping).await;
    tab.set_visible(false).await;
    tab.rig.panes().leaves(number);
}

/// Waits until the program ends.
pub(crate) async fn the_end(stopping: &mut watch::Receiver<bool>) {
    // An error says that whoever could end it is gone, which is the end too.
    let _ended = stopping.wait_for(|stopping| *stopping).await;
}

/// The tab is gone.
struct Gone;

impl From<axum::Error> for Gone {
    fn from(_: axum::Error) -> Self {
        Self
    }
}

struct Tab {
    socket: WebSocket,
    rig: Arc<PhoneRig>,
    number: u64,
    width: u32,
    visible: bool,
    /// What stands on the page's canvas.
    card: Option<Scene>,
}

impl Tab {
    async fn run(
        &mut self,
        mut news: broadcast::Receiver<News>,
        mut stopping: watch::Receiver<bool>,
    ) -> Result<(), Gone> {
        self.tell_all().await?;
        loop {
            let next_second = self.until_next_second();
            tokio::select! {
                told = news.recv() => match told {
                    Ok(News::Screen(screen)) => {
                        self.send(&screen).await?;
                        self.tell_card().await?;
                    }
                    Ok(News::Perform(tab, effect)) if tab == 0 || tab == self.number => {
                        self.send(&effect).await?;
                    }
                    Ok(News::Perform(..)) => {}
                    Ok(News::Status) => self.tell_status().await?,
                    Err(broadcast::error::RecvError::Lagged(_)) => self.tell_all().await?,
                    Err(broadcast::error::RecvError::Closed) => return Ok(()),
                },
                said = self.socket.recv() => match said {
                    Some(said) => self.hear(said).await?,
                    None => return Ok(()),
                },
                () = tokio::time::sleep(next_second) => self.tell_card().await?,
                () = the_end(&mut stopping) => {
                    return self.close(close_code::AWAY, "the program ends").await;
                }
            }
        }
    }

    async fn hear(&mut self, said: Result<Message, axum::Error>) -> Result<(), Gone> {
        let read = match said {
            Ok(Message::Text(text)) => FromPage::read(&text),
            Ok(Message::Binary(_)) => Err(PageError::NotText),
            Ok(Message::Ping(_) | Message::Pong(_)) => return Ok(()),
            Ok(Message::Close(_)) => return Err(Gone),
            Err(_) => {
                // Too large for the socket, or no WebSocket at all: it cannot be read on from here.
                let why = "a message was too large, or not of a WebSocket";
                return self.close(close_code::SIZE, why).await.and(Err(Gone));
            }
        };
        match read {
            Ok(FromPage::Event(event)) => {
                self.rig.panes().acts(self.number);
                self.rig.take_in(event).await;
            }
            Ok(FromPage::Width(width)) => {
                self.width = width;
                self.tell_card().await?;
            }
            Ok(FromPage::Visible(visible)) => self.set_visible(visible).await,
            Err(error) => {
                let say = error.to_string();
                self.send(&ToPage::Error { say }.json()).await?;
            }
        }
        Ok(())
    }

    /// Everything, for a page that knows nothing yet.
    async fn tell_all(&mut self) -> Result<(), Gone> {
        if let Some(phone) = self.rig.phone() {
            let mut screen = phone.screen();
            // What was to be said or felt once was so when it happened.
            screen.announcements.clear();
            screen.haptic = None;
            self.send(&ToPage::Screen(&screen).json()).await?;
        }
        self.tell_status().await?;
        self.card = None;
        self.tell_card().await
    }

    async fn tell_status(&mut self) -> Result<(), Gone> {
        let status = self.rig.panes().status();
        self.send(&ToPage::Status(&status).json()).await
    }

    /// What is different on the card.
    async fn tell_card(&mut self) -> Result<(), Gone> {
        let card = self.rig.phone().and_then(|phone| {
            phone.card(self.width).unwrap_or_else(|error| {
                tracing::warn!(%error, "the card could not be drawn");
                None
            })
        });
        let told = match (&self.card, &card) {
            (None, None) => None,
            (Some(_), None) => Some(ToPage::Card(None)),
            (before, Some(next)) => CardPart::between(before.as_ref(), next),
        };
        if let Some(told) = told {
            let json = told.json();
            self.send(&json).await?;
        }
        self.card = card;
        Ok(())
    }

    async fn set_visible(&mut self, visible: bool) {
        if self.visible == visible {
            return;
        }
        self.visible = visible;
        if !self.rig.panes().seen(visible) {
            return;
        }
        if visible {
            self.rig.send(Event::CameToFront);
        } else {
            self.rig.send(Event::WentToBack);
            if let Some(phone) = self.rig.phone() {
                phone.settle().await;
            }
        }
    }

    /// Until the phone's clock shows another second.
    fn until_next_second(&self) -> Duration {
        let now: Timestamp = self.rig.clocks().now();
        let gone = now.subsec_nanosecond().rem_euclid(1_000_000_000);
        let left = 1_000_000_000_i32.saturating_sub(gone);
        Duration::from_nanos(u64::try_from(left).unwrap_or(0)) + Duration::from_millis(2)
    }

    async fn send(&mut self, json: &str) -> Result<(), Gone> {
        Ok(self.socket.send(Message::Text(json.into())).await?)
    }

    async fn close(&mut self, code: u16, reason: &'static str) -> Result<(), Gone> {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        Ok(self.socket.send(Message::Close(Some(frame))).await?)
    }
}

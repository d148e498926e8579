//! The phone without its glass: clock authority, keys, sealed store, platform client, wallet and outbox.
//!
//! A shell lends the terminal its [`ports`] and calls one [`Terminal`]; a widget or shortcut that only shows
//! the code calls [`show_code`]. Nothing here draws, and nothing here knows which shell it is in.

mod arrival;
mod blocking;
pub mod client;
pub mod clock;
pub mod desktop;
mod envelope;
mod folder;
pub mod key_state;
mod lit;
pub mod outbox;
mod plan;
pub mod ports;
mod records;
mod show;
mod skew;
mod store;
mod terminal;
pub mod testing;
pub mod words;

use std::{future::Future, pin::Pin};

pub use self::{
    arrival::ArrivalError,
    blocking::{BlockingError, blocking},
    client::{AddressError, ClientError, PlatformAddress, TlsRefusal},
    clock::ClockState,
    key_state::KeyState,
    records::{Notice, NoticeKind},
    show::{ShowError, ShownCode, Validity, show_code},
    store::StoreError,
    terminal::{
        CounterHandle, Explanation, FaceCheckOutcome, FieldError, LoginForm, LoginSent, Ports,
        RefreshOutcome, Repaired, SignedStandard, Stage, Terminal, TerminalConfig, TerminalError,
        TerminalState, TrustScope, TrustSynced,
    },
};

/// A future behind a pointer. What many ways lead to goes through one: a plain `async fn` is compiled anew into each
/// crate whose calls come to it, and phones would carry every copy.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

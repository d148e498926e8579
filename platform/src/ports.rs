//! What the platform asks of the world around it. Every port has a sandbox form that says so.

use async_trait::async_trait;
use jiff::Timestamp;
use liangma_crypto::PublicKey;
use liangma_domain::{identity::IdentityDocument, name::PersonName, phone::Phone};
use liangma_wire::{
    face::{ProviderReceiptRequest, ProviderTicket, TicketId},
    login::LoginChannel,
};

/// A system outside did not answer as it should. Says nothing of what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// It cannot be reached, or takes too long.
    #[error("reach {0}")]
    Unreachable(&'static str),
    /// It answered something that cannot be understood.
    #[error("understand the answer of {0}")]
    Answer(&'static str),
    /// It knows nothing under what was asked for.
    #[error("find it at {0}")]
    Unknown(&'static str),
}

/// Name, document and phone number, as somebody claims them.
#[derive(Clone)]
pub struct Claim {
    /// The name.
    pub name: PersonName,
    /// The identity document.
    pub document: IdentityDocument,
    /// The registered phone number.
    pub phone: Phone,
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Claim([hidden])")
    }
}

/// The population register.
#[async_trait]
pub trait Register: Send + Sync + 'static {
    /// Compares the three jointly and gives the record when all agree. It must do the same work when
    /// they do not, and never tell which of them differs (in Beijing, 2020, name and number alone
    /// were enough to be shown somebody else's photograph).
    ///
    /// # Errors
    /// When the register cannot be asked.
    async fn compare(&self, claim: &Claim) -> Result<Option<Claim>, PortError>;

    /// The same of document and phone alone, for somebody whose name cannot be typed. Only for a login
    /// whose code is read out at a counter, where somebody holds the document and reads the name from it.
    ///
    /// # Errors
    /// When the register cannot be asked.
    async fn compare_without_name(&self, claim: &Claim) -> Result<Option<Claim>, PortError>;

    /// Whether its people are invented.
    fn is_sandbox(&self) -> bool;
}

/// Sends messages to registered phone numbers.
#[async_trait]
pub trait Messages: Send + Sync + 'static {
    /// Sends a login code by text or voice; never called for a counter.
    ///
    /// # Errors
    /// When it could not be handed over.
    async fn send_login_code(
        &self,
        phone: &Phone,
        channel: LoginChannel,
        code: &str,
    ) -> Result<(), PortError>;

    /// Whether nothing leaves this machine.
    fn is_sandbox(&self) -> bool;
}

/// A face-check provider. No face ever passes this port.
#[async_trait]
pub trait FaceProvider: Send + Sync + 'static {
    /// Its name, for people to read.
    fn name(&self) -> &str;
    /// The key that its receipts are signed with.
    fn public_key(&self) -> &PublicKey;
    /// The page that the phone opens for a ticket. Holds nothing personal.
    fn page(&self, ticket: &TicketId) -> String;

    /// Announces a ticket, before the phone opens the page.
    ///
    /// # Errors
    /// When the provider cannot be reached.
    async fn announce(&self, ticket: &ProviderTicket) -> Result<(), PortError>;

    /// Exchanges a handle for the bytes of the signed receipt; asking again gives them again.
    ///
    /// # Errors
    /// [`PortError::Unknown`] when the provider never gave out such a handle for the ticket.
    async fn receipt(&self, request: &ProviderReceiptRequest) -> Result<Vec<u8>, PortError>;

    /// Whether it compares no faces.
    fn is_sandbox(&self) -> bool;
}

/// A key management service.
pub trait KeyService: Send + Sync + 'static {
    /// The text of the ring of keys, as [`KeyRing`](crate::KeyRing) reads it. Called at every tick, on a
    /// thread of the runtime: answer from memory, and fetch elsewhere.
    ///
    /// # Errors
    /// When it cannot be had; the platform goes on with the keys it has, and does not start without.
    fn key_ring(&self) -> Result<zeroize::Zeroizing<String>, PortError>;
}

/// The time of day. Passed in, so that a test can live through days.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The time of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that is set by hand.
#[derive(Debug)]
pub struct HandClock(std::sync::Mutex<Timestamp>);

impl HandClock {
    /// A clock that stands at a time.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self(std::sync::Mutex::new(at))
    }

    /// Sets it to a time.
    pub fn set(&self, at: Timestamp) {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = at;
    }

    /// Moves it forward.
    pub fn advance(&self, by: jiff::SignedDuration) {
        let mut now = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = now.saturating_add(by).unwrap_or(*now);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

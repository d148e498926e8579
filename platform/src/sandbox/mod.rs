//! The sandbox: invented people, messages that go to a tray, and a face-check provider that compares
//! no faces. Every code that comes from it says so.

mod authorities;
pub mod face_provider;
mod people;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use jiff::Timestamp;
use liangma_crypto::{PublicKey, Randomness, SystemRandomness};
use liangma_domain::phone::Phone;
use liangma_wire::login::LoginChannel;
use tokio::sync::Notify;

pub use authorities::{SandboxAuthority, SandboxError, SandboxPrincipal};
pub use people::{SandboxPerson, people, person};

use crate::{
    config::{IpNet, Limits, MasterKeySource, PlatformConfig, Principal, STRIPS_PER_DEVICE},
    face_http::{FaceProviderConfig, HttpFaceProvider, PATIENCE},
    keys::KeyFileError,
    platform::{OpenError, Platform, Ports},
    ports::{Claim, Clock, Messages, PortError, Register, SystemClock},
};

/// A message that would have gone to a phone.
#[derive(Clone, PartialEq, Eq)]
pub struct TrayMessage {
    /// The number, eleven digits.
    pub phone: String,
    /// By text or voice.
    pub channel: LoginChannel,
    /// The login code in it.
    pub code: String,
    /// When it was sent.
    pub at: Timestamp,
}

impl std::fmt::Debug for TrayMessage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TrayMessage([hidden])")
    }
}

/// Messages that were sent, newest last. Only this process sees them.
#[derive(Default)]
pub struct Tray {
    kept: Mutex<Kept>,
    arrived: Notify,
}

/// Messages with the number of each, counted from the first that ever arrived.
#[derive(Default)]
struct Kept {
    messages: Vec<(u64, TrayMessage)>,
    next: u64,
}

/// The most messages that a tray keeps.
const TRAY_LIMIT: usize = 200;

impl Tray {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every message kept, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<TrayMessage> {
        self.since(0).0
    }

    /// The messages kept from a number on, oldest first, and the number to ask with next time. Numbers
    /// rise with each message, whatever the clock says.
    #[must_use]
    pub fn since(&self, number: u64) -> (Vec<TrayMessage>, u64) {
        let kept = self.kept();
        let new = kept.messages.iter().filter(|(at, _)| *at >= number);
        let messages = new.map(|(_, message)| message.clone()).collect();
        (messages, kept.next)
    }

    fn put(&self, message: TrayMessage) {
        let mut kept = self.kept();
        if kept.messages.len() == TRAY_LIMIT {
            kept.messages.remove(0);
        }
        let number = kept.next;
        kept.next += 1;
        kept.messages.push((number, message));
        drop(kept);
        self.arrived.notify_waiters();
    }

    /// Takes the newest message to a number, waiting for it up to a time.
    pub async fn take(&self, phone: &str, wait: Duration) -> Option<TrayMessage> {
        let take = || {
            let mut kept = self.kept();
            let at = kept
                .messages
                .iter()
                .rposition(|(_, message)| message.phone == phone)?;
            Some(kept.messages.remove(at).1)
        };
        tokio::time::timeout(wait, async {
            loop {
                let arrived = self.arrived.notified();
                tokio::pin!(arrived);
                // Listening before looking, so that no message slips between the two.
                arrived.as_mut().enable();
                if let Some(message) = take() {
                    return message;
                }
                arrived.await;
            }
        })
        .await
        .ok()
    }
}

struct TrayMessages {
    tray: Arc<Tray>,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Messages for TrayMessages {
    async fn send_login_code(
        &self,
        phone: &Phone,
        channel: LoginChannel,
        code: &str,
    ) -> Result<(), PortError> {
        self.tray.put(TrayMessage {
            phone: phone.number().expose().clone(),
            channel,
            code: code.to_owned(),
            at: self.clock.now(),
        });
        Ok(())
    }

    fn is_sandbox(&self) -> bool {
        true
    }
}

/// The register of invented people.
struct SandboxRegister {
    claims: Vec<Claim>,
}

#[async_trait]
impl Register for SandboxRegister {
    async fn compare(&self, claim: &Claim) -> Result<Option<Claim>, PortError> {
        Ok(self.find(claim, false))
    }

    async fn compare_without_name(&self, claim: &Claim) -> Result<Option<Claim>, PortError> {
        Ok(self.find(claim, true))
    }

    fn is_sandbox(&self) -> bool {
        true
    }
}

impl SandboxRegister {
    fn find(&self, claim: &Claim, whatever_the_name: bool) -> Option<Claim> {
        // Every entry is looked at and every part compared, whatever was found before.
        let mut found = None;
        for known in &self.claims {
            let name = known.name.matches(&claim.name) | whatever_the_name;
            let document = known.document == claim.document;
            let phone = known.phone.number() == claim.phone.number();
            if name & document & phone {
                found = Some(known.clone());
            }
        }
        found
    }
}

/// How a sandbox is set up.
#[derive(Clone)]
pub struct SandboxOptions {
    /// Where everything is kept; made where there is nothing.
    pub data_dir: PathBuf,
    /// The region profile, such as `zhejiang-2020`.
    pub profile: String,
    /// The address of the running face-check provider.
    pub face_provider_url: String,
    /// The key of its receipts, from [`face_provider::public_key`].
    pub face_provider_key: PublicKey,
    /// The key of the counter; `None` uses one that the sandbox makes for itself.
    pub counter_key: Option<PublicKey>,
    /// Whether few hours are signed ahead.
    pub emergency: bool,
    /// How many strips of one device can be alive; `None` for measurements.
    pub strips_per_device: Option<u32>,
    /// The networks of balancers that are believed about whom they speak for.
    pub trusted_proxies: Vec<IpNet>,
    /// Principals with keys of their own, beside those whose keys the sandbox holds.
    pub principals: Vec<Principal>,
    /// How long the face-check provider may take.
    pub face_provider_patience: Duration,
    /// What the platform bears at one time.
    pub limits: Limits,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub randomness: Arc<dyn Randomness>,
}

impl SandboxOptions {
    /// A sandbox with the machine's own clock and randomness, in Zhejiang.
    #[must_use]
    pub fn new(data_dir: &Path, face_provider_url: &str, face_provider_key: PublicKey) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            profile: "zhejiang-2020".to_owned(),
            face_provider_url: face_provider_url.to_owned(),
            face_provider_key,
            counter_key: None,
            emergency: false,
            strips_per_device: Some(STRIPS_PER_DEVICE),
            trusted_proxies: Vec::new(),
            principals: Vec::new(),
            face_provider_patience: PATIENCE,
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            randomness: Arc::new(SystemRandomness),
        }
    }
}

/// An open sandbox: the platform, and what only its maker may see.
pub struct Sandbox {
    /// The platform, to be served.
    pub platform: Arc<Platform>,
    /// The messages.
    pub tray: Arc<Tray>,
    pub(crate) principals: Vec<SandboxPrincipal>,
}

/// The name of the platform in a sandbox.
const PLATFORM_NAME: &str = "liangma-sandbox";

impl Sandbox {
    /// Opens a sandbox: keys, people and their first evidence are made where there are none.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn open(options: SandboxOptions) -> Result<Self, SandboxError> {
        let principals = authorities::open(&options.data_dir, &*options.randomness)?;
        let mut registered: Vec<Principal> = principals
            .iter()
            .map(SandboxPrincipal::registered)
            .collect();
        if let Some(counter_key) = options.counter_key {
            registered.retain(|principal| principal.authority != SandboxAuthority::Counter.id());
            registered.push(Principal::counter(counter_key));
        }
        registered.extend(options.principals);
        let config = PlatformConfig {
            data_dir: options.data_dir.clone(),
            profile: options.profile.clone(),
            name: PLATFORM_NAME.to_owned(),
            sandbox: true,
            emergency: options.emergency,
            strips_per_device: options.strips_per_device,
            limits: options.limits,
            master_key: MasterKeySource::DataFolder,
            trusted_proxies: options.trusted_proxies,
            principals: registered,
        };
        let tray = Arc::new(Tray::default());
        let face = HttpFaceProvider::new(FaceProviderConfig {
            url: options.face_provider_url,
            name: face_provider::NAME.to_owned(),
            public_key: options.face_provider_key,
            patience: options.face_provider_patience,
            sandbox: true,
        })?;
        let now = options.clock.now();
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let ports = Ports {
            register: Arc::new(SandboxRegister {
                claims: people::claims(today)?,
            }),
            messages: Arc::new(TrayMessages {
                tray: tray.clone(),
                clock: options.clock.clone(),
            }),
            face: Arc::new(face),
            clock: options.clock,
            randomness: options.randomness,
        };
        let platform = Platform::open(config, ports).await?;
        let sandbox = Self {
            platform,
            tray,
            principals,
        };
        sandbox.submit_first_evidence(now).await?;
        Ok(sandbox)
    }

    /// Everybody with a duty in the sandbox, with their keys.
    #[must_use]
    pub fn principals(&self) -> &[SandboxPrincipal] {
        &self.principals
    }

    /// The principal of one authority, the counter among them.
    ///
    /// # Errors
    /// [`SandboxError::NoSuchAuthority`].
    pub fn principal(
        &self,
        authority: SandboxAuthority,
    ) -> Result<&SandboxPrincipal, SandboxError> {
        self.principals
            .iter()
            .find(|principal| principal.authority() == authority)
            .ok_or(SandboxError::NoSuchAuthority)
    }
}

impl From<KeyFileError> for SandboxError {
    fn from(error: KeyFileError) -> Self {
        Self::Open(OpenError::from(error))
    }
}

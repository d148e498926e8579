//! The terminal for app builders who draw their own screens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use jiff::Timestamp;
use liangma_card::Scene;
use liangma_screens::{CodePosition, Seen, driver::card_of};
use liangma_terminal as core;
use liangma_terminal::ports::WallClock;
use liangma_wire::{
    bytes::FixedBytes,
    device::{DeviceId, DevicesResponse},
};

use crate::{
    card_view::CardView,
    engine::Engine,
    error::LiangmaError,
    installation::Installation,
    mirror::Mirror as _,
    ports::{Ports, link},
    records::{
        CorrectionSubject, CounterHandle, Device, DeviceStanding, Explanation, FaceCheckOutcome,
        HealthDeclaration, LoginForm, LoginSent, MaskedPerson, Purpose, RefreshOutcome, Sent,
        TerminalState, TripDeclaration,
    },
    screen::{GlassView, Language},
};

/// How to open an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Opening {
    /// As it is; a new one where there is none.
    AsItIs,
    /// Repairing a damaged store from what can still be read, by the person's wish.
    Repair,
    /// Setting one aside that cannot be read any more, by the person's explicit wish, and beginning anew.
    BeginAnew,
}

/// Where a copy of everything about the person comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum HeldBy {
    /// What this phone holds.
    ThisPhone,
    /// What the platform holds.
    Platform,
}

/// One person's phone, for an app with screens of its own.
///
/// Methods may be called on any thread and do not block it; those that wait are `suspend` or `async`, and come
/// back with an error that says whether trying again may help. What a person does is on disk before it is sent,
/// so that a kill loses nothing and doubles nothing. The code card comes only as the core's scene.
#[derive(uniffi::Object)]
pub struct Terminal {
    engine: Arc<Engine>,
    core: Arc<Open>,
    wall: Arc<dyn WallClock>,
}

/// The open terminal and what is seen of it.
struct Open {
    terminal: Mutex<Option<core::Terminal>>,
    seen: RwLock<Arc<Seen>>,
}

impl Open {
    fn locked(&self) -> MutexGuard<'_, Option<core::Terminal>> {
        self.terminal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self) -> Result<core::Terminal, LiangmaError> {
        self.locked().clone().ok_or_else(LiangmaError::stopped)
    }

    fn seen(&self) -> Arc<Seen> {
        self.seen
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Takes a newer UI standard that came signed; one that is not in order changes nothing.
    async fn take_standard(&self, terminal: &core::Terminal) {
        let kept = terminal.kept_standard().await.ok().flatten();
        let fetched = terminal.standard().map(|standard| standard.package);
        for package in [kept, fetched].into_iter().flatten() {
            let held = self.seen().standard.version();
            let read =
                core::blocking(move || Seen::newer(&package, held).map(|seen| (seen, package)));
            let Ok(Ok((seen, package))) = read.await else {
                continue;
            };
            *self.seen.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(seen);
            if let Err(error) = terminal.keep_standard(package).await {
                tracing::warn!(%error, "the newer UI standard could not be kept");
            }
        }
    }
}

#[uniffi::export]
impl Terminal {
    /// Opens the installation in a folder, or makes it there. Nothing is sent.
    ///
    /// # Errors
    /// `Keys` or `Store` with a state to be shown; nothing is removed by an error. `Input` when the
    /// installation is not in order. `Store` with `store.in_use` while another terminal or phone uses the folder.
    #[uniffi::constructor]
    pub async fn open(
        installation: Installation,
        ports: Ports,
        opening: Opening,
    ) -> Result<Arc<Self>, LiangmaError> {
        let engine = Arc::new(Engine::start()?);
        let config = installation.config()?;
        let ports = ports.lend();
        let wall = ports.wall.clone();
        let core = engine
            .run(async move {
                let terminal = match opening {
                    Opening::AsItIs => core::Terminal::open(config, ports).await?,
                    Opening::Repair => core::Terminal::repair(config, ports).await?.0,
                    Opening::BeginAnew => core::Terminal::begin_anew(config, ports).await?,
                };
                let seen =
                    Seen::built_in().map_err(|_| LiangmaError::defect("standard.built_in"))?;
                let open = Open {
                    terminal: Mutex::new(Some(terminal.clone())),
                    seen: RwLock::new(Arc::new(seen)),
                };
                open.take_standard(&terminal).await;
                Ok(open)
            })
            .await?;
        Ok(Arc::new(Self {
            engine,
            core: Arc::new(core),
            wall,
        }))
    }

    /// Reads everything that a screen needs to know.
    ///
    /// # Errors
    /// `Store`, `Stopped`.
    pub async fn state(&self) -> Result<TerminalState, LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move { Ok(TerminalState::mirror(terminal.state().await?)) })
            .await
    }

    /// Begins a real-name login. Name, document and phone are compared jointly with the register, and the answer
    /// is the same whether they agree. What was typed is kept sealed first.
    ///
    /// # Errors
    /// `Input` for the first field that is not valid; `Network`, `Refused`, `Keys`, `Cancelled`.
    pub async fn login_start(&self, form: LoginForm) -> Result<LoginSent, LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move { Ok(LoginSent::mirror(terminal.login_start(form.into()).await?)) })
            .await
    }

    /// Completes a login with the code that came.
    ///
    /// # Errors
    /// `NotYet` without `login_start`; `Refused` with `problem.login_code_not_accepted` for a wrong code.
    pub async fn login_complete(&self, code: String) -> Result<MaskedPerson, LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move {
                let person = terminal.login_complete(&code).await?;
                Ok(MaskedPerson {
                    name: person.name,
                    document: person.document,
                    phone: person.phone,
                    profile: person.profile,
                    sandbox: person.sandbox,
                })
            })
            .await
    }

    /// Records an answer about one purpose: given, or withdrawn. Ask about each separately, and show the text
    /// of the version that you name, counted from 1; `language` is the text's, as a BCP 47 tag.
    ///
    /// # Errors
    /// `Input` for a version or a tag that is none; `Store`; that there is no network is no error: it then waits.
    pub async fn record_consent(
        &self,
        purpose: Purpose,
        text_version: u32,
        language: String,
        given: bool,
    ) -> Result<Sent, LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move {
                let sent = terminal.record_consent(purpose.into(), text_version, &language, given);
                Ok(Sent::mirror(sent.await?))
            })
            .await
    }

    /// Applies for a code on this device, or asks how far the application has come; after a counter approved it,
    /// this is how the phone learns so. True when the device may obtain a code.
    ///
    /// # Errors
    /// `NotYet` before a login; `Refused` with `problem.consent_missing`.
    pub async fn apply(&self) -> Result<bool, LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move {
                let state = terminal.apply().await?.state;
                Ok(state == liangma_wire::application::ApplicationState::Complete)
            })
            .await
    }

    /// Hands the person over to the face-check provider by the port, waits, and redeems what comes back. May
    /// take minutes; `cancel` gives it up. A face is never the only way: offer `counter_handle` beside it.
    ///
    /// # Errors
    /// `NotYet` before an application; `Network`, `Refused`, `Cancelled`.
    pub async fn face_check(&self) -> Result<FaceCheckOutcome, LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move { Ok(FaceCheckOutcome::mirror(terminal.face_check().await?)) })
            .await
    }

    /// Takes a link that led back when nobody waited for it, as after the program was killed: the whole address.
    ///
    /// # Errors
    /// `Input` when it is no such link; `Network`, `Refused`.
    pub async fn face_returned(&self, link_back: String) -> Result<FaceCheckOutcome, LiangmaError> {
        let back = link(&link_back)?;
        let terminal = self.core.get()?;
        self.engine
            .run(async move {
                Ok(FaceCheckOutcome::mirror(
                    terminal.face_returned(back).await?,
                ))
            })
            .await
    }

    /// What to show or say at a counter instead of a face check: somebody there looks at the identity document.
    /// Then call `apply` to learn that it was approved.
    ///
    /// # Errors
    /// `NotYet` before an application; `Network`, `Refused`.
    pub async fn counter_handle(&self) -> Result<CounterHandle, LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move {
                let handle = terminal.counter_handle().await?;
                Ok(CounterHandle {
                    qr: handle.handle.to_text(),
                    spoken_code: handle.spoken_code.expose().clone(),
                    expires_at: handle.expires_at.as_millisecond(),
                })
            })
            .await
    }

    /// Makes the code, or a newer one: fetches time, trust, the hours that are not signed yet, and the reasons.
    /// The code on the phone stays as it is until every part of the new one was checked.
    ///
    /// # Errors
    /// `NotYet` before a check; `Network`, `Refused`, `NotBelieved`.
    pub async fn refresh(&self) -> Result<RefreshOutcome, LiangmaError> {
        let (open, terminal) = (self.core.clone(), self.core.get()?);
        self.engine
            .run(async move {
                let outcome = terminal.refresh().await?;
                open.take_standard(&terminal).await;
                Ok(RefreshOutcome::mirror(outcome))
            })
            .await
    }

    /// Does what is due by itself: sends what waits, and refreshes when it is time. Call it every 20 seconds or
    /// so while in front, and when the system offers work in the background. `null` when no refresh was due.
    ///
    /// # Errors
    /// As `refresh`.
    pub async fn work_due(&self) -> Result<Option<RefreshOutcome>, LiangmaError> {
        let (open, terminal) = (self.core.clone(), self.core.get()?);
        self.engine
            .run(async move {
                terminal.flush_due().await?;
                let outcome = terminal.refresh_if_due().await?;
                open.take_standard(&terminal).await;
                Ok(outcome.map(RefreshOutcome::mirror))
            })
            .await
    }

    /// Why the code has its colour, from what is on the phone; `null` without a code. Neither writes nor sends.
    /// Not for the face shown at a gate.
    ///
    /// # Errors
    /// `Stopped`.
    pub fn why(&self) -> Result<Option<Explanation>, LiangmaError> {
        Ok(self.core.get()?.why().map(Explanation::mirror))
    }

    /// The place of the code card on one canvas, in a language and a view.
    pub fn card_view(&self, language: Language, view: GlassView) -> Arc<CardView> {
        let open = Arc::downgrade(&self.core);
        let preferences = liangma_screens::Preferences {
            language: match language {
                Language::ZhHans => liangma_card::Language::ZhHans,
                Language::ZhHant => liangma_card::Language::ZhHant,
                Language::En => liangma_card::Language::En,
            },
            view: match view {
                GlassView::Normal => liangma_card::View::Normal,
                GlassView::Care => liangma_card::View::Care,
                GlassView::International => liangma_card::View::International,
            },
            code_position: CodePosition::default(),
        };
        let draw = move |width| -> Result<Option<Scene>, LiangmaError> {
            let open = open.upgrade().ok_or_else(LiangmaError::stopped)?;
            let shown = open.get()?.show()?;
            Ok(Some(card_of(shown, preferences, &open.seen(), width)?))
        };
        CardView::new(self.engine.clone(), self.wall.clone(), Arc::new(draw))
    }

    /// Declares health, as of now.
    ///
    /// # Errors
    /// `Input` for a value out of range; that there is no network is no error: it then waits.
    pub async fn declare_health(
        &self,
        declaration: HealthDeclaration,
    ) -> Result<Sent, LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move {
                let declaration = liangma_wire::declaration::HealthDeclaration {
                    temperature_tenths: declaration.temperature_tenths,
                    symptoms: declaration.symptoms.into_iter().map(Into::into).collect(),
                    high_risk_contact: declaration.high_risk_contact,
                    observed_at: terminal.now(),
                };
                Ok(Sent::mirror(terminal.declare_health(declaration).await?))
            })
            .await
    }

    /// Declares a trip.
    ///
    /// # Errors
    /// `Input` for a value that is not valid; that there is no network is no error: it then waits.
    pub async fn declare_trip(&self, declaration: TripDeclaration) -> Result<Sent, LiangmaError> {
        let arrived_at = Timestamp::from_millisecond(declaration.arrived_at)
            .map_err(|_| LiangmaError::input("field.arrived_at.out_of_range"))?;
        let terminal = self.core.get()?;
        self.engine
            .run(async move {
                let declaration = liangma_wire::declaration::TripDeclaration {
                    from_division: declaration.from_division,
                    from_country: declaration.from_country,
                    to_division: declaration.to_division,
                    arrived_at,
                };
                Ok(Sent::mirror(terminal.declare_trip(declaration).await?))
            })
            .await
    }

    /// Says that something is wrong: the colour, a test, the name. The statement may be empty.
    ///
    /// # Errors
    /// `Input` when the statement is too long; that there is no network is no error: it then waits.
    pub async fn correct(
        &self,
        about: CorrectionSubject,
        statement: String,
    ) -> Result<Sent, LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move {
                let correction = core::outbox::Correction {
                    about: about.into(),
                    statement,
                };
                Ok(Sent::mirror(terminal.correct(correction).await?))
            })
            .await
    }

    /// The person's own devices, newest first.
    ///
    /// # Errors
    /// `NotYet` before a login; `Network`, `Refused`.
    pub async fn devices(&self) -> Result<Vec<Device>, LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move { Ok(devices(terminal.devices().await?)) })
            .await
    }

    /// Ends one of the person's devices and recalls its code; returns what is left.
    ///
    /// # Errors
    /// `Input` when the id is none; `NotYet`, `Network`, `Refused`.
    pub async fn end_device(&self, id: String) -> Result<Vec<Device>, LiangmaError> {
        let device = FixedBytes::from_text(&id)
            .ok_or_else(|| LiangmaError::input("field.device.unknown"))?;
        let terminal = self.core.get()?;
        self.engine
            .run(async move { Ok(devices(terminal.end_device(DeviceId(device)).await?)) })
            .await
    }

    /// Everything that this phone or the platform holds about the person, as JSON to be shown and saved.
    ///
    /// # Errors
    /// `Store`, or for the platform's `NotYet`, `Network`, `Refused`.
    pub async fn export(&self, held_by: HeldBy) -> Result<String, LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move {
                Ok(match held_by {
                    HeldBy::ThisPhone => terminal.export().await?,
                    HeldBy::Platform => terminal.export_from_platform().await?,
                })
            })
            .await
    }

    /// Erases everything on this phone: keys, code, what was typed. The terminal is then stopped for good.
    ///
    /// # Errors
    /// `Store`, `Keys`: call it again.
    pub async fn erase(&self) -> Result<(), LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move { Ok(terminal.erase().await?) })
            .await
    }

    /// Takes the notices away that the person has seen.
    ///
    /// # Errors
    /// `Store`, `Stopped`.
    pub async fn notices_seen(&self) -> Result<(), LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move { Ok(terminal.notices_seen().await?) })
            .await
    }

    /// Writes down what is only in memory: call it when the program goes to the back, and wait for it.
    ///
    /// # Errors
    /// `Store`, `Stopped`.
    pub async fn settle(&self) -> Result<(), LiangmaError> {
        let terminal = self.core.get()?;
        self.engine
            .run(async move { Ok(terminal.settle().await?) })
            .await
    }

    /// Gives up every call that is under way on this terminal; each ends with `Cancelled`. What was on disk
    /// stays. Later calls work as before. In Kotlin, cancelling the coroutine does the same for one call.
    pub fn cancel(&self) {
        self.engine.cancel();
    }

    /// Settles and stops: every other call gives `Stopped`, and the folder is free for another terminal. Twice
    /// is the same as once.
    pub async fn stop(&self) {
        // Stopped already, or nothing to write down: both are the end.
        let _settled = self.settle().await;
        drop(self.core.locked().take());
        self.engine.finish().await;
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        drop(self.core.locked().take());
        self.engine.stop();
    }
}

fn devices(response: DevicesResponse) -> Vec<Device> {
    response
        .devices
        .into_iter()
        .map(|device| Device {
            id: device.device.0.to_text(),
            standing: DeviceStanding::mirror(device.standing),
            enrolled_at: device.enrolled_at.as_millisecond(),
            this_device: device.this_device,
        })
        .collect()
}

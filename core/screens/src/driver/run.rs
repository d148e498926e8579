//! Tasks: each becomes one call of the terminal.

use std::{sync::Arc, time::Duration};

use jiff::civil::Date;
use liangma_domain::zone;
use liangma_terminal::{
    FaceCheckOutcome, LoginForm, Terminal, TerminalError,
    outbox::{Correction, CorrectionSubject, EntryId, Sent},
    ports::FaceReturn,
};
use liangma_wire::{
    bytes::FixedBytes,
    declaration::{HealthDeclaration, TripDeclaration},
    device::{DeviceId, DeviceStanding, DevicesResponse},
};

use super::{Inner, SLOW, locked};
use crate::{
    event::Event,
    task::{Device, Outcome, Task, TaskName, Trouble},
};

/// A refresh by itself that is over within this time is not shown.
const UNNOTICED: Duration = Duration::from_secs(1);
/// Longer than this nobody waits for the platform where what they said is on disk: a little before a
/// progress would be shown.
const KEPT: Duration = Duration::from_millis(1_800);
/// The field of a form that a shell sent in a form that no shell of ours sends.
const MALFORMED: &str = "terminal.field";

impl Inner {
    /// Begins a task; its end comes as an event.
    pub(super) fn begin(self: &Arc<Self>, task: Task) {
        let (name, inner) = (task.name(), self.clone());
        let running = tokio::spawn(async move {
            let slow = tokio::spawn({
                let inner = inner.clone();
                async move {
                    tokio::time::sleep(SLOW).await;
                    inner.tell(Event::Slow { task: name });
                }
            });
            let outcome = inner.run(task).await.unwrap_or_else(|error| {
                tracing::info!(%error, ?name, "a task did not go through");
                inner.note_network(&error);
                Outcome::Failed {
                    trouble: trouble(&error),
                }
            });
            slow.abort();
            inner.learn().await;
            inner.tell(Event::Done {
                task: name,
                outcome,
            });
        });
        if let Some(before) = locked(&self.under_way).replace(running.abort_handle()) {
            before.abort();
        }
    }

    /// Takes the link that led back from the provider, after a restart.
    pub(super) async fn face_returned(&self, back: FaceReturn) {
        let Some(terminal) = locked(&self.terminal).clone() else {
            return;
        };
        let outcome = match terminal.face_returned(back).await {
            Ok(outcome) => face(outcome),
            Err(error) => Outcome::Failed {
                trouble: trouble(&error),
            },
        };
        self.learn().await;
        self.tell(Event::Done {
            task: TaskName::FaceResume,
            outcome,
        });
    }

    /// What the terminal does by itself: sends what is due, and refreshes when it is time.
    pub(super) async fn what_is_due(&self) {
        let Some(terminal) = locked(&self.terminal).clone() else {
            return;
        };
        if let Err(error) = terminal.flush_due().await {
            self.note_network(&error);
        }
        let refreshed = {
            let mut refresh = std::pin::pin!(terminal.refresh_if_due());
            match tokio::time::timeout(UNNOTICED, refresh.as_mut()).await {
                Ok(refreshed) => refreshed,
                Err(_) => {
                    locked(&self.network).refreshing = true;
                    self.learn().await;
                    let refreshed = refresh.await;
                    locked(&self.network).refreshing = false;
                    refreshed
                }
            }
        };
        match refreshed {
            Ok(Some(_)) => {
                let mut network = locked(&self.network);
                network.offline = false;
                network.refresh_trouble = None;
            }
            Ok(None) => {}
            Err(error) => {
                self.note_network(&error);
                locked(&self.network).refresh_trouble = Some(error.state_id().to_string());
            }
        }
        self.learn().await;
    }

    /// Tells the screens the terminal's state, when it is another.
    pub(super) async fn learn(&self) {
        self.take_standard().await;
        let known = self.look().await;
        let speaks = !locked(&self.state).unsaid.is_empty();
        if speaks || locked(&self.state).known != known {
            self.tell(Event::Learned {
                known: Box::new(known),
            });
        }
    }

    pub(super) fn tell(&self, event: Event) {
        if let Some(events) = self.events.upgrade() {
            self.queue(&events, event);
        }
    }

    fn note_network(&self, error: &TerminalError) {
        if let TerminalError::Client(error) = error {
            locked(&self.network).offline = error.is_offline();
        }
    }

    async fn run(self: &Arc<Self>, task: Task) -> Result<Outcome, TerminalError> {
        match task {
            Task::GuestBegin => return self.begin_guest().await,
            Task::GuestEnd => {
                let inner = self.clone();
                // Apart, so that nothing which gives up a task leaves half of it undone.
                let ended = tokio::spawn(async move { inner.end_guest().await });
                return ended
                    .await
                    .map(|()| Outcome::Went)
                    .map_err(|_| TerminalError::Interrupted);
            }
            Task::Open => {
                // One that is open looks anew; a second one would find the first in the way.
                if locked(&self.terminal).is_none() {
                    self.open().await;
                }
                return Ok(Outcome::Went);
            }
            Task::Repair => {
                let (config, ports) = self.installation();
                let repaired = Terminal::repair(config, ports).await;
                self.opened(repaired.map(|(terminal, _)| terminal)).await;
                return Ok(Outcome::Went);
            }
            Task::BeginAnew => {
                let (config, ports) = self.installation();
                let begun = Terminal::begin_anew(config, ports).await;
                self.opened(begun).await;
                return Ok(Outcome::Went);
            }
            _ => {}
        }
        let terminal = locked(&self.terminal)
            .clone()
            .ok_or(TerminalError::Interrupted)?;
        if matches!(task, Task::CheckBegin) {
            return self.begin_checking(&terminal).await;
        }
        let outcome = self.run_on(&terminal, task).await?;
        locked(&self.network).offline = matches!(outcome, Outcome::Waits);
        Ok(outcome)
    }

    async fn run_on(&self, terminal: &Terminal, task: Task) -> Result<Outcome, TerminalError> {
        Ok(match task {
            Task::Open
            | Task::Repair
            | Task::BeginAnew
            | Task::GuestBegin
            | Task::GuestEnd
            | Task::CheckBegin => Outcome::Went,
            Task::LoginStart {
                name,
                document_type,
                document_number,
                phone,
                channel,
            } => {
                let form = LoginForm {
                    name,
                    document_type,
                    document_number,
                    phone,
                    channel,
                };
                terminal.login_start(form).await?;
                Outcome::Went
            }
            Task::LoginComplete { code } => {
                terminal.login_complete(&code).await?;
                Outcome::Went
            }
            Task::Consent {
                purpose,
                version,
                language,
                given,
            } => {
                let sent = terminal.record_consent(purpose, version, &language, given);
                kept(terminal, sent).await?
            }
            Task::Apply => {
                terminal.apply().await?;
                Outcome::Went
            }
            Task::FacePrepare => {
                terminal.face_prepare().await?;
                Outcome::Went
            }
            Task::FaceCheck => face(terminal.face_leave().await?),
            Task::FaceResume => terminal.face_resume().await?.map_or(Outcome::Went, face),
            Task::CounterHandle => {
                let handle = terminal.counter_handle().await?;
                Outcome::CounterHandle {
                    qr: handle.handle.to_text(),
                    spoken_code: handle.spoken_code.expose().clone(),
                    expires_at: handle.expires_at,
                }
            }
            Task::DeclareHealth {
                temperature_tenths,
                symptoms,
                high_risk_contact,
            } => {
                let declaration = HealthDeclaration {
                    temperature_tenths,
                    symptoms,
                    high_risk_contact,
                    observed_at: terminal.now(),
                };
                kept(terminal, terminal.declare_health(declaration)).await?
            }
            Task::DeclareTrip {
                from_division,
                from_country,
                to_division,
                arrived_on,
            } => {
                let Some(arrived_at) = self.start_of_day(&arrived_on) else {
                    return Ok(wrong_field("arrived_on"));
                };
                let declaration = TripDeclaration {
                    from_division,
                    from_country,
                    to_division,
                    arrived_at,
                };
                kept(terminal, terminal.declare_trip(declaration)).await?
            }
            Task::Refresh => {
                let refreshed = terminal.refresh().await?;
                locked(&self.network).refresh_trouble = None;
                Outcome::Refreshed {
                    state: refreshed.state_id().to_string(),
                }
            }
            Task::Correct { about, statement } => {
                let about = match about.as_str() {
                    "colour" => CorrectionSubject::Colour,
                    "evidence" => CorrectionSubject::Evidence,
                    "identity" => CorrectionSubject::Identity,
                    _ => return Ok(wrong_field("about")),
                };
                let correction = Correction { about, statement };
                kept(terminal, terminal.correct(correction)).await?
            }
            Task::Send => {
                let sent = terminal.flush_outbox().await?;
                let waits = sent.iter().any(|(_, sent)| matches!(sent, Sent::Waiting));
                if waits { Outcome::Waits } else { Outcome::Went }
            }
            Task::SendAgain { entry } => {
                terminal.send_again(EntryId(entry)).await?;
                terminal.flush_outbox().await?;
                Outcome::Went
            }
            Task::TakeOut { entry } => {
                terminal.take_out(EntryId(entry)).await?;
                Outcome::Went
            }
            Task::Devices => devices(terminal.devices().await?),
            Task::EndDevice { device } => match FixedBytes::from_text(&device) {
                Some(id) => devices(terminal.end_device(DeviceId(id)).await?),
                None => wrong_field("device"),
            },
            Task::Export => Outcome::Document {
                text: terminal.export().await?,
            },
            Task::ExportFromPlatform => Outcome::Document {
                text: terminal.export_from_platform().await?,
            },
            Task::Erase => {
                terminal.erase().await?;
                // The person may begin again at once, on a phone that knows nothing.
                *locked(&self.terminal) = None;
                drop(terminal.clone());
                self.open().await;
                Outcome::Went
            }
            Task::NoticesSeen => {
                terminal.notices_seen().await?;
                Outcome::Went
            }
        })
    }

    /// Midnight of a day in the region's zone.
    fn start_of_day(&self, day: &str) -> Option<jiff::Timestamp> {
        let zone = locked(&self.state).known.zone.clone();
        let day: Date = day.parse().ok()?;
        let zone = zone::named(&zone)?;
        Some(day.to_zoned(zone).ok()?.timestamp())
    }
}

/// What became of something that is put on disk and then sent. When it is on disk and the platform takes its
/// time, it waits: the person goes on, and does not say it twice.
async fn kept(
    terminal: &Terminal,
    sending: impl Future<Output = Result<Sent, TerminalError>>,
) -> Result<Outcome, TerminalError> {
    let before = newest_entry(terminal).await?;
    let mut sending = std::pin::pin!(sending);
    if let Ok(sent) = tokio::time::timeout(KEPT, sending.as_mut()).await {
        return sent.map(answered);
    }
    if newest_entry(terminal).await? > before {
        return Ok(Outcome::Waits);
    }
    sending.await.map(answered)
}

async fn newest_entry(terminal: &Terminal) -> Result<Option<EntryId>, TerminalError> {
    let state = terminal.state().await?;
    Ok(state.outbox.iter().map(|(id, _)| *id).max())
}

fn wrong_field(field: &str) -> Outcome {
    Outcome::Failed {
        trouble: Trouble {
            field: Some(field.to_owned()),
            ..Trouble::of_state(MALFORMED)
        },
    }
}

fn answered(sent: Sent) -> Outcome {
    let state = sent.state_id().to_string();
    match sent {
        Sent::Done => Outcome::Went,
        Sent::SetAside => Outcome::Failed {
            trouble: Trouble::of_state(&state),
        },
        Sent::Waiting => Outcome::Waits,
        Sent::Refused(code) => Outcome::Failed {
            trouble: Trouble::of_state(
                &liangma_terminal::words::StateId::of_problem(code).to_string(),
            ),
        },
    }
}

fn face(outcome: FaceCheckOutcome) -> Outcome {
    Outcome::Face {
        code: outcome.code().to_owned(),
    }
}

fn devices(response: DevicesResponse) -> Outcome {
    Outcome::Devices {
        devices: response
            .devices
            .into_iter()
            .map(|device| Device {
                id: device.device.0.to_text(),
                standing: match device.standing {
                    DeviceStanding::Unverified => "unverified",
                    DeviceStanding::Verified => "verified",
                    DeviceStanding::Ended => "ended",
                }
                .to_owned(),
                enrolled_at: device.enrolled_at,
                this_device: device.this_device,
            })
            .collect(),
    }
}

/// The trouble that an error is, without anything personal.
fn trouble(error: &TerminalError) -> Trouble {
    let field = match error {
        TerminalError::Field(error) => Some((error.field, error.reason)),
        _ => None,
    };
    Trouble {
        state: error.state_id().to_string(),
        field: field.map(|(field, _)| field.to_owned()),
        reason: field.map(|(_, reason)| reason.to_owned()),
        transient: error.is_transient(),
        wait_seconds: error.asked_wait().map(|wait| wait.as_secs()),
    }
}

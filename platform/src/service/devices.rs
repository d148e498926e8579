//! A person's devices and consents.
//!
//! Two own devices are allowed (the profile's limit), each with secrets of its own. A login alone
//! changes nothing for the others but a notice: whoever only holds somebody's phone number must not be
//! able to put out that person's code. When a new device has been *verified*, by face or at a counter,
//! and there are more than allowed, the oldest verified one ends and its strips are recalled. An
//! unverified device may end itself and nothing else, sees no other device, and neither reads nor declares
//! anything of the person's health. The consents it does see, and gives: without them it could not be
//! verified, and they tell of no health.

use liangma_domain::person::PersonId;
use liangma_wire::{
    bytes::FixedBytes,
    consent::{ConsentRecord, ConsentRequest, ConsentsResponse, Purpose, is_language_tag},
    device::{
        DeviceEndRequest, DeviceId, DeviceNotice, DeviceNoticeKind, DeviceStanding, DeviceView,
        DevicesResponse,
    },
    problem::{Problem, ProblemCode},
};

use super::declarations::first;
use crate::{
    error::Failure,
    platform::{Platform, time},
    storage::{ConsentRow, DeviceOutcome, EndDevice, NoticeKind, Seat, Standing},
    vault::name,
};

/// How often a write is made anew when devices or strips change meanwhile.
pub(super) const ROUNDS: usize = 6;

pub(super) fn standing_on_wire(standing: Standing) -> DeviceStanding {
    match standing {
        Standing::Unverified => DeviceStanding::Unverified,
        Standing::Verified => DeviceStanding::Verified,
        Standing::Ended => DeviceStanding::Ended,
    }
}

fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::HealthCode => "health_code",
        Purpose::FaceCheck => "face_check",
        Purpose::HealthDeclaration => "health_declaration",
        Purpose::TripDeclaration => "trip_declaration",
    }
}

pub(super) fn consent_on_wire(row: &ConsentRow) -> Option<ConsentRecord> {
    Some(ConsentRecord {
        purpose: Purpose::ALL
            .into_iter()
            .find(|purpose| purpose_name(*purpose) == row.purpose)?,
        text_version: row.text_version,
        language: row.language.clone(),
        given: row.given,
        recorded_at: time(row.at),
    })
}

impl Platform {
    pub(crate) async fn devices(&self, seat: &Seat) -> Result<DevicesResponse, Failure> {
        let devices = self
            .storage
            .devices(seat.device.person)
            .await?
            .into_iter()
            .filter(|device| {
                // Whoever holds a phone number is not yet known to be the person: which other devices
                // there are, and since when, is for the person alone.
                seat.device.standing == Standing::Verified || device.id == seat.device.id
            })
            .map(|device| DeviceView {
                device: DeviceId(FixedBytes(device.id)),
                standing: standing_on_wire(device.standing),
                enrolled_at: time(device.enrolled_at),
                this_device: device.id == seat.device.id,
            })
            .collect();
        let notices = self
            .storage
            .notices(seat.device.id)
            .await?
            .into_iter()
            .map(|notice| DeviceNotice {
                kind: match notice.kind {
                    NoticeKind::DeviceEnrolled => DeviceNoticeKind::DeviceEnrolled,
                    NoticeKind::StripRecalled => DeviceNoticeKind::StripRecalled,
                    NoticeKind::DeviceEnded => DeviceNoticeKind::DeviceEnded,
                },
                at: time(notice.at),
            })
            .collect();
        Ok(DevicesResponse { devices, notices })
    }

    pub(crate) async fn end_device(
        &self,
        seat: &Seat,
        request: DeviceEndRequest,
    ) -> Result<DevicesResponse, Failure> {
        let device = request.device.0.0;
        if device != seat.device.id {
            self.require_verified(seat)?;
        }
        for _ in 0..ROUNDS {
            let end = self.ending(seat.device.person, device).await?;
            match self.storage.end_device(end).await? {
                DeviceOutcome::Done => {
                    self.publish_recalls(self.now()).await;
                    return self.devices(seat).await;
                }
                DeviceOutcome::Gone => {
                    return Err(Problem::new(ProblemCode::InvalidField)
                        .with_field("device", "unknown_device")
                        .with_detail(
                            "name one of the devices that the list gives and that has not ended",
                        )
                        .into());
                }
                DeviceOutcome::Stale => {}
            }
        }
        Err(Problem::new(ProblemCode::Busy).with_retry_after(2).into())
    }

    /// What ends a device: its strips are recalled and a trace is left of each.
    pub(super) async fn ending(
        &self,
        person: PersonId,
        device: [u8; 8],
    ) -> Result<EndDevice, Failure> {
        let now = self.now();
        let (strips, seen) = self.recallable_strips(person, now).await?;
        let own: Vec<_> = strips
            .into_iter()
            .filter(|strip| strip.device == device)
            .collect();
        let (recalls, leaves) = self.recalls_of(&own, "device_ended", now)?;
        Ok(EndDevice {
            person,
            device,
            seen,
            recalls,
            leaves,
            at: now.as_second(),
        })
    }

    pub(crate) async fn consents(&self, seat: &Seat) -> Result<ConsentsResponse, Failure> {
        let rows = self.storage.consents(seat.device.person).await?;
        let newest = |purpose: Purpose| {
            rows.iter()
                .rev()
                .find(|row| row.purpose == purpose_name(purpose))
        };
        Ok(ConsentsResponse {
            consents: Purpose::ALL
                .into_iter()
                .filter_map(|purpose| consent_on_wire(newest(purpose)?))
                .collect(),
        })
    }

    pub(crate) async fn record_consent(
        &self,
        seat: &Seat,
        key: Option<&str>,
        request: ConsentRequest,
    ) -> Result<ConsentsResponse, Failure> {
        if !is_language_tag(&request.language) {
            return Err(Problem::new(ProblemCode::InvalidField)
                .with_field("language", "not_a_language_tag")
                .with_detail("give the language that the text was shown in, as BCP 47")
                .into());
        }
        if request.text_version == 0 {
            return Err(Problem::new(ProblemCode::InvalidField)
                .with_field("text_version", "zero")
                .with_detail("give the version of the text that was shown; versions count from 1")
                .into());
        }
        if !request.given && seat.device.standing != Standing::Verified {
            // A login alone must not put out the code on the person's verified device.
            let devices = self.storage.devices(seat.device.person).await?;
            if devices
                .iter()
                .any(|device| device.standing == Standing::Verified)
            {
                return Err(ProblemCode::DeviceNotVerified.into());
            }
        }
        let person = seat.device.person;
        let key = key.map(|key| {
            let parts: [&[u8]; 2] = [person.as_bytes(), key.as_bytes()];
            // A store from before keys had numbers goes on with the first key for as long as that is kept.
            let before = self.vault.mark_before_numbers("consent", &parts);
            first(&before.unwrap_or_else(|| name("consent", &parts)))
        });
        let row = ConsentRow {
            key,
            purpose: purpose_name(request.purpose).to_owned(),
            text_version: request.text_version,
            language: request.language,
            given: request.given,
            at: self.now().as_second(),
        };
        self.storage.put_consent(person, row).await?;
        self.consents(seat).await
    }

    /// Refuses a device that has only been logged in with: who holds a phone number is not yet known to
    /// be the person.
    pub(crate) fn require_verified(&self, seat: &Seat) -> Result<(), Failure> {
        match seat.device.standing {
            Standing::Verified => Ok(()),
            Standing::Unverified | Standing::Ended => Err(ProblemCode::DeviceNotVerified.into()),
        }
    }

    /// Refuses what the person has not consented to, or no longer consents to.
    pub(crate) async fn require_consent(
        &self,
        person: PersonId,
        purpose: Purpose,
    ) -> Result<(), Failure> {
        require_given(&self.storage.consents(person).await?, purpose)
    }
}

/// Refuses what is not consented to by the newest of these answers.
pub(super) fn require_given(answers: &[ConsentRow], purpose: Purpose) -> Result<(), Failure> {
    let name = purpose_name(purpose);
    match answers.iter().rev().find(|row| row.purpose == name) {
        Some(row) if row.given => Ok(()),
        answered => Err(Problem::new(ProblemCode::ConsentMissing)
            .with_field(
                "purpose",
                if answered.is_some() {
                    "withdrawn"
                } else {
                    "never_given"
                },
            )
            .with_detail(format!(
                "show the text for `{name}` and record the person's answer"
            ))
            .into()),
    }
}

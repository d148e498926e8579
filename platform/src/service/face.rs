//! The application for a code, and the face check that completes it (Guangxi article 27). The platform
//! sees a ticket go out and a signed receipt come back; a face it never sees.

use liangma_credential::{
    FaceOutcome as ReceiptOutcome, Pseudonym, Receipt, ReceiptBinding, ReceiptError,
};
use liangma_crypto::{PublicKey, constant_time_equal, sha256};
use liangma_domain::person::PersonId;
use liangma_wire::{
    application::{ApplicationId, ApplicationResponse, ApplicationState},
    bytes::FixedBytes,
    consent::Purpose,
    face::{
        FACE_TICKET_SECONDS, FaceOutcome, FaceRedeemRequest, FaceRedeemResponse, FaceTicketRequest,
        FaceTicketResponse, ProviderReceiptRequest, ProviderTicket, TicketId,
    },
    problem::{Problem, ProblemCode},
};

use super::devices::{ROUNDS, standing_on_wire};
use crate::{
    error::Failure,
    leaf::{LeafEntry, NewLeaf},
    platform::{Platform, time},
    ports::PortError,
    storage::{ApplicationRow, Seat, SettleTicket, Settled, Standing, TicketRow, VerifyDevice},
    vault::{DEVICE_SUITE, name},
};

const HANDLE: &str = "receipt handle";
/// What a face check is for; goes to the provider and comes back in the receipt.
const PURPOSE: &str = "health_code_application";

/// How far the provider's clock may differ, in seconds.
const PROVIDER_SKEW: i64 = 60;

/// Face checks of one person in an hour, and in a day: each costs the provider something, and a face
/// that does not fit is not tried for ever.
const TICKETS_PER_PERSON: [(u32, i64); 2] = [(10, 3_600), (30, 86_400)];

fn outcome_number(outcome: ReceiptOutcome) -> u8 {
    outcome as u8
}

fn outcome_on_wire(number: u8) -> Option<FaceOutcome> {
    Some(match number {
        1 => FaceOutcome::Passed,
        2 => FaceOutcome::Failed,
        3 => FaceOutcome::Cancelled,
        4 => FaceOutcome::TimedOut,
        _ => return None,
    })
}

/// The hash of the request that a face check completes: this application on this device.
fn request_hash(application: &[u8; 16], device: &[u8; 8]) -> [u8; 32] {
    sha256(&[b"liangma/application/1\0", application, device])
}

impl Platform {
    pub(crate) async fn apply(&self, seat: &Seat) -> Result<ApplicationResponse, Failure> {
        let person = seat.device.person;
        self.require_consent(person, Purpose::HealthCode).await?;
        let row = self
            .storage
            .open_application(ApplicationRow {
                id: self.random()?,
                person,
                device: seat.device.id,
                opened_at: self.now().as_second(),
                completed_at: None,
                way: None,
            })
            .await?;
        Ok(ApplicationResponse {
            application: ApplicationId(FixedBytes(row.id)),
            state: application_state(&row),
        })
    }

    /// The application, if it is that of this person and device.
    pub(super) async fn own_application(
        &self,
        seat: &Seat,
        id: ApplicationId,
    ) -> Result<ApplicationRow, Failure> {
        self.storage
            .application(id.0.0)
            .await?
            .filter(|row| row.person == seat.device.person && row.device == seat.device.id)
            .ok_or(ProblemCode::ApplicationUnknown.into())
    }

    pub(crate) async fn face_ticket(
        &self,
        seat: &Seat,
        request: FaceTicketRequest,
    ) -> Result<FaceTicketResponse, Failure> {
        let person = seat.device.person;
        self.require_consent(person, Purpose::HealthCode).await?;
        self.require_consent(person, Purpose::FaceCheck).await?;
        let application = self.own_application(seat, request.application).await?;
        let now = self.now().as_second();
        self.cap("face ticket", person.as_bytes(), &TICKETS_PER_PERSON)
            .await?;
        let ticket = TicketRow {
            id: self.random()?,
            application: application.id,
            person,
            device: seat.device.id,
            nonce: self.random()?,
            request_hash: request_hash(&application.id, &seat.device.id),
            challenge: request.challenge.0,
            expires_at: now + FACE_TICKET_SECONDS,
            settled: None,
        };
        let id = TicketId(FixedBytes(ticket.id));
        let binding = self.binding(seat, &ticket)?;
        let announced = ProviderTicket {
            ticket: id,
            audience: binding.audience,
            nonce: FixedBytes(ticket.nonce),
            subject: FixedBytes(binding.subject.0),
            requester: FixedBytes(binding.requester.0),
            purpose: binding.purpose,
            request_hash: FixedBytes(ticket.request_hash),
            device_thumbprint: FixedBytes(binding.device_key),
            challenge: request.challenge,
            state: request.state,
            expires_at: time(ticket.expires_at),
        };
        let expires_at = announced.expires_at;
        self.storage.put_ticket(ticket).await?;
        self.ports
            .face
            .announce(&announced)
            .await
            .map_err(|_| Failure::from(ProblemCode::FaceProviderUnavailable))?;
        Ok(FaceTicketResponse {
            ticket: id,
            provider_url: self.ports.face.page(&id),
            provider_name: self.ports.face.name().to_owned(),
            expires_at,
        })
    }

    /// Everything that a receipt for this ticket has to say.
    fn binding(&self, seat: &Seat, ticket: &TicketRow) -> Result<ReceiptBinding, Failure> {
        let provider = self.ports.face.name().to_owned();
        let subject = Pseudonym::of(ticket.person, &provider);
        Ok(ReceiptBinding {
            audience: self.config.name.clone(),
            ticket: FixedBytes(ticket.id).to_text(),
            nonce: ticket.nonce,
            subject,
            // Proxies are not in this release: whoever asks is the one whose face it is.
            requester: subject,
            purpose: PURPOSE.to_owned(),
            request_hash: ticket.request_hash,
            device_key: PublicKey::new(DEVICE_SUITE, &seat.device.public_key)
                .map_err(|_| Failure::internal("read a stored device key"))?
                .thumbprint(),
            challenge: ticket.challenge,
            provider,
        })
    }

    pub(crate) async fn face_redeem(
        &self,
        seat: &Seat,
        request: FaceRedeemRequest,
    ) -> Result<FaceRedeemResponse, Failure> {
        let now = self.now();
        let ticket = self
            .storage
            .ticket(request.ticket.0.0)
            .await?
            .filter(|row| row.person == seat.device.person && row.device == seat.device.id)
            .ok_or(Failure::from(ProblemCode::FaceTicketUnknown))?;
        if !constant_time_equal(&sha256(&[&request.verifier.0]), &ticket.challenge) {
            return Err(ProblemCode::FaceReceiptMismatch.into());
        }
        let handle_hash = name(HANDLE, &[&request.handle.0.0]);
        if let Some((settled_by, outcome)) = ticket.settled {
            let before = self
                .vault
                .mark_before_numbers(HANDLE, &[&request.handle.0.0]);
            let same = settled_by == handle_hash || Some(settled_by) == before;
            return self.settled_before(seat, same, outcome).await;
        }
        if now.as_second() >= ticket.expires_at {
            return Err(ProblemCode::FaceTicketExpired.into());
        }
        let asked = ProviderReceiptRequest {
            ticket: request.ticket,
            handle: request.handle,
        };
        let bytes = self.ports.face.receipt(&asked).await.map_err(|error| {
            Failure::from(match error {
                PortError::Unreachable(_) => ProblemCode::FaceProviderUnavailable,
                // A handle that the provider never gave out, or gave out for another ticket.
                PortError::Unknown(_) => ProblemCode::FaceReceiptMismatch,
                PortError::Answer(_) => ProblemCode::FaceReceiptForged,
            })
        })?;
        let binding = self.binding(seat, &ticket)?;
        let receipt = Receipt::verify(&bytes, self.ports.face.public_key(), &binding, now)
            .map_err(|error| {
                Failure::from(match error {
                    ReceiptError::Decode(_) | ReceiptError::Forged => {
                        ProblemCode::FaceReceiptForged
                    }
                    ReceiptError::OtherPurpose
                    | ReceiptError::OtherTicket
                    | ReceiptError::SomebodyElse
                    | ReceiptError::OtherRequest
                    // Of another time than this check, which nobody took too long for.
                    | ReceiptError::NotYetValid => ProblemCode::FaceReceiptMismatch,
                    ReceiptError::Expired => ProblemCode::FaceTicketExpired,
                })
            })?;
        let opened = ticket.expires_at - FACE_TICKET_SECONDS;
        if receipt.issued.as_second() < opened - PROVIDER_SKEW {
            // Nothing can have been found out for a ticket before there was one.
            return Err(ProblemCode::FaceReceiptMismatch.into());
        }
        let outcome = outcome_number(receipt.outcome);
        let passed = receipt.outcome == ReceiptOutcome::Passed;
        for _ in 0..ROUNDS {
            let verify = if passed {
                let (person, device) = (seat.device.person, seat.device.id);
                Some(
                    self.verification(person, device, ticket.application, "face".to_owned())
                        .await?,
                )
            } else {
                None
            };
            let settled = self
                .storage
                .settle_ticket(SettleTicket {
                    ticket: ticket.id,
                    handle_hash,
                    receipt_digest: sha256(&[&bytes]),
                    outcome,
                    verify,
                })
                .await?;
            return match settled {
                Settled::Stale => continue,
                Settled::Now => {
                    self.publish_recalls(now).await;
                    self.redeemed(seat, outcome).await
                }
                Settled::Before(settled_by, outcome) => {
                    self.settled_before(seat, settled_by == handle_hash, outcome)
                        .await
                }
                Settled::ReceiptUsed => Err(ProblemCode::FaceReceiptReplayed.into()),
                Settled::Unknown => Err(ProblemCode::FaceTicketUnknown.into()),
                Settled::DeviceGone => Err(ProblemCode::SessionEnded.into()),
            };
        }
        Err(Problem::new(ProblemCode::Busy).with_retry_after(2).into())
    }

    /// The same handle from the same device gives the same answer again: the link back may be opened twice.
    async fn settled_before(
        &self,
        seat: &Seat,
        same_handle: bool,
        outcome: u8,
    ) -> Result<FaceRedeemResponse, Failure> {
        if !same_handle {
            return Err(ProblemCode::FaceReceiptReplayed.into());
        }
        self.redeemed(seat, outcome).await
    }

    async fn redeemed(&self, seat: &Seat, outcome: u8) -> Result<FaceRedeemResponse, Failure> {
        let standing = self
            .storage
            .devices(seat.device.person)
            .await?
            .into_iter()
            .find(|device| device.id == seat.device.id)
            .map_or(Standing::Ended, |device| device.standing);
        Ok(FaceRedeemResponse {
            outcome: outcome_on_wire(outcome).ok_or(Failure::internal("read a stored outcome"))?,
            standing: standing_on_wire(standing),
        })
    }

    /// What verifies a device: its trace, and which older devices have to make room for it.
    pub(super) async fn verification(
        &self,
        person: PersonId,
        device: [u8; 8],
        application: [u8; 16],
        way: String,
    ) -> Result<VerifyDevice, Failure> {
        let at = self.now().as_second();
        let limit = self.profile.limits().devices;
        // Newest first: those beyond the limit, counting the new one, are the oldest.
        let others = self.storage.devices(person).await?;
        let too_many: Vec<[u8; 8]> = others
            .into_iter()
            .filter(|other| other.id != device && other.standing == Standing::Verified)
            .skip(usize::try_from(limit.saturating_sub(1)).unwrap_or(usize::MAX))
            .map(|other| other.id)
            .collect();
        let mut make_room = Vec::with_capacity(too_many.len());
        for other in too_many {
            make_room.push(self.ending(person, other).await?);
        }
        let entry = LeafEntry::Verification {
            person: *person.as_bytes(),
            device,
            application,
            way: way.clone(),
            at,
        };
        let leaf = self.leaf(&entry, Some(person))?.1;
        Ok(VerifyDevice {
            application,
            person,
            device,
            way,
            limit,
            make_room,
            leaves: vec![leaf],
            at,
        })
    }

    /// A new trace: the leaf, and the row that keeps it.
    pub(crate) fn leaf(
        &self,
        entry: &LeafEntry,
        person: Option<PersonId>,
    ) -> Result<(NewLeaf, crate::storage::LeafRow), Failure> {
        let randomness = &*self.ports.randomness;
        let leaf = NewLeaf::new(entry, randomness)?;
        let row = leaf.row(person, self.now().as_second(), &self.vault, randomness)?;
        Ok((leaf, row))
    }
}

pub(super) fn application_state(row: &ApplicationRow) -> ApplicationState {
    if row.completed_at.is_some() {
        ApplicationState::Complete
    } else {
        ApplicationState::NeedsVerification
    }
}

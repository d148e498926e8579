//! The counter: somebody with the duty reads the identity document and approves the application that
//! the phone shows. A face is never the only way.

use liangma_crypto::constant_time_equal;
use liangma_wire::{
    bytes::FixedBytes,
    consent::Purpose,
    counter::{
        COUNTER_HANDLE_SECONDS, CounterApprovalRequest, CounterApprovalResponse,
        CounterHandleRequest, CounterHandleResponse, CounterReference, SPOKEN_CODE_DIGITS,
        SPOKEN_CODE_TRIES,
    },
    problem::{Problem, ProblemCode},
};

use super::devices::ROUNDS;
use crate::{
    config::Principal,
    error::Failure,
    platform::{Platform, time},
    storage::{CounterHandleRow, DeviceOutcome, Seat},
};

/// Handles of one person in an hour: each new one has tries of its own at its spoken code.
const HANDLES_PER_PERSON: [(u32, i64); 1] = [(20, 3_600)];

impl Platform {
    fn handle_hash(&self, handle: &[u8; 16]) -> [u8; 32] {
        self.vault.mark("counter handle", &[handle])
    }

    fn spoken_hash(&self, code: &str) -> [u8; 32] {
        self.vault.mark("spoken code", &[code.as_bytes()])
    }

    pub(crate) async fn counter_handle(
        &self,
        seat: &Seat,
        request: CounterHandleRequest,
    ) -> Result<CounterHandleResponse, Failure> {
        self.require_consent(seat.device.person, Purpose::HealthCode)
            .await?;
        let application = self.own_application(seat, request.application).await?;
        let person = seat.device.person;
        self.cap("counter handle", person.as_bytes(), &HANDLES_PER_PERSON)
            .await?;
        let handle: [u8; 16] = self.random()?;
        let spoken_code = self.digits(SPOKEN_CODE_DIGITS)?;
        let expires_at = self.now().as_second() + COUNTER_HANDLE_SECONDS;
        self.storage
            .put_counter_handle(CounterHandleRow {
                handle_hash: self.handle_hash(&handle),
                code_hash: self.spoken_hash(&spoken_code),
                application: application.id,
                person: seat.device.person,
                device: seat.device.id,
                expires_at,
            })
            .await?;
        Ok(CounterHandleResponse {
            handle: FixedBytes(handle),
            spoken_code: spoken_code.into(),
            expires_at: time(expires_at),
        })
    }

    pub(crate) async fn counter_approve(
        &self,
        principal: &Principal,
        request: CounterApprovalRequest,
    ) -> Result<CounterApprovalResponse, Failure> {
        let refused = || Failure::from(ProblemCode::CounterHandleNotAccepted);
        let now = self.now();
        let document =
            self.read_document(request.document_type, request.document_number.expose())?;
        let person = self
            .storage
            .find_person(self.vault.lookup(&document))
            .await?;
        let handle = match request.reference {
            CounterReference::Handle(handle) => {
                let hash = self.handle_hash(&handle.0);
                let row = self
                    .storage
                    .counter_handle(hash, now.as_second())
                    .await?
                    .ok_or_else(refused)?;
                if Some(row.person) != person {
                    return Err(ProblemCode::CounterDocumentMismatch.into());
                }
                row
            }
            CounterReference::Spoken(code) => {
                // The document says whose codes are tried, so that guesses are counted where they hit.
                let person = person.ok_or_else(refused)?;
                let hash = self.spoken_hash(code.expose().trim());
                self.storage
                    .try_spoken_codes(person, SPOKEN_CODE_TRIES, now.as_second())
                    .await?
                    .into_iter()
                    .find(|row| constant_time_equal(&row.code_hash, &hash))
                    .ok_or_else(refused)?
            }
        };
        let identity = self.identity_of(handle.person).await?;
        for _ in 0..ROUNDS {
            let way = format!("counter:{}", principal.id);
            let verify = self
                .verification(handle.person, handle.device, handle.application, way)
                .await?;
            match self
                .storage
                .settle_counter(handle.handle_hash, verify)
                .await?
            {
                DeviceOutcome::Done => {
                    self.publish_recalls(now).await;
                    return Ok(CounterApprovalResponse {
                        masked_name: identity.masked_name().as_str().to_owned(),
                        masked_document: identity.masked_document().display(),
                        approved_at: now,
                    });
                }
                DeviceOutcome::Gone => return Err(refused()),
                DeviceOutcome::Stale => {}
            }
        }
        Err(Problem::new(ProblemCode::Busy).with_retry_after(2).into())
    }
}

//! The counter: somebody with the duty reads the identity document and approves the application that
//! the phone shows. A face is never the only way.

use liangma_crypto::constant_time_equal;
use liangma_domain::person::PersonId;
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
    leaf::LeafEntry,
    platform::{Platform, time},
    storage::{Bucket, CounterHandleRow, DeviceOutcome, Seat},
    vault::name,
};

/// Handles of one person in an hour: each new one has tries of its own at its spoken code.
const HANDLES_PER_PERSON: [(u32, i64); 1] = [(20, 3_600)];
/// Spoken codes that one administrator may try in an hour, and in a day, over all people: a code of eight
/// digits has five tries for its person, and nobody is to multiply them by the people who wait.
const SPOKEN_PER_PRINCIPAL: [(u32, i64); 2] = [(60, 3_600), (300, 86_400)];

/// What an administrator does at a counter that is counted by the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CounterAct {
    /// An application was approved.
    Approval,
    /// A login code was read out.
    LoginCode,
}

impl CounterAct {
    const fn name(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::LoginCode => "login_code",
        }
    }
}

const SPOKEN_CODE: &str = "spoken code";

fn handle_hash(handle: &[u8; 16]) -> [u8; 32] {
    name("counter handle", &[handle])
}

impl Platform {
    fn spoken_hash(&self, code: &str) -> [u8; 32] {
        self.vault.mark(SPOKEN_CODE, &[code.as_bytes()])
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
                handle_hash: handle_hash(&handle),
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

    /// Counts one more act of an administrator today, and refuses it where there were enough: whoever is
    /// bribed or robbed of a key does a day's work of harm and no more, and leaves a trace of wanting to.
    pub(super) async fn count_of_today(
        &self,
        principal: &Principal,
        act: CounterAct,
    ) -> Result<(), Failure> {
        let now = self.now();
        let zone = self.profile.zone().clone();
        let day = now.to_zoned(zone.clone()).date();
        let tomorrow = day
            .tomorrow()
            .and_then(|day| day.to_zoned(zone))
            .map_err(|_| Failure::internal("find the end of the day"))?;
        let wait = tomorrow.timestamp().as_second() - now.as_second();
        let day = day.to_string();
        let buckets = |purpose, limit| -> Vec<Bucket> {
            let parts: [&[u8]; 3] = [
                act.name().as_bytes(),
                principal.id.as_bytes(),
                day.as_bytes(),
            ];
            // Under every key that is kept, so that a change of keys begins no second day.
            let marks = self.vault.marks(purpose, &parts).into_iter();
            marks
                .map(|key| Bucket {
                    key,
                    limit,
                    window_seconds: wait,
                })
                .collect()
        };
        let limit = self.profile.limits().counter_approvals_per_day;
        let count = async |buckets| {
            let counted = self.storage.count_in_buckets(buckets, now.as_second());
            counted.await.map(|full| full.is_none())
        };
        if count(buckets("counter day", limit)).await? {
            return Ok(());
        }
        if count(buckets("counter day traced", 1)).await? {
            tracing::warn!(
                act = act.name(),
                "an administrator reached the cap of a day"
            );
            let entry = LeafEntry::CounterCap {
                principal: principal.id.clone(),
                what: act.name().to_owned(),
                day: day.clone(),
                limit,
                at: now.as_second(),
            };
            self.storage
                .put_leaves(vec![self.leaf(&entry, None)?.1])
                .await?;
        }
        Err(Problem::new(ProblemCode::CounterDailyCap)
            .with_retry_after(u32::try_from(wait).unwrap_or(u32::MAX))
            .into())
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
            .await?
            .map(|found| found.person);
        let handle = match request.reference {
            CounterReference::Handle(handle) => {
                let hash = handle_hash(&handle.0);
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
                let id = principal.id.as_bytes();
                self.cap("spoken codes", id, &SPOKEN_PER_PRINCIPAL).await?;
                let hashes = self
                    .vault
                    .marks(SPOKEN_CODE, &[code.expose().trim().as_bytes()]);
                // The same work for a document that nobody here has.
                let whose = person.unwrap_or(PersonId::from_bytes([0; 16]));
                self.storage
                    .try_spoken_codes(whose, SPOKEN_CODE_TRIES, now.as_second())
                    .await?
                    .into_iter()
                    .find(|row| {
                        hashes
                            .iter()
                            .any(|hash| constant_time_equal(&row.code_hash, hash))
                    })
                    .ok_or_else(refused)?
            }
        };
        self.count_of_today(principal, CounterAct::Approval).await?;
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

#[cfg(test)]
mod tests;

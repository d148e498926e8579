//! The outbox: whatever a person does that needs the network is on disk before anything is sent.
//!
//! Every entry carries an idempotency key from its first moment, so that a kill at any instant loses
//! nothing and doubles nothing. What the platform refuses for good is kept with the reason, for the person
//! to see and to take out.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use liangma_crypto::{Randomness, RandomnessError};
use liangma_wire::{
    bytes::FixedBytes,
    consent::{CONSENTS_PATH, ConsentRequest, ConsentsResponse},
    declaration::{
        CORRECT_PATH, DECLARE_HEALTH_PATH, DECLARE_TRIP_PATH, DeclarationResponse,
        HealthDeclaration, TripDeclaration,
    },
    problem::{Problem, ProblemCode},
};
use serde::{Deserialize, Serialize, de::IgnoredAny};

use crate::{
    client::{ASKED_MAX, Body, ClientError, read_json, wait_after},
    store::{Store, StoreError, Table, Work},
};

/// The first wait after a failure.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(60 * 60);
/// After so many answers in a row that could not be read, each to a try whose time had come, no other is
/// expected: the entry is set aside. The waits between them add up to five minutes and more.
const UNREADABLE_MAX: u32 = 5;
/// A person does not do more than this without network; a program gone wild might.
pub(crate) const ENTRIES_MAX: usize = 500;
/// The longest reason of a refusal that is kept, in characters.
const DETAIL_MAX: usize = 500;
/// The longest statement of a correction, in bytes.
pub const STATEMENT_MAX: usize = 4000;

/// Names an entry. Rises with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(pub u64);

/// Something a person did that is to reach the platform. Printing it shows what kind it is and no more.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Sending {
    /// A declaration of health.
    Health(HealthDeclaration),
    /// A declaration of a trip.
    Trip(TripDeclaration),
    /// A consent given or withdrawn.
    Consent(ConsentRequest),
    /// "I think this is wrong".
    Correction(Correction),
}

impl std::fmt::Debug for Sending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Health(_) => "Health([hidden])",
            Self::Trip(_) => "Trip([hidden])",
            Self::Consent(_) => "Consent([hidden])",
            Self::Correction(_) => "Correction([hidden])",
        })
    }
}

/// What a person holds to be wrong.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// What it is about.
    pub about: CorrectionSubject,
    /// In the person's own words, at most [`STATEMENT_MAX`] bytes; may be empty.
    pub statement: String,
}

impl std::fmt::Debug for Correction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Correction({:?}, [hidden])", self.about)
    }
}

/// What a correction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionSubject {
    /// The colour.
    Colour,
    /// A test or vaccination that is missing or wrong.
    Evidence,
    /// The name or document.
    Identity,
}

/// An entry as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// What makes every try the same write.
    pub key: String,
    /// What is to be sent.
    pub sending: Sending,
    /// When the person did it.
    pub done_at: Timestamp,
    /// Where it stands.
    pub state: EntryState,
}

/// Where an entry stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EntryState {
    /// It will be sent.
    Waiting {
        /// Tries that failed.
        tries: u32,
        /// Not before this.
        next_at: Timestamp,
        /// How often in a row the platform answered and could not be understood.
        #[serde(default)]
        unreadable: u32,
    },
    /// The platform refused it for good. Kept until the person takes it out or sends it again.
    Refused {
        /// The platform's reason.
        code: ProblemCode,
        /// What to do next, in the platform's words.
        detail: String,
        /// When.
        at: Timestamp,
    },
    /// The platform's answers could not be understood: it may have this, and it may not. Kept until the person
    /// takes it out or sends it again, which is never a second write; what was done after it is sent.
    SetAside {
        /// When.
        at: Timestamp,
    },
}

/// How sending went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The platform has it.
    Done,
    /// It is on disk, and is sent when it can be.
    Waiting,
    /// The platform refused it; it is kept with the reason.
    Refused(ProblemCode),
    /// The platform's answers could not be understood; it is kept, and stands in nobody's way.
    SetAside,
}

impl Sending {
    pub(crate) fn path(&self) -> &'static str {
        match self {
            Self::Health(_) => DECLARE_HEALTH_PATH,
            Self::Trip(_) => DECLARE_TRIP_PATH,
            Self::Consent(_) => CONSENTS_PATH,
            Self::Correction(_) => CORRECT_PATH,
        }
    }

    pub(crate) fn body(&self) -> Result<Body, ClientError> {
        match self {
            Self::Health(declaration) => Body::json(declaration),
            Self::Trip(declaration) => Body::json(declaration),
            Self::Consent(consent) => Body::json(consent),
            Self::Correction(correction) => Body::json(correction),
        }
    }

    /// Reads the platform's receipt. Without one nothing is taken for done: what stands between the phone
    /// and its platform may answer "200" to anything.
    pub(crate) fn read_receipt(&self, answer: &[u8]) -> Result<(), ClientError> {
        match self {
            Self::Health(_) | Self::Trip(_) => read_json(answer).map(|_: DeclarationResponse| ()),
            Self::Consent(consent) => {
                let recorded: ConsentsResponse = read_json(answer)?;
                recorded
                    .consents
                    .iter()
                    .any(|record| record.purpose == consent.purpose)
                    .then_some(())
                    .ok_or(ClientError::Unreadable)
            }
            Self::Correction(_) => read_json(answer).map(|_: BTreeMap<String, IgnoredAny>| ()),
        }
    }
}

/// Puts something into the outbox. On disk when this returns.
pub(crate) fn put(
    store: &mut Store,
    sending: Sending,
    done_at: Timestamp,
    randomness: &dyn Randomness,
) -> Result<Option<EntryId>, StoreError> {
    let key = new_key(randomness)?;
    store.write(|work| {
        let entries = work.all_bytes(Table::Outbox)?;
        if entries.len() >= ENTRIES_MAX {
            return Ok(None);
        }
        // Rising by time, and rising also when the clock went back.
        let last = entries
            .last()
            .and_then(|(row, _)| row.parse::<u64>().ok())
            .unwrap_or(0);
        let id = last
            .max(u64::try_from(done_at.as_millisecond()).unwrap_or(0))
            .saturating_add(1);
        let entry = OutboxEntry {
            key: key.clone(),
            sending: sending.clone(),
            done_at,
            state: EntryState::Waiting {
                tries: 0,
                next_at: done_at,
                unreadable: 0,
            },
        };
        work.put(Table::Outbox, &row(EntryId(id)), &entry)?;
        Ok(Some(EntryId(id)))
    })
}

/// A key that no other write has.
pub(crate) fn new_key(randomness: &dyn Randomness) -> Result<String, RandomnessError> {
    let mut bytes = FixedBytes([0; 16]);
    randomness.fill(&mut bytes.0)?;
    Ok(bytes.to_text())
}

fn row(id: EntryId) -> String {
    format!("{:020}", id.0)
}

/// Every entry, oldest first.
pub(crate) fn entries(work: &Work<'_>) -> Result<Vec<(EntryId, OutboxEntry)>, StoreError> {
    Ok(work
        .all::<OutboxEntry>(Table::Outbox)?
        .into_iter()
        .filter_map(|(row, entry)| Some((EntryId(row.parse().ok()?), entry)))
        .collect())
}

/// The entries that are due, oldest first. What has to wait holds back what a person did after it: a consent
/// that was given and withdrawn must not arrive the other way round.
pub(crate) fn due(
    store: &mut Store,
    now: Timestamp,
    whatever_the_time: bool,
) -> Result<Vec<(EntryId, OutboxEntry)>, StoreError> {
    let entries = store.read(entries)?;
    let is_due = |next_at| whatever_the_time || is_due(next_at, now);
    Ok(entries
        .into_iter()
        .filter(|(_, entry)| matches!(entry.state, EntryState::Waiting { .. }))
        .take_while(|(_, entry)| match entry.state {
            EntryState::Waiting { next_at, .. } => is_due(next_at),
            EntryState::Refused { .. } | EntryState::SetAside { .. } => false,
        })
        .collect())
}

/// Whether it is time. What no right clock can have put off for so long is not waited for.
fn is_due(next_at: Timestamp, now: Timestamp) -> bool {
    let farthest = SignedDuration::try_from(ASKED_MAX + WAIT_MAX)
        .ok()
        .and_then(|longest| now.checked_add(longest).ok());
    next_at <= now || farthest.is_some_and(|farthest| next_at > farthest)
}

/// Records how a try went.
pub(crate) fn record(
    store: &mut Store,
    id: EntryId,
    outcome: &Result<(), ClientError>,
    now: Timestamp,
    random: u32,
) -> Result<Sent, StoreError> {
    store.write(|work| {
        let Some(mut entry) = work.get::<OutboxEntry>(Table::Outbox, &row(id))? else {
            return Ok(Sent::Done);
        };
        let (sent, state) = match judge(outcome) {
            Judged::Done => {
                work.remove(Table::Outbox, &row(id))?;
                if let Sending::Consent(consent) = &entry.sending {
                    let purpose = serde_json::to_string(&consent.purpose).unwrap_or_default();
                    work.put(
                        Table::Consent,
                        purpose.trim_matches('"'),
                        &(consent, entry.done_at),
                    )?;
                }
                return Ok(Sent::Done);
            }
            Judged::Refused(problem) => (
                Sent::Refused(problem.code),
                EntryState::Refused {
                    code: problem.code,
                    detail: problem.detail.chars().take(DETAIL_MAX).collect(),
                    at: now,
                },
            ),
            Judged::Later(asked) => {
                let (tries, unreadable) = match entry.state {
                    EntryState::Waiting {
                        tries,
                        next_at,
                        unreadable,
                    } => (
                        tries,
                        so_often_unreadable(outcome, unreadable, next_at <= now),
                    ),
                    EntryState::Refused { .. } | EntryState::SetAside { .. } => (0, 0),
                };
                if unreadable >= UNREADABLE_MAX {
                    entry.state = EntryState::SetAside { at: now };
                    work.put(Table::Outbox, &row(id), &entry)?;
                    return Ok(Sent::SetAside);
                }
                let wait = wait_after(asked, tries, FIRST_WAIT, WAIT_MAX, random);
                let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_hours(1));
                let next_at = now.saturating_add(wait).unwrap_or(now);
                (
                    Sent::Waiting,
                    EntryState::Waiting {
                        tries: tries.saturating_add(1),
                        next_at,
                        unreadable,
                    },
                )
            }
        };
        entry.state = state;
        work.put(Table::Outbox, &row(id), &entry)?;
        Ok(sent)
    })
}

enum Judged<'a> {
    Done,
    Refused(&'a Problem),
    Later(Option<Duration>),
}

/// What an answer means for an entry. Only the platform's own, lasting word refuses one; whatever else is
/// in the way, the entry waits.
fn judge(outcome: &Result<(), ClientError>) -> Judged<'_> {
    match outcome {
        Ok(()) => Judged::Done,
        Err(error @ ClientError::Problem(problem)) => match problem.code {
            ProblemCode::SessionEnded
            | ProblemCode::SignatureMissing
            | ProblemCode::SignatureInvalid
            | ProblemCode::NonceNotAccepted
            | ProblemCode::Busy
            | ProblemCode::Overloaded
            | ProblemCode::TooSlow
            | ProblemCode::NotReady
            | ProblemCode::Internal
            | ProblemCode::TooManyAttempts => Judged::Later(error.asked_wait()),
            _ => Judged::Refused(problem),
        },
        Err(error) => Judged::Later(error.asked_wait()),
    }
}

/// How often in a row the platform's own answer could not be understood. A try before its time says nothing
/// new; what stands between the phone and the platform has nothing to do with one entry more than another.
fn so_often_unreadable(outcome: &Result<(), ClientError>, before: u32, was_due: bool) -> u32 {
    match outcome {
        Err(
            ClientError::Unreadable
            | ClientError::TooLarge { .. }
            | ClientError::UnknownProblem { .. },
        ) => before.saturating_add(was_due.into()),
        _ => 0,
    }
}

/// Sends an entry again that was refused or set aside.
pub(crate) fn again(store: &mut Store, id: EntryId, now: Timestamp) -> Result<bool, StoreError> {
    store.write(|work| {
        let Some(mut entry) = work.get::<OutboxEntry>(Table::Outbox, &row(id))? else {
            return Ok(false);
        };
        entry.state = EntryState::Waiting {
            tries: 0,
            next_at: now,
            unreadable: 0,
        };
        work.put(Table::Outbox, &row(id), &entry)?;
        Ok(true)
    })
}

/// Takes an entry out, by the person's own wish.
pub(crate) fn take_out(store: &mut Store, id: EntryId) -> Result<bool, StoreError> {
    store.write(|work| work.remove(Table::Outbox, &row(id)))
}

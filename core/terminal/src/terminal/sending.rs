use std::collections::BTreeSet;

use liangma_wire::{
    consent::{ConsentRequest, Purpose, is_language_tag},
    declaration::{HealthDeclaration, TripDeclaration},
};

use super::{FieldError, Terminal, TerminalError, put_notice};
use crate::{
    Boxed,
    client::{ClientError, SignedRequest, Wanted},
    outbox::{self, Correction, EntryId, STATEMENT_MAX, Sending, Sent},
    records::{NoticeKind, row},
    store::{StoreError, Table},
};

/// The longest draft, in bytes.
const DRAFT_MAX: usize = 64 * 1024;
/// The longest name of a draft, in bytes.
const DRAFT_NAME_MAX: usize = 64;
/// Temperatures that a person can have, in tenths of a degree.
const TEMPERATURES: std::ops::RangeInclusive<u16> = 340..=430;

impl Terminal {
    /// Records an answer about one purpose: on disk at once, sent now or when it can be. Versions of its text
    /// count from 1; the language is a BCP 47 tag.
    ///
    /// # Errors
    /// [`TerminalError::Field`], or when it could not be kept.
    pub async fn record_consent(
        &self,
        purpose: Purpose,
        text_version: u32,
        language: &str,
        given: bool,
    ) -> Result<Sent, TerminalError> {
        let field = |field, reason| FieldError { field, reason };
        if text_version == 0 {
            return Err(field("text_version", "version_impossible").into());
        }
        if !is_language_tag(language) {
            return Err(field("language", "language_malformed").into());
        }
        let language = language.to_owned();
        self.send(Sending::Consent(ConsentRequest {
            purpose,
            text_version,
            language,
            given,
        }))
        .await
    }

    /// Withdraws a consent, by the version of the text it was given to.
    ///
    /// # Errors
    /// When it could not be kept.
    pub async fn withdraw(
        &self,
        purpose: Purpose,
        text_version: u32,
        language: &str,
    ) -> Result<Sent, TerminalError> {
        self.record_consent(purpose, text_version, language, false)
            .await
    }

    /// Declares one's health: on disk at once, sent now or when it can be.
    ///
    /// # Errors
    /// [`TerminalError::Field`], or when it could not be kept.
    pub async fn declare_health(
        &self,
        declaration: HealthDeclaration,
    ) -> Result<Sent, TerminalError> {
        let field = |field, reason| FieldError { field, reason };
        if declaration
            .temperature_tenths
            .is_some_and(|tenths| !TEMPERATURES.contains(&tenths))
        {
            return Err(field("temperature_tenths", "temperature_impossible").into());
        }
        let different: BTreeSet<_> = declaration.symptoms.iter().collect();
        if different.len() != declaration.symptoms.len() {
            return Err(field("symptoms", "symptom_twice").into());
        }
        self.send(Sending::Health(declaration)).await
    }

    /// Declares a trip: on disk at once, sent now or when it can be.
    ///
    /// # Errors
    /// [`TerminalError::Field`], or when it could not be kept.
    pub async fn declare_trip(&self, declaration: TripDeclaration) -> Result<Sent, TerminalError> {
        let field = |field, reason| FieldError { field, reason };
        let is_division = |text: &str| text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
        let is_country =
            |text: &str| text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
        match (&declaration.from_division, &declaration.from_country) {
            (Some(division), None) if is_division(division) => {}
            (Some(_), None) => return Err(field("from_division", "division_malformed").into()),
            (None, Some(country)) if is_country(country) => {}
            (None, Some(_)) => return Err(field("from_country", "country_malformed").into()),
            _ => return Err(field("from_division", "one_origin_expected").into()),
        }
        if !is_division(&declaration.to_division) {
            return Err(field("to_division", "division_malformed").into());
        }
        self.send(Sending::Trip(declaration)).await
    }

    /// "I think this is wrong": on disk at once, sent now or when it can be.
    ///
    /// # Errors
    /// [`TerminalError::Field`], or when it could not be kept.
    pub async fn correct(&self, correction: Correction) -> Result<Sent, TerminalError> {
        if correction.statement.len() > STATEMENT_MAX {
            return Err(FieldError {
                field: "statement",
                reason: "statement_too_long",
            }
            .into());
        }
        self.send(Sending::Correction(correction)).await
    }

    /// Sends everything that waits, whether or not it is time: when the network is back.
    ///
    /// What comes first is sent first; the first that has to wait ends it.
    ///
    /// # Errors
    /// When the store fails. That something has to wait is no error.
    pub async fn flush_outbox(&self) -> Result<Vec<(EntryId, Sent)>, TerminalError> {
        self.flush(true).await
    }

    /// Sends what is due.
    ///
    /// # Errors
    /// As [`Terminal::flush_outbox`].
    pub async fn flush_due(&self) -> Result<Vec<(EntryId, Sent)>, TerminalError> {
        self.flush(false).await
    }

    /// Lets an entry be sent again that was refused or set aside. False when it is not there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn send_again(&self, entry: EntryId) -> Result<bool, TerminalError> {
        let now = self.now();
        self.with_store(move |store| outbox::again(store, entry, now))
            .await
    }

    /// Takes an entry out of the outbox, by the person's own wish. False when it is not there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn take_out(&self, entry: EntryId) -> Result<bool, TerminalError> {
        // Not while it is being sent.
        let _sending = self.0.sending.lock().await;
        self.with_store(move |store| outbox::take_out(store, entry))
            .await
    }

    /// Keeps, sealed, what a person has typed and not sent. An empty text removes it.
    ///
    /// # Errors
    /// [`TerminalError::Field`] for a name or text that is too long.
    pub async fn keep_draft(&self, name: &str, text: &str) -> Result<(), TerminalError> {
        let fits = !name.is_empty() && name.len() <= DRAFT_NAME_MAX && name != row::LOGIN_DRAFT;
        if !fits || text.len() > DRAFT_MAX {
            return Err(FieldError {
                field: "draft",
                reason: "draft_too_long",
            }
            .into());
        }
        let (name, text) = (name.to_owned(), text.to_owned());
        self.write(move |work| {
            if text.is_empty() {
                work.remove(Table::Draft, &name).map(|_| ())
            } else {
                work.put(Table::Draft, &name, &text)
            }
        })
        .await
    }

    /// A draft that was kept.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn draft(&self, name: &str) -> Result<Option<String>, TerminalError> {
        let name = name.to_owned();
        self.read(move |work| work.get(Table::Draft, &name)).await
    }

    /// On disk first; then an attempt at sending everything up to it. Once it is on disk it waits, whatever
    /// fails after that: an error would have it done once more, under another key.
    fn send(&self, sending: Sending) -> Boxed<'_, Result<Sent, TerminalError>> {
        Box::pin(async move {
            let now = self.now();
            let inner = self.0.clone();
            let id = self
                .with_store(move |store| {
                    outbox::put(store, sending, now, inner.ports.randomness.as_ref())
                })
                .await?
                .ok_or(TerminalError::OutboxFull)?;
            let sent = self.flush(true).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "what waits was not sent");
                Vec::new()
            });
            Ok(sent
                .into_iter()
                .find(|(sent, _)| *sent == id)
                .map_or(Sent::Waiting, |(_, sent)| sent))
        })
    }

    pub(super) fn flush(
        &self,
        whatever_the_time: bool,
    ) -> Boxed<'_, Result<Vec<(EntryId, Sent)>, TerminalError>> {
        Box::pin(async move {
            let _sending = self.0.sending.lock().await;
            let session = match self.session().await {
                // Before login everything waits.
                Err(TerminalError::NotLoggedIn) => return Ok(Vec::new()),
                session => session?,
            };
            let now = self.now();
            let due = self
                .with_store(move |store| outbox::due(store, now, whatever_the_time))
                .await?;
            let mut done = Vec::new();
            for (id, entry) in due {
                let outcome = match entry.sending.body() {
                    Ok(body) => {
                        let request = SignedRequest {
                            session: &session.session,
                            path: entry.sending.path(),
                            body,
                            idempotency: Some(&entry.key),
                            answer: Wanted::JSON,
                        };
                        let answer = self.0.client.signed(&request).await;
                        answer.and_then(|answer| entry.sending.read_receipt(&answer))
                    }
                    Err(error) => Err(error),
                };
                let random = self.random()?;
                let sent = self.record(id, outcome, random).await?;
                let waits = sent == Sent::Waiting;
                done.push((id, sent));
                if waits {
                    // The order in which a person did things is kept.
                    break;
                }
            }
            Ok(done)
        })
    }

    async fn record(
        &self,
        id: EntryId,
        outcome: Result<(), ClientError>,
        random: u32,
    ) -> Result<Sent, TerminalError> {
        let now = self.now();
        self.with_store(move |store| {
            let sent = outbox::record(store, id, &outcome, now, random)?;
            let told = match sent {
                Sent::Refused(_) => Some(NoticeKind::SendingRefused),
                Sent::SetAside => Some(NoticeKind::SendingSetAside),
                Sent::Done | Sent::Waiting => None,
            };
            if let Some(told) = told {
                store.write(|work| put_notice(work, told, now))?;
            }
            Ok::<_, StoreError>(sent)
        })
        .await
    }
}

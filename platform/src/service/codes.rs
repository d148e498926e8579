//! GB/T 38963 *make code* and *verify code*.

use std::time::Instant;

use jiff::Timestamp;
use liangma_credential::{
    CheckerClock, Claims, Hour, Kind, RECALL_REACH_HOURS, RecallKey, Verdict, check,
};
use liangma_crypto::sha256;
use liangma_domain::{
    mask::{MaskedDocument, MaskedName},
    tiles::Tiles,
};
use liangma_wire::{
    bytes::Bytes,
    code::{
        MAKE_CODE_HOURS_MAX, MakeCodeRequest, MakeCodeResponse, VERIFY_CODE_TEXT_MAX, VerifiedCode,
        VerifyCodeRequest, VerifyCodeResponse,
    },
    consent::Purpose,
    problem::{Problem, ProblemCode},
    trust::{TimeRequest, TimeResponse},
};

use super::{
    devices::require_given,
    health::{Health, oldest_hour},
};
use crate::{
    error::Failure,
    leaf::{LeafEntry, LeafHour, codes_digest},
    platform::Platform,
    signer::{SignStrip, SignerError},
    storage::{
        LeafRow, NonceRow, PutStrip, Refreshable, Seat, StripHourRow, StripOutcome, StripRow,
        StripState,
    },
    vault::name,
};

const FIRST_KEY: &str = "first recall key";
const ROUNDS: usize = 4;
/// Anchors are 16 bytes each.
const ANCHOR: usize = 16;

/// The hours asked for, within what may be asked.
struct Asked {
    first: u32,
    anchors: Vec<[u8; ANCHOR]>,
}

impl Asked {
    fn hours(&self) -> impl Iterator<Item = (u32, [u8; ANCHOR])> {
        (self.first..).zip(self.anchors.iter().copied())
    }
}

/// SHA-256 of what a credential shows of a person; binds the signer to the person that was evaluated.
pub(crate) fn shown_digest(name: &MaskedName, document: &MaskedDocument) -> [u8; 32] {
    sha256(&[
        name.as_str().as_bytes(),
        b"\0",
        &[document.document_type().as_number()],
        document.visible().as_bytes(),
    ])
}

impl Platform {
    pub(crate) async fn make_code(
        &self,
        seat: &Seat,
        request: Result<MakeCodeRequest, Failure>,
        nonce: NonceRow,
    ) -> Result<MakeCodeResponse, Failure> {
        let mut unspent = Some(nonce);
        let made = match request {
            Ok(request) => self.make_code_with(seat, &request, &mut unspent).await,
            Err(failure) => Err(failure),
        };
        if let Some(nonce) = unspent {
            // Refused, or nothing was to be signed: it is used up all the same.
            self.spend_nonce(nonce, Vec::new()).await?;
        }
        made
    }

    async fn make_code_with(
        &self,
        seat: &Seat,
        request: &MakeCodeRequest,
        unspent: &mut Option<NonceRow>,
    ) -> Result<MakeCodeResponse, Failure> {
        self.require_verified(seat)?;
        for _ in 0..ROUNDS {
            let found = self
                .storage
                .refreshable(seat.device.id, seat.device.person)
                .await?;
            require_given(&found.consents, Purpose::HealthCode)?;
            let now = self.now();
            let asked = self.asked_hours(request, now)?;
            let made = self
                .try_make_code(seat, request, &asked, now, found, unspent)
                .await?;
            if let Some(made) = made {
                return Ok(made);
            }
        }
        Err(Problem::new(ProblemCode::Busy).with_retry_after(2).into())
    }

    fn asked_hours(&self, request: &MakeCodeRequest, now: Timestamp) -> Result<Asked, Failure> {
        let (anchors, rest) = request.anchors.as_chunks::<ANCHOR>();
        let limits = self.profile.limits();
        let strip_hours = limits.strip_hours;
        let first_allowed = oldest_hour(now).0;
        // One hour of grace: a phone's clock may be a little ahead of ours. Never further than a recall
        // of now reaches.
        let until = |hours: u32| {
            let end = Hour::of(now).0.saturating_add(hours + 1);
            end.min(first_allowed.saturating_add(RECALL_REACH_HOURS))
        };
        let after_last = until(strip_hours);
        let count = u32::try_from(anchors.len()).unwrap_or(u32::MAX);
        let end = request.first_hour.checked_add(count);
        let fits = rest.is_empty()
            && (1..=MAKE_CODE_HOURS_MAX).contains(&anchors.len())
            && request.first_hour >= first_allowed
            && request.strip_begins <= request.first_hour
            && end.is_some_and(|end| end <= after_last);
        if !fits {
            return Err(Problem::new(ProblemCode::HoursNotAccepted)
                .with_detail(format!(
                    "ask for 1 to {strip_hours} consecutive hours from {first_allowed} to {}, one anchor of 16 bytes each",
                    after_last - 1
                ))
                .into());
        }
        let mut anchors = anchors.to_vec();
        if self.running.is_emergency() {
            // Fewer are signed than were asked for; a phone that has these already is told when to come.
            let end = until(limits.strip_hours_emergency);
            let few = end.saturating_sub(request.first_hour);
            anchors.truncate(usize::try_from(few).unwrap_or(usize::MAX));
            if anchors.is_empty() {
                let askable = Hour(request.first_hour - limits.strip_hours_emergency).start();
                let wait = askable.as_second() - now.as_second();
                return Err(Problem::new(ProblemCode::NotDueYet)
                    .with_detail(
                        "in emergency mode only a few hours are signed ahead; ask again after the stated time",
                    )
                    .with_retry_after(u32::try_from(wait).unwrap_or(0).max(1))
                    .into());
            }
        }
        Ok(Asked {
            first: request.first_hour,
            anchors,
        })
    }

    /// The strip that the request speaks of, with its recall key: the one in use, or a new one.
    fn strip_asked_for(
        &self,
        seat: &Seat,
        request: &MakeCodeRequest,
        current: Option<StripRow>,
        now: Timestamp,
    ) -> Result<(StripRow, RecallKey, bool), Failure> {
        let Some(first_key) = &request.first_recall_key else {
            let strip = current
                .filter(|strip| strip.begins == request.strip_begins)
                .ok_or(Failure::from(ProblemCode::StripUnknown))?;
            let key = self.open_recall_key(&strip)?;
            return Ok((strip, key, false));
        };
        let first_key_hash = name(FIRST_KEY, &[first_key]);
        let before = self.vault.mark_before_numbers(FIRST_KEY, &[first_key]);
        if let Some(strip) = current
            && (strip.first_key_hash == first_key_hash || Some(strip.first_key_hash) == before)
        {
            // The same strip again: its first answer was lost on the way.
            if strip.begins != request.strip_begins {
                return Err(ProblemCode::RecallKeyReused.into());
            }
            let key = self.open_recall_key(&strip)?;
            return Ok((strip, key, false));
        }
        let begins = request.strip_begins;
        if begins != request.first_hour {
            return Err(Problem::new(ProblemCode::HoursNotAccepted)
                .with_detail("let the first hour asked for be the one with which the strip begins")
                .into());
        }
        let key_hour = begins.max(oldest_hour(now).0);
        let strip = StripRow {
            id: self.random()?,
            device: seat.device.id,
            person: seat.device.person,
            begins,
            first_key_hash,
            state: StripState::Current,
            key_hour,
            sealed_key: Vec::new(),
            last_hour: begins,
            hours: Vec::new(),
        };
        Ok((
            strip,
            RecallKey::new(*first_key).after(key_hour - begins),
            true,
        ))
    }

    /// One round; `None` when something changed meanwhile.
    async fn try_make_code(
        &self,
        seat: &Seat,
        request: &MakeCodeRequest,
        asked: &Asked,
        now: Timestamp,
        found: Refreshable,
        unspent: &mut Option<NonceRow>,
    ) -> Result<Option<MakeCodeResponse>, Failure> {
        let person = seat.device.person;
        let health = self.health_of(person, found.known, now).await?;
        let (strip, key, begins_now) = self.strip_asked_for(seat, request, found.strip, now)?;
        if begins_now
            && let Some(first_key) = &request.first_recall_key
            && let Some(before) = self.vault.mark_before_numbers(FIRST_KEY, &[first_key])
            && self.storage.knows_first_key(before).await?
        {
            return Err(ProblemCode::RecallKeyReused.into());
        }
        let signed = |hour: u32| strip.hours.iter().find(|row| row.hour == hour);
        for (hour, anchor) in asked.hours() {
            if hour < strip.key_hour || signed(hour).is_some_and(|row| row.anchor != anchor) {
                return Err(Problem::new(ProblemCode::HoursNotAccepted)
                    .with_detail(format!(
                        "hour {hour} has passed, or was signed with another anchor; ask for others, or start a new strip"
                    ))
                    .into());
            }
        }
        let uncovered: Vec<(u32, [u8; ANCHOR])> = asked
            .hours()
            .filter(|(hour, _)| signed(*hour).is_none())
            .collect();
        let mut fresh = Vec::new();
        if !uncovered.is_empty() {
            let leaf;
            (fresh, leaf) = self
                .sign_hours(
                    seat,
                    &health,
                    found.sealed_identity,
                    (&strip, &key),
                    &uncovered,
                    now,
                    unspent,
                )
                .await?;
            let key_hour = strip.key_hour.max(oldest_hour(now).0);
            let advanced = key.after(key_hour - strip.key_hour);
            let put = PutStrip {
                strip: StripRow {
                    key_hour,
                    sealed_key: self.seal_recall_key(&strip.id, key_hour, &advanced)?,
                    hours: fresh.clone(),
                    ..strip.clone()
                },
                begins_now,
                expected_version: health.version,
                alive_max: self.config.strips_per_device,
                alive_from: oldest_hour(now).0,
                leaves: vec![leaf],
            };
            match self.storage.put_strip(put).await? {
                StripOutcome::Stored => {}
                StripOutcome::Stale => return Ok(None),
                StripOutcome::KeyReused => return Err(ProblemCode::RecallKeyReused.into()),
                StripOutcome::Gone => return Err(ProblemCode::StripUnknown.into()),
                StripOutcome::TooMany => {
                    return Err(Problem::new(ProblemCode::TooManyAttempts)
                        .with_retry_after(3600)
                        .into());
                }
            }
        }
        let credentials = asked
            .hours()
            .filter_map(|(hour, _)| {
                strip
                    .hours
                    .iter()
                    .chain(&fresh)
                    .find(|row| row.hour == hour)
            })
            .map(|row| row.credential.clone().into())
            .collect();
        Ok(Some(MakeCodeResponse {
            first_hour: asked.first,
            credentials,
            health_version: health.version,
        }))
    }

    /// Evaluates the hours, leaves the trace of it, and lets the signer sign against that trace. The trace
    /// is durable before anything is signed: nonce and trace are one commit, the strip is another.
    #[expect(
        clippy::too_many_arguments,
        reason = "what was looked up at once, used in one place"
    )]
    async fn sign_hours(
        &self,
        seat: &Seat,
        health: &Health,
        sealed_identity: Option<Vec<u8>>,
        (strip, key): (&StripRow, &RecallKey),
        uncovered: &[(u32, [u8; ANCHOR])],
        now: Timestamp,
        unspent: &mut Option<NonceRow>,
    ) -> Result<(Vec<StripHourRow>, LeafRow), Failure> {
        let person = seat.device.person;
        let identity = self.open_identity(person, sealed_identity)?;
        let (name, document) = (identity.masked_name(), identity.masked_document());
        let now_colour = health.evaluation.colour();
        let mut hours = Vec::with_capacity(uncovered.len());
        let mut claims = Vec::with_capacity(uncovered.len());
        // Walked along hour by hour: starting anew for each would take hashes by the square of the hours.
        let mut key_of_hour = key.clone();
        let mut key_hour = strip.key_hour;
        for &(hour, anchor) in uncovered {
            let hour_number = hour;
            key_of_hour = key_of_hour.after(hour_number - key_hour);
            key_hour = hour_number;
            let hour = Hour(hour);
            let (then, colour) =
                self.colour_of_hour(&health.evidence, &health.evaluation, now, hour);
            let tiles = self.profile.tiles(&health.evidence, hour.start().max(now));
            let recorded = tiles.unwrap_or(Tiles::NOTHING);
            hours.push(LeafHour {
                hour: hour_number,
                then: then.registry_number(),
                signed: colour.registry_number(),
                test_age: recorded.test_age.registry_number(),
                vaccination: recorded.vaccination.registry_number(),
            });
            claims.push(Claims {
                hour,
                cid: key_of_hour.cid(hour),
                anchor,
                kind: Kind::SelfCode,
                colour,
                name: name.clone(),
                document: document.clone(),
                rule_version: health.evaluation.rule_version(),
                tiles,
                members: Vec::new(),
            });
        }
        let colours: Vec<u8> = hours.iter().map(|hour| hour.signed).collect();
        let entry = LeafEntry::Hours {
            person: *person.as_bytes(),
            device: seat.device.id,
            shown: shown_digest(&name, &document),
            rule_version: health.evaluation.rule_version(),
            now: now_colour.registry_number(),
            hours,
            at: now.as_second(),
            codes: Some(codes_digest(&claims)),
        };
        let (leaf, row) = self.leaf(&entry, Some(person))?;
        match unspent.take() {
            Some(nonce) => self.spend_nonce(nonce, vec![row]).await?,
            None => self.storage.put_leaves(vec![row]).await?,
        }
        let request = SignStrip {
            salt: leaf.salt,
            entry: leaf.entry,
            claims,
        };
        let began = Instant::now();
        let signed = self.signer.sign_strip(request).await;
        self.running.metrics.signed(began.elapsed());
        let credentials = signed.map_err(|error: SignerError| {
            tracing::error!(%error, "the signer refused");
            Failure::internal("let the signer sign")
        })?;
        let signed = LeafEntry::Strip {
            device: seat.device.id,
            hours: leaf.hash,
            first_hour: uncovered.first().map_or(0, |(hour, _)| *hour),
            count: u32::try_from(credentials.len()).unwrap_or(u32::MAX),
            credentials: sha256(&credentials.iter().map(Vec::as_slice).collect::<Vec<_>>()),
            at: now.as_second(),
        };
        let rows = uncovered
            .iter()
            .zip(colours)
            .zip(credentials)
            .map(|((&(hour, anchor), colour), credential)| StripHourRow {
                hour,
                anchor,
                colour,
                credential,
            })
            .collect();
        Ok((rows, self.leaf(&signed, Some(person))?.1))
    }

    pub(crate) async fn verify_code(
        &self,
        request: &VerifyCodeRequest,
    ) -> Result<VerifyCodeResponse, Failure> {
        if request.text.len() > VERIFY_CODE_TEXT_MAX {
            return Err(Problem::new(ProblemCode::TooLarge)
                .with_detail(format!(
                    "send a code text of {VERIFY_CODE_TEXT_MAX} bytes or less"
                ))
                .into());
        }
        let clock = CheckerClock::trusted(self.ports.clock.now());
        let checked = self
            .trust()
            .with_store(|store| check(&request.text, store, clock))
            .await;
        let genuine = checked.verdict == Verdict::Genuine;
        let colours = self.profile.colours();
        Ok(VerifyCodeResponse {
            verdict: checked.verdict.code().to_owned(),
            sandbox: checked.flags.sandbox,
            shown: checked.shown.filter(|_| genuine).map(|shown| VerifiedCode {
                colour: colours
                    .entry(shown.colour)
                    .map_or_else(|| shown.colour.to_string(), |entry| entry.id.to_string()),
                masked_name: shown.name.as_str().to_owned(),
                masked_document: shown.document.display(),
                profile: shown.profile.to_string(),
            }),
        })
    }

    /// A signed statement of the server's time, to the millisecond.
    pub(crate) fn state_time(&self, request: &TimeRequest) -> Result<TimeResponse, Failure> {
        let statement = self
            .trust()
            .state_time(self.ports.clock.now(), request.nonce.0)?;
        Ok(TimeResponse {
            statement: Bytes(statement),
        })
    }
}

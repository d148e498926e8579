use std::{sync::PoisonError, time::Duration};

use jiff::{SignedDuration, Timestamp};
use liangma_credential::{Credential, Hour, StripChain, StripSecret};
use liangma_domain::profile::RegionProfile;
use liangma_wire::{
    code::{MAKE_CODE_PATH, MakeCodeRequest, MakeCodeResponse},
    declaration::{HealthResponse, QUERY_PATH},
    device::{DEVICES_PATH, DeviceNoticeKind, DeviceStanding, DevicesResponse},
    login::LoginCompleteResponse,
    problem::ProblemCode,
};

use super::{Terminal, TerminalError, TrustScope, locked, put_notice, raise_epoch};
use crate::{
    Boxed,
    arrival::{self, ArrivalError, ArrivalFault, Expected},
    client::{Body, ClientError, SignedRequest, Wanted},
    clock::{ClockState, Judgement},
    lit,
    plan::{self, Outlook, Planned},
    records::{HealthRecord, InVain, NoticeKind, PlanRecord, StripRecord, row},
    store::{StoreError, Table, Work},
};

/// Tries to come to an understanding with the platform about which strip is in use.
const STRIP_TRIES: usize = 4;

/// What a refresh did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RefreshOutcome {
    /// Hours that are signed now and were not before.
    pub hours_added: u32,
    /// A new strip began: the first one, or in place of one that was recalled or no longer fits.
    pub strip_began: bool,
    /// The colour or its reasons changed.
    pub explanation_changed: bool,
    /// When the next refresh is planned.
    pub next_refresh_at: Option<Timestamp>,
}

/// Which hours to ask for, of which strip.
struct Asking {
    strip: StripRecord,
    chain: StripChain,
    first_hour: Hour,
    hours: u32,
    begins: bool,
}

impl Terminal {
    /// Refreshes: time, trust, what happened to this device, the hours that are not signed yet, the reasons.
    ///
    /// The code on the phone stays as it is until every part of the new one was checked.
    ///
    /// # Errors
    /// [`TerminalError::NotLoggedIn`], [`TerminalError::NotVerified`], or what went wrong; the next try is
    /// then planned.
    pub async fn refresh(&self) -> Result<RefreshOutcome, TerminalError> {
        self.send_and_refresh(true).await
    }

    /// What waits is sent first: all of it when a person asks for a refresh, and what is due when the plan
    /// does, so that a platform which asked for a wait is left in peace.
    fn send_and_refresh(&self, all: bool) -> Boxed<'_, Result<RefreshOutcome, TerminalError>> {
        Box::pin(async move {
            let _turn = self.0.turn.lock().await;
            let session = self.session().await?;
            // A consent that waits may be what the code needs.
            self.flush(all).await?;
            let refreshed = self.refresh_now(session).await;
            let random = self.random()?;
            let judgement = self.judge();
            let now = judgement.now;
            let failed = refreshed.is_err();
            let in_vain = (!failed && judgement.state != ClockState::Trusted).then(|| InVain {
                at: now,
                boot: self.0.ports.boot(),
            });
            let asked = refreshed.as_ref().err().and_then(TerminalError::asked_wait);
            let next = self
                .write(move |work| {
                    let mut plan = plan_of(work)?;
                    plan.failures = if failed {
                        plan.failures.saturating_add(1)
                    } else {
                        0
                    };
                    plan.in_vain = in_vain;
                    if !failed {
                        plan.updated_at = Some(now);
                    }
                    let next = plan::next_refresh(&outlook(work, &plan, now, asked, random)?);
                    plan.next_at = Some(next);
                    work.put(Table::Single, row::PLAN, &plan)?;
                    Ok(next)
                })
                .await?;
            self.relight().await?;
            let mut outcome = refreshed?;
            outcome.next_refresh_at = Some(next);
            Ok(outcome)
        })
    }

    /// Refreshes when the plan says so, or the time is not trusted; `None` when it is not time yet.
    ///
    /// # Errors
    /// As [`Terminal::refresh`].
    pub async fn refresh_if_due(&self) -> Result<Option<RefreshOutcome>, TerminalError> {
        let plan: PlanRecord = self.single(row::PLAN).await?.unwrap_or_default();
        let judgement = self.judge();
        let covered_until = {
            let lit = self.0.lit.read().unwrap_or_else(PoisonError::into_inner);
            plan::covered_until(judgement.now, |hour| {
                lit.0.credentials.contains_key(&hour.0)
            })
        };
        let due = plan::is_due(&Planned {
            now: judgement.now,
            clock: judgement.state,
            covered_until,
            next_at: plan.next_at,
            failures: plan.failures,
            in_vain: plan.in_vain,
            boot: self.0.ports.boot(),
        });
        if due {
            self.send_and_refresh(false).await.map(Some)
        } else {
            self.note_wall(&judgement).await;
            Ok(None)
        }
    }

    /// Writes down by how much the wall clock is wrong when somebody set it since: after a restart without
    /// network, an error that was corrected would be taken off a clock that is right. That it cannot be
    /// written down changes nothing now.
    async fn note_wall(&self, judgement: &Judgement) {
        let noted = locked(&self.0.clock).wall_ahead;
        if judgement.has_wall_moved(noted)
            && let Err(error) = self.settle().await
        {
            tracing::warn!(%error, "the error of the wall clock was not noted");
        }
    }

    async fn refresh_now(
        &self,
        session: LoginCompleteResponse,
    ) -> Result<RefreshOutcome, TerminalError> {
        self.sync_trust(TrustScope::Wallet).await?;
        self.take_notices(&session).await?;
        let session = self.session().await?;
        if session.standing != DeviceStanding::Verified {
            return Err(TerminalError::NotVerified);
        }
        let profile = self.profile(&session.profile)?;
        let mut outcome = RefreshOutcome::default();
        let version = self.make_code(&session, &profile, &mut outcome).await?;
        let health = self.explain(&session, version, &mut outcome).await?;
        // An improvement is never signed ahead, and it recalls nothing: the phone asks for it itself.
        if !outcome.strip_began && self.explains_another_colour(&health).await? {
            self.replace_strip().await?;
            let version = self.make_code(&session, &profile, &mut outcome).await?;
            self.explain(&session, version, &mut outcome).await?;
        }
        Ok(outcome)
    }

    /// The reasons that fit the evaluation behind the signed hours: those on the phone, or newer ones.
    async fn explain(
        &self,
        session: &LoginCompleteResponse,
        version: Option<u64>,
        outcome: &mut RefreshOutcome,
    ) -> Result<HealthResponse, TerminalError> {
        let held: Option<HealthRecord> = self.single(row::HEALTH).await?;
        if let Some(held) = held
            && Some(held.health.version) == version
        {
            return Ok(held.health);
        }
        let (fetched, changed) = self.query(session).await?;
        outcome.explanation_changed |= changed;
        Ok(fetched.health)
    }

    /// What happened to this device and its siblings.
    async fn take_notices(&self, session: &LoginCompleteResponse) -> Result<(), TerminalError> {
        let devices: DevicesResponse = self
            .0
            .client
            .get_json(DEVICES_PATH, Some(&session.read_token))
            .await?;
        let standing = devices
            .devices
            .iter()
            .find(|device| device.this_device)
            .map(|device| device.standing);
        self.write(move |work| {
            let mut plan = plan_of(work)?;
            for notice in plan.take_new(&devices.notices) {
                put_notice(work, NoticeKind::Device(notice.kind), notice.at)?;
                plan.replace_strip |= notice.kind == DeviceNoticeKind::StripRecalled;
            }
            work.put(Table::Single, row::PLAN, &plan)?;
            let session: Option<LoginCompleteResponse> = work.get(Table::Single, row::SESSION)?;
            if let Some((mut session, standing)) = session.zip(standing)
                && session.standing != standing
            {
                session.standing = standing;
                work.put(Table::Single, row::SESSION, &session)?;
            }
            Ok(())
        })
        .await
    }

    /// Asks for the hours that are not signed yet. The version of the evaluation behind them; `None` when
    /// nothing was asked.
    async fn make_code(
        &self,
        session: &LoginCompleteResponse,
        profile: &RegionProfile,
        outcome: &mut RefreshOutcome,
    ) -> Result<Option<u64>, TerminalError> {
        let mut last = None;
        for _ in 0..STRIP_TRIES {
            let Some(asking) = self.asking(profile.limits().strip_hours).await? else {
                return Ok(None);
            };
            match self.ask(session, &asking).await {
                Ok(response) => {
                    let version = response.health_version;
                    let begins = asking.begins;
                    let taken = self
                        .take_hours(session, profile, asking, response, outcome)
                        .await;
                    match taken {
                        // A store that was put back holds a strip that the platform has replaced by
                        // one of the same hour.
                        Err(TerminalError::Arrival(ArrivalError {
                            fault: ArrivalFault::OtherStrip,
                            ..
                        })) if !begins => {
                            self.replace_strip().await?;
                        }
                        taken => return taken.map(|()| Some(version)),
                    }
                }
                Err(error) => match error.problem() {
                    // It heard of this strip before and the answer was lost: ask without the key.
                    Some(ProblemCode::RecallKeyReused) if asking.begins => {
                        let mut strip = asking.strip;
                        strip.known_to_platform = true;
                        self.write(move |work| work.put(Table::Single, row::NEXT_STRIP, &strip))
                            .await?;
                        last = Some(error);
                    }
                    // It is the hour that is wrong, not the strip.
                    Some(ProblemCode::HoursNotAccepted)
                        if self.judge().state == ClockState::Unknown =>
                    {
                        return Err(error.into());
                    }
                    Some(
                        ProblemCode::StripUnknown
                        | ProblemCode::HoursNotAccepted
                        | ProblemCode::RecallKeyReused,
                    ) => {
                        self.replace_strip().await?;
                        last = Some(error);
                    }
                    // In emergency mode few hours are signed ahead, and these are here already. What else
                    // there is to fetch is fetched.
                    Some(ProblemCode::NotDueYet) if asking.first_hour > Hour::of(self.now()) => {
                        return Ok(None);
                    }
                    Some(ProblemCode::DeviceNotVerified) => {
                        self.set_standing(DeviceStanding::Unverified).await?;
                        return Err(TerminalError::NotVerified);
                    }
                    _ => return Err(error.into()),
                },
            }
        }
        Err(last.map_or(TerminalError::Interrupted, TerminalError::from))
    }

    async fn ask(
        &self,
        session: &LoginCompleteResponse,
        asking: &Asking,
    ) -> Result<MakeCodeResponse, ClientError> {
        let mut anchors = Vec::with_capacity(asking.hours as usize * 16);
        for index in 0..asking.hours {
            let hour = asking.first_hour.plus(index);
            let cid = asking.chain.cid(hour).ok_or(ClientError::NotWritten)?;
            anchors.extend_from_slice(&asking.chain.anchor(hour, cid));
        }
        let first_key = asking.chain.secret().first_recall_key();
        let sends_key = asking.begins && !asking.strip.known_to_platform;
        let request = MakeCodeRequest {
            first_recall_key: sends_key.then(|| *first_key.expose()),
            strip_begins: asking.strip.first_hour,
            first_hour: asking.first_hour.0,
            anchors,
        };
        let body = minicbor::to_vec(&request).map_err(|_| ClientError::NotWritten)?;
        let request = SignedRequest {
            session: &session.session,
            path: MAKE_CODE_PATH,
            body: Body::cbor(body),
            idempotency: None,
            answer: Wanted::STRIP,
        };
        let answer = self.0.client.signed(&request).await?;
        let mut decoder = minicbor::Decoder::new(&answer);
        let response = decoder.decode().map_err(|_| ClientError::Unreadable)?;
        if decoder.position() == answer.len() {
            Ok(response)
        } else {
            Err(ClientError::Unreadable)
        }
    }

    /// Decides what to ask for. A new strip is on disk before the platform hears of it.
    async fn asking(&self, strip_hours: u32) -> Result<Option<Asking>, TerminalError> {
        let now = Hour::of(self.now());
        let (plan, strip, next, covered) = self
            .read(|work| {
                let covered: Vec<u32> = work
                    .all_bytes(Table::Credential)?
                    .iter()
                    .filter_map(|(row, _)| row.parse().ok())
                    .collect();
                Ok((
                    plan_of(work)?,
                    work.get::<StripRecord>(Table::Single, row::STRIP)?,
                    work.get::<StripRecord>(Table::Single, row::NEXT_STRIP)?,
                    covered,
                ))
            })
            .await?;
        if let Some(strip) = strip.filter(|strip| !plan.replace_strip && strip.first_hour <= now.0)
        {
            let end = now.plus(strip_hours).0;
            let Some(first) = (now.0..end).find(|hour| !covered.contains(hour)) else {
                return Ok(None);
            };
            return Ok(Some(Asking {
                chain: self.open_strip(&strip)?,
                strip,
                first_hour: Hour(first),
                hours: end - first,
                begins: false,
            }));
        }
        // A strip of an earlier hour was never answered: it is left, and its key was used by nobody.
        let strip = match next.filter(|next| next.first_hour == now.0) {
            Some(next) => next,
            None => self.new_strip(now).await?,
        };
        Ok(Some(Asking {
            chain: self.open_strip(&strip)?,
            strip,
            first_hour: now,
            hours: strip_hours,
            begins: true,
        }))
    }

    async fn new_strip(&self, first_hour: Hour) -> Result<StripRecord, TerminalError> {
        let randomness = self.0.ports.randomness.as_ref();
        let secret = StripSecret::generate(randomness)?;
        let keyring = &self.0.keyring;
        let sealed = lit::seal_secret(&keyring.chain(), keyring.install, &secret, randomness)
            .map_err(|_| liangma_crypto::RandomnessError)?;
        let strip = StripRecord {
            secret: sealed,
            first_hour: first_hour.0,
            known_to_platform: false,
        };
        let kept = strip.clone();
        self.write(move |work| work.put(Table::Single, row::NEXT_STRIP, &kept))
            .await?;
        Ok(strip)
    }

    fn open_strip(&self, strip: &StripRecord) -> Result<StripChain, TerminalError> {
        let keyring = &self.0.keyring;
        lit::open_strip(&keyring.chain(), keyring.install, strip)
            .map_err(|_| StoreError::ValueDamaged { table: "single" }.into())
    }

    /// Checks what arrived and takes it into the wallet, all at once.
    async fn take_hours(
        &self,
        session: &LoginCompleteResponse,
        profile: &RegionProfile,
        asking: Asking,
        response: MakeCodeResponse,
        outcome: &mut RefreshOutcome,
    ) -> Result<(), TerminalError> {
        let checked = arrival::check(
            &Expected {
                trust: &locked(&self.0.trust),
                chain: &asking.chain,
                first_hour: asking.first_hour,
                hours: asking.hours,
                profile: &session.profile,
                colours: profile.colours(),
                masked_document: &session.masked_document,
                sandbox: session.sandbox,
            },
            response.first_hour,
            response.credentials.iter().map(|bytes| bytes.as_slice()),
        )?;
        outcome.hours_added += u32::try_from(checked.len()).unwrap_or(u32::MAX);
        outcome.strip_began |= asking.begins;
        let now = Hour::of(self.now());
        let mut strip = asking.strip;
        strip.known_to_platform = true;
        let begins = asking.begins;
        let epoch = self
            .write(move |work| {
                if begins {
                    work.clear(Table::Credential)?;
                    work.remove(Table::Single, row::NEXT_STRIP)?;
                    let mut plan = plan_of(work)?;
                    plan.replace_strip = false;
                    work.put(Table::Single, row::PLAN, &plan)?;
                }
                work.put(Table::Single, row::STRIP, &strip)?;
                for (hour, bytes) in &checked {
                    work.put_bytes(Table::Credential, &format!("{hour:010}"), bytes)?;
                }
                // The last hour stays for the minute in which it may still be shown.
                for (row, _) in work.all_bytes(Table::Credential)? {
                    if row.parse::<u32>().is_ok_and(|hour| hour + 1 < now.0) {
                        work.remove(Table::Credential, &row)?;
                    }
                }
                if begins {
                    raise_epoch(work).map(Some)
                } else {
                    Ok(None)
                }
            })
            .await?;
        self.relight().await?;
        if let Some(epoch) = epoch {
            self.keep_epoch(epoch).await;
        }
        Ok(())
    }

    /// Fetches the reasons. True when the colour or a reason is another than before.
    async fn query(
        &self,
        session: &LoginCompleteResponse,
    ) -> Result<(HealthRecord, bool), TerminalError> {
        let health: HealthResponse = self
            .0
            .client
            .get_json(QUERY_PATH, Some(&session.read_token))
            .await?;
        let record = HealthRecord {
            health,
            updated_at: self.now(),
        };
        let kept = record.clone();
        let changed = self
            .write(move |work| {
                let before: Option<HealthRecord> = work.get(Table::Single, row::HEALTH)?;
                let changed = before.is_some_and(|before| {
                    !before
                        .health
                        .evaluation
                        .says_the_same_as(&kept.health.evaluation)
                });
                if changed {
                    put_notice(work, NoticeKind::CodeUpdated, kept.updated_at)?;
                }
                work.put(Table::Single, row::HEALTH, &kept)?;
                Ok(changed)
            })
            .await?;
        Ok((record, changed))
    }

    /// Whether the signed colour of this hour is not the one that the platform explains.
    async fn explains_another_colour(
        &self,
        health: &HealthResponse,
    ) -> Result<bool, TerminalError> {
        let row = format!("{:010}", Hour::of(self.now()).0);
        let signed = self
            .read(move |work| work.get_bytes(Table::Credential, &row))
            .await?;
        Ok(signed
            .and_then(|bytes| Credential::decode(&bytes).ok())
            .is_some_and(|credential| credential.claims().colour != health.evaluation.colour()))
    }

    /// From now on a new strip is asked for; the old one is shown until the new one has come.
    async fn replace_strip(&self) -> Result<(), TerminalError> {
        self.write(|work| {
            work.remove(Table::Single, row::NEXT_STRIP)?;
            let mut plan = plan_of(work)?;
            plan.replace_strip = true;
            work.put(Table::Single, row::PLAN, &plan)
        })
        .await
    }

    async fn set_standing(&self, standing: DeviceStanding) -> Result<(), TerminalError> {
        self.write(move |work| {
            let session: Option<LoginCompleteResponse> = work.get(Table::Single, row::SESSION)?;
            if let Some(mut session) = session {
                session.standing = standing;
                work.put(Table::Single, row::SESSION, &session)?;
            }
            Ok(())
        })
        .await
    }
}

fn plan_of(work: &Work<'_>) -> Result<PlanRecord, StoreError> {
    Ok(work.get(Table::Single, row::PLAN)?.unwrap_or_default())
}

fn outlook(
    work: &Work<'_>,
    plan: &PlanRecord,
    now: Timestamp,
    asked: Option<Duration>,
    random: u32,
) -> Result<Outlook, StoreError> {
    let covered: Vec<u32> = work
        .all_bytes(Table::Credential)?
        .iter()
        .filter_map(|(row, _)| row.parse().ok())
        .collect();
    let covered_until = plan::covered_until(now, |hour| covered.contains(&hour.0));
    let health: Option<HealthRecord> = work.get(Table::Single, row::HEALTH)?;
    let full = covered_until.map_or(SignedDuration::ZERO, |until| until.duration_since(now));
    Ok(Outlook {
        now,
        covered_until,
        // As much as is covered right after a refresh; fewer hours come in emergency mode.
        strip_hours: u32::try_from(full.as_hours() + 1).unwrap_or(1),
        next_change_at: health.and_then(|record| record.health.evaluation.next_change_at()),
        failures: plan.failures,
        asked,
        random,
    })
}

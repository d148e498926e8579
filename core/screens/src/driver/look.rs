//! One picture of the terminal, for the screens.

use jiff::{SignedDuration, Timestamp};
use liangma_card::{
    CardError, CardModel, ClockState as CardClock, Code, Holder, Scene, Validity, scene,
};
use liangma_credential::Kind;
use liangma_terminal::{
    ClockState, ShowError, ShownCode, TerminalError, TerminalState,
    outbox::{EntryState, Sending, Sent},
    show_code,
    words::StateId,
};
use liangma_wire::consent::ConsentRequest;

use super::{Inner, locked};
use crate::{
    known::{
        Closed, CodeKnown, ConsentGiven, Known, LoginSent, NoticeKnown, Person, Stage, Waiting,
    },
    state::Preferences,
    view::Seen,
};

/// With less than this left, a person is told.
const LAST_HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What the last work with terminal and network showed, beside the terminal's own state.
#[derive(Debug, Default)]
pub(super) struct Network {
    /// Why the terminal is closed.
    pub(super) closed: Option<Closed>,
    /// Whether the last try found no network.
    pub(super) offline: bool,
    /// Why the last refresh did not go through.
    pub(super) refresh_trouble: Option<String>,
    /// Whether one is on its way by itself.
    pub(super) refreshing: bool,
    /// Per cent of the battery, when the shell has said it.
    pub(super) battery_percent: Option<u8>,
}

/// Why a terminal could not be opened, and which ways on there are.
pub(super) fn closed(error: &TerminalError) -> Closed {
    Closed {
        state: error.state_id().to_string(),
        may_repair: matches!(error, TerminalError::Store(error) if error.may_repair()),
        may_begin_anew: matches!(error, TerminalError::Keys(state) if state.may_begin_anew()),
    }
}

impl Inner {
    /// Shows the code without writing or sending; from the sealed file where the terminal is closed.
    pub(super) fn shown(&self) -> Result<ShownCode, ShowError> {
        if let Some(terminal) = &*locked(&self.terminal) {
            return terminal.show();
        }
        let (config, ports) = self.installation();
        show_code(
            &config.folder,
            ports.keys.as_ref(),
            ports.wall.as_ref(),
            ports.monotonic.as_ref(),
        )
    }

    /// Everything that the screens show of the terminal.
    pub(super) async fn look(&self) -> Known {
        let mut known = self.look_at_code();
        let terminal = locked(&self.terminal).clone();
        if let Some(terminal) = terminal {
            match terminal.state().await {
                Ok(state) => take_state(&mut known, state),
                Err(error) => {
                    tracing::warn!(%error, "the terminal's state could not be read");
                    known.closed.get_or_insert(closed(&error));
                }
            }
            if let Some(why) = terminal.why() {
                known.tiles = Some(why.tiles);
            }
        }
        known
    }

    fn look_at_code(&self) -> Known {
        let network = locked(&self.network);
        let mut known = Known {
            closed: network.closed.clone(),
            guest_until: locked(&self.guest).as_ref().map(|guest| guest.until),
            offline: network.offline,
            refresh_trouble: network.refresh_trouble.clone(),
            refreshing: network.refreshing,
            battery_percent: network.battery_percent,
            zone: "Asia/Shanghai".to_owned(),
            ..Known::default()
        };
        drop(network);
        match self.shown() {
            Ok(shown) => {
                known.stage = Stage::Ready;
                known.clock = shown.clock_state.into();
                known.wall_ahead_seconds = shown.wall_ahead_seconds;
                known.reasons.clone_from(&shown.reasons);
                known.sources.clone_from(&shown.sources);
                known.rule_book.clone_from(&shown.rule_book);
                known.tiles = shown.tiles;
                known.code = Some(CodeKnown {
                    colour: shown.colour.registry_number(),
                    name: shown.name,
                    document: shown.document,
                    sandbox: shown.sandbox,
                    live: shown.next_slot_at.is_some(),
                    covered_until: shown.validity.covered_until,
                    last_hour: shown.now.duration_until(shown.validity.covered_until) < LAST_HOUR,
                    works_offline_until: shown.validity.works_offline_until,
                    updated_at: shown.validity.updated_at,
                    explained_at: shown.validity.explained_at,
                });
                known.zone = shown.zone;
            }
            Err(error) => known.no_code = Some(error.state_id().to_string()),
        }
        known
    }

    /// The card as it is now; `None` on pages without one, and while there is nothing to say whose it is.
    pub(super) fn card(&self, width: u32) -> Result<Option<Scene>, CardError> {
        let (page, preferences) = {
            let state = locked(&self.state);
            (state.page(), state.kept.preferences)
        };
        if !page.has_card() || locked(&self.checking).is_some() {
            return Ok(None);
        }
        let seen = locked(&self.seen).clone();
        // Where nothing shows, the page says why in words: a card never stands there without a code.
        let Ok(shown) = self.shown() else {
            return Ok(None);
        };
        card_of(shown, preferences, &seen, width).map(Some)
    }
}

/// The newest answer about each purpose. What a person answered holds for them at once, also while it waits
/// to be sent: nobody is asked the same twice.
fn answers(given: impl Iterator<Item = (ConsentRequest, Timestamp)>) -> Vec<ConsentGiven> {
    let mut answers: Vec<ConsentGiven> = Vec::new();
    for (consent, at) in given {
        answers.retain(|answer| answer.purpose != consent.purpose);
        answers.push(ConsentGiven {
            purpose: consent.purpose,
            version: consent.text_version,
            given: consent.given,
            at,
        });
    }
    answers
}

/// The card of a code that shows, for a glass of this width in points.
///
/// # Errors
/// [`CardError`] when the standard cannot draw it.
pub fn card_of(
    shown: ShownCode,
    preferences: Preferences,
    seen: &Seen,
    width: u32,
) -> Result<Scene, CardError> {
    let model = CardModel {
        view: preferences.view,
        language: preferences.language,
        width,
        terminal_name: seen.words.say(preferences.language, "terminal-name", &[]),
        code: Code::Live {
            text: shown.text,
            colour: shown.colour,
        },
        name: shown.name,
        document: shown.document,
        now: shown.now,
        zone: shown.zone,
        validity: Validity {
            works_offline_until: shown.validity.works_offline_until,
            updated_at: shown.validity.updated_at,
            clock: match shown.clock_state {
                ClockState::Trusted => CardClock::Trusted,
                ClockState::Estimated => CardClock::Estimated,
                ClockState::Unknown => CardClock::Unknown,
            },
        },
        sandbox: shown.sandbox,
        holder: match shown.kind {
            Kind::SelfCode => Holder::Own,
            Kind::Ward => Holder::Ward,
            Kind::Group => Holder::Group { people: 1 },
        },
    };
    scene(&seen.standard, &model)
}

fn what(sending: &Sending) -> &'static str {
    match sending {
        Sending::Health(_) => "health",
        Sending::Trip(_) => "trip",
        Sending::Consent(_) => "consent",
        Sending::Correction(_) => "correction",
    }
}

fn take_state(known: &mut Known, state: TerminalState) {
    known.stage = match state.stage {
        liangma_terminal::Stage::LoggedOut => Stage::LoggedOut,
        liangma_terminal::Stage::CodeSent => Stage::CodeSent,
        liangma_terminal::Stage::LoggedIn => Stage::LoggedIn,
        liangma_terminal::Stage::NeedsVerification => Stage::NeedsVerification,
        liangma_terminal::Stage::Verified => Stage::Verified,
        liangma_terminal::Stage::Ready => Stage::Ready,
    };
    known.clock = state.clock_state.into();
    known.person = state.person.map(|person| Person {
        name: person.name,
        document: person.document,
        phone: person.phone,
        profile: person.profile,
        sandbox: person.sandbox,
    });
    known.login = state.login.map(|sent| LoginSent {
        attempt: sent.attempt.0.to_text(),
        expires_at: sent.expires_at,
        digits: u8::try_from(sent.code_digits).unwrap_or(6),
        tries: sent.tries,
    });
    known.face_check_open = state.face_check_open;
    known.face_provider = state.face_provider;
    let waiting = state.outbox.iter().filter_map(|(_, entry)| {
        let waits = matches!(entry.state, EntryState::Waiting { .. });
        match &entry.sending {
            Sending::Consent(consent) if waits => Some((consent.clone(), entry.done_at)),
            _ => None,
        }
    });
    known.consents = answers(state.consents.into_iter().chain(waiting));
    known.outbox = state
        .outbox
        .into_iter()
        .map(|(id, entry)| Waiting {
            entry: id.0,
            what: what(&entry.sending).to_owned(),
            done_at: entry.done_at,
            refused: match entry.state {
                EntryState::Waiting { .. } => None,
                EntryState::Refused { code, .. } => Some(StateId::of_problem(code).to_string()),
                EntryState::SetAside { .. } => Some(Sent::SetAside.state_id().to_string()),
            },
        })
        .collect();
    known.notices = state
        .notices
        .into_iter()
        .map(|notice| NoticeKnown {
            kind: notice.kind,
            at: notice.at,
        })
        .collect();
}

#[cfg(test)]
mod tests {
    use liangma_wire::consent::Purpose;

    use super::*;

    #[test]
    fn an_answer_that_waits_to_be_sent_holds_as_if_it_had_been() {
        let said = |given| ConsentRequest {
            purpose: Purpose::HealthCode,
            text_version: 1,
            language: "zh-Hans".to_owned(),
            given,
        };
        let (sent, waits) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let answers = answers([(said(true), sent), (said(false), waits)].into_iter());
        let held: Vec<_> = answers.iter().map(|one| (one.given, one.at)).collect();
        assert_eq!(held, [(false, waits)]);
    }
}

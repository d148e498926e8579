//! Name, identity document and phone number, and how the code comes.

use liangma_domain::{identity::DocumentType, name};
use liangma_wire::login::LoginChannel;

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::pressed,
    screen::Screen,
    state::{State, key},
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::{FieldPurpose, Rank},
};

/// The most characters of a name, as the domain reads it.
const LONGEST_NAME: u32 = name::LONGEST_NAME as u32;
/// The fields have the terminal's names, so that what is wrong is said where it is.
const NAME: &str = "name";
const DOCUMENT_TYPE: &str = "document_type";
const DOCUMENT_NUMBER: &str = "document_number";
const PHONE: &str = "phone";
const CHANNEL: &str = "channel";
const SEND: &str = "send";
const CANNOT_TYPE: &str = "cannot-type";
const CAN_TYPE: &str = "can-type";
const TO_COUNTER: &str = "to-counter";
/// Turned on by a person whose name cannot be typed: the counter reads it from the document.
pub(crate) const WITHOUT_NAME: &str = "without-name";
/// Too many codes were asked for; a counter still gives one.
const TOO_MANY: &str = "problem.too_many_attempts";

/// Documents by their name in events, in the order in which they are offered.
const DOCUMENTS: [(DocumentType, &str, &str); 6] = [
    (
        DocumentType::ResidentIdentity,
        "resident_identity",
        "document-resident-identity",
    ),
    (
        DocumentType::ResidencePermit,
        "residence_permit",
        "document-residence-permit",
    ),
    (
        DocumentType::HongKongMacauTravelPermit,
        "hong_kong_macau_travel_permit",
        "document-hong-kong-macau",
    ),
    (
        DocumentType::TaiwanTravelPermit,
        "taiwan_travel_permit",
        "document-taiwan",
    ),
    (
        DocumentType::ForeignPermanentResident,
        "foreign_permanent_resident",
        "document-permanent-resident",
    ),
    (DocumentType::Passport, "passport", "document-passport"),
];

const CHANNELS: [(LoginChannel, &str, &str); 3] = [
    (LoginChannel::Sms, "sms", "channel-sms"),
    (LoginChannel::Voice, "voice", "channel-voice"),
    (LoginChannel::Counter, "counter", "channel-counter"),
];

pub(crate) fn view(glance: &Glance<'_>) -> Screen {
    let documents = DOCUMENTS
        .iter()
        .map(|(_, id, words)| glance.option(id, words))
        .collect();
    let channels = CHANNELS
        .iter()
        .map(|(_, id, words)| glance.option(id, words))
        .collect();
    let state = glance.state;
    let without_name = is_without_name(state);
    let mut widgets = vec![glance.text("why", "login-why")];
    widgets.extend(glance.trouble());
    if state
        .trouble_here()
        .is_some_and(|trouble| trouble.state == TOO_MANY)
        && channel(state) != LoginChannel::Counter
    {
        widgets.push(glance.button(TO_COUNTER, "login-to-counter", Rank::Secondary));
    }
    if without_name {
        widgets.push(glance.text("no-name", "login-without-name"));
        widgets.push(glance.button(CAN_TYPE, "login-can-type", Rank::Quiet));
    } else {
        widgets.push(
            glance
                .field(NAME, "login-name", FieldPurpose::Name, LONGEST_NAME)
                .sensitive(),
        );
        widgets.push(glance.button(CANNOT_TYPE, "login-cannot-type", Rank::Quiet));
    }
    let number_hint = match document_type(state) {
        DocumentType::Passport => Some(glance.say("login-passport-hint")),
        _ => None,
    };
    let mut number = glance
        .field(
            DOCUMENT_NUMBER,
            "login-document-number",
            FieldPurpose::DocumentNumber,
            40,
        )
        .sensitive();
    number.hint = number_hint;
    widgets.extend([
        glance.one_of(
            DOCUMENT_TYPE,
            "login-document-type",
            documents,
            Some(DOCUMENTS[0].1),
        ),
        number,
        glance
            .field(PHONE, "login-phone", FieldPurpose::Phone, 20)
            .hinted(glance.say("login-phone-hint"))
            .sensitive(),
    ]);
    if !without_name {
        widgets.push(glance.one_of(CHANNEL, "login-channel", channels, Some(CHANNELS[0].1)));
    }
    let send = match channel(state) {
        LoginChannel::Sms => "login-send-sms",
        LoginChannel::Voice => "login-send-voice",
        LoginChannel::Counter => "login-send-counter",
    };
    widgets.push(glance.button(SEND, send, Rank::Primary));
    let mut screen = glance.screen("login-title", widgets);
    screen.capture = false;
    screen
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    match pressed(event) {
        Some(SEND) => {
            let task = login(state);
            begin(state, task, effects);
        }
        Some(TO_COUNTER) => {
            by_counter(state);
            let task = login(state);
            begin(state, task, effects);
        }
        Some(CANNOT_TYPE) => state.push(Page::CannotTypeName),
        Some(CAN_TYPE) => set_without_name(state, false),
        _ => {}
    }
}

/// The way with number and counter alone, or back from it.
pub(crate) fn set_without_name(state: &mut State, on: bool) {
    state
        .kept
        .switched
        .insert(key(Page::Login, WITHOUT_NAME), on);
}

fn is_without_name(state: &State) -> bool {
    let turned = state.kept.switched.get(&key(Page::Login, WITHOUT_NAME));
    turned == Some(&true)
}

/// The code comes from a counter, whatever was chosen before.
pub(crate) fn by_counter(state: &mut State) {
    let counter = CHANNELS[2].1.to_owned();
    let place = key(Page::Login, CHANNEL);
    state.kept.chosen.insert(place, vec![counter]);
}

/// How the code comes.
pub(crate) fn channel(state: &State) -> LoginChannel {
    if is_without_name(state) {
        return LoginChannel::Counter;
    }
    let chosen = state.one_chosen(Page::Login, CHANNEL);
    CHANNELS
        .iter()
        .find(|(_, id, _)| Some(*id) == chosen)
        .map_or(LoginChannel::Sms, |(kind, ..)| *kind)
}

fn document_type(state: &State) -> DocumentType {
    let chosen = state.one_chosen(Page::Login, DOCUMENT_TYPE);
    DOCUMENTS
        .iter()
        .find(|(_, id, _)| Some(*id) == chosen)
        .map_or(DocumentType::ResidentIdentity, |(kind, ..)| *kind)
}

/// Whether everything that a login needs is still here, so that a new code is one tap away.
pub(crate) fn is_filled(state: &State) -> bool {
    !state.text(Page::Login, DOCUMENT_NUMBER).is_empty()
}

/// What was typed, as a login.
pub(crate) fn login(state: &State) -> Task {
    let page = Page::Login;
    let name = if is_without_name(state) {
        String::new()
    } else {
        state.text(page, NAME).to_owned()
    };
    Task::LoginStart {
        name,
        document_type: document_type(state),
        document_number: state.text(page, DOCUMENT_NUMBER).to_owned(),
        phone: state.text(page, PHONE).to_owned(),
        channel: channel(state),
    }
}

pub(crate) fn done(
    state: &mut State,
    task: TaskName,
    outcome: &Outcome,
    _effects: &mut Vec<Effect>,
) {
    if (task, outcome) == (TaskName::LoginStart, &Outcome::Went) {
        state.push(Page::LoginCode);
    }
}

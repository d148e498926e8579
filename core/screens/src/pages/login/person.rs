//! Name, identity document and phone number, and how the code comes.

use liangma_domain::identity::DocumentType;
use liangma_wire::login::LoginChannel;

use crate::{
    event::Event,
    glance::Glance,
    page::Page,
    pages::pressed,
    screen::Screen,
    state::State,
    task::{Effect, Outcome, Task, TaskName},
    update::begin,
    widget::{FieldPurpose, Rank},
};

/// The fields have the terminal's names, so that what is wrong is said where it is.
const NAME: &str = "name";
const DOCUMENT_TYPE: &str = "document_type";
const DOCUMENT_NUMBER: &str = "document_number";
const PHONE: &str = "phone";
const CHANNEL: &str = "channel";
const SEND: &str = "send";

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
    let mut widgets = vec![glance.text("why", "login-why")];
    widgets.extend(glance.trouble());
    widgets.extend([
        glance
            .field(NAME, "login-name", FieldPurpose::Name, 60)
            .sensitive(),
        glance.one_of(
            DOCUMENT_TYPE,
            "login-document-type",
            documents,
            Some(DOCUMENTS[0].1),
        ),
        glance
            .field(
                DOCUMENT_NUMBER,
                "login-document-number",
                FieldPurpose::DocumentNumber,
                40,
            )
            .sensitive(),
        glance
            .field(PHONE, "login-phone", FieldPurpose::Phone, 20)
            .hinted(glance.say("login-phone-hint"))
            .sensitive(),
        glance.one_of(CHANNEL, "login-channel", channels, Some(CHANNELS[0].1)),
        glance.button(SEND, "login-send", Rank::Primary),
    ]);
    let mut screen = glance.screen("login-title", widgets);
    screen.capture = false;
    screen
}

pub(crate) fn update(state: &mut State, event: &Event, effects: &mut Vec<Effect>) {
    if pressed(event) == Some(SEND) {
        let task = login(state);
        begin(state, task, effects);
    }
}

fn login(state: &State) -> Task {
    let page = Page::Login;
    let document = state.one_chosen(page, DOCUMENT_TYPE);
    let channel = state.one_chosen(page, CHANNEL);
    Task::LoginStart {
        name: state.text(page, NAME).to_owned(),
        document_type: DOCUMENTS
            .iter()
            .find(|(_, id, _)| Some(*id) == document)
            .map_or(DocumentType::ResidentIdentity, |(kind, ..)| *kind),
        document_number: state.text(page, DOCUMENT_NUMBER).to_owned(),
        phone: state.text(page, PHONE).to_owned(),
        channel: CHANNELS
            .iter()
            .find(|(_, id, _)| Some(*id) == channel)
            .map_or(LoginChannel::Sms, |(kind, ..)| *kind),
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

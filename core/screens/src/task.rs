//! What screens ask of the terminal, and how it ended.

use jiff::Timestamp;
use liangma_domain::identity::DocumentType;
use liangma_wire::{consent::Purpose, declaration::Symptom, login::LoginChannel};
use serde::{Deserialize, Serialize};

/// What is to happen outside the pure screens.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// The terminal does something; [`crate::Event::Done`] answers.
    Do {
        /// What.
        task: Task,
    },
    /// What is under way is given up; nothing answers.
    Cancel,
    /// What a widget has for a screen reader is said aloud, by the person's wish; the driver turns it into
    /// [`Effect::Speak`].
    ReadAloud {
        /// The id of the widget.
        widget: String,
    },
    /// The shell says a text aloud, by the person's wish.
    Speak {
        /// The text.
        text: String,
    },
    /// The shell opens a phone call or a page outside.
    Open {
        /// `tel:` or `https:`.
        address: String,
    },
    /// The program closes: back on the first screen.
    Leave,
}

/// One thing that the terminal does.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// Opens the terminal once more, after trouble with keys or store.
    Open,
    /// Repairs a damaged store, by the person's wish.
    Repair,
    /// Sets an unreadable installation aside, by the person's wish.
    BeginAnew,
    /// Begins a login.
    LoginStart {
        /// Name, as typed.
        name: String,
        /// Kind of document.
        document_type: DocumentType,
        /// Its number, as typed.
        document_number: String,
        /// Phone number, as typed.
        phone: String,
        /// How the code comes.
        channel: LoginChannel,
    },
    /// Completes a login with the code that came.
    LoginComplete {
        /// The code, as typed.
        code: String,
    },
    /// Records an answer about a purpose.
    Consent {
        /// The purpose.
        purpose: Purpose,
        /// The version of the text that was shown.
        version: u32,
        /// The language it was shown in.
        language: String,
        /// Given or withdrawn.
        given: bool,
    },
    /// Applies for a code on this phone.
    Apply,
    /// Makes a face check ready: then it is known who compares the face.
    FacePrepare,
    /// Hands over to the face provider of the check that is ready, and waits.
    FaceCheck,
    /// Goes on with a face check after a restart.
    FaceResume,
    /// Asks for a handle that a counter scans, with a spoken code.
    CounterHandle,
    /// Declares health.
    DeclareHealth {
        /// Tenths of a degree.
        temperature_tenths: Option<u16>,
        /// Symptoms.
        symptoms: Vec<Symptom>,
        /// Contact with somebody at high risk.
        high_risk_contact: bool,
    },
    /// Declares a trip.
    DeclareTrip {
        /// Division left, six digits.
        from_division: Option<String>,
        /// Country left, three letters.
        from_country: Option<String>,
        /// Division arrived in.
        to_division: String,
        /// Day of arrival, `2022-04-01`, in the region's zone.
        arrived_on: String,
    },
    /// Fetches a code, or a newer one.
    Refresh,
    /// Lets somebody else show a code on this phone for ten minutes; the owner's screens are set aside.
    GuestBegin,
    /// Ends that and erases everything of it.
    GuestEnd,
    /// Fetches the lists of a checker, and lends the phone to checking codes.
    CheckBegin,
    /// Says what is wrong.
    Correct {
        /// `colour`, `evidence` or `identity`.
        about: String,
        /// In the person's words; may be empty.
        statement: String,
    },
    /// Sends what waits, now.
    Send,
    /// Sends one refused entry again.
    SendAgain {
        /// Which.
        entry: u64,
    },
    /// Takes one entry out of the outbox.
    TakeOut {
        /// Which.
        entry: u64,
    },
    /// Asks for the person's devices.
    Devices,
    /// Ends one of them.
    EndDevice {
        /// Which, by its id.
        device: String,
    },
    /// Gathers everything that this phone holds.
    Export,
    /// Gathers everything that the platform holds.
    ExportFromPlatform,
    /// Erases everything on this phone.
    Erase,
    /// The notices were seen.
    NoticesSeen,
}

/// The name of a task, without what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the name of the task of that name")]
pub enum TaskName {
    Open,
    Repair,
    BeginAnew,
    LoginStart,
    LoginComplete,
    Consent,
    Apply,
    FacePrepare,
    FaceCheck,
    FaceResume,
    CounterHandle,
    DeclareHealth,
    DeclareTrip,
    Refresh,
    GuestBegin,
    GuestEnd,
    CheckBegin,
    Correct,
    Send,
    SendAgain,
    TakeOut,
    Devices,
    EndDevice,
    Export,
    ExportFromPlatform,
    Erase,
    NoticesSeen,
}

impl Task {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> TaskName {
        match self {
            Self::Open => TaskName::Open,
            Self::Repair => TaskName::Repair,
            Self::BeginAnew => TaskName::BeginAnew,
            Self::LoginStart { .. } => TaskName::LoginStart,
            Self::LoginComplete { .. } => TaskName::LoginComplete,
            Self::Consent { .. } => TaskName::Consent,
            Self::Apply => TaskName::Apply,
            Self::FacePrepare => TaskName::FacePrepare,
            Self::FaceCheck => TaskName::FaceCheck,
            Self::FaceResume => TaskName::FaceResume,
            Self::CounterHandle => TaskName::CounterHandle,
            Self::DeclareHealth { .. } => TaskName::DeclareHealth,
            Self::DeclareTrip { .. } => TaskName::DeclareTrip,
            Self::Refresh => TaskName::Refresh,
            Self::GuestBegin => TaskName::GuestBegin,
            Self::GuestEnd => TaskName::GuestEnd,
            Self::CheckBegin => TaskName::CheckBegin,
            Self::Correct { .. } => TaskName::Correct,
            Self::Send => TaskName::Send,
            Self::SendAgain { .. } => TaskName::SendAgain,
            Self::TakeOut { .. } => TaskName::TakeOut,
            Self::Devices => TaskName::Devices,
            Self::EndDevice { .. } => TaskName::EndDevice,
            Self::Export => TaskName::Export,
            Self::ExportFromPlatform => TaskName::ExportFromPlatform,
            Self::Erase => TaskName::Erase,
            Self::NoticesSeen => TaskName::NoticesSeen,
        }
    }
}

impl std::fmt::Debug for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}([hidden])", self.name())
    }
}

impl std::fmt::Debug for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Do { task } => write!(f, "Do({task:?})"),
            Self::Cancel => f.write_str("Cancel"),
            Self::ReadAloud { widget } => write!(f, "ReadAloud({widget})"),
            Self::Speak { .. } => f.write_str("Speak([hidden])"),
            Self::Open { .. } => f.write_str("Open([hidden])"),
            Self::Leave => f.write_str("Leave"),
        }
    }
}

/// How a task ended.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It went through; the terminal's new state comes as [`crate::Event::Learned`], before this.
    Went,
    /// It is on disk and waits for the network.
    Waits,
    /// A refresh went through.
    Refreshed {
        /// What it brought, as a state id of the group `refresh`.
        state: String,
    },
    /// A face check ended: `passed`, `failed`, `cancelled` and so on, as the group `face` of the state ids.
    Face {
        /// The code of the outcome.
        code: String,
    },
    /// A handle for a counter.
    CounterHandle {
        /// The text of the QR code that the counter scans.
        qr: String,
        /// The eight digits to say instead.
        spoken_code: String,
        /// Until when.
        expires_at: Timestamp,
    },
    /// The person's devices.
    Devices {
        /// Newest first.
        devices: Vec<Device>,
    },
    /// A document: what this phone or the platform holds.
    Document {
        /// Its text.
        text: String,
    },
    /// It did not go through.
    Failed {
        /// Why.
        trouble: Trouble,
    },
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Went => f.write_str("Went"),
            Self::Waits => f.write_str("Waits"),
            Self::Refreshed { state } => write!(f, "Refreshed({state})"),
            Self::Face { code } => write!(f, "Face({code})"),
            Self::CounterHandle { .. } => f.write_str("CounterHandle([hidden])"),
            Self::Devices { devices } => write!(f, "Devices({})", devices.len()),
            Self::Document { .. } => f.write_str("Document([hidden])"),
            Self::Failed { trouble } => write!(f, "Failed({trouble:?})"),
        }
    }
}

/// Why something did not go through, in terms of the table of states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The id of the state, `group.code`: its words are in the standard.
    pub state: String,
    /// The field that is meant, when one is: the terminal's name of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong with it, by the terminal's or the domain's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether trying again later may help.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub transient: bool,
    /// Seconds that the platform asked to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_seconds: Option<u64>,
}

impl Trouble {
    /// A trouble of which nothing is known but the state.
    #[must_use]
    pub fn of_state(state: &str) -> Self {
        Self {
            state: state.to_owned(),
            field: None,
            reason: None,
            transient: false,
            wait_seconds: None,
        }
    }
}

/// One of the person's devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id, as base64url.
    pub id: String,
    /// Whether it may obtain a code: `unverified`, `verified` or `ended`.
    pub standing: String,
    /// When it logged in.
    pub enrolled_at: Timestamp,
    /// Whether it is this one.
    pub this_device: bool,
}

//! What an app builder hands to a terminal and gets from it. Times are milliseconds since 1970, UTC.

use jiff::Timestamp;
use liangma_domain::rules::ReasonStatement;
use liangma_terminal::outbox;
use serde::Serialize;

use crate::{
    mirror::{Mirror, mirror},
    ports::SecurityLevel,
};

mirror! {
    /// A kind of identity document.
    pub enum DocumentType = liangma_domain::identity::DocumentType {
        /// Resident identity number of a citizen (GB 11643): 18 characters.
        ResidentIdentity,
        /// Residence permit for people from Hong Kong, Macau or Taiwan: 18 characters from `81`, `82`, `83`.
        ResidencePermit,
        /// Permanent resident card for foreigners.
        ForeignPermanentResident,
        /// Mainland travel permit for people from Hong Kong or Macau.
        HongKongMacauTravelPermit,
        /// Mainland travel permit for people from Taiwan.
        TaiwanTravelPermit,
        /// Passport of any state; the issuing state belongs to the number.
        Passport,
    }

    /// How a login code reaches the person.
    pub enum LoginChannel = liangma_wire::login::LoginChannel {
        /// A text message to the registered number.
        Sms,
        /// A voice call to the registered number.
        Voice,
        /// Read out at a counter, after the identity document was looked at.
        Counter,
    }

    /// What data is used for. Each is asked about separately.
    pub enum Purpose = liangma_wire::consent::Purpose {
        /// To hold and show a health code.
        HealthCode,
        /// To compare one's face once, at the face-check provider.
        FaceCheck,
        /// To declare one's health.
        HealthDeclaration,
        /// To declare a trip.
        TripDeclaration,
    }

    /// A symptom of the closed list.
    pub enum Symptom = liangma_wire::declaration::Symptom {
        /// A temperature of 37.3 degrees or more, or a feeling of fever.
        Fever,
        /// A cough.
        Cough,
        /// Tiredness.
        Fatigue,
        /// Loss of smell or taste.
        SmellOrTasteLoss,
        /// Difficulty breathing.
        Breathlessness,
    }

    /// What a correction is about.
    pub enum CorrectionSubject = liangma_terminal::outbox::CorrectionSubject {
        /// The colour.
        Colour,
        /// A test or vaccination that is missing or wrong.
        Evidence,
        /// The name or document.
        Identity,
    }

    /// How a face check ended. Only `Passed` lets this device obtain a code.
    pub enum FaceCheckOutcome = liangma_terminal::FaceCheckOutcome {
        /// The device may obtain a code.
        Passed,
        /// The face is not that of the person, or could not be compared.
        Failed,
        /// The person stopped.
        Cancelled,
        /// Nobody finished in time.
        TimedOut,
        /// The result was used before.
        Replayed,
        /// The result belongs to another person, device or check.
        SomebodyElses,
        /// The result is not genuine.
        Forged,
        /// The ticket had ended: start again.
        Expired,
        /// The provider's page could not be opened on this phone.
        NotOpened,
        /// A link came back and no check was open here.
        Unasked,
    }

    /// How far a person has come.
    pub enum Stage = liangma_terminal::Stage {
        /// Nobody is logged in: `login_start`.
        LoggedOut,
        /// A login code is on its way: `login_complete`.
        CodeSent,
        /// Logged in: consent to the health code, then `apply`.
        LoggedIn,
        /// Applied: `face_check`, or `counter_handle`.
        NeedsVerification,
        /// Verified: `refresh` fetches the first code.
        Verified,
        /// There is a code.
        Ready,
    }

    /// How far the phone's idea of the time can be relied on.
    pub enum ClockState = liangma_terminal::ClockState {
        /// It agrees with a signed time.
        Trusted,
        /// Carried over a restart without network: good enough to show a live code.
        Estimated,
        /// Not known: the code is genuine, and not live.
        Unknown,
    }
}

macro_rules! back_to_core {
    ($($name:ident = $($core:ident)::+ { $($variant:ident),* $(,)? })*) => {$(
        impl From<$name> for $($core)::+ {
            fn from(ours: $name) -> Self {
                match ours {
                    $($name::$variant => Self::$variant,)*
                }
            }
        }
    )*};
}

back_to_core! {
    DocumentType = liangma_domain::identity::DocumentType {
        ResidentIdentity, ResidencePermit, ForeignPermanentResident, HongKongMacauTravelPermit,
        TaiwanTravelPermit, Passport,
    }
    LoginChannel = liangma_wire::login::LoginChannel { Sms, Voice, Counter }
    Purpose = liangma_wire::consent::Purpose {
        HealthCode, FaceCheck, HealthDeclaration, TripDeclaration,
    }
    Symptom = liangma_wire::declaration::Symptom {
        Fever, Cough, Fatigue, SmellOrTasteLoss, Breathlessness,
    }
    CorrectionSubject = liangma_terminal::outbox::CorrectionSubject { Colour, Evidence, Identity }
}

/// What a person types to log in. Kept sealed until the login is complete.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct LoginForm {
    /// The name as in the register; may be empty where a counter reads it from the document.
    pub name: String,
    /// The kind of identity document.
    pub document_type: DocumentType,
    /// Its number, as typed.
    pub document_number: String,
    /// The registered phone number, as typed.
    pub phone: String,
    /// How the code is to come.
    pub channel: LoginChannel,
}

impl std::fmt::Debug for LoginForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LoginForm([hidden])")
    }
}

impl From<LoginForm> for liangma_terminal::LoginForm {
    fn from(form: LoginForm) -> Self {
        Self {
            name: form.name,
            document_type: form.document_type.into(),
            document_number: form.document_number,
            phone: form.phone,
            channel: form.channel.into(),
        }
    }
}

/// "If these agree, a message was sent." The same whether they agree or not.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct LoginSent {
    /// The text of the QR code to show at a counter when the login code is to come from there.
    pub counter_qr: String,
    /// When the code stops being good.
    pub expires_at: i64,
    /// How many digits it has.
    pub code_digits: u8,
    /// How many tries there are.
    pub tries: u8,
}

impl Mirror<liangma_terminal::LoginSent> for LoginSent {
    fn mirror(core: liangma_terminal::LoginSent) -> Self {
        Self {
            counter_qr: core.attempt.0.to_text(),
            expires_at: core.expires_at.as_millisecond(),
            code_digits: u8::try_from(core.code_digits).unwrap_or(u8::MAX),
            tries: core.tries,
        }
    }
}

/// Whose terminal it is, masked.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct MaskedPerson {
    /// The name, masked.
    pub name: String,
    /// The document, masked.
    pub document: String,
    /// The phone number, masked.
    pub phone: String,
    /// The region profile.
    pub profile: String,
    /// Nothing of it counts outside a demonstration.
    pub sandbox: bool,
}

/// Everything that a screen needs to know about the terminal, read in one go.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct TerminalState {
    /// How far the person has come.
    pub stage: Stage,
    /// Whose terminal it is; `null` before a login.
    pub person: Option<MaskedPerson>,
    /// The login attempt under way.
    pub login: Option<LoginSent>,
    /// A face check that the person left for and that was not finished.
    pub face_check_open: bool,
    /// Who compares the face in that check, for the person to read.
    pub face_provider: Option<String>,
    /// The newest answer about each purpose that was asked about.
    pub consents: Vec<ConsentGiven>,
    /// The end of the last hour that is signed without a gap; `null` without a code.
    pub covered_until: Option<i64>,
    /// "Works offline until": only when signed hours, reasons and clock are all good until then.
    pub works_offline_until: Option<i64>,
    /// The last refresh that went through.
    pub updated_at: Option<i64>,
    /// How many things wait to be sent, or were refused.
    pub outbox: u32,
    /// What the person is to be told, oldest first: ids of states of the group `notice`.
    pub notices: Vec<String>,
    /// How far the phone's idea of the time can be relied on.
    pub clock: ClockState,
    /// How well this phone keeps keys; `null` when it does not say.
    pub security_level: Option<SecurityLevel>,
}

impl Mirror<liangma_terminal::TerminalState> for TerminalState {
    fn mirror(core: liangma_terminal::TerminalState) -> Self {
        let validity = core.validity;
        Self {
            stage: Stage::mirror(core.stage),
            person: core.person.map(|person| MaskedPerson {
                name: person.name,
                document: person.document,
                phone: person.phone,
                profile: person.profile,
                sandbox: person.sandbox,
            }),
            login: Mirror::mirror(core.login),
            face_check_open: core.face_check_open,
            face_provider: core.face_provider,
            consents: core
                .consents
                .into_iter()
                .map(|(consent, at)| ConsentGiven {
                    purpose: Purpose::mirror(consent.purpose),
                    version: consent.text_version,
                    given: consent.given,
                    at: at.as_millisecond(),
                })
                .collect(),
            covered_until: validity.map(|validity| validity.covered_until.as_millisecond()),
            works_offline_until: validity
                .and_then(|validity| validity.works_offline_until)
                .map(Timestamp::as_millisecond),
            updated_at: validity
                .and_then(|validity| validity.updated_at)
                .map(Timestamp::as_millisecond),
            outbox: u32::try_from(core.outbox.len()).unwrap_or(u32::MAX),
            notices: core
                .notices
                .iter()
                .map(|notice| notice.kind.state_id().to_string())
                .collect(),
            clock: ClockState::mirror(core.clock_state),
            security_level: core.security_level.map(SecurityLevel::from),
        }
    }
}

/// An answer about one purpose.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct ConsentGiven {
    /// The purpose.
    pub purpose: Purpose,
    /// The version of the text that was shown.
    pub version: u32,
    /// Given or withdrawn.
    pub given: bool,
    /// When.
    pub at: i64,
}

/// What became of something that a person does and that needs the network. It is on disk before anything is
/// sent, and is never sent twice.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum Sent {
    /// The platform has it.
    Done,
    /// It is on disk, and is sent when it can be.
    Waiting,
    /// The platform refused it; it is kept with the reason.
    Refused {
        /// The id of the state, for its words.
        code: String,
    },
    /// The platform's answers could not be understood; it is kept, and stands in nobody's way.
    SetAside,
}

impl Mirror<outbox::Sent> for Sent {
    fn mirror(core: outbox::Sent) -> Self {
        match core {
            outbox::Sent::Done => Self::Done,
            outbox::Sent::Waiting => Self::Waiting,
            outbox::Sent::Refused(code) => Self::Refused {
                code: liangma_terminal::words::StateId::of_problem(code).to_string(),
            },
            outbox::Sent::SetAside => Self::SetAside,
        }
    }
}

/// What to show or say at a counter, where a person is verified without a face.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct CounterHandle {
    /// The text of the QR code that the counter scans.
    pub qr: String,
    /// Eight digits to be spoken instead.
    pub spoken_code: String,
    /// When both stop being good.
    pub expires_at: i64,
}

impl std::fmt::Debug for CounterHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CounterHandle([hidden])")
    }
}

/// What a refresh did.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct RefreshOutcome {
    /// Hours that are signed now and were not before.
    pub hours_added: u32,
    /// A new strip of hours began.
    pub strip_began: bool,
    /// The colour or its reasons changed: tell the person, and on a lock screen say nothing but "code updated".
    pub explanation_changed: bool,
    /// When the next refresh is planned.
    pub next_refresh_at: Option<i64>,
}

impl Mirror<liangma_terminal::RefreshOutcome> for RefreshOutcome {
    fn mirror(core: liangma_terminal::RefreshOutcome) -> Self {
        Self {
            hours_added: core.hours_added,
            strip_began: core.strip_began,
            explanation_changed: core.explanation_changed,
            next_refresh_at: core.next_refresh_at.map(Timestamp::as_millisecond),
        }
    }
}

/// Why the code has its colour: what the phone holds, also without network.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Explanation {
    /// The colour's name in the registry, such as `green`.
    pub colour: String,
    /// Every reason that holds, the worst first. Never empty.
    pub reasons: Vec<ColourReason>,
    /// When it was fetched.
    pub updated_at: i64,
}

/// One reason for a colour.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct ColourReason {
    /// Its stable code, such as `no_risk_found`.
    pub code: String,
    /// The colour that it gives, by name.
    pub colour: String,
    /// Since when it has held; `null` for one that rests on nothing.
    pub since: Option<i64>,
    /// The stable codes of what can take it away, such as `negative_test`.
    pub cleared_by: Vec<String>,
    /// When it ends by itself; `null` when it needs new evidence.
    pub clears_at: Option<i64>,
}

impl Mirror<liangma_terminal::Explanation> for Explanation {
    fn mirror(core: liangma_terminal::Explanation) -> Self {
        Self {
            colour: core.evaluation.colour().to_string(),
            reasons: core
                .evaluation
                .reasons()
                .iter()
                .map(ColourReason::of)
                .collect(),
            updated_at: core.updated_at.as_millisecond(),
        }
    }
}

impl ColourReason {
    fn of(statement: &ReasonStatement) -> Self {
        Self {
            code: name(&statement.reason, None),
            colour: statement.colour.to_string(),
            since: statement.since.map(Timestamp::as_millisecond),
            cleared_by: statement
                .cleared_by
                .iter()
                .map(|clearing| name(clearing, Some("by")))
                .collect(),
            clears_at: statement.clears_at.map(Timestamp::as_millisecond),
        }
    }
}

/// The stored name of a value, such as `no_risk_found`; of one with fields, the name under its tag.
fn name<T: Serialize>(value: &T, tag: Option<&str>) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    let named = tag.map_or(Some(&json), |tag| json.get(tag));
    named
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// One of the person's own devices.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Device {
    /// Names it for `end_device`.
    pub id: String,
    /// Whether it may obtain a code.
    pub standing: DeviceStanding,
    /// When it logged in.
    pub enrolled_at: i64,
    /// Whether it is this one.
    pub this_device: bool,
}

mirror! {
    /// Whether a device may obtain a code.
    pub enum DeviceStanding = liangma_wire::device::DeviceStanding {
        /// Logged in; no code before a face or counter check.
        Unverified,
        /// Went through a face or counter check.
        Verified,
        /// Ended by its owner or by a newer login.
        Ended,
    }
}

/// A person declares their health.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct HealthDeclaration {
    /// Tenths of a degree Celsius, 340 to 430, where it was taken.
    pub temperature_tenths: Option<u16>,
    /// Each symptom once.
    pub symptoms: Vec<Symptom>,
    /// Contact with somebody at high risk in the last 14 days.
    pub high_risk_contact: bool,
}

impl std::fmt::Debug for HealthDeclaration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HealthDeclaration([hidden])")
    }
}

/// A person declares a trip on arrival: from a division or from a country, not both.
#[derive(Clone, PartialEq, uniffi::Record)]
pub struct TripDeclaration {
    /// Division left, six digits.
    pub from_division: Option<String>,
    /// Country left, three letters of ISO 3166, when the trip began abroad.
    pub from_country: Option<String>,
    /// Division arrived in, six digits.
    pub to_division: String,
    /// When the person arrived.
    pub arrived_at: i64,
}

impl std::fmt::Debug for TripDeclaration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TripDeclaration([hidden])")
    }
}

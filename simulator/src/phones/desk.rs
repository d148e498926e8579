//! The desk: everything around the phones that is not a phone. Messages that were sent, the face provider's
//! answers, what offices state and approve, the counter, and what a day does to a phone.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use liangma_domain::evidence::EvidenceId;
use liangma_domain::zone;
use liangma_platform::sandbox::face_provider::{Choice, Chosen, ChosenOutcome, OUTCOMES_PATH};
use liangma_platform::sandbox::{SandboxAuthority, SandboxPerson, person};
use liangma_terminal::ports::FaceReturn;
use liangma_wire::bytes::FixedBytes;
use liangma_wire::counter::CounterReference;
use liangma_wire::evidence::{BatchApprovalRequest, BatchReport, BatchState};
use liangma_wire::face::TicketId;
use serde::{Deserialize, Serialize};

use super::collector::{CollectorDevice, CollectorStatus};
use super::glass::Status;
use super::offices::{OfficeError, Offices, Statement, authority};
use super::rig::{KeyMood, PhoneRig};
use super::server::{Shared, file};
use super::world::World;

/// The largest request of the desk.
const BODY_LIMIT: usize = 4 * 1024;
/// The most statements that the desk remembers.
const REMEMBERED: usize = 50;
/// No clock is moved further, in seconds: ten years.
const FURTHEST: i64 = 10 * 366 * 86_400;

/// The desk, with what it stated.
pub(crate) struct Desk {
    world: Arc<World>,
    collector: Arc<CollectorDevice>,
    client: reqwest::Client,
    stated: Mutex<Vec<Stated>>,
}

/// A statement that was submitted, and what became of it.
#[derive(Clone, Serialize)]
struct Stated {
    number: usize,
    person: &'static str,
    statement: Statement,
    by: &'static str,
    at: Timestamp,
    state: BatchState,
    /// The stable reason of a row that was refused.
    reason: Option<String>,
    /// Who approved or refused it.
    decided_by: Option<&'static str>,
    withdrawn: bool,
    #[serde(skip)]
    evidence: Option<EvidenceId>,
    #[serde(skip)]
    report: BatchReport,
}

impl Desk {
    /// A desk beside the phones and the collector's device.
    pub(crate) fn new(
        world: Arc<World>,
        collector: Arc<CollectorDevice>,
        client: reqwest::Client,
    ) -> Arc<Self> {
        Arc::new(Self {
            world,
            collector,
            client,
            stated: Mutex::default(),
        })
    }

    /// The page and what it asks for.
    pub(crate) fn routes(self: &Arc<Self>) -> Router<Shared> {
        Router::new()
            .route("/desk", get(|| file("desk.html")))
            .route("/desk/api/state", get(state))
            .route("/desk/api/phone", post(change_phone))
            .route("/desk/api/collector", post(change_collector))
            .route("/desk/api/face", post(end_face_check))
            .route("/desk/api/statement", post(make_statement))
            .route("/desk/api/decision", post(decide))
            .route("/desk/api/withdrawal", post(withdraw))
            .route("/desk/api/login-code", post(login_code))
            .route("/desk/api/approval", post(approve))
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .with_state(self.clone())
    }

    fn offices(&self) -> Offices<'_> {
        let region = self.world.region();
        Offices {
            sandbox: region.sandbox(),
            url: region.url(),
            client: &self.client,
        }
    }

    fn rig(&self, key: &str) -> Result<&Arc<PhoneRig>, Refusal> {
        self.world.rig(key).ok_or(Refusal::NoSuchPhone)
    }

    fn stated(&self) -> std::sync::MutexGuard<'_, Vec<Stated>> {
        self.stated.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn statement(&self, number: usize) -> Result<Stated, Refusal> {
        let stated = self.stated();
        let found = stated.iter().find(|stated| stated.number == number);
        found.cloned().ok_or(Refusal::NoSuchStatement)
    }

    fn change(&self, number: usize, change: impl FnOnce(&mut Stated)) {
        let mut stated = self.stated();
        if let Some(stated) = stated.iter_mut().find(|stated| stated.number == number) {
            change(stated);
        }
    }
}

/// Why the desk does not do something.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("there is no such phone or person")]
    NoSuchPhone,
    #[error("there is no such statement any more")]
    NoSuchStatement,
    #[error("there is no such office")]
    NoSuchOffice,
    #[error("no face check waits on this phone")]
    NoFaceCheck,
    #[error("this is no number of a login, handle or spoken code")]
    NoReference,
    #[error("the network of the phone could not be switched")]
    Network(#[source] std::io::Error),
    #[error(transparent)]
    Office(#[from] OfficeError),
}

impl From<reqwest::Error> for Refusal {
    fn from(error: reqwest::Error) -> Self {
        Self::Office(error.into())
    }
}

impl Refusal {
    fn act(&self) -> &'static str {
        match self {
            Self::NoSuchPhone | Self::NoSuchStatement | Self::NoSuchOffice => {
                "load the page again, and choose from it"
            }
            Self::NoFaceCheck => "begin the face check on the phone first",
            Self::NoReference => "copy it from the phone's screen, all of it",
            Self::Network(_) => "try again",
            Self::Office(error) => error.act(),
        }
    }
}

/// What the page is told when something is refused.
#[derive(Serialize)]
struct Refused {
    happened: String,
    act: &'static str,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let refused = Refused {
            happened: self.to_string(),
            act: self.act(),
        };
        (StatusCode::UNPROCESSABLE_ENTITY, Json(refused)).into_response()
    }
}

type Answer<T> = Result<Json<T>, Refusal>;
type TheDesk = State<Arc<Desk>>;

/// Everything that the page shows.
#[derive(Serialize)]
struct Everything {
    now: Timestamp,
    phones: Vec<PhoneOnDesk>,
    collector: CollectorStatus,
    messages: Vec<Message>,
    statements: Vec<StatementOffered>,
    moods: [KeyMood; 5],
    authorities: Vec<&'static str>,
    stated: Vec<Stated>,
}

#[derive(Serialize)]
struct PhoneOnDesk {
    key: &'static str,
    name: &'static str,
    document: &'static str,
    phone: &'static str,
    about: &'static str,
    status: Status,
    keys: KeyMood,
}

#[derive(Serialize)]
struct Message {
    owner: Vec<&'static str>,
    phone: String,
    channel: liangma_wire::login::LoginChannel,
    code: String,
    at: Timestamp,
}

#[derive(Serialize)]
struct StatementOffered {
    id: Statement,
    by: &'static str,
}

async fn state(State(desk): TheDesk) -> Json<Everything> {
    let rigs = desk.world.rigs();
    let phones = rigs.iter().map(|rig| {
        let person = rig.person();
        PhoneOnDesk {
            key: person.key,
            name: person.name,
            document: person.document_number,
            phone: person.phone,
            about: person.about,
            status: rig.panes().status(),
            keys: rig.key_mood(),
        }
    });
    let tray = desk.world.region().sandbox().tray.messages();
    let messages = tray.into_iter().rev().take(20).map(|message| Message {
        owner: rigs
            .iter()
            .filter(|rig| rig.person().phone == message.phone)
            .map(|rig| rig.person().name)
            .collect(),
        phone: message.phone,
        channel: message.channel,
        code: message.code,
        at: message.at,
    });
    Json(Everything {
        now: Timestamp::now(),
        phones: phones.collect(),
        collector: desk.collector.status().await,
        messages: messages.collect(),
        statements: Statement::ALL
            .into_iter()
            .map(|id| StatementOffered {
                id,
                by: id.authority().id(),
            })
            .collect(),
        moods: KeyMood::ALL,
        authorities: SandboxAuthority::ALL.map(SandboxAuthority::id).to_vec(),
        stated: desk.stated().iter().rev().cloned().collect(),
    })
}

/// One thing that a day does to a phone.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum PhoneChange {
    Network(bool),
    Stalled(bool),
    ClockAhead(i64),
    Battery(u8),
    Keys(KeyMood),
    LoseKeys,
    AnotherPhone,
    Reboot,
    Restart,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangePhone {
    phone: String,
    change: PhoneChange,
}

async fn change_phone(State(desk): TheDesk, Json(asked): Json<ChangePhone>) -> Answer<()> {
    let rig = desk.rig(&asked.phone)?;
    match asked.change {
        PhoneChange::Network(on) => rig.set_network(on).await.map_err(Refusal::Network)?,
        PhoneChange::Stalled(stalled) => rig.stall_network(stalled),
        PhoneChange::ClockAhead(seconds) => rig.set_clock_ahead(ahead(seconds)),
        PhoneChange::Battery(percent) => rig.set_battery(percent),
        PhoneChange::Keys(mood) => rig.set_key_mood(mood),
        PhoneChange::LoseKeys => rig.lose_keys(),
        PhoneChange::AnotherPhone => rig.move_to_another_phone().await,
        PhoneChange::Reboot => rig.reboot().await,
        PhoneChange::Restart => rig.restart().await,
    }
    Ok(Json(()))
}

fn ahead(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds.clamp(-FURTHEST, FURTHEST))
}

/// One thing that a day does to the collector's device.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum CollectorChange {
    Network(bool),
    ClockAhead(i64),
}

async fn change_collector(
    State(desk): TheDesk,
    Json(asked): Json<CollectorChange>,
) -> Json<CollectorStatus> {
    match asked {
        CollectorChange::Network(on) => desk.collector.set_network(on).await,
        CollectorChange::ClockAhead(seconds) => {
            desk.collector.set_clock_ahead(ahead(seconds)).await;
        }
    }
    Json(desk.collector.status().await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndFaceCheck {
    phone: String,
    outcome: ChosenOutcome,
}

/// Ends the face check that waits on a phone, as its person would on the provider's page.
async fn end_face_check(State(desk): TheDesk, Json(asked): Json<EndFaceCheck>) -> Answer<()> {
    let handoff = desk.rig(&asked.phone)?.panes().status().handoff;
    let ticket = handoff
        .as_deref()
        .and_then(ticket_in)
        .ok_or(Refusal::NoFaceCheck)?;
    let choice = Choice {
        ticket: TicketId(ticket),
        outcome: asked.outcome,
    };
    let body = serde_json::to_vec(&choice).map_err(|_| OfficeError::Unmade)?;
    let provider = desk.world.region().provider().url();
    let answer = desk
        .client
        .post(format!("{provider}{OUTCOMES_PATH}"))
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await?;
    if !answer.status().is_success() {
        return Err(Refusal::NoFaceCheck);
    }
    let chosen: Chosen =
        serde_json::from_slice(&answer.bytes().await?).map_err(|_| OfficeError::Strange)?;
    let back = FaceReturn {
        state: chosen.state,
        handle: chosen.handle,
    };
    desk.world.face_returned(back).await;
    Ok(Json(()))
}

/// The ticket in the address of the provider's page.
fn ticket_in(url: &str) -> Option<FixedBytes<16>> {
    let url = reqwest::Url::parse(url).ok()?;
    let (_, ticket) = url.query_pairs().find(|(name, _)| name == "ticket")?;
    FixedBytes::from_text(&ticket)
}

fn invented(key: &str) -> Result<&'static SandboxPerson, Refusal> {
    person(key).ok_or(Refusal::NoSuchPhone)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MakeStatement {
    person: String,
    statement: Statement,
}

async fn make_statement(State(desk): TheDesk, Json(asked): Json<MakeStatement>) -> Answer<Stated> {
    let person = invented(&asked.person)?;
    let zone = zone::named("Asia/Shanghai").unwrap_or(TimeZone::UTC);
    let report = desk.offices().state(asked.statement, person, &zone).await?;
    let row = report.rows.first();
    let mut stated = desk.stated();
    let next = stated.last().map_or(1, |last| last.number + 1);
    let entry = Stated {
        number: next,
        person: person.key,
        statement: asked.statement,
        by: asked.statement.authority().id(),
        at: Timestamp::now(),
        state: report.state,
        reason: row.and_then(|row| row.reason.clone()),
        decided_by: None,
        withdrawn: false,
        evidence: row.and_then(|row| row.evidence),
        report,
    };
    if stated.len() == REMEMBERED {
        stated.remove(0);
    }
    stated.push(entry.clone());
    Ok(Json(entry))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decide {
    number: usize,
    by: String,
    approve: bool,
}

/// A second person approves or refuses; the platform says whether the two are of different units.
async fn decide(State(desk): TheDesk, Json(asked): Json<Decide>) -> Answer<BatchState> {
    let stated = desk.statement(asked.number)?;
    let by = authority(&asked.by).ok_or(Refusal::NoSuchOffice)?;
    let request = BatchApprovalRequest {
        authority: stated.by.to_owned(),
        batch: stated.report.batch,
        digest: stated.report.digest,
        approve: asked.approve,
    };
    let report = desk.offices().decide(by, &request).await?;
    desk.change(asked.number, |stated| {
        stated.state = report.state;
        stated.decided_by = Some(by.id());
    });
    Ok(Json(report.state))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Withdraw {
    number: usize,
}

/// Whoever stated something takes it back.
async fn withdraw(State(desk): TheDesk, Json(asked): Json<Withdraw>) -> Answer<BatchState> {
    let stated = desk.statement(asked.number)?;
    let of = stated.evidence.ok_or(Refusal::NoSuchStatement)?;
    let person = invented(stated.person)?;
    let by = stated.statement.authority();
    let report = desk.offices().withdraw(by, person, of).await?;
    if report.state == BatchState::Applied {
        desk.change(asked.number, |stated| stated.withdrawn = true);
    }
    Ok(Json(report.state))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginCode {
    attempt: String,
    card: String,
}

#[derive(Serialize)]
struct ReadOut {
    code: String,
    until: Timestamp,
}

async fn login_code(State(desk): TheDesk, Json(asked): Json<LoginCode>) -> Answer<ReadOut> {
    let attempt = FixedBytes::from_text(asked.attempt.trim()).ok_or(Refusal::NoReference)?;
    let card = invented(&asked.card)?;
    let answer = desk.offices().login_code(attempt, card).await?;
    Ok(Json(ReadOut {
        code: answer.code.expose().clone(),
        until: answer.expires_at,
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approve {
    reference: String,
    card: String,
}

#[derive(Serialize)]
struct Approved {
    name: String,
    document: String,
}

/// Approves by the handle in the phone's QR, or by the code that the person says.
async fn approve(State(desk): TheDesk, Json(asked): Json<Approve>) -> Answer<Approved> {
    let reference = reference(&asked.reference).ok_or(Refusal::NoReference)?;
    let card = invented(&asked.card)?;
    let answer = desk.offices().approve(reference, card).await?;
    Ok(Json(Approved {
        name: answer.masked_name,
        document: answer.masked_document,
    }))
}

/// Eight digits are spoken; all else is scanned.
fn reference(text: &str) -> Option<CounterReference> {
    let text = text.trim();
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(CounterReference::Spoken(digits.into()));
    }
    FixedBytes::from_text(text).map(CounterReference::Handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_hears_eight_digits_and_scans_everything_else() {
        let digits = |text: &str| matches!(reference(text), Some(CounterReference::Spoken(_)));
        assert!(digits("12345678") && digits(" 1234 5678 "));
        let handle = FixedBytes([7; 16]);
        assert!(matches!(
            reference(&handle.to_text()),
            Some(CounterReference::Handle(scanned)) if scanned == handle
        ));
        assert!(reference("1234567").is_none() && reference("").is_none());
    }

    #[test]
    fn the_ticket_is_found_in_the_provider_s_address() {
        let ticket = FixedBytes([9; 16]);
        let url = format!("http://127.0.0.1:1/check?ticket={}", ticket.to_text());
        assert_eq!(ticket_in(&url), Some(ticket));
        assert_eq!(ticket_in("http://127.0.0.1:1/check"), None);
        assert_eq!(ticket_in("no address"), None);
    }
}

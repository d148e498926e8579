//! The offices of the sandbox region, as they meet the platform: by its interface, with their own keys.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use liangma_crypto::{Randomness as _, SystemRandomness};
use liangma_domain::colour::Colour;
use liangma_domain::evidence::{
    CaseId, ContactDegree, EvidenceId, EvidenceKind, GroundCode, IsolationForm, TestResult,
};
use liangma_platform::sandbox::{Sandbox, SandboxAuthority, SandboxPerson, SandboxPrincipal};
use liangma_wire::bytes::FixedBytes;
use liangma_wire::counter::{
    COUNTER_APPROVALS_PATH, COUNTER_LOGIN_CODES_PATH, CounterApprovalRequest,
    CounterApprovalResponse, CounterLoginCodeRequest, CounterLoginCodeResponse, CounterReference,
};
use liangma_wire::evidence::{
    BadRows, BatchApprovalRequest, BatchBody, BatchReport, EVIDENCE_APPROVALS_PATH,
    EVIDENCE_BATCHES_PATH, EvidenceEntry,
};
use liangma_wire::login::AttemptId;
use liangma_wire::problem::ProblemCode;
use liangma_wire::signed_request::{
    NONCE_HEADER, NONCE_PATH, NonceResponse, SESSION_HEADER, SIGNATURE_HEADER,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The ground that decisions of the desk name.
const GROUND: &str = "desk:demonstration";
/// The case that evidence of the desk names.
const CASE: &str = "desk-1";
/// How long an order of the desk lasts.
const ORDER_DAYS: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Why an office did not get what it asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OfficeError {
    /// The platform said no.
    #[error("{}", .0.title())]
    Refused(ProblemCode),
    /// The platform answered in a way that nobody expects.
    #[error("the platform's answer was not understood")]
    Strange,
    /// The platform did not answer.
    #[error("the platform did not answer")]
    Away(#[from] reqwest::Error),
    /// Something on this side did not work.
    #[error("the request could not be made")]
    Unmade,
}

impl OfficeError {
    /// What to do about it.
    pub(crate) fn act(&self) -> &'static str {
        match self {
            Self::Refused(code) => code.act(),
            Self::Strange | Self::Away(_) => "see the log of the program, and try again",
            Self::Unmade => "check what was entered, and try again",
        }
    }
}

/// What an office can say about a person at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Statement {
    /// A fever, seen by a clinic.
    Fever,
    /// The fever is over.
    FeverOver,
    /// A negative test.
    NegativeTest,
    /// A positive test that nobody has classified yet.
    PositiveTest,
    /// Close contact with an infected person.
    CloseContact,
    /// An order to isolate in a central place.
    CentralIsolation,
    /// An order to be observed at home.
    HomeObservation,
    /// The central isolation is complete.
    CentralRelease,
    /// The observation at home is complete.
    HomeRelease,
    /// A yellow code by hand.
    YellowByHand,
    /// A red code by hand: waits for a second person of another unit, one of the two of health.
    RedByHand,
}

impl Statement {
    /// Every statement.
    pub(crate) const ALL: [Self; 11] = [
        Self::Fever,
        Self::FeverOver,
        Self::NegativeTest,
        Self::PositiveTest,
        Self::CloseContact,
        Self::CentralIsolation,
        Self::HomeObservation,
        Self::CentralRelease,
        Self::HomeRelease,
        Self::YellowByHand,
        Self::RedByHand,
    ];

    /// Whose it is to say.
    pub(crate) const fn authority(self) -> SandboxAuthority {
        match self {
            Self::Fever | Self::FeverOver => SandboxAuthority::Health,
            Self::NegativeTest | Self::PositiveTest => SandboxAuthority::Laboratory,
            Self::YellowByHand | Self::RedByHand => SandboxAuthority::Administrator,
            _ => SandboxAuthority::DiseaseControl,
        }
    }

    fn kind(self, now: Timestamp, zone: &TimeZone) -> Option<EvidenceKind> {
        let test = |result| EvidenceKind::NucleicAcidTest { result };
        let symptom = |fever| EvidenceKind::Symptom {
            fever,
            epidemic_history: false,
        };
        let order = |form| {
            let end = now.checked_add(ORDER_DAYS).ok()?;
            let until = end.to_zoned(zone.clone()).date();
            Some(EvidenceKind::IsolationOrder { form, until })
        };
        let by_hand = |colour| {
            Some(EvidenceKind::ManualDecision {
                colour,
                ground: GroundCode::new(GROUND).ok()?,
                until: None,
            })
        };
        match self {
            Self::Fever => Some(symptom(true)),
            Self::FeverOver => Some(symptom(false)),
            Self::NegativeTest => Some(test(TestResult::Negative)),
            Self::PositiveTest => Some(test(TestResult::Positive)),
            Self::CloseContact => Some(EvidenceKind::Contact {
                degree: ContactDegree::Close,
            }),
            Self::CentralIsolation => order(IsolationForm::Central),
            Self::HomeObservation => order(IsolationForm::Home),
            Self::CentralRelease => Some(EvidenceKind::IsolationCompleted {
                form: IsolationForm::Central,
            }),
            Self::HomeRelease => Some(EvidenceKind::IsolationCompleted {
                form: IsolationForm::Home,
            }),
            Self::YellowByHand => by_hand(Colour::YELLOW),
            Self::RedByHand => by_hand(Colour::RED),
        }
    }
}

/// An authority by its id.
pub(crate) fn authority(id: &str) -> Option<SandboxAuthority> {
    SandboxAuthority::ALL
        .into_iter()
        .find(|authority| authority.id() == id)
}

/// The offices, at the door of the platform.
pub(crate) struct Offices<'a> {
    /// Their keys.
    pub(crate) sandbox: &'a Sandbox,
    /// Where the platform is.
    pub(crate) url: String,
    /// A client of this machine.
    pub(crate) client: &'a reqwest::Client,
}

impl Offices<'_> {
    /// Signs a statement about a person and submits it.
    pub(crate) async fn state(
        &self,
        statement: Statement,
        person: &SandboxPerson,
        zone: &TimeZone,
    ) -> Result<BatchReport, OfficeError> {
        let now = Timestamp::now();
        let kind = statement.kind(now, zone).ok_or(OfficeError::Unmade)?;
        self.submit(statement.authority(), person, now, kind).await
    }

    /// Takes back an earlier piece of evidence about a person.
    pub(crate) async fn withdraw(
        &self,
        by: SandboxAuthority,
        person: &SandboxPerson,
        of: EvidenceId,
    ) -> Result<BatchReport, OfficeError> {
        let ground = GroundCode::new(GROUND).map_err(|_| OfficeError::Unmade)?;
        let kind = EvidenceKind::Withdrawal { of, ground };
        self.submit(by, person, Timestamp::now(), kind).await
    }

    async fn submit(
        &self,
        by: SandboxAuthority,
        person: &SandboxPerson,
        now: Timestamp,
        kind: EvidenceKind,
    ) -> Result<BatchReport, OfficeError> {
        let body = BatchBody {
            when_rows_are_bad: BadRows::KeepNone,
            entries: vec![EvidenceEntry {
                document_type: person.document_type,
                document_number: person.document_number.to_owned().into(),
                occurred_at: now,
                case_id: CaseId::new(CASE).map_err(|_| OfficeError::Unmade)?,
                kind,
            }],
        };
        let mut id = [0; 16];
        SystemRandomness
            .fill(&mut id)
            .map_err(|_| OfficeError::Unmade)?;
        let batch = self
            .principal(by)?
            .sign_batch(id, now, &body)
            .map_err(|_| OfficeError::Unmade)?;
        let request = self
            .client
            .post(self.at(EVIDENCE_BATCHES_PATH))
            .header("content-type", "application/cbor")
            .body(batch);
        read(request.send().await?).await
    }

    /// A second person answers for a batch that waits.
    pub(crate) async fn decide(
        &self,
        by: SandboxAuthority,
        request: &BatchApprovalRequest,
    ) -> Result<BatchReport, OfficeError> {
        self.signed(by, EVIDENCE_APPROVALS_PATH, request).await
    }

    /// The counter reads an identity card and asks for the code of a login that waits.
    pub(crate) async fn login_code(
        &self,
        attempt: FixedBytes<16>,
        card: &SandboxPerson,
    ) -> Result<CounterLoginCodeResponse, OfficeError> {
        let request = CounterLoginCodeRequest {
            attempt: AttemptId(attempt),
            document_type: card.document_type,
            document_number: card.document_number.to_owned().into(),
        };
        self.signed(
            SandboxAuthority::Counter,
            COUNTER_LOGIN_CODES_PATH,
            &request,
        )
        .await
    }

    /// The counter reads an identity card and approves an application.
    pub(crate) async fn approve(
        &self,
        reference: CounterReference,
        card: &SandboxPerson,
    ) -> Result<CounterApprovalResponse, OfficeError> {
        let request = CounterApprovalRequest {
            reference,
            document_type: card.document_type,
            document_number: card.document_number.to_owned().into(),
        };
        self.signed(SandboxAuthority::Counter, COUNTER_APPROVALS_PATH, &request)
            .await
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn principal(&self, of: SandboxAuthority) -> Result<&SandboxPrincipal, OfficeError> {
        self.sandbox.principal(of).map_err(|_| OfficeError::Unmade)
    }

    async fn signed<T: DeserializeOwned>(
        &self,
        by: SandboxAuthority,
        path: &str,
        request: &impl Serialize,
    ) -> Result<T, OfficeError> {
        let body = serde_json::to_vec(request).map_err(|_| OfficeError::Unmade)?;
        let nonce: NonceResponse =
            read(self.client.post(self.at(NONCE_PATH)).send().await?).await?;
        let (session, signature) = self
            .principal(by)?
            .sign_request("POST", path, &body, &nonce.nonce)
            .map_err(|_| OfficeError::Unmade)?;
        let request = self
            .client
            .post(self.at(path))
            .header("content-type", "application/json")
            .header(SESSION_HEADER, session)
            .header(NONCE_HEADER, nonce.nonce.0.to_text())
            .header(SIGNATURE_HEADER, FixedBytes(signature).to_text())
            .body(body);
        read(request.send().await?).await
    }
}

/// The part of a problem document that says why.
#[derive(Deserialize)]
struct Problem {
    code: ProblemCode,
}

async fn read<T: DeserializeOwned>(answer: reqwest::Response) -> Result<T, OfficeError> {
    let well = answer.status().is_success();
    let bytes = answer.bytes().await?;
    if well {
        return serde_json::from_slice(&bytes).map_err(|_| OfficeError::Strange);
    }
    let problem: Problem = serde_json::from_slice(&bytes).map_err(|_| OfficeError::Strange)?;
    Err(OfficeError::Refused(problem.code))
}

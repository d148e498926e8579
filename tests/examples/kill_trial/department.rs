//! A laboratory that sends evidence about people, each batch until it is acknowledged, and somebody who
//! fetches the recall list all the time.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use liangma_credential::{BatchId, EvidenceBatch, RecallList, SignedFile};
use liangma_crypto::SigningKey;
use liangma_domain::{
    evidence::{CaseId, EvidenceKind, TestResult},
    identity::DocumentType,
};
use liangma_platform::ports::Clock as _;
use liangma_wire::{
    evidence::{BadRows, BatchBody, BatchReport, EVIDENCE_BATCHES_PATH, EvidenceEntry},
    problem::{Problem, ProblemCode},
    trust::{CBOR_MEDIA_TYPE, RECALL_PATH},
};

use crate::{Outcome, chance::Chance, clock::TrialClock, judge::Hall, people::person};

/// The name of the laboratory and of whoever signs there.
pub(crate) const AUTHORITY: &str = "laboratory";
pub(crate) const PRINCIPAL: &str = "laboratory-1";
const PAUSE: Duration = Duration::from_millis(120);

/// The laboratory and the reader of lists, until the trial is over.
pub(crate) struct Department {
    pub(crate) hall: Arc<Hall>,
    pub(crate) key: SigningKey,
    pub(crate) url: String,
    pub(crate) clock: TrialClock,
    pub(crate) chance: Chance,
}

impl Department {
    /// Sends and reads until the trial is over; then what was sent last is acknowledged too.
    pub(crate) async fn work(mut self) -> Outcome<()> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(|error| error.to_string())?;
        while !self.hall.is_over() {
            tokio::time::sleep(PAUSE).await;
            self.read_recalls(&client).await;
            if let Some(about) = self.hall.somebody(&mut self.chance) {
                self.send(&client, about).await?;
            }
        }
        self.read_recalls(&client).await;
        Ok(())
    }

    async fn read_recalls(&self, client: &reqwest::Client) {
        let url = format!("{}{RECALL_PATH}", self.url);
        let Ok(answer) = client.get(url).send().await else {
            return;
        };
        let well = answer.status().is_success();
        let Ok(file) = answer.bytes().await else {
            return;
        };
        let list = SignedFile::decode(&file)
            .ok()
            .and_then(|file| RecallList::decode(file.payload()).ok());
        self.hall.with_book(|book| match list {
            Some(list) => book.given_recalls(u64::from(list.header.version)),
            None if well => book.fault("the recall list cannot be read"),
            None => book.fault("the platform does not give its recall list"),
        });
    }

    /// Sends a negative test about a person, again and again until it is acknowledged.
    async fn send(&mut self, client: &reqwest::Client, about: u32) -> Outcome<()> {
        let now = self.clock.now();
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.chance.next().to_be_bytes());
        let body = BatchBody {
            when_rows_are_bad: BadRows::KeepNone,
            entries: vec![EvidenceEntry {
                document_type: DocumentType::ResidentIdentity,
                document_number: person(about).document().to_owned().into(),
                occurred_at: now - SignedDuration::from_secs(20),
                case_id: CaseId::new("trial-1").map_err(|error| error.to_string())?,
                kind: EvidenceKind::NucleicAcidTest {
                    result: TestResult::Negative,
                },
            }],
        };
        let batch = EvidenceBatch {
            id: BatchId(id),
            authority: AUTHORITY.to_owned(),
            principal: PRINCIPAL.to_owned(),
            issued: now,
            body: serde_json::to_vec(&body).map_err(|error| error.to_string())?,
        }
        .sign(&self.key)
        .map_err(|_| "a batch cannot be signed")?
        .bytes()
        .to_vec();
        self.hall.with_book(|book| book.department_asked += 1);
        loop {
            let sent = client
                .post(format!("{}{EVIDENCE_BATCHES_PATH}", self.url))
                .header("content-type", CBOR_MEDIA_TYPE)
                .body(batch.clone())
                .send()
                .await;
            if let Ok(answer) = sent
                && let Ok(bytes) = answer.bytes().await
            {
                match read_report(&bytes) {
                    Ok(evidence) => self.hall.with_book(|book| book.recorded(evidence)),
                    Err(code) if code == ProblemCode::Busy.code() => {
                        tokio::time::sleep(PAUSE).await;
                        continue;
                    }
                    Err(code) => self.hall.fault(format!("a batch was refused: {code}")),
                }
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// The id of the evidence that was recorded, or the code of why it was not.
fn read_report(bytes: &[u8]) -> Result<[u8; 16], String> {
    if let Ok(problem) = serde_json::from_slice::<Problem>(bytes) {
        return Err(problem.code.code().to_owned());
    }
    let report: BatchReport = serde_json::from_slice(bytes).map_err(|_| "no report")?;
    let row = report.rows.into_iter().next().ok_or("no row")?;
    match (row.evidence, row.reason) {
        (Some(evidence), _) => Ok(*evidence.as_bytes()),
        (None, reason) => Err(reason.unwrap_or("no reason".to_owned())),
    }
}

//! Judging the rows of a batch: each alone, and each with a reason when it is bad.

use jiff::Timestamp;
use liangma_crypto::sha256;
use liangma_domain::{
    authority::may_withdraw,
    colour::Colour,
    evidence::{AuthorityId, CaseId, Evidence, EvidenceError, EvidenceId, EvidenceKind, Origin},
    identity::IdentityDocument,
};
use liangma_wire::{
    evidence::{BATCH_ENTRIES_MAX, BadRows, EvidenceEntry, RowReport},
    problem::{Problem, ProblemCode},
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::apply::PIECE;
use crate::{
    config::Principal,
    error::Failure,
    platform::{Platform, whole_second},
    service::declarations::first,
    storage::EvidenceRow,
    vault::name,
};

/// After so many rows somebody else gets a turn of the thread.
const ROWS_AT_A_TIME: u32 = 256;

/// A batch body whose rows have not been read yet: one bad row must not spoil the others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenBody<'a> {
    pub(super) when_rows_are_bad: BadRows,
    #[serde(borrow)]
    pub(super) entries: Vec<&'a RawValue>,
}

/// A good row.
pub(super) struct Row {
    position: u32,
    /// The person's document.
    pub(super) document: IdentityDocument,
    /// Tells the people of one batch apart.
    pub(super) whose: [u8; 32],
    /// The county of the document, where it tells one.
    pub(super) county: Option<String>,
    pub(super) evidence: Evidence,
    pub(super) digest: [u8; 32],
}

/// A batch with each row judged.
pub(super) struct Judged {
    /// The good rows of a batch that is small enough for one transaction; of a larger one they are read
    /// again piece by piece when it is applied.
    pub(super) rows: Vec<Row>,
    pub(super) reports: Vec<RowReport>,
    /// More than one person has to answer for it.
    pub(super) needs_second: bool,
    pub(super) when_rows_are_bad: BadRows,
    any_bad: bool,
}

impl Judged {
    /// Whether anything of it can come into force.
    pub(super) fn anything_to_keep(&self) -> bool {
        let keep_none = self.any_bad && self.when_rows_are_bad == BadRows::KeepNone;
        !keep_none && self.reports.iter().any(|report| report.reason.is_none())
    }

    /// The same rows judged again after waiting. A row that was reported bad does not come into force by
    /// waiting, as nobody approved it; one that was good may have become bad.
    pub(super) fn after_waiting(mut self, earlier: Vec<RowReport>) -> Self {
        let was_good = |position: u32| {
            usize::try_from(position)
                .ok()
                .and_then(|position| earlier.get(position))
                .is_some_and(|report| report.reason.is_none())
        };
        self.rows.retain(|row| was_good(row.position));
        self.any_bad = self
            .reports
            .iter()
            .any(|report| report.reason.is_some() && was_good(report.row));
        for (report, earlier) in self.reports.iter_mut().zip(earlier) {
            if earlier.reason.is_some() {
                *report = earlier;
            }
        }
        self
    }
}

/// Why a row is bad: the field, and a stable reason.
pub(super) type BadRow = (&'static str, &'static str);

fn reason_of(error: &EvidenceError) -> BadRow {
    match error {
        EvidenceError::TooLong => ("entry", "too_long"),
        EvidenceError::NotEvidence { .. } => ("entry", "malformed"),
        EvidenceError::ImpossibleTime { field } => (field, "impossible_time"),
        EvidenceError::RecordedBeforeItOccurred => ("occurred_at", "in_the_future"),
        EvidenceError::IsolationLength => ("until", "isolation_length"),
        EvidenceError::DecisionLength => ("until", "decision_length"),
        EvidenceError::DecisionForGreen => ("colour", "decision_for_green"),
        EvidenceError::AreaOfLowRisk => ("level", "low_risk"),
        EvidenceError::Doses => ("doses", "out_of_range"),
        EvidenceError::NotDeclarable => ("kind", "not_declarable"),
        EvidenceError::WithdrawsItself => ("of", "withdraws_itself"),
    }
}

/// What is wrong with an entry that cannot be read.
fn unreadable(entry: &RawValue) -> BadRow {
    let entry: Option<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(entry.get()).ok();
    let Some(entry) = entry else {
        return ("entry", "malformed");
    };
    match entry.get("case_id") {
        None | Some(serde_json::Value::Null) => ("case_id", "missing"),
        Some(serde_json::Value::String(text)) if text.trim().is_empty() => ("case_id", "missing"),
        Some(serde_json::Value::String(text)) if CaseId::new(text).is_ok() => {
            ("entry", "malformed")
        }
        Some(_) => ("case_id", "not_a_case_id"),
    }
}

pub(super) fn open_body(body: &[u8]) -> Result<OpenBody<'_>, Failure> {
    let malformed = |detail: String| {
        Failure::from(Problem::new(ProblemCode::MalformedRequest).with_detail(detail))
    };
    let body: OpenBody<'_> = serde_json::from_slice(body).map_err(|_| {
        malformed("let the batch hold the JSON of `when_rows_are_bad` and `entries`".to_owned())
    })?;
    if !(1..=BATCH_ENTRIES_MAX).contains(&body.entries.len()) {
        return Err(malformed(format!(
            "send 1 to {BATCH_ENTRIES_MAX} entries in a batch"
        )));
    }
    Ok(body)
}

impl Platform {
    /// Judges every row. Nothing is kept of anybody here: a batch that is refused leaves no trace of the
    /// people in it.
    pub(super) async fn judge(
        &self,
        principal: &Principal,
        batch: &[u8; 16],
        body: &[u8],
    ) -> Result<Judged, Failure> {
        let body = open_body(body)?;
        let limit = usize::try_from(self.profile.limits().batch_two_person_over).unwrap_or(0);
        let mut judged = Judged {
            rows: Vec::new(),
            reports: Vec::with_capacity(body.entries.len()),
            needs_second: body.entries.len() > limit,
            when_rows_are_bad: body.when_rows_are_bad,
            any_bad: false,
        };
        let in_one_piece = body.entries.len() <= PIECE;
        for (position, entry) in (0u32..).zip(&body.entries) {
            if position % ROWS_AT_A_TIME == ROWS_AT_A_TIME - 1 {
                tokio::task::yield_now().await;
            }
            let mut report = RowReport {
                row: position,
                evidence: None,
                field: None,
                reason: None,
            };
            match self.judge_row(principal, batch, position, entry).await? {
                Ok(row) => {
                    // Nobody sets a red by a mere decision alone, by hand or for "others".
                    judged.needs_second |= match row.evidence.kind {
                        EvidenceKind::ManualDecision { colour, .. }
                        | EvidenceKind::OtherDecision { colour, .. } => self.is_red(colour),
                        _ => false,
                    };
                    report.evidence = Some(row.evidence.id);
                    if in_one_piece {
                        judged.rows.push(row);
                    }
                }
                Err((field, reason)) => {
                    judged.any_bad = true;
                    report.field = Some(field.to_owned());
                    report.reason = Some(reason.to_owned());
                }
            }
            judged.reports.push(report);
        }
        Ok(judged)
    }

    /// Red, or what a profile ranks still worse.
    pub(super) fn is_red(&self, colour: Colour) -> bool {
        let colours = self.profile.colours();
        colours.rank(colour) >= colours.rank(Colour::RED)
    }

    async fn judge_row(
        &self,
        principal: &Principal,
        batch: &[u8; 16],
        position: u32,
        entry: &RawValue,
    ) -> Result<Result<Row, BadRow>, Failure> {
        let row = match self.read_row(&principal.authority, batch, position, entry, self.now())? {
            Ok(row) => row,
            Err(bad) => return Ok(Err(bad)),
        };
        if !self
            .rules()
            .pack
            .may_submit(principal.kind, row.evidence.kind.name())
        {
            return Ok(Err(("kind", "authority_may_not_submit")));
        }
        if !self.fits_the_areas(&row.evidence) {
            return Ok(Err(("area", "not_of_this_level")));
        }
        if let EvidenceKind::Withdrawal { of, .. } = &row.evidence.kind {
            let mut known = self.known_evidence(&row.document).await?;
            known.retain(|earlier| earlier.id == *of.as_bytes());
            match self.open_evidence(&known)?.first() {
                None => return Ok(Err(("of", "unknown_evidence"))),
                Some(earlier)
                    if !may_withdraw(&row.evidence.authority, principal.kind, earlier) =>
                {
                    return Ok(Err(("of", "may_not_withdraw")));
                }
                Some(_) => {}
            }
        }
        Ok(Ok(row))
    }

    /// What is on record about whoever has a document.
    pub(super) async fn known_evidence(
        &self,
        document: &IdentityDocument,
    ) -> Result<Vec<EvidenceRow>, Failure> {
        let found = self
            .storage
            .find_person(self.vault.lookup(document))
            .await?;
        match found {
            Some(found) => Ok(self.storage.evidence(found.person).await?.1),
            None => Ok(Vec::new()),
        }
    }

    /// Reads one row and checks all of it that depends on nothing else.
    pub(super) fn read_row(
        &self,
        authority: &str,
        batch: &[u8; 16],
        position: u32,
        entry: &RawValue,
        recorded_at: Timestamp,
    ) -> Result<Result<Row, BadRow>, Failure> {
        let digest = sha256(&[entry.get().as_bytes()]);
        let Ok(entry) = serde_json::from_str::<EvidenceEntry>(entry.get()) else {
            return Ok(Err(unreadable(entry)));
        };
        let document = match IdentityDocument::parse(
            entry.document_type,
            entry.document_number.expose(),
            self.today(),
        ) {
            Ok(document) => document,
            Err(error) => return Ok(Err(("document_number", error.code()))),
        };
        let id = name(
            "evidence",
            &[authority.as_bytes(), batch, &position.to_be_bytes()],
        );
        let Ok(authority) = AuthorityId::new(authority) else {
            return Err(Failure::internal("name an authority"));
        };
        let evidence = Evidence {
            id: EvidenceId::from_bytes(first(&id)),
            // The platform thinks in whole seconds: a fraction of the current one would lie in its future,
            // and the evidence would count a moment late.
            occurred_at: whole_second(entry.occurred_at),
            recorded_at,
            case_id: entry.case_id,
            authority,
            origin: Origin::Finding,
            kind: entry.kind,
        };
        if let Err(error) = evidence.check() {
            return Ok(Err(reason_of(&error)));
        }
        Ok(Ok(Row {
            position,
            whose: sha256(&[document.canonical().expose().as_bytes()]),
            county: document.division().map(ToString::to_string),
            document,
            evidence,
            digest,
        }))
    }
}

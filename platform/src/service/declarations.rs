//! GB/T 38963 *declare health* and *declare trip*: what a person says becomes evidence of their own.

use jiff::{SignedDuration, Timestamp};
use liangma_crypto::sha256;
use liangma_domain::{
    division::division,
    evidence::{AuthorityId, CaseId, Evidence, EvidenceId, EvidenceKind, Origin},
    person::PersonId,
    region::AreaCode,
};
use liangma_wire::{
    bytes::FixedBytes,
    consent::Purpose,
    declaration::{
        DeclarationId, DeclarationResponse, HealthDeclaration, Symptom, TripDeclaration,
    },
    problem::{Problem, ProblemCode},
    signed_request::IDEMPOTENCY_HEADER,
};

use super::retention::class_of;
use crate::{
    error::Failure,
    leaf::LeafEntry,
    platform::{Platform, time},
    storage::{EvidenceRow, Seat},
    vault::name,
};

/// The authority of what a person says of themselves.
const HOLDER: &str = "holder";
/// From this temperature on it is a fever, in tenths of a degree.
const FEVER_TENTHS: u16 = 373;
/// How far back a declaration may reach.
const REACH: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How far a phone's clock may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_secs(120);

fn invalid(field: &str, reason: &str, advice: &str) -> Failure {
    Problem::new(ProblemCode::InvalidField)
        .with_field(field, reason)
        .with_detail(advice)
        .into()
}

impl Platform {
    /// A time that a person states: not ahead of now, not too far back.
    fn stated_time(&self, field: &str, at: Timestamp) -> Result<Timestamp, Failure> {
        let now = self.now();
        let earliest = now.saturating_sub(REACH).unwrap_or(now);
        let latest = now.saturating_add(AHEAD).unwrap_or(now);
        if at < earliest || at > latest {
            return Err(invalid(
                field,
                "outside_14_days",
                "state a time within the last 14 days, and check the clock of the phone",
            ));
        }
        Ok(at.min(now))
    }

    pub(crate) async fn declare_health(
        &self,
        seat: &Seat,
        key: &str,
        request: HealthDeclaration,
    ) -> Result<DeclarationResponse, Failure> {
        let body = written(&request)?;
        if let Err(refused) = self.may_declare(seat, Purpose::HealthDeclaration).await {
            return self.declared_before(seat, key, &body).await?.ok_or(refused);
        }
        if request
            .temperature_tenths
            .is_some_and(|tenths| !(340..=430).contains(&tenths))
        {
            return Err(invalid(
                "temperature_tenths",
                "out_of_range",
                "give the temperature in tenths of a degree, 340 to 430, or leave it out",
            ));
        }
        let mut symptoms = request.symptoms.clone();
        symptoms.sort_unstable();
        symptoms.dedup();
        if symptoms.len() != request.symptoms.len() {
            return Err(invalid("symptoms", "repeated", "name each symptom once"));
        }
        let occurred_at = self.stated_time("observed_at", request.observed_at)?;
        let fever = symptoms.contains(&Symptom::Fever)
            || request
                .temperature_tenths
                .is_some_and(|tenths| tenths >= FEVER_TENTHS);
        let kind = EvidenceKind::Symptom {
            fever,
            epidemic_history: request.high_risk_contact,
        };
        self.declare(seat, key, &body, occurred_at, kind).await
    }

    pub(crate) async fn declare_trip(
        &self,
        seat: &Seat,
        key: &str,
        request: TripDeclaration,
    ) -> Result<DeclarationResponse, Failure> {
        let body = written(&request)?;
        if let Err(refused) = self.may_declare(seat, Purpose::TripDeclaration).await {
            return self.declared_before(seat, key, &body).await?.ok_or(refused);
        }
        let known = |code: &str| code.parse().is_ok_and(|code| division(&code).is_some());
        let unknown = |field| {
            invalid(
                field,
                "unknown_division",
                "give the six digits of a division, such as 330100",
            )
        };
        if !known(&request.to_division) {
            return Err(unknown("to_division"));
        }
        match (&request.from_division, &request.from_country) {
            (Some(from), None) if known(from) => {}
            (Some(_), None) => return Err(unknown("from_division")),
            (None, Some(country))
                if country.len() == 3 && country.bytes().all(|byte| byte.is_ascii_uppercase()) => {}
            (None, Some(_)) => {
                return Err(invalid(
                    "from_country",
                    "not_a_country_code",
                    "give the three capital letters of ISO 3166, such as LAO",
                ));
            }
            _ => {
                return Err(invalid(
                    "from_division",
                    "one_origin",
                    "give either the division or the country that the trip began in",
                ));
            }
        }
        let occurred_at = self.stated_time("arrived_at", request.arrived_at)?;
        let area =
            AreaCode::new(request.to_division.clone()).map_err(|_| unknown("to_division"))?;
        self.declare(seat, key, &body, occurred_at, EvidenceKind::Travel { area })
            .await
    }

    async fn may_declare(&self, seat: &Seat, purpose: Purpose) -> Result<(), Failure> {
        self.require_verified(seat)?;
        self.require_consent(seat.device.person, purpose).await
    }

    /// The same for the same key, also when it was recorded before keys had numbers.
    async fn declaration_id(&self, person: PersonId, key: &str) -> Result<[u8; 32], Failure> {
        let parts: [&[u8]; 2] = [person.as_bytes(), key.as_bytes()];
        if let Some(before) = self.vault.mark_before_numbers("declaration", &parts) {
            let (_, rows) = self.storage.evidence(person).await?;
            if rows.iter().any(|row| row.id == first(&before)) {
                return Ok(before);
            }
        }
        Ok(name("declaration", &parts))
    }

    /// The receipt of a declaration that is recorded already. Who repeats it for want of an answer is
    /// told so also when nothing more may be declared: "refused" would be untrue.
    async fn declared_before(
        &self,
        seat: &Seat,
        key: &str,
        body: &[u8],
    ) -> Result<Option<DeclarationResponse>, Failure> {
        let id = self.declaration_id(seat.device.person, key).await?;
        let evidence_id: [u8; 16] = first(&id);
        let (_, rows) = self.storage.evidence(seat.device.person).await?;
        let digest = sha256(&[body]);
        Ok(rows
            .into_iter()
            .find(|row| row.id == evidence_id && row.digest == digest)
            .map(|row| DeclarationResponse {
                declaration: DeclarationId(FixedBytes(first(&id))),
                recorded_at: time(row.recorded_at),
            }))
    }

    /// Records a declaration once for each idempotency key, and evaluates anew.
    async fn declare(
        &self,
        seat: &Seat,
        key: &str,
        body: &[u8],
        occurred_at: Timestamp,
        kind: EvidenceKind,
    ) -> Result<DeclarationResponse, Failure> {
        let person = seat.device.person;
        let now = self.now();
        let id = self.declaration_id(person, key).await?;
        let (evidence_id, declaration) = (first(&id), DeclarationId(FixedBytes(first(&id))));
        let digest = sha256(&[body]);
        let internal = |_| Failure::internal("name a declaration");
        let evidence = Evidence {
            id: EvidenceId::from_bytes(evidence_id),
            occurred_at,
            recorded_at: now,
            case_id: CaseId::new(format!("declaration/{}", declaration.0.to_text()))
                .map_err(internal)?,
            authority: AuthorityId::new(HOLDER).map_err(internal)?,
            origin: Origin::Declaration,
            kind,
        };
        evidence
            .check()
            .map_err(|error| invalid("observed_at", "not_possible", &error.to_string()))?;
        let entry = LeafEntry::Evidence {
            person: *person.as_bytes(),
            evidence: evidence_id,
            kind: kind_name(&evidence.kind)?,
            authority: HOLDER.to_owned(),
            principal: HOLDER.to_owned(),
            case_id: evidence.case_id.to_string(),
            digest,
            at: now.as_second(),
        };
        let row = EvidenceRow {
            id: evidence_id,
            person,
            sealed: self.seal_evidence(&evidence)?,
            digest,
            recorded_at: now.as_second(),
            class: class_of(&evidence),
            held_at: now.as_second(),
        };
        let leaf = self.leaf(&entry, Some(person))?.1;
        let mut recorded_at = now;
        if self.storage.put_evidence(vec![row], vec![leaf]).await? == 0 {
            let (_, rows) = self.storage.evidence(person).await?;
            let earlier = rows
                .into_iter()
                .find(|row| row.id == evidence_id)
                .ok_or(Failure::internal("find an earlier declaration"))?;
            if earlier.digest != digest {
                return Err(invalid(
                    IDEMPOTENCY_HEADER,
                    "used_for_another_declaration",
                    "draw a new idempotency key for a new declaration",
                ));
            }
            recorded_at = time(earlier.recorded_at);
        }
        self.health(person, now).await?;
        Ok(DeclarationResponse {
            declaration,
            recorded_at,
        })
    }
}

/// What a declaration says, as its digest is made of.
fn written<T: serde::Serialize>(request: &T) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(request).map_err(|_| Failure::internal("write a declaration"))
}

/// The first bytes of a hash.
pub(super) fn first<const N: usize>(hash: &[u8; 32]) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&hash[..N]);
    bytes
}

/// The stable name of a kind of evidence.
pub(super) fn kind_name(kind: &EvidenceKind) -> Result<String, Failure> {
    match serde_json::to_value(kind.name()) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(Failure::internal("name a kind of evidence")),
    }
}

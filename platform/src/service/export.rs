//! Everything held about a person, for that person (PIPL article 45).

use data_encoding::HEXLOWER;
use liangma_credential::Hour;
use liangma_wire::{
    application::ApplicationId,
    bytes::FixedBytes,
    export::{ExportResponse, ExportedApplication, ExportedDecision},
};

use super::{devices::consent_on_wire, face::application_state, health::oldest_hour};
use crate::{
    error::Failure,
    leaf::{LeafEntry, open_leaf},
    platform::{Platform, time},
    storage::Seat,
};

fn decision_name(entry: &LeafEntry) -> &'static str {
    match entry {
        LeafEntry::Evidence { .. } => "evidence",
        LeafEntry::Evaluation { .. } => "evaluation",
        LeafEntry::Hours { .. } => "hours",
        LeafEntry::Strip { .. } => "strip",
        LeafEntry::Recall { .. } => "recall",
        LeafEntry::Verification { .. } => "verification",
        LeafEntry::BatchApproval { .. } => "batch_approval",
        LeafEntry::CounterCap { .. } => "counter_cap",
        LeafEntry::Mode { .. } => "mode",
        LeafEntry::RuleChange { .. } => "rule_change",
    }
}

impl Platform {
    pub(crate) async fn export(&self, seat: &Seat) -> Result<ExportResponse, Failure> {
        self.require_verified(seat)?;
        let person = seat.device.person;
        let now = self.now();
        let identity = self.identity_of(person).await?.claim;
        let health = self.health(person, now).await?;
        let devices = self.devices(seat).await?;
        let strips = self.storage.strips(person, oldest_hour(now).0).await?;
        let mut signed_hours: Vec<_> = strips
            .iter()
            .flat_map(|strip| &strip.hours)
            .map(|hour| Hour(hour.hour).start())
            .collect();
        signed_hours.sort_unstable();
        Ok(ExportResponse {
            exported_at: now,
            profile: self.profile_name().to_owned(),
            name: identity.name.text().expose().clone().into(),
            document_type: identity.document.document_type(),
            document_number: identity.document.text().expose().clone().into(),
            phone: identity.phone.number().expose().clone().into(),
            consents: self
                .storage
                .consents(person)
                .await?
                .iter()
                .filter_map(consent_on_wire)
                .collect(),
            devices: devices.devices,
            notices: devices.notices,
            applications: self
                .storage
                .applications(person)
                .await?
                .into_iter()
                .map(|row| ExportedApplication {
                    application: ApplicationId(FixedBytes(row.id)),
                    state: application_state(&row),
                    opened_at: time(row.opened_at),
                    completed_at: row.completed_at.map(time),
                    way: row.way,
                })
                .collect(),
            evidence: health.evidence,
            evaluation: health.evaluation,
            signed_hours,
            decisions: self
                .storage
                .leaves_of(person)
                .await?
                .iter()
                .filter_map(|row| {
                    Some(ExportedDecision {
                        at: time(row.at),
                        decision: decision_name(&open_leaf(row, &self.vault)?).to_owned(),
                        leaf: HEXLOWER.encode(&row.hash),
                    })
                })
                .collect(),
        })
    }
}

//! What the store holds, as it is sealed: JSON, one value to a row.

use jiff::Timestamp;
use liangma_wire::{
    application::ApplicationId,
    bytes::{Bytes, FixedBytes},
    declaration::HealthResponse,
    device::DeviceNoticeKind,
    face::{FaceTicketResponse, ReceiptHandle},
};
use serde::{Deserialize, Serialize};

/// Rows of the table of single values.
pub(crate) mod row {
    pub(crate) const SESSION: &str = "session";
    pub(crate) const LOGIN: &str = "login";
    pub(crate) const APPLICATION: &str = "application";
    pub(crate) const FACE: &str = "face";
    pub(crate) const STRIP: &str = "strip";
    /// A strip that begins: on disk before the platform hears of it, in use when its hours have come.
    pub(crate) const NEXT_STRIP: &str = "next_strip";
    pub(crate) const HEALTH: &str = "health";
    pub(crate) const CLOCK: &str = "clock";
    pub(crate) const PLAN: &str = "plan";
    pub(crate) const EPOCH: &str = "epoch";
    /// The draft of the login form.
    pub(crate) const LOGIN_DRAFT: &str = "login";
}

/// The strip in use: the secret from which every live code follows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StripRecord {
    /// The secret, sealed once more under the key for chains.
    pub(crate) secret: Bytes,
    /// The hour with which the strip began.
    pub(crate) first_hour: u32,
    /// The platform answered a request that named this strip.
    pub(crate) known_to_platform: bool,
}

/// The explanation that belongs to the colour: the platform's answer to a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HealthRecord {
    pub(crate) health: HealthResponse,
    pub(crate) updated_at: Timestamp,
}

/// When the wallet was renewed and when it will be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlanRecord {
    /// The last refresh that went through.
    pub(crate) updated_at: Option<Timestamp>,
    /// The next one.
    pub(crate) next_at: Option<Timestamp>,
    /// Refreshes that failed since.
    pub(crate) failures: u32,
    /// Slots were shown ahead of time, or the store was put back: the next refresh begins a new strip.
    pub(crate) replace_strip: bool,
    /// The newest of the platform's notices that was taken.
    pub(crate) notices_until: Option<Timestamp>,
}

/// A face check on its way: written before the person leaves the program.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FaceRecord {
    pub(crate) application: ApplicationId,
    pub(crate) verifier: FixedBytes<32>,
    pub(crate) state: FixedBytes<16>,
    pub(crate) ticket: Option<FaceTicketResponse>,
    pub(crate) handle: Option<ReceiptHandle>,
}

/// Something that the person is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What happened.
    pub kind: NoticeKind,
    /// When.
    pub at: Timestamp,
}

/// What a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// What the platform tells about this device and its siblings.
    Device(DeviceNoticeKind),
    /// The store was put back to an older state; the platform's word counts now.
    StoreRolledBack,
    /// The phone's clock had been ahead; the code was replaced by a new one.
    ClockWasAhead,
    /// The colour or its reasons changed. On a lock screen nothing but "code updated" may be said.
    CodeUpdated,
    /// Something that was to be sent was refused; it is kept in the outbox.
    SendingRefused,
}

#[cfg(test)]
mod tests {
    use liangma_domain::{reason::Reason, rules::Evaluation};

    use super::*;

    fn at() -> Timestamp {
        "2022-04-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn what_is_sealed_is_written_as_published() {
        let strip = StripRecord {
            secret: Bytes(vec![1; 4]),
            first_hour: 458_000,
            known_to_platform: true,
        };
        let plan = PlanRecord {
            updated_at: Some(at()),
            next_at: Some(at()),
            failures: 1,
            replace_strip: false,
            notices_until: None,
        };
        let face = FaceRecord {
            application: ApplicationId(FixedBytes([2; 16])),
            verifier: FixedBytes([3; 32]),
            state: FixedBytes([4; 16]),
            ticket: None,
            handle: Some(ReceiptHandle(FixedBytes([5; 32]))),
        };
        let notices = [
            NoticeKind::Device(DeviceNoticeKind::StripRecalled),
            NoticeKind::StoreRolledBack,
            NoticeKind::ClockWasAhead,
            NoticeKind::CodeUpdated,
            NoticeKind::SendingRefused,
        ]
        .map(|kind| Notice { kind, at: at() });
        insta::assert_json_snapshot!((strip, plan, face, notices));
    }

    #[test]
    fn the_explanation_is_written_as_published() {
        let reason = serde_json::from_value(serde_json::json!({
            "reason": Reason::NoRiskFound, "colour": "green", "rule": "no-risk", "since": null,
            "evidence": [], "cleared_by": [], "clears_at": null,
        }));
        let evaluation = Evaluation::new(vec![reason.unwrap()], 3, at(), None).unwrap();
        let record = HealthRecord {
            health: HealthResponse {
                evaluation,
                tiles: liangma_domain::tiles::Tiles::NOTHING,
                profile: "zhejiang-2020".to_owned(),
                version: 7,
            },
            updated_at: at(),
        };
        insta::assert_json_snapshot!(record);
    }
}

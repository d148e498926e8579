//! What the store holds, as it is sealed: JSON, one value to a row.

use jiff::Timestamp;
use liangma_wire::{
    application::ApplicationId,
    bytes::{Bytes, FixedBytes},
    declaration::HealthResponse,
    device::{DeviceNotice, DeviceNoticeKind},
    face::{FaceTicketResponse, ReceiptHandle},
};
use serde::{Deserialize, Serialize};

use crate::ports::BootId;

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
    /// A statement of the time that does not fit what the phone knows.
    pub(crate) const DOUBTED_TIME: &str = "doubted_time";
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
    /// How many of that moment were taken: the platform counts in whole seconds, and two may share one.
    #[serde(default)]
    pub(crate) notices_then: u32,
    /// The last refresh, when it went through and left the time untrusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) in_vain: Option<InVain>,
}

/// When a refresh went through and left the time untrusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InVain {
    /// The time that it was taken for.
    pub(crate) at: Timestamp,
    /// The start of the phone, where it was known.
    pub(crate) boot: Option<BootId>,
}

impl PlanRecord {
    /// The notices that were not taken yet, of all that the platform has, oldest first; takes them.
    pub(crate) fn take_new<'a>(&mut self, notices: &'a [DeviceNotice]) -> Vec<&'a DeviceNotice> {
        let seen = self.notices_until;
        let mut of_then = self.notices_then;
        let new: Vec<&DeviceNotice> = notices
            .iter()
            .filter(|notice| match seen {
                Some(seen) if notice.at == seen => match of_then.checked_sub(1) {
                    Some(left) => {
                        of_then = left;
                        false
                    }
                    None => true,
                },
                Some(seen) => notice.at > seen,
                None => true,
            })
            .collect();
        if let Some(newest) = new.iter().map(|notice| notice.at).max() {
            let of_newest = notices.iter().filter(|notice| notice.at == newest).count();
            self.notices_until = Some(newest);
            self.notices_then = u32::try_from(of_newest).unwrap_or(u32::MAX);
        }
        new
    }
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
    /// The store was damaged and was made anew from what could still be read. What the person did shortly
    /// before may be missing: look at what waits, and at what the platform has.
    StoreRepaired,
    /// The phone's clock had been ahead; the code was replaced by a new one.
    ClockWasAhead,
    /// The colour or its reasons changed. On a lock screen nothing but "code updated" may be said.
    CodeUpdated,
    /// Something that was to be sent was refused; it is kept in the outbox.
    SendingRefused,
    /// The answers to something that was sent could not be understood; it is kept in the outbox.
    SendingSetAside,
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
            notices_until: Some(at()),
            notices_then: 2,
            in_vain: Some(InVain {
                at: at(),
                boot: Some(BootId([6; 16])),
            }),
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
            NoticeKind::StoreRepaired,
            NoticeKind::ClockWasAhead,
            NoticeKind::CodeUpdated,
            NoticeKind::SendingRefused,
            NoticeKind::SendingSetAside,
        ]
        .map(|kind| Notice { kind, at: at() });
        insta::assert_json_snapshot!((strip, plan, face, notices));
    }

    #[test]
    fn of_two_notices_within_one_second_neither_is_lost_nor_told_twice() {
        let notice = |kind, second| DeviceNotice {
            kind,
            at: at() + jiff::SignedDuration::from_secs(second),
        };
        let mut told = vec![notice(DeviceNoticeKind::DeviceEnrolled, 0)];
        let mut plan = PlanRecord::default();
        assert_eq!(plan.take_new(&told).len(), 1);
        // Both of the same second as the one that was taken: the first at once, the second later.
        for kind in [
            DeviceNoticeKind::StripRecalled,
            DeviceNoticeKind::DeviceEnrolled,
        ] {
            told.push(notice(kind, 0));
            let kinds: Vec<_> = plan.take_new(&told).iter().map(|new| new.kind).collect();
            assert_eq!(kinds, [kind]);
            assert!(plan.take_new(&told).is_empty(), "told once");
        }
        told.extend([
            notice(DeviceNoticeKind::DeviceEnrolled, 1),
            notice(DeviceNoticeKind::DeviceEnded, 1),
        ]);
        assert_eq!(plan.take_new(&told).len(), 2);
        assert!(plan.take_new(&told).is_empty(), "told once");
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
                sources: Vec::new(),
                rule_book: None,
                tiles: liangma_domain::tiles::Tiles::NOTHING,
                profile: "zhejiang-2020".to_owned(),
                version: 7,
            },
            updated_at: at(),
        };
        insta::assert_json_snapshot!(record);
    }
}

//! The rank of every operation while more is asked than can be done. The order of the classes is the order
//! in which load is shed.

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
};
use liangma_wire::{
    application, code, consent, counter, declaration, device, evidence, export, face, login,
    rule_change, signed_request::NONCE_PATH, trust,
};

use super::openapi::OPENAPI_PATH;
use super::request::{JSON_LIMIT, LARGE_BATCH_LIMIT, MAKE_CODE_LIMIT, RULES_LIMIT};

/// How much an operation matters while more is asked than can be done. Declared in the order in which
/// they are given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Tiles and explanations: the phone shows those it has, with their age.
    Explanations,
    /// What is held about a person: it can be read tomorrow.
    Reads,
    /// Declarations, consents, evidence: phones and departments keep them and send them again.
    Writes,
    /// Logins and what makes a device a verified one: for people who have no code yet.
    Logins,
    /// Codes, and what phones and gates need for them: the last to be given up.
    Codes,
    /// Health: never given up.
    Probes,
}

impl Class {
    /// Every class, in the order in which they are given up.
    pub(crate) const ALL: [Self; 6] = [
        Self::Explanations,
        Self::Reads,
        Self::Writes,
        Self::Logins,
        Self::Codes,
        Self::Probes,
    ];

    /// The word for it in metrics and documents.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Explanations => "explanations",
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::Logins => "logins",
            Self::Codes => "codes",
            Self::Probes => "probes",
        }
    }
}

/// A queue of its own for an operation that keeps a core busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    MakeCode,
    VerifyCode,
}

impl Lane {
    pub(crate) const ALL: [Self; 2] = [Self::MakeCode, Self::VerifyCode];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MakeCode => "make_code",
            Self::VerifyCode => "verify_code",
        }
    }
}

/// How an operation is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
}

/// One operation of the interface, as load sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rank {
    /// Its name in logs, metrics and the interface document.
    pub(crate) name: &'static str,
    verb: Verb,
    path: &'static str,
    pub(crate) class: Class,
    pub(crate) lane: Option<Lane>,
    /// The most bytes of its body.
    pub(crate) body_limit: usize,
}

const fn get(name: &'static str, path: &'static str, class: Class) -> Rank {
    Rank {
        name,
        verb: Verb::Get,
        path,
        class,
        lane: None,
        body_limit: 0,
    }
}

const fn post(name: &'static str, path: &'static str, class: Class) -> Rank {
    Rank {
        verb: Verb::Post,
        body_limit: JSON_LIMIT,
        ..get(name, path, class)
    }
}

const fn code(name: &'static str, path: &'static str, lane: Lane, limit: usize) -> Rank {
    Rank {
        lane: Some(lane),
        body_limit: limit,
        ..post(name, path, Class::Codes)
    }
}

/// Every operation. What is asked for most stands first, because it is looked for from the front; the
/// last stands for all that is none.
pub(crate) static RANKS: [Rank; 38] = {
    use Class::{Codes, Explanations, Logins, Probes, Reads, Writes};
    [
        code(
            "makeCode",
            code::MAKE_CODE_PATH,
            Lane::MakeCode,
            MAKE_CODE_LIMIT,
        ),
        code(
            "verifyCode",
            code::VERIFY_CODE_PATH,
            Lane::VerifyCode,
            JSON_LIMIT,
        ),
        get("queryHealth", declaration::QUERY_PATH, Explanations),
        get("newNonce", NONCE_PATH, Codes).posted(),
        get("readTimestamp", trust::TIMESTAMP_PATH, Codes),
        get("readRecalls", trust::RECALL_PATH, Codes),
        post("stateTime", trust::TIME_PATH, Codes),
        get("readIssuers", trust::ISSUERS_PATH, Codes),
        get("readRoot", trust::ROOT_PATH, Codes),
        get("readRootVersion", trust::ROOT_VERSION_PATH, Codes),
        get("readRules", trust::RULES_PATH, Codes),
        get("readProfile", trust::PROFILE_PATH, Codes),
        get("readStandard", trust::STANDARD_PATH, Reads),
        get("listDevices", device::DEVICES_PATH, Reads),
        get("exportAll", export::EXPORT_PATH, Reads),
        get("listConsents", consent::CONSENTS_PATH, Reads),
        post("declareHealth", declaration::DECLARE_HEALTH_PATH, Writes),
        post("declareTrip", declaration::DECLARE_TRIP_PATH, Writes),
        post("recordConsent", consent::CONSENTS_PATH, Writes),
        Rank {
            body_limit: LARGE_BATCH_LIMIT,
            ..post("submitEvidence", evidence::EVIDENCE_BATCHES_PATH, Writes)
        },
        post("approveEvidence", evidence::EVIDENCE_APPROVALS_PATH, Writes),
        Rank {
            body_limit: RULES_LIMIT,
            ..post("changeRules", rule_change::RULE_CHANGES_PATH, Writes)
        },
        post("approveRules", rule_change::RULE_APPROVALS_PATH, Writes),
        get("applyForInvocation", declaration::INVOCATION_PATH, Writes).posted(),
        get("correct", declaration::CORRECT_PATH, Writes).posted(),
        post("startLogin", login::LOGIN_START_PATH, Logins),
        post("completeLogin", login::LOGIN_COMPLETE_PATH, Logins),
        // A lost phone has to be ended also while much is going on.
        post("endDevice", device::DEVICE_END_PATH, Logins),
        post("openApplication", application::APPLICATIONS_PATH, Logins),
        post("newFaceTicket", face::FACE_TICKETS_PATH, Logins),
        post("redeemFaceCheck", face::FACE_REDEEM_PATH, Logins),
        post("newCounterHandle", counter::COUNTER_HANDLES_PATH, Logins),
        post("approveAtCounter", counter::COUNTER_APPROVALS_PATH, Logins),
        post("drawLoginCode", counter::COUNTER_LOGIN_CODES_PATH, Logins),
        get("readHealth", HEALTHZ_PATH, Probes),
        get("readReadiness", READYZ_PATH, Probes),
        get("readInterface", OPENAPI_PATH, Reads),
        get("none", "", Explanations),
    ]
};

/// Whether the process answers.
pub(super) const HEALTHZ_PATH: &str = "/healthz";
/// Whether new phones may be sent here.
pub(super) const READYZ_PATH: &str = "/readyz";

impl Rank {
    /// Asked for by POST, with a body that nobody reads.
    const fn posted(self) -> Self {
        Self {
            verb: Verb::Post,
            ..self
        }
    }

    /// The operation that a request asks for.
    pub(super) fn of(request: &Request) -> &'static Self {
        let path = request.extensions().get::<MatchedPath>();
        Self::at(request.method(), path.map_or("", MatchedPath::as_str))
    }

    fn at(method: &Method, path: &str) -> &'static Self {
        // A HEAD is answered as a GET is.
        let verb = match *method {
            Method::GET | Method::HEAD => Some(Verb::Get),
            Method::POST => Some(Verb::Post),
            _ => None,
        };
        RANKS
            .iter()
            .find(|operation| operation.path == path && Some(operation.verb) == verb)
            .unwrap_or(&RANKS[RANKS.len() - 1])
    }

    /// Its place in [`RANKS`].
    pub(crate) fn number(&self) -> usize {
        RANKS
            .iter()
            .position(|operation| std::ptr::eq(operation, self))
            .unwrap_or(RANKS.len() - 1)
    }

    /// The path, as the router names it.
    pub(super) fn template(&self) -> &'static str {
        self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_name_and_a_place_of_its_own() {
        for (number, operation) in RANKS.iter().enumerate() {
            assert_eq!(operation.number(), number);
            let method = match operation.verb {
                Verb::Get => Method::GET,
                Verb::Post => Method::POST,
            };
            assert!(std::ptr::eq(Rank::at(&method, operation.path), operation));
            let named = RANKS.iter().filter(|other| other.name == operation.name);
            assert_eq!(named.count(), 1, "{}", operation.name);
        }
        let unknown = Rank::at(&Method::DELETE, code::MAKE_CODE_PATH);
        assert_eq!((unknown.name, unknown.body_limit), ("none", 0));
    }

    #[test]
    fn every_route_of_the_interface_has_a_rank_and_there_is_no_rank_without_a_route() {
        let mut routed: Vec<String> = super::super::operations::operations()
            .iter()
            .map(|operation| format!("{} {} {}", operation.id, operation.method, operation.path))
            .collect();
        let mut ranked: Vec<String> = RANKS[..RANKS.len() - 1]
            .iter()
            .map(|rank| {
                let verb = format!("{:?}", rank.verb).to_lowercase();
                format!("{} {verb} {}", rank.name, rank.path)
            })
            .collect();
        routed.sort();
        ranked.sort();
        assert_eq!(routed, ranked);
    }

    #[test]
    fn the_order_in_which_load_is_shed_is_as_published() {
        let table: Vec<String> = Class::ALL
            .iter()
            .map(|class| {
                let of_class = RANKS.iter().filter(|operation| operation.class == *class);
                let names: Vec<_> = of_class.map(|operation| operation.name).collect();
                format!("{}: {}", class.name(), names.join(", "))
            })
            .collect();
        insta::assert_snapshot!(table.join("\n"));
    }
}

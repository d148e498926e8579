//! Every operation of the interface. A route that is not here does not exist.

use liangma_wire::{
    application, code, consent, counter, declaration, device, evidence, export, face, login,
    problem::ProblemCode as P,
    rule_change,
    signed_request::{IDEMPOTENCY_HEADER, NONCE_PATH, NonceResponse},
    trust,
};
use serde_json::{Value, json};

use super::{
    handlers,
    openapi::OPENAPI_PATH,
    operation::{Answered, Caller, Operation},
    operator,
    ranks::{HEALTHZ_PATH, READYZ_PATH},
};

const LOGIN: &str = "login";
const DEVICES: &str = "devices";
const APPLICATION: &str = "application";
const HEALTH: &str = "health";
const CODES: &str = "codes";
const EVIDENCE: &str = "evidence";
const RULES: &str = "rules";
const TRUST: &str = "trust";
const RUNNING: &str = "running";

/// Every operation, in the order in which a person meets them.
pub(super) fn operations() -> Vec<Operation> {
    [
        running(),
        login(),
        devices(),
        applications(),
        health(),
        codes(),
        evidence(),
        rules(),
        trust_files(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn running() -> Vec<Operation> {
    vec![
        Operation::get("readHealth", HEALTHZ_PATH, operator::healthz)
            .group(RUNNING)
            .about(
                "Whether the platform is alive",
                "Nothing else is asked: a slow disk is no reason to end the process.",
            )
            .answers_with(Answered::Text),
        Operation::get("readReadiness", READYZ_PATH, operator::readyz)
            .group(RUNNING)
            .about(
                "Whether phones may be sent here",
                "The store answers, the time stamp is fresh, the key of the issuer is there, and the platform is not stopping.",
            )
            .answers_with(Answered::Text)
            .refuses(&[P::NotReady]),
        Operation::get("readInterface", OPENAPI_PATH, handlers::openapi)
            .group(RUNNING)
            .about(
                "This document",
                "Made from the types that the platform reads and writes.",
            )
            .answers_with(Answered::Document),
        Operation::post("newNonce", NONCE_PATH, handlers::nonce)
            .group(RUNNING)
            .about(
                "A nonce for the first signed request",
                "Good for one signed request within five minutes. Every answer to a signed request carries the next one.",
            )
            .answers::<NonceResponse>(),
    ]
}

fn login() -> Vec<Operation> {
    vec![
        Operation::post("startLogin", login::LOGIN_START_PATH, handlers::login_start)
            .group(LOGIN)
            .about(
                "Begin a real-name login",
                "Name, identity document and phone are compared jointly with the register, after this answer: it is the same whether or not they agree. The code goes to the registered number alone.",
            )
            .takes::<login::LoginStartRequest>()
            .answers::<login::LoginStartResponse>()
            .refuses(&[P::InvalidField, P::TooManyAttempts])
            .leads_to(
                "completeLogin",
                "The attempt is completed with the code that was sent.",
                Some(json!({ "attempt": "$response.body#/attempt" })),
            )
            .leads_to(
                "drawLoginCode",
                "An attempt by the channel `counter` gets its code there.",
                Some(json!({ "attempt": "$response.body#/attempt" })),
            ),
        Operation::post("completeLogin", login::LOGIN_COMPLETE_PATH, handlers::login_complete)
            .group(LOGIN)
            .about(
                "End a login with the code that was sent",
                "`proof` is the signature of the device key over `liangma/enrol/1`, a line feed, the 16 bytes of the attempt and the digits of the code.",
            )
            .takes::<login::LoginCompleteRequest>()
            .answers::<login::LoginCompleteResponse>()
            .refuses(&[P::LoginCodeNotAccepted]),
        Operation::post(
            "drawLoginCode",
            counter::COUNTER_LOGIN_CODES_PATH,
            handlers::counter_login_code,
        )
        .group(LOGIN)
        .about(
            "Draw the code of a login that waits at the counter",
            "By somebody with the duty, after reading the identity document.",
        )
        .by(Caller::Principal)
        .takes::<counter::CounterLoginCodeRequest>()
        .answers::<counter::CounterLoginCodeResponse>()
        .refuses(&[
            P::InvalidField,
            P::CounterHandleNotAccepted,
            P::CounterDocumentMismatch,
            P::CounterDailyCap,
        ]),
    ]
}

fn devices() -> Vec<Operation> {
    vec![
        Operation::get("listDevices", device::DEVICES_PATH, handlers::devices)
            .group(DEVICES)
            .about("One's own devices", "And what happened to them.")
            .by(Caller::Reader)
            .answers::<device::DevicesResponse>()
            .leads_to(
                "endDevice",
                "One of one's own devices is ended.",
                Some(json!({ "device": "$response.body#/devices/0/device" })),
            ),
        Operation::post("endDevice", device::DEVICE_END_PATH, handlers::end_device)
            .group(DEVICES)
            .about(
                "End one of one's own devices",
                "Its strip is recalled. A device that has not been verified can end itself alone.",
            )
            .by(Caller::Device)
            .takes::<device::DeviceEndRequest>()
            .answers::<device::DevicesResponse>()
            .refuses(&[P::InvalidField, P::DeviceNotVerified]),
        Operation::get("exportAll", export::EXPORT_PATH, handlers::export)
            .group(DEVICES)
            .about(
                "Everything that is held about oneself",
                "In full: nothing of a person is masked from the person.",
            )
            .by(Caller::Reader)
            .answers::<export::ExportResponse>()
            .refuses(&[P::DeviceNotVerified]),
        Operation::get("listConsents", consent::CONSENTS_PATH, handlers::consents)
            .group(DEVICES)
            .about("One's own consents", "The newest answer for each purpose.")
            .by(Caller::Reader)
            .answers::<consent::ConsentsResponse>(),
        Operation::post(
            "recordConsent",
            consent::CONSENTS_PATH,
            handlers::record_consent,
        )
        .group(DEVICES)
        .about(
            "Give or withdraw consent",
            "Each purpose separately, with the version of the text that was shown.",
        )
        .by(Caller::Device)
        .parameter(idempotency(false))
        .takes::<consent::ConsentRequest>()
        .answers::<consent::ConsentsResponse>()
        .refuses(&[P::InvalidField, P::DeviceNotVerified])
        .leads_to(
            "openApplication",
            "Consent comes before the application.",
            None,
        ),
    ]
}

fn applications() -> Vec<Operation> {
    let application = || Some(json!({ "application": "$response.body#/application" }));
    vec![
        Operation::post(
            "openApplication",
            application::APPLICATIONS_PATH,
            handlers::apply,
        )
        .group(APPLICATION)
        .about(
            "Apply for a health code on this device",
            "Idempotent for each device. No body is read; its hash counts into the signature.",
        )
        .by(Caller::Device)
        .answers::<application::ApplicationResponse>()
        .refuses(&[P::ConsentMissing])
        .leads_to(
            "newFaceTicket",
            "The application is completed by a face check.",
            application(),
        )
        .leads_to(
            "newCounterHandle",
            "Or at a counter: a face is never the only way.",
            application(),
        ),
        Operation::post(
            "newFaceTicket",
            face::FACE_TICKETS_PATH,
            handlers::face_ticket,
        )
        .group(APPLICATION)
        .about(
            "A ticket for one face check",
            "The provider is told of it under a pseudonym; no face comes here, then or later.",
        )
        .by(Caller::Device)
        .takes::<face::FaceTicketRequest>()
        .answers::<face::FaceTicketResponse>()
        .refuses(&[
            P::ConsentMissing,
            P::ApplicationUnknown,
            P::TooManyAttempts,
            P::FaceProviderUnavailable,
        ])
        .leads_to(
            "redeemFaceCheck",
            "The link back from the provider brings the handle.",
            Some(json!({ "ticket": "$response.body#/ticket" })),
        ),
        Operation::post(
            "redeemFaceCheck",
            face::FACE_REDEEM_PATH,
            handlers::face_redeem,
        )
        .group(APPLICATION)
        .about(
            "Redeem the result of a face check",
            "Idempotent for the same handle from the same device.",
        )
        .by(Caller::Device)
        .takes::<face::FaceRedeemRequest>()
        .answers::<face::FaceRedeemResponse>()
        .refuses(&[
            P::FaceTicketUnknown,
            P::FaceTicketExpired,
            P::FaceReceiptReplayed,
            P::FaceReceiptMismatch,
            P::FaceReceiptForged,
            P::FaceProviderUnavailable,
        ]),
        Operation::post(
            "newCounterHandle",
            counter::COUNTER_HANDLES_PATH,
            handlers::counter_handle,
        )
        .group(APPLICATION)
        .about(
            "A handle to show at the counter",
            "To be scanned, with eight digits to be spoken where it cannot be.",
        )
        .by(Caller::Device)
        .takes::<counter::CounterHandleRequest>()
        .answers::<counter::CounterHandleResponse>()
        .refuses(&[P::ConsentMissing, P::ApplicationUnknown, P::TooManyAttempts])
        .leads_to(
            "approveAtCounter",
            "The counter scans the handle.",
            Some(json!({ "reference": { "handle": "$response.body#/handle" } })),
        ),
        Operation::post(
            "approveAtCounter",
            counter::COUNTER_APPROVALS_PATH,
            handlers::counter_approve,
        )
        .group(APPLICATION)
        .about(
            "Approve the application behind a handle",
            "By somebody with the duty, after reading the identity document.",
        )
        .by(Caller::Principal)
        .takes::<counter::CounterApprovalRequest>()
        .answers::<counter::CounterApprovalResponse>()
        .refuses(&[
            P::InvalidField,
            P::CounterHandleNotAccepted,
            P::CounterDocumentMismatch,
            P::TooManyAttempts,
            P::CounterDailyCap,
        ]),
    ]
}

fn idempotency(required: bool) -> Value {
    json!({
        "name": IDEMPOTENCY_HEADER,
        "in": "header",
        "required": required,
        "description": "Makes a repeated write the same write.",
        "schema": { "type": "string", "pattern": "^[!-~]{1,64}$" },
    })
}

fn health() -> Vec<Operation> {
    vec![
        Operation::post(
            "declareHealth",
            declaration::DECLARE_HEALTH_PATH,
            handlers::declare_health,
        )
        .standard("declare health (健康申报)")
        .group(HEALTH)
        .about(
            "Declare one's health",
            "What a person says becomes evidence, and the colour is evaluated anew.",
        )
        .by(Caller::Device)
        .parameter(idempotency(true))
        .takes::<declaration::HealthDeclaration>()
        .answers::<declaration::DeclarationResponse>()
        .refuses(&[P::InvalidField, P::DeviceNotVerified, P::ConsentMissing])
        .leads_to(
            "queryHealth",
            "What follows from the declaration is queried.",
            None,
        ),
        Operation::post(
            "declareTrip",
            declaration::DECLARE_TRIP_PATH,
            handlers::declare_trip,
        )
        .standard("declare trip (行程申报)")
        .group(HEALTH)
        .about(
            "Declare a trip on arrival",
            "Exactly one of `from_division` and `from_country` is given.",
        )
        .by(Caller::Device)
        .parameter(idempotency(true))
        .takes::<declaration::TripDeclaration>()
        .answers::<declaration::DeclarationResponse>()
        .refuses(&[P::InvalidField, P::DeviceNotVerified, P::ConsentMissing])
        .leads_to(
            "queryHealth",
            "What follows from the declaration is queried.",
            None,
        ),
        Operation::get("queryHealth", declaration::QUERY_PATH, handlers::query)
            .standard("query health information (查询)")
            .group(HEALTH)
            .about(
                "One's own colour, with every reason",
                "What clears each reason and when stands beside it.",
            )
            .by(Caller::Reader)
            .answers::<declaration::HealthResponse>()
            .refuses(&[P::DeviceNotVerified]),
        Operation::post(
            "applyForInvocation",
            declaration::INVOCATION_PATH,
            handlers::not_yet,
        )
        .standard("apply for invocation (申请调用)")
        .group(HEALTH)
        .about("Apply to invoke the service", "Comes in a later release.")
        .refuses(&[P::NotYet]),
        Operation::post("correct", declaration::CORRECT_PATH, handlers::not_yet)
            .standard("correct (更正)")
            .group(HEALTH)
            .about("Have something corrected", "Comes in a later release.")
            .refuses(&[P::NotYet]),
    ]
}

fn codes() -> Vec<Operation> {
    vec![
        Operation::post("makeCode", code::MAKE_CODE_PATH, handlers::make_code)
            .standard("make code (制码)")
            .group(CODES)
            .about(
                "The credentials of hours that are not covered yet",
                "A credential for each whole UTC hour, signed against the trace of its evaluation. Deterministic CBOR both ways.",
            )
            .by(Caller::Device)
            .takes_cbor::<code::MakeCodeRequest>()
            .answers_cbor::<code::MakeCodeResponse>()
            .refuses(&[
                P::DeviceNotVerified,
                P::ConsentMissing,
                P::HoursNotAccepted,
                P::NotDueYet,
                P::RecallKeyReused,
                P::StripUnknown,
                P::TooManyAttempts,
            ])
            .leads_to(
                "verifyCode",
                "A credential, its slot and the value of the slot in CBOR, as base45 behind `LM1:`, make the text of a live code.",
                None,
            ),
        Operation::post("verifyCode", code::VERIFY_CODE_PATH, handlers::verify_code)
            .standard("verify code (验码)")
            .group(CODES)
            .about(
                "The verdict on a code in front of one",
                "Never more than the code itself holds. Nobody is told who asked about whom.",
            )
            .takes::<code::VerifyCodeRequest>()
            .answers::<code::VerifyCodeResponse>(),
    ]
}

fn evidence() -> Vec<Operation> {
    vec![
        Operation::post(
            "submitEvidence",
            evidence::EVIDENCE_BATCHES_PATH,
            handlers::submit_evidence,
        )
        .group(EVIDENCE)
        .about(
            "Submit a signed batch of evidence",
            "A report for each row comes back. Idempotent by authority and batch number. A batch that is large or unusual waits for a second person of another unit, for three days at most. One of more than 1 MiB announces its length.",
        )
        .by(Caller::Authority)
        .takes_signed::<evidence::BatchBody>(
            "A `COSE_Sign1` by the authority's key (protocol document, section 11), whose payload holds the JSON of `x-payload`.",
        )
        .answers::<evidence::BatchReport>()
        .refuses(&[P::EvidenceBatchConflict, P::InvalidField])
        .leads_to(
            "approveEvidence",
            "A batch that waits is answered for by a second person.",
            Some(json!({
                "batch": "$response.body#/batch",
                "digest": "$response.body#/digest",
            })),
        ),
        Operation::post(
            "approveEvidence",
            evidence::EVIDENCE_APPROVALS_PATH,
            handlers::approve_evidence,
        )
        .group(EVIDENCE)
        .about(
            "Approve or refuse a batch that waits",
            "The two people are of different units, one of them of a health authority.",
        )
        .by(Caller::Principal)
        .takes::<evidence::BatchApprovalRequest>()
        .answers::<evidence::BatchReport>()
        .refuses(&[P::EvidenceBatchUnknown, P::EvidenceBatchExpired, P::ApprovalNotIndependent]),
    ]
}

fn rules() -> Vec<Operation> {
    vec![
        Operation::post(
            "changeRules",
            rule_change::RULE_CHANGES_PATH,
            handlers::change_rules,
        )
        .group(RULES)
        .about(
            "Submit a new rule pack or list of risk areas",
            "The whole file, with a version above all others. It waits for a second person of another unit, for three days at most. The same file again gets the same answer.",
        )
        .by(Caller::Principal)
        .takes::<rule_change::RuleChangeRequest>()
        .answers::<rule_change::RuleChangeReport>()
        .refuses(&[P::RuleVersionTaken, P::InvalidField])
        .leads_to(
            "approveRules",
            "A change that waits is answered for by a second person.",
            Some(json!({
                "digest": "$response.body#/digest",
            })),
        ),
        Operation::post(
            "approveRules",
            rule_change::RULE_APPROVALS_PATH,
            handlers::approve_rules,
        )
        .group(RULES)
        .about(
            "Approve or refuse a change of the rules that waits",
            "The two people are of different units, one of them of a health authority. An approved change is in force from its `effective_from` on; every decision cites the version that it was made by.",
        )
        .by(Caller::Principal)
        .takes::<rule_change::RuleApprovalRequest>()
        .answers::<rule_change::RuleChangeReport>()
        .refuses(&[
            P::RuleChangeUnknown,
            P::RuleChangeExpired,
            P::RuleVersionTaken,
            P::ApprovalNotIndependent,
            P::InvalidField,
        ]),
    ]
}

fn trust_files() -> Vec<Operation> {
    vec![
        Operation::get("readRoot", trust::ROOT_PATH, handlers::trust_root)
            .group(TRUST)
            .about("The newest root", "Its keys and roles (protocol document, section 6).")
            .answers_with(Answered::Public("A signed root file.")),
        Operation::get(
            "readRootVersion",
            trust::ROOT_VERSION_PATH,
            handlers::trust_root_version,
        )
        .group(TRUST)
        .about(
            "The root with a version",
            "For whoever missed several roots: each is signed by the keys of the one before.",
        )
        .parameter(json!({
            "name": "version",
            "in": "path",
            "required": true,
            "description": "The version of the root.",
            "schema": { "type": "integer", "minimum": 1, "maximum": u32::MAX },
        }))
        .refuses(&[P::MalformedRequest, P::NotFound])
        .answers_with(Answered::Public("A signed root file.")),
        Operation::get("readIssuers", trust::ISSUERS_PATH, handlers::trust_issuers)
            .group(TRUST)
            .about("The issuers", "Whose signatures on codes count, and for which hours.")
            .answers_with(Answered::Public("A signed list of issuers.")),
        Operation::get("readRecalls", trust::RECALL_PATH, handlers::trust_recall)
            .group(TRUST)
            .about("The recall list", "The full list, or what came since a version.")
            .parameter(json!({
                "name": "from",
                "in": "query",
                "required": false,
                "description": "The version that the asker has.",
                "schema": { "type": "integer", "minimum": 0, "maximum": u64::MAX },
            }))
            .refuses(&[P::MalformedRequest])
            .answers_with(Answered::Public("A signed recall list, or the part that is missing.")),
        Operation::get("readTimestamp", trust::TIMESTAMP_PATH, handlers::trust_timestamp)
            .group(TRUST)
            .about("The time stamp over the other files", "Signed anew every few minutes.")
            .answers_with(Answered::Public("A signed time stamp.")),
        Operation::get("readRules", trust::RULES_PATH, handlers::trust_rules)
            .group(TRUST)
            .about("The rule pack in force", "Signed.")
            .answers_with(Answered::Public("A signed file with the rule pack.")),
        Operation::get("readProfile", trust::PROFILE_PATH, handlers::trust_profile)
            .group(TRUST)
            .about("The region profile in force", "Signed.")
            .answers_with(Answered::Public("A signed file with the region profile.")),
        Operation::get("readStandard", trust::STANDARD_PATH, handlers::trust_standard)
            .group(TRUST)
            .about(
                "The UI standard in force",
                "Signed elsewhere; not found while the one that programs were built with is in force.",
            )
            .refuses(&[P::NotFound])
            .answers_with(Answered::Public("A signed file with the package of the UI standard.")),
        Operation::post("stateTime", trust::TIME_PATH, handlers::time)
            .group(TRUST)
            .about(
                "The platform's time, signed",
                "The asker's nonce comes back inside the signature (protocol document, section 10).",
            )
            .takes::<trust::TimeRequest>()
            .answers::<trust::TimeResponse>(),
    ]
}

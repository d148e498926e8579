//! Problem documents (RFC 9457) and the one table of reason codes for all clients.

use serde::{Deserialize, Serialize};

/// The media type of a problem document.
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal, $act:literal;)*) => {
        /// Why the platform did not do what was asked. The code is stable; clients decide by it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
        pub enum ProblemCode {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl ProblemCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$name,)*];

            /// The stable code, lowercase with underscores.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(ProblemCode::$name => $code,)* }
            }

            /// The HTTP status that goes with the code.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(ProblemCode::$name => $status,)* }
            }

            /// What happened, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(ProblemCode::$name => $title,)* }
            }

            /// What to do next.
            #[must_use]
            pub fn act(self) -> &'static str {
                match self { $(ProblemCode::$name => $act,)* }
            }
        }
    };
}

// What a person is told of each code stands in `ui-spec/words/states.json`, group `problem`.
problem_codes! {
    /// The body or a header cannot be read.
    MalformedRequest = "malformed_request", 400, "the request cannot be read", "correct the request as described and send it again";
    /// The body is larger than the operation takes.
    TooLarge = "too_large", 413, "the request is too large", "send less at once";
    /// The body is not in the media type of the operation.
    UnsupportedMediaType = "unsupported_media_type", 415, "the body is not in the expected media type", "send the media type that the operation names";
    /// There is nothing at this address.
    NotFound = "not_found", 404, "there is nothing here", "check the address against the protocol document";
    /// The address does not take this method.
    MethodNotAllowed = "method_not_allowed", 405, "this address does not take that method", "use the method that the operation names";
    /// A name, document or phone does not have a valid form.
    InvalidField = "invalid_field", 422, "a field is not valid", "correct the named field; nothing else was lost";
    /// A login code was wrong, late, used up, or belongs to no attempt: deliberately one answer.
    LoginCodeNotAccepted = "login_code_not_accepted", 403, "the code was not accepted", "check the code, or ask for a new one";
    /// A cap by phone, person or address was reached.
    TooManyAttempts = "too_many_attempts", 429, "too many attempts", "wait for the stated time, or go to a counter";
    /// A write came without its signature headers.
    SignatureMissing = "signature_missing", 401, "the request is not signed", "sign the request with the device key";
    /// The signature does not fit the request or the device key.
    SignatureInvalid = "signature_invalid", 401, "the signature does not fit the request", "sign exactly the bytes that are sent";
    /// The nonce is unknown, used or too old.
    NonceNotAccepted = "nonce_not_accepted", 401, "the nonce was used, is too old or unknown", "fetch a new nonce and sign again";
    /// The session or read token is unknown or was ended.
    SessionEnded = "session_ended", 401, "the session has ended", "log in again on this device";
    /// The device key has not been through a face or counter check yet.
    DeviceNotVerified = "device_not_verified", 403, "this device is not verified yet", "complete a face check, or go to a counter with the identity document";
    /// The purpose of the operation has not been consented to, or consent was withdrawn.
    ConsentMissing = "consent_missing", 403, "consent for this purpose is missing", "show the consent text and record the answer";
    /// The application does not exist or belongs to somebody else.
    ApplicationUnknown = "application_unknown", 404, "there is no such application", "start the application again";
    /// The face ticket does not exist, or belongs to another person or device.
    FaceTicketUnknown = "face_ticket_unknown", 404, "there is no such face-check ticket", "start the face check again, or go to a counter";
    /// The face ticket or receipt is too old.
    FaceTicketExpired = "face_ticket_expired", 410, "the face check took too long", "start it again, or go to a counter";
    /// The receipt or handle was used before.
    FaceReceiptReplayed = "face_receipt_replayed", 409, "this face-check result was used before", "start a new face check, or go to a counter";
    /// The receipt is bound to another person, device, purpose or request.
    FaceReceiptMismatch = "face_receipt_mismatch", 403, "the face-check result belongs to something else", "start a new face check on this device, or go to a counter";
    /// The receipt is not signed by the provider, or damaged.
    FaceReceiptForged = "face_receipt_forged", 403, "the face-check result is not genuine", "start a new face check, or go to a counter";
    /// The face-check provider cannot be reached.
    FaceProviderUnavailable = "face_provider_unavailable", 503, "the face-check provider cannot be reached", "try again later, or go to a counter: no face is needed there";
    /// The counter handle or spoken code is unknown, used up or too old.
    CounterHandleNotAccepted = "counter_handle_not_accepted", 404, "the handle or spoken code was not accepted", "show a new one on the phone";
    /// The identity document read at the counter is not that of the applicant.
    CounterDocumentMismatch = "counter_document_mismatch", 409, "the identity document is not that of this application", "check the document and the phone again";
    /// The administrator has approved as many applications today as one may.
    CounterDailyCap = "counter_daily_cap", 429, "this administrator has approved as many today as one may", "let another administrator go on, or wait until tomorrow";
    /// The principal does not exist, or its key does not fit.
    PrincipalUnknown = "principal_unknown", 401, "this principal is not known", "use the key that was registered for the principal";
    /// The principal may not do this.
    PrincipalNotAllowed = "principal_not_allowed", 403, "this principal may not do that", "let a principal with that duty do it";
    /// The batch is not signed by the authority it names.
    EvidenceSignatureInvalid = "evidence_signature_invalid", 403, "the batch is not signed by its authority", "sign the batch with the registered key";
    /// The batch was sent before with other contents.
    EvidenceBatchConflict = "evidence_batch_conflict", 409, "this batch number was used for other contents", "give the new batch a new number";
    /// There is no such batch waiting for approval.
    EvidenceBatchUnknown = "evidence_batch_unknown", 404, "there is no such batch", "check the batch number";
    /// The batch waited for a second person for too long.
    EvidenceBatchExpired = "evidence_batch_expired", 410, "this batch waited for a second person for too long", "look at it again and submit it under a new number";
    /// The file of a change has a version that is in force, was passed, or is another waiting change's.
    RuleVersionTaken = "rule_version_taken", 409, "this version is taken or passed", "give the change a version above all others, and submit it again";
    /// There is no such change waiting for approval.
    RuleChangeUnknown = "rule_change_unknown", 404, "there is no such change of rules", "check the digest of the file";
    /// The change waited for a second person for too long.
    RuleChangeExpired = "rule_change_expired", 410, "this change of rules waited for a second person for too long", "look at it again and submit it under a new version";
    /// The second person is of the same unit, or neither is of a health authority.
    ApprovalNotIndependent = "approval_not_independent", 403, "the approval is not independent", "a second person of a different unit approves, one of the two being health";
    /// The first recall key of a strip was seen before.
    RecallKeyReused = "recall_key_reused", 409, "this strip was registered before", "start a new strip with fresh randomness";
    /// The strip named does not exist, was recalled or has been replaced.
    StripUnknown = "strip_unknown", 409, "this strip is not in use", "start a new strip";
    /// An hour asked for lies outside the strip, or has another anchor already.
    HoursNotAccepted = "hours_not_accepted", 422, "some hours cannot be signed", "ask for the hours that the answer names";
    /// The hours asked for are signed later: in emergency mode only few are signed ahead. Not a failure.
    NotDueYet = "not_due_yet", 409, "these hours are not signed yet", "ask again after the stated time; the hours before them are on the phone";
    /// The operation exists in the standard and will come in a later release.
    NotYet = "not_yet", 404, "this operation does not exist yet", "use the operations of this release; the reference document lists them";
    /// The request did not arrive whole in the time that it gets.
    TooSlow = "too_slow", 408, "the request did not arrive in time", "send it again, over a better connection";
    /// More is asked than can be done, and this operation is given up first. Nothing was done.
    Overloaded = "overloaded", 429, "more is asked of the platform than it can do now", "try again after the stated time; the code on the phone works meanwhile";
    /// The platform starts, stops, or cannot do its work; balancers send nobody here.
    NotReady = "not_ready", 503, "the platform is not ready", "send phones to another one, and see what the detail names";
    /// An operation took too long, or others changed the same thing meanwhile.
    Busy = "busy", 503, "the platform is busy", "try again after the stated time; the code on the phone works meanwhile";
    /// Something failed inside; the incident number finds it in the log.
    Internal = "internal", 500, "something failed on our side", "try again later; the code on the phone works meanwhile";
}

/// A problem document (RFC 9457). Never holds personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Problem {
    /// `urn:liangma:problem:<code>`.
    #[serde(rename = "type")]
    #[cfg_attr(
        feature = "openapi",
        schemars(regex(pattern = "^urn:liangma:problem:[a-z_]+$"))
    )]
    pub problem_type: String,
    /// What happened, in a few words.
    pub title: String,
    /// The HTTP status.
    #[cfg_attr(feature = "openapi", schemars(range(min = 400, max = 599)))]
    pub status: u16,
    /// The stable code; clients decide by it.
    pub code: ProblemCode,
    /// What to do next, more exactly where that is known.
    pub detail: String,
    /// The field at fault, where there is one: a path such as `document_number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The stable code of what is wrong with the field, such as `bad_check_digit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Seconds to wait before another try, where waiting helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// The problem document of a code, with the table's own words.
    #[must_use]
    pub fn new(code: ProblemCode) -> Self {
        Self {
            problem_type: format!("urn:liangma:problem:{}", code.code()),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: code.act().to_owned(),
            field: None,
            reason: None,
            retry_after: None,
        }
    }

    /// Says more exactly what to do next. The text must hold no personal data.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Names the field at fault and the stable reason.
    #[must_use]
    pub fn with_field(mut self, field: &str, reason: &str) -> Self {
        self.field = Some(field.to_owned());
        self.reason = Some(reason.to_owned());
        self
    }

    /// States how long to wait.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_written_as_its_stable_text_and_read_back() {
        for &code in ProblemCode::ALL {
            let text = serde_json::to_string(&code).unwrap();
            assert_eq!(text, format!("\"{}\"", code.code()));
            assert_eq!(serde_json::from_str::<ProblemCode>(&text).unwrap(), code);
            assert!((400..600).contains(&code.status()));
        }
    }

    #[test]
    fn the_table_of_codes_is_as_published() {
        let table: Vec<String> = ProblemCode::ALL
            .iter()
            .map(|code| {
                format!(
                    "{} {} — {}; {}",
                    code.status(),
                    code.code(),
                    code.title(),
                    code.act()
                )
            })
            .collect();
        insta::assert_snapshot!(table.join("\n"));
    }

    #[test]
    fn a_problem_document_has_the_shape_of_rfc_9457() {
        let problem = Problem::new(ProblemCode::InvalidField)
            .with_field("document_number", "bad_check_digit")
            .with_retry_after(3);
        insta::assert_json_snapshot!(problem);
    }
}

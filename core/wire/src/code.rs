//! Make code and verify code.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// GB/T 38963 *make code* (制码). `POST`, signed, CBOR both ways.
pub const MAKE_CODE_PATH: &str = "/v1/codes";
/// GB/T 38963 *verify code* (验码). `POST`, JSON, for anybody with a code in front of them.
pub const VERIFY_CODE_PATH: &str = "/v1/codes/verify";
/// The most hours that can be asked for at once.
pub const MAKE_CODE_HOURS_MAX: usize = 48;
/// The longest text that verify code takes, in bytes.
pub const VERIFY_CODE_TEXT_MAX: usize = 4096;

/// Every verdict of *verify code*, by its stable code.
pub const VERDICTS: [&str; 10] = [
    "not_ours",
    "damaged",
    "unsupported_version",
    "unknown_issuer",
    "forged",
    "recalled",
    "expired",
    "not_yet_valid",
    "not_live",
    "genuine",
];

/// Asks for the credentials of hours that are not covered yet.
///
/// Sizes matter here: a refresh of 24 hours is to stay under 5 kB, headers included.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MakeCodeRequest {
    /// The first recall key, `R_0`: sent once, when a strip begins; replaces the device's strip.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub first_recall_key: Option<[u8; 16]>,
    /// The hour with which the strip began, counted since 1970.
    #[n(2)]
    pub strip_begins: u32,
    /// The first hour asked for.
    #[n(3)]
    pub first_hour: u32,
    /// The anchors of consecutive hours, 16 bytes each, one behind the other.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub anchors: Vec<u8>,
}

impl std::fmt::Debug for MakeCodeRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MakeCodeRequest")
            .field("begins_strip", &self.first_recall_key.is_some())
            .field("first_hour", &self.first_hour)
            .field("hours", &(self.anchors.len() / 16))
            .finish_non_exhaustive()
    }
}

/// The signed hours.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MakeCodeResponse {
    /// The first hour that was signed.
    #[n(1)]
    pub first_hour: u32,
    /// One signed credential for each consecutive hour.
    #[n(2)]
    pub credentials: Vec<minicbor::bytes::ByteVec>,
    /// Version of the evaluation behind them: when it is newer than what the phone last
    /// queried, the phone queries again, so that the reasons on it fit the colour.
    #[n(3)]
    pub health_version: u64,
}

impl std::fmt::Debug for MakeCodeResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MakeCodeResponse")
            .field("first_hour", &self.first_hour)
            .field("hours", &self.credentials.len())
            .finish_non_exhaustive()
    }
}

/// A code that somebody has in front of them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VerifyCodeRequest {
    /// The text of the QR symbol.
    #[cfg_attr(feature = "openapi", schemars(length(max = VERIFY_CODE_TEXT_MAX)))]
    pub text: String,
}

impl std::fmt::Debug for VerifyCodeRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VerifyCodeRequest([hidden])")
    }
}

/// The platform's verdict on a code: never more than the code itself holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct VerifyCodeResponse {
    /// The stable code of the verdict, as in the protocol document.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = VERDICTS)))]
    pub verdict: String,
    /// True for a code of a demonstration.
    pub sandbox: bool,
    /// What a genuine code shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<VerifiedCode>,
}

/// What a genuine code shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct VerifiedCode {
    /// The colour's id in the profile's registry, such as `green`.
    pub colour: String,
    /// The masked name.
    pub masked_name: String,
    /// The masked document, at its fixed width.
    pub masked_document: String,
    /// The region profile of the issuer.
    pub profile: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_for_24_hours_takes_less_than_420_bytes() {
        let request = MakeCodeRequest {
            first_recall_key: Some([1; 16]),
            strip_begins: 480_000,
            first_hour: 480_000,
            anchors: vec![2; 24 * 16],
        };
        let bytes = minicbor::to_vec(&request).unwrap();
        assert!(bytes.len() < 420, "{}", bytes.len());
        assert_eq!(
            minicbor::decode::<MakeCodeRequest>(&bytes).unwrap(),
            request
        );
    }

    #[test]
    fn the_encoding_is_as_published() {
        let request = MakeCodeRequest {
            first_recall_key: None,
            strip_begins: 480_000,
            first_hour: 480_001,
            anchors: vec![2; 16],
        };
        let response = MakeCodeResponse {
            first_hour: 480_001,
            credentials: vec![vec![3; 2].into()],
            health_version: 7,
        };
        let hex = |bytes: Vec<u8>| data_encoding::HEXLOWER.encode(&bytes);
        insta::assert_snapshot!("request", hex(minicbor::to_vec(&request).unwrap()));
        insta::assert_snapshot!("response", hex(minicbor::to_vec(&response).unwrap()));
    }
}

//! JSON schemas of the types whose encoding is written by hand.
//!
//! CBOR has no schema language that OpenAPI knows. The schemas of CBOR bodies here describe the same
//! maps as JSON would write them: an integer key as its decimal digits, a byte string as base64url
//! without padding, marked with `contentEncoding`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use zeroize::Zeroize;

use crate::{
    bytes::{Bytes, FixedBytes},
    code::{MAKE_CODE_HOURS_MAX, MakeCodeRequest, MakeCodeResponse},
    personal::Personal,
};

/// The pattern of any bytes as base64url without padding.
const ANY_BASE64URL: &str =
    "^([A-Za-z0-9_-]{4})*([A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$";

/// Bytes of one anchor.
const ANCHOR: usize = 16;

/// Characters of bytes as base64url without padding.
fn base64url_length(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// The pattern of bytes as base64url without padding; the last character has no bit set that no
/// byte has.
fn base64url_pattern(bytes: usize) -> String {
    let (whole, last) = match bytes % 3 {
        0 => (bytes / 3 * 4, ""),
        1 => (bytes / 3 * 4 + 1, "[AQgw]"),
        _ => (bytes / 3 * 4 + 2, "[AEIMQUYcgkosw048]"),
    };
    format!("^[A-Za-z0-9_-]{{{whole}}}{last}$")
}

impl JsonSchema for Bytes {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Bytes".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "contentEncoding": "base64url",
            "pattern": ANY_BASE64URL,
        })
    }
}

impl<const N: usize> JsonSchema for FixedBytes<N> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Bytes{N}").into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "contentEncoding": "base64url",
            "pattern": base64url_pattern(N),
        })
    }
}

/// Over the wire a personal value is what it holds.
impl<T: Zeroize + JsonSchema> JsonSchema for Personal<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

fn hour(description: &str) -> Schema {
    json_schema!({
        "type": "integer",
        "minimum": 0,
        "maximum": u32::MAX,
        "description": description,
    })
}

impl JsonSchema for MakeCodeRequest {
    fn schema_name() -> Cow<'static, str> {
        "MakeCodeRequest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let key = generator.subschema_for::<FixedBytes<16>>();
        json_schema!({
            "description": "A CBOR map, written here as JSON: keys are unsigned integers, strings with `contentEncoding` are byte strings. Keys that are not named here are ignored.",
            "type": "object",
            "propertyNames": { "pattern": "^(0|[1-9][0-9]{0,8})$" },
            "properties": {
                "1": {
                    "description": "The first recall key, `R_0`: sent once, when a strip begins; replaces the device's strip.",
                    "anyOf": [key, { "type": "null" }],
                },
                "2": hour("The hour with which the strip began, counted since 1970."),
                "3": hour("The first hour asked for."),
                "4": {
                    "description": format!("The anchors of 1 to {MAKE_CODE_HOURS_MAX} consecutive hours, 16 bytes each, one behind the other."),
                    "type": "string",
                    "contentEncoding": "base64url",
                    "pattern": ANY_BASE64URL,
                    "minLength": base64url_length(ANCHOR),
                    "maxLength": base64url_length(ANCHOR * MAKE_CODE_HOURS_MAX),
                },
            },
            "required": ["2", "3", "4"],
        })
    }
}

impl JsonSchema for MakeCodeResponse {
    fn schema_name() -> Cow<'static, str> {
        "MakeCodeResponse".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let credential = generator.subschema_for::<Bytes>();
        json_schema!({
            "description": "A CBOR map, written here as JSON: keys are unsigned integers, strings with `contentEncoding` are byte strings.",
            "type": "object",
            "properties": {
                "1": hour("The first hour that was signed."),
                "2": {
                    "description": "One signed credential for each consecutive hour.",
                    "type": "array",
                    "maxItems": MAKE_CODE_HOURS_MAX,
                    "items": credential,
                },
                "3": {
                    "description": "Version of the evaluation behind them: when it is newer than what the phone last queried, the phone queries again.",
                    "type": "integer",
                    "minimum": 0,
                },
            },
            "required": ["1", "2", "3"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_of_bytes_has_the_length_that_the_text_form_has() {
        for (bytes, pattern) in [
            (FixedBytes([0xff; 32]).to_text(), base64url_pattern(32)),
            (FixedBytes([0xff; 36]).to_text(), base64url_pattern(36)),
            (FixedBytes([0xff; 64]).to_text(), base64url_pattern(64)),
        ] {
            let whole: usize = pattern
                .trim_start_matches("^[A-Za-z0-9_-]{")
                .split('}')
                .next()
                .and_then(|digits| digits.parse().ok())
                .unwrap();
            let last = usize::from(pattern.contains("}["));
            assert_eq!(bytes.len(), base64url_length(bytes.len() * 3 / 4));
            assert_eq!(bytes.len(), whole + last);
            if last == 1 {
                let class = pattern.rsplit('[').next().unwrap();
                assert!(class.contains(bytes.chars().last().unwrap()), "{bytes}");
            }
        }
    }
}

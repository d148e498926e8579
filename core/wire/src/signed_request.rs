//! Writes and refreshes are signed by the device key.

use std::fmt::Write as _;

use liangma_crypto::sha256;
use serde::{Deserialize, Serialize};

use crate::bytes::FixedBytes;

/// Header: the session (devices) or `principal:<id>` (counters, authorities).
pub const SESSION_HEADER: &str = "liangma-session";
/// Header: the single-use nonce of the platform, as base64url.
pub const NONCE_HEADER: &str = "liangma-nonce";
/// Header: the signature, `r | s`, 64 bytes as base64url.
pub const SIGNATURE_HEADER: &str = "liangma-signature";
/// Header: what makes a repeated write the same write; at most 64 visible ASCII characters.
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";
/// Header of every answer to a signed request: the nonce for the next one.
pub const NEXT_NONCE_HEADER: &str = "liangma-next-nonce";
/// `POST`: a nonce for the first signed request. No body.
pub const NONCE_PATH: &str = "/v1/nonces";
/// What precedes a principal's name in [`SESSION_HEADER`].
pub const PRINCIPAL_PREFIX: &str = "principal:";

/// A single-use number of the platform. Sixteen random bytes, the time, and the platform's mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Nonce(pub FixedBytes<36>);

/// A nonce for the next signed request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NonceResponse {
    /// Good for one request, for five minutes.
    pub nonce: Nonce,
}

/// The bytes that are signed for a request: method, path with query, SHA-256 of the body,
/// session and nonce, one to a line.
#[must_use]
pub fn signing_message(
    method: &str,
    path_and_query: &str,
    body: &[u8],
    session: &str,
    nonce: &Nonce,
) -> Vec<u8> {
    let mut hash = String::with_capacity(64);
    for byte in sha256(&[body]) {
        // Writing to a text cannot fail.
        let _written = write!(hash, "{byte:02x}");
    }
    let nonce = nonce.0.to_text();
    format!("liangma/request/1\n{method}\n{path_and_query}\n{hash}\n{session}\n{nonce}")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_bytes_are_as_published() {
        let nonce = Nonce(FixedBytes([7; 36]));
        let message = signing_message("POST", "/v1/codes", b"body", "abc", &nonce);
        insta::assert_snapshot!(String::from_utf8(message).unwrap());
    }
}

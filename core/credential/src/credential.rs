use liangma_crypto::{KeyId, PublicKey, SignatureError, SigningKey};

use crate::{
    Claims, DecodeError, SignError,
    sign1::{self, Sign1},
};

/// The most bytes of a credential: a group of eight with the longest names has about 450.
pub const CREDENTIAL_LIMIT: usize = 700;
const CONTEXT: &str = "liangma/cred/1";
const WHAT: &str = "a credential";

/// A signed credential whose form has been checked. Its signature counts only after [`Self::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    bytes: Vec<u8>,
    claims: Claims,
}

impl Credential {
    /// Signs claims with an issuer's key.
    ///
    /// # Errors
    /// When the claims cannot be carried, or the key cannot sign.
    pub fn sign(claims: Claims, key: &SigningKey) -> Result<Self, SignError> {
        let bytes = sign1::sign(&claims.encode()?, key, CONTEXT, WHAT)?;
        Ok(Self { bytes, claims })
    }

    /// Reads a credential strictly; the signature is not checked.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let parsed = ParsedCredential::decode(bytes)?;
        Ok(Self {
            bytes: bytes.to_vec(),
            claims: parsed.claims,
        })
    }

    /// Checks the signature with a key that is trusted to issue.
    ///
    /// # Errors
    /// [`SignatureError`]; also when the key is not the one that the credential names.
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        Sign1::decode(&self.bytes, WHAT, CREDENTIAL_LIMIT)
            .map_err(|_| SignatureError)?
            .verify(key, CONTEXT)
    }

    /// What the credential says.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The bytes, as they are stored and put into a live code.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A credential read in place, for the check.
pub(crate) struct ParsedCredential<'a> {
    signed: Sign1<'a>,
    pub(crate) claims: Claims,
}

impl<'a> ParsedCredential<'a> {
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let signed = Sign1::decode(bytes, WHAT, CREDENTIAL_LIMIT)?;
        let claims = Claims::decode(&signed)?;
        Ok(Self { signed, claims })
    }

    pub(crate) const fn key_id(&self) -> KeyId {
        self.signed.key_id
    }

    pub(crate) fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        self.signed.verify(key, CONTEXT)
    }
}

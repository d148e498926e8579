//! `COSE_Sign1` (RFC 9052) in the one form that is used here: untagged, protected header exactly
//! `{1: algorithm, 4: key id}`, empty unprotected header, payload present, external context present.

use liangma_crypto::{KeyId, PublicKey, SIGNATURE_LENGTH, SignatureError, SigningKey, Suite};

use crate::{
    DecodeError, SignError,
    cbor::{Reader, Writer},
};

/// A structure whose form is checked and whose signature is not.
pub(crate) struct Sign1<'a> {
    algorithm: i128,
    pub(crate) key_id: KeyId,
    protected: &'a [u8],
    pub(crate) payload: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Sign1<'a> {
    pub(crate) fn decode(
        bytes: &'a [u8],
        what: &'static str,
        limit: usize,
    ) -> Result<Self, DecodeError> {
        let mut reader = Reader::bounded(bytes, what, limit)?;
        reader.array_of(4)?;
        let protected = reader.bytes()?;
        let unprotected = reader.fields()?;
        if !unprotected.is_empty() {
            return Err(reader.malformed());
        }
        let payload = reader.bytes()?;
        let signature = reader.bytes()?;
        if signature.len() != SIGNATURE_LENGTH {
            return Err(reader.malformed());
        }
        reader.finish()?;

        let mut header = Reader::new(protected, what);
        let mut fields = header.fields()?;
        if fields.len() != 2 {
            return Err(header.malformed());
        }
        fields.required(&mut header, 1)?;
        let algorithm = header.integer()?;
        fields.required(&mut header, 4)?;
        let key_id = KeyId(header.byte_array()?);
        header.finish()?;
        Ok(Self {
            algorithm,
            key_id,
            protected,
            payload,
            signature,
        })
    }

    /// The suite that the algorithm stands for. Asked after the form of the payload, as damage is said first,
    /// and before what only numbers that are known can tell.
    pub(crate) fn understood(&self) -> Result<Suite, DecodeError> {
        i64::try_from(self.algorithm)
            .ok()
            .and_then(Suite::from_cose_algorithm)
            .ok_or(DecodeError::unsupported("the algorithm"))
    }

    /// Checks the signature with a key that the caller trusts for this context.
    pub(crate) fn verify(&self, key: &PublicKey, context: &str) -> Result<(), SignatureError> {
        if i128::from(key.suite().cose_algorithm()) != self.algorithm || key.key_id() != self.key_id
        {
            return Err(SignatureError);
        }
        key.verify(
            &to_be_signed(self.protected, self.payload, context),
            self.signature,
        )
    }
}

/// Signs a payload for one context.
pub(crate) fn sign(
    payload: &[u8],
    key: &SigningKey,
    context: &str,
    what: &'static str,
) -> Result<Vec<u8>, SignError> {
    let protected = Writer::default()
        .map(2)
        .unsigned(1u8)
        .integer(key.suite().cose_algorithm())
        .unsigned(4u8)
        .bytes(&key.public_key().key_id().0)
        .finish();
    let signature = key
        .sign(&to_be_signed(&protected, payload, context))
        .map_err(|SignatureError| SignError::Signature(what))?;
    Ok(Writer::default()
        .array(4)
        .bytes(&protected)
        .map(0)
        .bytes(payload)
        .bytes(&signature)
        .finish())
}

/// `Sig_structure` of RFC 9052, section 4.4.
fn to_be_signed(protected: &[u8], payload: &[u8], context: &str) -> Vec<u8> {
    Writer::default()
        .array(4)
        .text("Signature1")
        .bytes(protected)
        .bytes(context.as_bytes())
        .bytes(payload)
        .finish()
}

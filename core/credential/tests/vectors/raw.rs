//! Writes structures byte by byte, the wrong ones too, without the code under test.

use liangma_credential::{Claims, base45};
use liangma_crypto::SigningKey;

/// A value of CBOR, in any encoding.
#[derive(Clone)]
pub(crate) enum Raw {
    Unsigned(u64),
    Negative(u64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Raw>),
    Map(Vec<(Raw, Raw)>),
    /// Bytes as they are.
    Verbatim(Vec<u8>),
}

pub(crate) fn text(value: &str) -> Raw {
    Raw::Text(value.to_owned())
}

pub(crate) fn bytes(value: &[u8]) -> Raw {
    Raw::Bytes(value.to_vec())
}

fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let major = major << 5;
    if argument < 24 {
        out.push(major | argument as u8);
    } else if argument < 1 << 8 {
        out.extend([major | 24, argument as u8]);
    } else if argument < 1 << 16 {
        out.push(major | 25);
        out.extend((argument as u16).to_be_bytes());
    } else if argument < 1 << 32 {
        out.push(major | 26);
        out.extend((argument as u32).to_be_bytes());
    } else {
        out.push(major | 27);
        out.extend(argument.to_be_bytes());
    }
}

impl Raw {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Unsigned(value) => head(out, 0, *value),
            Self::Negative(value) => head(out, 1, *value),
            Self::Bytes(value) => {
                head(out, 2, value.len() as u64);
                out.extend(value);
            }
            Self::Text(value) => {
                head(out, 3, value.len() as u64);
                out.extend(value.as_bytes());
            }
            Self::Array(values) => {
                head(out, 4, values.len() as u64);
                values.iter().for_each(|value| value.write(out));
            }
            Self::Map(entries) => {
                head(out, 5, entries.len() as u64);
                for (key, value) in entries {
                    key.write(out);
                    value.write(out);
                }
            }
            Self::Verbatim(value) => out.extend(value),
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
}

/// The parts of a `COSE_Sign1`, each of which a case may replace before it is put together.
pub(crate) struct Parts {
    pub(crate) protected: Vec<u8>,
    pub(crate) unprotected: Raw,
    pub(crate) payload: Vec<u8>,
    pub(crate) context: &'static str,
}

impl Parts {
    pub(crate) fn new(payload: Vec<u8>, key: &SigningKey) -> Self {
        Self {
            protected: protected(key.suite().cose_algorithm(), key),
            unprotected: Raw::Map(vec![]),
            payload,
            context: "liangma/cred/1",
        }
    }

    pub(crate) fn signature(&self, key: &SigningKey) -> Vec<u8> {
        let structure = Raw::Array(vec![
            text("Signature1"),
            bytes(&self.protected),
            bytes(self.context.as_bytes()),
            bytes(&self.payload),
        ]);
        key.sign(&structure.encode()).unwrap().to_vec()
    }

    pub(crate) fn put_together(&self, signature: &[u8]) -> Vec<u8> {
        Raw::Array(vec![
            bytes(&self.protected),
            self.unprotected.clone(),
            bytes(&self.payload),
            bytes(signature),
        ])
        .encode()
    }

    pub(crate) fn sign(&self, key: &SigningKey) -> Vec<u8> {
        self.put_together(&self.signature(key))
    }
}

pub(crate) fn protected(algorithm: i64, key: &SigningKey) -> Vec<u8> {
    Raw::Map(vec![
        (Raw::Unsigned(1), integer(algorithm)),
        (Raw::Unsigned(4), bytes(&key.public_key().key_id().0)),
    ])
    .encode()
}

pub(crate) fn integer(value: i64) -> Raw {
    if value < 0 {
        Raw::Negative((-1 - value) as u64)
    } else {
        Raw::Unsigned(value as u64)
    }
}

/// The fields of a credential's payload, in order, for a case to change.
pub(crate) fn fields(claims: &Claims) -> Vec<(Raw, Raw)> {
    let document = |document: &liangma_domain::mask::MaskedDocument| {
        Raw::Array(vec![
            Raw::Unsigned(document.document_type().as_number().into()),
            text(document.visible()),
        ])
    };
    let mut fields = vec![
        Raw::Unsigned(claims.hour.0.into()),
        bytes(&claims.cid.0),
        bytes(&claims.anchor),
        Raw::Unsigned(claims.kind as u64),
        Raw::Unsigned(claims.colour.registry_number().into()),
        text(claims.name.as_str()),
        document(&claims.document),
        Raw::Unsigned(claims.rule_version.into()),
        Raw::Array(vec![Raw::Unsigned(1), Raw::Unsigned(3)]),
    ];
    if !claims.members.is_empty() {
        fields.push(Raw::Array(
            claims
                .members
                .iter()
                .map(|member| {
                    Raw::Array(vec![
                        Raw::Unsigned(member.colour.registry_number().into()),
                        text(member.name.as_str()),
                        document(&member.document),
                    ])
                })
                .collect(),
        ));
    }
    (1..).map(Raw::Unsigned).zip(fields).collect()
}

pub(crate) fn envelope(credential: &[u8], k: u64, value: &[u8]) -> Raw {
    Raw::Array(vec![bytes(credential), Raw::Unsigned(k), bytes(value)])
}

pub(crate) fn live(envelope: &[u8]) -> String {
    format!("LM1:{}", base45::encode(envelope))
}

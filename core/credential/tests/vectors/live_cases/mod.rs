//! Live codes: every verdict, the order of verdicts, every field damaged, encodings, and the limits of time.

mod damage;
mod forgery;
mod kinds;
mod moments;

use liangma_credential::{Claims, Kind, Member, StripChain, base45};
use liangma_crypto::SigningKey;
use liangma_domain::colour::Colour;

use crate::{
    form::LiveCase,
    raw::{self, Parts, Raw},
    world::{self, HOUR, START, seeds, wang},
};

pub(super) const K: u8 = 20;
/// The middle of slot 20.
pub(super) const NOW: i64 = START + 20 * 15 + 7;

pub(crate) struct Builder<'a> {
    pub(crate) trusted: &'a crate::fixtures::Fixtures,
}

pub(super) fn signer() -> SigningKey {
    world::key(seeds::LIVE)
}

pub(super) fn strip() -> StripChain {
    world::strip(seeds::STRIP)
}

pub(super) fn claims() -> Claims {
    world::claims(&strip(), HOUR)
}

pub(super) fn shown(claims: Claims, k: u8) -> String {
    world::shown(claims, &strip(), &signer(), k)
}

/// A code whose payload is written byte by byte and signed by the issuer.
pub(super) fn with_payload(payload: &[u8]) -> String {
    with_parts(&Parts::new(payload.to_vec(), &signer()))
}

pub(super) fn with_parts(parts: &Parts) -> String {
    with_credential(&parts.sign(&signer()))
}

pub(super) fn with_credential(credential: &[u8]) -> String {
    let revealed = world::revealed(&strip(), HOUR, K);
    raw::live(&raw::envelope(credential, K.into(), &revealed.value).encode())
}

pub(super) fn with_fields(change: impl FnOnce(&mut Vec<(Raw, Raw)>)) -> String {
    let mut fields = raw::fields(&claims());
    change(&mut fields);
    with_payload(&Raw::Map(fields).encode())
}

pub(super) fn with_field(key: usize, value: Raw) -> String {
    with_fields(|fields| fields[key - 1].1 = value)
}

pub(super) fn group(members: Vec<Member>, colour: Colour) -> Claims {
    let shower = members.first().cloned().unwrap_or_else(wang);
    Claims {
        kind: Kind::Group,
        colour,
        name: shower.name,
        document: shower.document,
        members,
        tiles: None,
        ..claims()
    }
}

impl Builder<'_> {
    pub(super) fn at(
        &self,
        name: &str,
        text: impl Into<String>,
        verdict: &str,
        now: i64,
    ) -> LiveCase {
        LiveCase {
            name: name.to_owned(),
            text: text.into(),
            trust: "usual".to_owned(),
            now,
            clock_in_doubt: false,
            verdict: verdict.to_owned(),
        }
    }

    pub(super) fn case(&self, name: &str, text: impl Into<String>, verdict: &str) -> LiveCase {
        self.at(name, text, verdict, NOW)
    }
}

/// RFC 9285 and what must be refused.
pub(crate) fn base45_file() -> serde_json::Value {
    let good = [
        ("AB", "BB8"),
        ("Hello!!", "%69 VD92EX0"),
        ("base-45", "UJCLQE7W581"),
        ("ietf!", "QED8WEX0"),
        ("", ""),
    ];
    let bad = [
        "GGW", ":::", "V5", "::", "0", "BB80", "bb8", "B_8", "码", "BB8\n",
    ];
    let cases: Vec<_> = good
        .iter()
        .map(|(bytes, text)| {
            assert_eq!(base45::encode(bytes.as_bytes()), *text);
            serde_json::json!({"text": text, "bytes": data_encoding::HEXLOWER.encode(bytes.as_bytes())})
        })
        .chain(bad.iter().map(|text| serde_json::json!({"text": text, "bytes": null})))
        .collect();
    serde_json::json!({"kind": "base45", "about": "RFC 9285: its examples, and texts that are refused (bytes: null).", "cases": cases})
}

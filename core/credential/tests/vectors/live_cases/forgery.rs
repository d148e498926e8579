//! Codes that the holder or the issuer did not make, and each byte of one changed.

use liangma_credential::{Claims, Credential, Kind};
use liangma_domain::{colour::Colour, identity::DocumentType};

use super::*;
use crate::{
    form::live_file,
    raw::{self, Parts, Raw},
    world::{self, HOUR, seeds},
};

impl Builder<'_> {
    pub(crate) fn forged(&self) -> serde_json::Value {
        let payload = || Raw::Map(raw::fields(&claims())).encode();
        let parts = || Parts::new(payload(), &signer());
        let signature = parts().signature(&signer());
        // One field at a time is changed after signing; what results is well formed.
        let after_signing = |change: &dyn Fn(&mut Claims)| {
            let mut changed = claims();
            change(&mut changed);
            let parts = Parts::new(Raw::Map(raw::fields(&changed)).encode(), &signer());
            with_credential(&parts.put_together(&signature))
        };
        let mut malleable = signature.clone();
        let order: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
            0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut carry = 0;
        for (byte, order) in malleable[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            *byte = sum as u8;
            carry = sum >> 8;
        }
        let flipped = |at: usize| {
            let mut flipped = signature.clone();
            flipped[at] ^= 1;
            with_credential(&parts().put_together(&flipped))
        };
        let other_context = |context: &'static str| with_parts(&Parts { context, ..parts() });
        let by_other_key = |protected: Vec<u8>, seed| {
            let parts = Parts {
                protected,
                ..parts()
            };
            with_credential(&parts.sign(&world::key(seed)))
        };
        let credential = Credential::sign(claims(), &signer())
            .unwrap()
            .bytes()
            .to_vec();
        let revealing = |k: u8, value: [u8; 16]| {
            raw::live(&raw::envelope(&credential, k.into(), &value).encode())
        };
        let value = |k| world::revealed(&strip(), HOUR, k).value;
        let mut flipped_value = value(K);
        flipped_value[15] ^= 1;
        let next_hour = world::revealed(&strip(), HOUR.next(), K).value;
        let other_strip = world::revealed(&world::strip(seeds::OTHER_STRIP), HOUR, K).value;
        let cases: Vec<(&str, String)> = vec![
            (
                "the code id changed",
                after_signing(&|claims| claims.cid.0[0] ^= 1),
            ),
            (
                "the anchor changed",
                after_signing(&|claims| claims.anchor[0] ^= 1),
            ),
            (
                "the hour changed",
                after_signing(&|claims| claims.hour = HOUR.next()),
            ),
            (
                "the kind changed",
                after_signing(&|claims| claims.kind = Kind::Ward),
            ),
            (
                "the colour changed",
                after_signing(&|claims| claims.colour = Colour::RED),
            ),
            (
                "the name changed",
                after_signing(&|claims| claims.name = world::name("李*")),
            ),
            (
                "the document changed",
                after_signing(&|claims| {
                    claims.document = world::document(DocumentType::ResidentIdentity, "3321")
                }),
            ),
            (
                "the kind of document changed",
                after_signing(&|claims| {
                    claims.document = world::document(DocumentType::ResidencePermit, "112X")
                }),
            ),
            (
                "the rule version changed",
                after_signing(&|claims| claims.rule_version += 1),
            ),
            (
                "the tiles changed",
                with_credential(&{
                    let mut fields = raw::fields(&claims());
                    fields[8].1 = Raw::Array(vec![Raw::Unsigned(4), Raw::Unsigned(0)]);
                    Parts::new(Raw::Map(fields).encode(), &signer()).put_together(&signature)
                }),
            ),
            (
                "the tiles taken out",
                with_credential(&{
                    let mut fields = raw::fields(&claims());
                    fields.pop();
                    Parts::new(Raw::Map(fields).encode(), &signer()).put_together(&signature)
                }),
            ),
            (
                "a key added",
                with_credential(&{
                    let mut fields = raw::fields(&claims());
                    fields.push((Raw::Unsigned(24), Raw::Unsigned(0)));
                    Parts::new(Raw::Map(fields).encode(), &signer()).put_together(&signature)
                }),
            ),
            ("R of the signature changed", flipped(0)),
            ("S of the signature changed", flipped(32)),
            (
                "a signature of zeros",
                with_credential(&parts().put_together(&[0; 64])),
            ),
            (
                "S of the signature raised by the order of the group",
                with_credential(&parts().put_together(&malleable)),
            ),
            (
                "signed for another context",
                other_context("liangma/paper/1"),
            ),
            ("signed without a context", other_context("")),
            (
                "signed by another issuer under this key id",
                by_other_key(parts().protected, seeds::STANDBY),
            ),
            ("signed by this issuer under another key id", {
                let parts = Parts {
                    protected: raw::protected(-19, &world::key(seeds::STANDBY)),
                    ..parts()
                };
                with_parts(&parts)
            }),
            ("an algorithm that is not the issuer's", {
                let parts = Parts {
                    protected: raw::protected(-9, &signer()),
                    ..parts()
                };
                with_parts(&parts)
            }),
            (
                "a P-256 signature with one bit changed",
                self.trusted
                    .p256_forged(&claims(), world::revealed(&strip(), HOUR, K)),
            ),
            ("a value with one bit changed", revealing(K, flipped_value)),
            ("a value of zeros", revealing(K, [0; 16])),
            ("the value of the slot before", revealing(K, value(K - 1))),
            ("the value of the slot after", revealing(K, value(K + 1))),
            (
                "the anchor as the value of slot 0",
                revealing(0, claims().anchor),
            ),
            ("the value of the next hour", revealing(K, next_hour)),
            ("the value of another strip", revealing(K, other_strip)),
        ];
        let cases = cases
            .into_iter()
            .map(|(name, text)| self.case(name, text, "forged"))
            .collect();
        live_file(
            "Well-formed codes that the holder or the issuer did not make.",
            self.trusted,
            cases,
        )
    }

    /// The lowest bit of each byte of a code, one after the other.
    pub(crate) fn each_byte(&self) -> serde_json::Value {
        let credential = Credential::sign(claims(), &signer()).unwrap();
        let revealed = world::revealed(&strip(), HOUR, K);
        let code = raw::envelope(credential.bytes(), K.into(), &revealed.value).encode();
        let cases = (0..code.len())
            .map(|at| {
                let mut damaged = code.clone();
                damaged[at] ^= 1;
                let text = raw::live(&damaged);
                // Which verdict it is depends on the byte; that it is none of these does not.
                let verdict = self.trusted.verdict(&text, NOW);
                assert!(
                    ["damaged", "unsupported_version", "unknown_issuer", "forged"]
                        .contains(&verdict.as_str()),
                    "byte {at} is {verdict}"
                );
                self.case(&format!("byte {at}"), text, &verdict)
            })
            .collect();
        live_file(
            "One bit of each byte of one genuine code is changed. No change goes unseen.",
            self.trusted,
            cases,
        )
    }
}

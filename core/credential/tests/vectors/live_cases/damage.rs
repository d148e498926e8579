//! Codes that are not in the one accepted encoding.

use liangma_credential::{Credential, Member};
use liangma_domain::colour::Colour;

use super::*;
use crate::{
    form::live_file,
    raw::{self, Parts, Raw, bytes, text},
    world::{self, HOUR, wang},
};

impl Builder<'_> {
    /// Signed by the issuer, and still not in the one accepted encoding.
    pub(crate) fn damaged(&self) -> serde_json::Value {
        let code = shown(claims(), K);
        let body = &code[4..];
        let credential = Credential::sign(claims(), &signer())
            .unwrap()
            .bytes()
            .to_vec();
        let value = world::revealed(&strip(), HOUR, K).value;
        let in_envelope = |raw: Raw| raw::live(&raw.encode());
        let verbatim = |bytes: &[u8]| raw::live(bytes);
        let plain = raw::envelope(&credential, K.into(), &value).encode();
        let payload = Raw::Map(raw::fields(&claims())).encode();
        let signed = |change: &dyn Fn(&mut Parts)| {
            let mut parts = Parts::new(payload.clone(), &signer());
            change(&mut parts);
            with_parts(&parts)
        };
        let key_id = signer().public_key().key_id().0;
        let protected_entries = |entries: Vec<(Raw, Raw)>| Raw::Map(entries).encode();
        let algorithm = || (Raw::Unsigned(1), raw::integer(-19));
        let key = || (Raw::Unsigned(4), bytes(&key_id));
        let signature = Parts::new(payload.clone(), &signer()).signature(&signer());
        let parts = || Parts::new(payload.clone(), &signer());
        let sign1 = |items: Vec<Raw>| with_credential(&Raw::Array(items).encode());
        let items = || {
            vec![
                bytes(&parts().protected),
                Raw::Map(vec![]),
                bytes(&payload),
                bytes(&signature),
            ]
        };
        let changed_items = |change: &dyn Fn(&mut Vec<Raw>)| {
            let mut items = items();
            change(&mut items);
            sign1(items)
        };
        let mut payload_indefinite = payload.clone();
        payload_indefinite[0] = 0xbf;
        payload_indefinite.push(0xff);
        let member = |member: &Member| {
            Raw::Array(vec![
                Raw::Unsigned(member.colour.registry_number().into()),
                text(member.name.as_str()),
                Raw::Array(vec![Raw::Unsigned(1), text("112X")]),
            ])
        };
        let group_of = |kind: u64, members: Vec<Raw>| {
            with_fields(|fields| {
                fields[3].1 = Raw::Unsigned(kind);
                fields.push((Raw::Unsigned(10), Raw::Array(members)));
            })
        };
        let long_head =
            |major: u8, length: usize| vec![major << 5 | 25, (length >> 8) as u8, length as u8];
        let with_long_head = |major: u8, content: &[u8]| {
            [long_head(major, content.len()), content.to_vec()].concat()
        };
        let key_24 = |value: &[u8]| {
            with_fields(|fields| fields.push((Raw::Unsigned(24), Raw::Verbatim(value.to_vec()))))
        };

        let cases: Vec<(&str, String)> = vec![
            // The text.
            ("nothing after the prefix", "LM1:".to_owned()),
            (
                "the last character is missing",
                code[..code.len() - 1].to_owned(),
            ),
            (
                "the last two characters are missing",
                code[..code.len() - 2].to_owned(),
            ),
            ("half of it is missing", code[..code.len() / 2].to_owned()),
            ("a line end behind it", format!("{code}\n")),
            ("a space behind it", format!("{code} ")),
            (
                "lower case behind the prefix",
                format!("LM1:{}", body.to_lowercase()),
            ),
            (
                "a character outside the alphabet",
                format!("LM1:{}", body.replacen(&body[8..9], "_", 1)),
            ),
            ("a group of three above 65,535", format!("LM1:GGW{body}")),
            ("a last group of two above 255", "LM1:V5".to_owned()),
            ("a second text for the same last byte", {
                // One byte more makes the last group two characters long; 256 more must not mean the same.
                let bytes = [plain.as_slice(), &[0]].concat();
                let mut text = raw::live(&bytes);
                text.truncate(text.len() - 2);
                text + "V5"
            }),
            (
                "1,200 characters of nothing",
                format!("LM1:{}", "0".repeat(1196)),
            ),
            ("longer than any code", format!("LM1:{}", "0".repeat(1197))),
            (
                "the URL escape of a space",
                code.replace(' ', "%20") + "%20",
            ),
            // The envelope.
            (
                "a byte behind the end",
                verbatim(&[plain.as_slice(), &[0]].concat()),
            ),
            (
                "an array in a longer form",
                verbatim(&[&[0x98, 0x03], &plain[1..]].concat()),
            ),
            (
                "an array of indefinite length",
                verbatim(&[&[0x9f], &plain[1..], &[0xff]].concat()),
            ),
            (
                "an array of two",
                in_envelope(Raw::Array(vec![
                    bytes(&credential),
                    Raw::Unsigned(K.into()),
                ])),
            ),
            (
                "an array of four",
                in_envelope(Raw::Array(vec![
                    bytes(&credential),
                    Raw::Unsigned(K.into()),
                    bytes(&value),
                    Raw::Unsigned(0),
                ])),
            ),
            ("an empty array", verbatim(&[0x80])),
            (
                "a tag around the envelope",
                verbatim(&[&[0xd2], plain.as_slice()].concat()),
            ),
            (
                "the credential not wrapped in a byte string",
                in_envelope(Raw::Array(vec![
                    Raw::Verbatim(credential.clone()),
                    Raw::Unsigned(K.into()),
                    bytes(&value),
                ])),
            ),
            (
                "slot 240",
                in_envelope(raw::envelope(&credential, 240, &value)),
            ),
            (
                "slot 256",
                in_envelope(raw::envelope(&credential, 256, &value)),
            ),
            (
                "slot -1",
                in_envelope(Raw::Array(vec![
                    bytes(&credential),
                    Raw::Negative(0),
                    bytes(&value),
                ])),
            ),
            (
                "the slot in a longer form",
                in_envelope(Raw::Array(vec![
                    bytes(&credential),
                    Raw::Verbatim(vec![0x18, K]),
                    bytes(&value),
                ])),
            ),
            (
                "a value of 15 bytes",
                in_envelope(raw::envelope(&credential, K.into(), &value[..15])),
            ),
            (
                "a value of 17 bytes",
                in_envelope(raw::envelope(
                    &credential,
                    K.into(),
                    &[&value[..], &[0]].concat(),
                )),
            ),
            (
                "a null in place of the value",
                in_envelope(Raw::Array(vec![
                    bytes(&credential),
                    Raw::Unsigned(K.into()),
                    Raw::Verbatim(vec![0xf6]),
                ])),
            ),
            // COSE_Sign1.
            (
                "a tag around the credential",
                with_credential(&[&[0xd2], credential.as_slice()].concat()),
            ),
            (
                "a byte behind the credential",
                with_credential(&[credential.as_slice(), &[0]].concat()),
            ),
            (
                "a credential of three items",
                changed_items(&|items| {
                    items.pop();
                }),
            ),
            (
                "a credential of five items",
                changed_items(&|items| items.push(Raw::Unsigned(0))),
            ),
            (
                "something in the unprotected header",
                signed(&|parts| {
                    parts.unprotected = Raw::Map(vec![(Raw::Unsigned(4), bytes(&key_id))])
                }),
            ),
            (
                "an unprotected header of indefinite length",
                signed(&|parts| parts.unprotected = Raw::Verbatim(vec![0xbf, 0xff])),
            ),
            (
                "no payload",
                changed_items(&|items| items[2] = Raw::Verbatim(vec![0xf6])),
            ),
            (
                "a signature of 63 bytes",
                with_credential(&parts().put_together(&signature[..63])),
            ),
            (
                "a signature of 65 bytes",
                with_credential(&parts().put_together(&[&signature[..], &[0]].concat())),
            ),
            (
                "the length of the protected header in a longer form",
                changed_items(&|items| {
                    items[0] = Raw::Verbatim(with_long_head(2, &parts().protected))
                }),
            ),
            (
                "the length of the payload in a longer form",
                changed_items(&|items| items[2] = Raw::Verbatim(with_long_head(2, &payload))),
            ),
            (
                "the length of the signature in a longer form",
                changed_items(&|items| items[3] = Raw::Verbatim(with_long_head(2, &signature))),
            ),
            (
                "an empty protected header",
                signed(&|parts| parts.protected = vec![]),
            ),
            (
                "a protected header without a key id",
                signed(&|parts| parts.protected = protected_entries(vec![algorithm()])),
            ),
            (
                "a protected header without an algorithm",
                signed(&|parts| parts.protected = protected_entries(vec![key()])),
            ),
            (
                "one more entry in the protected header",
                signed(&|parts| {
                    parts.protected = protected_entries(vec![
                        algorithm(),
                        (Raw::Unsigned(3), Raw::Unsigned(0)),
                        key(),
                    ])
                }),
            ),
            (
                "one more high entry in the protected header",
                signed(&|parts| {
                    parts.protected = protected_entries(vec![
                        algorithm(),
                        key(),
                        (Raw::Unsigned(100), Raw::Unsigned(0)),
                    ])
                }),
            ),
            (
                "a protected header out of order",
                signed(&|parts| parts.protected = protected_entries(vec![key(), algorithm()])),
            ),
            (
                "an algorithm twice",
                signed(&|parts| {
                    parts.protected = protected_entries(vec![algorithm(), algorithm()])
                }),
            ),
            (
                "the algorithm in a longer form",
                signed(&|parts| {
                    parts.protected = protected_entries(vec![
                        (Raw::Unsigned(1), Raw::Verbatim(vec![0x38, 0x12])),
                        key(),
                    ])
                }),
            ),
            (
                "the algorithm as text",
                signed(&|parts| {
                    parts.protected =
                        protected_entries(vec![(Raw::Unsigned(1), text("Ed25519")), key()])
                }),
            ),
            (
                "a key id of three bytes",
                signed(&|parts| {
                    parts.protected = protected_entries(vec![
                        algorithm(),
                        (Raw::Unsigned(4), bytes(&key_id[..3])),
                    ])
                }),
            ),
            (
                "a key id of five bytes",
                signed(&|parts| {
                    parts.protected = protected_entries(vec![
                        algorithm(),
                        (Raw::Unsigned(4), bytes(&[&key_id[..], &[0]].concat())),
                    ])
                }),
            ),
            (
                "a byte behind the protected header",
                signed(&|parts| parts.protected.push(0)),
            ),
            // The payload.
            ("an empty payload", with_payload(&[])),
            ("a payload that is an array", with_payload(&[0x80])),
            (
                "a byte behind the payload",
                with_payload(&[payload.as_slice(), &[0]].concat()),
            ),
            (
                "a payload of indefinite length",
                with_payload(&payload_indefinite),
            ),
            (
                "the map in a longer form",
                with_payload(&[&[0xb8, 9], &payload[1..]].concat()),
            ),
            (
                "a key twice",
                with_fields(|fields| {
                    let again = fields[0].clone();
                    fields.insert(1, again);
                }),
            ),
            ("keys out of order", with_fields(|fields| fields.swap(0, 1))),
            (
                "a key in a longer form",
                with_fields(|fields| fields[0].0 = Raw::Verbatim(vec![0x18, 1])),
            ),
            (
                "a negative key",
                with_fields(|fields| fields.push((Raw::Negative(0), Raw::Unsigned(0)))),
            ),
            (
                "a key of text",
                with_fields(|fields| fields.push((text("a"), Raw::Unsigned(0)))),
            ),
            (
                "the hour in a longer form",
                with_field(
                    1,
                    Raw::Verbatim([&[0x1b, 0, 0, 0, 0], &HOUR.0.to_be_bytes()[..]].concat()),
                ),
            ),
            (
                "an hour beyond 32 bits",
                with_field(1, Raw::Unsigned(1 << 32)),
            ),
            ("a negative hour", with_field(1, Raw::Negative(0))),
            (
                "an hour as a float",
                with_field(1, Raw::Verbatim(vec![0xfa, 0x48, 0xde, 0x9d, 0x00])),
            ),
            ("a code id of 7 bytes", with_field(2, bytes(&[0; 7]))),
            ("a code id of 9 bytes", with_field(2, bytes(&[0; 9]))),
            ("a code id as text", with_field(2, text("12345678"))),
            ("an anchor of 15 bytes", with_field(3, bytes(&[0; 15]))),
            ("an anchor of 17 bytes", with_field(3, bytes(&[0; 17]))),
            ("a kind beyond 8 bits", with_field(4, Raw::Unsigned(256))),
            ("a colour as text", with_field(5, text("green"))),
            ("a colour beyond 8 bits", with_field(5, Raw::Unsigned(257))),
            ("an empty name", with_field(6, text(""))),
            (
                "a name of 25 bytes",
                with_field(6, text(&format!("王{}", "*".repeat(22)))),
            ),
            ("a whole name", with_field(6, text("王小明"))),
            (
                "a name with a letter behind the asterisks",
                with_field(6, text("王*明")),
            ),
            (
                "a name that begins with an asterisk",
                with_field(6, text("*王")),
            ),
            (
                "a name whose second part is whole",
                with_field(6, text("J* Smith")),
            ),
            (
                "a name with two separators in a row",
                with_field(6, text("J*  S*")),
            ),
            (
                "a name that is not UTF-8",
                with_field(6, Raw::Verbatim(vec![0x63, 0xff, 0xfe, 0x2a])),
            ),
            (
                "a surrogate in the name",
                with_field(6, Raw::Verbatim(vec![0x64, 0xed, 0xa0, 0x80, 0x2a])),
            ),
            ("a name as bytes", with_field(6, bytes("王*".as_bytes()))),
            (
                "a document of three items",
                with_field(
                    7,
                    Raw::Array(vec![Raw::Unsigned(1), text("112X"), text("")]),
                ),
            ),
            (
                "a document with three visible characters",
                with_field(7, Raw::Array(vec![Raw::Unsigned(1), text("12X")])),
            ),
            (
                "a document with five visible characters",
                with_field(7, Raw::Array(vec![Raw::Unsigned(1), text("1102X")])),
            ),
            (
                "a passport with four visible characters",
                with_field(7, Raw::Array(vec![Raw::Unsigned(6), text("E178")])),
            ),
            (
                "a document in lower case",
                with_field(7, Raw::Array(vec![Raw::Unsigned(1), text("112x")])),
            ),
            (
                "an unknown kind of document in lower case",
                with_field(7, Raw::Array(vec![Raw::Unsigned(9), text("ab")])),
            ),
            (
                "an unknown kind of document with nine characters",
                with_field(7, Raw::Array(vec![Raw::Unsigned(9), text("ABCDEFGHI")])),
            ),
            ("a letter in a circle", with_field(6, text("\u{24b6}*"))),
            ("a mathematical letter", with_field(6, text("\u{1d400}*"))),
            ("a letter in a square", with_field(6, text("\u{1f130}*"))),
            ("a Roman number", with_field(6, text("\u{2167}*"))),
            ("a digit as a name", with_field(6, text("1*"))),
            ("an invisible letter", with_field(6, text("\u{3164}*"))),
            ("a mark first", with_field(6, text("\u{301}A*"))),
            (
                "three marks",
                with_field(6, text("A\u{301}\u{301}\u{301}*")),
            ),
            ("a joiner as a mark", with_field(6, text("A\u{200d}*"))),
            ("a variation selector", with_field(6, text("A\u{fe0f}*"))),
            ("another separator", with_field(6, text("王*•李*"))),
            ("a no-break space", with_field(6, text("王*\u{a0}李*"))),
            ("an emoji as a name", with_field(6, text("😀*"))),
            ("a private character", with_field(6, text("\u{e815}*"))),
            (
                "a document with an asterisk",
                with_field(7, Raw::Array(vec![Raw::Unsigned(1), text("11*X")])),
            ),
            (
                "a rule version beyond 32 bits",
                with_field(8, Raw::Unsigned(1 << 32)),
            ),
            (
                "one tile",
                with_field(9, Raw::Array(vec![Raw::Unsigned(1)])),
            ),
            (
                "three tiles",
                with_field(
                    9,
                    Raw::Array(vec![Raw::Unsigned(1), Raw::Unsigned(1), Raw::Unsigned(1)]),
                ),
            ),
            (
                "a missing hour",
                with_fields(|fields| {
                    fields.remove(0);
                }),
            ),
            (
                "a missing anchor",
                with_fields(|fields| {
                    fields.remove(2);
                }),
            ),
            (
                "a missing document",
                with_fields(|fields| {
                    fields.remove(6);
                }),
            ),
            (
                "a missing rule version",
                with_fields(|fields| {
                    fields.remove(7);
                }),
            ),
            (
                "members of a code for oneself",
                group_of(1, vec![member(&wang())]),
            ),
            ("members of a ward", group_of(2, vec![member(&wang())])),
            ("a group without members", with_field(4, Raw::Unsigned(3))),
            ("a group with an empty list", group_of(3, vec![])),
            ("a group of nine", group_of(3, vec![member(&wang()); 9])),
            (
                "a group whose colour no member has",
                group_of(
                    3,
                    vec![member(&Member {
                        colour: Colour::RED,
                        ..wang()
                    })],
                ),
            ),
            ("an ignored key with a float", key_24(&[0xf9, 0x3c, 0x00])),
            ("an ignored key with a tag", key_24(&[0xc1, 0x00])),
            ("an ignored key with undefined", key_24(&[0xf7])),
            ("an ignored key with a longer form", key_24(&[0x18, 0x00])),
            (
                "an ignored key with an indefinite text",
                key_24(&[0x7f, 0x61, 0x61, 0xff]),
            ),
            (
                "an ignored key with a map out of order",
                key_24(&[0xa2, 0x02, 0x00, 0x01, 0x00]),
            ),
            (
                "an ignored key nested nine deep",
                key_24(&[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x00]),
            ),
            ("an ignored key that is not UTF-8", key_24(&[0x61, 0xff])),
            (
                "ignored keys out of order",
                with_fields(|fields| {
                    fields.push((Raw::Unsigned(25), Raw::Unsigned(0)));
                    fields.push((Raw::Unsigned(24), Raw::Unsigned(0)));
                }),
            ),
        ];
        let cases = cases
            .into_iter()
            .map(|(name, text)| self.case(name, text, "damaged"))
            .collect();
        live_file(
            "Codes with our prefix that are not in the one accepted encoding. What is wrong inside is signed by a true issuer, so that a lax reader would call it genuine.",
            self.trusted,
            cases,
        )
    }
}

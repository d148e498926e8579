//! Live codes: every verdict, the order of verdicts, every field damaged, encodings, and the limits of time.

use liangma_credential::{Claims, Credential, Hour, Kind, Member, base45, live_code_text};
use liangma_crypto::SigningKey;
use liangma_domain::{colour::Colour, identity::DocumentType};

use crate::{
    form::{LiveCase, live_file},
    raw::{self, Parts, Raw, bytes, text},
    world::{self, HOUR, START, longest, seeds, wang},
};

const K: u8 = 20;
/// The middle of slot 20.
const NOW: i64 = START + 20 * 15 + 7;

pub struct Builder<'a> {
    pub trusted: &'a crate::fixtures::Fixtures,
}

fn signer() -> SigningKey {
    world::key(seeds::LIVE)
}

fn strip() -> liangma_credential::StripChain {
    world::strip(seeds::STRIP)
}

fn claims() -> Claims {
    world::claims(&strip(), HOUR)
}

fn shown(claims: Claims, k: u8) -> String {
    world::shown(claims, &strip(), &signer(), k)
}

/// A code whose payload is written byte by byte and signed by the issuer.
fn with_payload(payload: &[u8]) -> String {
    with_parts(&Parts::new(payload.to_vec(), &signer()))
}

fn with_parts(parts: &Parts) -> String {
    with_credential(&parts.sign(&signer()))
}

fn with_credential(credential: &[u8]) -> String {
    let revealed = world::revealed(&strip(), HOUR, K);
    raw::live(&raw::envelope(credential, K.into(), &revealed.value).encode())
}

fn with_fields(change: impl FnOnce(&mut Vec<(Raw, Raw)>)) -> String {
    let mut fields = raw::fields(&claims());
    change(&mut fields);
    with_payload(&Raw::Map(fields).encode())
}

fn with_field(key: usize, value: Raw) -> String {
    with_fields(|fields| fields[key - 1].1 = value)
}

fn group(members: Vec<Member>, colour: Colour) -> Claims {
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
    fn at(&self, name: &str, text: impl Into<String>, verdict: &str, now: i64) -> LiveCase {
        LiveCase {
            name: name.to_owned(),
            text: text.into(),
            trust: "usual".to_owned(),
            now,
            clock_in_doubt: false,
            verdict: verdict.to_owned(),
        }
    }

    fn case(&self, name: &str, text: impl Into<String>, verdict: &str) -> LiveCase {
        self.at(name, text, verdict, NOW)
    }

    pub fn genuine(&self) -> serde_json::Value {
        let mut cases = Vec::new();
        for (name, colour) in [
            ("green", Colour::GREEN),
            ("yellow", Colour::YELLOW),
            ("red", Colour::RED),
            (
                "a colour added by a profile",
                Colour::from_registry_number(7).unwrap(),
            ),
            (
                "the highest colour number",
                Colour::from_registry_number(63).unwrap(),
            ),
        ] {
            cases.push(self.case(name, shown(Claims { colour, ..claims() }, K), "genuine"));
        }
        for (name, kind) in [("self", Kind::SelfCode), ("ward", Kind::Ward)] {
            cases.push(self.case(name, shown(Claims { kind, ..claims() }, K), "genuine"));
        }
        for (name, document_type, visible) in [
            ("residence permit", DocumentType::ResidencePermit, "8102"),
            (
                "foreign permanent resident",
                DocumentType::ForeignPermanentResident,
                "9124",
            ),
            (
                "Hong Kong and Macau travel permit",
                DocumentType::HongKongMacauTravelPermit,
                "H178",
            ),
            (
                "Taiwan travel permit",
                DocumentType::TaiwanTravelPermit,
                "1278",
            ),
            ("passport", DocumentType::Passport, "E78"),
        ] {
            let document = world::document(document_type, visible);
            cases.push(self.case(
                name,
                shown(
                    Claims {
                        document,
                        ..claims()
                    },
                    K,
                ),
                "genuine",
            ));
        }
        for (name, mask) in [
            ("a name with a middle dot", "阿***·买**"),
            ("a Latin name", "J* S*"),
            ("a character outside the BMP", "𠮷**"),
            ("the longest Chinese name", "王*********************"),
            (
                "the longest name with a middle dot",
                "古***·阿*************",
            ),
        ] {
            let name_of = world::name(mask);
            cases.push(self.case(
                name,
                shown(
                    Claims {
                        name: name_of,
                        ..claims()
                    },
                    K,
                ),
                "genuine",
            ));
        }
        cases.push(self.case(
            "no tiles",
            shown(
                Claims {
                    tiles: None,
                    ..claims()
                },
                K,
            ),
            "genuine",
        ));
        let Member { name, document, .. } = longest();
        let longest_claims = Claims {
            name,
            document,
            rule_version: u32::MAX,
            kind: Kind::Ward,
            ..claims()
        };
        cases.push(self.at(
            "the longest live code of one person",
            shown(longest_claims, 239),
            "genuine",
            START + 239 * 15,
        ));
        cases.push(self.case(
            "a group of one",
            shown(group(vec![wang()], Colour::GREEN), K),
            "genuine",
        ));
        let yellow = Member {
            colour: Colour::YELLOW,
            name: world::name("李**"),
            ..wang()
        };
        cases.push(self.case(
            "a group of two, the worse colour counts",
            shown(group(vec![wang(), yellow.clone()], Colour::YELLOW), K),
            "genuine",
        ));
        let mut eight = vec![wang(), yellow];
        eight.resize(
            8,
            Member {
                colour: Colour::RED,
                ..longest()
            },
        );
        cases.push(self.case(
            "a group of eight",
            shown(group(eight, Colour::RED), K),
            "genuine",
        ));
        let eight_longest = vec![longest(); 8];
        cases.push(self.case(
            "a group of eight with the longest names",
            shown(group(eight_longest, Colour::GREEN), K),
            "genuine",
        ));
        cases.push(self.case(
            "a standby issuer",
            world::shown(claims(), &strip(), &world::key(seeds::STANDBY), K),
            "genuine",
        ));
        cases.push(self.case(
            "a sandbox issuer",
            world::shown(claims(), &strip(), &world::key(seeds::SANDBOX), K),
            "genuine",
        ));
        cases.push(
            self.case(
                "an issuer with P-256",
                self.trusted
                    .p256_live_code(&claims(), world::revealed(&strip(), HOUR, K)),
                "genuine",
            ),
        );
        let unknown = |key, value| with_fields(|fields| fields.push((Raw::Unsigned(key), value)));
        cases.push(self.case(
            "an unknown key of 24 is ignored",
            unknown(24, text("later")),
            "genuine",
        ));
        cases.push(self.case(
            "an unknown key with a nested value is ignored",
            unknown(
                1000,
                Raw::Map(vec![
                    (
                        text("a"),
                        Raw::Array(vec![Raw::Verbatim(vec![0xf6]), Raw::Negative(5)]),
                    ),
                    (text("b"), bytes(&[1])),
                ]),
            ),
            "genuine",
        ));
        live_file(
            "Genuine and live, of every kind and with the longest contents.",
            self.trusted,
            cases,
        )
    }

    pub fn not_ours(&self) -> serde_json::Value {
        let code = shown(claims(), K);
        let cases = [
            ("an empty text", String::new()),
            ("a payment code", "wxp://f2f0".to_owned()),
            ("a web address", "https://example.org/?c=LM1:".to_owned()),
            ("an EU certificate", "HC1:6BFOXN".to_owned()),
            ("lower case", code.to_lowercase()),
            ("a space in front", format!(" {code}")),
            ("no colon", "LM1".to_owned()),
            ("no version", "LM:ABC".to_owned()),
            ("version 0", "LM0:ABC".to_owned()),
            ("a version with a leading zero", "LM01:ABC".to_owned()),
            ("a version of four digits", "LM1000:ABC".to_owned()),
            ("a paper code", code.replace("LM1:", "LMP1:")),
            ("a venue code", code.replace("LM1:", "LMV1:")),
            ("full-width letters", code.replace("LM1:", "ＬＭ１：")),
        ]
        .map(|(name, text)| self.case(name, text, "not_ours"));
        live_file(
            "Texts that are not live codes of ours.",
            self.trusted,
            cases.into(),
        )
    }

    pub fn unsupported(&self) -> serde_json::Value {
        let code = shown(claims(), K);
        let other_algorithm = |algorithm| {
            let mut parts = Parts::new(Raw::Map(raw::fields(&claims())).encode(), &signer());
            parts.protected = raw::protected(algorithm, &signer());
            with_parts(&parts)
        };
        let document =
            |number, visible: &str| Raw::Array(vec![Raw::Unsigned(number), text(visible)]);
        let tiles =
            |age, vaccination| Raw::Array(vec![Raw::Unsigned(age), Raw::Unsigned(vaccination)]);
        let cases = [
            ("version 2", code.replace("LM1:", "LM2:")),
            ("version 999", "LM999:%".to_owned()),
            ("version 2 of the paper code", "LMP2:AB".to_owned()),
            (
                "an unknown key of 11",
                with_fields(|fields| fields.push((Raw::Unsigned(11), text("must be understood")))),
            ),
            (
                "an unknown key of 23",
                with_fields(|fields| fields.push((Raw::Unsigned(23), Raw::Unsigned(0)))),
            ),
            (
                "an unknown key of 0",
                with_fields(|fields| fields.insert(0, (Raw::Unsigned(0), Raw::Unsigned(0)))),
            ),
            ("kind 0", with_field(4, Raw::Unsigned(0))),
            ("kind 4", with_field(4, Raw::Unsigned(4))),
            ("colour 0", with_field(5, Raw::Unsigned(0))),
            ("colour 64", with_field(5, Raw::Unsigned(64))),
            ("kind of document 0", with_field(7, document(0, "112X"))),
            ("kind of document 7", with_field(7, document(7, "112X"))),
            ("age of the test 5", with_field(9, tiles(5, 0))),
            ("vaccination 4", with_field(9, tiles(0, 4))),
            ("the older algorithm number of EdDSA", other_algorithm(-8)),
            ("the algorithm number of ES256", other_algorithm(-7)),
            ("a positive algorithm number", other_algorithm(5)),
        ]
        .map(|(name, text)| self.case(name, text, "unsupported_version"));
        live_file(
            "Well-formed codes that a newer version made.",
            self.trusted,
            cases.into(),
        )
    }

    /// Signed by the issuer, and still not in the one accepted encoding.
    pub fn damaged(&self) -> serde_json::Value {
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

    pub fn unknown_issuer(&self) -> serde_json::Value {
        let by = |seed| world::shown(claims(), &strip(), &world::key(seed), K);
        let last_hour = Hour(HOUR.0 - 1);
        let retired = world::shown(
            world::claims(&strip(), last_hour),
            &strip(),
            &world::key(seeds::RETIRED),
            239,
        );
        let mut cases = vec![
            self.case(
                "a key that is not in the list",
                by(seeds::STRANGER),
                "unknown_issuer",
            ),
            self.case("a key for paper codes", by(seeds::PAPER), "unknown_issuer"),
            self.case("a key for venue codes", by(seeds::VENUE), "unknown_issuer"),
            self.case(
                "a key whose time has ended",
                by(seeds::RETIRED),
                "unknown_issuer",
            ),
            self.at("a key in its last hour", retired, "genuine", START - 1),
        ];
        for (name, hour) in [
            ("an hour before the key's first", HOUR.0 - 24 * 30 - 1),
            ("the hour in which the key's time ends", HOUR.0 + 24 * 365),
        ] {
            let text = with_field(1, Raw::Unsigned(hour.into()));
            cases.push(self.at(name, text, "unknown_issuer", i64::from(hour) * 3600));
        }
        cases.push(LiveCase {
            trust: "nothing_but_root".to_owned(),
            ..self.case("no issuer list", by(seeds::LIVE), "unknown_issuer")
        });
        live_file("Codes by keys that may not sign them.", self.trusted, cases)
    }

    pub fn forged(&self) -> serde_json::Value {
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
    pub fn each_byte(&self) -> serde_json::Value {
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

    pub fn time(&self) -> serde_json::Value {
        let start_of = |k: u8| START + i64::from(k) * 15;
        let live = |k| shown(claims(), k);
        let without_value =
            live_code_text(Credential::sign(claims(), &signer()).unwrap().bytes(), None);
        let end = START + 3600;
        let mut cases = Vec::new();
        for (difference, verdict) in [
            (-31, "not_live"),
            (-30, "genuine"),
            (-1, "genuine"),
            (0, "genuine"),
            (14, "genuine"),
            (15, "genuine"),
            (74, "genuine"),
            (75, "not_live"),
            (76, "not_live"),
            (600, "not_live"),
            (-600, "not_live"),
        ] {
            cases.push(self.at(
                &format!("slot 120, {difference} s from its start"),
                live(120),
                verdict,
                start_of(120) + difference,
            ));
        }
        for (k, now, verdict) in [
            (0, START - 31, "not_yet_valid"),
            (0, START - 30, "genuine"),
            (0, START - 1, "genuine"),
            (0, START, "genuine"),
            (0, START + 74, "genuine"),
            (0, START + 75, "not_live"),
            (1, START - 30, "not_live"),
            (1, START - 15, "genuine"),
            (2, START, "genuine"),
            (3, START, "not_live"),
            (239, start_of(239) - 31, "not_live"),
            (239, start_of(239) - 30, "genuine"),
            (239, end - 1, "genuine"),
            (239, end, "genuine"),
            (239, end + 59, "genuine"),
            (239, end + 60, "expired"),
            (238, end + 44, "genuine"),
            (238, end + 45, "not_live"),
            (238, end + 59, "not_live"),
            (238, end + 60, "expired"),
            (239, end + 86_400, "expired"),
            (0, START - 86_400, "not_yet_valid"),
        ] {
            cases.push(self.at(
                &format!("slot {k}, {} s into the hour", now - START),
                live(k),
                verdict,
                now,
            ));
        }
        for (now, verdict) in [
            (START - 31, "not_yet_valid"),
            (START - 30, "not_live"),
            (START, "not_live"),
            (end + 59, "not_live"),
            (end + 60, "expired"),
        ] {
            cases.push(self.at(
                &format!("without a value, {} s into the hour", now - START),
                without_value.clone(),
                verdict,
                now,
            ));
        }
        let next = world::shown(world::claims(&strip(), HOUR.next()), &strip(), &signer(), 0);
        for now in [end - 31, end - 30, end] {
            let verdict = if now < end - 30 {
                "not_yet_valid"
            } else {
                "genuine"
            };
            cases.push(self.at(
                &format!("the next hour's code {} s before it", end - now),
                next.clone(),
                verdict,
                now,
            ));
        }
        live_file("The edges of hours and slots.", self.trusted, cases)
    }

    pub fn recalled(&self) -> serde_json::Value {
        let chain = world::strip(seeds::RECALLED_STRIP);
        // Its recall was published with the key of HOUR.
        let code = |hour: Hour, k| world::shown(world::claims(&chain, hour), &chain, &signer(), k);
        let in_hour = |hours: i64| START + hours * 3600 + 7;
        let hour = |hours: i64| Hour((i64::from(HOUR.0) + hours) as u32);
        let mut cases = vec![
            self.at(
                "in the hour of the recall",
                code(HOUR, 0),
                "recalled",
                in_hour(0),
            ),
            self.at("one hour later", code(hour(1), 0), "recalled", in_hour(1)),
            self.at("23 hours later", code(hour(23), 0), "recalled", in_hour(23)),
            self.at(
                "47 hours later, the last that is covered",
                code(hour(47), 0),
                "recalled",
                in_hour(47),
            ),
            self.at(
                "48 hours later, no longer covered",
                code(hour(48), 0),
                "genuine",
                in_hour(48),
            ),
            self.at(
                "the hour before the recall stays good",
                code(hour(-1), 0),
                "genuine",
                in_hour(-1),
            ),
            self.at("another strip", shown(claims(), K), "genuine", NOW),
            self.at(
                "one of a hundred strips",
                world::shown(
                    world::claims(&world::strip(1042), HOUR),
                    &world::strip(1042),
                    &signer(),
                    K,
                ),
                "recalled",
                NOW,
            ),
            self.at(
                "one that a part of the list added",
                world::shown(
                    world::claims(&world::strip(seeds::OTHER_STRIP), HOUR),
                    &world::strip(seeds::OTHER_STRIP),
                    &signer(),
                    K,
                ),
                "genuine",
                NOW,
            ),
        ];
        cases.push(LiveCase {
            trust: "recall_in_parts".to_owned(),
            ..self.at(
                "one that a part of the list added, with that part",
                world::shown(
                    world::claims(&world::strip(seeds::OTHER_STRIP), HOUR),
                    &world::strip(seeds::OTHER_STRIP),
                    &signer(),
                    K,
                ),
                "recalled",
                NOW,
            )
        });
        cases.push(LiveCase {
            trust: "recall_in_parts".to_owned(),
            ..self.at(
                "one of the full list, with a part appended",
                code(HOUR, 0),
                "recalled",
                in_hour(0),
            )
        });
        cases.push(LiveCase {
            trust: "no_recall".to_owned(),
            ..self.at(
                "without a recall list",
                code(HOUR, 0),
                "genuine",
                in_hour(0),
            )
        });
        live_file(
            "Recalled strips: the published key covers its hour and the 47 after it.",
            self.trusted,
            cases,
        )
    }

    pub fn order(&self) -> serde_json::Value {
        let recalled = world::strip(seeds::RECALLED_STRIP);
        let recalled_code =
            |k| world::shown(world::claims(&recalled, HOUR), &recalled, &signer(), k);
        let without_value = |chain: &liangma_credential::StripChain| {
            live_code_text(
                Credential::sign(world::claims(chain, HOUR), &signer())
                    .unwrap()
                    .bytes(),
                None,
            )
        };
        let wrong_value = |chain: &liangma_credential::StripChain| {
            let credential = Credential::sign(world::claims(chain, HOUR), &signer()).unwrap();
            raw::live(&raw::envelope(credential.bytes(), K.into(), &[7; 16]).encode())
        };
        let flip = |credential: Vec<u8>| {
            let mut credential = credential;
            let last = credential.len() - 1;
            credential[last] ^= 1;
            credential
        };
        let payload = Raw::Map(raw::fields(&claims())).encode();
        let unsupported_payload = {
            let mut fields = raw::fields(&claims());
            fields[3].1 = Raw::Unsigned(9);
            Raw::Map(fields).encode()
        };
        let both = {
            let mut fields = raw::fields(&claims());
            fields[3].1 = Raw::Unsigned(9);
            fields[1].1 = bytes(&[0; 7]);
            Raw::Map(fields).encode()
        };
        let unknown_and_trailing = {
            let mut fields = raw::fields(&claims());
            fields.push((Raw::Unsigned(11), Raw::Unsigned(0)));
            [Raw::Map(fields).encode(), vec![0]].concat()
        };
        let algorithm_and_damage = {
            let mut parts = Parts::new(both.clone(), &signer());
            parts.protected = raw::protected(-8, &signer());
            with_parts(&parts)
        };
        let late = START + 3600 + 500;
        let early = START - 500;
        let cases = vec![
            self.case(
                "damaged before unsupported: a short code id and kind 9",
                with_payload(&both),
                "damaged",
            ),
            self.case(
                "damaged before unsupported: trailing byte and key 11",
                with_payload(&unknown_and_trailing),
                "damaged",
            ),
            self.case(
                "damaged before unsupported: a short code id and an unknown algorithm",
                algorithm_and_damage,
                "damaged",
            ),
            self.case(
                "damaged before unsupported: slot 240 and kind 9",
                raw::live(
                    &raw::envelope(
                        &Parts::new(unsupported_payload.clone(), &signer()).sign(&signer()),
                        240,
                        &[0; 16],
                    )
                    .encode(),
                ),
                "damaged",
            ),
            self.case(
                "unsupported before unknown issuer",
                with_credential(
                    &Parts::new(unsupported_payload.clone(), &world::key(seeds::STRANGER))
                        .sign(&world::key(seeds::STRANGER)),
                ),
                "unsupported_version",
            ),
            self.case(
                "unsupported before forged",
                with_credential(&flip(
                    Parts::new(unsupported_payload, &signer()).sign(&signer()),
                )),
                "unsupported_version",
            ),
            self.case(
                "unknown issuer before forged",
                with_credential(&flip(
                    Parts::new(payload.clone(), &world::key(seeds::STRANGER))
                        .sign(&world::key(seeds::STRANGER)),
                )),
                "unknown_issuer",
            ),
            self.at(
                "unknown issuer before expired",
                world::shown(claims(), &strip(), &world::key(seeds::STRANGER), K),
                "unknown_issuer",
                late,
            ),
            self.case(
                "forged before recalled",
                with_credential(&flip(
                    Credential::sign(world::claims(&recalled, HOUR), &signer())
                        .unwrap()
                        .bytes()
                        .to_vec(),
                )),
                "forged",
            ),
            self.case(
                "forged value before recalled",
                wrong_value(&recalled),
                "forged",
            ),
            self.at(
                "forged before expired",
                with_credential(&flip(
                    Parts::new(payload.clone(), &signer()).sign(&signer()),
                )),
                "forged",
                late,
            ),
            self.at(
                "forged value before expired",
                wrong_value(&strip()),
                "forged",
                late,
            ),
            self.at(
                "forged value before not yet valid",
                wrong_value(&strip()),
                "forged",
                early,
            ),
            self.at(
                "recalled before expired",
                recalled_code(K),
                "recalled",
                late,
            ),
            self.at(
                "recalled before not yet valid",
                recalled_code(K),
                "recalled",
                early,
            ),
            self.case(
                "recalled before not live",
                without_value(&recalled),
                "recalled",
            ),
            self.at(
                "recalled before not live by time",
                recalled_code(200),
                "recalled",
                NOW,
            ),
            self.at(
                "expired before not live",
                without_value(&strip()),
                "expired",
                late,
            ),
            self.at(
                "expired before not live by time",
                shown(claims(), 0),
                "expired",
                late,
            ),
            self.at(
                "not yet valid before not live",
                without_value(&strip()),
                "not_yet_valid",
                early,
            ),
            self.at(
                "not yet valid before not live by time",
                shown(claims(), 200),
                "not_yet_valid",
                early,
            ),
            self.case(
                "two hidden defects: payload signed twice over",
                with_payload(&Parts::new(payload, &signer()).sign(&signer())),
                "damaged",
            ),
        ];
        live_file(
            "Where several verdicts apply, the first of the order is given.",
            self.trusted,
            cases,
        )
    }

    pub fn flags(&self) -> serde_json::Value {
        let issued = i64::from(world::ISSUED);
        let mut cases = Vec::new();
        let code_at = |now: i64| {
            let hour = Hour((now.div_euclid(3600)) as u32);
            let k = (now.rem_euclid(3600) / 15) as u8;
            world::shown(world::claims(&strip(), hour), &strip(), &signer(), k)
        };
        let mut aged = |name: &str, trust: &str, now: i64, in_doubt: bool| {
            cases.push(LiveCase {
                trust: trust.to_owned(),
                clock_in_doubt: in_doubt,
                ..self.at(name, code_at(now), "genuine", now)
            });
        };
        // The usual time stamp is issued with the lists.
        for age in [0, 7_199, 7_200, 86_399, 86_400] {
            aged(
                &format!("lists that are {age} s old"),
                "usual",
                issued + age,
                false,
            );
        }
        aged(
            "lists whose week is over",
            "usual",
            issued + i64::from(world::WEEK),
            false,
        );
        aged(
            "lists in their last second",
            "usual",
            issued + i64::from(world::WEEK) - 1,
            false,
        );
        // A later time stamp names the same versions 12 hours later.
        for age in [0, 7_199, 7_200, 86_400] {
            aged(
                &format!("lists confirmed {age} s ago by a later time stamp"),
                "stamped_later",
                issued + 12 * 3600 + age,
                false,
            );
        }
        aged(
            "a time stamp that names a newer recall list than is held",
            "stamp_ahead_of_recall",
            issued + 12 * 3600,
            false,
        );
        aged("no recall list", "no_recall", issued + 60, false);
        aged("no time stamp", "no_stamp", issued + 60, false);
        aged("an expired root", "short_root", issued + 3700, false);
        aged("the clock is in doubt", "usual", START, true);
        aged(
            "the clock is 60 s before the newest file",
            "usual",
            issued - 60,
            false,
        );
        aged(
            "the clock is 61 s before the newest file",
            "usual",
            issued - 61,
            false,
        );
        let sandbox =
            |text: String, verdict: &str| self.case(&format!("sandbox, {verdict}"), text, verdict);
        let key = world::key(seeds::SANDBOX);
        let forged = {
            let parts = Parts {
                protected: raw::protected(-19, &key),
                ..Parts::new(Raw::Map(raw::fields(&claims())).encode(), &key)
            };
            with_credential(&parts.sign(&signer()))
        };
        cases.push(sandbox(
            world::shown(claims(), &strip(), &key, K),
            "genuine",
        ));
        cases.push(sandbox(
            world::shown(claims(), &strip(), &key, 200),
            "not_live",
        ));
        cases.push(sandbox(forged, "forged"));
        cases.push(LiveCase {
            trust: "nothing_but_root".to_owned(),
            clock_in_doubt: true,
            ..self.case(
                "nothing of ours, with nothing but a root and a clock in doubt",
                "HC1:ABC",
                "not_ours",
            )
        });
        live_file(
            "What stands beside the verdict: the age of the lists, a clock in doubt, the sandbox.",
            self.trusted,
            cases,
        )
    }
}

/// RFC 9285 and what must be refused.
pub fn base45_file() -> serde_json::Value {
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

//! Which codes are genuine, which are not ours, and which are newer.

use liangma_credential::{Claims, Hour, Kind, Member};
use liangma_domain::{colour::Colour, identity::DocumentType};

use super::*;
use crate::{
    form::{LiveCase, live_file},
    raw::{self, Parts, Raw, bytes, text},
    world::{self, HOUR, START, longest, seeds, wang},
};

/// Keys and values of a payload, for a case to change.
type Fields = Vec<(Raw, Raw)>;

impl Builder<'_> {
    pub(crate) fn genuine(&self) -> serde_json::Value {
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
            ("the character zero of Chinese names", "〇*"),
            ("a character that Unicode 15 added", "\u{31350}*"),
            ("the end of plane 3", "\u{3ffff}*"),
            ("a letter with two marks", "e\u{301}\u{302}*"),
            ("a Latin letter with a mark in one", "Ẽ*"),
            ("a Uyghur name", "ئ* ئ*"),
            ("a Tibetan name", "\u{f66}\u{fb1}*"),
            ("a Mongolian name", "ᠪ*"),
            ("a Yi name", "ꀀ*"),
            ("a Hangul name", "김**"),
            ("a kana name", "た** タ*"),
            ("a letter of a script in plane 1", "\u{10d50}*"),
            ("a range is wider than its letters", "\u{663}*"),
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
        cases.push(LiveCase {
            trust: "newer_issuers".to_owned(),
            ..self.case(
                "an issuer in a list with entries of newer kinds",
                shown(claims(), K),
                "genuine",
            )
        });
        live_file(
            "Genuine and live, of every kind and with the longest contents.",
            self.trusted,
            cases,
        )
    }

    pub(crate) fn not_ours(&self) -> serde_json::Value {
        let code = shown(claims(), K);
        let cases = [
            ("an empty text", String::new()),
            ("a payment code", "wxp://f2f0".to_owned()),
            ("a web address", "https://example.org/?c=LM1:".to_owned()),
            ("an EU certificate", "HC1:6BFOXN".to_owned()),
            ("lower case", code.to_lowercase()),
            ("a space in front", format!(" {code}")),
            ("1,300 characters of another kind", "X".repeat(1300)),
            ("a long paper code", format!("LMP1:{}", "0".repeat(1300))),
            ("another letter", "LMQ1:ABC".to_owned()),
            ("both letters", "LMPV1:ABC".to_owned()),
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

    pub(crate) fn unsupported(&self) -> serde_json::Value {
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
        let misfit = || document(1, "12X");
        let changed = |algorithm: Raw, change: &dyn Fn(&mut Fields)| {
            let mut fields = raw::fields(&claims());
            change(&mut fields);
            let mut parts = Parts::new(Raw::Map(fields).encode(), &signer());
            parts.protected = Raw::Map(vec![
                (Raw::Unsigned(1), algorithm),
                (Raw::Unsigned(4), bytes(&signer().public_key().key_id().0)),
            ])
            .encode();
            with_parts(&parts)
        };
        let ours = || raw::integer(-19);
        let member = |document: Raw| Raw::Array(vec![Raw::Unsigned(1), text("王*"), document]);
        let members = |documents: Vec<Raw>| {
            (
                Raw::Unsigned(10),
                Raw::Array(documents.into_iter().map(member).collect()),
            )
        };
        let cases = [
            ("version 2", code.replace("LM1:", "LM2:")),
            ("version 2, too long", format!("LM2:{}", "0".repeat(1300))),
            ("version 2, in no base45", "LM2:ab".to_owned()),
            ("version 2 of the venue code", "LMV2:AB".to_owned()),
            (
                "the highest algorithm number",
                changed(Raw::Unsigned(u64::MAX), &|_| ()),
            ),
            (
                "the lowest algorithm number",
                changed(Raw::Negative(u64::MAX), &|_| ()),
            ),
            (
                "an unknown algorithm before a document that does not fit its kind",
                changed(raw::integer(-8), &|fields| fields[6].1 = misfit()),
            ),
            (
                "an unknown key before a document that does not fit its kind",
                changed(ours(), &|fields| {
                    fields[6].1 = misfit();
                    fields.push((Raw::Unsigned(20), Raw::Unsigned(1)));
                }),
            ),
            (
                "an unknown colour before a document that does not fit its kind",
                changed(ours(), &|fields| {
                    fields[4].1 = Raw::Unsigned(64);
                    fields[6].1 = misfit();
                }),
            ),
            (
                "unknown tiles before a document that does not fit its kind",
                changed(ours(), &|fields| {
                    fields[6].1 = misfit();
                    fields[8].1 = tiles(9, 9);
                }),
            ),
            (
                "an unknown kind of document of a member before one that does not fit",
                changed(ours(), &|fields| {
                    fields[3].1 = Raw::Unsigned(3);
                    fields[6].1 = misfit();
                    fields.push(members(vec![misfit(), document(9, "112X")]));
                }),
            ),
            (
                "an unknown algorithm before members of a code for oneself",
                changed(raw::integer(-8), &|fields| {
                    fields.push(members(vec![document(1, "112X")]));
                }),
            ),
            (
                "an unknown kind with members",
                changed(ours(), &|fields| {
                    fields[3].1 = Raw::Unsigned(9);
                    fields.push(members(vec![document(1, "112X")]));
                }),
            ),
            (
                "an unknown key before the colour of no member",
                changed(ours(), &|fields| {
                    fields[3].1 = Raw::Unsigned(3);
                    fields[4].1 = Raw::Unsigned(2);
                    fields.push(members(vec![document(1, "112X")]));
                    fields.push((Raw::Unsigned(20), Raw::Unsigned(1)));
                }),
            ),
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

    pub(crate) fn unknown_issuer(&self) -> serde_json::Value {
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
        for (name, seed) in [
            ("an issuer with an unknown flag", seeds::STANDBY),
            ("an issuer with an unknown key", seeds::SANDBOX),
        ] {
            cases.push(LiveCase {
                trust: "newer_issuers".to_owned(),
                ..self.case(name, by(seed), "unknown_issuer")
            });
        }
        cases.push(LiveCase {
            trust: "nothing_but_root".to_owned(),
            ..self.case("no issuer list", by(seeds::LIVE), "unknown_issuer")
        });
        live_file("Codes by keys that may not sign them.", self.trusted, cases)
    }
}

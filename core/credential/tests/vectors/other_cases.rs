//! Paper codes, venue codes, statements of time, and the derivations.

use data_encoding::HEXLOWER;
use liangma_credential::{
    Credential, DecodeError, Hour, PaperClaims, PaperCode, PaperSerial, Slot, StripChain,
    StripSecret, TimeError, TimeStatement, VenueChain, VenueClaims, VenueCode, VenueForm, VenueId,
    base45, live_code_text, void_hash,
};
use liangma_crypto::{
    Randomness as _, Secret32, SigningKey, hkdf_sha256, testing::SeededRandomness,
};
use liangma_domain::{identity::DocumentType, venue::VenueClass};
use serde_json::{Value, json};

use crate::{
    fixtures::Fixtures,
    form::{LiveCase, file},
    raw::{self, Parts, Raw, bytes, text},
    world::{self, HOUR, START, seeds},
};

/// 2022-01-01, the first day of the paper codes.
const FIRST_DAY: u32 = 18_993;
const DAY: i64 = 86_400;

pub(crate) fn hex(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

fn case(name: &str, text: impl Into<String>, verdict: &str, now: i64) -> LiveCase {
    LiveCase {
        name: name.to_owned(),
        text: text.into(),
        trust: "usual".to_owned(),
        now,
        clock_in_doubt: false,
        verdict: verdict.to_owned(),
    }
}

/// Keys and values of a map, for a case to change.
type Fields = Vec<(Raw, Raw)>;

fn paper_claims() -> PaperClaims {
    let person = world::wang();
    PaperClaims {
        serial: PaperSerial(*b"paper-01"),
        first_day: FIRST_DAY,
        days: 180,
        name: person.name,
        document: person.document,
    }
}

fn paper_text(claims: PaperClaims) -> String {
    PaperCode::sign(claims, &world::key(seeds::PAPER))
        .unwrap()
        .text()
}

fn paper_fields(claims: &PaperClaims) -> Vec<(Raw, Raw)> {
    let values = [
        bytes(&claims.serial.0),
        Raw::Unsigned(claims.first_day.into()),
        Raw::Unsigned(claims.days.into()),
        text(claims.name.as_str()),
        Raw::Array(vec![
            Raw::Unsigned(claims.document.document_type().as_number().into()),
            text(claims.document.visible()),
        ]),
    ];
    (1..).map(Raw::Unsigned).zip(values).collect()
}

pub(crate) fn paper(fixtures: &Fixtures) -> Value {
    let from = i64::from(FIRST_DAY) * DAY;
    let until = from + 180 * DAY;
    let good = paper_text(paper_claims());
    let by = |key: &SigningKey, context| {
        let payload = Raw::Map(paper_fields(&paper_claims())).encode();
        let parts = Parts {
            context,
            ..Parts::new(payload, key)
        };
        format!("LMP1:{}", base45::encode(&parts.sign(key)))
    };
    let with = |change: &dyn Fn(&mut Fields)| {
        let mut fields = paper_fields(&paper_claims());
        change(&mut fields);
        let key = world::key(seeds::PAPER);
        let parts = Parts {
            context: "liangma/paper/1",
            ..Parts::new(Raw::Map(fields).encode(), &key)
        };
        format!("LMP1:{}", base45::encode(&parts.sign(&key)))
    };
    let with_algorithm = |algorithm, change: &dyn Fn(&mut Fields)| {
        let mut fields = paper_fields(&paper_claims());
        change(&mut fields);
        let key = world::key(seeds::PAPER);
        let parts = Parts {
            context: "liangma/paper/1",
            protected: raw::protected(algorithm, &key),
            ..Parts::new(Raw::Map(fields).encode(), &key)
        };
        format!("LMP1:{}", base45::encode(&parts.sign(&key)))
    };
    let misfit = || Raw::Array(vec![Raw::Unsigned(1), text("12X")]);
    let mut flipped = PaperCode::sign(paper_claims(), &world::key(seeds::PAPER))
        .unwrap()
        .bytes()
        .to_vec();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    let forged = format!("LMP1:{}", base45::encode(&flipped));
    let longest = world::longest();
    let void = PaperClaims {
        serial: PaperSerial(7u64.to_be_bytes()),
        ..paper_claims()
    };
    let cases = vec![
        case("good", &*good, "genuine", START),
        case("its first second", &*good, "genuine", from),
        case(
            "a second before its first day",
            &*good,
            "not_yet_valid",
            from - 1,
        ),
        case("its last second", &*good, "genuine", until - 1),
        case("a second too late", &*good, "expired", until),
        case(
            "a passport",
            paper_text(PaperClaims {
                document: world::document(DocumentType::Passport, "E78"),
                ..paper_claims()
            }),
            "genuine",
            START,
        ),
        case(
            "the longest",
            paper_text(PaperClaims {
                name: longest.name,
                document: longest.document,
                days: u16::MAX,
                ..paper_claims()
            }),
            "genuine",
            START,
        ),
        case("void", paper_text(void.clone()), "recalled", START),
        case(
            "void before expired",
            paper_text(void),
            "recalled",
            until + DAY,
        ),
        LiveCase {
            trust: "no_recall".to_owned(),
            ..case(
                "without a list of voids",
                paper_text(PaperClaims {
                    serial: PaperSerial(7u64.to_be_bytes()),
                    ..paper_claims()
                }),
                "genuine",
                START,
            )
        },
        case("one bit of the signature changed", forged, "forged", START),
        case(
            "signed for the context of live codes",
            by(&world::key(seeds::PAPER), "liangma/cred/1"),
            "forged",
            START,
        ),
        case(
            "a key for live codes",
            by(&world::key(seeds::LIVE), "liangma/paper/1"),
            "unknown_issuer",
            START,
        ),
        case(
            "a first day before the key's time",
            paper_text(PaperClaims {
                first_day: FIRST_DAY - 60,
                ..paper_claims()
            }),
            "unknown_issuer",
            START,
        ),
        case(
            "a live code's prefix",
            good.replace("LMP1:", "LM1:"),
            "not_ours",
            START,
        ),
        case(
            "version 2",
            good.replace("LMP1:", "LMP2:"),
            "unsupported_version",
            START,
        ),
        case(
            "an unknown key of 6",
            with(&|fields| fields.push((Raw::Unsigned(6), Raw::Unsigned(0)))),
            "unsupported_version",
            START,
        ),
        case(
            "an unknown key of 24",
            with(&|fields| fields.push((Raw::Unsigned(24), Raw::Unsigned(0)))),
            "genuine",
            START,
        ),
        case(
            "no days",
            with(&|fields| fields[2].1 = Raw::Unsigned(0)),
            "damaged",
            START,
        ),
        case(
            "too many days",
            with(&|fields| fields[2].1 = Raw::Unsigned(65_536)),
            "damaged",
            START,
        ),
        case(
            "a serial of seven bytes",
            with(&|fields| fields[0].1 = bytes(&[0; 7])),
            "damaged",
            START,
        ),
        case(
            "a whole name",
            with(&|fields| fields[3].1 = text("王小明")),
            "damaged",
            START,
        ),
        case(
            "a missing document",
            with(&|fields| {
                fields.pop();
            }),
            "damaged",
            START,
        ),
        case(
            "lower case",
            good.replacen("LMP1:", "", 1).to_lowercase(),
            "not_ours",
            START,
        ),
        case(
            "a character too few",
            &good[..good.len() - 1],
            "damaged",
            START,
        ),
        case(
            "an unknown algorithm",
            with_algorithm(-8, &|_| ()),
            "unsupported_version",
            START,
        ),
        case(
            "an unknown algorithm before a document that does not fit its kind",
            with_algorithm(-8, &|fields| fields[4].1 = misfit()),
            "unsupported_version",
            START,
        ),
        case(
            "a document that does not fit its kind",
            with(&|fields| fields[4].1 = misfit()),
            "damaged",
            START,
        ),
        case(
            "an unknown kind of document in lower case",
            with(&|fields| fields[4].1 = Raw::Array(vec![Raw::Unsigned(9), text("ab")])),
            "damaged",
            START,
        ),
        case(
            "version 2, too long",
            format!("LMP2:{}", "0".repeat(1300)),
            "unsupported_version",
            START,
        ),
        case(
            "version 2 of the live code",
            "LM2:AB",
            "unsupported_version",
            START,
        ),
        case(
            "too long",
            format!("LMP1:{}", "0".repeat(1300)),
            "damaged",
            START,
        ),
        case(
            "the key id of nobody",
            by(&world::key(seeds::STRANGER), "liangma/paper/1"),
            "unknown_issuer",
            START,
        ),
    ];
    file(
        "paper",
        "Paper codes. `recalled` means void; `recall_age` is that of the list of voids.",
        fixtures,
        cases,
    )
}

fn venue_claims(form: VenueForm) -> VenueClaims {
    VenueClaims {
        venue: VenueId(*b"market01"),
        class: VenueClass::FarmersMarket,
        name: "武林门农贸市场".to_owned(),
        division: "330105".to_owned(),
        form,
    }
}

pub(crate) fn venue(fixtures: &Fixtures) -> Value {
    let key = world::key(seeds::VENUE);
    let secret = StripSecret::generate(&SeededRandomness::new(seeds::VENUE_SECRET)).unwrap();
    let chain = VenueChain::new(secret, VenueId(*b"market01"));
    let printed_form = VenueForm::Printed {
        first_day: FIRST_DAY,
        days: 30,
    };
    let rotating_form = VenueForm::Rotating {
        hour: HOUR,
        anchor: chain.anchor(HOUR),
    };
    let printed = VenueCode::sign(venue_claims(printed_form), &key).unwrap();
    let rotating = VenueCode::sign(venue_claims(rotating_form), &key).unwrap();
    let in_slot = |k| chain.revealed(Slot::new(HOUR, k).unwrap());
    let from = i64::from(FIRST_DAY) * DAY;
    let mut wrong = in_slot(20);
    wrong.value[0] ^= 1;
    let now = START + 20 * 15;
    let longest = VenueClaims {
        name: "馆".repeat(20),
        class: VenueClass::OtherPublic,
        ..venue_claims(rotating_form)
    };
    let by = |seed| {
        VenueCode::sign(venue_claims(printed_form), &world::key(seed))
            .unwrap()
            .text(None)
    };
    let fields = |form: &[(u64, Raw)]| {
        let mut fields = vec![
            (Raw::Unsigned(1), bytes(b"market01")),
            (Raw::Unsigned(2), Raw::Unsigned(8)),
            (Raw::Unsigned(3), text("武林门农贸市场")),
            (Raw::Unsigned(4), text("330105")),
        ];
        fields.extend(
            form.iter()
                .map(|(key, value)| (Raw::Unsigned(*key), value.clone())),
        );
        fields
    };
    let days = || vec![(5, Raw::Unsigned(FIRST_DAY.into())), (6, Raw::Unsigned(30))];
    let raw_code = |fields: Vec<(Raw, Raw)>| {
        let parts = Parts {
            context: "liangma/venue/1",
            ..Parts::new(Raw::Map(fields).encode(), &key)
        };
        let envelope = Raw::Array(vec![bytes(&parts.sign(&key))]).encode();
        format!("LMV1:{}", base45::encode(&envelope))
    };
    let printed_with_value = |fields: Vec<(Raw, Raw)>| {
        let parts = Parts {
            context: "liangma/venue/1",
            ..Parts::new(Raw::Map(fields).encode(), &key)
        };
        let envelope = raw::envelope(&parts.sign(&key), 20, &in_slot(20).value).encode();
        format!("LMV1:{}", base45::encode(&envelope))
    };
    let inline = {
        let parts = Parts {
            context: "liangma/venue/1",
            ..Parts::new(Raw::Map(fields(&days())).encode(), &key)
        };
        let envelope = Raw::Array(vec![Raw::Verbatim(parts.sign(&key))]).encode();
        format!("LMV1:{}", base45::encode(&envelope))
    };
    let screen = || vec![(7, Raw::Unsigned(HOUR.0.into())), (8, bytes(&[0; 16]))];
    let changed = |at: usize, value: Raw| {
        let mut fields = fields(&days());
        fields[at].1 = value;
        raw_code(fields)
    };
    let both_forms = fields(
        &[
            &days()[..],
            &[(7, Raw::Unsigned(HOUR.0.into())), (8, bytes(&[0; 16]))],
        ]
        .concat(),
    );
    let cases = vec![
        case("printed", printed.text(None), "genuine", now),
        case(
            "printed, its first second",
            printed.text(None),
            "genuine",
            from,
        ),
        case(
            "printed, a second early",
            printed.text(None),
            "not_yet_valid",
            from - 1,
        ),
        case(
            "printed, its last second",
            printed.text(None),
            "genuine",
            from + 30 * DAY - 1,
        ),
        case(
            "printed, a second too late",
            printed.text(None),
            "expired",
            from + 30 * DAY,
        ),
        case(
            "printed, with a value",
            printed.text(Some(in_slot(20))),
            "damaged",
            now,
        ),
        case("rotating", rotating.text(Some(in_slot(20))), "genuine", now),
        case(
            "rotating, the longest",
            VenueCode::sign(longest, &key)
                .unwrap()
                .text(Some(in_slot(239))),
            "genuine",
            START + 3599,
        ),
        case(
            "rotating, 30 s early",
            rotating.text(Some(in_slot(20))),
            "genuine",
            now - 30,
        ),
        case(
            "rotating, 31 s early",
            rotating.text(Some(in_slot(20))),
            "not_live",
            now - 31,
        ),
        case(
            "rotating, 74 s old",
            rotating.text(Some(in_slot(20))),
            "genuine",
            now + 74,
        ),
        case(
            "rotating, photographed 75 s ago",
            rotating.text(Some(in_slot(20))),
            "not_live",
            now + 75,
        ),
        case(
            "rotating, without a value",
            rotating.text(None),
            "not_live",
            now,
        ),
        case(
            "rotating, a wrong value",
            rotating.text(Some(wrong)),
            "forged",
            now,
        ),
        case(
            "rotating, after its hour",
            rotating.text(Some(in_slot(239))),
            "expired",
            START + 3660,
        ),
        case(
            "rotating, before its hour",
            rotating.text(Some(in_slot(0))),
            "not_yet_valid",
            START - 31,
        ),
        case(
            "a key for live codes",
            by(seeds::LIVE),
            "unknown_issuer",
            now,
        ),
        case(
            "a stranger's key",
            by(seeds::STRANGER),
            "unknown_issuer",
            now,
        ),
        case(
            "a web address",
            "https://example.org/venue/1",
            "not_ours",
            now,
        ),
        case("version 3", "LMV3:AB", "unsupported_version", now),
        case("written by hand", raw_code(fields(&days())), "genuine", now),
        case(
            "class 0",
            changed(1, Raw::Unsigned(0)),
            "unsupported_version",
            now,
        ),
        case(
            "class 200",
            changed(1, Raw::Unsigned(200)),
            "unsupported_version",
            now,
        ),
        case("no name", changed(2, text("")), "damaged", now),
        case(
            "a name of 61 bytes",
            changed(2, text(&"n".repeat(61))),
            "damaged",
            now,
        ),
        case(
            "a line break in the name",
            changed(2, text("a\nb")),
            "damaged",
            now,
        ),
        case(
            "a division of five digits",
            changed(3, text("33010")),
            "damaged",
            now,
        ),
        case(
            "a division with a letter",
            changed(3, text("33010A")),
            "damaged",
            now,
        ),
        case("no days", changed(5, Raw::Unsigned(0)), "damaged", now),
        case(
            "neither printed nor rotating",
            raw_code(fields(&[])),
            "damaged",
            now,
        ),
        case(
            "a first day without days",
            raw_code(fields(&days()[..1])),
            "damaged",
            now,
        ),
        case(
            "both printed and rotating",
            raw_code(both_forms),
            "unsupported_version",
            now,
        ),
        case(
            "a value with a printed one, written by hand",
            printed_with_value(fields(&days())),
            "damaged",
            now,
        ),
        case(
            "an unknown key before a value with a printed one",
            printed_with_value(fields(&[&days()[..], &[(20, Raw::Unsigned(1))]].concat())),
            "unsupported_version",
            now,
        ),
        case(
            "an unknown class before a value with a printed one",
            printed_with_value({
                let mut fields = fields(&days());
                fields[1].1 = Raw::Unsigned(99);
                fields
            }),
            "unsupported_version",
            now,
        ),
        case(
            "days without a first day are an unknown key of a rotating one",
            raw_code(fields(&[&[(6, Raw::Unsigned(5))], &screen()[..]].concat())),
            "unsupported_version",
            now,
        ),
        case(
            "what is signed is not in a byte string",
            inline,
            "damaged",
            now,
        ),
        case(
            "a delete character in the name",
            changed(2, text("a\u{7f}")),
            "damaged",
            now,
        ),
        case(
            "a control character of Latin 1 in the name",
            changed(2, text("a\u{85}")),
            "damaged",
            now,
        ),
        case(
            "version 2 of the live code, too long",
            format!("LM2:{}", "0".repeat(1300)),
            "unsupported_version",
            now,
        ),
        case(
            "an unknown key of 9",
            raw_code(fields(&[&days()[..], &[(9, Raw::Unsigned(0))]].concat())),
            "unsupported_version",
            now,
        ),
    ];
    file(
        "venue",
        "Venue codes: printed ones make a visit unproven, rotating ones proven. `recall_age` is always current.",
        fixtures,
        cases,
    )
}

pub(crate) fn time_answer(outcome: &Result<TimeStatement, TimeError>) -> Value {
    match outcome {
        Ok(statement) => {
            json!({"time_ms": statement.time.as_millisecond(), "sandbox": statement.sandbox})
        }
        Err(TimeError::Decode(DecodeError::Unsupported { .. })) => json!("unsupported"),
        Err(TimeError::Decode(_)) => json!("damaged"),
        Err(TimeError::Forged) => json!("forged"),
        Err(TimeError::OtherNonce) => json!("other_nonce"),
    }
}

pub(crate) fn time_statements() -> Value {
    let key = world::key(seeds::TIMESTAMP);
    let nonce = [0x5a; 32];
    let statement = |sandbox| TimeStatement {
        time: jiff::Timestamp::from_millisecond(START * 1000 + 123).unwrap(),
        nonce,
        sandbox,
    };
    let good = statement(false).sign(&key).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() - 1] ^= 1;
    let by_hand = |algorithm, more: &[(u64, Raw)]| {
        let mut fields = vec![
            (Raw::Unsigned(1), Raw::Unsigned(START as u64 * 1000 + 123)),
            (Raw::Unsigned(2), bytes(&nonce)),
            (Raw::Unsigned(3), Raw::Verbatim(vec![0xf4])),
        ];
        fields.extend(
            more.iter()
                .map(|(key, value)| (Raw::Unsigned(*key), value.clone())),
        );
        let parts = Parts {
            context: "liangma/time/1",
            protected: raw::protected(algorithm, &key),
            ..Parts::new(Raw::Map(fields).encode(), &key)
        };
        parts.sign(&key)
    };
    let cases: Vec<(&str, Vec<u8>, [u8; 32], Value)> = vec![
        (
            "good",
            good.clone(),
            nonce,
            json!({"time_ms": START * 1000 + 123, "sandbox": false}),
        ),
        (
            "of a sandbox",
            statement(true).sign(&key).unwrap(),
            nonce,
            json!({"time_ms": START * 1000 + 123, "sandbox": true}),
        ),
        (
            "another question",
            good.clone(),
            [0x5b; 32],
            json!("other_nonce"),
        ),
        ("one bit changed", flipped, nonce, json!("forged")),
        (
            "an unknown algorithm",
            by_hand(-8, &[]),
            nonce,
            json!("unsupported"),
        ),
        (
            "the algorithm of another suite",
            by_hand(-9, &[]),
            nonce,
            json!("forged"),
        ),
        (
            "an unknown key of 4",
            by_hand(-19, &[(4, Raw::Unsigned(0))]),
            nonce,
            json!("unsupported"),
        ),
        (
            "an unknown key of 24",
            by_hand(-19, &[(24, Raw::Unsigned(0))]),
            nonce,
            json!({"time_ms": START * 1000 + 123, "sandbox": false}),
        ),
        (
            "the latest time there is",
            {
                let mut fields = vec![(Raw::Unsigned(1), Raw::Unsigned(u64::MAX))];
                fields.push((Raw::Unsigned(2), bytes(&nonce)));
                fields.push((Raw::Unsigned(3), Raw::Verbatim(vec![0xf4])));
                let parts = Parts {
                    context: "liangma/time/1",
                    ..Parts::new(Raw::Map(fields).encode(), &key)
                };
                parts.sign(&key)
            },
            nonce,
            json!("damaged"),
        ),
        (
            "another question to a wrong key",
            statement(false).sign(&world::key(seeds::LIVE)).unwrap(),
            [0x5b; 32],
            json!("forged"),
        ),
        (
            "by an issuer",
            statement(false).sign(&world::key(seeds::LIVE)).unwrap(),
            nonce,
            json!("forged"),
        ),
        (
            "a byte behind it",
            [&good[..], &[0]].concat(),
            nonce,
            json!("damaged"),
        ),
        (
            "cut short",
            good[..good.len() - 1].to_vec(),
            nonce,
            json!("damaged"),
        ),
    ];
    let cases: Vec<_> = cases
        .into_iter()
        .map(|(name, statement, nonce, expect)| {
            json!({"name": name, "statement": HEXLOWER.encode(&statement), "nonce": HEXLOWER.encode(&nonce), "expect": expect})
        })
        .collect();
    let public_key = world::public(seeds::TIMESTAMP);
    json!({
        "kind": "time",
        "about": "Statements of the server's time, checked with one time stamp key.",
        "key": {"suite": 1, "public_key": HEXLOWER.encode(public_key.bytes())},
        "cases": cases,
    })
}

pub(crate) fn derivation() -> Value {
    let mut cases = Vec::new();
    for seed in [seeds::STRIP, seeds::RECALLED_STRIP] {
        let secret = StripSecret::generate(&SeededRandomness::new(seed)).unwrap();
        for (first, hour) in [
            (HOUR.0, HOUR.0),
            (HOUR.0 - 2, HOUR.0),
            (0, 0),
            (HOUR.0 - 47, HOUR.0),
        ] {
            cases.push(derive(secret.expose(), Hour(first), Hour(hour)));
        }
    }
    let serial = PaperSerial(*b"paper-01");
    json!({
        "kind": "derivation",
        "about": "From M to recall key, code id, anchor and the values of slots. `void_hash` belongs to the paper serial `70617065722d3031`.",
        "void_hash": HEXLOWER.encode(&void_hash(serial)),
        "cases": cases,
    })
}

fn derive(secret: &[u8; 32], first: Hour, hour: Hour) -> Value {
    let chain = StripChain::new(StripSecret::new(Secret32::new(*secret)), first);
    let cid = chain.cid(hour).unwrap();
    let values: Vec<_> = [0u8, 1, 20, 238, 239]
        .iter()
        .map(|k| json!({"k": k, "value": HEXLOWER.encode(&chain.slot_value(hour, cid, *k))}))
        .collect();
    json!({
        "secret": HEXLOWER.encode(secret),
        "first_hour": first.0,
        "hour": hour.0,
        "first_recall_key": HEXLOWER.encode(chain.secret().first_recall_key().expose()),
        "recall_key": HEXLOWER.encode(chain.recall_key(hour).unwrap().expose()),
        "code_id": HEXLOWER.encode(&cid.0),
        "anchor": HEXLOWER.encode(&chain.anchor(hour, cid)),
        "values": values,
    })
}

pub(crate) fn run_derivation(case: &Value) {
    let secret: [u8; 32] = hex(&case["secret"]).try_into().unwrap();
    let hour = |name: &str| Hour(case[name].as_u64().unwrap() as u32);
    assert_eq!(derive(&secret, hour("first_hour"), hour("hour")), *case);
}

/// The values of the worked example, from the same seeds.
pub(crate) fn worked_example() -> Vec<(&'static str, String)> {
    let mut seed = [0; 32];
    SeededRandomness::new(seeds::LIVE).fill(&mut seed).unwrap();
    let key = world::key(seeds::LIVE);
    let chain = world::strip(seeds::STRIP);
    let claims = world::claims(&chain, HOUR);
    let cid = claims.cid;
    let mut chain_seed = [0; 16];
    hkdf_sha256(
        chain.secret().expose(),
        &[b"LM1-seed", &HOUR.0.to_be_bytes()],
        &mut chain_seed,
    );
    let payload = Raw::Map(crate::raw::fields(&claims)).encode();
    let parts = Parts::new(payload.clone(), &key);
    let signed = Raw::Array(vec![
        text("Signature1"),
        bytes(&parts.protected),
        bytes(b"liangma/cred/1"),
        bytes(&payload),
    ]);
    let signature = parts.signature(&key);
    let credential = Credential::sign(claims.clone(), &key).unwrap();
    let revealed = world::revealed(&chain, HOUR, 20);
    let code = live_code_text(credential.bytes(), Some(revealed));
    let recall_key = |hour| HEXLOWER.encode(chain.recall_key(Hour(hour)).unwrap().expose());
    let value = |k| HEXLOWER.encode(&chain.slot_value(HOUR, cid, k));
    vec![
        ("private seed", HEXLOWER.encode(&seed)),
        ("public key", HEXLOWER.encode(key.public_key().bytes())),
        (
            "thumbprint",
            HEXLOWER.encode(&key.public_key().thumbprint()),
        ),
        ("M", HEXLOWER.encode(chain.secret().expose())),
        ("R of the first hour", recall_key(HOUR.0 - 2)),
        ("R of the second hour", recall_key(HOUR.0 - 1)),
        ("R of the hour", recall_key(HOUR.0)),
        ("cid", HEXLOWER.encode(&cid.0)),
        ("c_240", HEXLOWER.encode(&chain_seed)),
        ("c_239", value(238)),
        ("c_21", value(20)),
        ("c_1", value(0)),
        ("anchor", HEXLOWER.encode(&claims.anchor)),
        ("payload", HEXLOWER.encode(&payload)),
        ("protected", HEXLOWER.encode(&parts.protected)),
        ("what is signed", HEXLOWER.encode(&signed.encode())),
        ("signature", HEXLOWER.encode(&signature)),
        ("credential", HEXLOWER.encode(credential.bytes())),
        (
            "live code",
            HEXLOWER.encode(&base45::decode(&code[4..]).unwrap()),
        ),
        ("text", code),
    ]
}

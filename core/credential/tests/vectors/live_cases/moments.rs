//! Hours, slots, recall, the order of verdicts, and what stands beside them.

use liangma_credential::{Credential, Hour, StripChain, live_code_text};

use super::*;
use crate::{
    form::{LiveCase, live_file},
    raw::{self, Parts, Raw, bytes},
    world::{self, HOUR, START, seeds},
};

impl Builder<'_> {
    pub(crate) fn time(&self) -> serde_json::Value {
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

    pub(crate) fn recalled(&self) -> serde_json::Value {
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

    pub(crate) fn order(&self) -> serde_json::Value {
        let recalled = world::strip(seeds::RECALLED_STRIP);
        let recalled_code =
            |k| world::shown(world::claims(&recalled, HOUR), &recalled, &signer(), k);
        let without_value = |chain: &StripChain| {
            live_code_text(
                Credential::sign(world::claims(chain, HOUR), &signer())
                    .unwrap()
                    .bytes(),
                None,
            )
        };
        let wrong_value = |chain: &StripChain| {
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

    pub(crate) fn flags(&self) -> serde_json::Value {
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
        aged(
            "parts are not confirmed by a time stamp that names their version",
            "parts_stamped_later",
            issued + 12 * 3600,
            false,
        );
        aged(
            "the full list that took the place of parts is confirmed",
            "parts_replaced",
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

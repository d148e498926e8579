//! From here on nothing is connected: the code is lit, and a collector judges it, its copy and a forgery.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use liangma_card::{CardModel, ClockState as CardClock, Code, Holder, Language, View};
use liangma_credential::Verdict;
use liangma_domain::colour::Colour;
use liangma_domain::venue::VenueClass;
use liangma_domain::zone;
use liangma_terminal::desktop::SystemClocks;
use liangma_terminal::{ClockState, ShownCode, show_code};

use crate::arguments::{LanguageArgument, TourArguments, ViewArgument};
use crate::failure::{Failure, OrFail as _};
use crate::phone::PhoneFolder;
use crate::{judgement, picture, words};

use super::drawing;
use super::files::OutFolder;
use super::gate::{Gate, forge};
use super::life::REPORT;
use super::narrator::Narrator;

/// Width of the card in points: that of a common phone.
const CARD_WIDTH: u32 = 411;
/// How much later the copy is shown.
const COPY_AFTER: SignedDuration = SignedDuration::from_secs(90);
/// Where the collector stands.
const VENUE: VenueClass = VenueClass::Supermarket;

pub(super) fn light(
    folder: &PhoneFolder,
    out: &OutFolder,
    arguments: &TourArguments,
    narrator: &mut Narrator,
) -> Result<ShownCode, Failure> {
    narrator.step("Light the code (亮码)");
    let keys = folder.keys()?;
    let shown = show_code(&folder.store(), &keys, &SystemClocks, &SystemClocks)
        .or_fail("the phone could not light the code", REPORT)?;
    narrator.lit(shown.now);
    let pictures = drawing::draw(&card(&shown, arguments))?;
    out.write("code.txt", &shown.text)?;
    out.write("code.png", &pictures.png)?;
    out.write("code.svg", &pictures.svg)?;
    narrator.say(
        "Read from the sealed store: no network, nothing written. The code is for 15 seconds.",
    );
    let zone = zone(&shown);
    let (width, height) = pictures.size;
    narrator.fact("lit at", words::time(shown.now, &zone));
    narrator.fact(
        "QR text",
        format_args!("{} characters", shown.text.chars().count()),
    );
    narrator.fact(
        "picture",
        format_args!(
            "{} ({width} x {height} pixels)",
            out.path("code.png").display()
        ),
    );
    if pictures.substituted > 0 {
        narrator.explain(format_args!(
            "{} rare characters are drawn as 〓 here: the fonts in this program are a subset, a phone's are not.",
            pictures.substituted
        ));
    }
    if let Some(until) = shown.validity.works_offline_until {
        narrator.fact(
            "offline",
            format_args!("works until {} (可离线使用)", words::time(until, &zone)),
        );
    }
    Ok(shown)
}

pub(super) fn check_at_gate(
    gate: &Gate,
    out: &OutFolder,
    shown: &ShownCode,
    narrator: &mut Narrator,
) -> Result<bool, Failure> {
    narrator.step("The collector scans the picture, offline (验码)");
    let text = scan(out)?;
    if text != shown.text {
        return Err(Failure::new(
            "the picture does not hold the code that was lit",
            REPORT,
        ));
    }
    let answer = gate.check(&text, Timestamp::now(), VENUE)?;
    if answer.checked.verdict != Verdict::Genuine {
        return Err(Failure::new(
            format!(
                "the code that was just lit is {}",
                answer.checked.verdict.code()
            ),
            REPORT,
        ));
    }
    narrator.say("The camera's picture is code.png; the QR in it is read, and its signature and its moment are checked.");
    narrator.outcome(answer.judgement.tone, &answer.judgement.headline);
    if let Some(code) = &answer.checked.shown {
        for (label, value) in judgement::facts(code, &zone(shown)) {
            narrator.fact(label, value);
        }
    }
    tell_sentence(&answer.judgement, narrator);
    if !answer.judgement.accepted && shown.colour == Colour::YELLOW {
        let bus = gate.check(&text, Timestamp::now(), VenueClass::Bus)?;
        narrator.outcome(
            bus.judgement.tone,
            format_args!(
                "On a bus the same code would be: {}",
                bus.judgement.headline
            ),
        );
    }
    Ok(answer.judgement.accepted)
}

pub(super) fn show_copy(
    gate: &Gate,
    out: &OutFolder,
    shown: &ShownCode,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.step("Somebody else shows a copy, 90 seconds later");
    narrator.say("A screenshot of the same picture. To spare the wait, the collector's clock is moved by 90 seconds.");
    let later = shown.now.checked_add(COPY_AFTER).unwrap_or(shown.now);
    let answer = gate.check(&scan(out)?, later, VENUE)?;
    // Across the end of the hour the same copy is not only late but expired.
    let dead = matches!(
        answer.checked.verdict,
        Verdict::NotLive { .. } | Verdict::Expired { .. }
    );
    if !dead || answer.judgement.accepted {
        return Err(Failure::new("a copy was accepted after 90 seconds", REPORT));
    }
    narrator.outcome(
        answer.judgement.tone,
        format_args!("refused: {}", answer.judgement.headline),
    );
    tell_sentence(&answer.judgement, narrator);
    Ok(())
}

pub(super) fn show_forgery(
    gate: &Gate,
    shown: &ShownCode,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.step("Somebody shows a forged code");
    let forgery = forge(&shown.text, shown.colour, &shown.document.display())
        .ok_or_else(|| Failure::new("the code could not be taken apart", REPORT))?;
    narrator.say(format_args!("They changed {}.", forgery.change));
    let answer = gate.check(&forgery.text, shown.now, VENUE)?;
    if answer.checked.verdict != Verdict::Forged {
        return Err(Failure::new(
            format!(
                "a forged code was taken for {}",
                answer.checked.verdict.code()
            ),
            REPORT,
        ));
    }
    narrator.outcome(
        answer.judgement.tone,
        format_args!("refused: {}", answer.judgement.headline),
    );
    tell_sentence(&answer.judgement, narrator);
    Ok(())
}

/// Reads the QR from the picture on the disk, as a camera would.
fn scan(out: &OutFolder) -> Result<String, Failure> {
    picture::from_bytes(&out.read("code.png")?)
        .or_fail("the QR in code.png could not be read", REPORT)
}

fn tell_sentence(judgement: &judgement::Judgement, narrator: &mut Narrator) {
    if !judgement.measures.is_empty() {
        narrator.fact("measures", judgement.measures.join("; "));
    }
    narrator.fact(
        "say",
        format_args!(
            "{} ({})",
            judgement.sentence.say, judgement.sentence.say_in_english
        ),
    );
    narrator.fact("do", &judgement.sentence.act);
}

fn zone(shown: &ShownCode) -> TimeZone {
    zone::named(&shown.zone).unwrap_or(TimeZone::UTC)
}

fn card(shown: &ShownCode, arguments: &TourArguments) -> CardModel {
    let language = match arguments.language {
        LanguageArgument::ZhHans => Language::ZhHans,
        LanguageArgument::ZhHant => Language::ZhHant,
        LanguageArgument::En => Language::En,
    };
    CardModel {
        view: match arguments.view {
            ViewArgument::Normal => View::Normal,
            ViewArgument::Care => View::Care,
            ViewArgument::International => View::International,
        },
        language,
        width: CARD_WIDTH,
        terminal_name: match language {
            Language::ZhHans => "浙江健康码",
            Language::ZhHant => "浙江健康碼",
            Language::En => "Zhejiang Health Code",
        }
        .to_owned(),
        code: Code::Live {
            text: shown.text.clone(),
            colour: shown.colour,
        },
        name: shown.name.clone(),
        document: shown.document.clone(),
        now: shown.now,
        zone: shown.zone.clone(),
        validity: liangma_card::Validity {
            works_offline_until: shown.validity.works_offline_until,
            updated_at: shown.validity.updated_at,
            clock: match shown.clock_state {
                ClockState::Trusted => CardClock::Trusted,
                ClockState::Estimated => CardClock::Estimated,
                ClockState::Unknown => CardClock::Unknown,
            },
        },
        sandbox: shown.sandbox,
        holder: Holder::Own,
    }
}

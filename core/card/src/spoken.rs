//! What a screen reader says, in order: never an asterisk, never a ticking clock.

use liangma_domain::mask::{MaskedDocument, MaskedName};

use crate::layout::Sheet;
use crate::lines::Lines;
use crate::model::{Code, Holder};
use crate::scene::{ItemId, Spoken};
use crate::standard::{Language, Standard};
use crate::text::{fill, shown};

pub(crate) fn reading_order(sheet: &Sheet<'_>, lines: &Lines) -> Vec<Spoken> {
    let words = sheet.standard.card();
    let language = sheet.language;
    let mut order = Vec::with_capacity(12);
    let mut say = |item, label: String| order.push(Spoken { item, label });
    say(ItemId::TerminalName, shown(&sheet.model.terminal_name));
    if sheet.model.sandbox {
        say(
            ItemId::SandboxMark,
            words.sandbox_spoken.get(language).to_owned(),
        );
    }
    if let Some(holder) = &lines.holder {
        say(ItemId::HolderMark, holder.clone());
    }
    say(
        ItemId::Panel,
        sheet.panel_style().spoken.get(language).to_owned(),
    );
    say(ItemId::Name, name(sheet));
    say(
        ItemId::Document,
        spoken_document(sheet.standard, language, &sheet.model.document),
    );
    let mut time = lines.time.clone();
    if sheet.view.zone {
        time = format!("{time} {}", lines.offset);
    }
    let time = format!("{}, {time}", lines.date);
    say(
        ItemId::Time,
        fill(words.time_spoken.get(language), &[("time", &time)]),
    );
    match &sheet.model.code {
        Code::Live { .. } => say(ItemId::Qr, words.qr_spoken.get(language).to_owned()),
        Code::Absent(absence) => {
            let (title, act) = sheet.absence_words(*absence);
            say(ItemId::AbsenceTitle, title);
            say(ItemId::AbsenceDo, act);
            say(
                ItemId::AbsenceWay(0),
                words.pass_without_code.get(language).to_owned(),
            );
        }
    }
    if let Some(validity) = &lines.validity_spoken {
        say(ItemId::Validity, validity.clone());
    }
    if let Some(updated) = &lines.updated {
        say(ItemId::Updated, updated.clone());
    }
    order
}

fn name(sheet: &Sheet<'_>) -> String {
    let language = sheet.language;
    let spoken = spoken_name(sheet.standard, language, &sheet.model.name);
    match sheet.model.holder {
        Holder::Group {
            people: people @ 2..,
        } => {
            let values = [("name", spoken.as_str()), ("count", &people.to_string())];
            fill(sheet.standard.card().group_name.get(language), &values)
        }
        Holder::Group { .. } | Holder::Own | Holder::Ward => spoken,
    }
}

/// A masked name for ears: "Wang, the rest hidden", without asterisks.
#[must_use]
pub fn spoken_name(standard: &Standard, language: Language, name: &MaskedName) -> String {
    let parts: Vec<&str> = name.spoken_parts().collect();
    let visible = shown(&parts.join(" "));
    fill(
        standard.masks().name.get(language),
        &[("visible", &visible)],
    )
}

/// A masked document for ears: its kind, and what is shown of its number, one character at a time.
#[must_use]
pub fn spoken_document(
    standard: &Standard,
    language: Language,
    document: &MaskedDocument,
) -> String {
    let shown_number = document.display();
    let head: String = shown_number.chars().take_while(|c| *c != '*').collect();
    let tail = shown_number.rsplit('*').next().unwrap_or_default();
    // One character at a time: "11" is "one one", not eleven.
    let apart = |text: &str| {
        shown(text)
            .chars()
            .map(String::from)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let label = standard.document(document.document_type()).get(language);
    let values = [
        ("document", label),
        ("head", &apart(&head)),
        ("tail", &apart(tail)),
    ];
    fill(standard.masks().document.get(language), &values)
}

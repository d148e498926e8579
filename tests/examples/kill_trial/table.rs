//! What the trial found, as a table for people.

use crate::{book::Tally, judge::Hall};

/// Prints it. Counts alone: nothing about anybody.
pub(crate) fn print(hall: &Hall, tally: &Tally) {
    let counts = hall.counts();
    let (acknowledged, refusals, faults) = hall.with_book(|book| {
        (
            book.acknowledged,
            book.refusals.clone(),
            book.faults.clone(),
        )
    });
    let kills = counts.phone + counts.platform + counts.both + counts.first_start + counts.changing;
    let millis = |time: std::time::Duration| format!("{} ms", time.as_millis());
    let rows = [
        ("kills", kills.to_string()),
        ("  of a phone", counts.phone.to_string()),
        ("  of the platform", counts.platform.to_string()),
        ("  of both at once", counts.both.to_string()),
        (
            "  of a platform's first start",
            counts.first_start.to_string(),
        ),
        (
            "  of a platform changing its keys",
            (counts.changing + counts.under_phones).to_string(),
        ),
        ("    under its phones", counts.under_phones.to_string()),
        ("    that left it half way", counts.half_way.to_string()),
        (
            "changes of keys that were killed",
            counts.changes.to_string(),
        ),
        ("  that went on to the end", counts.arrived.to_string()),
        ("restarts", counts.restarts.to_string()),
        (
            "longest start of a phone, to its code",
            millis(counts.longest_phone),
        ),
        (
            "longest start of the platform",
            millis(counts.longest_platform),
        ),
        ("databases checked", counts.databases.to_string()),
        ("  audited as a whole", counts.audits.to_string()),
        ("answers that a person relied on", acknowledged.to_string()),
        ("acts asked", tally.asked.to_string()),
        ("  acknowledged", tally.acknowledged.to_string()),
        ("  found at the platform", tally.found.to_string()),
        ("  lost", tally.lost.to_string()),
        ("  doubled", tally.doubled.to_string()),
        ("other faults", faults.len().to_string()),
    ];
    for (what, figure) in rows {
        println!("{what:<40} {figure:>10}");
    }
    let refusals: Vec<String> = refusals
        .iter()
        .map(|(code, times)| format!("{code} {times}"))
        .collect();
    println!("refusals: {}", refusals.join(", "));
    for fault in faults.iter().take(30) {
        println!("FAULT {fault}");
    }
}

use super::*;

const MARK: &str = "consent 7";

fn asked() -> Book {
    let mut book = Book::of(1);
    book.hear(0, &Said::Asked { mark: MARK.into() });
    book
}

fn settled(as_what: Settled) -> Book {
    let mut book = asked();
    book.hear(
        0,
        &Said::Settled {
            mark: MARK.into(),
            settled: as_what,
        },
    );
    book
}

fn there(times: u32) -> InDatabase {
    InDatabase {
        marks: BTreeMap::from([(MARK.to_owned(), times)]),
        ..InDatabase::default()
    }
}

fn opened(book: &mut Book, outbox: &[(&str, bool)]) {
    let found = Found {
        outbox: outbox
            .iter()
            .map(|(mark, refused)| ((*mark).to_owned(), *refused))
            .collect(),
        ..Found::default()
    };
    book.hear(0, &Said::Opened(found));
}

fn faults(book: &Book, there: &InDatabase) -> usize {
    book.compare(there, book.now()).len() + book.faults.len()
}

#[test]
fn what_was_only_asked_for_may_be_there_or_not_and_never_twice() {
    assert_eq!(faults(&asked(), &there(0)), 0);
    assert_eq!(faults(&asked(), &there(1)), 0);
    assert_eq!(faults(&asked(), &there(2)), 1);
}

#[test]
fn what_the_platform_acknowledged_is_there_once() {
    let book = settled(Settled::Done);
    assert_eq!(faults(&book, &there(0)), 1);
    assert_eq!(faults(&book, &there(1)), 0);
    assert_eq!(faults(&book, &there(2)), 1);
    let before_it_was_heard = book.now() - 1;
    assert!(book.compare(&there(0), before_it_was_heard).is_empty());
}

#[test]
fn what_a_phone_keeps_and_no_longer_holds_is_with_the_platform() {
    let mut book = settled(Settled::Waiting);
    opened(&mut book, &[(MARK, false)]);
    assert_eq!(faults(&book, &there(0)), 0);
    opened(&mut book, &[]);
    assert_eq!(faults(&book, &there(0)), 1, "it is nowhere");
    assert_eq!(faults(&book, &there(1)), 0);
}

#[test]
fn what_was_found_on_disk_counts_though_nobody_heard_so() {
    let mut book = asked();
    opened(&mut book, &[(MARK, false)]);
    opened(&mut book, &[]);
    assert_eq!(faults(&book, &there(0)), 1);
}

#[test]
fn what_the_platform_took_is_not_called_refused() {
    let mut book = settled(Settled::Done);
    opened(&mut book, &[(MARK, true)]);
    assert_eq!(faults(&book, &there(1)), 1);
}

#[test]
fn what_nobody_asked_for_is_noticed_wherever_it_is() {
    let mut book = Book::of(1);
    opened(&mut book, &[(MARK, false)]);
    assert_eq!(faults(&book, &InDatabase::default()), 1);
    assert_eq!(faults(&Book::of(1), &there(1)), 1);
    let evidence = InDatabase {
        evidence: BTreeSet::from([[1; 16]]),
        ..InDatabase::default()
    };
    assert_eq!(faults(&Book::of(1), &evidence), 1);
}

#[test]
fn an_erased_phone_owes_nothing_but_what_the_platform_took() {
    let mut book = settled(Settled::Waiting);
    book.hear(0, &Said::Erasing);
    opened(&mut book, &[]);
    assert_eq!(faults(&book, &there(0)), 0);
    let mut book = settled(Settled::Done);
    book.hear(0, &Said::Erasing);
    book.hear(0, &Said::Erased);
    assert_eq!(faults(&book, &there(0)), 1);
}

#[test]
fn a_code_and_a_draft_that_were_there_are_there_after_a_start() {
    let mut book = Book::of(1);
    book.hear(0, &Said::Refreshed { hours: Vec::new() });
    book.hear(0, &Said::Drafting { number: 5 });
    book.hear(0, &Said::Drafted { number: 5 });
    let found = Found {
        draft: Some(5),
        ..Found::default()
    };
    book.hear(0, &Said::Opened(found.clone()));
    assert_eq!(book.faults.len(), 0);
    let dark = Found {
        dark: Some("none".into()),
        ..found.clone()
    };
    book.hear(0, &Said::Opened(dark));
    assert_eq!(book.faults.len(), 1);
    book.hear(0, &Said::Opened(Found::default()));
    assert_eq!(book.faults.len(), 2, "the draft is gone");
}

#[test]
fn a_recall_list_that_goes_back_is_noticed() {
    let mut book = Book::of(0);
    book.given_recalls(5);
    book.given_recalls(5);
    assert_eq!(book.faults.len(), 0);
    assert_eq!(faults(&book, &InDatabase::default()), 1);
    book.given_recalls(4);
    assert_eq!(book.faults.len(), 1);
}

#[test]
fn signed_hours_that_the_platform_does_not_know_are_noticed() {
    let mut book = Book::of(1);
    book.hear(0, &Said::LoggedIn { device: "d".into() });
    let hours = vec![(10, "a".to_owned())];
    book.hear(0, &Said::Refreshed { hours });
    let database = |hours: &[&str], kept_from, recalled| InDatabase {
        devices: BTreeMap::from([("d".to_owned(), true)]),
        strips: BTreeMap::from([(
            "d".to_owned(),
            Strips {
                recalled,
                kept_from,
                hours: hours.iter().map(|mark| (*mark).to_owned()).collect(),
            },
        )]),
        ..InDatabase::default()
    };
    assert_eq!(faults(&book, &database(&["a"], 10, false)), 0);
    assert_eq!(faults(&book, &database(&["b"], 10, false)), 1);
    assert_eq!(faults(&book, &database(&[], 11, false)), 0, "forgotten");
    assert_eq!(faults(&book, &database(&[], 10, true)), 0, "recalled");
}

#[test]
fn at_the_end_everything_is_with_the_platform_or_on_the_phone_and_never_both() {
    let none = BTreeSet::new();
    let left = BTreeSet::from([MARK.to_owned()]);
    let tally = |book: &Book, times, left: &BTreeSet<String>| {
        let tally = book.tally(&there(times), left);
        (tally.lost, tally.doubled)
    };
    let kept = settled(Settled::Refused);
    assert_eq!(tally(&kept, 0, &none), (1, 0));
    assert_eq!(tally(&kept, 0, &left), (0, 0));
    assert_eq!(tally(&kept, 1, &left), (0, 1));
    assert_eq!(tally(&settled(Settled::Done), 1, &none), (0, 0));
    assert_eq!(tally(&asked(), 0, &none), (0, 0));
}

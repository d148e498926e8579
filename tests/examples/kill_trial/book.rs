//! The judge's book: what was asked, what was acknowledged, and what has to be there because of it.
//! Pure: it compares and does nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crate::line::{Found, Said, Settled};

/// Where something that a person did stands, as far as the judge knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It was asked for; the answer was never heard. It may be there once, or not.
    Asked,
    /// The phone said that it keeps it: in the outbox, or with the platform.
    Kept,
    /// The phone said that the platform has it, at this moment of the book.
    Done(u64),
    /// Nobody counts on it any more: the person erased the phone or took it away. It may be there once.
    Free,
}

#[derive(Clone, Debug)]
struct Act {
    phone: usize,
    standing: Standing,
}

/// What one phone acknowledged to its person.
#[derive(Clone, Debug, Default)]
struct PhoneBook {
    /// A code was shown, and nothing was done since that takes it away.
    has_code: bool,
    /// The last draft that was kept, and those that may have been.
    draft: Option<u32>,
    drafting: Vec<u32>,
    /// An erasure was begun and not heard the end of.
    erasing: bool,
    /// The signed hours that the phone holds, as of a moment of the book.
    hours: Vec<(u32, String)>,
    hours_at: u64,
    device: Option<String>,
    /// What its outbox held when it was seen last.
    outbox: BTreeSet<String>,
}

/// Everything that was heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    acts: BTreeMap<String, Act>,
    phones: Vec<PhoneBook>,
    /// Device keys that were enrolled, those that went through a check, and devices that were ended.
    enrolled: BTreeMap<String, u64>,
    verified: BTreeMap<String, u64>,
    ended: BTreeMap<String, u64>,
    /// Evidence of the department: how much was asked, and the ids that were acknowledged.
    pub(crate) department_asked: usize,
    department: BTreeMap<[u8; 16], u64>,
    /// Versions of the recall list as they were given out, each with the moment of the book.
    recalls: Vec<(u64, u64)>,
    /// Rises with everything that is heard.
    now: u64,
    /// What must not be, found while listening.
    pub(crate) faults: Vec<String>,
    /// Refusals by their code.
    pub(crate) refusals: BTreeMap<String, u64>,
    /// How often a phone told its person something that the book holds it to.
    pub(crate) acknowledged: u64,
}

/// A database of the platform at a moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct InDatabase {
    /// How often each mark is there: declarations by their digest, answers by their text's version.
    pub(crate) marks: BTreeMap<String, u32>,
    pub(crate) evidence: BTreeSet<[u8; 16]>,
    /// Marks of device keys, and whether any device with this key has gone through a check.
    pub(crate) devices: BTreeMap<String, bool>,
    /// Devices that have ended, by their id.
    pub(crate) ended: BTreeSet<String>,
    /// Strips by the mark of their device's key.
    pub(crate) strips: BTreeMap<String, Strips>,
    pub(crate) recall_version: u64,
}

/// The strips of the devices of one key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strips {
    /// One of them was recalled: its hours are forgotten.
    pub(crate) recalled: bool,
    /// Hours before this are forgotten.
    pub(crate) kept_from: u32,
    /// A mark of each signed hour.
    pub(crate) hours: BTreeSet<String>,
}

/// What a comparison found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) asked: usize,
    pub(crate) acknowledged: usize,
    pub(crate) found: usize,
    pub(crate) lost: usize,
    pub(crate) doubled: usize,
}

impl Book {
    /// A book about so many phones.
    pub(crate) fn of(phones: usize) -> Self {
        Self {
            phones: vec![PhoneBook::default(); phones],
            ..Self::default()
        }
    }

    /// Whether somebody is logged in on a phone.
    pub(crate) fn is_somebodys(&self, phone: usize) -> bool {
        let book = self.phones.get(phone);
        book.is_some_and(|book| book.device.is_some())
    }

    /// The moment of the book: what is written after it is later.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    pub(crate) fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    /// The department was told that its evidence is recorded.
    pub(crate) fn recorded(&mut self, evidence: [u8; 16]) {
        self.now += 1;
        self.acknowledged += 1;
        self.department.insert(evidence, self.now);
    }

    /// Somebody was given the recall list.
    pub(crate) fn given_recalls(&mut self, version: u64) {
        self.now += 1;
        let highest = self.recalls.last().map_or(0, |(_, version)| *version);
        if version < highest {
            self.fault(format!(
                "the recall list went back from version {highest} to {version}"
            ));
        }
        if version > highest {
            self.recalls.push((self.now, version));
        }
    }

    /// A phone says something.
    pub(crate) fn hear(&mut self, phone: usize, said: &Said) {
        self.now += 1;
        let now = self.now;
        match said {
            Said::Asked { mark } => {
                let act = Act {
                    phone,
                    standing: Standing::Asked,
                };
                if self.acts.insert(mark.clone(), act).is_some() {
                    self.fault("the trial used one mark twice");
                }
            }
            Said::Settled { mark, settled } => {
                self.acknowledged += 1;
                self.settle(mark, *settled);
            }
            Said::NotKept { mark } | Said::TakingOut { mark } => {
                if let Some(act) = self.acts.get_mut(mark) {
                    act.standing = Standing::Free;
                }
            }
            Said::LoggedIn { device } => {
                self.acknowledged += 1;
                self.enrolled.insert(device.clone(), now);
            }
            Said::Verified { device } => {
                self.acknowledged += 1;
                self.verified.insert(device.clone(), now);
            }
            Said::EndedDevice { device } => {
                self.acknowledged += 1;
                self.ended.insert(device.clone(), now);
            }
            Said::Refusal { code } => *self.refusals.entry(code.clone()).or_default() += 1,
            Said::Fault { what } => self.fault(format!("phone {phone}: {what}")),
            Said::Opened(found) | Said::Finished(found) => self.found(phone, found),
            Said::Erased => {
                self.acknowledged += 1;
                self.erased(phone);
            }
            _ => {}
        }
        let Some(book) = self.phones.get_mut(phone) else {
            return;
        };
        match said {
            Said::Drafting { number } => book.drafting.push(*number),
            Said::Drafted { number } => {
                self.acknowledged += 1;
                book.draft = Some(*number);
                book.drafting.clear();
            }
            Said::LoggingIn => {
                // The code of the earlier login goes with it.
                book.has_code = false;
                book.hours.clear();
            }
            Said::LoggedIn { device } => {
                book.device = Some(device.clone());
            }
            Said::Refreshed { hours } => {
                self.acknowledged += 1;
                book.has_code = true;
                book.hours.clone_from(hours);
                book.hours_at = now;
            }
            Said::Erasing => book.erasing = true,
            _ => {}
        }
    }

    fn settle(&mut self, mark: &str, settled: Settled) {
        let now = self.now;
        let Some(act) = self.acts.get_mut(mark) else {
            return self.fault("something was settled that was never asked for");
        };
        act.standing = match (settled, act.standing) {
            (Settled::Done, _) => Standing::Done(now),
            // The platform had it once: that it refuses it now would be untrue.
            (_, Standing::Done(_)) => {
                return self.fault("the platform took something and refused it later");
            }
            (Settled::Waiting | Settled::Refused, _) => Standing::Kept,
        };
    }

    fn erased(&mut self, phone: usize) {
        for act in self.acts.values_mut().filter(|act| act.phone == phone) {
            if !matches!(act.standing, Standing::Done(_)) {
                act.standing = Standing::Free;
            }
        }
        if let Some(book) = self.phones.get_mut(phone) {
            *book = PhoneBook::default();
        }
    }

    /// What a phone holds after a start, beside what it acknowledged before.
    fn found(&mut self, phone: usize, found: &Found) {
        let Some(book) = self.phones.get(phone).cloned() else {
            return;
        };
        if found.rolled_back {
            self.fault(format!(
                "phone {phone}: its own store was taken for an old one"
            ));
        }
        // An erasure that was begun is finished by the start, or never was begun.
        if book.erasing && !found.logged_in && found.outbox.is_empty() && found.draft.is_none() {
            return self.erased(phone);
        }
        if book.has_code {
            for (where_, dark) in [("widget", &found.widget_dark), ("terminal", &found.dark)] {
                if let Some(why) = dark {
                    self.fault(format!("phone {phone}: no code in the {where_}: {why}"));
                }
            }
        }
        if book.device.is_some() && !found.logged_in {
            self.fault(format!(
                "phone {phone}: it forgot that somebody is logged in"
            ));
        }
        let kept = found.draft == book.draft
            || found
                .draft
                .is_some_and(|draft| book.drafting.contains(&draft));
        if !kept {
            self.fault(format!("phone {phone}: the draft is another than was kept"));
        }
        self.outbox_found(phone, found);
        if let Some(book) = self.phones.get_mut(phone) {
            book.erasing = false;
            book.draft = found.draft;
            book.drafting.clear();
            book.hours.clone_from(&found.hours);
            book.hours_at = self.now;
            book.outbox = found.outbox.iter().map(|(mark, _)| mark.clone()).collect();
            book.has_code |= found.dark.is_none();
            if found.logged_in {
                book.device.clone_from(&found.device);
            }
        }
    }

    fn outbox_found(&mut self, phone: usize, found: &Found) {
        let now = self.now;
        let held: BTreeSet<&String> = found.outbox.iter().map(|(mark, _)| mark).collect();
        if held.len() != found.outbox.len() {
            self.fault(format!("phone {phone}: something waits twice"));
        }
        let mut faults = Vec::new();
        for (mark, act) in &mut self.acts {
            if act.phone != phone {
                continue;
            }
            match (act.standing, held.contains(mark)) {
                // It was on disk, though the answer was not heard: from now on it counts.
                (Standing::Asked, true) => act.standing = Standing::Kept,
                // Not on the phone any more, so the platform must have it.
                (Standing::Kept, false) => act.standing = Standing::Done(now),
                (Standing::Done(_), true)
                    if found
                        .outbox
                        .iter()
                        .any(|(held, refused)| held == mark && *refused) =>
                {
                    faults.push("something is called refused that the platform took");
                }
                _ => {}
            }
        }
        for mark in held {
            if !self.acts.contains_key(mark) {
                faults.push("something waits that nobody asked for");
            }
        }
        for fault in faults {
            self.fault(format!("phone {phone}: {fault}"));
        }
    }

    /// Compares a database that was taken at a moment of the book. What was acknowledged later may be there.
    pub(crate) fn compare(&self, there: &InDatabase, moment: u64) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |text: String| faults.push(text);
        for (mark, act) in &self.acts {
            let times = there.marks.get(mark).copied().unwrap_or(0);
            if times > 1 {
                fault(format!("doubled: an act is there {times} times"));
            }
            if times == 0 && matches!(act.standing, Standing::Done(at) if at <= moment) {
                fault("lost: an acknowledged act is not there".to_owned());
            }
        }
        let declared: usize = there
            .marks
            .iter()
            .filter(|(mark, _)| !mark.starts_with("consent ") && self.acts.contains_key(*mark))
            .map(|(_, times)| *times as usize)
            .sum();
        let strange = there.evidence.len().saturating_sub(declared);
        if strange > self.department_asked {
            fault("doubled: there is evidence that nobody sent".to_owned());
        }
        let unknown =
            |mark: &&String| mark.starts_with("consent ") && !self.acts.contains_key(*mark);
        if there.marks.keys().any(|mark| unknown(&mark)) {
            fault("doubled: there is an answer that nobody gave".to_owned());
        }
        let by = |at: &u64| *at <= moment;
        for (id, at) in &self.department {
            if by(at) && !there.evidence.contains(id) {
                fault("lost: recorded evidence is not there".to_owned());
            }
        }
        for (device, at) in &self.enrolled {
            if by(at) && !there.devices.contains_key(device) {
                fault("lost: an enrolled device is not there".to_owned());
            }
        }
        for (device, at) in &self.verified {
            if by(at) && there.devices.get(device) != Some(&true) {
                fault("lost: a verified device is not verified".to_owned());
            }
        }
        for (device, at) in &self.ended {
            if by(at) && !there.ended.contains(device) {
                fault("lost: an ended device has not ended".to_owned());
            }
        }
        let mut given = self.recalls.iter().filter(|(at, _)| by(at));
        if given.any(|(_, version)| *version > there.recall_version) {
            fault(
                "the recall list of the database is older than one that was given out".to_owned(),
            );
        }
        for book in self.phones.iter().filter(|book| book.hours_at <= moment) {
            faults.extend(unknown_hours(book, there));
        }
        faults
    }

    /// What lay in the outboxes when they were seen last.
    pub(crate) fn left(&self) -> BTreeSet<String> {
        let outboxes = self.phones.iter().flat_map(|book| &book.outbox);
        outboxes.cloned().collect()
    }

    /// Everything that was asked for, beside a database, at the end: nothing is on its way any more.
    pub(crate) fn tally(&self, there: &InDatabase, left: &BTreeSet<String>) -> Tally {
        let mut tally = Tally {
            asked: self.acts.len(),
            ..Tally::default()
        };
        for (mark, act) in &self.acts {
            let times = there.marks.get(mark).copied().unwrap_or(0);
            let counts = matches!(act.standing, Standing::Kept | Standing::Done(_));
            tally.acknowledged += usize::from(counts);
            tally.found += usize::from(times > 0);
            tally.doubled +=
                usize::from(times > 1 || (times == 1 && left.contains(mark) && counts));
            tally.lost += usize::from(counts && times == 0 && !left.contains(mark));
        }
        tally
    }
}

/// A code that the platform does not know could never be recalled.
fn unknown_hours(book: &PhoneBook, there: &InDatabase) -> Option<String> {
    let strips = there.strips.get(book.device.as_ref()?)?;
    let unknown = !strips.recalled
        && book
            .hours
            .iter()
            .any(|(hour, mark)| *hour >= strips.kept_from && !strips.hours.contains(mark));
    unknown.then(|| "a phone holds signed hours that the platform does not know".to_owned())
}

#[cfg(test)]
mod tests;

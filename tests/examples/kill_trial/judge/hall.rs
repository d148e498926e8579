use std::{
    collections::BTreeMap,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{book::Book, chance::Chance, line::Said};

/// Logins of one person in any hour of the trial, and in all. The platform allows few more.
const LOGINS_IN_AN_HOUR: usize = 4;
const LOGINS: usize = 14;
/// An hour of the trial, and a little, outside.
const HOUR: Duration = Duration::from_secs(190);
/// After so many kills a person is told how many are to come.
const SAID_EVERY: u32 = 100;
/// How long a phone waits for its code.
const CODE_WAIT: Duration = Duration::from_millis(1500);

/// Where the judge, the phones' listeners and those who kill meet.
pub(crate) struct Hall {
    state: Mutex<State>,
    /// Something was said.
    said: Condvar,
    kills_left: AtomicU32,
    over: AtomicBool,
}

struct State {
    book: Book,
    counts: Counts,
    root: Option<String>,
    people: People,
    codes: BTreeMap<u32, String>,
    /// Counts up with every busy moment that somebody announced.
    moments: BTreeMap<Moment, u64>,
    /// Phones that were killed and want the platform killed in the same moment.
    kill_platform_too: u32,
    phones_gone: usize,
}

/// A moment at which a kill is likely to hit something half done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    Asked,
    LoggingIn,
    Refreshing,
    Rewrapping,
    Drafting,
    Erasing,
}

/// What was done so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) phone: u32,
    pub(crate) platform: u32,
    pub(crate) both: u32,
    pub(crate) first_start: u32,
    /// Of the platform that the phones use, just after it got a new key.
    pub(crate) under_phones: u32,
    /// Of a platform whose keys were changing, on a copy; how many of them left it half way.
    pub(crate) changing: u32,
    pub(crate) half_way: u32,
    /// Changes of keys that were killed, and those that arrived in the end.
    pub(crate) changes: u32,
    pub(crate) arrived: u32,
    pub(crate) restarts: u32,
    pub(crate) longest_phone: Duration,
    pub(crate) longest_platform: Duration,
    pub(crate) databases: u32,
    pub(crate) audits: u32,
}

#[derive(Default)]
struct People {
    next: u32,
    /// Who logs in on each phone.
    of_phone: BTreeMap<usize, u32>,
    logins: BTreeMap<u32, Vec<Instant>>,
}

impl People {
    fn may_log_in(&self, person: u32) -> bool {
        let logins = self.logins.get(&person).map_or(&[][..], Vec::as_slice);
        let lately = logins.iter().filter(|at| at.elapsed() < HOUR).count();
        lately < LOGINS_IN_AN_HOUR && logins.len() < LOGINS
    }

    /// Whose a phone is from now on: whose it was, or that of the person beside, or somebody new.
    fn who(&mut self, phone: usize, is_somebodys: bool) -> Option<u32> {
        // Phones lie in pairs: 0 beside 1, 2 beside 3.
        let beside = self.of_phone.get(&(phone ^ 1));
        let own = self.of_phone.get(&phone);
        let person = match (own, beside) {
            (Some(own), _) if is_somebodys => {
                let own = *own;
                return self.may_log_in(own).then(|| self.log_in(phone, own));
            }
            (_, Some(beside)) if self.may_log_in(*beside) => *beside,
            (Some(own), _) if self.may_log_in(*own) => *own,
            _ => {
                self.next += 1;
                self.next
            }
        };
        Some(self.log_in(phone, person))
    }

    fn log_in(&mut self, phone: usize, person: u32) -> u32 {
        self.of_phone.insert(phone, person);
        self.logins.entry(person).or_default().push(Instant::now());
        person
    }
}

impl Hall {
    /// So many kills, of so many phones and their platform.
    pub(crate) fn new(kills: u32, phones: usize) -> Self {
        Self {
            state: Mutex::new(State {
                book: Book::of(phones),
                counts: Counts::default(),
                root: None,
                people: People::default(),
                codes: BTreeMap::new(),
                moments: BTreeMap::new(),
                kill_platform_too: 0,
                phones_gone: 0,
            }),
            said: Condvar::new(),
            kills_left: AtomicU32::new(kills),
            over: AtomicBool::new(false),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads or writes the book.
    pub(crate) fn with_book<T>(&self, work: impl FnOnce(&mut Book) -> T) -> T {
        work(&mut self.state().book)
    }

    /// Counts something.
    pub(crate) fn count(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut self.state().counts);
    }

    pub(crate) fn counts(&self) -> Counts {
        self.state().counts.clone()
    }

    /// Something that must not be.
    pub(crate) fn fault(&self, fault: String) {
        self.with_book(|book| book.fault(fault));
    }

    pub(crate) fn faults(&self) -> Vec<String> {
        self.with_book(|book| book.faults.clone())
    }

    /// Takes one of the kills that are left. No more once something was found: the facts are kept fresh.
    pub(crate) fn take_kill(&self) -> bool {
        if self.with_book(|book| !book.faults.is_empty()) {
            return false;
        }
        let take = |left: u32| left.checked_sub(1);
        let taken = self
            .kills_left
            .try_update(Ordering::SeqCst, Ordering::SeqCst, take);
        if let Ok(left) = taken
            && left % SAID_EVERY == 0
        {
            println!("{left} kills to come");
        }
        taken.is_ok()
    }

    /// Nothing more is done.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
        self.said.notify_all();
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// The platform says something.
    pub(crate) fn hear_platform(&self, said: Said) {
        let mut state = self.state();
        match said {
            Said::Serving { root } => match &state.root {
                Some(known) if *known != root => {
                    state
                        .book
                        .fault("the platform began with another root of trust");
                }
                _ => state.root = Some(root),
            },
            Said::Message { person, code } => {
                state.codes.insert(person, code);
            }
            Said::Fault { what } => state.book.fault(format!("platform: {what}")),
            _ => state.book.fault("the platform said something else"),
        }
        drop(state);
        self.said.notify_all();
    }

    /// A phone says something; the answer is for it.
    pub(crate) fn hear_phone(&self, phone: usize, said: &Said) -> Option<String> {
        let mut state = self.state();
        state.book.hear(phone, said);
        let moment = match said {
            Said::Asked { .. } => Some(Moment::Asked),
            Said::LoggingIn => Some(Moment::LoggingIn),
            Said::Refreshing => Some(Moment::Refreshing),
            Said::Rewrapping => Some(Moment::Rewrapping),
            Said::Drafting { .. } => Some(Moment::Drafting),
            Said::Erasing => Some(Moment::Erasing),
            _ => None,
        };
        if let Some(moment) = moment {
            *state.moments.entry(moment).or_default() += 1;
        }
        let answer = match said {
            Said::WhoAmI => {
                let is_somebodys = state.book.is_somebodys(phone);
                let person = state.people.who(phone, is_somebodys);
                if let Some(person) = person {
                    state.codes.remove(&person);
                }
                Some(person.map_or("nobody".to_owned(), |person| person.to_string()))
            }
            Said::CodePlease => {
                let person = state
                    .people
                    .of_phone
                    .get(&phone)
                    .copied()
                    .unwrap_or_default();
                let (mut after, _) = self
                    .said
                    .wait_timeout_while(state, CODE_WAIT, |state| {
                        !state.codes.contains_key(&person)
                    })
                    .unwrap_or_else(PoisonError::into_inner);
                Some(after.codes.remove(&person).unwrap_or("none".to_owned()))
            }
            _ => None,
        };
        self.said.notify_all();
        answer
    }

    /// The platform's root, once it has served, so long at most.
    pub(crate) fn root(&self, at_most: Duration) -> Option<String> {
        let (state, _) = self
            .said
            .wait_timeout_while(self.state(), at_most, |state| state.root.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        state.root.clone()
    }

    /// Waits until somebody announces such a moment, so long at most.
    pub(crate) fn await_moment(&self, moment: Moment, at_most: Duration) {
        let count = |state: &State| state.moments.get(&moment).copied().unwrap_or_default();
        let state = self.state();
        let before = count(&state);
        let _woken = self
            .said
            .wait_timeout_while(state, at_most, |state| count(state) == before);
    }

    /// Waits until people were given so many more answers that they rely on, so long at most.
    pub(crate) fn await_answers(&self, answers: u64, at_most: Duration) {
        let state = self.state();
        let until = state.book.acknowledged + answers;
        let _woken = self
            .said
            .wait_timeout_while(state, at_most, |state| state.book.acknowledged < until);
    }

    /// Waits until the platform is to be killed together with a phone, so long at most; with how many.
    pub(crate) fn await_killing_both(&self, at_most: Duration) -> u32 {
        let (mut state, _) = self
            .said
            .wait_timeout_while(self.state(), at_most, |state| state.kill_platform_too == 0)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.kill_platform_too)
    }

    /// Has the platform killed in this moment too.
    pub(crate) fn kill_platform_too(&self) {
        self.state().kill_platform_too += 1;
        self.said.notify_all();
    }

    /// A phone had its last kill.
    pub(crate) fn phone_is_gone(&self) {
        self.state().phones_gone += 1;
        self.said.notify_all();
    }

    /// Waits until so many phones had their last kill, so long at most.
    pub(crate) fn await_gone(&self, phones: usize, at_most: Duration) {
        let _woken = self
            .said
            .wait_timeout_while(self.state(), at_most, |state| state.phones_gone < phones);
    }

    /// Somebody who has a phone.
    pub(crate) fn somebody(&self, chance: &mut Chance) -> Option<u32> {
        let state = self.state();
        let people = &state.people.of_phone;
        if people.is_empty() {
            return None;
        }
        let which = chance.below(people.len() as u64);
        people.values().nth(usize::try_from(which).ok()?).copied()
    }
}

//! Whatever happens to a phone's clocks, in whatever order.

use proptest::prelude::*;

use super::*;
use crate::testing::ManualClocks;

const SLOT: SignedDuration = SignedDuration::from_secs(15);
const STRIP: SignedDuration = SignedDuration::from_hours(24);

/// One thing that happens.
#[derive(Debug, Clone)]
enum Event {
    Pass(u32),
    SetWall(i64),
    Zone(bool),
    Reboot(u32),
    /// The platform is met; the answer was so many seconds on its way.
    Meet(u32),
    /// What is remembered is written down.
    Settle,
    /// The program is killed: what was not written down is forgotten.
    Kill,
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0u32..20_000).prop_map(Event::Pass),
        2 => (-200i64..200).prop_map(Event::SetWall),
        2 => (-50_000i64..50_000).prop_map(Event::SetWall),
        1 => (-3_000_000i64..3_000_000).prop_map(Event::SetWall),
        1 => any::<bool>().prop_map(Event::Zone),
        2 => (0u32..10_000).prop_map(Event::Reboot),
        2 => (0u32..14).prop_map(Event::Meet),
        2 => Just(Event::Settle),
        2 => Just(Event::Kill),
    ]
}

/// A phone and what is true.
struct Phone {
    truth: Timestamp,
    clocks: ManualClocks,
    memory: ClockMemory,
    disk: String,
    strip: Option<(Timestamp, Timestamp)>,
    /// Not restarted since the last statement.
    unbroken: bool,
    /// The highest slot that was shown of the strip, also where the phone forgot it.
    highest: Option<Timestamp>,
    /// Something that was shown was forgotten by a kill.
    forgotten: bool,
}

impl Phone {
    fn new(wall_off: i64) -> Self {
        let truth: Timestamp = "2022-04-01T00:00:07Z".parse().unwrap();
        Self {
            truth,
            clocks: ManualClocks::new(truth + SignedDuration::from_secs(wall_off)),
            memory: ClockMemory::default(),
            disk: serde_json::to_string(&ClockMemory::default()).unwrap(),
            strip: None,
            unbroken: false,
            highest: None,
            forgotten: false,
        }
    }

    fn pass(&mut self, seconds: u32) {
        self.clocks.pass(Duration::from_secs(seconds.into()));
        self.truth += SignedDuration::from_secs(seconds.into());
    }

    fn write(&mut self) {
        let judged = self.judge(&self.memory);
        self.memory.note_time(&judged);
        self.disk = serde_json::to_string(&self.memory).unwrap();
    }

    fn judge(&self, memory: &ClockMemory) -> Judgement {
        memory.judge(&PhoneTime::read(&self.clocks, &self.clocks), self.strip)
    }

    fn meet(&mut self, on_its_way: u32) {
        let asked = MonotonicClock::read(&self.clocks).unwrap();
        let said = self.truth;
        self.pass(on_its_way);
        let heard = MonotonicClock::read(&self.clocks).unwrap();
        let Some(fix) = ClockFix::new(said, asked, heard, String::new()) else {
            return;
        };
        let ahead = self.memory.take_fix(fix);
        // Whatever lies ahead of the statement and was not forgotten is recalled with its strip.
        let limit = said + REVEAL_AHEAD_MAX;
        if !self.forgotten && self.highest.is_some_and(|highest| highest > limit) {
            assert!(ahead, "a slot shown ahead stands");
        }
        if ahead || self.strip.is_none_or(|(_, end)| end <= self.truth) {
            let begins = said - SignedDuration::from_secs(said.as_second().rem_euclid(3600));
            self.strip = Some((begins, begins + STRIP));
            self.highest = None;
            self.forgotten = false;
        }
        self.unbroken = true;
        self.write();
    }

    fn happens(&mut self, event: &Event) {
        match event {
            Event::Pass(seconds) => self.pass(*seconds),
            Event::SetWall(by) => self.clocks.shift_wall(SignedDuration::from_secs(*by)),
            Event::Zone(east) => self.clocks.set_zone(if *east { "Asia/Tokyo" } else { "" }),
            Event::Reboot(down) => {
                self.pass(*down);
                self.clocks.restart(Duration::ZERO);
                self.unbroken = false;
                self.forget();
            }
            Event::Meet(on_its_way) => self.meet(*on_its_way),
            Event::Settle => self.write(),
            Event::Kill => self.forget(),
        }
    }

    fn forget(&mut self) {
        let kept: ClockMemory = serde_json::from_str(&self.disk).unwrap();
        self.forgotten |= kept.highest_revealed < self.memory.highest_revealed;
        self.memory = kept;
    }

    /// Shows the code, from memory or cold from disk.
    fn look(&mut self, cold: bool) {
        let memory = if cold {
            serde_json::from_str(&self.disk).unwrap()
        } else {
            self.memory.clone()
        };
        let judgement = self.judge(&memory);
        let second = judgement.now.as_second();
        let slot = judgement.now - SignedDuration::from_secs(second.rem_euclid(15));
        if !judgement.may_reveal(slot) {
            assert_eq!(judgement.state, ClockState::Unknown);
            assert!(!self.unbroken, "a phone that runs on is live");
            return;
        }
        assert!(slot <= judgement.now + REVEAL_AHEAD_MAX);
        if self.unbroken {
            // Half of the way of the statement is not known; the way is ten seconds at most.
            let off = judgement.now.duration_since(self.truth).abs();
            assert!(off <= SignedDuration::from_secs(5), "off by {off:?}");
            assert!(slot <= self.truth + REVEAL_AHEAD_MAX, "ahead of the truth");
        } else {
            let (first, end) = self.strip.unwrap();
            assert_eq!(judgement.state, ClockState::Estimated);
            assert!(judgement.now >= first && slot <= end, "outside the strip");
            let floor = memory.highest_revealed.max(memory.last_trusted).unwrap();
            assert!(
                slot + SLOT + BEHIND_TOLERANCE >= floor,
                "before what has passed"
            );
        }
        if cold {
            // Nobody remembers it: the limit that is stated in the decision about estimated clocks.
            self.forgotten |= Some(slot) > self.memory.highest_revealed;
        } else {
            self.memory.note_revealed(slot);
        }
        self.highest = self.highest.max(Some(slot));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_slot_beyond_trusted_time_and_a_minute_is_revealed_whatever_happens_in_whatever_order(
        wall_off in -5_000_000i64..5_000_000,
        looks_cold: bool,
        events in prop::collection::vec(events(), 1..40),
    ) {
        let mut phone = Phone::new(wall_off);
        phone.meet(1);
        for event in &events {
            phone.happens(event);
            phone.look(false);
            if looks_cold {
                phone.look(true);
            }
        }
    }
}

//! Who is let in while more is asked than can be done.
//!
//! The decision is a pure function of what is under way and what waits, never of a guess at processors.
//! A request counts from when its body is here: whoever sends slowly takes up a connection, of which each
//! address has a share, and nothing else.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use liangma_wire::problem::{Problem, ProblemCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::ranks::{Class, Lane, Rank};
use crate::{config::Limits, storage::WriteQueue};

/// What the platform has on its hands at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    /// Requests under way or in queues.
    pub(super) in_flight: usize,
    /// How many wait in each lane.
    pub(super) waiting: [usize; Lane::ALL.len()],
    /// What waits to be written.
    pub(super) writes: WriteQueue,
    /// How many verifications may still begin while refreshes queue up.
    pub(super) verifications_left: usize,
}

/// How many verifications may begin for each refresh that leaves its lane, while refreshes queue up. A
/// verification keeps a core busy for a tenth of the time: refreshes get three quarters of what both get.
const VERIFICATIONS_FOR_A_REFRESH: usize = 4;

/// How full something is, in thousandths.
type Thousandths = u64;

const FULL: Thousandths = 1000;

fn share(part: u128, whole: u128) -> Thousandths {
    u64::try_from(part * u128::from(FULL) / whole.max(1)).unwrap_or(u64::MAX)
}

impl Load {
    /// How full the fullest of those things is that every request needs.
    fn common(&self, limits: &Limits) -> Thousandths {
        let shares = [
            share(self.in_flight as u128, limits.in_flight as u128),
            share(self.writes.waiting as u128, limits.writes_waiting as u128),
            share(
                self.writes.waited.as_micros(),
                limits.write_wait.as_micros(),
            ),
        ];
        shares.into_iter().max().unwrap_or(FULL)
    }

    /// Whether so many refreshes wait that verifications get no more than their part.
    fn refreshes_queue_up(&self, limits: &Limits) -> bool {
        self.lane(Lane::MakeCode, limits) >= FULL / 2
    }

    /// How full a lane's queue is.
    fn lane(&self, lane: Lane, limits: &Limits) -> Thousandths {
        share(self.waiting[lane as usize] as u128, limits.queue as u128)
    }
}

impl Class {
    /// From which fullness on the class is given up; `None` for never. These rise with the class, so that
    /// none is given up before all that matter less.
    fn given_up_from(self) -> Option<Thousandths> {
        match self {
            Self::Explanations => Some(300),
            Self::Reads => Some(450),
            Self::Writes => Some(600),
            Self::Logins => Some(800),
            Self::Codes => Some(FULL),
            Self::Probes => None,
        }
    }

    /// The shortest and the longest time, in seconds, after which a phone may come back.
    fn pause(self) -> (u32, u32) {
        match self {
            Self::Explanations => (60, 180),
            Self::Reads => (45, 135),
            Self::Writes => (20, 60),
            Self::Logins => (15, 45),
            Self::Codes | Self::Probes => (5, 20),
        }
    }
}

/// Whether a request is let in. Codes wait each in a lane of their own: a full one gives up its own
/// operation alone, when everything that matters less has been given up. A verification is cheap and would
/// crowd out refreshes, which take many turns; so while these queue up, it gets a part and no more.
pub(super) fn is_admitted(load: &Load, limits: &Limits, class: Class, lane: Option<Lane>) -> bool {
    let Some(end) = class.given_up_from() else {
        return true;
    };
    let no_part_left = load.verifications_left == 0 && load.refreshes_queue_up(limits);
    if lane == Some(Lane::VerifyCode) && no_part_left {
        return false;
    }
    let lanes = Lane::ALL
        .into_iter()
        .filter(|other| class < Class::Codes || lane == Some(*other));
    let fullest = lanes
        .map(|lane| load.lane(lane, limits))
        .fold(load.common(limits), Thousandths::max);
    fullest < end
}

/// Seconds after which a phone may come back: drawn, so that those that were sent away together do not
/// come back together.
pub(super) fn retry_after(class: Class, random: u32) -> u32 {
    let (shortest, longest) = class.pause();
    shortest + random % (longest - shortest + 1)
}

/// What is told to whoever is not let in.
pub(super) fn overloaded(class: Class, random: u32) -> Problem {
    Problem::new(ProblemCode::Overloaded).with_retry_after(retry_after(class, random))
}

/// Bytes of large bodies that are held. Who sends one is known only when all of it is here, so that one
/// address gets a half of the room at most: no single stranger keeps the departments out.
#[derive(Debug, Default, PartialEq, Eq)]
struct LargeBodies {
    all: usize,
    of_address: HashMap<IpAddr, usize>,
}

fn lock(held: &Mutex<LargeBodies>) -> MutexGuard<'_, LargeBodies> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Room for a large body, until the request is answered.
pub(super) struct LargeBody {
    bytes: usize,
    of: Arc<Mutex<LargeBodies>>,
    share: Option<IpAddr>,
}

impl Drop for LargeBody {
    fn drop(&mut self) {
        let mut held = lock(&self.of);
        held.all -= self.bytes;
        if let Some(address) = self.share
            && let Some(of_address) = held.of_address.get_mut(&address)
        {
            *of_address -= self.bytes;
            if *of_address == 0 {
                held.of_address.remove(&address);
            }
        }
    }
}

struct LaneState {
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

/// A refresh in its lane. However it leaves, verifications get their part for it: also a signer that has
/// stopped lets nobody wait for ever who asks for something else.
struct Refreshing {
    verifications: Arc<AtomicUsize>,
    most: usize,
}

impl Drop for Refreshing {
    fn drop(&mut self) {
        let more = |left: usize| Some((left + VERIFICATIONS_FOR_A_REFRESH).min(self.most));
        let _before = self
            .verifications
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }
}

/// What is under way in one process.
pub(crate) struct Admission {
    in_flight: Arc<AtomicUsize>,
    lanes: [LaneState; Lane::ALL.len()],
    large_bodies: Arc<Mutex<LargeBodies>>,
    large_body_bytes: usize,
    queue_patience: Duration,
    verifications: Arc<AtomicUsize>,
    verifications_most: usize,
}

/// Counts one for as long as it lives.
pub(super) struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn one(of: &Arc<AtomicUsize>) -> Self {
        of.fetch_add(1, Ordering::Relaxed);
        Self(of.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A request that was let in: it counts from now on, whether or not its turn has come.
pub(super) struct Arrived {
    counted: Counted,
    place: Place,
    refreshing: Option<Refreshing>,
}

/// What an operation needs before it can begin.
enum Place {
    /// Nothing, or what it was given at once.
    Ready(Option<OwnedSemaphorePermit>),
    Awaited {
        waiting: Counted,
        places: Arc<Semaphore>,
        patience: Duration,
    },
}

impl Arrived {
    /// Waits for the turn; `None` when it did not come in time.
    pub(super) async fn turn(self) -> Option<UnderWay> {
        let place = match self.place {
            Place::Ready(place) => place,
            Place::Awaited {
                waiting: _waiting,
                places,
                patience,
            } => Some(
                tokio::time::timeout(patience, places.acquire_owned())
                    .await
                    .ok()?
                    .ok()?,
            ),
        };
        Some(UnderWay {
            _counted: self.counted,
            _place: place,
            _refreshing: self.refreshing,
        })
    }
}

/// A request that is under way: it counts until this is dropped.
pub(super) struct UnderWay {
    _counted: Counted,
    _place: Option<OwnedSemaphorePermit>,
    _refreshing: Option<Refreshing>,
}

impl Admission {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            in_flight: Arc::default(),
            lanes: [limits.make_code_at_once, limits.verify_code_at_once].map(|places| LaneState {
                places: Arc::new(Semaphore::new(places)),
                waiting: Arc::default(),
            }),
            large_bodies: Arc::default(),
            large_body_bytes: limits.large_body_bytes,
            queue_patience: limits.queue_patience,
            verifications: Arc::new(AtomicUsize::new(limits.queue)),
            verifications_most: limits.queue,
        }
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(crate) fn waiting(&self) -> [usize; Lane::ALL.len()] {
        [0, 1].map(|lane| self.lanes[lane].waiting.load(Ordering::Relaxed))
    }

    pub(super) fn load(&self, writes: WriteQueue) -> Load {
        Load {
            in_flight: self.in_flight(),
            waiting: self.waiting(),
            writes,
            verifications_left: self.verifications.load(Ordering::Relaxed),
        }
    }

    /// Room for a large body of so many bytes; `None` when too much is held. A body that is alone has room
    /// whatever its size.
    pub(super) fn large_body(&self, share: Option<IpAddr>, bytes: usize) -> Option<LargeBody> {
        let has_room = |held: usize, most| held == 0 || held.saturating_add(bytes) <= most;
        let mut held = lock(&self.large_bodies);
        if !has_room(held.all, self.large_body_bytes) {
            return None;
        }
        if let Some(address) = share {
            let of_address = held.of_address.get(&address).copied().unwrap_or(0);
            if !has_room(of_address, self.large_body_bytes / 2) {
                return None;
            }
            held.of_address.insert(address, of_address + bytes);
        }
        held.all += bytes;
        Some(LargeBody {
            bytes,
            of: self.large_bodies.clone(),
            share,
        })
    }

    /// Takes in a request that was admitted. It is counted at once, so that those who are looked at next
    /// find the queue as long as it is.
    pub(super) fn take_in(&self, operation: &Rank) -> Arrived {
        let place = operation.lane.map_or(Place::Ready(None), |lane| {
            let lane = &self.lanes[lane as usize];
            let places = lane.places.clone();
            match places.clone().try_acquire_owned() {
                Ok(place) => Place::Ready(Some(place)),
                Err(_) => Place::Awaited {
                    waiting: Counted::one(&lane.waiting),
                    places,
                    patience: self.queue_patience,
                },
            }
        });
        let refreshing = (operation.lane == Some(Lane::MakeCode)).then(|| Refreshing {
            verifications: self.verifications.clone(),
            most: self.verifications_most,
        });
        if operation.lane == Some(Lane::VerifyCode) {
            let less = |left: usize| left.checked_sub(1);
            let _none_left =
                self.verifications
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
        Arrived {
            refreshing,
            counted: Counted::one(&self.in_flight),
            place,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            in_flight: 100,
            queue: 10,
            writes_waiting: 50,
            write_wait: Duration::from_millis(500),
            ..Limits::default()
        }
    }

    fn admitted(load: &Load) -> Vec<&'static str> {
        Class::ALL
            .into_iter()
            .filter(|class| is_admitted(load, &limits(), *class, None))
            .map(Class::name)
            .collect()
    }

    #[test]
    fn tiles_are_given_up_first_and_codes_last_whatever_it_is_that_fills_up() {
        let by: [fn(usize) -> Load; 3] = [
            |part| Load {
                in_flight: part,
                ..Load::default()
            },
            |part| Load {
                writes: WriteQueue {
                    waiting: part / 2,
                    waited: Duration::ZERO,
                },
                ..Load::default()
            },
            |part| Load {
                writes: WriteQueue {
                    waiting: 1,
                    waited: Duration::from_millis(5 * part as u64),
                },
                ..Load::default()
            },
        ];
        for load in by {
            let mut left = Class::ALL.len();
            let mut order = Vec::new();
            for part in 0..=120 {
                let now = admitted(&load(part));
                assert!(
                    now.len() <= left,
                    "somebody was let in again under more load"
                );
                for class in &Class::ALL[Class::ALL.len() - left..Class::ALL.len() - now.len()] {
                    order.push(class.name());
                }
                left = now.len();
                let kept: Vec<_> = Class::ALL[Class::ALL.len() - left..]
                    .iter()
                    .map(|class| class.name())
                    .collect();
                assert_eq!(now, kept, "given up out of order");
            }
            assert_eq!(
                order,
                ["explanations", "reads", "writes", "logins", "codes"]
            );
        }
    }

    #[test]
    fn a_full_lane_gives_up_its_own_operation_and_all_that_matter_less() {
        let load = Load {
            waiting: [10, 0],
            verifications_left: 1,
            ..Load::default()
        };
        let code = |lane| is_admitted(&load, &limits(), Class::Codes, lane);
        assert!(!code(Some(Lane::MakeCode)));
        assert!(code(Some(Lane::VerifyCode)), "the other lane is empty");
        assert!(code(None), "a nonce needs no lane");
        assert_eq!(admitted(&load), ["codes", "probes"]);
    }

    #[test]
    fn while_refreshes_queue_up_verifications_get_their_part_and_otherwise_all_they_ask_for() {
        let verified = |waiting, verifications_left| {
            let load = Load {
                waiting: [waiting, 0],
                verifications_left,
                ..Load::default()
            };
            is_admitted(&load, &limits(), Class::Codes, Some(Lane::VerifyCode))
        };
        assert!(verified(4, 0), "few refreshes wait");
        assert!(!verified(5, 0), "their part was had");
        assert!(verified(10, 1), "a part was left");
    }

    #[tokio::test(start_paused = true)]
    async fn every_refresh_that_leaves_gives_verifications_their_part_whether_or_not_it_was_made() {
        let admission = Admission::new(&Limits {
            make_code_at_once: 1,
            ..limits()
        });
        let [make, verify] = [&super::super::RANKS[0], &super::super::RANKS[1]];
        let left = || admission.load(WriteQueue::default()).verifications_left;
        assert_eq!(left(), 10);
        for _ in 0..12 {
            drop(admission.take_in(verify));
        }
        assert_eq!(left(), 0);
        let first = admission.take_in(make).turn().await.unwrap();
        assert!(admission.take_in(make).turn().await.is_none());
        assert_eq!(left(), VERIFICATIONS_FOR_A_REFRESH, "one went without");
        drop(first);
        assert_eq!(left(), 2 * VERIFICATIONS_FOR_A_REFRESH, "one was made");
        drop(admission.take_in(make));
        assert_eq!(left(), 10, "no more than a queue of them is kept");
    }

    #[test]
    fn health_is_answered_whatever_happens() {
        let load = Load {
            in_flight: usize::MAX,
            waiting: [usize::MAX; 2],
            writes: WriteQueue {
                waiting: usize::MAX,
                waited: Duration::MAX,
            },
            verifications_left: 0,
        };
        assert_eq!(admitted(&load), ["probes"]);
    }

    #[test]
    fn phones_that_were_sent_away_together_do_not_come_back_together() {
        for class in Class::ALL {
            let (shortest, longest) = class.pause();
            let mut times: Vec<u32> = (0..10_000_u32)
                .map(|number| retry_after(class, number.wrapping_mul(2_654_435_761)))
                .collect();
            times.sort_unstable();
            assert_eq!(times.first(), Some(&shortest));
            assert_eq!(times.last(), Some(&longest));
            let most = times
                .chunk_by(|a, b| a == b)
                .map(<[u32]>::len)
                .max()
                .unwrap();
            let even = 10_000 / (longest - shortest + 1) as usize;
            assert!(most < 2 * even, "{most} at one second");
        }
    }

    const MIB: usize = 1024 * 1024;

    #[test]
    fn large_bodies_together_hold_no_more_memory_than_there_is_room_for() {
        let most = Limits::default().large_body_bytes;
        for bytes in [
            17 * 1024,
            MIB,
            5 * MIB,
            super::super::request::LARGE_BATCH_LIMIT,
        ] {
            let admission = Admission::new(&Limits::default());
            let held: Vec<_> = (0..=255)
                .flat_map(|number| {
                    let address = Some(IpAddr::from([203, 0, 113, number]));
                    (0..64).map(move |_| address)
                })
                .filter_map(|address| admission.large_body(address, bytes))
                .collect();
            assert!(held.len() * bytes <= most, "{} of {bytes}", held.len());
            assert!((held.len() + 1) * bytes > most, "{bytes}: room was wasted");
        }
    }

    #[test]
    fn one_address_gets_half_of_the_room_for_large_bodies_and_gives_it_back() {
        let admission = Admission::new(&Limits {
            large_body_bytes: 4 * MIB,
            ..limits()
        });
        let stranger = "203.0.113.7".parse().ok();
        let mut held: Vec<_> = (0..2)
            .map(|_| admission.large_body(stranger, MIB))
            .collect();
        assert!(held.iter().all(Option::is_some));
        let more = admission.large_body(stranger, 17 * 1024);
        assert!(more.is_none(), "more than a half");
        held.push(admission.large_body("203.0.113.8".parse().ok(), MIB));
        held.push(admission.large_body(None, MIB));
        assert!(held.iter().all(Option::is_some), "others were kept out");
        let more = admission.large_body(None, 17 * 1024);
        assert!(more.is_none(), "more than all");
        held.clear();
        let alone = admission.large_body(stranger, 5 * MIB);
        assert!(alone.is_some(), "nothing else is held");
        drop(alone);
        assert_eq!(*lock(&admission.large_bodies), LargeBodies::default());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_too_long_is_sent_away_and_leaves_nothing_behind() {
        let limits = Limits {
            verify_code_at_once: 1,
            ..limits()
        };
        let admission = Admission::new(&limits);
        let verify = &super::super::RANKS[1];
        assert_eq!(verify.lane, Some(Lane::VerifyCode));
        let first = admission.take_in(verify).turn().await.unwrap();
        assert!(
            admission.take_in(verify).turn().await.is_none(),
            "there was a place"
        );
        assert_eq!((admission.in_flight(), admission.waiting()), (1, [0, 0]));
        let (second, ()) = tokio::join!(admission.take_in(verify).turn(), async {
            tokio::time::sleep(limits.queue_patience / 2).await;
            assert_eq!((admission.in_flight(), admission.waiting()), (2, [0, 1]));
            drop(first);
        });
        drop(second.unwrap());
        assert_eq!((admission.in_flight(), admission.waiting()), (0, [0, 0]));
    }
}

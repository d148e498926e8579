//! What is counted, for Prometheus. Every label is one of a fixed set of words of this program: an
//! operation by its name, a class, a part. Nothing that somebody sent can become one.

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use crate::http::{Class, Lane, RANKS, Rank};

const REQUESTS: &str = "liangma_requests_total";
const REQUEST_SECONDS: &str = "liangma_request_seconds";
const SHED: &str = "liangma_shed_total";
const IN_FLIGHT: &str = "liangma_in_flight";
const QUEUE_WAITING: &str = "liangma_queue_waiting";
const WRITES_WAITING: &str = "liangma_writes_waiting";
const WRITE_WAIT: &str = "liangma_write_wait_seconds";
const CONNECTIONS: &str = "liangma_connections";
const REFUSED: &str = "liangma_connections_refused_total";
const SIGN_SECONDS: &str = "liangma_sign_seconds";
const REEVALUATIONS: &str = "liangma_reevaluations_total";
const UNUSUAL_REDS: &str = "liangma_unusual_reds_stopped_total";
const TICK_FAILURES: &str = "liangma_tick_failures_total";
const TIME_STAMP_AGE: &str = "liangma_time_stamp_age_seconds";
const RECALL_LIST_AGE: &str = "liangma_recall_list_age_seconds";
const ISSUER_LIST_AGE: &str = "liangma_issuer_list_age_seconds";
const BACKUP_AGE: &str = "liangma_backup_age_seconds";
const EMERGENCY: &str = "liangma_emergency_mode";
const READY: &str = "liangma_ready";

/// Upper ends of the buckets of durations, in seconds: from a read of one row to the longest request.
const SECONDS: [f64; 12] = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 25.0,
];

const HELP: [(&str, &str); 19] = [
    (REQUESTS, "answers by operation and class of status"),
    (
        REQUEST_SECONDS,
        "from the whole head of a request to its answer",
    ),
    (
        SHED,
        "requests given up under load, by class; nothing was done for them",
    ),
    (IN_FLIGHT, "requests under way or waiting for their turn"),
    (QUEUE_WAITING, "requests waiting for their turn"),
    (
        WRITES_WAITING,
        "writes that wait for the store or are under way",
    ),
    (WRITE_WAIT, "how long the write that began last had waited"),
    (CONNECTIONS, "open connections"),
    (
        REFUSED,
        "connections closed at once: too many of all, or of one address",
    ),
    (SIGN_SECONDS, "signing one strip"),
    (REEVALUATIONS, "evaluations that were due and made"),
    (
        UNUSUAL_REDS,
        "batches held for a second person: more new reds in a county than is usual",
    ),
    (TICK_FAILURES, "parts of the regular work that failed"),
    (TIME_STAMP_AGE, "age of the signed time stamp"),
    (RECALL_LIST_AGE, "age of the recall list"),
    (ISSUER_LIST_AGE, "age of the issuer list"),
    (
        BACKUP_AGE,
        "age of the last backup of this data folder, where one was made",
    ),
    (EMERGENCY, "1 while only few hours are signed ahead"),
    (READY, "1 while new phones may be sent here"),
];

const METADATA: Metadata<'static> = Metadata::new("liangma", Level::INFO, None);

/// The parts of the regular work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TickPart {
    Evaluations,
    RecallKeys,
    Sweep,
    Lists,
    Keys,
}

impl TickPart {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Evaluations, "evaluations"),
        (Self::RecallKeys, "recall_keys"),
        (Self::Sweep, "sweep"),
        (Self::Lists, "lists"),
        (Self::Keys, "keys"),
    ];
}

/// Why a connection was closed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    TooManyOfAll,
    TooManyOfOneAddress,
}

/// How old what is published is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ages {
    pub(crate) time_stamp: Age,
    pub(crate) recall_list: Age,
    pub(crate) issuer_list: Age,
    /// `None` where none was ever made.
    pub(crate) backup: Option<Age>,
}

/// How old something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    Seconds(i64),
    /// What says it cannot be read: as old as can be, so that an alert on its age fires. The last age that
    /// could be read would stand for ever and look well.
    Unreadable,
}

impl Age {
    /// As Prometheus reads it.
    fn value(self) -> f64 {
        match self {
            Self::Seconds(age) => seconds(age),
            Self::Unreadable => f64::INFINITY,
        }
    }
}

impl From<Option<i64>> for Age {
    fn from(age: Option<i64>) -> Self {
        age.map_or(Self::Unreadable, Self::Seconds)
    }
}

/// What is read at the moment of a scrape.
pub(crate) struct Reading {
    pub(crate) ready: bool,
    pub(crate) emergency: bool,
    pub(crate) in_flight: usize,
    pub(crate) queues: [usize; Lane::ALL.len()],
    pub(crate) writes_waiting: usize,
    pub(crate) write_wait: Duration,
    pub(crate) ages: Ages,
}

/// Counters and histograms of one operation.
struct OfOperation {
    /// 2xx, 4xx, 5xx.
    answers: [Counter; 3],
    seconds: Histogram,
}

/// Everything that one platform counts. Each platform of a process has its own.
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    operations: Vec<OfOperation>,
    shed: Vec<Counter>,
    sign_seconds: Histogram,
    reevaluations: Counter,
    unusual_reds: Counter,
    tick_failures: [Counter; 5],
    refused: [Counter; 2],
    connections: Gauge,
}

fn key(name: &'static str, labels: &[(&'static str, &'static str)]) -> Key {
    let labels: Vec<Label> = labels
        .iter()
        .map(|(name, value)| Label::from_static_parts(name, value))
        .collect();
    Key::from_parts(name, labels)
}

impl Metrics {
    /// `None` when the exporter does not take the buckets, which are fixed.
    pub(crate) fn new() -> Option<Self> {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .ok()?
            .build_recorder();
        let counter = |name, labels: &[_]| recorder.register_counter(&key(name, labels), &METADATA);
        let histogram =
            |name, labels: &[_]| recorder.register_histogram(&key(name, labels), &METADATA);
        for (name, help) in HELP {
            let (name, help) = (name.into(), help.into());
            match name {
                name if is_histogram(&name) => recorder.describe_histogram(name, None, help),
                name if name.as_str().ends_with("_total") => {
                    recorder.describe_counter(name, None, help);
                }
                name => recorder.describe_gauge(name, None, help),
            }
        }
        Some(Self {
            operations: RANKS
                .iter()
                .map(|operation| OfOperation {
                    answers: ["2xx", "4xx", "5xx"].map(|status| {
                        counter(
                            REQUESTS,
                            &[("operation", operation.name), ("status", status)],
                        )
                    }),
                    seconds: histogram(REQUEST_SECONDS, &[("operation", operation.name)]),
                })
                .collect(),
            shed: Class::ALL
                .iter()
                .map(|class| counter(SHED, &[("class", class.name())]))
                .collect(),
            sign_seconds: histogram(SIGN_SECONDS, &[]),
            reevaluations: counter(REEVALUATIONS, &[]),
            unusual_reds: counter(UNUSUAL_REDS, &[]),
            tick_failures: TickPart::ALL.map(|(_, part)| counter(TICK_FAILURES, &[("part", part)])),
            refused: ["all", "address"].map(|limit| counter(REFUSED, &[("limit", limit)])),
            connections: recorder.register_gauge(&key(CONNECTIONS, &[]), &METADATA),
            handle: recorder.handle(),
            recorder,
        })
    }

    pub(crate) fn answered(&self, operation: &Rank, status: u16, took: Duration) {
        let Some(of) = self.operations.get(operation.number()) else {
            return;
        };
        let [good, refused, failed] = &of.answers;
        match status {
            500.. => failed.increment(1),
            400.. => refused.increment(1),
            _ => good.increment(1),
        }
        of.seconds.record(took.as_secs_f64());
    }

    pub(crate) fn shed(&self, class: Class) {
        if let Some(counter) = self.shed.get(class as usize) {
            counter.increment(1);
        }
    }

    pub(crate) fn signed(&self, took: Duration) {
        self.sign_seconds.record(took.as_secs_f64());
    }

    pub(crate) fn reevaluated(&self) {
        self.reevaluations.increment(1);
    }

    pub(crate) fn unusual_reds_stopped(&self) {
        self.unusual_reds.increment(1);
    }

    pub(crate) fn tick_part(&self, part: TickPart, done: bool) {
        if !done {
            self.tick_failures[part as usize].increment(1);
        }
    }

    pub(crate) fn connection_opened(&self) {
        self.connections.increment(1);
    }

    pub(crate) fn connection_closed(&self) {
        self.connections.decrement(1);
    }

    pub(crate) fn connection_refused(&self, why: Refused) {
        self.refused[why as usize].increment(1);
    }

    /// Folds what histograms have gathered, which otherwise stays in memory until somebody asks.
    pub(crate) fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// The text that Prometheus reads.
    pub(crate) fn render(&self, reading: &Reading) -> String {
        let set = |name, labels: &[_], value: f64| {
            self.recorder
                .register_gauge(&key(name, labels), &METADATA)
                .set(value);
        };
        set(READY, &[], f64::from(u8::from(reading.ready)));
        set(EMERGENCY, &[], f64::from(u8::from(reading.emergency)));
        set(IN_FLIGHT, &[], number(reading.in_flight));
        set(WRITES_WAITING, &[], number(reading.writes_waiting));
        set(WRITE_WAIT, &[], reading.write_wait.as_secs_f64());
        for (lane, waiting) in Lane::ALL.into_iter().zip(reading.queues) {
            set(QUEUE_WAITING, &[("queue", lane.name())], number(waiting));
        }
        let ages = &reading.ages;
        for (name, age) in [
            (TIME_STAMP_AGE, Some(ages.time_stamp)),
            (RECALL_LIST_AGE, Some(ages.recall_list)),
            (ISSUER_LIST_AGE, Some(ages.issuer_list)),
            (BACKUP_AGE, ages.backup),
        ] {
            if let Some(age) = age {
                set(name, &[], age.value());
            }
        }
        self.handle.run_upkeep();
        self.handle.render()
    }
}

fn is_histogram(name: &metrics::KeyName) -> bool {
    [REQUEST_SECONDS, SIGN_SECONDS].contains(&name.as_str())
}

/// Counts of things under way are small.
fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Ages are those of files of this century.
fn seconds(age: i64) -> f64 {
    f64::from(i32::try_from(age).unwrap_or(i32::MAX))
}

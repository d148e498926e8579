//! What changes while the platform runs and belongs to no request: how much is under way, in which mode
//! it is, whether it is stopping, and what is counted of all that.

use std::{
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use liangma_credential::{IssuerList, RecallList, SignedFile, TimestampFile};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::JoinHandle,
};

use crate::{
    config::{Limits, PlatformConfig},
    error::Failure,
    http::Admission,
    metrics::{Age, Ages, Metrics, Reading},
    platform::{LOGINS_AT_ONCE, OpenError, Platform},
    role_keys::{ISSUER, KEYS},
};

/// From this age of the time stamp on, a platform is not sent new phones: something keeps it from signing.
const STAMP_AGE_READY: i64 = 30 * 60;
/// How long the store may take to answer somebody who asks whether it is ready.
const STORE_PATIENCE: Duration = Duration::from_secs(2);
/// How long writes that are under way get when the platform stops.
const SETTLE_PATIENCE: Duration = Duration::from_secs(20);

/// The state of a running platform.
pub(crate) struct Running {
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    pub(crate) admission: Admission,
    pub(super) emergency: AtomicBool,
    /// The order that was followed last, as it stood in its file.
    pub(super) followed: Mutex<Vec<u8>>,
    stopping: AtomicBool,
    pub(crate) refreshes: RefreshThreads,
}

/// The threads on which refreshes are worked on, signatures among it. The system shares the processors among
/// threads that want them, so their number is the part that refreshes get while everybody else, who is
/// answered by one thread for each core, wants them too.
pub(crate) struct RefreshThreads {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl RefreshThreads {
    fn start(threads: usize) -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("refreshes")
            .enable_all()
            .build()?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// Does the work there. Whoever goes away meanwhile does not end it: it ends as it would have.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.handle.spawn(work)
    }
}

impl Drop for RefreshThreads {
    fn drop(&mut self) {
        // A runtime must not wait for its threads where others are served; what was begun was settled before.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Whether new phones should be sent here, and what speaks against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Readiness {
    pub(crate) ready: bool,
    pub(crate) store_answers: bool,
    pub(crate) lists_fresh: bool,
    pub(crate) keys_there: bool,
    pub(crate) stopping: bool,
}

impl Running {
    pub(crate) fn new(config: &PlatformConfig) -> Result<Self, OpenError> {
        let limits = config.limits.clone();
        Ok(Self {
            metrics: Metrics::new().ok_or(OpenError::Metrics)?,
            admission: Admission::new(&limits),
            emergency: AtomicBool::new(config.emergency),
            followed: Mutex::default(),
            stopping: AtomicBool::new(false),
            refreshes: RefreshThreads::start(limits.refresh_threads)?,
            limits,
        })
    }

    /// Whether only few hours are signed ahead.
    pub(crate) fn is_emergency(&self) -> bool {
        self.emergency.load(Ordering::Relaxed)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    pub(crate) fn begin_stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

impl Platform {
    /// From now on the platform is not ready, though it answers whoever asks: balancers send nobody new.
    pub fn begin_stopping(&self) {
        self.running.begin_stopping();
    }

    /// Waits until what was begun is done: messages that are being sent and writes that wait. Call it when
    /// no request is under way any more, and before the process ends.
    pub async fn settle(&self) {
        let all = u32::try_from(LOGINS_AT_ONCE).unwrap_or(u32::MAX);
        let done = async {
            let _logins = self.logins.acquire_many(all).await;
            // The writer takes one after another: when this one is done, all before it are.
            self.storage.put_leaves(Vec::new()).await
        };
        match tokio::time::timeout(SETTLE_PATIENCE, done).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the last writes failed"),
            Err(_) => tracing::error!("the last writes took too long"),
        }
    }

    pub(crate) async fn readiness(&self) -> Readiness {
        let answer = self.storage.has_leaf([0; 32]);
        let answer = tokio::time::timeout(STORE_PATIENCE, answer).await;
        let store_answers = matches!(answer, Ok(Ok(_)));
        // The small file alone: anybody may ask, and a recall list can be large.
        let age = self.time_stamp_age().await;
        let lists_fresh = age.is_some_and(|age| age < STAMP_AGE_READY);
        let key = self.config.data_dir.join(KEYS).join(ISSUER);
        let keys_there = exists(key).await;
        let stopping = self.running.is_stopping();
        Readiness {
            ready: store_answers && lists_fresh && keys_there && !stopping,
            store_answers,
            lists_fresh,
            keys_there,
            stopping,
        }
    }

    /// The metrics as Prometheus reads them.
    pub(crate) async fn scrape(&self) -> String {
        let readiness = self.readiness().await;
        let admission = &self.running.admission;
        let queue = self.storage.write_queue();
        self.running.metrics.render(&Reading {
            ready: readiness.ready,
            emergency: self.running.is_emergency(),
            in_flight: admission.in_flight(),
            queues: admission.waiting(),
            writes_waiting: queue.waiting,
            write_wait: queue.waited,
            ages: self.ages().await,
        })
    }

    /// How old what is published is, in seconds.
    async fn ages(&self) -> Ages {
        let now = self.now();
        let trust = self.trust();
        Ages {
            time_stamp: self.time_stamp_age().await.into(),
            recall_list: age(now, trust.recall(0).await, |payload| {
                RecallList::decode(payload)
                    .ok()
                    .map(|file| file.header.issued)
            })
            .into(),
            issuer_list: age(now, trust.issuers().await, |payload| {
                IssuerList::decode(payload)
                    .ok()
                    .map(|file| file.header.issued)
            })
            .into(),
            backup: self.backup_age(now).await,
        }
    }

    async fn time_stamp_age(&self) -> Option<i64> {
        age(self.now(), self.trust().timestamp().await, |payload| {
            TimestampFile::decode(payload)
                .ok()
                .map(|file| file.header.issued)
        })
    }

    /// What the last backup left behind, if one was made of this folder.
    async fn backup_age(&self, now: Timestamp) -> Option<Age> {
        let mark = self.config.data_dir.join(crate::backup::BACKUP_MARK);
        let text = tokio::task::spawn_blocking(move || std::fs::read_to_string(mark)).await;
        let made: Option<Timestamp> = match text {
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Ok(Ok(text)) => text.trim().parse().ok(),
            _ => None,
        };
        Some(made.map(|made| now.as_second() - made.as_second()).into())
    }
}

fn age(
    now: Timestamp,
    file: Result<Vec<u8>, Failure>,
    issued: impl FnOnce(&[u8]) -> Option<u32>,
) -> Option<i64> {
    let file = SignedFile::decode(&file.ok()?).ok()?;
    issued(file.payload()).map(|issued| now.as_second() - i64::from(issued))
}

async fn exists(file: PathBuf) -> bool {
    let looked = tokio::task::spawn_blocking(move || file.is_file());
    looked.await.unwrap_or(false)
}

//! The runtime that a phone or a terminal owns, and how calls go over it.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::{oneshot, watch},
    task::AbortHandle,
};

use liangma_terminal::{BlockingError, blocking};

use crate::error::LiangmaError;

/// Threads that turn the core's work; blocking work has threads of its own.
const THREADS: usize = 2;
/// So long a port that is in the middle of something is waited for at the end.
const PARTING: Duration = Duration::from_secs(5);

/// A call, whatever it answers.
type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A runtime of our own. A call is spawned on it and awaited, so that nothing of the core ever runs on the
/// caller's thread. Dropping it, on any thread, gives up what is under way and waits for nothing.
pub(crate) struct Engine {
    runtime: Mutex<Option<Runtime>>,
    handle: Handle,
    /// Rises with each `cancel`.
    cancelled: watch::Sender<u64>,
}

impl Engine {
    pub(crate) fn start() -> Result<Self, LiangmaError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("liangma")
            .enable_all()
            .build()
            .map_err(|_| LiangmaError::defect("call.no_threads"))?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Mutex::new(Some(runtime)),
            cancelled: watch::Sender::new(0),
        })
    }

    /// For what is only begun here and not waited for.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs on the engine's threads. Dropping the future, or [`Engine::cancel`], gives the work up; a panic in
    /// it is an error.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, LiangmaError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, LiangmaError>> + Send + 'static,
    {
        let answer = Arc::new(Mutex::new(None));
        self.run_erased({
            let answer = answer.clone();
            Box::pin(async move {
                let done = work.await;
                *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
            })
        })
        .await?;
        let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer.unwrap_or(Err(LiangmaError::cancelled()))
    }

    /// One copy of the machinery of tasks for all calls, and not one for each: half a megabyte of a library
    /// that people load over mobile data.
    async fn run_erased(&self, work: Work) -> Result<(), LiangmaError> {
        if self.is_stopped() {
            return Err(LiangmaError::stopped());
        }
        let mut cancelled = self.cancelled.subscribe();
        let running = self.handle.spawn(async move {
            tokio::select! {
                biased;
                _ = cancelled.changed() => Err(LiangmaError::cancelled()),
                () = work => Ok(()),
            }
        });
        let _abort = AbortOnDrop(running.abort_handle());
        match running.await {
            Ok(done) => done,
            Err(error) if error.is_panic() => Err(LiangmaError::defect("call.panicked")),
            Err(_) => Err(LiangmaError::cancelled()),
        }
    }

    /// The same for work that blocks, which cannot be given up halfway: its answer is dropped then.
    pub(crate) async fn run_blocking<T, F>(&self, work: F) -> Result<T, LiangmaError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, LiangmaError> + Send + 'static,
    {
        self.run(async move {
            match blocking(work).await {
                Ok(done) => done,
                Err(BlockingError::Panicked) => Err(LiangmaError::defect("call.panicked")),
                Err(BlockingError::Ended) => Err(LiangmaError::cancelled()),
            }
        })
        .await
    }

    /// Gives up every call that is under way.
    pub(crate) fn cancel(&self) {
        self.cancelled
            .send_modify(|times| *times = times.wrapping_add(1));
    }

    /// Gives everything up and takes no more calls.
    pub(crate) fn stop(&self) {
        self.cancel();
        let runtime = self
            .runtime
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }

    /// The same, and waits until nothing of it runs any more, so that what it held is free.
    pub(crate) async fn finish(&self) {
        self.cancel();
        let runtime = self
            .runtime
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(runtime) = runtime else { return };
        let (done, finished) = oneshot::channel();
        // A runtime must not be waited for on one of its own threads, nor on the caller's.
        let waiting = std::thread::Builder::new().spawn(move || {
            runtime.shutdown_timeout(PARTING);
            // Whoever waited may be gone.
            let _told = done.send(());
        });
        if waiting.is_ok() {
            // An error says that the thread is gone, which is the end too.
            let _finished = finished.await;
        }
    }

    fn is_stopped(&self) -> bool {
        self.runtime
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_none()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Whoever no longer waits does not want the work either.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Arc, time::Duration};

    use super::*;

    /// Waits on a thread without a runtime, as a foreign caller does.
    fn wait<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
        Builder::new_current_thread()
            .build()
            .map(|runtime| runtime.block_on(future))
            .expect("a thread")
    }

    #[test]
    fn a_panic_is_an_error() {
        let engine = Engine::start().expect("an engine");
        let answer = wait(async move { engine.run::<(), _>(async { panic!("on purpose") }).await });
        assert_eq!(answer, Err(LiangmaError::defect("call.panicked")));
    }

    #[test]
    fn cancel_ends_what_is_under_way_and_nothing_later() {
        let engine = Arc::new(Engine::start().expect("an engine"));
        let waiting = std::thread::spawn({
            let engine = engine.clone();
            move || wait(async move { engine.run::<(), _>(pending()).await })
        });
        while engine.cancelled.receiver_count() == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        engine.cancel();
        assert_eq!(
            waiting.join().expect("an answer"),
            Err(LiangmaError::cancelled())
        );
        assert_eq!(
            wait(async move { engine.run(async { Ok(7) }).await }),
            Ok(7)
        );
    }

    #[test]
    fn what_is_stopped_takes_no_more_calls() {
        let engine = Engine::start().expect("an engine");
        engine.stop();
        let answer = wait(async move { engine.run(async { Ok(()) }).await });
        assert_eq!(answer, Err(LiangmaError::stopped()));
    }

    #[test]
    fn it_is_dropped_on_a_plain_thread_and_inside_another_runtime() {
        drop(Engine::start().expect("an engine"));
        wait(async { drop(Engine::start().expect("an engine")) });
    }
}

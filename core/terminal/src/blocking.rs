//! Work that blocks: the database, keys in hardware, long readings.

use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;
use tokio::task::spawn_blocking;

/// Why blocking work did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BlockingError {
    /// It panicked.
    #[error("work panicked")]
    Panicked,
    /// The runtime ended before the work began.
    #[error("the runtime ended before the work began")]
    Ended,
}

/// Runs on a thread that may block, of the runtime that the caller is on. Giving it up does not stop the work:
/// its answer is dropped then.
///
/// All works go the same way, without their types: the machinery of tasks is there once and not once for each,
/// which phones would have to carry.
///
/// # Errors
/// [`BlockingError`] when there is no answer.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, BlockingError> {
    let answer = Arc::new(Mutex::new(None));
    let slot = answer.clone();
    run(Box::new(move || {
        let done = work();
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
    }))
    .await?;
    let done = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
    done.ok_or(BlockingError::Ended)
}

async fn run(work: Box<dyn FnOnce() + Send>) -> Result<(), BlockingError> {
    spawn_blocking(work).await.map_err(|error| {
        if error.is_panic() {
            BlockingError::Panicked
        } else {
            BlockingError::Ended
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_answers_and_a_panic_is_an_error() {
        assert_eq!(blocking(|| 7).await, Ok(7));
        let panicked = blocking(|| panic!("on purpose")).await;
        assert_eq!(panicked, Err::<(), _>(BlockingError::Panicked));
    }
}

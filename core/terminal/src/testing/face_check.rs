use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::ports::{FaceCheck, FaceCheckError, FaceHandoff, FaceReturn};

/// How one handoff is answered.
type Answer = Box<dyn FnMut(&FaceHandoff) -> Result<FaceReturn, FaceCheckError> + Send>;

/// A face check that answers as a closure says, and remembers what it was asked.
pub struct ScriptedFaceCheck {
    answer: Mutex<Answer>,
    asked: Mutex<Vec<FaceHandoff>>,
}

impl ScriptedFaceCheck {
    /// Answers every handoff by the closure.
    #[must_use]
    pub fn new(
        answer: impl FnMut(&FaceHandoff) -> Result<FaceReturn, FaceCheckError> + Send + 'static,
    ) -> Self {
        Self {
            answer: Mutex::new(Box::new(answer)),
            asked: Mutex::new(Vec::new()),
        }
    }

    /// Every handoff so far.
    #[must_use]
    pub fn asked(&self) -> Vec<FaceHandoff> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl FaceCheck for ScriptedFaceCheck {
    async fn hand_over(&self, handoff: &FaceHandoff) -> Result<FaceReturn, FaceCheckError> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(handoff.clone());
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        (*answer)(handoff)
    }
}

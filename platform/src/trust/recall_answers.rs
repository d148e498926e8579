//! The recall list since a version, as it was signed: checkers come by the thousand with the same few versions,
//! and each would have the whole list read and signed for it.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use liangma_crypto::PublicKey;

use crate::{error::Failure, storage::RecallRow};

/// The most bytes of answers that are kept. Whoever asks for every version there is gets each made anew.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// The list as it is now, and the answers that were made of it.
#[derive(Default)]
pub(super) struct RecallAnswers(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// Who signs.
    keys: Vec<PublicKey>,
    rows: Vec<RecallRow>,
    answers: HashMap<u64, Vec<u8>>,
    bytes: usize,
}

impl RecallAnswers {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The version of the list that is kept; `None` where none is, or other keys signed its answers.
    pub(super) fn newest(&self, keys: &[PublicKey]) -> Option<u64> {
        let kept = self.kept();
        let row = kept.rows.last()?;
        (kept.keys == keys).then_some(row.version)
    }

    /// Takes a list in the place of a former one, with no answers yet.
    pub(super) fn keep(&self, keys: Vec<PublicKey>, rows: Vec<RecallRow>) {
        *self.kept() = Kept {
            keys,
            rows,
            ..Kept::default()
        };
    }

    /// What came since a version, made where nobody asked for it before. `None` when the version is not one
    /// of the list's, or the list does not reach back to it.
    pub(super) fn answer(
        &self,
        from: u64,
        make: impl FnOnce(&[RecallRow]) -> Result<Vec<u8>, Failure>,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let mut kept = self.kept();
        let ours = kept.rows.last().is_some_and(|row| from < row.version);
        let complete = kept
            .rows
            .first()
            .is_some_and(|row| row.version <= from.saturating_add(1));
        if !ours || !complete {
            return Ok(None);
        }
        if let Some(answer) = kept.answers.get(&from) {
            return Ok(Some(answer.clone()));
        }
        let answer = make(&kept.rows)?;
        if kept.bytes + answer.len() > BYTES_MAX {
            kept.answers.clear();
            kept.bytes = 0;
        }
        if answer.len() <= BYTES_MAX {
            kept.bytes += answer.len();
            kept.answers.insert(from, answer.clone());
        }
        Ok(Some(answer))
    }
}

#[cfg(test)]
mod tests {
    use liangma_crypto::{SigningKey, Suite, SystemRandomness};

    use super::*;

    fn keys() -> Vec<PublicKey> {
        let key = SigningKey::generate(Suite::Ed25519, &SystemRandomness).unwrap();
        vec![*key.public_key()]
    }

    fn rows(versions: std::ops::RangeInclusive<u64>) -> Vec<RecallRow> {
        let row = |version| RecallRow {
            version,
            hour: 458_000,
            key: Some([1; 16]),
            at: 1_648_771_200,
        };
        versions.map(row).collect()
    }

    /// Asks, and tells whether it had to be made.
    fn ask(answers: &RecallAnswers, from: u64, length: usize) -> (Option<usize>, bool) {
        let mut made = false;
        let answer = answers.answer(from, |rows| {
            made = true;
            Ok(vec![0; length + rows.len()])
        });
        (answer.ok().flatten().map(|answer| answer.len()), made)
    }

    #[test]
    fn a_list_since_a_version_is_signed_once_until_something_is_recalled_or_the_key_changes() {
        let (answers, key) = (RecallAnswers::default(), keys());
        assert_eq!(answers.newest(&key), None);
        answers.keep(key.clone(), rows(3..=9));
        assert_eq!(answers.newest(&key), Some(9));
        assert_eq!(ask(&answers, 4, 100), (Some(107), true));
        assert_eq!(ask(&answers, 4, 100), (Some(107), false));
        assert_eq!(ask(&answers, 5, 100), (Some(107), true));
        assert_eq!(answers.newest(&keys()), None, "another key signs now");
        answers.keep(key, rows(3..=10));
        assert_eq!(ask(&answers, 4, 100), (Some(108), true));
    }

    #[test]
    fn a_version_that_is_not_ours_or_no_longer_known_has_no_answer() {
        let answers = RecallAnswers::default();
        answers.keep(keys(), rows(3..=9));
        for from in [0, 1, 9, 10, u64::MAX] {
            assert_eq!(ask(&answers, from, 1), (None, false), "{from}");
        }
        assert_eq!(ask(&answers, 2, 1), (Some(8), true));
    }

    #[test]
    fn whoever_asks_for_every_version_does_not_fill_the_memory() {
        let answers = RecallAnswers::default();
        answers.keep(keys(), rows(1..=100));
        for from in 1..100 {
            ask(&answers, from, BYTES_MAX / 10);
            let kept = answers.kept();
            let held: usize = kept.answers.values().map(Vec::len).sum();
            assert_eq!(held, kept.bytes);
            assert!(held <= BYTES_MAX);
        }
        assert_eq!(ask(&answers, 1, BYTES_MAX), (Some(BYTES_MAX + 100), true));
        assert!(ask(&answers, 1, BYTES_MAX).1, "too large to be kept");
    }
}

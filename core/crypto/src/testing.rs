//! Predictable randomness for tests, vectors and demonstrations. Never for a real key.

use std::sync::Mutex;

use crate::{Randomness, RandomnessError, sha256};

/// Bytes that follow from a seed: block `n` is SHA-256(`"liangma/seeded/1"` | seed as u64 | n as u64), big-endian.
///
/// Two instances with one seed deliver the same stream whatever the sizes asked for, so that vectors
/// regenerate identically. Whoever knows the seed knows every key made from it.
#[derive(Debug)]
pub struct SeededRandomness {
    seed: u64,
    position: Mutex<u64>,
}

impl SeededRandomness {
    /// Starts the stream of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            position: Mutex::new(0),
        }
    }
}

impl Randomness for SeededRandomness {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomnessError> {
        let mut position = self.position.lock().map_err(|_| RandomnessError)?;
        let mut block = [0; 32];
        let mut block_number = None;
        for byte in buffer {
            let number = *position / 32;
            if block_number != Some(number) {
                block = sha256(&[
                    b"liangma/seeded/1",
                    &self.seed.to_be_bytes(),
                    &number.to_be_bytes(),
                ]);
                block_number = Some(number);
            }
            *byte = block[(*position % 32) as usize];
            *position += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_stream_however_it_is_read() {
        let (whole, pieces) = (SeededRandomness::new(7), SeededRandomness::new(7));
        let mut expected = [0; 100];
        whole.fill(&mut expected).unwrap();
        let mut got = Vec::new();
        for length in [1, 31, 2, 33, 33] {
            let mut piece = vec![0; length];
            pieces.fill(&mut piece).unwrap();
            got.extend(piece);
        }
        assert_eq!(got, expected);
    }

    #[test]
    fn another_seed_gives_another_stream() {
        let (mut first, mut second) = ([0; 32], [0; 32]);
        SeededRandomness::new(1).fill(&mut first).unwrap();
        SeededRandomness::new(2).fill(&mut second).unwrap();
        assert_ne!(first, second);
    }
}

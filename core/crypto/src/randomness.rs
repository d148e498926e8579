use ring::rand::SecureRandom;

/// Where unpredictable bytes come from. Passed in, so that core code stays a function of its arguments.
pub trait Randomness: Send + Sync {
    /// Fills the whole buffer.
    ///
    /// # Errors
    /// When the source cannot deliver; the buffer must not be used then.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomnessError>;
}

/// The source of randomness did not deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("read from the source of randomness")]
pub struct RandomnessError;

/// The randomness of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomnessError> {
        ring::rand::SystemRandom::new()
            .fill(buffer)
            .map_err(|ring::error::Unspecified| RandomnessError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_does_not_repeat_itself() {
        let (mut first, mut second) = ([0; 32], [0; 32]);
        SystemRandomness.fill(&mut first).unwrap();
        SystemRandomness.fill(&mut second).unwrap();
        assert_ne!(first, second);
    }
}

/// Names how a signature is made: the curve, the hash and the form of keys and signatures.
///
/// The number is on the wire in every envelope. Numbers from 16 are kept for the SM2/SM3/SM4 suites.
#[repr(u8)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Suite {
    /// Ed25519 (RFC 8032): public keys of 32 bytes, signatures of 64.
    Ed25519 = 1,
    /// ECDSA over P-256 with SHA-256: uncompressed public keys of 65 bytes, signatures `r | s` of 64.
    P256 = 2,
}

/// The number names no suite known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("suite number {0} is unknown")]
pub struct UnknownSuite(pub u8);

impl Suite {
    /// The number used in envelopes.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The fully specified COSE algorithm (RFC 9864): -19 for Ed25519, -9 for ESP256.
    #[must_use]
    pub const fn cose_algorithm(self) -> i64 {
        match self {
            Self::Ed25519 => -19,
            Self::P256 => -9,
        }
    }

    /// The suite a COSE algorithm number stands for, if it is one of ours.
    #[must_use]
    pub const fn from_cose_algorithm(algorithm: i64) -> Option<Self> {
        match algorithm {
            -19 => Some(Self::Ed25519),
            -9 => Some(Self::P256),
            _ => None,
        }
    }

    /// Bytes of a public key of this suite.
    #[must_use]
    pub const fn public_key_length(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::P256 => 65,
        }
    }
}

impl TryFrom<u8> for Suite {
    type Error = UnknownSuite;

    fn try_from(number: u8) -> Result<Self, UnknownSuite> {
        match number {
            1 => Ok(Self::Ed25519),
            2 => Ok(Self::P256),
            other => Err(UnknownSuite(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_means_one_suite_or_none() {
        for number in 0..=u8::MAX {
            match Suite::try_from(number) {
                Ok(suite) => assert_eq!(suite.number(), number),
                Err(UnknownSuite(unknown)) => assert_eq!(unknown, number),
            }
        }
    }

    #[test]
    fn cose_numbers_lead_back_to_their_suite() {
        for suite in [Suite::Ed25519, Suite::P256] {
            assert_eq!(
                Suite::from_cose_algorithm(suite.cose_algorithm()),
                Some(suite)
            );
        }
        // -8 is the older, polymorphic EdDSA; -7 is ES256, which does not name its curve.
        assert_eq!(Suite::from_cose_algorithm(-8), None);
        assert_eq!(Suite::from_cose_algorithm(-7), None);
    }
}

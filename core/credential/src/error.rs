/// Why bytes or text from outside are not one of our structures.
///
/// Names the place in the structure, never what stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than the longest structure of its kind.
    #[error("read {what}: it is longer than {limit} bytes")]
    TooLong {
        /// The structure.
        what: &'static str,
        /// The most bytes it may have.
        limit: usize,
    },
    /// Not the structure, or not in its one accepted encoding.
    #[error("read {what}: it is damaged")]
    Malformed {
        /// The structure or the field.
        what: &'static str,
    },
    /// Well formed, but it carries something this version has to understand and does not:
    /// a key below 24, or a number outside a closed list.
    #[error("read {what}: it is of a newer version")]
    Unsupported {
        /// The structure or the field.
        what: &'static str,
    },
}

impl DecodeError {
    pub(crate) const fn malformed(what: &'static str) -> Self {
        Self::Malformed { what }
    }

    pub(crate) const fn unsupported(what: &'static str) -> Self {
        Self::Unsupported { what }
    }
}

/// Why something could not be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key could not sign.
    #[error("sign {0}")]
    Signature(&'static str),
    /// A field is outside what the structure can carry.
    #[error("build {structure}: {field} is outside its bounds")]
    OutOfBounds {
        /// The structure.
        structure: &'static str,
        /// The field.
        field: &'static str,
    },
}

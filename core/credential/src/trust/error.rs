use crate::DecodeError;

/// Why a file was refused. What was in force stays in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Not a file of ours, or not in its one accepted encoding.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A file of another role was expected.
    #[error("take the file: it has another role than expected")]
    OtherRole,
    /// The root has ended; only a newer root can be taken.
    #[error("take the file: the root it rests on has expired; fetch the next root")]
    RootExpired,
    /// A key of the role is named, and its signature is wrong.
    #[error("take the file: a signature is wrong")]
    BadSignature,
    /// Only keys of other roles, or none, signed it.
    #[error("take the file: no key of its role signed it")]
    WrongRole,
    /// Too few keys of the role signed it.
    #[error("take the file: {signed} of {threshold} keys signed it")]
    BelowThreshold {
        /// Different keys of the role that signed.
        signed: usize,
        /// How many are needed.
        threshold: usize,
    },
    /// It has ended. A frozen mirror shows itself by this.
    #[error("take the file: it has expired")]
    Expired,
    /// Older than what is in force.
    #[error("take the file: version {found} is older than version {held}")]
    Rollback {
        /// The version in force.
        held: u32,
        /// The version that came.
        found: u32,
    },
    /// The version in force, with other content.
    #[error("take the file: version {0} is known with other content")]
    Conflict(u32),
    /// Too far ahead of what is in force.
    #[error("take the file: version {found} is too far ahead of version {held}")]
    VersionJump {
        /// The version in force.
        held: u32,
        /// The version that came.
        found: u32,
    },
    /// A root that is not the very next one.
    #[error("take the root: version {expected} comes next, not {found}")]
    NotNextRoot {
        /// The version that comes next.
        expected: u32,
        /// The version that came.
        found: u32,
    },
    /// A part of the recall list that does not start where the list in force ends.
    #[error("take the recall list: it starts after version {from}, and version {held} is in force")]
    Gap {
        /// The version in force.
        held: u32,
        /// The version the part starts after.
        from: u32,
    },
    /// The time stamp names other content for this version.
    #[error("take the file: the time stamp names other content for version {0}")]
    StampMismatch(u32),
}

impl TrustError {
    /// A stable name for vectors and logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decode(DecodeError::Unsupported { .. }) => "unsupported",
            Self::Decode(DecodeError::TooLong { .. } | DecodeError::Malformed { .. }) => "damaged",
            Self::OtherRole => "other_role",
            Self::RootExpired => "root_expired",
            Self::BadSignature => "bad_signature",
            Self::WrongRole => "wrong_role",
            Self::BelowThreshold { .. } => "below_threshold",
            Self::Expired => "expired",
            Self::Rollback { .. } => "rollback",
            Self::Conflict(_) => "conflict",
            Self::VersionJump { .. } => "version_jump",
            Self::NotNextRoot { .. } => "not_next_root",
            Self::Gap { .. } => "gap",
            Self::StampMismatch(_) => "stamp_mismatch",
        }
    }
}

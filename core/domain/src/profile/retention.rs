//! How long each class of data is kept.

use serde::{Deserialize, Serialize};

use crate::policy::{PolicyError, Reading, Source, check_range};

macro_rules! data_classes {
    ($($(#[$doc:meta])* $name:ident: $range:expr),+ $(,)?) => {
        /// A class of personal data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum DataClass { $($(#[$doc])* $name),+ }

        impl DataClass {
            /// Every class.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            fn named(name: &str) -> Option<Self> {
                let name = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name);
                Self::deserialize(name).ok()
            }

            /// The days that a region may choose from.
            pub(super) fn range(self) -> std::ops::RangeInclusive<u32> {
                match self { $(Self::$name => $range),+ }
            }
        }
    };
}

data_classes! {
    /// Attempts to log in, with hashed addresses.
    LoginAttempt: 1..=30,
    /// Sessions and device keys, after they end.
    Session: 1..=90,
    /// Tickets and receipts of face checks. There is never a picture.
    FaceCheck: 1..=30,
    /// Declarations of health.
    HealthDeclaration: 1..=90,
    /// Declarations of trips.
    TripDeclaration: 1..=60,
    /// Evidence, counted from when it last set a colour.
    Evidence: 21..=366,
    /// Decisions: the salt and the entry of a leaf; the leaf's hash stays.
    Decision: 180..=1096,
    /// Sealed state of strips, after their last hour.
    Strip: 1..=30,
    /// Consents, after they end.
    Consent: 180..=1096,
    /// Abnormal-code feedback and its materials, after the answer.
    Feedback: 30..=366,
    /// Records of proxies, after they end.
    ProxyRecord: 30..=366,
    /// Visits to venues.
    VenueVisit: 1..=30,
    /// Registrations of people without a code.
    PaperRegistration: 1..=30,
    /// The log of what operators did: six months or more (GB/T 22239 level 3).
    AuditLog: 180..=1096,
}

/// How long one class is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionRow {
    /// The class.
    pub class: DataClass,
    /// Days.
    pub days: u32,
    /// Why so long.
    pub source: Source,
}

/// What happens after the epidemic (Guangxi article 38, Shanxi article 28, Zhejiang fourth part).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AfterEpidemic {
    /// Days within which everything is destroyed.
    pub destroy_within_days: u32,
    /// Whether the destruction is announced to the public.
    pub announce: bool,
    /// Where this comes from.
    pub source: Source,
}

/// One class as it stands in a profile, which may be of a newer program with more classes.
#[derive(Deserialize)]
pub(super) struct RetentionLine {
    class: String,
    days: u32,
    source: Source,
}

/// The lines of the classes that are known here. The file of whoever puts it into force names no others.
pub(super) fn known(
    lines: Vec<RetentionLine>,
    reading: Reading,
) -> Result<Vec<RetentionRow>, PolicyError> {
    let mut rows = Vec::with_capacity(lines.len());
    for (index, line) in lines.into_iter().enumerate() {
        match DataClass::named(&line.class) {
            Some(class) => rows.push(RetentionRow {
                class,
                days: line.days,
                source: line.source,
            }),
            None if reading == Reading::OwnFile => {
                return Err(PolicyError::inconsistent(
                    format!("retention[{index}].class"),
                    "name a class of data that this program keeps",
                ));
            }
            None => {}
        }
    }
    Ok(rows)
}

pub(super) fn check(
    rows: &[RetentionRow],
    after: &AfterEpidemic,
    reading: Reading,
) -> Result<(), PolicyError> {
    for (index, row) in rows.iter().enumerate() {
        let path = format!("retention[{index}]");
        check_range(&format!("{path}.days"), row.days, row.class.range())?;
        row.source.check(&format!("{path}.source"))?;
        if rows
            .iter()
            .take(index)
            .any(|earlier| earlier.class == row.class)
        {
            return Err(PolicyError::inconsistent(
                path,
                "give each class of data one line; this one stands twice",
            ));
        }
    }
    for class in DataClass::ALL {
        let named = rows.iter().any(|row| row.class == *class);
        if !named && reading == Reading::OwnFile {
            return Err(PolicyError::inconsistent(
                "retention",
                format!("say how long {class:?} is kept; no data is kept without an end"),
            ));
        }
    }
    check_range(
        "after_epidemic.destroy_within_days",
        after.destroy_within_days,
        1..=180,
    )?;
    after.source.check("after_epidemic.source")
}

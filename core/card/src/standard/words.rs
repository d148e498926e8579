//! The words a card cannot do without.

use std::collections::BTreeMap;

use super::Localised;
use super::fault::{Fault, Faults};

macro_rules! card_words {
    ($($(#[$doc:meta])* $name:ident [$($placeholder:literal),*];)*) => {
        /// The words of the card; a placeholder in braces is filled in by the scene.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct CardWords {
            $($(#[$doc])* pub $name: Localised,)*
        }

        impl CardWords {
            /// Their names.
            pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];

            /// The words, when all of them are there.
            pub(super) fn take(words: &BTreeMap<String, Localised>, faults: &mut Faults) -> Option<Self> {
                // Each is looked for, so that all that are missing are told.
                $(let $name = words.get(stringify!($name));)*
                $(
                    let path = concat!("words.", stringify!($name));
                    match $name {
                        Some(found) => super::check::placeholders(path, found, &[$($placeholder),*], faults),
                        None => faults.add(path, Fault::Missing),
                    }
                )*
                Some(Self { $($name: $name?.clone(),)* })
            }
        }
    };
}

card_words! {
    /// The mark of a card that is only a demonstration.
    sandbox_mark [];
    /// The same, for ears.
    sandbox_spoken [];
    /// Says that the code on this phone is a family member's.
    ward_mark [];
    /// Says how many people a group code stands for.
    group_mark ["count"];
    /// The name on a group code.
    group_name ["name", "count"];
    /// The clock, for ears.
    time_spoken ["time"];
    /// The QR code, for ears.
    qr_spoken [];
    /// A time of tomorrow's civil day.
    tomorrow ["time"];
    /// Until when the code works without network, short.
    offline_until ["time"];
    /// The same in full, for ears.
    works_offline_until ["time"];
    /// When the code was last renewed.
    updated ["time"];
    /// The phone's clock is in doubt.
    time_may_be_off [];
    /// No live code: its hours are over.
    expired [];
    /// What to do then.
    expired_do [];
    /// No live code: it was recalled.
    status_updated [];
    /// What to do then.
    status_updated_do [];
    /// No live code: nobody applied for one.
    not_applied [];
    /// What to do then.
    not_applied_do [];
    /// No live code for another cause.
    unavailable [];
    /// What to do then.
    unavailable_do [];
    /// The way on for somebody without a code.
    pass_without_code [];
}

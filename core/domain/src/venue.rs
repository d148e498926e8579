//! Kinds of places, and how alert a region is.

use serde::{Deserialize, Serialize};

macro_rules! venue_classes {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// The kind of a place that checks codes; what a colour may do there is in the profile's admission table.
        ///
        /// The special places and halls are Zhejiang's list (second part, yellow); stations, quarters and parks
        /// are Guangxi article 8; malls and pharmacies are Shandong's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum VenueClass { $($(#[$doc])* $name),+ }

        impl VenueClass {
            /// Every class.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

venue_classes! {
    /// A school.
    School,
    /// A nursing home.
    NursingHome,
    /// A welfare home.
    WelfareHome,
    /// An institution of mental health care.
    PsychiatricHospital,
    /// A prison.
    Prison,
    /// Another special place with people who are easily harmed or cannot leave.
    OtherSpecialPlace,
    /// A wholesale market of farm produce.
    WholesaleMarket,
    /// A farmers' market.
    FarmersMarket,
    /// A supermarket.
    Supermarket,
    /// A library.
    Library,
    /// A museum.
    Museum,
    /// An art gallery.
    Gallery,
    /// An exhibition hall.
    ExhibitionHall,
    /// A cinema or theatre.
    Cinema,
    /// An amusement arcade.
    Arcade,
    /// Another closed place of entertainment.
    OtherEntertainment,
    /// A taxi.
    Taxi,
    /// A bus.
    Bus,
    /// Another means of public transport.
    OtherTransport,
    /// A railway or bus station.
    Station,
    /// An airport.
    Airport,
    /// A passenger port, a ferry or an open-air dock.
    PassengerPort,
    /// A checkpoint on a road.
    TrafficCheckpoint,
    /// A residential quarter.
    Community,
    /// A park.
    Park,
    /// A shopping mall.
    ShoppingMall,
    /// A pharmacy.
    Pharmacy,
    /// A hospital or clinic. Urgent care is never refused.
    Hospital,
    /// Any other public place.
    OtherPublic,
}

/// How alert a region or a place is (Guangxi article 10, Shanxi articles 12 and 20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertLevel {
    /// Shanxi's normal mode.
    Normal,
    /// Between the two, when the risk of a place has risen.
    Raised,
    /// Shanxi's emergency mode, from the first positive case in the province on.
    Emergency,
}

impl AlertLevel {
    /// Every level, calmest first.
    pub const ALL: &'static [Self] = &[Self::Normal, Self::Raised, Self::Emergency];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_names_of_places_and_levels_do_not_change() {
        insta::assert_json_snapshot!((VenueClass::ALL, AlertLevel::ALL));
    }
}

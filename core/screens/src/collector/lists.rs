//! The lists of a collector as files, such as a golden trace brings along.

use jiff::Timestamp;
use liangma_card::{Language, View};
use liangma_credential::{Role, TrustStore};
use liangma_domain::profile::RegionProfile;
use liangma_wire::bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Collector;

/// Signed files, from the root on, and which of them is the region's profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    /// The root of trust.
    pub root: Bytes,
    /// The other files, in the order in which they are taken.
    pub files: Vec<Bytes>,
    /// The name of the profile among them.
    pub profile: String,
}

impl Lists {
    /// A phone that is lent with these lists; `None` when they do not prove themselves or have no such profile.
    #[must_use]
    pub fn lent(&self, language: Language, view: View, at: Timestamp) -> Option<Collector> {
        let files = self.files.iter().map(|file| &file.0);
        let trust = TrustStore::restore(&self.root.0, files).ok()?;
        let profile = &trust.named(Role::Profile, &self.profile)?.body;
        let profile = RegionProfile::parse_signed(profile).ok()?;
        Some(Collector::new(trust, profile, language, at).lent(view))
    }
}

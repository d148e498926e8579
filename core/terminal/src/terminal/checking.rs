//! What a phone that is lent to checking codes goes by: nothing that is the person's own.

use liangma_credential::{CheckerClock, Role, TrustStore};
use liangma_domain::profile::RegionProfile;

use super::{Terminal, TerminalError, locked};
use crate::clock::ClockState;

impl Terminal {
    /// A copy of what is held to check codes by, and the profile of the region: the person's, and before a
    /// login the one that there is. Whether every list is there, and how old they are, the trust says itself;
    /// [`Terminal::trust_sync`] with [`super::TrustScope::Checker`] fetches newer ones.
    ///
    /// # Errors
    /// [`TerminalError::NoProfile`] before the first that was fetched; the store's errors.
    pub async fn checker(&self) -> Result<(TrustStore, RegionProfile), TerminalError> {
        let region = match self.session().await {
            Ok(session) => Some(session.profile),
            Err(TerminalError::NotLoggedIn) => None,
            Err(error) => return Err(error),
        };
        let held = || self.stamped(Role::Profile).into_iter();
        let name = region.or_else(|| held().find_map(|file| file.name));
        let profile = self.profile(&name.ok_or(TerminalError::NoProfile)?)?;
        let trust = locked(&self.0.trust).clone();
        Ok((trust, profile))
    }

    /// The time by which codes are checked. Only a time that the platform signed since the phone was started
    /// is beyond doubt: whoever stands at a door would be let in by a clock that anybody can set.
    #[must_use]
    pub fn checker_clock(&self) -> CheckerClock {
        let judged = self.judge();
        CheckerClock {
            now: judged.now,
            in_doubt: judged.state != ClockState::Trusted,
        }
    }
}

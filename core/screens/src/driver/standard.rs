//! A newer UI standard, taken while the phone is in use.

use std::sync::Arc;

use super::{Inner, locked};
use crate::{package::SeenError, view::Seen};

impl Inner {
    /// Takes the package that was found good last, and after it one that was fetched since. What is not
    /// taken changes nothing; it is written down why. Whether things look different now.
    pub(super) async fn take_standard(&self) -> bool {
        let Some(terminal) = locked(&self.terminal).clone() else {
            return false;
        };
        let mut different = false;
        if locked(&self.standard_looked_at).is_none() {
            match terminal.kept_standard().await {
                Ok(Some(package)) => {
                    different = self.read_standard(package).await;
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the kept UI standard could not be read"),
            }
        }
        let newest = terminal.standard();
        let version = newest.as_ref().map_or(0, |newest| newest.version);
        if locked(&self.standard_looked_at).replace(version) == Some(version) {
            return different;
        }
        let Some(newest) = newest else {
            return different;
        };
        if !self.read_standard(newest.package.clone()).await {
            return different;
        }
        if let Err(error) = terminal.keep_standard(newest.package).await {
            tracing::warn!(%error, "the newer UI standard could not be kept");
        }
        true
    }

    /// Whether the package was taken. Laying every card out once takes a while: on a thread of its own.
    async fn read_standard(&self, package: Vec<u8>) -> bool {
        let held = locked(&self.seen).standard.version();
        let read = liangma_terminal::blocking(move || Seen::newer(&package, held)).await;
        match read {
            Ok(Ok(seen)) => {
                *locked(&self.seen) = Arc::new(seen);
                true
            }
            // As after every restart, or a program that brought a newer one along.
            Ok(Err(SeenError::NotNewer { .. })) => false,
            Ok(Err(error)) => {
                tracing::warn!(%error, "a newer UI standard is not taken; the one before stays");
                false
            }
            Err(error) => {
                tracing::error!(%error, "a newer UI standard could not be read");
                false
            }
        }
    }
}

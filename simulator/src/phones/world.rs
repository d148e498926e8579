//! Everything that runs behind the pages: a region's machines, and the phones.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use liangma_card::{Standard, StateWords};
use liangma_screens::{Seen, Words};
use liangma_terminal::ports::FaceReturn;

use super::people::{owners, preferences};
use super::rig::{Installation, PhoneRig};
use crate::failure::{Failure, OrFail as _};
use crate::region::Region;

/// Where the face provider sends the browser in the end.
pub(crate) const FACE_RETURN_PATH: &str = "/face";
/// How often the tray of messages is looked at.
const TRAY_INTERVAL: Duration = Duration::from_millis(200);

/// The region and its phones.
pub(crate) struct World {
    region: Region,
    rigs: Vec<Arc<PhoneRig>>,
    seen: Arc<Seen>,
    /// Where the pages are served.
    address: SocketAddr,
}

impl World {
    /// Starts the machines and unpacks the phones, in a folder; the pages are served at `address`.
    pub(crate) async fn start(folder: &Path, address: SocketAddr) -> Result<Arc<Self>, Failure> {
        let report = "this is a mistake in the program; please report it";
        let seen = Arc::new(Seen {
            standard: Standard::built_in().or_fail("the UI standard cannot be read", report)?,
            states: StateWords::built_in().or_fail("the words of states cannot be read", report)?,
            words: Words::built_in().or_fail("the words of the screens cannot be read", report)?,
        });
        let back = format!("http://{address}{FACE_RETURN_PATH}");
        let region = Region::start(&folder.join("platform"), &back).await?;
        let mut rigs = Vec::new();
        for (mark, person) in (1..).zip(owners()) {
            let folder = folder.join("phones").join(person.key);
            let rig = PhoneRig::unpack(Installation {
                person,
                folder: &folder,
                platform: region.address(),
                root: region.root(),
                preferences: preferences(person),
                seen: seen.clone(),
                mark,
            });
            rigs.push(rig.await?);
        }
        let world = Arc::new(Self {
            region,
            rigs,
            seen,
            address,
        });
        tokio::spawn(deliver_messages(Arc::downgrade(&world)));
        Ok(world)
    }

    /// The machines.
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    /// The UI standard and the words.
    pub(crate) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// The phones.
    pub(crate) fn rigs(&self) -> &[Arc<PhoneRig>] {
        &self.rigs
    }

    /// One of them, by the short name of its person.
    pub(crate) fn rig(&self, key: &str) -> Option<&Arc<PhoneRig>> {
        self.rigs.iter().find(|rig| rig.person().key == key)
    }

    /// Where the pages are served.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the link that led back from the face provider to the phone whose it is.
    pub(crate) async fn face_returned(&self, back: FaceReturn) -> Option<&Arc<PhoneRig>> {
        for rig in &self.rigs {
            if rig.face_returned(back).await {
                return Some(rig);
            }
        }
        None
    }

    /// Ends the phones, then the machines.
    pub(crate) async fn stop(&self) -> Result<(), Failure> {
        for rig in &self.rigs {
            rig.stop().await;
        }
        self.region.stop().await
    }
}

/// Shows each message on the phones with its number.
async fn deliver_messages(world: std::sync::Weak<World>) {
    let mut next = 0;
    while let Some(world) = world.upgrade() {
        let (messages, after) = world.region.sandbox().tray.since(next);
        next = after;
        for message in messages {
            let of_number = |rig: &&Arc<PhoneRig>| rig.person().phone == message.phone;
            for rig in world.rigs.iter().filter(of_number) {
                rig.panes()
                    .change(|status| status.message = Some(message.code.clone()));
            }
        }
        drop(world);
        tokio::time::sleep(TRAY_INTERVAL).await;
    }
}

//! Who is trusted, by TUF's roles and rules in our own encoding: a root that a checker is built with or
//! given by hand, and files that count only because keys named by that root signed them.

mod ages;
mod bundle;
mod error;
mod file;
mod issuers;
mod named;
mod recall;
mod root;
mod store;
mod timestamp;
mod voids;

pub use ages::{Freshness, ListAges};
pub use bundle::TrustBundle;
pub use error::TrustError;
pub use file::{FILE_LIMIT, FileHeader, Role, SignedFile};
pub use issuers::{Issuer, IssuerList, IssuerUse};
pub use named::NamedFile;
pub use recall::{RECALL_REACH_HOURS, RecallEntry, RecallList};
pub use root::{RoleEntry, RootFile};
pub use store::{TrustStore, Updated};
pub use timestamp::{FileName, StampedFile, TimeError, TimeStatement, TimestampFile};
pub use voids::{VoidHash, VoidList, void_hash};

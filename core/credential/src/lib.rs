//! The signed credential, the live code, paper and venue codes, trust and recall lists, and the offline check.
//!
//! Everything here is a function of its arguments: no clock, no network, no file. `docs/PROTOCOL.md` says
//! the same in words, so that a checker can be written without this code.

mod admit;
pub mod base45;
mod batch;
mod cbor;
mod check;
mod checker;
mod claims;
mod credential;
mod error;
mod hour;
mod live;
mod paper;
mod receipt;
mod sign1;
mod strip;
mod trust;
mod venue_code;

pub use admit::admit;
pub use batch::{BATCH_BODY_LIMIT, BatchId, EvidenceBatch, SignedBatch};
pub use check::{
    CLOCK_BEHIND_SECONDS, Checked, CheckerClock, EXPIRED_AFTER_SECONDS, Flags, LIVE_BEFORE_SECONDS,
    LIVE_UNTIL_SECONDS, Shown, VALID_BEFORE_SECONDS, Verdict, check,
};
pub use checker::{Checker, RecentlySeen, SecondLook};
pub use claims::{Claims, GROUP_LIMIT, Kind, Member};
pub use credential::{CREDENTIAL_LIMIT, Credential};
pub use error::{DecodeError, SignError};
pub use hour::{Hour, Slot};
pub use live::{LIVE_PREFIX, Revealed, Scanned, TEXT_LIMIT, live_code_text, scan};
pub use paper::{
    CheckedPaper, PAPER_PREFIX, PaperClaims, PaperCode, PaperSerial, ShownPaper, check_paper,
};
pub use receipt::{FaceOutcome, Pseudonym, Receipt, ReceiptBinding, ReceiptError};
pub use strip::{CodeId, RecallKey, StripChain, StripSecret};
pub use trust::{
    FILE_LIMIT, FileHeader, FileName, Freshness, Issuer, IssuerList, IssuerUse, ListAges,
    NamedFile, RECALL_REACH_HOURS, RecallEntry, RecallList, Role, RoleEntry, RootFile, SignedFile,
    StampedFile, TimeError, TimeStatement, TimestampFile, TrustBundle, TrustError, TrustStore,
    Updated, VoidHash, VoidList, void_hash,
};
pub use venue_code::{
    CheckedVenue, ShownVenue, VENUE_CLASS_NUMBERS, VENUE_NAME_LIMIT, VENUE_PREFIX, VenueChain,
    VenueClaims, VenueCode, VenueForm, VenueId, Visit, check_venue,
};

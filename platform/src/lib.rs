//! The reference platform: HTTP interface, roles, rules in force, signer and storage.
//!
//! [`Platform::open`] takes a configuration and the ports to the world; [`app`] is its interface as a
//! router, which tests drive without a socket; [`serve`] puts it on a listener. [`sandbox`] holds
//! invented people, a tray of messages and a face-check provider that compares no faces.

mod audit;
mod backup;
mod ceremony;
mod config;
mod doorkeeper;
mod error;
mod face_http;
mod http;
mod key_ring;
mod key_status;
pub mod keys;
mod leaf;
mod metrics;
mod mode;
mod platform;
pub mod ports;
mod restored;
mod role_keys;
mod rotation;
mod running;
pub mod sandbox;
mod serve;
mod service;
mod signer;
mod storage;
mod trust;
mod vault;

pub use audit::{Audit, AuditError, AuditFault, audit};
pub use backup::{BackupError, backup, restore};
pub use ceremony::{
    CeremonyError, IssuerState, ONLINE_ROLES, RootChanges, RootState, activate_standby, draft_root,
    issuer_state, root_state, sign_root, submit_root,
};
pub use config::{
    Duty, IpNet, Limits, MasterKeySource, PlatformConfig, Principal, PrincipalsError,
    STRIPS_PER_DEVICE, read_principals,
};
pub use error::Internal;
pub use face_http::{FaceProviderAddressError, FaceProviderConfig, HttpFaceProvider, PATIENCE};
pub use http::{app, interface_document, operator_app};
pub use key_ring::{KeyRing, KeyRingError};
pub use key_status::{KeyState, KeyStatus, key_status};
pub use mode::{Mode, ModeError, ModeOrder, mode_in_force, order_mode};
pub use platform::{OpenError, Platform, Ports};
pub use serve::{ServeError, ServeHandle, ServerTls, serve, serve_operator};
pub use storage::{KeyKind, StorageError};

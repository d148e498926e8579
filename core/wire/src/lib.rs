//! The platform's interface as types, shared by terminal and platform.
//!
//! Every request and response body, every path, every header and every problem code is defined
//! here once. Bodies are JSON, save where a budget or a signature asks for bytes: `make code`,
//! trust files, receipts and evidence batches are deterministic CBOR.
//!
//! Operations carry the names of GB/T 38963: declare health, declare trip, query, apply for
//! invocation, make code, verify code, correct; beside them stand login, consents, identity
//! verification, evidence and trust.

pub mod application;
pub mod bytes;
pub mod code;
pub mod consent;
pub mod counter;
pub mod declaration;
pub mod device;
pub mod evidence;
pub mod export;
pub mod face;
pub mod login;
#[cfg(feature = "openapi")]
mod openapi;
pub mod personal;
pub mod problem;
pub mod rule_change;
pub mod signed_request;
pub mod trust;
mod whole_number;

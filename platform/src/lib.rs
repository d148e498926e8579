//! The reference platform: HTTP interface, roles, rules in force, signer and storage.

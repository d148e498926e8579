//! Suites, signatures, hashes, key derivation and sealing: the only crate that names a cryptographic library.

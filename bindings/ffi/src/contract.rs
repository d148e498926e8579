//! Which bindings this library goes with.

use std::sync::Arc;

use crate::{engine::Engine, error::LiangmaError};

/// Rises with every change of the exported surface (`bindings/api`). Bindings and library go together when
/// both have the same.
pub const CONTRACT_VERSION: u32 = 2;

/// The version as a plain C function, so that bindings can ask it before they touch anything that an older
/// library may lack: their own checks would end the program with words that help nobody.
#[unsafe(no_mangle)]
pub extern "C" fn liangma_contract_version() -> u32 {
    CONTRACT_VERSION
}

/// Which version of the exported surface this library has.
#[uniffi::export]
pub fn contract_version() -> u32 {
    CONTRACT_VERSION
}

/// Panics inside the core on purpose, so that a shell can test what a defect looks like: an error, `Defect`
/// with the code `call.panicked`, and everything else goes on.
///
/// # Errors
/// Always.
#[uniffi::export]
pub async fn drill() -> Result<(), LiangmaError> {
    let engine = Arc::new(Engine::start()?);
    #[expect(clippy::panic, reason = "that is what it is for")]
    let drilled = engine.run(async { panic!("a drill: nothing is wrong") });
    drilled.await
}

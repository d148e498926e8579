//! The bodies of make code.

#![no_main]

use liangma_wire::code::{MakeCodeRequest, MakeCodeResponse};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = minicbor::decode::<MakeCodeRequest>(bytes);
    let _ = minicbor::decode::<MakeCodeResponse>(bytes);
});

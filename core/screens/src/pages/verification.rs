//! From the login to the first code: applying, proving that it is the person, making the code.

pub(crate) mod apply;
pub(crate) mod choose;
pub(crate) mod counter;
pub(crate) mod face;
pub(crate) mod make_code;

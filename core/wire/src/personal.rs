//! Personal data on its way over the wire.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// A value that identifies somebody, inside a request or response body.
///
/// It is written to JSON as it is (that is what the wire is for), and shows `[hidden]` everywhere
/// else, so that a log line or an assertion that prints a whole body prints nobody's data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Personal<T: Zeroize>(T);

impl<T: Zeroize> Personal<T> {
    /// Wraps a value for the wire.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// Shows the value; the only way to it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl<T: Zeroize> Drop for Personal<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl From<String> for Personal<String> {
    fn from(value: String) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_a_personal_value_prints_nothing_of_it() {
        let value = Personal::new("韦秀英".to_owned());
        assert_eq!(format!("{value:?}"), "[hidden]");
        assert_eq!(serde_json::to_string(&value).unwrap(), "\"韦秀英\"");
    }
}

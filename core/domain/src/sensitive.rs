//! A wrapper for what must not be printed by accident.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Holds a value that no log line, error or debug print may show.
///
/// `Debug` and `Display` print `[hidden]`, there is no `Serialize`, and the memory is overwritten
/// on drop. The one way to the value is [`Sensitive::expose`], so that every use can be searched for.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Zeroize, ZeroizeOnDrop)]
pub struct Sensitive<T: Zeroize>(T);

impl<T: Zeroize> Sensitive<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Gives the value itself; name at the call site why it is needed.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hidden]")
    }
}

impl<T: Zeroize> fmt::Display for Sensitive<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hidden]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_shows_nothing_of_the_value() {
        let secret = Sensitive::new(String::from("王小明"));
        assert_eq!(
            format!("{secret} {secret:?} {secret:#?}"),
            "[hidden] [hidden] [hidden]"
        );
        assert_eq!(format!("{:?}", Some(&secret)), "Some([hidden])");
    }

    #[test]
    fn the_value_is_reached_by_name_only() {
        assert_eq!(Sensitive::from(vec![1_u8, 2]).expose(), &[1, 2]);
    }
}

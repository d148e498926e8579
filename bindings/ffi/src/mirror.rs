//! The core's plain types once more, as types that UniFFI can carry, with the way from one to the other.
//!
//! UniFFI wants its own derive on every type, and no other crate may name UniFFI. A field or a variant that
//! the core has and a mirror lacks does not compile.

/// Makes a value from the core's value of the same meaning.
pub(crate) trait Mirror<T> {
    /// The same, for the other side.
    fn mirror(core: T) -> Self;
}

macro_rules! as_it_is {
    ($($type:ty),*) => {$(
        impl Mirror<$type> for $type {
            fn mirror(core: $type) -> Self {
                core
            }
        }
    )*};
}

as_it_is!(String, bool, u8, u16, u32, u64, i64, f32);

impl<T, M: Mirror<T>> Mirror<Vec<T>> for Vec<M> {
    fn mirror(core: Vec<T>) -> Self {
        core.into_iter().map(M::mirror).collect()
    }
}

impl<T, M: Mirror<T>> Mirror<Option<T>> for Option<M> {
    fn mirror(core: Option<T>) -> Self {
        core.map(M::mirror)
    }
}

/// Declares mirrors: `pub struct Name = path::of::Core { … }` and `pub enum Name = path::of::Core { … }`.
macro_rules! mirror {
    () => {};
    (
        $(#[$meta:meta])*
        pub struct $name:ident = $($core:ident)::+ {
            $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)*
        }
        $($rest:tt)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, uniffi::Record)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl $crate::mirror::Mirror<$($core)::+> for $name {
            fn mirror(core: $($core)::+) -> Self {
                use $($core)::+ as Core;
                let Core { $($field,)* } = core;
                Self {
                    $($field: $crate::mirror::Mirror::mirror($field),)*
                }
            }
        }

        mirror! { $($rest)* }
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident = $($core:ident)::+ {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident $({
                    $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
                })?,
            )*
        }
        $($rest:tt)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, uniffi::Enum)]
        pub enum $name {
            $(
                $(#[$variant_meta])*
                $variant $({
                    $($(#[$field_meta])* $field: $type,)*
                })?,
            )*
        }

        impl $crate::mirror::Mirror<$($core)::+> for $name {
            fn mirror(core: $($core)::+) -> Self {
                use $($core)::+ as Core;
                match core {
                    $(Core::$variant $({ $($field,)* })? => Self::$variant $({
                        $($field: $crate::mirror::Mirror::mirror($field),)*
                    })?,)*
                }
            }
        }

        mirror! { $($rest)* }
    };
}

pub(crate) use mirror;

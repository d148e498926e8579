//! JSON schemas of the types whose JSON is written by hand, as exact as the code that reads them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::colour::Colour;
use crate::evidence::EvidenceId;
use crate::region::AreaCode;

/// The schema of a short bounded text: its pattern is made from the test that its reader applies.
pub(crate) fn bounded_text_schema(longest: usize, is_allowed: fn(u8) -> bool) -> Schema {
    let class: String = (b' '..=b'~')
        .filter(|byte| is_allowed(*byte))
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b':' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("\\{}", char::from(byte)),
        })
        .collect();
    json_schema!({ "type": "string", "pattern": format!("^[{class}]{{1,{longest}}}$") })
}

macro_rules! pattern {
    ($type:ident, $pattern:literal, $description:literal) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "description": $description,
                })
            }
        }
    };
}

pattern!(
    EvidenceId,
    "^[0-9a-f]{32}$",
    "The id of one piece of evidence."
);
pattern!(
    AreaCode,
    "^[0-9]{6}([0-9]{3}([0-9]{3})?)?$",
    "A statistical area code: 6 digits for a county, 9 for a street, 12 for a village or community."
);
pattern!(
    Colour,
    "^(green|yellow|red|added-([4-9]|[1-5][0-9]|6[0-3]))$",
    "The colour of a code; `added-N` for one that the region profile adds."
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounded::{is_name_byte, is_reference_byte};

    #[test]
    fn the_pattern_of_a_bounded_text_names_exactly_what_its_reader_takes() {
        let pattern = |is_allowed| bounded_text_schema(8, is_allowed).get("pattern").cloned();
        assert_eq!(
            pattern(is_name_byte),
            Some(r"^[\-.0123456789_abcdefghijklmnopqrstuvwxyz]{1,8}$".into())
        );
        assert_eq!(
            pattern(is_reference_byte),
            Some(
                r"^[\-.\/0123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz]{1,8}$"
                    .into()
            )
        );
    }
}

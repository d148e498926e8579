//! One strict reader and one writer for deterministic CBOR (RFC 8949, section 4.2.1).
//!
//! A structure has exactly one accepted encoding: shortest integers, definite lengths, map keys rising
//! and unique, no floats, no tags, nothing after the end. What a general decoder would forgive is refused,
//! so that nobody can make a second form of a signed thing. Depth and size are bounded by the callers' limits.

use std::cmp::Ordering;

use crate::DecodeError;

/// How deep an ignored value may nest.
const DEPTH_LIMIT: usize = 8;
/// Map keys from here on are ignored when unknown; below, they have to be understood.
const FIRST_IGNORED_KEY: u64 = 24;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const SIMPLE: u8 = 7;

/// Reads one structure front to back; every error names that structure.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    /// Starts on a structure that came from outside, refusing what is too long before looking at it.
    pub(crate) const fn bounded(
        bytes: &'a [u8],
        what: &'static str,
        limit: usize,
    ) -> Result<Self, DecodeError> {
        if bytes.len() > limit {
            return Err(DecodeError::TooLong { what, limit });
        }
        Ok(Self::new(bytes, what))
    }

    pub(crate) const fn malformed(&self) -> DecodeError {
        DecodeError::malformed(self.what)
    }

    pub(crate) const fn unsupported(&self) -> DecodeError {
        DecodeError::unsupported(self.what)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(length).map_err(|_| self.malformed())?;
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| self.malformed())?;
        self.rest = rest;
        Ok(taken)
    }

    /// Major type and argument, the argument in its shortest form.
    fn head(&mut self) -> Result<(u8, u64), DecodeError> {
        let (&first, rest) = self.rest.split_first().ok_or_else(|| self.malformed())?;
        self.rest = rest;
        let (major, short) = (first >> 5, first & 0x1f);
        let width = match short {
            0..=23 => return Ok((major, u64::from(short))),
            24..=27 => 1 << (short - 24),
            _ => return Err(self.malformed()),
        };
        let argument = self
            .take(width)?
            .iter()
            .fold(0u64, |value, byte| (value << 8) | u64::from(*byte));
        let smallest: u64 = match width {
            1 => 24,
            2 => 1 << 8,
            4 => 1 << 16,
            _ => 1 << 32,
        };
        // Floats and simple values above 23 use the same widths; none of them is ever accepted.
        if major == SIMPLE || argument < smallest {
            return Err(self.malformed());
        }
        Ok((major, argument))
    }

    fn argument_of(&mut self, major: u8) -> Result<u64, DecodeError> {
        match self.head()? {
            (found, argument) if found == major => Ok(argument),
            _ => Err(self.malformed()),
        }
    }

    pub(crate) fn unsigned(&mut self) -> Result<u64, DecodeError> {
        self.argument_of(UNSIGNED)
    }

    /// An unsigned integer that fits the type asked for.
    pub(crate) fn small<T: TryFrom<u64>>(&mut self) -> Result<T, DecodeError> {
        T::try_from(self.unsigned()?).map_err(|_| self.malformed())
    }

    /// Any integer that CBOR has: from -2^64 to 2^64 - 1.
    pub(crate) fn integer(&mut self) -> Result<i128, DecodeError> {
        let (major, argument) = self.head()?;
        let value = i128::from(argument);
        match major {
            UNSIGNED => Ok(value),
            NEGATIVE => Ok(-1 - value),
            _ => Err(self.malformed()),
        }
    }

    pub(crate) fn bool(&mut self) -> Result<bool, DecodeError> {
        match self.head()? {
            (SIMPLE, 20) => Ok(false),
            (SIMPLE, 21) => Ok(true),
            _ => Err(self.malformed()),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.argument_of(BYTES)?;
        self.take(length)
    }

    pub(crate) fn byte_array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], DecodeError> {
        self.bytes()?.try_into().map_err(|_| self.malformed())
    }

    pub(crate) fn text(&mut self, longest: usize) -> Result<&'a str, DecodeError> {
        let length = self.argument_of(TEXT)?;
        let bytes = self.take(length)?;
        if bytes.len() > longest {
            return Err(self.malformed());
        }
        std::str::from_utf8(bytes).map_err(|_| self.malformed())
    }

    /// The number of items of an array, which cannot exceed the bytes that are left.
    pub(crate) fn array(&mut self) -> Result<usize, DecodeError> {
        let length = self.argument_of(ARRAY)?;
        match usize::try_from(length) {
            Ok(length) if length <= self.rest.len() => Ok(length),
            _ => Err(self.malformed()),
        }
    }

    pub(crate) fn array_of(&mut self, length: usize) -> Result<(), DecodeError> {
        if self.array()? == length {
            Ok(())
        } else {
            Err(self.malformed())
        }
    }

    /// Starts on a map with rising unsigned keys.
    pub(crate) fn fields(&mut self) -> Result<Fields, DecodeError> {
        let left = self.argument_of(MAP)?;
        Ok(Fields {
            left,
            last: None,
            pending: None,
            newer: false,
        })
    }

    /// Passes over one value, still holding it to the deterministic form.
    fn skip(&mut self, depth: usize) -> Result<(), DecodeError> {
        let deeper = depth.checked_sub(1).ok_or_else(|| self.malformed())?;
        match self.head()? {
            (UNSIGNED | NEGATIVE, _) => Ok(()),
            (BYTES, length) => self.take(length).map(|_| ()),
            (TEXT, length) => {
                std::str::from_utf8(self.take(length)?).map_err(|_| self.malformed())?;
                Ok(())
            }
            (ARRAY, length) => (0..length).try_for_each(|_| self.skip(deeper)),
            (MAP, length) => {
                let mut last: &[u8] = &[];
                for _ in 0..length {
                    let before = self.rest;
                    self.skip(deeper)?;
                    let key = &before[..before.len() - self.rest.len()];
                    if key <= last {
                        return Err(self.malformed());
                    }
                    last = key;
                    self.skip(deeper)?;
                }
                Ok(())
            }
            // false, true, null
            (SIMPLE, 20..=22) => Ok(()),
            _ => Err(self.malformed()),
        }
    }

    /// Nothing may follow the structure.
    pub(crate) const fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.malformed())
        }
    }
}

/// Walks the keys of a map in their order.
pub(crate) struct Fields {
    left: u64,
    last: Option<u64>,
    pending: Option<u64>,
    newer: bool,
}

impl Fields {
    /// The number of keys that have not been read.
    pub(crate) const fn len(&self) -> u64 {
        self.left
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.left == 0
    }

    fn peek(&mut self, reader: &mut Reader<'_>) -> Result<Option<u64>, DecodeError> {
        if self.pending.is_none() && self.left > 0 {
            let key = reader.unsigned()?;
            if self.last.is_some_and(|last| key <= last) {
                return Err(reader.malformed());
            }
            self.last = Some(key);
            self.left -= 1;
            self.pending = Some(key);
        }
        Ok(self.pending)
    }

    /// The next key is `key`, and the reader stands on its value.
    pub(crate) fn required(
        &mut self,
        reader: &mut Reader<'_>,
        key: u64,
    ) -> Result<(), DecodeError> {
        if self.optional(reader, key)? {
            Ok(())
        } else {
            Err(reader.malformed())
        }
    }

    /// True when the next key is `key`; the reader then stands on its value.
    ///
    /// A lower key is unknown and below 24: it is passed over here and spoken of at the end.
    pub(crate) fn optional(
        &mut self,
        reader: &mut Reader<'_>,
        key: u64,
    ) -> Result<bool, DecodeError> {
        while let Some(found) = self.peek(reader)? {
            match found.cmp(&key) {
                Ordering::Less => self.pass_over(reader, found)?,
                Ordering::Equal => {
                    self.pending = None;
                    return Ok(true);
                }
                Ordering::Greater => break,
            }
        }
        Ok(false)
    }

    fn pass_over(&mut self, reader: &mut Reader<'_>, key: u64) -> Result<(), DecodeError> {
        self.pending = None;
        self.newer |= key < FIRST_IGNORED_KEY;
        reader.skip(DEPTH_LIMIT)
    }

    /// What is left are unknown keys: from 24 they are passed over, below they have to be understood.
    ///
    /// The whole map is read before saying so, as damage comes before an unknown version.
    pub(crate) fn finish(mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        while let Some(key) = self.peek(reader)? {
            self.pass_over(reader, key)?;
        }
        if self.newer {
            Err(reader.unsupported())
        } else {
            Ok(())
        }
    }

    /// Ends the map and the structure with it. Bytes after the end are said before unknown keys are.
    pub(crate) fn end(self, mut reader: Reader<'_>) -> Result<(), DecodeError> {
        let keys = self.finish(&mut reader);
        reader.finish().and(keys)
    }
}

/// Writes deterministic CBOR. The caller writes map keys in rising order.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    fn head(mut self, major: u8, argument: u64) -> Self {
        let major = major << 5;
        match argument {
            0..=23 => self.0.push(major | argument as u8),
            24..=0xff => self.0.extend([major | 24, argument as u8]),
            0x100..=0xffff => {
                self.0.push(major | 25);
                self.0.extend((argument as u16).to_be_bytes());
            }
            0x1_0000..=0xffff_ffff => {
                self.0.push(major | 26);
                self.0.extend((argument as u32).to_be_bytes());
            }
            _ => {
                self.0.push(major | 27);
                self.0.extend(argument.to_be_bytes());
            }
        }
        self
    }

    pub(crate) fn unsigned(self, value: impl Into<u64>) -> Self {
        self.head(UNSIGNED, value.into())
    }

    pub(crate) fn integer(self, value: i64) -> Self {
        if value < 0 {
            self.head(NEGATIVE, (-1 - value) as u64)
        } else {
            self.head(UNSIGNED, value as u64)
        }
    }

    pub(crate) fn bool(self, value: bool) -> Self {
        self.head(SIMPLE, if value { 21 } else { 20 })
    }

    pub(crate) fn bytes(mut self, value: &[u8]) -> Self {
        self = self.head(BYTES, value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    pub(crate) fn text(mut self, value: &str) -> Self {
        self = self.head(TEXT, value.len() as u64);
        self.0.extend_from_slice(value.as_bytes());
        self
    }

    pub(crate) fn array(self, length: usize) -> Self {
        self.head(ARRAY, length as u64)
    }

    pub(crate) fn map(self, length: usize) -> Self {
        self.head(MAP, length as u64)
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn reader(bytes: &[u8]) -> Reader<'_> {
        Reader::new(bytes, "a test")
    }

    fn skipped(bytes: &[u8]) -> bool {
        let mut reader = reader(bytes);
        reader
            .skip(DEPTH_LIMIT)
            .and_then(|()| reader.finish())
            .is_ok()
    }

    #[rstest]
    #[case::one_in_two_bytes(&[0x18, 0x17])]
    #[case::one_byte_in_three(&[0x19, 0x00, 0xff])]
    #[case::two_bytes_in_five(&[0x1a, 0x00, 0x00, 0xff, 0xff])]
    #[case::four_bytes_in_nine(&[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])]
    #[case::long_length(&[0x58, 0x01, 0xaa])]
    #[case::indefinite_bytes(&[0x5f, 0x41, 0xaa, 0xff])]
    #[case::indefinite_array(&[0x9f, 0x01, 0xff])]
    #[case::indefinite_map(&[0xbf, 0xff])]
    #[case::reserved_width(&[0x1c])]
    #[case::half_float(&[0xf9, 0x3c, 0x00])]
    #[case::double(&[0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0])]
    #[case::simple_in_two_bytes(&[0xf8, 0x20])]
    #[case::undefined(&[0xf7])]
    #[case::tag(&[0xc0, 0x01])]
    #[case::duplicate_key(&[0xa2, 0x01, 0x01, 0x01, 0x02])]
    #[case::falling_keys(&[0xa2, 0x02, 0x01, 0x01, 0x02])]
    #[case::not_utf8(&[0x61, 0xff])]
    #[case::cut_short(&[0x42, 0x01])]
    #[case::too_long_for_memory(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])]
    #[case::too_deep(&[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x01])]
    #[case::followed_by_more(&[0x01, 0x01])]
    #[case::nothing(&[])]
    fn what_is_not_deterministic_is_refused(#[case] bytes: &[u8]) {
        assert!(!skipped(bytes));
    }

    #[test]
    fn a_structure_may_be_as_long_as_its_limit_and_no_longer() {
        assert!(Reader::bounded(&[1, 2, 3], "a test", 3).is_ok());
        let refused = Reader::bounded(&[1, 2, 3, 4], "a test", 3).map(|_| ());
        let too_long = DecodeError::TooLong {
            what: "a test",
            limit: 3,
        };
        assert_eq!(refused, Err(too_long));
        assert!(Reader::bounded(&[], "a test", 3).is_ok());
    }

    #[test]
    fn an_array_that_promises_more_than_there_is_left_is_refused_before_it_is_read() {
        assert_eq!(reader(&[0x82, 1, 1]).array(), Ok(2));
        assert!(reader(&[0x83, 1, 1]).array().is_err());
        assert!(reader(&[0x9a, 0x7f, 0xff, 0xff, 0xff]).array().is_err());
    }

    #[rstest]
    #[case(0, &[0x00])]
    #[case(-1, &[0x20])]
    #[case(24, &[0x18, 24])]
    #[case(-25, &[0x38, 24])]
    #[case(-257, &[0x39, 1, 0])]
    #[case(0x1_0000, &[0x1a, 0, 1, 0, 0])]
    #[case(0x1_0000_0000, &[0x1b, 0, 0, 0, 1, 0, 0, 0, 0])]
    fn a_number_has_its_one_shortest_form(#[case] value: i64, #[case] expected: &[u8]) {
        assert_eq!(Writer::default().integer(value).finish(), expected);
    }

    #[test]
    fn unknown_keys_below_24_have_to_be_understood() {
        let read = |bytes: &[u8]| {
            let mut reader = reader(bytes);
            let mut fields = reader.fields()?;
            fields.required(&mut reader, 1)?;
            reader.unsigned()?;
            fields.finish(&mut reader)?;
            reader.finish()
        };
        assert!(read(&[0xa1, 0x01, 0x05]).is_ok());
        assert!(read(&[0xa2, 0x01, 0x05, 0x18, 0x18, 0x80]).is_ok());
        assert_eq!(
            read(&[0xa2, 0x01, 0x05, 0x17, 0x80]),
            Err(DecodeError::unsupported("a test"))
        );
        // Damage is said before a newer version is.
        assert_eq!(
            read(&[0xa2, 0x01, 0x05, 0x17, 0x9f, 0xff]),
            Err(DecodeError::malformed("a test"))
        );
        assert_eq!(read(&[0xa0]), Err(DecodeError::malformed("a test")));
    }

    /// A value of any shape that we accept, written by another library.
    fn written_by_minicbor() -> impl Strategy<Value = Vec<u8>> {
        #[derive(Debug, Clone)]
        enum Value {
            Integer(i64),
            Bytes(Vec<u8>),
            Text(String),
            Bool(bool),
            Array(Vec<Value>),
            Map(std::collections::BTreeMap<u32, Value>),
        }
        fn write(value: &Value, out: &mut minicbor::Encoder<&mut Vec<u8>>) {
            match value {
                Value::Integer(value) => out.i64(*value).map(|_| ()),
                Value::Bytes(value) => out.bytes(value).map(|_| ()),
                Value::Text(value) => out.str(value).map(|_| ()),
                Value::Bool(value) => out.bool(*value).map(|_| ()),
                Value::Array(values) => {
                    out.array(values.len() as u64).unwrap();
                    values.iter().for_each(|value| write(value, out));
                    Ok(())
                }
                Value::Map(values) => {
                    out.map(values.len() as u64).unwrap();
                    for (key, value) in values {
                        out.u32(*key).unwrap();
                        write(value, out);
                    }
                    Ok(())
                }
            }
            .unwrap();
        }
        prop_oneof![
            any::<i64>().prop_map(Value::Integer),
            proptest::collection::vec(any::<u8>(), 0..300).prop_map(Value::Bytes),
            any::<String>().prop_map(Value::Text),
            any::<bool>().prop_map(Value::Bool),
        ]
        .prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                proptest::collection::btree_map(any::<u32>(), inner, 0..6).prop_map(Value::Map),
            ]
        })
        .prop_map(|value| {
            let mut out = Vec::new();
            write(&value, &mut minicbor::Encoder::new(&mut out));
            out
        })
    }

    proptest! {
        #[test]
        fn what_another_library_writes_shortest_is_accepted(bytes in written_by_minicbor()) {
            prop_assert!(skipped(&bytes));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            skipped(&bytes);
        }

        #[test]
        fn numbers_are_read_as_written(value in any::<i64>(), positive in any::<u64>()) {
            let written = Writer::default().integer(value).unsigned(positive).finish();
            let mut reader = reader(&written);
            prop_assert_eq!(reader.integer(), Ok(value.into()));
            prop_assert_eq!(reader.unsigned(), Ok(positive));
            prop_assert!(reader.finish().is_ok());
        }
    }
}

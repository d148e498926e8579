//! The numbered keys of the store, as a text that a person keeps: in a file, an environment variable or a
//! key management service, never in the database.
//!
//! One key a line (or between semicolons): what it is for, its number, 64 hexadecimal digits, and from
//! when on it is in use, if not at once. Of each kind the highest number whose time has come is in use;
//! the others are kept for what they made. A text of nothing but 64 digits is the master key number 1.
//!
//! ```text
//! # keys of the store
//! master 1 9f86d081...
//! master 2 60303ae2... from 2026-03-01T08:00:00Z
//! lookup 1 fd61a03a...
//! ```

use std::path::Path;

use data_encoding::HEXLOWER_PERMISSIVE;
use jiff::Timestamp;
use liangma_crypto::{Randomness, RandomnessError, Secret32};
use zeroize::Zeroizing;

use crate::{
    keys::{KeyFileError, read_secret, sync_folder_of, write_secret},
    storage::KeyKind,
};

/// The most keys of one kind: each of them may have to be tried.
const KEYS_LIMIT: usize = 8;

/// Why a text is not a ring of keys. Says nothing of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// A line has another form.
    #[error(
        "read the keys: line {0} is not `master NUMBER KEY` or `lookup NUMBER KEY`, with `from TIME` at most \
         after it; a key is 64 hexadecimal digits, a number 1 to 65535"
    )]
    Line(usize),
    /// A number or a key is there twice.
    #[error("read the keys: line {0} repeats a number or a key")]
    Repeated(usize),
    /// There is no master key.
    #[error("read the keys: there is no master key among them")]
    NoMaster,
    /// More keys of one kind than anybody needs at one time.
    #[error(
        "read the keys: there are more than {KEYS_LIMIT} of one kind; remove those that are retired"
    )]
    TooMany,
}

struct Entry {
    kind: KeyKind,
    number: u16,
    from: Option<Timestamp>,
    secret: Secret32,
}

/// The numbered keys of a store.
pub struct KeyRing {
    entries: Vec<Entry>,
}

impl KeyRing {
    /// Reads the text of a ring.
    ///
    /// # Errors
    /// [`KeyRingError`].
    pub fn parse(text: &[u8]) -> Result<Self, KeyRingError> {
        let text = std::str::from_utf8(text).map_err(|_| KeyRingError::Line(1))?;
        if let Some(secret) = digits(text.trim()) {
            return Ok(Self {
                entries: vec![Entry {
                    kind: KeyKind::Master,
                    number: 1,
                    from: None,
                    secret,
                }],
            });
        }
        let mut ring = Self {
            entries: Vec::new(),
        };
        for (number, line) in (1..).zip(text.split(['\n', ';'])) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let entry = entry(line).ok_or(KeyRingError::Line(number))?;
            if ring.entries.iter().any(|known| {
                known.secret == entry.secret
                    || (known.kind, known.number) == (entry.kind, entry.number)
            }) {
                return Err(KeyRingError::Repeated(number));
            }
            ring.entries.push(entry);
        }
        ring.check()?;
        Ok(ring)
    }

    fn check(&self) -> Result<(), KeyRingError> {
        let count = |kind| self.entries.iter().filter(|key| key.kind == kind).count();
        if count(KeyKind::Master) == 0 {
            return Err(KeyRingError::NoMaster);
        }
        if count(KeyKind::Master) > KEYS_LIMIT || count(KeyKind::Lookup) > KEYS_LIMIT {
            return Err(KeyRingError::TooMany);
        }
        Ok(())
    }

    /// The first ring of a new store: one key of each kind.
    ///
    /// # Errors
    /// When the source of randomness does not deliver.
    pub fn draw(randomness: &dyn Randomness) -> Result<Self, RandomnessError> {
        let entry = |kind| {
            Ok(Entry {
                kind,
                number: 1,
                from: None,
                secret: Secret32::generate(randomness)?,
            })
        };
        Ok(Self {
            entries: vec![entry(KeyKind::Master)?, entry(KeyKind::Lookup)?],
        })
    }

    /// Draws the next key of a kind, to be in use from a time on; gives its number.
    ///
    /// # Errors
    /// [`KeyRingError::TooMany`], and when no key can be drawn.
    pub fn add(
        &mut self,
        kind: KeyKind,
        from: Timestamp,
        randomness: &dyn Randomness,
    ) -> Result<u16, KeyFileError> {
        let number = self
            .numbers(kind)
            .last()
            .map_or(Some(1), |(last, _)| last.checked_add(1))
            .ok_or(KeyRingError::TooMany)?;
        self.entries.push(Entry {
            kind,
            number,
            from: Timestamp::from_second(from.as_second()).ok(),
            secret: Secret32::generate(randomness).map_err(|_| KeyFileError::Randomness)?,
        });
        if let Err(error) = self.check() {
            self.entries.pop();
            return Err(error.into());
        }
        Ok(number)
    }

    /// Takes a key out; `false` when it is not there.
    ///
    /// # Errors
    /// [`KeyRingError::NoMaster`] for the last master key.
    pub fn remove(&mut self, kind: KeyKind, number: u16) -> Result<bool, KeyRingError> {
        if kind == KeyKind::Master && self.numbers(kind).iter().all(|(known, _)| *known == number) {
            return Err(KeyRingError::NoMaster);
        }
        let before = self.entries.len();
        self.entries
            .retain(|key| (key.kind, key.number) != (kind, number));
        Ok(self.entries.len() < before)
    }

    /// The keys of a kind by rising number, each with the time from which on it is in use.
    #[must_use]
    pub fn numbers(&self, kind: KeyKind) -> Vec<(u16, Option<Timestamp>)> {
        let mut numbers: Vec<_> = self
            .entries
            .iter()
            .filter(|key| key.kind == kind)
            .map(|key| (key.number, key.from))
            .collect();
        numbers.sort_unstable_by_key(|(number, _)| *number);
        numbers
    }

    /// The key of a kind that is in use at a time: the highest number whose time has come. A ring always
    /// has a master key in use; without a look-up key people are found by a mark of the first master key,
    /// as before keys had numbers, which is number 0.
    #[must_use]
    pub fn in_use(&self, kind: KeyKind, now: Timestamp) -> u16 {
        let numbers = self.numbers(kind);
        let due = numbers
            .iter()
            .rfind(|(_, from)| from.is_none_or(|from| from <= now));
        match (due, kind) {
            (Some((number, _)), _) => *number,
            (None, KeyKind::Master) => numbers.first().map_or(0, |(number, _)| *number),
            (None, KeyKind::Lookup) => 0,
        }
    }

    pub(crate) fn secrets(&self, kind: KeyKind) -> impl Iterator<Item = (u16, &Secret32)> {
        self.entries
            .iter()
            .filter(move |key| key.kind == kind)
            .map(|key| (key.number, &key.secret))
    }

    /// The text of the ring. Secret.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(64 + self.entries.len() * 128));
        text.push_str(
            "# Keys of the store: what for, number, key, and from when on it is in use.\n",
        );
        for key in &self.entries {
            let digits = Zeroizing::new(HEXLOWER_PERMISSIVE.encode(key.secret.expose()));
            text.push_str(&format!("{} {} ", key.kind.name(), key.number));
            text.push_str(&digits);
            if let Some(from) = key.from {
                text.push_str(&format!(" from {from}"));
            }
            text.push('\n');
        }
        text
    }

    /// Reads a ring from a file that only its owner can read.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        Ok(Self::parse(&read_secret(path)?)?)
    }

    /// Writes the ring into a new file.
    ///
    /// # Errors
    /// [`KeyFileError::Write`], also when there is a file already.
    pub fn write_new(&self, path: &Path) -> Result<(), KeyFileError> {
        write_secret(path, self.text().as_bytes())
    }

    /// Puts the ring in the place of the one in a file: whoever reads meanwhile reads one or the other.
    ///
    /// # Errors
    /// [`KeyFileError::Write`].
    pub fn replace(&self, path: &Path) -> Result<(), KeyFileError> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = std::path::PathBuf::from(part);
        if part.exists() {
            // Left by a write that was cut off.
            std::fs::remove_file(&part)
                .map_err(|error| KeyFileError::Write(part.display().to_string(), error))?;
        }
        self.write_new(&part)?;
        let moved = std::fs::rename(&part, path).and_then(|()| sync_folder_of(path));
        moved.map_err(|error| KeyFileError::Write(path.display().to_string(), error))
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("KeyRing([hidden])")
    }
}

fn digits(text: &str) -> Option<Secret32> {
    let bytes = Zeroizing::new(HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?);
    Some(Secret32::new(bytes.as_slice().try_into().ok()?))
}

fn entry(line: &str) -> Option<Entry> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let (words, from) = match words.as_slice() {
        [words @ .., "from", from] => (words, Some(from.parse().ok()?)),
        words => (words, None),
    };
    let [kind, number, key] = words else {
        return None;
    };
    Some(Entry {
        kind: [KeyKind::Master, KeyKind::Lookup]
            .into_iter()
            .find(|known| known.name() == *kind)?,
        number: number.parse().ok().filter(|number| *number > 0)?,
        from,
        secret: digits(key)?,
    })
}

#[cfg(test)]
mod tests {
    use liangma_crypto::SystemRandomness;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_highest_number_whose_time_has_come_is_in_use() {
        let mut ring = KeyRing::draw(&SystemRandomness).unwrap();
        let from = time("2026-03-01T08:00:00Z");
        assert_eq!(
            ring.add(KeyKind::Master, from, &SystemRandomness).unwrap(),
            2
        );
        let ring = KeyRing::parse(ring.text().as_bytes()).unwrap();
        let before = time("2026-03-01T07:59:59Z");
        assert_eq!(ring.in_use(KeyKind::Master, before), 1);
        assert_eq!(ring.in_use(KeyKind::Master, from), 2);
        assert_eq!(ring.in_use(KeyKind::Lookup, from), 1);
    }

    #[test]
    fn a_key_file_from_before_keys_had_numbers_is_read() {
        let ring = KeyRing::parse(format!("{}\n", "ab".repeat(32)).as_bytes()).unwrap();
        assert_eq!(ring.numbers(KeyKind::Master), [(1, None)]);
        assert_eq!(ring.in_use(KeyKind::Lookup, Timestamp::UNIX_EPOCH), 0);
    }

    #[test]
    fn a_ring_fits_into_one_line_of_an_environment_variable() {
        let (one, two) = ("ab".repeat(32), "cd".repeat(32));
        let ring = KeyRing::parse(format!("master 3 {one}; lookup 1 {two}").as_bytes()).unwrap();
        assert_eq!(ring.numbers(KeyKind::Master), [(3, None)]);
        assert_eq!(ring.numbers(KeyKind::Lookup), [(1, None)]);
    }

    #[test]
    fn a_line_that_is_no_key_is_named_and_not_shown() {
        let key = "ab".repeat(32);
        for (text, error) in [
            (String::new(), KeyRingError::NoMaster),
            (format!("lookup 1 {key}"), KeyRingError::NoMaster),
            (format!("# keys\nmaster 1 {key}0"), KeyRingError::Line(2)),
            (format!("master 0 {key}"), KeyRingError::Line(1)),
            (format!("master 65536 {key}"), KeyRingError::Line(1)),
            (format!("pepper 1 {key}"), KeyRingError::Line(1)),
            (format!("master 1 {key} from soon"), KeyRingError::Line(1)),
            (
                format!("master 1 {key}\nlookup 1 {key}"),
                KeyRingError::Repeated(2),
            ),
            (
                format!("master 1 {key}\nmaster 1 {}", "cd".repeat(32)),
                KeyRingError::Repeated(2),
            ),
        ] {
            let refused = KeyRing::parse(text.as_bytes()).unwrap_err();
            assert_eq!(refused, error);
            assert!(!refused.to_string().contains(&key));
        }
    }

    #[test]
    fn a_ring_does_not_grow_without_end() {
        let mut ring = KeyRing::draw(&SystemRandomness).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        for _ in 2..=KEYS_LIMIT {
            ring.add(KeyKind::Lookup, now, &SystemRandomness).unwrap();
        }
        assert!(ring.add(KeyKind::Lookup, now, &SystemRandomness).is_err());
        assert!(!ring.remove(KeyKind::Master, 7).unwrap());
        assert!(ring.remove(KeyKind::Master, 1).is_err());
    }

    #[test]
    fn a_file_is_replaced_whole_and_stays_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let mut ring = KeyRing::draw(&SystemRandomness).unwrap();
        ring.write_new(&path).unwrap();
        assert!(
            ring.write_new(&path).is_err(),
            "nothing is overwritten by chance"
        );
        std::fs::write(folder.path().join("keys.part"), b"cut off").unwrap();
        ring.add(KeyKind::Master, Timestamp::UNIX_EPOCH, &SystemRandomness)
            .unwrap();
        ring.replace(&path).unwrap();
        let read = KeyRing::read(&path).unwrap();
        assert_eq!(*read.text(), *ring.text());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}

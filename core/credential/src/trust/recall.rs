//! Recall lists, and the index by which one code is looked up among tens of thousands of strips.

use std::sync::{Arc, Mutex, PoisonError};

use super::file::FileHeader;
use crate::{
    CodeId, DecodeError, Hour, RecallKey,
    cbor::{Reader, Writer},
};

/// The most entries of one list, and of a list with its parts.
pub(super) const ENTRIES_LIMIT: usize = 200_000;
/// An entry covers this many hours from its own on; no strip is signed further ahead.
pub const RECALL_REACH_HOURS: u32 = 48;
/// Hours whose code ids are kept ready: the last, the current and the next, and one for a wrong clock.
const PREPARED_HOURS: usize = 4;

/// A recalled strip: its recall key in the hour of the recall.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecallEntry {
    /// The hour the key belongs to; this hour and the 47 after it are recalled.
    pub hour: Hour,
    /// The published key.
    pub key: RecallKey,
}

/// The payload of a recall list: everything recalled after version `from`, up to this version.
///
/// `from` 0 is a full list, which may leave out entries whose reach has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecallList {
    /// Version and times.
    pub header: FileHeader,
    /// The version that a checker must have to append this list; 0 for a full list.
    pub from: u32,
    /// Sorted by hour, then key; no entry twice.
    pub entries: Vec<RecallEntry>,
}

impl RecallList {
    /// The payload to be signed: entries grouped by hour, keys laid end to end in rising order.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_unstable();
        entries.dedup();
        let groups: Vec<_> = entries
            .chunk_by(|one, other| one.hour == other.hour)
            .collect();
        let mut writer = self
            .header
            .write(Writer::default().map(FileHeader::FIELDS + 2))
            .unsigned(4u8)
            .unsigned(self.from)
            .unsigned(5u8)
            .array(groups.len());
        for group in groups {
            let hour = group.first().map_or(0, |entry| entry.hour.0);
            let keys: Vec<u8> = group.iter().flat_map(|entry| *entry.key.expose()).collect();
            writer = writer.array(2).unsigned(hour).bytes(&keys);
        }
        writer.finish()
    }

    /// Reads the payload of a recall list.
    ///
    /// # Errors
    /// [`DecodeError`]; groups or keys out of order or twice, empty groups, and `from` not below the
    /// version are refused.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::bounded(payload, "a recall list", super::FILE_LIMIT)?;
        let mut fields = reader.fields()?;
        let header = FileHeader::read(&mut reader, &mut fields)?;
        fields.required(&mut reader, 4)?;
        let from = reader.small()?;
        if from >= header.version {
            return Err(reader.malformed());
        }
        fields.required(&mut reader, 5)?;
        let mut entries: Vec<RecallEntry> = Vec::new();
        for _ in 0..reader.array()? {
            reader.array_of(2)?;
            let hour = Hour(reader.small()?);
            let (keys, rest) = reader.bytes()?.as_chunks::<16>();
            let out_of_order = entries.last().is_some_and(|last| last.hour >= hour);
            let rising = keys.windows(2).all(|pair| pair[0] < pair[1]);
            if keys.is_empty()
                || !rest.is_empty()
                || out_of_order
                || !rising
                || entries.len() + keys.len() > ENTRIES_LIMIT
            {
                return Err(reader.malformed());
            }
            entries.extend(keys.iter().map(|key| RecallEntry {
                hour,
                key: RecallKey::new(*key),
            }));
        }
        fields.end(reader)?;
        Ok(Self {
            header,
            from,
            entries,
        })
    }
}

/// All entries in force, and the code ids they recall in the hours that are asked for.
#[derive(Debug, Default)]
pub(super) struct RecallIndex {
    entries: Vec<RecallEntry>,
    prepared: Mutex<Vec<Arc<PreparedHour>>>,
}

/// The recalled code ids of one hour, sorted, with the keys from which the next hour follows.
#[derive(Debug)]
struct PreparedHour {
    hour: Hour,
    /// Keys walked forward to `hour`, each with the hour it was published for.
    keys: Vec<RecallEntry>,
    ids: Vec<CodeId>,
}

impl Clone for RecallIndex {
    fn clone(&self) -> Self {
        let prepared = self.prepared.lock();
        let prepared = prepared.unwrap_or_else(PoisonError::into_inner).clone();
        Self {
            entries: self.entries.clone(),
            prepared: Mutex::new(prepared),
        }
    }
}

impl RecallIndex {
    pub(super) fn replace(&mut self, entries: Vec<RecallEntry>) {
        self.entries = entries;
        self.prepared
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Hours that are prepared take in the new entries alone.
    pub(super) fn append(&mut self, entries: Vec<RecallEntry>) {
        for prepared in self
            .prepared
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
        {
            let mut keys = PreparedHour::new(prepared.hour, &entries).keys;
            keys.extend_from_slice(&prepared.keys);
            *prepared = Arc::new(PreparedHour::from_keys(prepared.hour, keys));
        }
        self.entries.extend(entries);
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn contains(&self, cid: CodeId, hour: Hour) -> bool {
        !self.entries.is_empty() && self.prepared(hour).ids.binary_search(&cid).is_ok()
    }

    /// Builds the ids of an hour once. The first hour costs some hashes for each entry; the hour after
    /// a prepared one costs two.
    fn prepared(&self, hour: Hour) -> Arc<PreparedHour> {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = prepared.iter().find(|found| found.hour == hour) {
            return Arc::clone(found);
        }
        let previous = prepared.iter().find(|found| found.hour.next() == hour);
        let built = Arc::new(match previous {
            Some(previous) => PreparedHour::after(previous, hour, &self.entries),
            None => PreparedHour::new(hour, &self.entries),
        });
        if prepared.len() == PREPARED_HOURS {
            prepared.remove(0);
        }
        prepared.push(Arc::clone(&built));
        built
    }
}

impl PreparedHour {
    fn new(hour: Hour, entries: &[RecallEntry]) -> Self {
        let keys = entries
            .iter()
            .filter(|entry| covers(entry.hour, hour))
            .map(|entry| RecallEntry {
                hour: entry.hour,
                key: entry.key.after(hour.0 - entry.hour.0),
            })
            .collect();
        Self::from_keys(hour, keys)
    }

    fn after(previous: &Self, hour: Hour, entries: &[RecallEntry]) -> Self {
        let walked = previous
            .keys
            .iter()
            .filter(|entry| covers(entry.hour, hour))
            .map(|entry| RecallEntry {
                hour: entry.hour,
                key: entry.key.next(),
            });
        let fresh = entries.iter().filter(|entry| entry.hour == hour).cloned();
        Self::from_keys(hour, walked.chain(fresh).collect())
    }

    fn from_keys(hour: Hour, keys: Vec<RecallEntry>) -> Self {
        let mut ids: Vec<CodeId> = keys.iter().map(|entry| entry.key.cid(hour)).collect();
        ids.sort_unstable();
        Self { hour, keys, ids }
    }
}

const fn covers(entry: Hour, hour: Hour) -> bool {
    match hour.0.checked_sub(entry.0) {
        Some(hours) => hours < RECALL_REACH_HOURS,
        None => false,
    }
}

use liangma_crypto::{KeyId, PublicKey, Suite, sha256};
use liangma_domain::region::{ProfileName, RegionCode};

use super::file::FileHeader;
use crate::{
    DecodeError, Hour,
    cbor::{Reader, Writer},
};

/// The most entries of an issuer list.
const ISSUERS_LIMIT: usize = 1024;
const SANDBOX: u8 = 1;
const STANDBY: u8 = 2;

/// What an issuer key may sign. A key has one use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum IssuerUse {
    /// Credentials of live codes.
    Live = 1,
    /// Paper codes.
    Paper = 2,
    /// Venue codes.
    Venue = 3,
}

impl IssuerUse {
    fn from_number(number: u8) -> Option<Self> {
        [Self::Live, Self::Paper, Self::Venue]
            .into_iter()
            .find(|key_use| *key_use as u8 == number)
    }
}

/// An issuer key, and what follows from a credential being signed by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The key; its suite is the only one it may sign with.
    pub key: PublicKey,
    /// What it may sign.
    pub key_use: IssuerUse,
    /// The region the codes are of.
    pub region: RegionCode,
    /// The region profile by which colours are read.
    pub profile: ProfileName,
    /// The first hour of credentials it may sign.
    pub valid_from: Hour,
    /// The first hour of credentials it may no longer sign.
    pub valid_until: Hour,
    /// Its codes are invented; every verdict says so.
    pub sandbox: bool,
    /// Published ahead, to take over at once when the key in use is lost. Checkers accept it like any other.
    pub standby: bool,
}

/// The payload of an issuer list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerList {
    /// Version and times.
    pub header: FileHeader,
    /// Every issuer key, each once.
    pub issuers: Vec<Issuer>,
}

impl IssuerList {
    /// The payload to be signed. Entries are sorted by key id.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut issuers: Vec<_> = self.issuers.iter().collect();
        issuers.sort_by_key(|issuer| issuer.key.key_id());
        let mut writer = self
            .header
            .write(Writer::default().map(FileHeader::FIELDS + 1))
            .unsigned(4u8)
            .array(issuers.len());
        for issuer in issuers {
            let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
            let flags = flag(issuer.sandbox, SANDBOX) + flag(issuer.standby, STANDBY);
            writer = writer
                .map(8)
                .unsigned(1u8)
                .unsigned(issuer.key.suite().number())
                .unsigned(2u8)
                .bytes(issuer.key.bytes())
                .unsigned(3u8)
                .unsigned(issuer.key_use as u8)
                .unsigned(4u8)
                .text(issuer.region.as_str())
                .unsigned(5u8)
                .text(issuer.profile.as_str())
                .unsigned(6u8)
                .unsigned(issuer.valid_from.0)
                .unsigned(7u8)
                .unsigned(issuer.valid_until.0)
                .unsigned(8u8)
                .unsigned(flags);
        }
        writer.finish()
    }

    /// Reads the payload of an issuer list.
    ///
    /// An entry that a newer version made (another suite or use, an unknown flag or key) is left out, so
    /// that it does not take the others with it; it is still held to its form and to the order.
    ///
    /// # Errors
    /// [`DecodeError`]; entries out of order or with one key id are refused.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::bounded(payload, "an issuer list", 512 * 1024)?;
        let mut fields = reader.fields()?;
        let header = FileHeader::read(&mut reader, &mut fields)?;
        fields.required(&mut reader, 4)?;
        let count = reader.array()?;
        if count > ISSUERS_LIMIT {
            return Err(reader.malformed());
        }
        let mut issuers = Vec::with_capacity(count);
        let mut last: Option<KeyId> = None;
        for _ in 0..count {
            let (key_id, issuer) = Self::entry(&mut reader)?;
            if last.is_some_and(|last| last >= key_id) {
                return Err(reader.malformed());
            }
            last = Some(key_id);
            issuers.extend(issuer);
        }
        fields.end(reader)?;
        Ok(Self { header, issuers })
    }

    fn entry(reader: &mut Reader<'_>) -> Result<(KeyId, Option<Issuer>), DecodeError> {
        let mut fields = reader.fields()?;
        fields.required(reader, 1)?;
        let suite_number: u8 = reader.small()?;
        let suite = Suite::try_from(suite_number).ok();
        fields.required(reader, 2)?;
        let key_bytes = reader.bytes()?;
        let key = suite
            .map(|suite| PublicKey::new(suite, key_bytes))
            .transpose()
            .map_err(|_| reader.malformed())?;
        // A key of a suite to come has its id by the same rule.
        let [a, b, c, d, ..] = sha256(&[&[suite_number], key_bytes]);
        let key_id = KeyId([a, b, c, d]);
        fields.required(reader, 3)?;
        let key_use = IssuerUse::from_number(reader.small()?);
        fields.required(reader, 4)?;
        let region = RegionCode::new(reader.text(64)?).map_err(|_| reader.malformed())?;
        fields.required(reader, 5)?;
        let profile = ProfileName::new(reader.text(64)?).map_err(|_| reader.malformed())?;
        fields.required(reader, 6)?;
        let valid_from = Hour(reader.small()?);
        fields.required(reader, 7)?;
        let valid_until = Hour(reader.small()?);
        fields.required(reader, 8)?;
        let flags: u8 = reader.small()?;
        if valid_until <= valid_from {
            return Err(reader.malformed());
        }
        let understood = match fields.finish(reader) {
            Ok(()) => flags & !SANDBOX & !STANDBY == 0,
            Err(DecodeError::Unsupported { .. }) => false,
            Err(damaged) => return Err(damaged),
        };
        let issuer = match (key, key_use) {
            (Some(key), Some(key_use)) if understood => Some(Issuer {
                key,
                key_use,
                region,
                profile,
                valid_from,
                valid_until,
                sandbox: flags & SANDBOX != 0,
                standby: flags & STANDBY != 0,
            }),
            _ => None,
        };
        Ok((key_id, issuer))
    }

    /// The entry that may sign for this use in this hour.
    pub(super) fn find(&self, key_use: IssuerUse, key_id: KeyId, hour: Hour) -> Option<&Issuer> {
        let at = self
            .issuers
            .binary_search_by_key(&key_id, |issuer| issuer.key.key_id())
            .ok()?;
        self.issuers.get(at).filter(|issuer| {
            issuer.key_use == key_use && issuer.valid_from <= hour && hour < issuer.valid_until
        })
    }
}

//! Arbitrary contents of every signed type.

use jiff::Timestamp;
use liangma_credential::{
    BatchId, Claims, CodeId, EvidenceBatch, FaceOutcome, FileHeader, FileName, Hour, Issuer,
    IssuerList, IssuerUse, Kind, Member, NamedFile, PaperClaims, PaperSerial, Pseudonym,
    RecallEntry, RecallKey, RecallList, Receipt, ReceiptBinding, Role, RootFile, StampedFile,
    TimeStatement, TimestampFile, VENUE_CLASS_NUMBERS, VenueClaims, VenueForm, VenueId, VoidList,
};
use liangma_domain::{
    colour::Colour,
    identity::DocumentType,
    mask::{DocumentMask, MaskedDocument, MaskedName},
    region::{ProfileName, RegionCode},
    tiles::{TestAge, Tiles, VaccinationStatus},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::world;

fn name() -> impl Strategy<Value = MaskedName> {
    "[A-Z王李𠮷阿É]\u{301}?\\*{1,5}([ ·][A-Z王𠮷]\\*{1,3}){0,1}"
        .prop_map(|text| MaskedName::from_text(&text).unwrap())
}

fn document() -> impl Strategy<Value = MaskedDocument> {
    (select(DocumentType::ALL.to_vec()), "[A-Z0-9]{4}").prop_map(|(kind, visible)| {
        let mask = DocumentMask::of(kind);
        MaskedDocument::from_visible(kind, &visible[..mask.head + mask.tail]).unwrap()
    })
}

fn colour() -> impl Strategy<Value = Colour> {
    (1u8..=63).prop_map(|number| Colour::from_registry_number(number).unwrap())
}

fn tiles() -> impl Strategy<Value = Option<Tiles>> {
    option::of((0u8..5, 0u8..4).prop_map(|(age, vaccination)| Tiles {
        test_age: TestAge::from_registry_number(age).unwrap(),
        vaccination: VaccinationStatus::from_registry_number(vaccination).unwrap(),
    }))
}

fn hour() -> impl Strategy<Value = Hour> {
    any::<u32>().prop_map(Hour)
}

prop_compose! {
    fn member()(colour in colour(), name in name(), document in document()) -> Member {
        Member { colour, name, document }
    }
}

prop_compose! {
    pub(crate) fn claims()(
        hour in hour(),
        cid: [u8; 8],
        anchor: [u8; 16],
        rule_version: u32,
        tiles in tiles(),
        person in member(),
        members in vec(member(), 0..=8),
        ward: bool,
    ) -> Claims {
        let kind = match (members.is_empty(), ward) {
            (false, _) => Kind::Group,
            (true, true) => Kind::Ward,
            (true, false) => Kind::SelfCode,
        };
        Claims {
            hour,
            cid: CodeId(cid),
            anchor,
            kind,
            colour: members.last().map_or(person.colour, |member| member.colour),
            name: person.name,
            document: person.document,
            rule_version,
            tiles,
            members,
        }
    }
}

prop_compose! {
    pub(crate) fn paper()(
        serial: [u8; 8],
        first_day: u32,
        days in 1u16..,
        name in name(),
        document in document(),
    ) -> PaperClaims {
        PaperClaims { serial: PaperSerial(serial), first_day, days, name, document }
    }
}

fn venue_form() -> impl Strategy<Value = VenueForm> {
    prop_oneof![
        (any::<u32>(), 1u16..).prop_map(|(first_day, days)| VenueForm::Printed { first_day, days }),
        (hour(), any::<[u8; 16]>()).prop_map(|(hour, anchor)| VenueForm::Rotating { hour, anchor }),
    ]
}

prop_compose! {
    pub(crate) fn venue()(
        venue: [u8; 8],
        class in select(VENUE_CLASS_NUMBERS.to_vec()),
        name in "[^\\pC]{1,15}",
        division in "[0-9]{6}",
        form in venue_form(),
    ) -> VenueClaims {
        VenueClaims { venue: VenueId(venue), class: class.1, name, division, form }
    }
}

prop_compose! {
    fn header()(version in 1u32.., issued in 0u32..u32::MAX, length: u32) -> FileHeader {
        FileHeader { version, issued, expires: issued.saturating_add(length).max(issued + 1) }
    }
}

prop_compose! {
    pub(crate) fn root()(
        header in header(),
        first in 1u64..50,
        count in 1usize..4,
        others in proptest::collection::btree_set(select(Role::ALL[1..].to_vec()), 0..5),
    ) -> RootFile {
        let mut roles: Vec<_> = others
            .into_iter()
            .enumerate()
            .map(|(at, role)| (role, 1, vec![*world::key(100 + at as u64).public_key()]))
            .collect();
        let keys = (0..count).map(|at| *world::key(first + at as u64).public_key()).collect();
        roles.push((Role::Root, count as u8, keys));
        // The encoder sorts; what is compared has to be sorted too.
        RootFile::decode(&RootFile::new(header, &roles).encode()).unwrap()
    }
}

prop_compose! {
    fn issuer()(
        seed in 1u64..50,
        key_use in select(vec![IssuerUse::Live, IssuerUse::Paper, IssuerUse::Venue]),
        region in "[a-z0-9._-]{1,32}",
        profile in "[a-z0-9._-]{1,48}",
        valid_from in 0u32..u32::MAX,
        hours: u32,
        sandbox: bool,
        standby: bool,
    ) -> Issuer {
        Issuer {
            key: *world::key(seed).public_key(),
            key_use,
            region: RegionCode::new(region).unwrap(),
            profile: ProfileName::new(profile).unwrap(),
            valid_from: Hour(valid_from),
            valid_until: Hour(valid_from.saturating_add(hours).max(valid_from + 1)),
            sandbox,
            standby,
        }
    }
}

prop_compose! {
    pub(crate) fn issuers()(header in header(), mut issuers in vec(issuer(), 0..5)) -> IssuerList {
        issuers.sort_by_key(|issuer| issuer.key.key_id());
        issuers.dedup_by_key(|issuer| issuer.key.key_id());
        IssuerList { header, issuers }
    }
}

prop_compose! {
    pub(crate) fn recall()(
        header in header(),
        part: u32,
        mut entries in vec((0u32..5, any::<[u8; 16]>()), 0..10),
    ) -> RecallList {
        entries.sort_unstable();
        entries.dedup();
        let entries = entries
            .into_iter()
            .map(|(hour, key)| RecallEntry { hour: Hour(hour), key: RecallKey::new(key) })
            .collect();
        RecallList { header, from: part % header.version, entries }
    }
}

prop_compose! {
    pub(crate) fn named()(header in header(), name in "[a-z0-9._-]{1,48}", body: Vec<u8>) -> NamedFile {
        NamedFile { header, name, body }
    }
}

prop_compose! {
    pub(crate) fn voids()(header in header(), mut hashes: Vec<[u8; 5]>) -> VoidList {
        hashes.sort_unstable();
        hashes.dedup();
        VoidList { header, hashes }
    }
}

fn file_name() -> impl Strategy<Value = FileName> {
    prop_oneof![
        select(vec![Role::Issuers, Role::Recall, Role::Voids]).prop_map(FileName::of),
        (
            select(vec![Role::Rules, Role::Profile, Role::Standard]),
            "[a-z0-9._-]{1,48}"
        )
            .prop_map(|(role, name)| FileName::named(role, &name)),
    ]
}

prop_compose! {
    pub(crate) fn stamp()(
        header in header(),
        mut files in vec((file_name(), 1u32.., any::<[u8; 32]>()), 0..6),
    ) -> TimestampFile {
        files.sort_by_key(|(file, _, _)| file.text());
        files.dedup_by_key(|(file, _, _)| file.text());
        let files = files
            .into_iter()
            .map(|(file, version, payload_hash)| StampedFile { file, version, payload_hash })
            .collect();
        TimestampFile { header, files }
    }
}

prop_compose! {
    pub(crate) fn statement()(millisecond in 0i64..4_294_967_296_000, nonce: [u8; 32], sandbox: bool) -> TimeStatement {
        TimeStatement { time: Timestamp::from_millisecond(millisecond).unwrap(), nonce, sandbox }
    }
}

fn text() -> impl Strategy<Value = String> {
    "\\PC{1,16}"
}

prop_compose! {
    fn binding()(
        provider in text(),
        audience in text(),
        ticket in text(),
        purpose in text(),
        nonce: [u8; 32],
        subject: [u8; 32],
        requester: [u8; 32],
        request_hash: [u8; 32],
        device_key: [u8; 32],
        challenge: [u8; 32],
    ) -> ReceiptBinding {
        ReceiptBinding {
            provider, audience, ticket, nonce, purpose, request_hash, device_key, challenge,
            subject: Pseudonym(subject),
            requester: Pseudonym(requester),
        }
    }
}

prop_compose! {
    pub(crate) fn receipt()(
        binding in binding(),
        outcome in select(vec![FaceOutcome::Passed, FaceOutcome::Failed, FaceOutcome::Cancelled, FaceOutcome::TimedOut]),
        issued in 0i64..10_000_000_000,
        seconds in 1i64..10_000,
    ) -> Receipt {
        Receipt {
            binding,
            outcome,
            issued: world::time(issued),
            expires: world::time(issued + seconds),
        }
    }
}

prop_compose! {
    pub(crate) fn batch()(
        id: [u8; 16],
        authority in text(),
        principal in text(),
        issued in 0i64..10_000_000_000,
        body: Vec<u8>,
    ) -> EvidenceBatch {
        EvidenceBatch { id: BatchId(id), authority, principal, issued: world::time(issued), body }
    }
}

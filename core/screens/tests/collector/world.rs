//! A region, its lists and some phones, from fixed seeds.

use jiff::Timestamp;
use liangma_card::{Language, Standard};
use liangma_credential::{
    CheckerClock, Claims, Credential, FileHeader, Hour, Issuer, IssuerList, IssuerUse, Kind,
    NamedFile, PaperClaims, PaperCode, PaperSerial, RecallEntry, RecallList, Revealed, Role,
    RootFile, SignedFile, StripChain, StripSecret, TrustStore, live_code_text,
};
use liangma_crypto::{SigningKey, Suite, testing::SeededRandomness};
use liangma_domain::{
    colour::Colour,
    identity::DocumentType,
    mask::{MaskedDocument, MaskedName},
    profile::{RegionProfile, built_in_profile},
    region::{ProfileName, RegionCode},
};
use liangma_screens::{
    Effect, Event, Kind as Widgets, Screen, Widget, Words,
    collector::{Collector, Finding, Lists, PICTURE, SCANNER},
};
use liangma_wire::bytes::Bytes;

/// 2022-01-04T08:00:00Z.
pub(crate) const HOUR: Hour = Hour(455_912);
pub(crate) const START: i64 = 1_641_283_200;

const REGION: &str = "zhejiang-2020";
const ROOT: u64 = 1;
const ISSUERS: u64 = 2;
const RECALL: u64 = 3;
const PROFILE: u64 = 4;
const LIVE: u64 = 5;
const PAPER: u64 = 7;

fn key(seed: u64) -> SigningKey {
    SigningKey::generate(Suite::Ed25519, &SeededRandomness::new(seed)).unwrap()
}

pub(crate) fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(START * 1_000 + milliseconds).unwrap()
}

fn header() -> FileHeader {
    let issued = u32::try_from(START).unwrap() - 60;
    FileHeader {
        version: 1,
        issued,
        expires: issued + 30 * 86_400,
    }
}

fn signed(role: Role, payload: Vec<u8>, seed: u64) -> Vec<u8> {
    SignedFile::sign(role, payload, &[&key(seed)])
        .unwrap()
        .encode()
}

fn issuer(seed: u64, key_use: IssuerUse, region: &str) -> Issuer {
    Issuer {
        key: *key(seed).public_key(),
        key_use,
        region: RegionCode::new(region).unwrap(),
        profile: ProfileName::new(REGION).unwrap(),
        valid_from: Hour(0),
        valid_until: Hour(u32::MAX),
        sandbox: true,
        standby: false,
    }
}

/// The root, and the lists that prove themselves by it.
fn files(recalled: Vec<RecallEntry>) -> (Vec<u8>, Vec<Vec<u8>>) {
    let one = |role, seed| (role, 1, vec![*key(seed).public_key()]);
    let roles = [
        one(Role::Root, ROOT),
        one(Role::Issuers, ISSUERS),
        one(Role::Recall, RECALL),
        one(Role::Profile, PROFILE),
    ];
    let root = signed(Role::Root, RootFile::new(header(), &roles).encode(), ROOT);
    let issuers = IssuerList {
        header: header(),
        issuers: vec![
            issuer(LIVE, IssuerUse::Live, "zhejiang"),
            issuer(PAPER, IssuerUse::Paper, "zhejiang"),
            issuer(8, IssuerUse::Live, "nowhere"),
        ],
    };
    let recall = RecallList {
        header: header(),
        from: 0,
        entries: recalled,
    };
    let files = vec![
        signed(Role::Issuers, issuers.encode(), ISSUERS),
        signed(Role::Recall, recall.encode(), RECALL),
    ];
    (root, files)
}

fn trust(recalled: Vec<RecallEntry>) -> TrustStore {
    let (root, files) = files(recalled);
    TrustStore::restore(&root, files).unwrap()
}

/// The same with the profile of the region, for a trace.
pub(crate) fn lists() -> Lists {
    let (root, mut files) = files(Vec::new());
    let profile: serde_json::Value =
        serde_json::from_slice(built_in_profile(REGION).unwrap()).unwrap();
    let profile = NamedFile {
        header: header(),
        name: REGION.to_owned(),
        body: serde_json::to_vec(&profile).unwrap(),
    };
    files.push(signed(Role::Profile, profile.encode(), PROFILE));
    Lists {
        root: Bytes(root),
        files: files.into_iter().map(Bytes).collect(),
        profile: REGION.to_owned(),
    }
}

/// A person's phone, by a seed.
pub(crate) struct Phone {
    chain: StripChain,
    pub(crate) colour: Colour,
    key: u64,
}

pub(crate) fn phone(seed: u64, colour: Colour) -> Phone {
    let secret = StripSecret::generate(&SeededRandomness::new(1_000 + seed)).unwrap();
    Phone {
        chain: StripChain::new(secret, HOUR),
        colour,
        key: LIVE,
    }
}

impl Phone {
    /// One that was issued in a region which this device has no rule for.
    pub(crate) fn of_another_region(self) -> Self {
        Self { key: 8, ..self }
    }

    /// What it shows in a slot, of 15 seconds each.
    pub(crate) fn slot(&self, k: u8) -> String {
        let cid = self.chain.cid(HOUR).unwrap();
        let value = self.chain.slot_value(HOUR, cid, k);
        live_code_text(&self.credential(), Some(Revealed { k, value }))
    }

    /// What it shows when it does not know the time.
    pub(crate) fn without_time(&self) -> String {
        live_code_text(&self.credential(), None)
    }

    /// What takes its code back.
    pub(crate) fn recall(&self) -> RecallEntry {
        RecallEntry {
            hour: HOUR,
            key: self.chain.recall_key(HOUR).unwrap(),
        }
    }

    fn credential(&self) -> Vec<u8> {
        let cid = self.chain.cid(HOUR).unwrap();
        let claims = Claims {
            hour: HOUR,
            cid,
            anchor: self.chain.anchor(HOUR, cid),
            kind: Kind::SelfCode,
            colour: self.colour,
            name: MaskedName::from_text("王*").unwrap(),
            document: MaskedDocument::from_visible(DocumentType::ResidentIdentity, "112X").unwrap(),
            rule_version: 1,
            tiles: None,
            members: Vec::new(),
        };
        let credential = Credential::sign(claims, &key(self.key)).unwrap();
        credential.bytes().to_vec()
    }
}

/// A paper code for some days from the day of [`START`].
pub(crate) fn paper(days: u16) -> String {
    let claims = PaperClaims {
        serial: PaperSerial([9; 8]),
        first_day: u32::try_from(START / 86_400).unwrap() - 1,
        days,
        name: MaskedName::from_text("李**").unwrap(),
        document: MaskedDocument::from_visible(DocumentType::ResidentIdentity, "1134").unwrap(),
    };
    PaperCode::sign(claims, &key(PAPER)).unwrap().text()
}

/// What a shell says of a text, whether it was typed or read.
pub(crate) fn typed(widget: &str, text: &str) -> Event {
    Event::Typed {
        widget: widget.to_owned(),
        text: text.to_owned(),
        revision: 7,
    }
}

/// A collector's device with its standard and its words.
pub(crate) struct Device {
    pub(crate) collector: Collector,
    pub(crate) standard: Standard,
    pub(crate) words: Words,
    /// Milliseconds by which its clock is ahead.
    pub(crate) ahead: i64,
    /// Whether nobody vouches for it.
    pub(crate) in_doubt: bool,
}

/// One that has begun its shift.
pub(crate) fn device() -> Device {
    device_with(Vec::new())
}

pub(crate) fn device_with(recalled: Vec<RecallEntry>) -> Device {
    let profile = RegionProfile::parse_signed(built_in_profile(REGION).unwrap()).unwrap();
    let mut device = Device {
        collector: Collector::new(trust(recalled), profile, Language::ZhHans, time(0)),
        standard: Standard::built_in().unwrap(),
        words: Words::built_in().unwrap(),
        ahead: 0,
        in_doubt: false,
    };
    device.press("begin", 0);
    device
}

impl Device {
    fn clock(&self, at: i64) -> CheckerClock {
        CheckerClock {
            now: time(at + self.ahead),
            in_doubt: self.in_doubt,
        }
    }

    /// Something happens, milliseconds after the start of the hour.
    pub(crate) fn update(&mut self, event: &Event, at: i64) -> Vec<Effect> {
        self.collector.update(event, self.clock(at))
    }

    pub(crate) fn press(&mut self, widget: &str, at: i64) -> Vec<Effect> {
        let widget = widget.to_owned();
        self.update(&Event::Pressed { widget }, at)
    }

    pub(crate) fn choose(&mut self, widget: &str, chosen: &str, at: i64) {
        let event = Event::Chosen {
            widget: widget.to_owned(),
            chosen: vec![chosen.to_owned()],
        };
        self.update(&event, at);
    }

    pub(crate) fn switch(&mut self, widget: &str, on: bool, at: i64) {
        let widget = widget.to_owned();
        self.update(&Event::Switched { widget, on }, at);
    }

    /// The camera reads a text; gives what is in front then.
    pub(crate) fn camera(&mut self, text: &str, at: i64) -> Option<String> {
        self.read(text, SCANNER, at)
    }

    /// A picture has this text in it; gives what is in front then.
    pub(crate) fn picture(&mut self, text: &str, at: i64) -> Option<String> {
        self.read(text, PICTURE, at)
    }

    fn read(&mut self, text: &str, widget: &str, at: i64) -> Option<String> {
        self.update(&typed(widget, text), at);
        self.front(at)
    }

    pub(crate) fn screen(&self, at: i64) -> Screen {
        self.collector
            .view(self.clock(at), &self.standard, &self.words)
    }

    pub(crate) fn verdict(&self, at: i64) -> Option<Widget> {
        let widgets = self.screen(at).widgets.into_iter();
        let mut verdicts = widgets.filter(|widget| matches!(widget.kind, Widgets::Verdict { .. }));
        verdicts.next()
    }

    /// The finding in front: known by the sentence to do, which is its own in simplified Chinese.
    pub(crate) fn front(&self, at: i64) -> Option<String> {
        let Widgets::Verdict { act, say, .. } = self.verdict(at)?.kind else {
            return None;
        };
        let known = Finding::ALL.iter().find(|finding| {
            finding.act(&self.words, Language::ZhHans) == act
                && finding.say(&self.words, Language::ZhHans) == say
        });
        known.map(|finding| finding.id().to_owned())
    }

    pub(crate) fn has(&self, id: &str, at: i64) -> bool {
        self.screen(at).widgets.iter().any(|widget| widget.id == id)
    }
}

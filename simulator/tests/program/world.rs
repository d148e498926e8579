//! A small world of trust, made from a seed: a root, its lists, and codes to check.

use std::path::PathBuf;

use jiff::Timestamp;
use liangma_credential::{
    Claims, Credential, FileHeader, Hour, Issuer, IssuerList, IssuerUse, Kind, RecallEntry,
    RecallList, Revealed, Role, RootFile, SignedFile, Slot, StripChain, StripSecret, TrustBundle,
    live_code_text,
};
use liangma_crypto::testing::SeededRandomness;
use liangma_crypto::{SigningKey, Suite};
use liangma_domain::colour::Colour;
use liangma_domain::identity::DocumentType;
use liangma_domain::mask::{MaskedDocument, MaskedName};
use tempfile::TempDir;

/// When everything happens: the middle of a slot.
pub(crate) const NOW: &str = "2026-03-08T14:21:37+08:00";

/// Files of a region, and the keys behind them.
pub(crate) struct World {
    folder: TempDir,
    issuer: SigningKey,
    chain: StripChain,
    recall_key: SigningKey,
    hour: Hour,
}

impl World {
    /// A world; another seed has other keys.
    pub(crate) fn new(seed: u64) -> Self {
        let randomness = SeededRandomness::new(seed);
        let key = || SigningKey::generate(Suite::Ed25519, &randomness).unwrap();
        let (roots, issuers_key, recall_key, issuer) = ([key(), key(), key()], key(), key(), key());
        let now: Timestamp = NOW.parse().unwrap();
        let hour = Hour::of(now);
        let root = RootFile::new(
            header(now, 1),
            &[
                (
                    Role::Root,
                    2,
                    roots.iter().map(|key| *key.public_key()).collect(),
                ),
                (Role::Issuers, 1, vec![*issuers_key.public_key()]),
                (Role::Recall, 1, vec![*recall_key.public_key()]),
            ],
        );
        let issuers = IssuerList {
            header: header(now, 1),
            issuers: vec![Issuer {
                key: *issuer.public_key(),
                key_use: IssuerUse::Live,
                region: "zhejiang".parse().unwrap(),
                profile: "zhejiang-2020".parse().unwrap(),
                valid_from: Hour(hour.0 - 100),
                valid_until: Hour(hour.0 + 100),
                sandbox: false,
                standby: false,
            }],
        };
        let chain = StripChain::new(StripSecret::generate(&randomness).unwrap(), hour);
        let world = Self {
            folder: TempDir::new().unwrap(),
            issuer,
            chain,
            recall_key,
            hour,
        };
        let [first, second, _] = &roots;
        let root = SignedFile::sign(Role::Root, root.encode(), &[first, second]).unwrap();
        world.write("root.cbor", &root.encode());
        let issuers = SignedFile::sign(Role::Issuers, issuers.encode(), &[&issuers_key]).unwrap();
        let bundle = TrustBundle {
            files: vec![issuers.encode()],
        };
        world.write("trust.cbor", &bundle.encode());
        world.write_recall("recall.cbor", Vec::new());
        world
    }

    /// Writes a list that recalls the strip of all codes of this world.
    pub(crate) fn recall_everything(&self) {
        let key = self.chain.recall_key(self.hour).unwrap();
        self.write_recall(
            "recalled.cbor",
            vec![RecallEntry {
                hour: self.hour,
                key,
            }],
        );
    }

    fn write_recall(&self, name: &str, entries: Vec<RecallEntry>) {
        let list = RecallList {
            header: header(NOW.parse().unwrap(), 1),
            from: 0,
            entries,
        };
        let file = SignedFile::sign(Role::Recall, list.encode(), &[&self.recall_key]).unwrap();
        self.write(name, &file.encode());
    }

    /// The path of a file of this world.
    pub(crate) fn path(&self, name: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    /// Writes a file into this world.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.path().join(name), bytes).unwrap();
    }

    /// The code text that a phone shows now.
    pub(crate) fn code(&self, colour: Colour) -> String {
        self.code_by(colour, &self.issuer)
    }

    /// The same code signed by a key that is not the issuer's but claims to be.
    pub(crate) fn forged_code(&self, colour: Colour) -> String {
        let genuine = self.credential(colour, &self.issuer);
        let mut bytes = genuine.bytes().to_vec();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        self.text(&bytes)
    }

    /// A code signed by somebody else.
    pub(crate) fn strangers_code(&self, colour: Colour) -> String {
        let stranger = SigningKey::generate(Suite::Ed25519, &SeededRandomness::new(99)).unwrap();
        self.code_by(colour, &stranger)
    }

    fn code_by(&self, colour: Colour, key: &SigningKey) -> String {
        self.text(self.credential(colour, key).bytes())
    }

    fn credential(&self, colour: Colour, key: &SigningKey) -> Credential {
        let cid = self.chain.cid(self.hour).unwrap();
        let claims = Claims {
            hour: self.hour,
            cid,
            anchor: self.chain.anchor(self.hour, cid),
            kind: Kind::SelfCode,
            colour,
            name: MaskedName::from_text("王*").unwrap(),
            document: MaskedDocument::from_visible(DocumentType::ResidentIdentity, "112X").unwrap(),
            rule_version: 1,
            tiles: None,
            members: Vec::new(),
        };
        Credential::sign(claims, key).unwrap()
    }

    fn text(&self, credential: &[u8]) -> String {
        let cid = self.chain.cid(self.hour).unwrap();
        let k = Slot::at(NOW.parse().unwrap()).number();
        let value = self.chain.slot_value(self.hour, cid, k);
        live_code_text(credential, Some(Revealed { k, value }))
    }
}

fn header(now: Timestamp, version: u32) -> FileHeader {
    let issued = u32::try_from(now.as_second()).unwrap() - 600;
    FileHeader {
        version,
        issued,
        expires: issued + 7 * 86_400,
    }
}

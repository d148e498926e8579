//! A newer UI standard, signed, shows on a phone that is in use; nothing else does.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use liangma_card::{Drawing, ItemId, Language, Standard, View};
use liangma_credential::{FileHeader, NamedFile, Role, SignedFile};
use liangma_crypto::{SigningKey, Suite, SystemRandomness};
use liangma_platform::keys::read_private_key;
use liangma_platform::sandbox::face_provider::ChosenOutcome;
use liangma_platform::{RootChanges, draft_root, sign_root, submit_root};
use liangma_screens::driver::{Glass, Phone as Screens};
use liangma_screens::package::built_in_package;
use liangma_screens::{CodePosition, Effect, Page, Preferences, Screen, Seen, State};
use liangma_terminal::{Ports, TerminalConfig, TrustScope};
use liangma_wire::trust::{STANDARD_NAME, STANDARD_PATH};
use serde_json::{Value, json};

use crate::world::{Phone, Region, browser};

const YEAR: u32 = 365 * 86_400;
const OTHER_WORD: &str = "通行码";

struct Dark;

impl Glass for Dark {
    fn show(&self, _: &Screen) {}
    fn perform(&self, _: &Effect) {}
}

/// The built-in standard with another version and another word on its green panel.
fn package(version: u32, word: &str) -> Value {
    let mut package: Value = serde_json::from_slice(&built_in_package().unwrap()).unwrap();
    package["standard"]["version"] = json!(version);
    package["standard"]["colours"][0]["word"]["zh-Hans"] = json!(word);
    package
}

/// Whoever makes standards: holds the key of the role, far from the platform.
struct Office {
    key: SigningKey,
    data: PathBuf,
}

impl Office {
    /// The root names the office's key from now on.
    async fn open(region: &Region) -> Self {
        let key = SigningKey::generate(Suite::Ed25519, &SystemRandomness).unwrap();
        let data = region.data();
        let changes = RootChanges {
            given_keys: vec![(Role::Standard, vec![*key.public_key()])],
            ..RootChanges::default()
        };
        let mut root = draft_root(&data, &changes, &SystemRandomness, Timestamp::now()).unwrap();
        for number in [1, 2] {
            let file = data.join(format!("offline/root-{number}.key"));
            root = sign_root(&root, &read_private_key(&file).unwrap()).unwrap();
        }
        submit_root(&data, &root).unwrap();
        region.sandbox.platform.tick().await.unwrap();
        Self { key, data }
    }

    fn sign(&self, version: u32, body: Vec<u8>, life: u32) -> Vec<u8> {
        signed(&self.key, version, body, life)
    }

    /// Puts a file where the platform finds it, and whatever it makes of it.
    async fn put(&self, region: &Region, file: &[u8]) {
        fs::write(self.data.join("standard.cbor"), file).unwrap();
        region.sandbox.platform.tick().await.unwrap();
    }
}

fn signed(key: &SigningKey, version: u32, body: Vec<u8>, life: u32) -> Vec<u8> {
    let issued = u32::try_from(Timestamp::now().as_second()).unwrap() - 60;
    let file = NamedFile {
        header: FileHeader {
            version,
            issued,
            expires: issued + life,
        },
        name: STANDARD_NAME.to_owned(),
        body,
    };
    SignedFile::sign(Role::Standard, file.encode(), &[key])
        .unwrap()
        .encode()
}

/// What the platform serves now, when it serves one.
async fn served(region: &Region) -> Option<Vec<u8>> {
    let url = format!("{}{STANDARD_PATH}", region.address.url);
    let answer = browser().get(url).send().await.unwrap();
    let found = answer.status().is_success();
    let bytes = answer.bytes().await.unwrap();
    found.then(|| bytes.to_vec())
}

const PREFERENCES: Preferences = Preferences {
    language: Language::ZhHans,
    view: View::Normal,
    code_position: CodePosition::Top,
};

/// The person has been through the first pages and is where the code is.
async fn on_the_code_page(phone: &Phone) {
    let mut kept = State::new(PREFERENCES).kept;
    kept.stack = vec![Page::Code];
    kept.seen.insert(Page::About.id().to_owned());
    let kept = serde_json::to_string(&kept).unwrap();
    phone.terminal.keep_draft("screens", &kept).await.unwrap();
}

async fn lit(config: &TerminalConfig, ports: &Ports) -> Screens {
    let seen = Arc::new(Seen::built_in().unwrap());
    Screens::start(
        config.clone(),
        ports.clone(),
        PREFERENCES,
        seen,
        Arc::new(Dark),
    )
    .await
}

fn word_on_the_panel(screens: &Screens) -> String {
    let card = screens.card(390).unwrap().unwrap();
    match &card.item(ItemId::PanelWord).unwrap().drawing {
        Drawing::Text(text) => text.text.clone(),
        _ => String::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_signed_standard_shows_on_the_card_and_stays_when_a_worse_one_comes() {
    let region = Region::start().await;
    let phone = Phone::unpack(&region, ChosenOutcome::Pass).await;
    phone.live(&region, "green").await;
    on_the_code_page(&phone).await;
    let (config, ports, _phone) = phone.put_away(&region);
    let screens = lit(&config, &ports).await;
    assert_eq!(word_on_the_panel(&screens), "绿码");
    assert_eq!(served(&region).await, None);

    // The phone does not know the root yet that names the office.
    let office = Office::open(&region).await;
    let newer = serde_json::to_vec(&package(2, OTHER_WORD)).unwrap();
    let newer = office.sign(2, newer, YEAR);
    office.put(&region, &newer).await;
    assert_eq!(served(&region).await, Some(newer.clone()));
    let terminal = screens.terminal().unwrap();
    let synced = terminal.trust_sync(TrustScope::Wallet).await.unwrap();
    assert!(synced.renewed.contains(&"standard/ui".to_owned()));
    assert_eq!(synced.standard_refused, None);
    screens.look_again().await;
    assert_eq!(word_on_the_panel(&screens), OTHER_WORD);

    // Each of these the platform leaves where it lies.
    let fresh = |version: u32| serde_json::to_vec(&package(version, "假")).unwrap();
    let somebody = SigningKey::generate(Suite::Ed25519, &SystemRandomness).unwrap();
    for file in [
        office.sign(1, fresh(1), YEAR),
        office.sign(2, fresh(2), YEAR),
        office.sign(3, fresh(3), 1),
        signed(&somebody, 3, fresh(3), YEAR),
        fresh(3),
        vec![b' '; 50 * 1024 * 1024],
    ] {
        office.put(&region, &file).await;
        assert_eq!(served(&region).await, Some(newer.clone()));
    }

    // Signed, newer, and no standard: it comes as far as the phone, which goes on with the one it has, also
    // after a restart, also without a network.
    let unreadable = [
        (3, json!({ "format": 1 })),
        (4, package(2, "假")),
        (5, {
            let mut pale = package(5, "假");
            pale["standard"]["colours"][0]["text"] = json!("#00FF00");
            pale
        }),
        (6, {
            let mut no_fluent = package(6, "假");
            no_fluent["words"]["en"] = json!("on = { $");
            no_fluent
        }),
    ];
    for (version, body) in unreadable {
        let file = office.sign(version, serde_json::to_vec(&body).unwrap(), YEAR);
        office.put(&region, &file).await;
        assert_eq!(served(&region).await, Some(file));
        terminal.trust_sync(TrustScope::Wallet).await.unwrap();
        assert_eq!(terminal.standard().unwrap().version, version);
        screens.look_again().await;
        assert_eq!(word_on_the_panel(&screens), OTHER_WORD);
    }
    drop((terminal, screens));
    let _region = region.unplug().await;
    let screens = lit(&config, &ports).await;
    assert_eq!(word_on_the_panel(&screens), OTHER_WORD);
}

#[test]
fn a_standard_of_fifty_megabytes_is_refused_at_once() {
    let large = vec![b' '; 50 * 1024 * 1024];
    let before = Instant::now();
    let refused = Seen::newer(&large, Standard::built_in().unwrap().version()).unwrap_err();
    assert!(before.elapsed() < Duration::from_millis(50));
    assert_eq!(
        refused.to_string(),
        "read a UI standard of 52428800 bytes: the limit is 1048576"
    );
}

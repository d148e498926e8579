//! Changing the keys that sign, while phones refresh and collectors check.

use jiff::SignedDuration;
use liangma_credential::{
    CheckerClock, Credential, FileName, Hour, Role, TrustError, TrustStore, Verdict, check,
    live_code_text,
};
use liangma_crypto::{SigningKey, Suite, SystemRandomness};
use liangma_platform::{
    CeremonyError, ONLINE_ROLES, RootChanges, activate_standby, draft_root, issuer_state,
    keys::{read_private_key, write_private_key},
    root_state, sign_root, submit_root,
};
use liangma_wire::trust::{
    ISSUERS_PATH, PROFILE_PATH, RECALL_PATH, ROOT_PATH, RULES_PATH, TIME_PATH, TIMESTAMP_PATH,
    TimeRequest, TimeResponse, root_version_path,
};
use serde_json::json;

use crate::harness::{Phone, World, new_chain};

/// Genuine, in force and not recalled; only the value of the moment is missing.
const NOT_LIVE: Verdict = Verdict::NotLive {
    difference_seconds: None,
};
const LISTS: [&str; 5] = [
    TIMESTAMP_PATH,
    ISSUERS_PATH,
    RULES_PATH,
    PROFILE_PATH,
    RECALL_PATH,
];

async fn tick(world: &World) {
    world.sandbox.platform.tick().await.unwrap();
}

fn offline_key(world: &World, number: usize) -> SigningKey {
    let file = format!("offline/root-{number}.key");
    read_private_key(&world.options.data_dir.join(file)).unwrap()
}

fn draft(world: &World, changes: &RootChanges) -> Vec<u8> {
    draft_root(
        &world.options.data_dir,
        changes,
        &SystemRandomness,
        world.now(),
    )
    .unwrap()
}

/// Drafts, signs with two of the three keys, and hands over.
fn next_root(world: &World, changes: &RootChanges, signers: &[&SigningKey]) {
    let mut root = draft(world, changes);
    for key in signers {
        root = sign_root(&root, key).unwrap();
    }
    submit_root(&world.options.data_dir, &root).unwrap();
}

/// A collector takes what is newer; nothing may be refused.
async fn catch_up(world: &World, trust: &mut TrustStore) {
    let of_root = FileName::of(Role::Root);
    let newest = TrustStore::from_root(&world.get(ROOT_PATH).await.body).unwrap();
    while trust.version(&of_root) < newest.version(&of_root) {
        let next = trust.version(&of_root).unwrap() + 1;
        let root = world.get(&root_version_path(next)).await;
        trust.update_root(&root.body).unwrap();
    }
    for path in LISTS {
        let file = world.get(path).await.body;
        trust.update(&file, world.now()).unwrap();
    }
}

async fn new_code(world: &World, phone: &mut Phone) -> Vec<u8> {
    phone.chain = new_chain(world);
    let first = Hour::of(world.now());
    let made = phone
        .made(world, &phone.make_code_request(first, 2, true))
        .await;
    made.credentials[0].to_vec()
}

fn verdict(world: &World, trust: &TrustStore, credential: &[u8]) -> Verdict {
    let text = live_code_text(credential, None);
    check(&text, trust, CheckerClock::trusted(world.now())).verdict
}

#[tokio::test]
async fn every_signing_key_changes_while_phones_refresh_and_collectors_check() {
    let world = World::new().await;
    let mut phone = Phone::verified(&world, "green").await;
    let mut current = world.checker().await;
    catch_up(&world, &mut current).await;
    let asleep = world.checker().await;
    let keys = [offline_key(&world, 1), offline_key(&world, 2)];
    let mut lit = new_code(&world, &mut phone).await;
    for (step, role) in ONLINE_ROLES.into_iter().enumerate() {
        let changes = RootChanges {
            new_keys: vec![role],
            ..RootChanges::default()
        };
        next_root(&world, &changes, &[&keys[0], &keys[1]]);
        // Until the next tick nothing has changed, and after it everything has.
        catch_up(&world, &mut current).await;
        tick(&world).await;
        catch_up(&world, &mut current).await;
        let version = current.version(&FileName::of(Role::Root)).unwrap();
        assert_eq!(usize::try_from(version).unwrap(), step + 2);
        let after = new_code(&world, &mut phone).await;
        for code in [&lit, &after] {
            assert_eq!(verdict(&world, &current, code), NOT_LIVE);
            assert_eq!(verdict(&world, &asleep, code), NOT_LIVE);
        }
        lit = after;
        // Time is stated by the key that the newest root names.
        let nonce = [7; 32];
        let request = json!(TimeRequest {
            nonce: liangma_wire::bytes::FixedBytes(nonce)
        });
        let stated: TimeResponse = world.post(TIME_PATH, &request).await.json();
        current.server_time(&stated.statement.0, &nonce).unwrap();
        world.advance(60);
    }
    // Whoever missed all of it follows, root by root.
    let mut late = asleep;
    catch_up(&world, &mut late).await;
    assert_eq!(world.get(&root_version_path(99)).await.code(), "not_found");
    assert_eq!(
        world.get("/v1/trust/root/newest").await.code(),
        "malformed_request"
    );
}

#[tokio::test]
async fn the_root_keys_change_and_a_restart_goes_on_with_the_new_ones() {
    let mut world = World::new().await;
    let mut phone = Phone::verified(&world, "green").await;
    let mut collector = world.checker().await;
    let old = [offline_key(&world, 1), offline_key(&world, 3)];
    let new: Vec<SigningKey> = (0..3)
        .map(|_| SigningKey::generate(Suite::Ed25519, &SystemRandomness).unwrap())
        .collect();
    let changes = RootChanges {
        new_keys: ONLINE_ROLES.to_vec(),
        root_keys: Some(new.iter().map(|key| *key.public_key()).collect()),
        ..RootChanges::default()
    };
    let unsigned = draft(&world, &changes);
    let by_old = sign_root(&sign_root(&unsigned, &old[0]).unwrap(), &old[1]).unwrap();
    // Two of the old and two of the new have to sign.
    let data = world.options.data_dir.clone();
    for (root, wanted) in [(&unsigned, "wrong_role"), (&by_old, "wrong_role")] {
        let refused = submit_root(&data, root).unwrap_err();
        assert!(
            matches!(&refused, CeremonyError::Trust(error) if error.code() == wanted),
            "{refused}"
        );
        assert!(root_state(&data, root).unwrap().missing.is_some());
    }
    let by_one_new = sign_root(&by_old, &new[0]).unwrap();
    let refused = submit_root(&data, &by_one_new).unwrap_err();
    assert!(matches!(
        refused,
        CeremonyError::Trust(TrustError::BelowThreshold { .. })
    ));
    let signed = sign_root(&by_one_new, &new[2]).unwrap();
    submit_root(&data, &signed).unwrap();
    // Handed over while the platform is down, it is taken at the start.
    world.restart().await;
    tick(&world).await;
    catch_up(&world, &mut collector).await;
    assert!(!data.join("next-root.cbor").exists());
    for role in ONLINE_ROLES {
        assert!(!data.join(format!("keys/{}.next.key", role.name())).exists());
    }
    world.restart().await;
    tick(&world).await;
    let code = new_code(&world, &mut phone).await;
    assert_eq!(verdict(&world, &collector, &code), NOT_LIVE);
    // The keys before sign no root any more.
    let next = draft(&world, &RootChanges::default());
    let next = sign_root(&sign_root(&next, &old[0]).unwrap(), &old[1]).unwrap();
    assert!(submit_root(&data, &next).is_err());
}

#[tokio::test]
async fn a_root_whose_keys_are_not_here_is_not_taken() {
    let world = World::new().await;
    let elsewhere = SigningKey::generate(Suite::Ed25519, &SystemRandomness).unwrap();
    let changes = RootChanges {
        given_keys: vec![(Role::Recall, vec![*elsewhere.public_key()])],
        ..RootChanges::default()
    };
    let mut root = draft(&world, &changes);
    for number in [1, 2] {
        root = sign_root(&root, &offline_key(&world, number)).unwrap();
    }
    let refused = submit_root(&world.options.data_dir, &root).unwrap_err();
    assert!(matches!(refused, CeremonyError::RoleKey(Role::Recall)));
    // Were it put there by hand, the platform would go on as it is.
    std::fs::write(world.options.data_dir.join("next-root.cbor"), &root).unwrap();
    assert!(world.sandbox.platform.tick().await.is_err());
    let mut collector = world.checker().await;
    catch_up(&world, &mut collector).await;
    // Roles for which the platform does not sign may have their keys elsewhere.
    let changes = RootChanges {
        given_keys: vec![(Role::Voids, vec![*elsewhere.public_key()])],
        ..RootChanges::default()
    };
    next_root(
        &world,
        &changes,
        &[&offline_key(&world, 2), &offline_key(&world, 3)],
    );
    tick(&world).await;
    catch_up(&world, &mut collector).await;
    assert_eq!(collector.root().roles.len(), 7);
}

#[tokio::test]
async fn the_standby_issuer_takes_over_and_no_code_is_refused() {
    let world = World::new().await;
    let data = world.options.data_dir.clone();
    let mut phone = Phone::verified(&world, "green").await;
    let asleep = world.checker().await;
    let lit = new_code(&world, &mut phone).await;
    let refused = activate_standby(&data, world.now(), false).unwrap_err();
    assert!(matches!(refused, CeremonyError::StandbyTooNew { .. }));
    let before = issuer_state(&data).unwrap();
    let standby = before.iter().find(|issuer| issuer.standby).unwrap().key_id;
    let taken = activate_standby(&data, world.now(), true).unwrap();
    assert_eq!(taken, standby);
    tick(&world).await;

    let current = world.checker().await;
    let after = new_code(&world, &mut phone).await;
    let mut issuers = current.issuers().iter();
    let signer = issuers
        .find(|issuer| issuer.key.key_id() == standby)
        .unwrap();
    let credential = Credential::decode(&after).unwrap();
    credential.verify(&signer.key).unwrap();
    for trust in [&asleep, &current] {
        for code in [&lit, &after] {
            assert_eq!(verdict(&world, trust, code), NOT_LIVE);
        }
    }
    let states = issuer_state(&data).unwrap();
    assert_eq!(states.len(), 3);
    assert_eq!(states.iter().filter(|issuer| issuer.standby).count(), 1);
    let former = states
        .iter()
        .find(|issuer| !issuer.standby && !issuer.in_use)
        .unwrap();
    let ends = former.until;
    assert!(ends > world.now() + SignedDuration::from_hours(47));
    assert!(ends < world.now() + SignedDuration::from_hours(50));
    // The next standby has a day before it.
    let refused = activate_standby(&data, world.now(), false).unwrap_err();
    assert!(matches!(
        refused,
        CeremonyError::StandbyTooNew { needed: 24, .. }
    ));
    world.advance(25 * 3_600);
    tick(&world).await;
    assert!(activate_standby(&data, world.now(), false).is_ok());
    tick(&world).await;
    assert_eq!(issuer_state(&data).unwrap().len(), 4);
    // Long after its last code the entry goes.
    world.advance(90 * 86_400);
    tick(&world).await;
    assert_eq!(issuer_state(&data).unwrap().len(), 2);
}

#[tokio::test]
async fn a_private_key_of_another_form_signs_no_root() {
    let world = World::new().await;
    let file = world.options.data_dir.join("p256.key");
    let key = SigningKey::generate(Suite::P256, &SystemRandomness).unwrap();
    write_private_key(&file, &key).unwrap();
    let root = sign_root(&draft(&world, &RootChanges::default()), &key).unwrap();
    let refused = submit_root(&world.options.data_dir, &root).unwrap_err();
    assert!(matches!(
        refused,
        CeremonyError::Trust(TrustError::WrongRole)
    ));
    assert!(sign_root(b"no root", &key).is_err());
}

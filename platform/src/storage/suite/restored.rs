//! What a restore changes: once, and above everything that was there.

use super::*;

#[tokio::test]
async fn a_restore_is_settled_once_and_nothing_from_before_is_good() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.sqlite");
    let copied = folder.path().join("copy.sqlite");
    {
        let storage = Sqlite::open(&file).unwrap();
        let device = with_device(&storage).await;
        storage
            .put_strip(strip(device.id, 1, 10..12))
            .await
            .unwrap();
        storage.renew_recalls(50).await.unwrap();
        let row = TrustFileRow {
            role: "timestamp".to_owned(),
            version: 7,
            bytes: vec![1],
        };
        storage.put_trust_files(vec![row]).await.unwrap();
        storage.put_attempt(attempt(2, Some(id(1)))).await.unwrap();
        assert!(storage.restores().await.unwrap().is_empty());
        copy_database(&file, &copied).unwrap();
    }
    seal_copy(&copied).unwrap();
    check_copy(&copied).unwrap();
    mark_restored(&copied).unwrap();
    let storage = Sqlite::open(&copied).unwrap();
    let unsettled = RestoreRow {
        number: 1,
        taken_at: 50,
        settled_at: None,
        versions_from: 0,
    };
    assert_eq!(storage.restores().await.unwrap(), [unsettled]);
    for at in [900, 950] {
        let settle = SettleRestore {
            number: 1,
            gap: 1000,
            at,
        };
        storage.settle_restore(settle).await.unwrap();
        let settled = RestoreRow {
            settled_at: Some(900),
            versions_from: 1007,
            ..unsettled
        };
        assert_eq!(storage.restores().await.unwrap(), [settled]);
        let recalls = storage.recalls(1).await.unwrap();
        assert_eq!(recalls.len(), 1);
        assert_eq!((recalls[0].version, recalls[0].key), (1007, None));
    }
    let device = storage.devices(id(1)).await.unwrap()[0].id;
    assert_eq!(strip_of(&storage, device).await, None);
    let strips = storage.strips(id(1), 0).await.unwrap();
    assert!(strips.iter().all(|strip| strip.hours.is_empty()));
    assert_eq!(storage.try_attempt([2; 16], 5, 100).await.unwrap(), None);
    assert_eq!(storage.people_due(900, 9).await.unwrap(), [id(1)]);
    let mut same_key = strip(device, 2, 20..22);
    same_key.strip.first_key_hash = [1; 32];
    assert_eq!(
        storage.put_strip(same_key).await.unwrap(),
        StripOutcome::KeyReused
    );
}

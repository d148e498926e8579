//! Changes of the rules: what waits, what is approved, and what is due.

use rstest::rstest;

use super::*;

fn change(digest: u8, version: u32, effective_from: i64) -> RuleChangeRow {
    RuleChangeRow {
        digest: [digest; 32],
        subject: "rule_pack".to_owned(),
        version,
        effective_from,
        body: vec![digest],
        state: RuleChangeState::Waiting,
        submitted_by: "cdc-1".to_owned(),
        received_at: 100,
        decided_by: None,
    }
}

fn settle(digest: u8, from: RuleChangeState, to: RuleChangeState) -> SettleRuleChange {
    SettleRuleChange {
        digest: [digest; 32],
        from,
        to,
        decided_by: Some("health-1".to_owned()),
        at: 200,
    }
}

async fn put(storage: &dyn Storage, change: RuleChangeRow) -> RuleChangeOutcome {
    storage.put_rule_change(change, 0).await.unwrap()
}

async fn approve(storage: &dyn Storage, digest: u8) -> bool {
    let settle = settle(digest, RuleChangeState::Waiting, RuleChangeState::Approved);
    let settled = storage.settle_rule_change(settle, vec![leaf(digest)]);
    settled.await.unwrap()
}

#[rstest]
#[tokio::test]
async fn of_approved_changes_the_highest_version_whose_time_has_come_is_due(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    for (digest, version, from) in [(1, 2, 1_000), (2, 3, 500), (3, 4, 2_000)] {
        let stored = put(storage, change(digest, version, from)).await;
        assert_eq!(stored, RuleChangeOutcome::Stored);
        assert!(approve(storage, digest).await);
    }
    let areas = RuleChangeRow {
        subject: "risk_areas".to_owned(),
        ..change(4, 1, 0)
    };
    put(storage, areas).await;
    assert!(approve(storage, 4).await);
    for (at, versions) in [
        (0, vec![1]),
        (499, vec![1]),
        (500, vec![1, 3]),
        (1_000, vec![1, 3]),
        (2_000, vec![1, 4]),
    ] {
        let due = storage.rules_due(at).await.unwrap();
        let found: Vec<u32> = due.iter().map(|row| row.version).collect();
        assert_eq!(found, versions, "at {at}");
    }
    let into = settle(3, RuleChangeState::Approved, RuleChangeState::InForce);
    assert!(
        storage
            .settle_rule_change(into.clone(), Vec::new())
            .await
            .unwrap()
    );
    assert!(
        !storage
            .settle_rule_change(into, vec![leaf(9)])
            .await
            .unwrap()
    );
    assert!(
        !storage.has_leaf([9; 32]).await.unwrap(),
        "no trace of nothing"
    );
    assert!(storage.has_leaf([3; 32]).await.unwrap());
    assert_eq!(storage.rules_due(2_000).await.unwrap().len(), 2);
}

#[rstest]
#[tokio::test]
async fn a_version_is_taken_by_what_waits_under_it_or_was_approved_above_it(
    #[values(Engine::Sqlite)] engine: Engine,
) {
    let opened = engine.open();
    let storage = &*opened.storage;
    assert_eq!(
        put(storage, change(1, 5, 0)).await,
        RuleChangeOutcome::Stored
    );
    let earlier = RuleChangeOutcome::Earlier(Box::new(change(1, 5, 0)));
    assert_eq!(
        put(storage, change(1, 5, 0)).await,
        earlier,
        "the same file"
    );
    assert_eq!(
        put(storage, change(2, 5, 0)).await,
        RuleChangeOutcome::VersionTaken
    );
    assert_eq!(
        put(storage, change(3, 4, 0)).await,
        RuleChangeOutcome::Stored
    );
    assert_eq!(
        put(storage, change(4, 6, 0)).await,
        RuleChangeOutcome::Stored
    );
    assert!(approve(storage, 1).await);
    assert!(
        !approve(storage, 3).await,
        "a later one was approved meanwhile"
    );
    assert!(approve(storage, 4).await);
    assert_eq!(
        put(storage, change(5, 6, 0)).await,
        RuleChangeOutcome::VersionTaken
    );
    let refuse = settle(3, RuleChangeState::Waiting, RuleChangeState::Refused);
    assert!(
        storage
            .settle_rule_change(refuse, Vec::new())
            .await
            .unwrap()
    );
    let refused = storage.rule_change([3; 32]).await.unwrap().unwrap();
    assert_eq!(refused.state, RuleChangeState::Refused);
    assert_eq!(refused.body, b"", "its file is not kept");
    // What nobody answered for in time blocks nobody.
    put(storage, change(6, 7, 0)).await;
    let late = storage.put_rule_change(change(7, 7, 0), 100).await.unwrap();
    assert_eq!(late, RuleChangeOutcome::Stored);
}

//! A large batch that is cut off while it is put into force.

use liangma_domain::{identity::IdentityDocument, person::PersonId};
use liangma_wire::evidence::BadRows;
use serde_json::{Value, json};

use super::*;
use crate::{leaf::open_leaf, service::testing::Room};

const ROWS: u32 = 1_300;

/// A resident identity number that is valid in form, one for each row.
fn number(row: u32) -> String {
    let born = jiff::civil::date(1950, 1, 1) + jiff::Span::new().days(row / 900);
    let digits = format!("330106{}{:03}", born.strftime("%Y%m%d"), 100 + row % 900);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits
        .bytes()
        .zip(weights)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = char::from(b"10X98765432"[(sum % 11) as usize]);
    format!("{digits}{check}")
}

fn entry(row: u32, at: Timestamp) -> Value {
    json!({
        "document_type": "resident_identity",
        "document_number": number(row),
        "occurred_at": at,
        "case_id": format!("case-{row}"),
        "kind": "nucleic_acid_test",
        "result": "positive",
    })
}

impl Room {
    async fn person(&self, row: u32) -> Option<PersonId> {
        let kind = liangma_domain::identity::DocumentType::ResidentIdentity;
        let today = self.platform.today();
        let document = IdentityDocument::parse(kind, &number(row), today).unwrap();
        let lookup = self.platform.vault.lookup(&document);
        let found = self.platform.storage.find_person(lookup).await.unwrap();
        found.map(|found| found.person)
    }

    /// How many pieces of evidence there are about the person of a row.
    async fn evidence(&self, row: u32) -> usize {
        match self.person(row).await {
            None => 0,
            Some(person) => self
                .platform
                .storage
                .evidence(person)
                .await
                .unwrap()
                .1
                .len(),
        }
    }

    /// A batch that waits, from a laboratory.
    async fn waiting(&self, bad: BadRows) -> BatchReport {
        let now = self.platform.now();
        let mut entries: Vec<Value> = (0..ROWS).map(|row| entry(row, now)).collect();
        entries[700]["case_id"].take();
        let body = json!({"when_rows_are_bad": bad, "entries": entries}).to_string();
        let batch = self
            .principals
            .iter()
            .find(|principal| principal.id() == "laboratory-1")
            .unwrap()
            .sign_batch_bytes([1; 16], now, body.into_bytes())
            .unwrap();
        self.platform.submit_evidence(&batch).await.unwrap()
    }

    async fn approve(&self, report: &BatchReport) -> BatchReport {
        let health = self.platform.principal("health-commission-1").unwrap();
        let request = BatchApprovalRequest {
            authority: "laboratory".to_owned(),
            batch: report.batch,
            digest: report.digest,
            approve: true,
        };
        self.platform
            .approve_evidence(health, request)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_batch_that_is_cut_off_while_it_is_applied_is_finished_once_by_the_next_tick() {
    let room = Room::open().await;
    let waiting = room.waiting(BadRows::KeepGood).await;
    assert_eq!(waiting.state, WireState::WaitingForApproval);
    assert_eq!(room.person(0).await, None, "nobody is kept by waiting");
    let mut pieces = 0;
    room.store.fail_when(move |operation| {
        pieces += u32::from(operation == "apply_piece");
        operation == "apply_piece" && pieces == 2
    });
    let cut_off = room.approve(&waiting).await;
    assert_eq!(cut_off.state, WireState::Applying);
    assert_eq!(room.evidence(499).await, 1);
    assert_eq!(room.evidence(500).await, 0);
    assert_eq!(room.approve(&waiting).await.state, WireState::Applying);
    // Set back meanwhile, the clock makes no row one of the future.
    room.advance(-30);
    room.platform.tick().await.unwrap();
    let done = room.approve(&waiting).await;
    assert_eq!(done.state, WireState::Applied);
    assert_eq!(done.rows, waiting.rows);
    for row in [0, 499, 500, 699, 701, 999, 1000, ROWS - 1] {
        assert_eq!(room.evidence(row).await, 1, "{row}");
        let person = room.person(row).await.unwrap();
        let leaves = room.platform.storage.leaves_of(person).await.unwrap();
        let of_evidence = leaves.iter().filter(|leaf| {
            let entry = open_leaf(leaf, &room.platform.vault);
            matches!(entry, Some(LeafEntry::Evidence { .. }))
        });
        assert_eq!(of_evidence.count(), 1, "{row}");
    }
    assert_eq!(room.person(700).await, None, "the bad row is about nobody");
    room.store.take_asked();
    room.platform.tick().await.unwrap();
    assert!(!room.store.take_asked().contains(&"apply_piece"));
}

#[tokio::test]
async fn two_who_apply_one_batch_at_one_time_apply_it_once() {
    let room = Room::open().await;
    let waiting = room.waiting(BadRows::KeepGood).await;
    let (approved, ticked, again) = tokio::join!(
        room.approve(&waiting),
        async {
            for _ in 0..20 {
                room.platform.apply_what_is_left().await.unwrap();
                tokio::task::yield_now().await;
            }
        },
        room.platform.apply_what_is_left(),
    );
    again.unwrap();
    let () = ticked;
    room.platform.apply_what_is_left().await.unwrap();
    assert_ne!(approved.state, WireState::WaitingForApproval);
    assert_eq!(room.approve(&waiting).await.state, WireState::Applied);
    for row in [0, 650, ROWS - 1] {
        assert_eq!(room.evidence(row).await, 1, "{row}");
    }
}

#[tokio::test]
async fn a_refused_batch_keeps_nobody() {
    let room = Room::open().await;
    let refused = room.waiting(BadRows::KeepNone).await;
    assert_eq!(refused.state, WireState::Refused);
    assert!(refused.rows.iter().all(|row| row.evidence.is_none()));
    for row in [0, 699, ROWS - 1] {
        assert_eq!(room.person(row).await, None);
    }
}

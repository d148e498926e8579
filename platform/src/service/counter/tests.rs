//! Caps of administrators, and the work behind an answer to a spoken code.

use liangma_domain::identity::DocumentType;
use serde_json::json;

use super::*;
use crate::{leaf::open_leaf, sandbox::person, service::testing::Room, vault::work};

fn code(failure: Failure) -> ProblemCode {
    failure.into_problem().code
}

fn spoken(code: &str, number: &str) -> CounterApprovalRequest {
    CounterApprovalRequest {
        reference: CounterReference::Spoken(code.to_owned().into()),
        document_type: DocumentType::ResidentIdentity,
        document_number: number.to_owned().into(),
    }
}

async fn shown(room: &Room, seat: &Seat) -> CounterHandleResponse {
    let consent = json!({
        "purpose": "health_code", "text_version": 1, "language": "zh-CN", "given": true,
    });
    let consent = serde_json::from_value(consent).unwrap();
    room.platform
        .record_consent(seat, None, consent)
        .await
        .unwrap();
    let application = room.platform.apply(seat).await.unwrap().application;
    let request = CounterHandleRequest { application };
    room.platform.counter_handle(seat, request).await.unwrap()
}

#[tokio::test]
async fn a_grid_administrator_has_a_cap_for_each_day_and_leaves_a_trace_of_reaching_it() {
    let room = Room::open().await;
    let counter = room.platform.principal("counter-1").unwrap().clone();
    let limit = room.platform.profile.limits().counter_approvals_per_day;
    for _ in 1..limit {
        let counted = room.platform.count_of_today(&counter, CounterAct::Approval);
        counted.await.unwrap();
    }
    let number = person("elder").unwrap().document_number;
    let approve = async |shown: &CounterHandleResponse| {
        let request = CounterApprovalRequest {
            reference: CounterReference::Handle(shown.handle),
            ..spoken("", number)
        };
        room.platform.counter_approve(&counter, request).await
    };
    let first = shown(&room, &room.log_in("elder").await).await;
    approve(&first).await.unwrap();
    let second_device = room.log_in("elder").await;
    let second = shown(&room, &second_device).await;
    room.store.take_asked();
    let refused = approve(&second).await.unwrap_err().into_problem();
    assert_eq!(refused.code, ProblemCode::CounterDailyCap);
    // 10:20:30 in Hangzhou: what is left of the day.
    assert_eq!(refused.retry_after, Some(13 * 3600 + 39 * 60 + 30));
    let traces = |asked: Vec<&str>| asked.iter().filter(|name| **name == "put_leaves").count();
    assert_eq!(traces(room.store.take_asked()), 1);
    assert_eq!(code(approve(&second).await.unwrap_err()), refused.code);
    assert_eq!(traces(room.store.take_asked()), 0, "once for each day");
    // Login codes are counted on their own, and so are other administrators.
    let login_code = room
        .platform
        .count_of_today(&counter, CounterAct::LoginCode);
    login_code.await.unwrap();
    let mut other = counter.clone();
    other.id = "counter-2".to_owned();
    let counted = room.platform.count_of_today(&other, CounterAct::Approval);
    counted.await.unwrap();
    // The spoken code and handle live for fifteen minutes: a new day needs a new one.
    room.advance(i64::from(refused.retry_after.unwrap()));
    approve(&shown(&room, &second_device).await).await.unwrap();
}

#[tokio::test]
async fn the_trace_of_a_cap_names_the_administrator_and_the_day_and_nobody_else() {
    let room = Room::open().await;
    let entry = LeafEntry::CounterCap {
        principal: "counter-1".to_owned(),
        what: "approval".to_owned(),
        day: "2022-03-14".to_owned(),
        limit: 200,
        at: room.platform.now().as_second(),
    };
    let (leaf, row) = room.platform.leaf(&entry, None).unwrap();
    assert_eq!(row.person, None);
    assert_eq!(leaf.entry, minicbor::to_vec(&entry).unwrap());
    assert_eq!(open_leaf(&row, &room.platform.vault), Some(entry));
}

#[tokio::test]
async fn a_spoken_code_does_the_same_work_whether_or_not_a_person_exists() {
    let room = Room::open().await;
    let counter = room.platform.principal("counter-1").unwrap().clone();
    shown(&room, &room.log_in("elder").await).await;
    let mut seen = Vec::new();
    for number in [
        person("elder").unwrap().document_number,
        person("child").unwrap().document_number,
        "110101199001011237",
    ] {
        room.store.take_asked();
        let before = work::done();
        let request = spoken("no such", number);
        let refused = room.platform.counter_approve(&counter, request).await;
        let refused = format!("{:?}", refused.unwrap_err().into_problem());
        seen.push((refused, room.store.take_asked(), work::done() - before));
    }
    assert_eq!(seen[0], seen[1], "somebody who waits for nothing");
    assert_eq!(seen[0], seen[2], "nobody");
}

//! What login does for whoever is asked about, counted: nobody learns from the work who is registered.

use std::{sync::Mutex, time::Duration};

use async_trait::async_trait;
use liangma_crypto::{SigningKey, Suite, SystemRandomness};
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::{
    ports::{PortError, Register},
    sandbox::person,
    service::testing::{Room, login_body},
    vault::work,
};

/// A register that counts how often it was asked.
struct Counted {
    inner: Arc<dyn Register>,
    asked: Mutex<u32>,
}

#[async_trait]
impl Register for Counted {
    async fn compare(&self, claim: &Claim) -> Result<Option<Claim>, PortError> {
        *self.asked.lock().unwrap() += 1;
        self.inner.compare(claim).await
    }

    async fn compare_without_name(&self, claim: &Claim) -> Result<Option<Claim>, PortError> {
        *self.asked.lock().unwrap() += 1;
        self.inner.compare_without_name(claim).await
    }

    fn is_sandbox(&self) -> bool {
        true
    }
}

/// What one request made the platform do, and what it answered.
#[derive(Debug, PartialEq, Eq)]
struct Work {
    answer: String,
    store: Vec<&'static str>,
    hashes: u64,
    register: u32,
}

struct Counting {
    room: Room,
    register: Arc<Counted>,
    key: SigningKey,
}

impl Counting {
    async fn new() -> Self {
        let mut register = None;
        let room = Room::open_with(|platform| {
            let counted = Arc::new(Counted {
                inner: platform.ports.register.clone(),
                asked: Mutex::new(0),
            });
            platform.ports.register = counted.clone();
            register = Some(counted);
        })
        .await;
        Self {
            room,
            register: register.unwrap(),
            key: SigningKey::generate(Suite::P256, &SystemRandomness).unwrap(),
        }
    }

    /// What was done from the last time on, once everything behind the answer has ended too.
    async fn work(&self, answer: String, hashes: u64) -> Work {
        while self.room.platform.logins.available_permits() < crate::platform::LOGINS_AT_ONCE {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Work {
            answer,
            store: self.room.store.take_asked(),
            hashes: work::done() - hashes,
            register: std::mem::take(&mut *self.register.asked.lock().unwrap()),
        }
    }

    async fn start(&self, body: &Value) -> (Work, Option<LoginStartResponse>) {
        let request = serde_json::from_value(body.clone()).unwrap();
        let hashes = work::done();
        let answer = self.room.platform.login_start(request, None).await;
        let (text, started) = match answer {
            Ok(started) => {
                let mut told = serde_json::to_value(&started).unwrap();
                told["attempt"].take();
                (told.to_string(), Some(started))
            }
            Err(failure) => (format!("{:?}", failure.into_problem()), None),
        };
        (self.work(text, hashes).await, started)
    }

    async fn complete(&self, attempt: AttemptId, code: &str, key: &SigningKey) -> Work {
        let proof = key.sign(&enrolment_message(&attempt, code)).unwrap();
        let request = LoginCompleteRequest {
            attempt,
            code: code.to_owned().into(),
            proof: FixedBytes(proof),
        };
        let hashes = work::done();
        let refused = self
            .room
            .platform
            .login_complete(request)
            .await
            .unwrap_err();
        self.work(format!("{:?}", refused.into_problem()), hashes)
            .await
    }

    fn body(&self, who: &str, channel: &str) -> Value {
        login_body(who, &self.key, channel)
    }
}

/// Claims about others than the person that the body is of: nobody's document, and somebody else's name,
/// document or phone.
fn mismatches(body: &Value) -> Vec<Value> {
    let other = person("yellow").unwrap();
    [
        ("name", other.name),
        ("document_number", other.document_number),
        ("document_number", "110101199001011237"),
        ("phone", other.phone),
        ("phone", "13911112222"),
    ]
    .into_iter()
    .map(|(field, value)| {
        let mut body = body.clone();
        body[field] = json!(value);
        body
    })
    .collect()
}

#[rstest]
#[case("sms")]
#[case("voice")]
#[case("counter")]
#[tokio::test]
async fn the_same_queries_and_hashes_whether_or_not_a_person_exists(#[case] channel: &str) {
    let room = Counting::new().await;
    // The sandbox has put evidence on record about this one, and none about the elder.
    let (known, _) = room.start(&room.body("green", channel)).await;
    assert_eq!(known.register, 1);
    assert!(known.store.contains(&"conclude_attempt"));
    let (again, _) = room.start(&room.body("green", channel)).await;
    assert_eq!(again, known, "logged in before");
    let (new, _) = room.start(&room.body("elder", channel)).await;
    assert_eq!(new, known, "registered, and new to the platform");
    for body in mismatches(&room.body("long-name", channel)) {
        let (nobody, _) = room.start(&body).await;
        assert_eq!(nobody, known, "the three do not agree");
    }
}

#[tokio::test]
async fn without_a_name_a_counter_login_does_the_same_work_too() {
    let room = Counting::new().await;
    let (named, _) = room.start(&room.body("green", "counter")).await;
    for (who, phone) in [
        ("green", None),
        ("elder", None),
        ("long-name", Some("13911112222")),
    ] {
        let mut body = room.body(who, "counter");
        body["name"] = json!("");
        if let Some(phone) = phone {
            body["phone"] = json!(phone);
        }
        assert_eq!(room.start(&body).await.0, named, "{who}");
    }
}

#[tokio::test]
async fn a_cap_does_the_same_work_whether_or_not_a_person_exists() {
    let room = Counting::new().await;
    let mut seen = Vec::new();
    let mut unknown = room.body("green", "sms");
    unknown["document_number"] = json!("110101199001011237");
    unknown["phone"] = json!("13911112222");
    for body in [room.body("green", "sms"), unknown] {
        for _ in 0..5 {
            assert!(room.start(&body).await.1.is_some());
        }
        let (refused, started) = room.start(&body).await;
        assert!(started.is_none());
        seen.push(refused);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].register, 0, "nobody is asked about");
    assert_eq!(seen[0].store, ["count_in_buckets"]);
}

#[tokio::test]
async fn a_wrong_code_does_the_same_work_whether_or_not_a_person_exists() {
    let room = Counting::new().await;
    let attempt = async |body: &Value| room.start(body).await.1.unwrap().attempt;
    let body = room.body("elder", "sms");
    let real = attempt(&body).await;
    let phone = person("elder").unwrap().phone;
    let message = room
        .room
        .tray
        .take(phone, Duration::from_secs(5))
        .await
        .unwrap();
    let wrong = if message.code == "123456" {
        "654321"
    } else {
        "123456"
    };
    let matched = room.complete(real.clone(), wrong, &room.key).await;
    assert!(matched.answer.contains("LoginCodeNotAccepted"));
    for body in mismatches(&body) {
        let unmatched = attempt(&body).await;
        assert_eq!(room.complete(unmatched, wrong, &room.key).await, matched);
    }
    let stranger = SigningKey::generate(Suite::P256, &SystemRandomness).unwrap();
    let right_code_wrong_key = room.complete(real, &message.code, &stranger).await;
    assert_eq!(right_code_wrong_key, matched);
}

#[rstest]
#[case("count_in_buckets")]
#[case("put_attempt")]
#[case("find_person")]
#[case("conclude_attempt")]
#[tokio::test]
async fn a_failing_store_answers_the_same_whether_or_not_a_person_exists(
    #[case] broken: &'static str,
) {
    let room = Counting::new().await;
    room.room
        .store
        .fail_when(move |operation| operation == broken);
    let (known, _) = room.start(&room.body("green", "sms")).await;
    let (unknown, _) = room
        .start(&mismatches(&room.body("green", "sms")).remove(2))
        .await;
    assert_eq!(known, unknown);
    assert!(known.store.contains(&broken));
    assert!(room.room.tray.messages().is_empty(), "nothing was sent");
}

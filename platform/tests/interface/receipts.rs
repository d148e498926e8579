//! Receipts of face checks that are mixed up, replayed, forged, late or hijacked. The provider here signs
//! whatever the test wants, so that nothing but the one thing is wrong.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{Response, StatusCode},
    routing::post,
};
use jiff::SignedDuration;
use liangma_credential::{FaceOutcome, Pseudonym, Receipt, ReceiptBinding};
use liangma_crypto::{SigningKey, Suite, SystemRandomness};
use liangma_platform::sandbox::face_provider;
use liangma_wire::{
    bytes::FixedBytes,
    consent::Purpose,
    device::{DEVICES_PATH, DeviceStanding, DevicesResponse},
    face::{
        FACE_REDEEM_PATH, FACE_TICKETS_PATH, FaceRedeemResponse, PROVIDER_RECEIPTS_PATH,
        PROVIDER_TICKETS_PATH, ProviderTicket,
    },
};
use rstest::rstest;
use serde_json::json;

use crate::harness::{Answer, FaceCheck, Phone, World, device_key};

const HANDLE: FixedBytes<32> = FixedBytes([8; 32]);

/// How the provider answers who asks for a receipt.
#[derive(Clone)]
enum Answers {
    With(Vec<u8>),
    WithStatus(u16),
    /// It takes the request and says nothing.
    Never,
    /// A byte now and then, for ever.
    Slowly,
}

struct Provider {
    announced: Mutex<Vec<ProviderTicket>>,
    answers: Mutex<Answers>,
}

type Shared = State<Arc<Provider>>;

async fn announce(State(provider): Shared, body: Bytes) -> StatusCode {
    let ticket = serde_json::from_slice(&body).unwrap();
    provider.announced.lock().unwrap().push(ticket);
    let answers = provider.answers.lock().unwrap().clone();
    match answers {
        Answers::WithStatus(status) if status >= 500 => StatusCode::from_u16(status).unwrap(),
        _ => StatusCode::CREATED,
    }
}

async fn receipt(State(provider): Shared) -> Response<Body> {
    let answers = provider.answers.lock().unwrap().clone();
    let body = match answers {
        Answers::With(bytes) => Body::from(bytes),
        Answers::WithStatus(status) => {
            let builder = Response::builder().status(status);
            return builder.body(Body::empty()).unwrap();
        }
        Answers::Never => std::future::pending().await,
        Answers::Slowly => {
            Body::from_stream(Drip(tokio::time::interval(Duration::from_millis(20))))
        }
    };
    Response::new(body)
}

struct Drip(tokio::time::Interval);

impl futures_core::Stream for Drip {
    type Item = Result<Vec<u8>, std::io::Error>;
    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_tick(context).map(|_| Some(Ok(vec![0x84])))
    }
}

/// A world whose provider does as the test says.
struct Stage {
    world: World,
    provider: Arc<Provider>,
    key: SigningKey,
}

impl Stage {
    async fn new() -> Self {
        let mut world = World::new().await;
        let key = SigningKey::generate(Suite::Ed25519, &SystemRandomness).unwrap();
        let provider = Arc::new(Provider {
            announced: Mutex::new(Vec::new()),
            answers: Mutex::new(Answers::Never),
        });
        let router = Router::new()
            .route(PROVIDER_TICKETS_PATH, post(announce))
            .route(PROVIDER_RECEIPTS_PATH, post(receipt))
            .with_state(provider.clone());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        world.options.face_provider_url = format!("http://{}", listener.local_addr().unwrap());
        world.options.face_provider_key = *key.public_key();
        world.options.face_provider_patience = Duration::from_millis(500);
        let serving = axum_server::from_tcp(listener).unwrap();
        tokio::spawn(serving.serve(router.into_make_service()));
        world.restart().await;
        Self {
            world,
            provider,
            key,
        }
    }

    /// Somebody with a ticket, and the ticket as the provider got it.
    async fn ticket(&self, who: &str) -> (Phone, FaceCheck, ProviderTicket) {
        let phone = Phone::log_in(&self.world, who).await;
        self.ticket_of(phone).await
    }

    async fn ticket_of(&self, phone: Phone) -> (Phone, FaceCheck, ProviderTicket) {
        phone.consent(&self.world, Purpose::HealthCode, true).await;
        phone.consent(&self.world, Purpose::FaceCheck, true).await;
        let check = phone.open_face_check(&self.world).await;
        let announced = self.provider.announced.lock().unwrap().last().cloned();
        (phone, check, announced.unwrap())
    }

    /// What an honest provider would say of a check that was passed.
    fn passed(&self, ticket: &ProviderTicket) -> Receipt {
        let issued = self.world.now();
        Receipt {
            binding: ReceiptBinding {
                provider: face_provider::NAME.to_owned(),
                audience: ticket.audience.clone(),
                ticket: ticket.ticket.0.to_text(),
                nonce: ticket.nonce.0,
                subject: Pseudonym(ticket.subject.0),
                requester: Pseudonym(ticket.requester.0),
                purpose: ticket.purpose.clone(),
                request_hash: ticket.request_hash.0,
                device_key: ticket.device_thumbprint.0,
                challenge: ticket.challenge.0,
            },
            outcome: FaceOutcome::Passed,
            issued,
            expires: issued + SignedDuration::from_mins(5),
        }
    }

    fn answers(&self, answers: Answers) {
        *self.provider.answers.lock().unwrap() = answers;
    }

    fn answers_with(&self, receipt: &Receipt) {
        self.answers(Answers::With(receipt.sign(&self.key).unwrap()));
    }

    async fn redeem(&self, phone: &Phone, check: &FaceCheck) -> Answer {
        phone
            .write(&self.world, FACE_REDEEM_PATH, &check.redeem(HANDLE))
            .await
    }

    async fn standing(&self, phone: &Phone) -> DeviceStanding {
        let devices: DevicesResponse = phone.read(&self.world, DEVICES_PATH).await.json();
        let own = devices.devices.iter().find(|device| device.this_device);
        own.unwrap().standing
    }
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

const MISMATCH: &str = "face_receipt_mismatch";

#[rstest]
#[case::provider(|r: &mut Receipt| r.binding.provider = "other-faces".to_owned(), MISMATCH)]
#[case::audience(|r: &mut Receipt| r.binding.audience = "another-platform".to_owned(), MISMATCH)]
#[case::ticket(|r: &mut Receipt| r.binding.ticket = FixedBytes([3; 16]).to_text(), MISMATCH)]
#[case::nonce(|r: &mut Receipt| r.binding.nonce[31] ^= 1, MISMATCH)]
#[case::subject(|r: &mut Receipt| r.binding.subject.0[0] ^= 1, MISMATCH)]
#[case::requester(|r: &mut Receipt| r.binding.requester.0[0] ^= 1, MISMATCH)]
#[case::purpose(|r: &mut Receipt| r.binding.purpose = "proxy_application".to_owned(), MISMATCH)]
#[case::request(|r: &mut Receipt| r.binding.request_hash[7] ^= 1, MISMATCH)]
#[case::device_key(|r: &mut Receipt| r.binding.device_key[7] ^= 1, MISMATCH)]
#[case::challenge(|r: &mut Receipt| r.binding.challenge[7] ^= 1, MISMATCH)]
#[case::issued_in_the_future(|r: &mut Receipt| { r.issued += seconds(61); r.expires += minutes(5); }, MISMATCH)]
#[case::issued_before_the_ticket(|r: &mut Receipt| r.issued -= seconds(61), MISMATCH)]
#[case::expired_now(|r: &mut Receipt| { r.issued -= seconds(1); r.expires = r.issued + seconds(1); }, "face_ticket_expired")]
#[tokio::test]
async fn a_receipt_with_one_wrong_field_and_a_good_signature_verifies_nobody(
    #[case] change: fn(&mut Receipt),
    #[case] expected: &str,
) {
    let stage = Stage::new().await;
    let (phone, check, ticket) = stage.ticket("green").await;
    let mut receipt = stage.passed(&ticket);
    change(&mut receipt);
    stage.answers_with(&receipt);
    assert_eq!(stage.redeem(&phone, &check).await.code(), expected);
    assert_eq!(stage.standing(&phone).await, DeviceStanding::Unverified);
    // Nothing of it sticks: the honest receipt is taken afterwards.
    stage.answers_with(&stage.passed(&ticket));
    let taken: FaceRedeemResponse = stage.redeem(&phone, &check).await.json();
    assert_eq!(taken.standing, DeviceStanding::Verified);
}

/// Signs another payload as `liangma/receipt/1`, as a provider would that says what no receipt can say.
fn signed_anew(receipt: &[u8], key: &SigningKey, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut reader = minicbor::Decoder::new(receipt);
    assert_eq!(reader.array().unwrap(), Some(4));
    let protected = reader.bytes().unwrap().to_vec();
    assert_eq!(reader.map().unwrap(), Some(0));
    let mut payload = reader.bytes().unwrap().to_vec();
    change(&mut payload);
    let mut signed = minicbor::Encoder::new(Vec::new());
    signed.array(4).unwrap().str("Signature1").unwrap();
    signed.bytes(&protected).unwrap();
    signed.bytes(b"liangma/receipt/1").unwrap();
    signed.bytes(&payload).unwrap();
    let signature = key.sign(signed.writer()).unwrap();
    let mut envelope = minicbor::Encoder::new(Vec::new());
    envelope.array(4).unwrap().bytes(&protected).unwrap();
    envelope.map(0).unwrap().bytes(&payload).unwrap();
    envelope.bytes(&signature).unwrap();
    envelope.into_writer()
}

#[tokio::test]
async fn an_outcome_that_does_not_exist_is_no_pass() {
    let stage = Stage::new().await;
    let (phone, check, ticket) = stage.ticket("green").await;
    let honest = stage.passed(&ticket).sign(&stage.key).unwrap();
    let same = signed_anew(&honest, &stage.key, |_| {});
    assert_eq!(same, honest, "signed anew as the provider signs");
    // 11: outcome, passed; 12: a time of four bytes.
    let outcome = [11, 1, 12, 0x1a];
    for number in [0, 5, 9, 23] {
        let forged = signed_anew(&honest, &stage.key, |payload| {
            let at = payload.windows(4).position(|window| window == outcome);
            payload[at.unwrap() + 1] = number;
        });
        stage.answers(Answers::With(forged));
        assert_eq!(
            stage.redeem(&phone, &check).await.code(),
            "face_receipt_forged"
        );
    }
    for outcome in [
        FaceOutcome::Failed,
        FaceOutcome::Cancelled,
        FaceOutcome::TimedOut,
    ] {
        let (phone, check, ticket) = stage.ticket("elder").await;
        let mut receipt = stage.passed(&ticket);
        receipt.outcome = outcome;
        stage.answers_with(&receipt);
        let told: FaceRedeemResponse = stage.redeem(&phone, &check).await.json();
        assert_eq!(told.standing, DeviceStanding::Unverified, "{outcome:?}");
        // A pass that comes afterwards is another answer to a ticket that has had one.
        stage.answers_with(&stage.passed(&ticket));
        let again: FaceRedeemResponse = stage.redeem(&phone, &check).await.json();
        assert_eq!(again.standing, DeviceStanding::Unverified, "{outcome:?}");
    }
}

#[tokio::test]
async fn a_receipt_by_another_key_or_with_a_changed_byte_is_forged() {
    let stage = Stage::new().await;
    let (phone, check, ticket) = stage.ticket("green").await;
    let honest = stage.passed(&ticket);
    let stranger = SigningKey::generate(Suite::Ed25519, &SystemRandomness).unwrap();
    stage.answers(Answers::With(honest.sign(&stranger).unwrap()));
    assert_eq!(
        stage.redeem(&phone, &check).await.code(),
        "face_receipt_forged"
    );
    let wrong_suite = device_key();
    stage.answers(Answers::With(honest.sign(&wrong_suite).unwrap()));
    assert_eq!(
        stage.redeem(&phone, &check).await.code(),
        "face_receipt_forged"
    );
    let bytes = honest.sign(&stage.key).unwrap();
    for at in (0..bytes.len()).step_by(17) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        stage.answers(Answers::With(changed));
        assert_eq!(
            stage.redeem(&phone, &check).await.code(),
            "face_receipt_forged",
            "{at}"
        );
    }
    for nonsense in [
        vec![],
        vec![0xff; 40],
        vec![0x84; 9_000],
        bytes[1..].to_vec(),
    ] {
        stage.answers(Answers::With(nonsense));
        assert_eq!(
            stage.redeem(&phone, &check).await.code(),
            "face_receipt_forged"
        );
    }
    assert_eq!(stage.standing(&phone).await, DeviceStanding::Unverified);
}

#[tokio::test]
async fn a_receipt_is_redeemed_by_its_own_person_device_and_verifier_once() {
    let stage = Stage::new().await;
    let (phone, check, ticket) = stage.ticket("green").await;
    stage.answers_with(&stage.passed(&ticket));
    let (stranger, own_check, _) = stage.ticket("red").await;
    let refused = stage.redeem(&stranger, &check).await;
    assert_eq!(refused.code(), "face_ticket_unknown", "another person");
    let refused = stage.redeem(&stranger, &own_check).await;
    assert_eq!(refused.code(), MISMATCH, "their own ticket, this receipt");
    let mut guessed = check.redeem(HANDLE);
    guessed["verifier"] = json!(FixedBytes([1; 32]));
    let refused = phone.write(&stage.world, FACE_REDEEM_PATH, &guessed).await;
    assert_eq!(refused.code(), MISMATCH, "another verifier");

    let body = check.redeem(HANDLE);
    let (one, two, three) = tokio::join!(
        phone.write(&stage.world, FACE_REDEEM_PATH, &body),
        phone.write(&stage.world, FACE_REDEEM_PATH, &body),
        phone.write(&stage.world, FACE_REDEEM_PATH, &body),
    );
    for answer in [one, two, three] {
        let taken: FaceRedeemResponse = answer.json();
        assert_eq!(taken.standing, DeviceStanding::Verified, "the same answer");
    }
    let other_handle = check.redeem(FixedBytes([9; 32]));
    let replayed = phone
        .write(&stage.world, FACE_REDEEM_PATH, &other_handle)
        .await;
    assert_eq!(replayed.code(), "face_receipt_replayed");
    let second = Phone::log_in(&stage.world, "green").await;
    let refused = stage.redeem(&second, &check).await;
    assert_eq!(refused.code(), "face_ticket_unknown", "another device");
    // The receipt of one check is none for the next one of the same device.
    let (phone, next, _) = stage.ticket_of(phone).await;
    assert_eq!(stage.redeem(&phone, &next).await.code(), MISMATCH);
}

#[tokio::test]
async fn a_receipt_is_taken_neither_before_the_check_nor_after_its_end() {
    let stage = Stage::new().await;
    let (phone, check, ticket) = stage.ticket("green").await;
    stage.answers(Answers::WithStatus(404));
    let early = stage.redeem(&phone, &check).await;
    assert_eq!(early.code(), MISMATCH, "there is nothing to redeem yet");
    let receipt = stage.passed(&ticket);
    stage.answers_with(&receipt);
    stage.world.advance(300);
    let late = stage.redeem(&phone, &check).await;
    assert_eq!(late.code(), "face_ticket_expired", "the receipt has ended");
    let mut long = stage.passed(&ticket);
    long.expires += minutes(600);
    stage.answers_with(&long);
    stage.world.advance(300);
    let late = stage.redeem(&phone, &check).await;
    assert_eq!(late.code(), "face_ticket_expired", "the ticket has ended");
}

#[tokio::test]
async fn a_ticket_opened_by_one_and_finished_by_another_verifies_neither() {
    let stage = Stage::new().await;
    let victim = Phone::log_in(&stage.world, "green").await;
    let (victim, own_check, own_ticket) = stage.ticket_of(victim).await;
    stage.answers_with(&stage.passed(&own_ticket));
    assert_eq!(
        stage.redeem(&victim, &own_check).await.status,
        StatusCode::OK
    );
    // With the victim's SIM the attacker logs in, opens a ticket and has the victim look into the camera.
    let (thief, check, ticket) = stage.ticket("green").await;
    stage.answers_with(&stage.passed(&ticket));
    let refused = stage.redeem(&victim, &check).await;
    assert_eq!(
        refused.code(),
        "face_ticket_unknown",
        "the link back opens on the victim's phone, whose ticket it is not"
    );
    // Without the handle the provider has nothing for the attacker.
    stage.answers(Answers::WithStatus(404));
    assert_eq!(stage.redeem(&thief, &check).await.code(), MISMATCH);
    assert_eq!(stage.standing(&thief).await, DeviceStanding::Unverified);

    // The other way round: the attacker finishes the victim's ticket and holds its handle.
    let attacker = Phone::log_in(&stage.world, "red").await;
    let (attacker, attackers_check, _) = stage.ticket_of(attacker).await;
    let (victim, check, ticket) = stage.ticket_of(victim).await;
    stage.answers_with(&stage.passed(&ticket));
    let refused = stage.redeem(&attacker, &check).await;
    assert_eq!(refused.code(), "face_ticket_unknown");
    let refused = stage.redeem(&attacker, &attackers_check).await;
    assert_eq!(refused.code(), MISMATCH);
    assert_eq!(stage.standing(&attacker).await, DeviceStanding::Unverified);
    assert_eq!(stage.standing(&victim).await, DeviceStanding::Verified);
}

#[tokio::test]
async fn a_provider_that_is_slow_hangs_or_fails_is_unavailable_and_holds_nobody_else_up() {
    let stage = Stage::new().await;
    let (phone, check, ticket) = stage.ticket("green").await;
    for answers in [
        Answers::Never,
        Answers::Slowly,
        Answers::WithStatus(500),
        Answers::WithStatus(503),
        Answers::WithStatus(429),
    ] {
        stage.answers(answers);
        let asked = async { stage.redeem(&phone, &check).await };
        let others = async {
            for _ in 0..20 {
                let answer = stage.world.get("/healthz").await;
                assert_eq!(answer.status, StatusCode::OK);
            }
            Phone::log_in(&stage.world, "elder").await
        };
        let (refused, _) = tokio::join!(asked, others);
        assert_eq!(refused.code(), "face_provider_unavailable");
    }
    stage.answers(Answers::WithStatus(503));
    let body = json!({
        "application": phone.apply(&stage.world).await,
        "challenge": FixedBytes([1; 32]),
        "state": FixedBytes([2; 16]),
    });
    let refused = phone.write(&stage.world, FACE_TICKETS_PATH, &body).await;
    assert_eq!(refused.code(), "face_provider_unavailable");
    // It comes back, and the check that waited is taken.
    stage.answers_with(&stage.passed(&ticket));
    let taken: FaceRedeemResponse = stage.redeem(&phone, &check).await.json();
    assert_eq!(taken.standing, DeviceStanding::Verified);
}

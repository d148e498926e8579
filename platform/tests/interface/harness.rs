//! A sandbox in a temporary folder, and a phone that speaks to it.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode},
};
use jiff::Timestamp;
use liangma_credential::{Hour, StripChain, StripSecret, TrustStore};
use liangma_crypto::{Randomness as _, SigningKey, Suite, SystemRandomness, sha256};
use liangma_platform::{
    ServeHandle, app, keys,
    ports::{Clock as _, HandClock},
    sandbox::{Sandbox, SandboxAuthority, SandboxOptions, SandboxPerson, face_provider, person},
};
use liangma_wire::{
    application::{APPLICATIONS_PATH, ApplicationId, ApplicationResponse},
    bytes::FixedBytes,
    code::{MAKE_CODE_PATH, MakeCodeRequest, MakeCodeResponse},
    consent::{CONSENTS_PATH, Purpose},
    face::{FACE_REDEEM_PATH, FACE_TICKETS_PATH, FaceRedeemRequest, FaceTicketResponse},
    login::{
        LOGIN_COMPLETE_PATH, LOGIN_START_PATH, LoginCompleteResponse, LoginStartResponse,
        enrolment_message,
    },
    problem::Problem,
    signed_request::{
        NEXT_NONCE_HEADER, NONCE_HEADER, NONCE_PATH, Nonce, NonceResponse, SESSION_HEADER,
        SIGNATURE_HEADER, signing_message,
    },
    trust::{ISSUERS_PATH, RECALL_PATH, ROOT_PATH, TIMESTAMP_PATH},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// 2022-03-14 10:20:30 in Hangzhou.
pub(crate) const START: &str = "2022-03-14T02:20:30Z";

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        assert_eq!(
            self.status,
            StatusCode::OK,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn problem(&self) -> Problem {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status.as_u16());
        problem
    }

    /// The headers without the id of the request, which is drawn anew for each.
    pub(crate) fn comparable_headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        assert!(headers.remove("x-request-id").is_some());
        headers
    }

    pub(crate) fn code(&self) -> &'static str {
        self.problem().code.code()
    }
}

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) app: Router,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) provider_url: String,
    pub(crate) options: SandboxOptions,
    _folder: tempfile::TempDir,
    provider: ServeHandle,
}

impl Drop for World {
    fn drop(&mut self) {
        self.provider.shutdown(Duration::ZERO);
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With a text that lies in the key file already.
    pub(crate) async fn with_key_file(text: Option<&str>) -> Self {
        Self::with(|options| {
            if let Some(text) = text {
                std::fs::create_dir(&options.data_dir).unwrap();
                write_private(&options.data_dir.join("master.key"), text);
            }
        })
        .await
    }

    /// A world whose platform is set up otherwise.
    pub(crate) async fn with(change: impl FnOnce(&mut SandboxOptions)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock::new(START.parse().unwrap()));
        let (provider_url, provider, key) = start_provider(folder.path(), clock.clone()).await;
        let mut options = SandboxOptions::new(&folder.path().join("data"), &provider_url, key);
        options.clock = clock.clone();
        change(&mut options);
        let sandbox = Sandbox::open(options.clone()).await.unwrap();
        let app = app(sandbox.platform.clone());
        Self {
            sandbox,
            app,
            clock,
            provider_url,
            options,
            _folder: folder,
            provider,
        }
    }

    /// Closes the platform and opens it again on the same folder.
    pub(crate) async fn restart(&mut self) {
        self.sandbox = Sandbox::open(self.options.clone()).await.unwrap();
        self.app = app(self.sandbox.platform.clone());
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(jiff::SignedDuration::from_secs(seconds));
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 8 << 20).await.unwrap().to_vec();
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        };
        crate::openapi::assert_documented(&method, &path, &answer);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        self.send(request).await
    }

    /// A request over a connection from an address, with the headers that a balancer or anybody wrote.
    pub(crate) async fn post_from(
        &self,
        address: &str,
        headers: &[(&str, &str)],
        path: &str,
        body: &Value,
    ) -> Answer {
        let mut request = Request::post(path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::from(body.to_string())).unwrap();
        let peer = SocketAddr::new(address.parse().unwrap(), 4711);
        request.extensions_mut().insert(ConnectInfo(peer));
        self.send(request).await
    }

    pub(crate) async fn nonce(&self) -> Nonce {
        let answer = self
            .send(Request::post(NONCE_PATH).body(Body::empty()).unwrap())
            .await;
        answer.json::<NonceResponse>().nonce
    }

    /// What a checker holds after fetching everything.
    pub(crate) async fn checker(&self) -> TrustStore {
        let mut store = TrustStore::from_root(&self.get(ROOT_PATH).await.body).unwrap();
        for path in [TIMESTAMP_PATH, ISSUERS_PATH, RECALL_PATH] {
            store
                .update(&self.get(path).await.body, self.now())
                .unwrap();
        }
        store
    }

    /// A request signed by a principal of the sandbox.
    pub(crate) async fn post_as(
        &self,
        authority: SandboxAuthority,
        path: &str,
        body: &Value,
    ) -> Answer {
        let nonce = self.nonce().await;
        let body = body.to_string();
        let principal = self.sandbox.principal(authority).unwrap();
        let (session, signature) = principal
            .sign_request("POST", path, body.as_bytes(), &nonce)
            .unwrap();
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header(SESSION_HEADER, session)
            .header(NONCE_HEADER, nonce.0.to_text())
            .header(SIGNATURE_HEADER, FixedBytes(signature).to_text())
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }
}

/// Writes a file that only its owner can read.
pub(crate) fn write_private(path: &std::path::Path, text: &str) {
    std::fs::write(path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// The provider on a real loopback socket, in a runtime thread of its own.
async fn start_provider(
    folder: &std::path::Path,
    clock: Arc<HandClock>,
) -> (String, ServeHandle, liangma_crypto::PublicKey) {
    let key_file = folder.join("provider.key");
    let key = keys::private_key_or_new(&key_file, Suite::Ed25519, &SystemRandomness).unwrap();
    let public = *key.public_key();
    assert_eq!(face_provider::public_key(&key_file).unwrap(), public);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let handle = ServeHandle::new();
    let serving = face_provider::serve(listener, key, None, clock, handle.clone());
    tokio::spawn(async move { serving.await.unwrap() });
    (url, handle, public)
}

/// A phone: a device key, and what it learnt when it logged in.
pub(crate) struct Phone {
    pub(crate) key: SigningKey,
    pub(crate) login: LoginCompleteResponse,
    pub(crate) chain: StripChain,
}

pub(crate) fn login_body(person: &SandboxPerson, key: &SigningKey, channel: &str) -> Value {
    json!({
        "name": person.name,
        "document_type": person.document_type,
        "document_number": person.document_number,
        "phone": person.phone,
        "device_key": FixedBytes::<65>(key.public_key().bytes().try_into().unwrap()),
        "channel": channel,
    })
}

pub(crate) fn device_key() -> SigningKey {
    SigningKey::generate(Suite::P256, &SystemRandomness).unwrap()
}

pub(crate) fn new_chain(world: &World) -> StripChain {
    let secret = StripSecret::generate(&SystemRandomness).unwrap();
    StripChain::new(secret, Hour::of(world.now()))
}

impl Phone {
    pub(crate) async fn log_in(world: &World, who: &str) -> Self {
        Self::log_in_with(world, who, device_key()).await
    }

    pub(crate) async fn log_in_with(world: &World, who: &str, key: SigningKey) -> Self {
        let person = person(who).unwrap();
        let started: LoginStartResponse = world
            .post(LOGIN_START_PATH, &login_body(person, &key, "sms"))
            .await
            .json();
        let message = world
            .sandbox
            .tray
            .take(person.phone, Duration::from_secs(5))
            .await
            .unwrap();
        let proof = key
            .sign(&enrolment_message(&started.attempt, &message.code))
            .unwrap();
        let body = json!({
            "attempt": started.attempt,
            "code": message.code,
            "proof": FixedBytes(proof),
        });
        let login = world.post(LOGIN_COMPLETE_PATH, &body).await.json();
        Self {
            key,
            login,
            chain: new_chain(world),
        }
    }

    pub(crate) fn session(&self) -> String {
        self.login.session.0.to_text()
    }

    pub(crate) async fn read(&self, world: &World, path: &str) -> Answer {
        let token = self.login.read_token.0.to_text();
        let request = Request::get(path)
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        world.send(request).await
    }

    pub(crate) async fn request(
        &self,
        world: &World,
        path: &str,
        media_type: &str,
        body: Vec<u8>,
    ) -> axum::http::request::Builder {
        let nonce = world.nonce().await;
        let message = signing_message("POST", path, &body, &self.session(), &nonce);
        let signature = self.key.sign(&message).unwrap();
        Request::post(path)
            .header("content-type", media_type)
            .header(SESSION_HEADER, self.session())
            .header(NONCE_HEADER, nonce.0.to_text())
            .header(SIGNATURE_HEADER, FixedBytes(signature).to_text())
    }

    pub(crate) async fn write(&self, world: &World, path: &str, body: &Value) -> Answer {
        self.write_with(world, path, body, "").await
    }

    pub(crate) async fn write_with(
        &self,
        world: &World,
        path: &str,
        body: &Value,
        idempotency: &str,
    ) -> Answer {
        let body = body.to_string().into_bytes();
        let mut request = self
            .request(world, path, "application/json", body.clone())
            .await;
        if !idempotency.is_empty() {
            request = request.header("idempotency-key", idempotency);
        }
        let answer = world.send(request.body(Body::from(body)).unwrap()).await;
        assert!(
            answer.headers.contains_key(NEXT_NONCE_HEADER),
            "every signed request gets a nonce"
        );
        answer
    }

    pub(crate) async fn consent(&self, world: &World, purpose: Purpose, given: bool) {
        let body =
            json!({"purpose": purpose, "text_version": 1, "language": "zh-CN", "given": given});
        let answer = self.write(world, CONSENTS_PATH, &body).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
    }

    pub(crate) async fn apply(&self, world: &World) -> ApplicationId {
        self.write(world, APPLICATIONS_PATH, &json!(null))
            .await
            .json::<ApplicationResponse>()
            .application
    }

    /// Consents, applies, and passes a face check whose end is chosen at the provider.
    pub(crate) async fn face_check(&self, world: &World, outcome: &str) -> Answer {
        self.consent(world, Purpose::HealthCode, true).await;
        self.consent(world, Purpose::FaceCheck, true).await;
        let check = self.open_face_check(world).await;
        let handle = choose(world, &check.ticket, outcome).await;
        self.write(world, FACE_REDEEM_PATH, &check.redeem(handle))
            .await
    }

    pub(crate) async fn open_face_check(&self, world: &World) -> FaceCheck {
        let application = self.apply(world).await;
        let mut verifier = [0; 32];
        SystemRandomness.fill(&mut verifier).unwrap();
        let body = json!({
            "application": application,
            "challenge": FixedBytes(sha256(&[&verifier])),
            "state": FixedBytes([7; 16]),
        });
        let ticket = self.write(world, FACE_TICKETS_PATH, &body).await.json();
        FaceCheck { ticket, verifier }
    }

    pub(crate) async fn verified(world: &World, who: &str) -> Self {
        let phone = Self::log_in(world, who).await;
        let answer = phone.face_check(world, "pass").await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        phone
    }

    pub(crate) fn make_code_request(
        &self,
        first: Hour,
        hours: u32,
        begins: bool,
    ) -> MakeCodeRequest {
        MakeCodeRequest {
            first_recall_key: begins.then(|| *self.chain.secret().first_recall_key().expose()),
            strip_begins: self.chain.first_hour().0,
            first_hour: first.0,
            anchors: (first.0..first.0 + hours)
                .flat_map(|hour| {
                    let hour = Hour(hour);
                    self.chain.anchor(hour, self.chain.cid(hour).unwrap())
                })
                .collect(),
        }
    }

    pub(crate) async fn make_code(&self, world: &World, request: &MakeCodeRequest) -> Answer {
        let body = minicbor::to_vec(request).unwrap();
        let builder = self
            .request(world, MAKE_CODE_PATH, "application/cbor", body.clone())
            .await;
        world.send(builder.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn made(&self, world: &World, request: &MakeCodeRequest) -> MakeCodeResponse {
        let answer = self.make_code(world, request).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        minicbor::decode(&answer.body).unwrap()
    }
}

pub(crate) struct FaceCheck {
    pub(crate) ticket: FaceTicketResponse,
    pub(crate) verifier: [u8; 32],
}

impl FaceCheck {
    pub(crate) fn redeem(&self, handle: FixedBytes<32>) -> Value {
        serde_json::to_value(FaceRedeemRequest {
            ticket: self.ticket.ticket,
            handle: liangma_wire::face::ReceiptHandle(handle),
            verifier: FixedBytes(self.verifier),
        })
        .unwrap()
    }
}

/// Chooses at the provider how a check ends, over the socket, as its page would.
pub(crate) async fn choose(
    world: &World,
    ticket: &FaceTicketResponse,
    outcome: &str,
) -> FixedBytes<32> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let page = client.get(&ticket.provider_url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("No camera"));
    let body = json!({"ticket": ticket.ticket, "outcome": outcome}).to_string();
    let url = format!("{}{}", world.provider_url, face_provider::OUTCOMES_PATH);
    let answer = client
        .post(url)
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let chosen: face_provider::Chosen = serde_json::from_slice(&answer).unwrap();
    assert_eq!(chosen.state, FixedBytes([7; 16]));
    chosen.handle.0
}

/// A request signed by any key in the name of any principal.
pub(crate) async fn signed_by(
    world: &World,
    key: &SigningKey,
    id: &str,
    path: &str,
    body: &Value,
) -> Answer {
    let (nonce, body) = (world.nonce().await, body.to_string());
    let session = format!("principal:{id}");
    let message = signing_message("POST", path, body.as_bytes(), &session, &nonce);
    let request = Request::post(path)
        .header("content-type", "application/json")
        .header(SESSION_HEADER, session)
        .header(NONCE_HEADER, nonce.0.to_text())
        .header(
            SIGNATURE_HEADER,
            FixedBytes(key.sign(&message).unwrap()).to_text(),
        )
        .body(Body::from(body))
        .unwrap();
    world.send(request).await
}

/// Drives futures side by side on this task until all have ended.
pub(crate) async fn side_by_side<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, ended) in &mut running {
            if ended.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *ended = Some(output);
            }
        }
        if running.iter().all(|(_, ended)| ended.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    running.into_iter().filter_map(|(_, ended)| ended).collect()
}

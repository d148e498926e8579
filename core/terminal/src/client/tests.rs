use std::{
    net::SocketAddr,
    sync::{
        Mutex as Lock,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes as HttpBytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response as HttpResponse},
    routing::{get, post},
};
use liangma_crypto::{SystemRandomness, sha256};
use liangma_wire::{
    bytes::FixedBytes,
    login::SessionId,
    problem::{PROBLEM_MEDIA_TYPE, Problem, ProblemCode},
    signed_request::{
        NONCE_HEADER, NONCE_PATH, NonceResponse, SESSION_HEADER, SIGNATURE_HEADER, signing_message,
    },
};
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rstest::rstest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::{ports::KeyStoreError, testing::MemoryKeyStore};

const SESSION: SessionId = SessionId(FixedBytes([5; 16]));

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn client(address: &PlatformAddress) -> Result<Client, ClientError> {
    client_at(address, now())
}

fn client_at(address: &PlatformAddress, now: Timestamp) -> Result<Client, ClientError> {
    let keys = MemoryKeyStore::new(1);
    keys.create_device_key().unwrap();
    Client::new(
        address,
        Arc::new(move || Some(now)),
        Arc::new(keys),
        Arc::new(SystemRandomness),
    )
}

async fn serve(router: Router) -> PlatformAddress {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    PlatformAddress::loopback(format!("http://{address}"))
}

fn json(body: impl Into<Vec<u8>>) -> HttpResponse {
    let head = [(header::CONTENT_TYPE.as_str(), JSON_MEDIA_TYPE)];
    (head, body.into()).into_response()
}

fn problem(problem: Problem) -> HttpResponse {
    (
        StatusCode::from_u16(problem.status).unwrap(),
        [(header::CONTENT_TYPE.as_str(), PROBLEM_MEDIA_TYPE)],
        serde_json::to_vec(&problem).unwrap(),
    )
        .into_response()
}

/// Plays the platform's side of signed requests, and can be told to refuse nonces.
struct Signing {
    key: liangma_crypto::PublicKey,
    issued: Lock<Vec<[u8; 36]>>,
    number: AtomicUsize,
    refuse: AtomicUsize,
    seen: Lock<Vec<(String, Vec<u8>)>>,
}

impl Signing {
    fn issue(&self) -> [u8; 36] {
        let nonce = [self.number.fetch_add(1, Ordering::SeqCst) as u8; 36];
        self.issued.lock().unwrap().push(nonce);
        nonce
    }
}

async fn nonces(State(signing): State<Arc<Signing>>) -> HttpResponse {
    let nonce = Nonce(FixedBytes(signing.issue()));
    json(serde_json::to_vec(&NonceResponse { nonce }).unwrap())
}

async fn write(
    State(signing): State<Arc<Signing>>,
    headers: HeaderMap,
    body: HttpBytes,
) -> HttpResponse {
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let nonce = Nonce(FixedBytes::from_text(&text(NONCE_HEADER)).unwrap());
    let mut issued = signing.issued.lock().unwrap();
    let known = issued.iter().position(|issued| *issued == nonce.0.0);
    if signing.refuse.load(Ordering::SeqCst) > 0 || known.is_none() {
        signing.refuse.fetch_sub(1, Ordering::SeqCst);
        return problem(Problem::new(ProblemCode::NonceNotAccepted));
    }
    issued.remove(known.unwrap());
    drop(issued);
    let signature = FixedBytes::<64>::from_text(&text(SIGNATURE_HEADER)).unwrap();
    let message = signing_message("POST", "/write?a=1", &body, &text(SESSION_HEADER), &nonce);
    if signing.key.verify(&message, &signature.0).is_err() {
        return problem(Problem::new(ProblemCode::SignatureInvalid));
    }
    signing
        .seen
        .lock()
        .unwrap()
        .push((text(IDEMPOTENCY_HEADER), body.to_vec()));
    let next = FixedBytes(signing.issue()).to_text();
    ([(NEXT_NONCE_HEADER, next)], json("[1]")).into_response()
}

async fn signing() -> (Arc<Signing>, Client) {
    let keys = MemoryKeyStore::new(1);
    let signing = Arc::new(Signing {
        key: keys.create_device_key().unwrap(),
        issued: Lock::default(),
        number: AtomicUsize::new(1),
        refuse: AtomicUsize::new(0),
        seen: Lock::default(),
    });
    let router = Router::new()
        .route(NONCE_PATH, post(nonces))
        .route("/write", post(write))
        .with_state(signing.clone());
    let address = serve(router).await;
    let time: TimeSource = Arc::new(|| Some(now()));
    let client = Client::new(&address, time, Arc::new(keys), Arc::new(SystemRandomness)).unwrap();
    (signing, client)
}

fn request() -> SignedRequest<'static> {
    SignedRequest {
        session: &SESSION,
        path: "/write?a=1",
        body: Body::cbor(vec![1, 2, 3]),
        idempotency: Some("key"),
        answer: Wanted::JSON,
    }
}

#[tokio::test]
async fn a_signed_request_carries_a_fresh_nonce_each_time_and_takes_the_next_from_the_answer() {
    let (signing, client) = signing().await;
    for _ in 0..3 {
        assert_eq!(
            client.signed_json::<Vec<u8>>(&request()).await.unwrap(),
            [1]
        );
    }
    assert_eq!(signing.seen.lock().unwrap().len(), 3);
    assert_eq!(
        signing.seen.lock().unwrap()[0],
        ("key".to_owned(), vec![1, 2, 3])
    );
    // One was fetched; the others came with answers.
    assert_eq!(signing.number.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn a_refused_nonce_is_replaced_once() {
    let (signing, client) = signing().await;
    signing.refuse.store(1, Ordering::SeqCst);
    client.signed(&request()).await.unwrap();
    signing.refuse.store(2, Ordering::SeqCst);
    let refused = client.signed(&request()).await.unwrap_err();
    assert_eq!(refused.problem(), Some(ProblemCode::NonceNotAccepted));
    assert_eq!(signing.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_that_cannot_sign_is_told_and_nothing_is_sent() {
    let (signing, client) = signing().await;
    client.keys.delete_device_key().unwrap();
    let refused = client.signed(&request()).await.unwrap_err();
    assert!(matches!(
        refused,
        ClientError::KeyStore(KeyStoreError::Missing)
    ));
    assert!(signing.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn problems_are_typed_and_other_errors_are_statuses() {
    let full = problem(Problem::new(ProblemCode::RecallKeyReused)).status();
    assert_eq!(full, 409);
    let router = Router::new()
        .route(
            "/problem",
            get(|| async { problem(Problem::new(ProblemCode::RecallKeyReused)) }),
        )
        .route(
            "/proxy",
            get(|| async { (StatusCode::BAD_GATEWAY, "<html>") }),
        )
        .route("/html", get(|| async { axum::response::Html("<html>") }))
        .route("/wrong", get(|| async { json("<html>") }))
        .route(
            "/elsewhere",
            get(|| async { Redirect::temporary("http://127.0.0.1:1/") }),
        );
    let client = client(&serve(router).await).unwrap();
    let get = async |path| client.get_json::<u8>(path, None).await.unwrap_err();
    assert_eq!(
        get("/problem").await.problem(),
        Some(ProblemCode::RecallKeyReused)
    );
    assert!(matches!(
        get("/proxy").await,
        ClientError::Status { status: 502, .. }
    ));
    assert!(matches!(get("/html").await, ClientError::NotThePlatform));
    assert!(matches!(get("/wrong").await, ClientError::Unreadable));
    assert!(matches!(get("/elsewhere").await, ClientError::Redirected));
    assert!(matches!(
        get("/nothing").await,
        ClientError::Status { status: 404, .. }
    ));
}

#[tokio::test]
async fn an_answer_larger_than_any_right_one_is_not_read() {
    let router = Router::new().route("/", get(|| async { json(vec![7u8; 1001]) }));
    let up_to = |limit| Wanted::of(JSON_MEDIA_TYPE, limit);
    let announced = client(&serve(router).await).unwrap();
    let refused = announced.get("/", None, up_to(1000)).await.unwrap_err();
    assert!(
        matches!(refused, ClientError::TooLarge { limit: 1000 }),
        "{refused}"
    );
    assert_eq!(
        announced.get("/", None, up_to(1001)).await.unwrap().len(),
        1001
    );

    let streamed = client(&serve_endless().await).unwrap();
    let refused = streamed.get("/", None, up_to(1000)).await.unwrap_err();
    assert!(
        matches!(refused, ClientError::TooLarge { limit: 1000 }),
        "{refused}"
    );
}

/// Answers without announcing a size and does not stop by itself.
async fn serve_endless() -> PlatformAddress {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
            .await
            .unwrap();
        while stream.write_all(&[7; 100]).await.is_ok() {}
    });
    PlatformAddress::loopback(format!("http://{address}"))
}

#[tokio::test]
async fn a_busy_platform_is_asked_again_and_a_refusal_is_not() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = |asked: &Arc<AtomicUsize>, code, until| {
        let asked = asked.clone();
        move || async move {
            if asked.fetch_add(1, Ordering::SeqCst) < until {
                problem(Problem::new(code))
            } else {
                json("1")
            }
        }
    };
    let router = Router::new()
        .route("/busy", get(count(&asked, ProblemCode::Busy, 2)))
        .route(
            "/refused",
            get(count(&asked, ProblemCode::SessionEnded, 99)),
        );
    let client = client(&serve(router).await).unwrap();
    assert_eq!(client.get_json::<u8>("/busy", None).await.unwrap(), 1);
    assert_eq!(asked.swap(0, Ordering::SeqCst), 3);
    client.get_json::<u8>("/refused", None).await.unwrap_err();
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn nobody_there_is_said_to_be_unreachable() {
    let client = client(&PlatformAddress::loopback("http://127.0.0.1:1")).unwrap();
    let error = client.post::<u8>("/", None).await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable), "{error:?}");
    assert!(error.is_offline() && error.is_transient());
}

/// For this test alone: there is nothing here that makes keys of this kind.
const RSA_KEY: &str = include_str!("testdata/rsa-2048.pem");

/// A certificate authority and a server certificate under it.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        Self::with(KeyPair::generate().unwrap())
    }

    fn with(key: KeyPair) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        Self { issuer }
    }

    fn root(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// Serves over TLS for `host`; valid from the first to the second year. Returns address and key pin.
    async fn serve(&self, host: &str, from: i32, to: i32) -> (SocketAddr, [u8; 32]) {
        let key = KeyPair::generate().unwrap();
        self.serve_with(key, rustls::ALL_VERSIONS, host, from, to)
            .await
    }

    /// The same with this key and these versions of TLS.
    async fn serve_with(
        &self,
        key: KeyPair,
        versions: &[&'static rustls::SupportedProtocolVersion],
        host: &str,
        from: i32,
        to: i32,
    ) -> (SocketAddr, [u8; 32]) {
        let pin = sha256(&[&rcgen::PublicKeyData::subject_public_key_info(&key)]);
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let private = rustls_pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private.into())
            .unwrap();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let config = axum_server::tls_rustls::RustlsConfig::from_config(Arc::new(config));
        let server = axum_server::from_tcp_rustls(listener, config).unwrap();
        let router = Router::new().route("/", get(|| async { json("1") }));
        tokio::spawn(server.serve(router.into_make_service()));
        (address, pin)
    }
}

async fn ask(address: &PlatformAddress, at: Timestamp) -> Result<u8, ClientError> {
    client_at(address, at)?.get_json::<u8>("/", None).await
}

fn refused(outcome: Result<u8, ClientError>) -> TlsRefusal {
    match outcome {
        Err(ClientError::Tls(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn tls_takes_the_right_root_and_pin_and_refuses_each_wrong_thing_by_its_name() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let (server, pin) = ours.serve("127.0.0.1", 2025, 2027).await;
    let right = PlatformAddress {
        url: format!("https://{server}"),
        roots: vec![theirs.root(), ours.root()],
        pins: vec![[9; 32], pin],
    };
    assert_eq!(ask(&right, now()).await.unwrap(), 1);
    let without_pins = PlatformAddress {
        pins: Vec::new(),
        ..right.clone()
    };
    assert_eq!(ask(&without_pins, now()).await.unwrap(), 1);

    let wrong_root = PlatformAddress {
        roots: vec![theirs.root()],
        ..right.clone()
    };
    assert_eq!(
        refused(ask(&wrong_root, now()).await),
        TlsRefusal::UnknownRoot
    );
    let wrong_pin = PlatformAddress {
        pins: vec![[9; 32]],
        ..right.clone()
    };
    assert_eq!(
        refused(ask(&wrong_pin, now()).await),
        TlsRefusal::UnpinnedKey
    );
    // A pin on the authority is no pin on the platform.
    let ca_pin = sha256(&[&rcgen::PublicKeyData::subject_public_key_info(
        ours.issuer.key(),
    )]);
    let pinned_root = PlatformAddress {
        pins: vec![ca_pin],
        ..right.clone()
    };
    assert_eq!(
        refused(ask(&pinned_root, now()).await),
        TlsRefusal::UnpinnedKey
    );
    let bad_root = PlatformAddress {
        roots: vec![vec![1, 2, 3]],
        ..right.clone()
    };
    let refused_root = ask(&bad_root, now()).await.unwrap_err();
    assert!(matches!(
        refused_root,
        ClientError::Address(AddressError::BadRoot)
    ));

    // The time is the one that was passed in: two years later, or earlier, the certificate is not valid.
    let at = |year: i16| Timestamp::from_second((i64::from(year) - 1970) * 31_557_600).unwrap();
    assert_eq!(refused(ask(&right, at(2030)).await), TlsRefusal::Expired);
    assert_eq!(
        refused(ask(&right, at(2020)).await),
        TlsRefusal::NotYetValid
    );

    let (other_host, _) = ours.serve("health.example", 2025, 2027).await;
    let wrong_host = PlatformAddress {
        url: format!("https://{other_host}"),
        pins: Vec::new(),
        ..right.clone()
    };
    assert_eq!(
        refused(ask(&wrong_host, now()).await),
        TlsRefusal::WrongHost
    );
}

#[rstest]
#[case::p256(|| KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256))]
#[case::p384(|| KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384))]
#[case::ed25519(|| KeyPair::generate_for(&rcgen::PKCS_ED25519))]
#[case::rsa(|| KeyPair::from_pem_and_sign_algo(RSA_KEY, &rcgen::PKCS_RSA_SHA256))]
#[tokio::test]
async fn a_deployment_uses_whichever_usual_kind_of_key_it_has(
    #[case] key: fn() -> Result<KeyPair, rcgen::Error>,
) {
    let authority = Authority::with(key().unwrap());
    let (server, pin) = authority
        .serve_with(
            key().unwrap(),
            &[&rustls::version::TLS13],
            "127.0.0.1",
            2025,
            2027,
        )
        .await;
    let address = PlatformAddress {
        url: format!("https://{server}"),
        roots: vec![authority.root()],
        pins: vec![pin],
    };
    assert_eq!(ask(&address, now()).await.unwrap(), 1);
}

#[tokio::test]
async fn an_older_version_of_tls_is_not_spoken() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    let (server, _) = authority
        .serve_with(key, &[&rustls::version::TLS12], "127.0.0.1", 2025, 2027)
        .await;
    let address = PlatformAddress {
        url: format!("https://{server}"),
        roots: vec![authority.root()],
        pins: Vec::new(),
    };
    assert_eq!(
        refused(ask(&address, now()).await),
        TlsRefusal::Unacceptable
    );
}

#[tokio::test]
async fn tls_is_not_spoken_with_one_who_does_not_speak_it() {
    let plain = serve(Router::new().route("/", get(|| async { json("1") }))).await;
    let address = PlatformAddress {
        url: plain.url.replace("http://", "https://"),
        roots: vec![Authority::new().root()],
        pins: Vec::new(),
    };
    let error = ask(&address, now()).await.unwrap_err();
    assert!(
        matches!(error, ClientError::Tls(TlsRefusal::Unacceptable)),
        "{error:?}"
    );
}

#[test]
fn without_tls_only_this_machine_is_asked() {
    let refused = client(&PlatformAddress::loopback("http://192.0.2.1"));
    assert!(matches!(
        refused,
        Err(ClientError::Address(AddressError::PlainBeyondLoopback))
    ));
}

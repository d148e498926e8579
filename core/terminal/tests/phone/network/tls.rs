//! Somebody else answers in the platform's place, or the platform with a certificate that is not good.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::Router;
use axum_server::{Handle, tls_rustls::RustlsConfig};
use jiff::SignedDuration;
use liangma_terminal::{PlatformAddress, Terminal, TerminalConfig, TrustScope, outbox::Sent};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rstest::rstest;
use tokio::io::AsyncWriteExt as _;

use super::{ACT_MAX, fever, state_of, within};
use crate::{LOGIN_CODE, World, form, make_ready};

/// An authority that signs for servers.
struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key.
struct Identity {
    certificate: Vec<u8>,
    key: KeyPair,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn root(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    fn identity(&self, host: &str, from: i32, to: i32) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params(host, from, to).signed_by(&key, &self.0).unwrap();
        Identity {
            certificate: certificate.der().to_vec(),
            key,
        }
    }
}

fn params(host: &str, from: i32, to: i32) -> CertificateParams {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(to, 1, 1);
    params
}

fn self_signed() -> Identity {
    let key = KeyPair::generate().unwrap();
    let certificate = params("127.0.0.1", 2021, 2023).self_signed(&key).unwrap();
    Identity {
        certificate: certificate.der().to_vec(),
        key,
    }
}

fn serve(router: Router, identity: &Identity, at: SocketAddr) -> (SocketAddr, Handle<SocketAddr>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = rustls_pki_types::PrivatePkcs8KeyDer::from(identity.key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![identity.certificate.clone().into()], key.into())
        .unwrap();
    let listener = TcpListener::bind(at).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let handle = Handle::new();
    let config = RustlsConfig::from_config(Arc::new(config));
    let server = axum_server::from_tcp_rustls(listener, config).unwrap();
    tokio::spawn(
        server
            .handle(handle.clone())
            .serve(router.into_make_service()),
    );
    (address, handle)
}

async fn stop(handle: Handle<SocketAddr>) {
    handle.shutdown();
    // Virtual time: the tasks of its connections end meanwhile.
    tokio::time::sleep(Duration::from_secs(1)).await;
}

/// Where servers first listen.
fn anywhere() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}

async fn open(world: &World, at: SocketAddr, roots: Vec<Vec<u8>>) -> Terminal {
    let config = TerminalConfig {
        platform: PlatformAddress {
            url: format!("https://{at}"),
            roots,
            pins: Vec::new(),
        },
        ..world.config()
    };
    Terminal::open(config, world.ports()).await.unwrap()
}

#[rstest]
#[case::another_name(|ours: &Authority| ours.identity("portal.example", 2021, 2023), "tls.wrong_host")]
#[case::expired(|ours: &Authority| ours.identity("127.0.0.1", 2020, 2022), "tls.expired")]
#[case::not_yet_valid(|ours: &Authority| ours.identity("127.0.0.1", 2023, 2024), "tls.not_yet_valid")]
#[case::self_signed(|_: &Authority| self_signed(), "tls.unknown_root")]
#[case::intercepted(|_: &Authority| Authority::new().identity("127.0.0.1", 2021, 2023), "tls.unknown_root")]
#[tokio::test(start_paused = true)]
async fn a_wrong_certificate_hears_nothing_and_takes_nothing(
    #[case] wrong: fn(&Authority) -> Identity,
    #[case] expected: &str,
) {
    let (world, ours) = (World::new().await, Authority::new());
    let right = ours.identity("127.0.0.1", 2021, 2023);
    let (at, handle) = serve(world.platform.router(), &right, anywhere());
    let terminal = open(&world, at, vec![ours.root()]).await;
    make_ready(&terminal).await;
    terminal.login_start(form()).await.unwrap();
    let before = terminal.show().unwrap();
    stop(handle).await;

    let heard = Arc::new(AtomicUsize::new(0));
    let hears = heard.clone();
    let impostor = Router::new().fallback(move || {
        hears.fetch_add(1, Ordering::SeqCst);
        async { axum::response::Html("<html>Welcome</html>") }
    });
    let (_, handle) = serve(impostor, &wrong(&ours), at);
    let said = |id: liangma_terminal::words::StateId| assert_eq!(id.to_string(), expected);
    said(state_of(terminal.refresh().await));
    said(state_of(terminal.login_start(form()).await));
    said(state_of(terminal.login_complete(LOGIN_CODE).await));
    said(state_of(terminal.face_check().await));
    let declared = terminal.declare_health(fever(385)).await.unwrap();
    assert_eq!(declared, Sent::Waiting);
    assert_eq!(terminal.show().unwrap().text, before.text);
    assert_eq!(heard.load(Ordering::SeqCst), 0, "nothing was sent");
    stop(handle).await;

    serve(world.platform.router(), &right, at);
    terminal.refresh().await.unwrap();
    assert!(terminal.state().await.unwrap().outbox.is_empty());
}

/// Nothing, nonsense, or plain HTTP where the handshake should be.
#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_come_about_is_left_soon() {
    let (world, ours) = (World::new().await, Authority::new());
    let page: &[u8] = b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n";
    for (answer, expected) in [
        (None, "network.unreachable"),
        (Some(page), "tls.unacceptable"),
        (Some(b"\x16\x03\x03".as_slice()), "network.unreachable"),
    ] {
        let listener = tokio::net::TcpListener::bind(anywhere()).await.unwrap();
        let at = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.write_all(answer.unwrap_or_default()).await.unwrap();
                kept.push(stream);
            }
        });
        let terminal = open(&world, at, vec![ours.root()]).await;
        let sync = within(
            ACT_MAX,
            "a handshake",
            terminal.trust_sync(TrustScope::Wallet),
        );
        assert_eq!(state_of(sync.await).to_string(), expected);
    }
}

/// A phone that believed it would never be able to ask again: by that time the certificate has ended.
#[tokio::test(start_paused = true)]
async fn a_platform_a_year_ahead_does_not_lock_new_or_restarted_phones_out() {
    let (world, ours) = (World::new().await, Authority::new());
    let right = ours.identity("127.0.0.1", 2021, 2023);
    let (at, _handle) = serve(world.platform.router(), &right, anywhere());
    let terminal = open(&world, at, vec![ours.root()]).await;
    let year = SignedDuration::from_hours(365 * 24);
    world.platform.state().now += year;
    let refused = state_of(terminal.trust_sync(TrustScope::Wallet).await);
    assert_eq!(refused.to_string(), "terminal.time_doubted");
    world.platform.state().now -= year;
    make_ready(&terminal).await;

    world.clocks.restart(Duration::from_secs(60));
    world.platform.state().now += SignedDuration::from_secs(60);
    drop(terminal);
    let terminal = open(&world, at, vec![ours.root()]).await;
    world.platform.state().now += year;
    let refused = state_of(terminal.refresh().await);
    assert_eq!(refused.to_string(), "terminal.time_doubted");
    terminal.show().unwrap();
    world.platform.state().now -= year;
    terminal.refresh().await.unwrap();
    terminal.show().unwrap();
}

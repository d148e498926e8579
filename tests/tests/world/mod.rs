//! A region, its people's phones, and the certificates between them.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use liangma_credential::TrustStore;
use liangma_crypto::{SystemRandomness, sha256};
use liangma_domain::evidence::EvidenceKind;
use liangma_platform::sandbox::face_provider::{
    Choice, Chosen, ChosenOutcome, OUTCOMES_PATH, public_key, run_face_provider,
};
use liangma_platform::sandbox::{Sandbox, SandboxAuthority, SandboxOptions, SandboxPerson, person};
use liangma_platform::{ServeError, ServeHandle, ServerTls, serve};
use liangma_terminal::desktop::{KeyFile, SystemClocks};
use liangma_terminal::outbox::Sent;
use liangma_terminal::ports::{FaceCheck, FaceCheckError, FaceHandoff, FaceReturn};
use liangma_terminal::{
    FaceCheckOutcome, LoginForm, PlatformAddress, Ports, Terminal, TerminalConfig,
};
use liangma_wire::bytes::FixedBytes;
use liangma_wire::consent::Purpose;
use liangma_wire::counter::{COUNTER_APPROVALS_PATH, CounterApprovalRequest, CounterReference};
use liangma_wire::face::TicketId;
use liangma_wire::login::LoginChannel;
use liangma_wire::signed_request::{
    NONCE_HEADER, NONCE_PATH, NonceResponse, SESSION_HEADER, SIGNATURE_HEADER,
};
use liangma_wire::trust::{ISSUERS_PATH, RECALL_PATH, TIMESTAMP_PATH};
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::Url;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tokio::task::JoinHandle;

const GRACE: Duration = Duration::from_millis(500);
/// The last year of certificates that are good.
const GOOD_UNTIL: i32 = 2090;

/// A deployment's own certificate authority.
pub(crate) struct Certificates(CertifiedIssuer<'static, KeyPair>);

impl Certificates {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn root(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    /// A server's certificate for this machine, and the pin of its key.
    fn server(&self, until: i32) -> (ServerTls, [u8; 32]) {
        let key = KeyPair::generate().unwrap();
        let pin = sha256(&[&rcgen::PublicKeyData::subject_public_key_info(&key)]);
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2015, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let private = PrivatePkcs8KeyDer::from(key.serialize_der());
        (ServerTls::new(chain, private.into()).unwrap(), pin)
    }
}

/// A platform and a face provider, served on this machine.
pub(crate) struct Region {
    pub(crate) sandbox: Sandbox,
    pub(crate) address: PlatformAddress,
    root: Vec<u8>,
    socket: SocketAddr,
    stopping: ServeHandle,
    serving: Option<JoinHandle<Result<(), ServeError>>>,
    provider: ServeHandle,
    folder: TempDir,
}

impl Region {
    /// The platform's data folder.
    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// Over plain HTTP.
    pub(crate) async fn start() -> Self {
        Self::begin(None).await
    }

    /// Over TLS.
    pub(crate) async fn start_tls(certificates: &Certificates) -> Self {
        Self::start_tls_until(certificates, GOOD_UNTIL).await
    }

    /// Over TLS, with a certificate that ends with a year.
    pub(crate) async fn start_tls_until(certificates: &Certificates, until: i32) -> Self {
        let (tls, pin) = certificates.server(until);
        Self::begin(Some((tls, vec![certificates.root()], pin))).await
    }

    async fn begin(tls: Option<(ServerTls, Vec<Vec<u8>>, [u8; 32])>) -> Self {
        let folder = TempDir::new().unwrap();
        let key_file = folder.path().join("provider.key");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let provider_url = format!("http://{}", listener.local_addr().unwrap());
        let provider = ServeHandle::new();
        let (file, handle) = (key_file.clone(), provider.clone());
        tokio::spawn(async move { run_face_provider(listener, &file, None, handle).await });
        let healthy = browser()
            .get(format!("{provider_url}/healthz"))
            .send()
            .await
            .unwrap();
        assert!(healthy.status().is_success());
        let mut options = SandboxOptions::new(
            &folder.path().join("data"),
            &provider_url,
            public_key(&key_file).unwrap(),
        );
        // The bench that shares this world begins a strip with every refresh that it measures.
        options.strips_per_device = None;
        let sandbox = Sandbox::open(options).await.unwrap();
        let root = sandbox.platform.root_file().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = listener.local_addr().unwrap();
        let (tls, address) = match tls {
            None => (None, PlatformAddress::loopback(format!("http://{socket}"))),
            Some((tls, roots, pin)) => {
                let url = format!("https://{socket}");
                (
                    Some(tls),
                    PlatformAddress {
                        url,
                        roots,
                        pins: vec![pin],
                    },
                )
            }
        };
        let stopping = ServeHandle::new();
        let serving = tokio::spawn(serve(
            sandbox.platform.clone(),
            listener,
            tls,
            stopping.clone(),
        ));
        let serving = Some(serving);
        Self {
            sandbox,
            address,
            root,
            socket,
            stopping,
            serving,
            provider,
            folder,
        }
    }

    /// Takes the platform off the network; its data stays.
    pub(crate) async fn unplug(mut self) -> Self {
        self.stopping.shutdown(GRACE);
        self.serving.take().unwrap().await.unwrap().unwrap();
        assert!(
            std::net::TcpStream::connect(self.socket).is_err(),
            "the platform still answers"
        );
        self
    }

    /// Puts it back at the same address.
    pub(crate) async fn plug_in(mut self) -> Self {
        let listener = TcpListener::bind(self.socket).unwrap();
        self.stopping = ServeHandle::new();
        let platform = self.sandbox.platform.clone();
        self.serving = Some(tokio::spawn(serve(
            platform,
            listener,
            None,
            self.stopping.clone(),
        )));
        self
    }

    /// Takes everything off the network for good.
    pub(crate) async fn stop(self) {
        self.provider.shutdown(GRACE);
        drop(self.unplug().await);
    }

    /// What a phone of this region is installed with and lends, in a folder of its own.
    pub(crate) fn fit_out(
        &self,
        platform: PlatformAddress,
        outcome: ChosenOutcome,
        folder: &Path,
    ) -> (TerminalConfig, Ports) {
        let config = TerminalConfig {
            folder: folder.join("store"),
            platform,
            root: self.root.clone(),
        };
        let ports = Ports {
            keys: Arc::new(KeyFile::new(&folder.join("keys.json")).unwrap()),
            face: Arc::new(Person(outcome)),
            wall: Arc::new(SystemClocks),
            monotonic: Arc::new(SystemClocks),
            randomness: Arc::new(SystemRandomness),
        };
        (config, ports)
    }

    /// What a person types to log in.
    pub(crate) fn form(&self, who: &str) -> LoginForm {
        let person = known(who);
        LoginForm {
            name: person.name.to_owned(),
            document_type: person.document_type,
            document_number: person.document_number.to_owned(),
            phone: person.phone.to_owned(),
            channel: LoginChannel::Sms,
        }
    }

    /// The login code that was sent to a person.
    pub(crate) async fn login_code(&self, who: &str) -> String {
        self.sandbox
            .tray
            .take(known(who).phone, Duration::from_secs(10))
            .await
            .unwrap()
            .code
    }

    /// A department reports something about a person, as of a minute ago.
    pub(crate) async fn report(&self, authority: SandboxAuthority, who: &str, kind: EvidenceKind) {
        let then = Timestamp::now() - jiff::SignedDuration::from_mins(1);
        self.sandbox
            .submit(authority, known(who), then, kind)
            .await
            .unwrap();
    }

    /// A collector with the root and the lists of this moment, fetched over HTTP.
    pub(crate) async fn collector(&self) -> TrustStore {
        let mut trust = TrustStore::from_root(&self.root).unwrap();
        for path in [TIMESTAMP_PATH, ISSUERS_PATH, RECALL_PATH] {
            let url = format!("{}{path}", self.address.url);
            let file = browser()
                .get(url)
                .send()
                .await
                .unwrap()
                .bytes()
                .await
                .unwrap();
            trust.update(&file, Timestamp::now()).unwrap();
        }
        trust
    }

    /// The counter reads a person's card and approves what the phone shows or its holder says; whether the platform agrees.
    pub(crate) async fn approve_at_counter(
        &self,
        reference: CounterReference,
        whose_card: &str,
    ) -> bool {
        let card = known(whose_card);
        let request = CounterApprovalRequest {
            reference,
            document_type: card.document_type,
            document_number: card.document_number.to_owned().into(),
        };
        let answer = self.at_counter(COUNTER_APPROVALS_PATH, &request).await;
        answer.status().is_success()
    }

    /// Something that a counter sends, signed.
    pub(crate) async fn at_counter(
        &self,
        path: &str,
        request: &impl serde::Serialize,
    ) -> reqwest::Response {
        let body = serde_json::to_vec(request).unwrap();
        let url = |path: &str| format!("{}{path}", self.address.url);
        let nonce = browser()
            .post(url(NONCE_PATH))
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        let nonce = serde_json::from_slice::<NonceResponse>(&nonce)
            .unwrap()
            .nonce;
        let counter = self.sandbox.principal(SandboxAuthority::Counter).unwrap();
        let (session, signature) = counter.sign_request("POST", path, &body, &nonce).unwrap();
        browser()
            .post(url(path))
            .header("content-type", "application/json")
            .header(SESSION_HEADER, session)
            .header(NONCE_HEADER, nonce.0.to_text())
            .header(SIGNATURE_HEADER, FixedBytes(signature).to_text())
            .body(body)
            .send()
            .await
            .unwrap()
    }
}

pub(crate) fn known(who: &str) -> &'static SandboxPerson {
    person(who).unwrap()
}

pub(crate) fn browser() -> reqwest::Client {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

/// A person at the provider's page, who ends every check in one way.
pub(crate) struct Person(pub(crate) ChosenOutcome);

#[async_trait]
impl FaceCheck for Person {
    async fn hand_over(&self, handoff: &FaceHandoff) -> Result<FaceReturn, FaceCheckError> {
        let page = Url::parse(&handoff.url).unwrap();
        let (_, ticket) = page
            .query_pairs()
            .find(|(name, _)| name == "ticket")
            .unwrap();
        let ticket = TicketId(FixedBytes::from_text(&ticket).unwrap());
        let choice = serde_json::to_vec(&Choice {
            ticket,
            outcome: self.0,
        })
        .unwrap();
        let answer = browser()
            .post(page.join(OUTCOMES_PATH).unwrap())
            .header("content-type", "application/json")
            .body(choice)
            .send()
            .await
            .unwrap();
        let chosen: Chosen = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        Ok(FaceReturn {
            state: chosen.state,
            handle: chosen.handle,
        })
    }
}

/// A phone with its store and keys.
pub(crate) struct Phone {
    pub(crate) terminal: Terminal,
    address: PlatformAddress,
    outcome: ChosenOutcome,
    /// Holds `store`, the terminal's folder, and `keys.json`.
    pub(crate) folder: Arc<TempDir>,
}

impl Phone {
    /// A new phone of a region, whose face checks end in one way.
    pub(crate) async fn unpack(region: &Region, outcome: ChosenOutcome) -> Self {
        Self::at(region, region.address.clone(), outcome).await
    }

    /// A new phone that believes the platform to be somewhere.
    pub(crate) async fn at(
        region: &Region,
        address: PlatformAddress,
        outcome: ChosenOutcome,
    ) -> Self {
        Self::open(region, address, outcome, Arc::new(TempDir::new().unwrap())).await
    }

    /// The same phone, started again.
    pub(crate) async fn restart(self, region: &Region) -> Self {
        let Self {
            terminal,
            address,
            outcome,
            folder,
        } = self;
        drop(terminal);
        Self::open(region, address, outcome, folder).await
    }

    async fn open(
        region: &Region,
        address: PlatformAddress,
        outcome: ChosenOutcome,
        folder: Arc<TempDir>,
    ) -> Self {
        let (config, ports) = region.fit_out(address.clone(), outcome, folder.path());
        let terminal = Terminal::open(config, ports).await.unwrap();
        Self {
            terminal,
            address,
            outcome,
            folder,
        }
    }

    /// Closes the terminal, for another to be opened on the same phone: with what, and where it is.
    pub(crate) fn put_away(self, region: &Region) -> (TerminalConfig, Ports, Arc<TempDir>) {
        let (config, ports) = region.fit_out(self.address, self.outcome, self.folder.path());
        (config, ports, self.folder)
    }

    /// Everything from the login to the first code.
    pub(crate) async fn live(&self, region: &Region, who: &str) {
        self.log_in(region, who).await;
        self.consent().await;
        self.terminal.apply().await.unwrap();
        assert_eq!(
            self.terminal.face_check().await.unwrap(),
            FaceCheckOutcome::Passed
        );
        let refreshed = self.terminal.refresh().await.unwrap();
        assert!(
            refreshed.strip_began && refreshed.hours_added > 0,
            "{refreshed:?}"
        );
    }

    /// Logs in with the code from the message.
    pub(crate) async fn log_in(&self, region: &Region, who: &str) {
        self.terminal.login_start(region.form(who)).await.unwrap();
        let code = region.login_code(who).await;
        self.terminal.login_complete(&code).await.unwrap();
    }

    /// Agrees to what a code needs.
    pub(crate) async fn consent(&self) {
        for purpose in [
            Purpose::HealthCode,
            Purpose::FaceCheck,
            Purpose::HealthDeclaration,
        ] {
            let sent = self
                .terminal
                .record_consent(purpose, 1, "zh-CN", true)
                .await
                .unwrap();
            assert_eq!(sent, Sent::Done, "{purpose:?}");
        }
    }
}

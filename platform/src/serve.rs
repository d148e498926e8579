//! Serving the interface: TLS by rustls on ring, plain HTTP on loopback alone.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::Duration,
};

use axum_server::{
    Server,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use hyper_util::rt::TokioTimer;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

use crate::{
    doorkeeper::Doorkeeper,
    http::{app, operator_app},
    platform::Platform,
};

/// The most headers of a request; more are answered with 431.
const HEADERS_MAX: usize = 48;
/// The most bytes that are read ahead of a connection, the head of a request among them.
const BUFFER_MAX: usize = 32 * 1024;
/// How long the head of a request may take on this machine, and how long a connection may be idle.
const PLAIN_HEAD_PATIENCE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
/// How often what is due is done.
const TICK_SECONDS: u64 = 30;
/// How often histograms are folded.
const UPKEEP_SECONDS: u64 = 5;

/// Certificate chain and private key of the server.
#[derive(Clone)]
pub struct ServerTls(Arc<rustls::ServerConfig>);

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Plain HTTP anywhere else than on loopback.
    #[error(
        "serve plain HTTP on an address that others can reach; give a certificate, or a loopback address"
    )]
    PlainHttp,
    /// The certificate or key cannot be used.
    #[error("use the TLS certificate and key: {0}")]
    Tls(&'static str),
    /// The listener failed.
    #[error("serve the interface")]
    Io(#[from] io::Error),
}

/// Stops a server gracefully: no new connections, a grace period for those that are open.
#[derive(Clone, Debug)]
pub struct ServeHandle(axum_server::Handle<SocketAddr>);

impl Default for ServeHandle {
    fn default() -> Self {
        Self::new()
    }
}

impl ServeHandle {
    /// A handle for one server.
    #[must_use]
    pub fn new() -> Self {
        Self(axum_server::Handle::new())
    }

    /// Asks the server to end; open requests get up to this long.
    pub fn shutdown(&self, grace: Duration) {
        self.0.graceful_shutdown(Some(grace));
    }

    /// Serves a router in the clear until told otherwise, to this machine alone. Who sends a request slowly,
    /// or none, is not waited for.
    ///
    /// # Errors
    /// [`ServeError::PlainHttp`] on an address that is not loopback.
    pub async fn serve_plain(
        self,
        listener: TcpListener,
        router: axum::Router,
    ) -> Result<(), ServeError> {
        if !listener.local_addr()?.ip().is_loopback() {
            return Err(ServeError::PlainHttp);
        }
        listener.set_nonblocking(true)?;
        let mut server = axum_server::from_tcp(listener)?.handle(self.0);
        bound_heads(&mut server, PLAIN_HEAD_PATIENCE);
        Ok(server.serve(router.into_make_service()).await?)
    }
}

/// ring is the one provider of this workspace. Called wherever rustls is used; only the first counts.
pub(crate) fn install_crypto_provider() {
    // An error says that one is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl ServerTls {
    /// Reads a certificate chain and a private key in PEM.
    ///
    /// # Errors
    /// [`ServeError::Tls`].
    pub fn from_pem_files(certificates: &Path, key: &Path) -> Result<Self, ServeError> {
        let chain: Vec<_> = CertificateDer::pem_file_iter(certificates)
            .and_then(Iterator::collect)
            .map_err(|_| ServeError::Tls("the certificate file is not PEM"))?;
        let key = PrivateKeyDer::from_pem_file(key)
            .map_err(|_| ServeError::Tls("the key file is not PEM"))?;
        Self::new(chain, key)
    }

    /// Takes a certificate chain and a private key.
    ///
    /// # Errors
    /// [`ServeError::Tls`].
    pub fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, ServeError> {
        install_crypto_provider();
        let mut config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|_| ServeError::Tls("they do not fit each other"))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

/// Serves the interface until `handle` says otherwise, and keeps lists and time stamps fresh meanwhile.
///
/// Who connects, how slowly and how often, is bounded by the platform's [`Limits`](crate::Limits).
///
/// # Errors
/// [`ServeError::PlainHttp`] without TLS on an address that is not loopback.
pub async fn serve(
    platform: Arc<Platform>,
    listener: TcpListener,
    tls: Option<ServerTls>,
    handle: ServeHandle,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if tls.is_none() && !address.ip().is_loopback() {
        return Err(ServeError::PlainHttp);
    }
    listener.set_nonblocking(true)?;
    let regular = tokio::spawn(regular_work(platform.clone()));
    let doorkeeper = Doorkeeper::new(platform.clone());
    let head_patience = platform.running.limits.head_patience;
    let service = app(platform.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum_server::from_tcp(listener)?.handle(handle.0);
    let served = match tls {
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(tls.0))
                .handshake_timeout(head_patience)
                .acceptor(doorkeeper);
            bounded(server.acceptor(acceptor), head_patience)
                .serve(service)
                .await
        }
        None => {
            bounded(server.acceptor(doorkeeper), head_patience)
                .serve(service)
                .await
        }
    };
    regular.abort();
    platform.settle().await;
    Ok(served?)
}

/// Serves metrics, health and readiness to the operators of this machine.
///
/// # Errors
/// [`ServeError::PlainHttp`] on an address that is not loopback.
pub async fn serve_operator(
    platform: Arc<Platform>,
    listener: TcpListener,
    handle: ServeHandle,
) -> Result<(), ServeError> {
    handle.serve_plain(listener, operator_app(platform)).await
}

/// HTTP/1.1 alone, without upgrades, its heads bounded.
fn bounded<A>(mut server: Server<SocketAddr, A>, head_patience: Duration) -> Server<SocketAddr, A> {
    bound_heads(&mut server, head_patience);
    server.http1_only()
}

/// Heads are small and come in time. The time runs from the end of the last answer, so that it ends idle
/// connections too.
fn bound_heads<A>(server: &mut Server<SocketAddr, A>, head_patience: Duration) {
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head_patience)
        .max_headers(HEADERS_MAX)
        .max_buf_size(BUFFER_MAX);
}

async fn regular_work(platform: Arc<Platform>) {
    let mut second = tokio::time::interval(SECOND);
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for count in 0_u64.. {
        second.tick().await;
        if let Err(error) = platform.follow_order().await {
            tracing::error!(%error, "the order of a mode could not be followed");
        }
        if count % UPKEEP_SECONDS == 0 {
            platform.running.metrics.upkeep();
        }
        if count % TICK_SECONDS == 0
            && let Err(error) = platform.tick().await
        {
            tracing::error!(%error, "what is due could not be done");
        }
    }
}

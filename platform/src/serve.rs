//! Serving the interface: TLS by rustls on ring, plain HTTP on loopback alone.

use std::{io, net::TcpListener, path::Path, sync::Arc, time::Duration};

use axum_server::tls_rustls::RustlsConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

use crate::{http::app, platform::Platform};

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
pub struct ServeHandle(axum_server::Handle<std::net::SocketAddr>);

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

    /// Serves a router in the clear; the caller has seen to it that the address is loopback.
    pub(crate) async fn serve_plain(
        self,
        listener: TcpListener,
        router: axum::Router,
    ) -> Result<(), ServeError> {
        let service = router.into_make_service();
        Ok(axum_server::from_tcp(listener)?
            .handle(self.0)
            .serve(service)
            .await?)
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
    let ticking = tokio::spawn(keep_fresh(platform.clone()));
    let service = app(platform).into_make_service_with_connect_info::<std::net::SocketAddr>();
    let served = match tls {
        Some(tls) => {
            axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(tls.0))?
                .handle(handle.0)
                .serve(service)
                .await
        }
        None => {
            axum_server::from_tcp(listener)?
                .handle(handle.0)
                .serve(service)
                .await
        }
    };
    ticking.abort();
    Ok(served?)
}

async fn keep_fresh(platform: Arc<Platform>) {
    let mut interval = tokio::time::interval(Duration::from_secs(30));
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if let Err(error) = platform.tick().await {
            tracing::error!(%error, "the lists could not be refreshed");
        }
    }
}

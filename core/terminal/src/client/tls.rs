mod provider;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use liangma_crypto::{constant_time_equal, sha256};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore,
    SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    server::ParsedCertificate,
    time_provider::TimeProvider,
    version::TLS13,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::{
    TimeSource,
    address::{AddressError, PlatformAddress},
    error::{ClientError, TlsRefusal},
};

/// The certificates that the platform showed last.
pub(super) struct Certificates(Option<Arc<PinnedVerifier>>);

impl Certificates {
    /// Whether they are valid at `at`; true when none were shown, as over plain HTTP to loopback.
    pub(super) fn are_valid_at(&self, at: Timestamp) -> bool {
        self.0
            .as_ref()
            .is_none_or(|verifier| verifier.shown_is_valid_at(unix_time(at)))
    }
}

/// TLS by the deployment's own roots and pins, at the clock authority's time.
pub(super) fn config(
    address: &PlatformAddress,
    time: TimeSource,
) -> Result<(ClientConfig, Certificates), ClientError> {
    let provider = Arc::new(provider::provider());
    let mut roots = RootCertStore::empty();
    for root in &address.roots {
        roots
            .add(CertificateDer::from(root.clone()))
            .map_err(|_| AddressError::BadRoot)?;
    }
    let builder = ClientConfig::builder_with_details(provider.clone(), Arc::new(Authority(time)))
        .with_protocol_versions(&[&TLS13])
        .map_err(|_| ClientError::NotBuilt)?;
    if roots.is_empty() {
        // Only for plain HTTP to loopback: an https address without roots was refused before.
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        return Ok((config, Certificates(None)));
    }
    let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|_| ClientError::NotBuilt)?;
    let verifier = Arc::new(PinnedVerifier {
        inner,
        pins: address.pins.clone(),
        shown: Mutex::new(None),
    });
    let config = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier.clone())
        .with_no_client_auth();
    Ok((config, Certificates(Some(verifier))))
}

/// What the TLS library's error means for a person.
pub(super) fn refusal(error: &Error) -> TlsRefusal {
    let Error::InvalidCertificate(certificate) = error else {
        return TlsRefusal::Unacceptable;
    };
    match certificate {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsRefusal::UnknownRoot,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsRefusal::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TlsRefusal::NotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsRefusal::WrongHost
        }
        CertificateError::Other(OtherError(other)) if other.is::<UnpinnedKey>() => {
            TlsRefusal::UnpinnedKey
        }
        _ => TlsRefusal::Unacceptable,
    }
}

struct Authority(TimeSource);

impl TimeProvider for Authority {
    fn current_time(&self) -> Option<UnixTime> {
        (self.0)().map(unix_time)
    }
}

/// Before 1970 no certificate is valid, nor in 1970.
fn unix_time(at: Timestamp) -> UnixTime {
    let seconds = u64::try_from(at.as_second()).unwrap_or_default();
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds))
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

/// First everything that the library checks, then the pin.
#[derive(Debug)]
struct PinnedVerifier {
    inner: Arc<WebPkiServerVerifier>,
    pins: Vec<[u8; 32]>,
    /// What was verified last, to be asked about another time.
    shown: Mutex<Option<Shown>>,
}

/// What a platform showed, and for which name.
#[derive(Debug)]
struct Shown {
    end_entity: CertificateDer<'static>,
    intermediates: Vec<CertificateDer<'static>>,
    name: ServerName<'static>,
}

impl PinnedVerifier {
    fn shown_is_valid_at(&self, at: UnixTime) -> bool {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.as_ref().is_none_or(|shown| {
            self.inner
                .verify_server_cert(
                    &shown.end_entity,
                    &shown.intermediates,
                    &shown.name,
                    &[],
                    at,
                )
                .is_ok()
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the key is none of the pinned keys")]
struct UnpinnedKey;

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.inner.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )?;
        // Only the platform's own key counts: an intermediate in the list need not be on the path.
        let key = ParsedCertificate::try_from(end_entity)?.subject_public_key_info();
        let found = sha256(&[key.as_ref()]);
        if self.pins.is_empty() || self.pins.iter().any(|pin| constant_time_equal(pin, &found)) {
            *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(Shown {
                end_entity: end_entity.clone().into_owned(),
                intermediates: intermediates
                    .iter()
                    .map(|certificate| certificate.clone().into_owned())
                    .collect(),
                name: server_name.to_owned(),
            });
            return Ok(verified);
        }
        Err(CertificateError::Other(OtherError(Arc::new(UnpinnedKey))).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

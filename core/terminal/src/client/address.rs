use std::net::IpAddr;

use reqwest::Url;

/// Where the platform is, and how it is known. Given at installation, never learnt from an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformAddress {
    /// `https://host[:port]`, or `http://` to the loopback address of the same machine.
    pub url: String,
    /// The certificates (DER) that a platform's certificate must lead to. There are no built-in ones.
    pub roots: Vec<Vec<u8>>,
    /// SHA-256 over the public key (`SubjectPublicKeyInfo`, DER) of each certificate that the platform may
    /// present itself: the one in use and the next. Empty: the roots alone decide.
    pub pins: Vec<[u8; 32]>,
}

/// Why an address is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not an address at all, or one with a path, a query or a password in it.
    #[error(
        "use the platform's address: give https://host or https://host:port, with nothing behind it"
    )]
    NotAnAddress,
    /// Without TLS, and not on this machine.
    #[error(
        "use the platform's address: without https only this machine's loopback address is taken"
    )]
    PlainBeyondLoopback,
    /// TLS without a root to believe.
    #[error("use the platform's address: https needs the deployment's own root certificate")]
    NoRoots,
    /// A root that is not a certificate.
    #[error("use the platform's address: a root is not a certificate")]
    BadRoot,
}

impl PlatformAddress {
    /// A platform on this machine, without TLS.
    #[must_use]
    pub fn loopback(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            roots: Vec::new(),
            pins: Vec::new(),
        }
    }

    pub(super) fn checked(&self) -> Result<Url, AddressError> {
        let url = Url::parse(&self.url).map_err(|_| AddressError::NotAnAddress)?;
        let host = url.host_str().ok_or(AddressError::NotAnAddress)?;
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !bare {
            return Err(AddressError::NotAnAddress);
        }
        match url.scheme() {
            "https" if self.roots.is_empty() => Err(AddressError::NoRoots),
            "https" => Ok(url),
            "http" if is_loopback(host) => Ok(url),
            "http" => Err(AddressError::PlainBeyondLoopback),
            _ => Err(AddressError::NotAnAddress),
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("http://127.0.0.1:8080", Ok(()))]
    #[case("http://127.8.7.6", Ok(()))]
    #[case("http://[::1]:8080", Ok(()))]
    #[case("http://localhost:8080", Ok(()))]
    #[case("http://192.168.0.1", Err(AddressError::PlainBeyondLoopback))]
    #[case("http://health.example", Err(AddressError::PlainBeyondLoopback))]
    #[case("http://localhost.example", Err(AddressError::PlainBeyondLoopback))]
    #[case("http://127.0.0.1.example", Err(AddressError::PlainBeyondLoopback))]
    #[case("http://[::ffff:10.0.0.1]", Err(AddressError::PlainBeyondLoopback))]
    #[case("http://0.0.0.0", Err(AddressError::PlainBeyondLoopback))]
    #[case("https://health.example", Err(AddressError::NoRoots))]
    #[case("http://127.0.0.1/path", Err(AddressError::NotAnAddress))]
    #[case("http://user@127.0.0.1", Err(AddressError::NotAnAddress))]
    #[case("ftp://127.0.0.1", Err(AddressError::NotAnAddress))]
    #[case("127.0.0.1", Err(AddressError::NotAnAddress))]
    #[case("", Err(AddressError::NotAnAddress))]
    fn an_address_is_taken_or_refused(
        #[case] url: &str,
        #[case] expected: Result<(), AddressError>,
    ) {
        assert_eq!(
            PlatformAddress::loopback(url).checked().map(|_| ()),
            expected
        );
    }
}

//! Who gets a connection: so many of all, so many of one address, and none to whoever lets answers lie.

use std::{
    collections::HashMap,
    future::{Ready, ready},
    io,
    net::{IpAddr, Ipv6Addr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum_server::accept::Accept;
use ipnet::IpNet;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_io_timeout::TimeoutStream;

use crate::{
    config::Limits,
    metrics::{Metrics, Refused},
    platform::Platform,
};

/// Connections that are open, by who shares a cap.
#[derive(Debug, Default, PartialEq, Eq)]
struct Open {
    all: usize,
    of_address: HashMap<IpAddr, usize>,
}

/// Whose share a connection takes: none on loopback and from balancers that are trusted, which speak for
/// everybody, and that of the whole /64 in IPv6, of which one household has as many addresses as it likes.
pub(crate) fn share_of(address: IpAddr, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |address| trusted.iter().any(|network| network.contains(&address));
    match address.to_canonical() {
        address if address.is_loopback() || is_trusted(address) => None,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Some(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
        }
        address @ IpAddr::V4(_) => Some(address),
    }
}

impl Open {
    fn admit(&mut self, share: Option<IpAddr>, limits: &Limits) -> Result<(), Refused> {
        if self.all >= limits.connections {
            return Err(Refused::TooManyOfAll);
        }
        if let Some(address) = share {
            let of_address = self.of_address.entry(address).or_default();
            if *of_address >= limits.connections_of_one_address {
                return Err(Refused::TooManyOfOneAddress);
            }
            *of_address += 1;
        }
        self.all += 1;
        Ok(())
    }

    fn release(&mut self, share: Option<IpAddr>) {
        self.all -= 1;
        if let Some(address) = share
            && let Some(of_address) = self.of_address.get_mut(&address)
        {
            *of_address -= 1;
            if *of_address == 0 {
                self.of_address.remove(&address);
            }
        }
    }
}

/// Accepts or closes each connection as it comes.
#[derive(Clone)]
pub(crate) struct Doorkeeper {
    platform: Arc<Platform>,
    open: Arc<Mutex<Open>>,
}

impl Doorkeeper {
    pub(crate) fn new(platform: Arc<Platform>) -> Self {
        Self {
            platform,
            open: Arc::default(),
        }
    }

    fn metrics(&self) -> &Metrics {
        &self.platform.running.metrics
    }

    fn with_open<T>(&self, change: impl FnOnce(&mut Open) -> T) -> T {
        change(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn admit(&self, stream: TcpStream) -> io::Result<Connection> {
        let trusted = &self.platform.config.trusted_proxies;
        let share = share_of(stream.peer_addr()?.ip(), trusted);
        let limits = &self.platform.running.limits;
        if let Err(why) = self.with_open(|open| open.admit(share, limits)) {
            self.metrics().connection_refused(why);
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        self.metrics().connection_opened();
        let place = Place {
            doorkeeper: self.clone(),
            share,
        };
        stream.set_nodelay(true)?;
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.answer_patience));
        Ok(Connection {
            stream: Box::pin(stream),
            _place: place,
        })
    }
}

impl<S> Accept<TcpStream, S> for Doorkeeper {
    type Stream = Connection;
    type Service = S;
    type Future = Ready<io::Result<(Connection, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.admit(stream).map(|connection| (connection, service)))
    }
}

/// A place among the open connections, given back when dropped.
struct Place {
    doorkeeper: Doorkeeper,
    share: Option<IpAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.doorkeeper.with_open(|open| open.release(self.share));
        self.doorkeeper.metrics().connection_closed();
    }
}

/// A connection that was let in.
pub(crate) struct Connection {
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    _place: Place,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            connections: 5,
            connections_of_one_address: 2,
            ..Limits::default()
        }
    }

    fn admit(open: &mut Open, address: &str) -> Result<(), Refused> {
        let trusted = ["198.51.100.0/24".parse().unwrap()];
        open.admit(share_of(address.parse().unwrap(), &trusted), &limits())
    }

    #[test]
    fn one_address_gets_its_share_and_no_more() {
        let mut open = Open::default();
        for _ in 0..2 {
            admit(&mut open, "203.0.113.7").unwrap();
        }
        assert_eq!(
            admit(&mut open, "203.0.113.7"),
            Err(Refused::TooManyOfOneAddress)
        );
        assert_eq!(
            admit(&mut open, "::ffff:203.0.113.7"),
            Err(Refused::TooManyOfOneAddress),
            "the same address in other clothes"
        );
        admit(&mut open, "203.0.113.8").unwrap();
        open.release(share_of("203.0.113.7".parse().unwrap(), &[]));
        admit(&mut open, "203.0.113.7").unwrap();
    }

    #[test]
    fn all_addresses_of_a_household_share_in_ipv6() {
        let mut open = Open::default();
        admit(&mut open, "2001:db8:1:2::1").unwrap();
        admit(&mut open, "2001:db8:1:2:ffff::9").unwrap();
        assert_eq!(
            admit(&mut open, "2001:db8:1:2::3"),
            Err(Refused::TooManyOfOneAddress)
        );
        admit(&mut open, "2001:db8:1:3::1").unwrap();
    }

    #[test]
    fn a_balancer_has_no_share_but_the_cap_of_all() {
        let mut open = Open::default();
        for address in [
            "127.0.0.1",
            "127.0.0.1",
            "::1",
            "198.51.100.9",
            "198.51.100.9",
        ] {
            admit(&mut open, address).unwrap();
        }
        assert_eq!(admit(&mut open, "127.0.0.1"), Err(Refused::TooManyOfAll));
        for _ in 0..5 {
            open.release(None);
        }
        assert_eq!(open, Open::default(), "a place was kept");
    }
}

//! The network of one phone: a port of its own before the platform's, which can be switched off.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// How often the port is asked for again when the system has not let go of it.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// A way to the platform that can be cut. While it is off, connections are refused, and those that were
/// open have ended. While it stalls, as a weak signal does, they are open and nothing comes through.
#[derive(Debug)]
pub(crate) struct NetworkSwitch {
    address: SocketAddr,
    platform: SocketAddr,
    carrying: Mutex<Option<AbortHandle>>,
    stalled: watch::Sender<bool>,
}

impl NetworkSwitch {
    /// A network that is on, on a free port.
    pub(crate) async fn on(platform: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let switch = Self {
            address: listener.local_addr()?,
            platform,
            carrying: Mutex::new(None),
            stalled: watch::channel(false).0,
        };
        switch.carry(listener);
        Ok(switch)
    }

    /// Where the phone finds the platform.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it is on.
    pub(crate) fn is_on(&self) -> bool {
        self.carrying().is_some()
    }

    /// Switches it on or off.
    ///
    /// # Errors
    /// The port was taken by somebody else meanwhile.
    pub(crate) async fn switch(&self, on: bool) -> io::Result<()> {
        if !on {
            if let Some(carrying) = self.carrying().take() {
                carrying.abort();
            }
            return Ok(());
        }
        if self.is_on() {
            return Ok(());
        }
        let mut tries = 0;
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(_) if tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(BETWEEN_TRIES).await;
                }
                Err(error) => return Err(error),
            }
        };
        self.carry(listener);
        Ok(())
    }

    /// Lets nothing more through, or ends that; what was said meanwhile is lost.
    pub(crate) fn stall(&self, stalled: bool) {
        self.stalled.send_replace(stalled);
    }

    fn carry(&self, listener: TcpListener) {
        let task = tokio::spawn(carry(listener, self.platform, self.stalled.subscribe()));
        if let Some(before) = self.carrying().replace(task.abort_handle()) {
            before.abort();
        }
    }

    fn carrying(&self) -> MutexGuard<'_, Option<AbortHandle>> {
        self.carrying.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for NetworkSwitch {
    fn drop(&mut self) {
        if let Some(carrying) = self.carrying().take() {
            carrying.abort();
        }
    }
}

/// Carries connections until it is aborted; they end with it.
async fn carry(listener: TcpListener, platform: SocketAddr, stalled: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((phone, _)) = accepted else { continue };
                connections.spawn(connect(phone, platform, stalled.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Carries one connection until either side ends it. Once it has stalled it hangs, and ends with the stall.
async fn connect(mut phone: TcpStream, platform: SocketAddr, mut stalled: watch::Receiver<bool>) {
    let mut ending = stalled.clone();
    let carried = async {
        let mut server = TcpStream::connect(platform).await?;
        copy_bidirectional(&mut phone, &mut server).await
    };
    tokio::select! {
        biased;
        _ = stalled.wait_for(|stalled| *stalled) => {}
        // Either side may end at any time; that is what networks do.
        _carried = carried => return,
    }
    // An error says that the switch is gone, and its connections with it.
    let _ended = ending.wait_for(|stalled| !stalled).await;
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// A platform that says everything back.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    let _copied = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        });
        address
    }

    #[tokio::test]
    async fn switched_off_it_ends_what_is_open_and_refuses_what_comes_and_on_again_it_carries() {
        let network = NetworkSwitch::on(echo().await).await.unwrap();
        let mut open = TcpStream::connect(network.address()).await.unwrap();
        open.write_all(b"a").await.unwrap();
        assert_eq!(open.read_u8().await.unwrap(), b'a');

        network.switch(false).await.unwrap();
        assert!(!network.is_on());
        assert!(open.read_u8().await.is_err());
        let refused = TcpStream::connect(network.address()).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);

        network.switch(true).await.unwrap();
        let mut again = TcpStream::connect(network.address()).await.unwrap();
        again.write_all(b"b").await.unwrap();
        assert_eq!(again.read_u8().await.unwrap(), b'b');
    }

    #[tokio::test]
    async fn while_it_stalls_nothing_comes_through_and_connections_neither_fail_nor_answer() {
        let network = NetworkSwitch::on(echo().await).await.unwrap();
        network.stall(true);
        let mut open = TcpStream::connect(network.address()).await.unwrap();
        open.write_all(b"a").await.unwrap();
        let answer = tokio::time::timeout(Duration::from_millis(50), open.read_u8()).await;
        assert!(answer.is_err(), "{answer:?}");

        network.stall(false);
        assert!(open.read_u8().await.is_err());
        let mut again = TcpStream::connect(network.address()).await.unwrap();
        again.write_all(b"b").await.unwrap();
        assert_eq!(again.read_u8().await.unwrap(), b'b');
    }
}

//! A wire-tap between a phone and its platform: what really went over the wire, byte for byte.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// One request and its answer, heads included.
pub struct Exchange {
    /// What was asked: head and body.
    pub request: Vec<u8>,
    /// What was answered: head and body.
    pub response: Vec<u8>,
}

impl Exchange {
    /// The request line, such as `POST /v1/codes HTTP/1.1`.
    #[must_use]
    pub fn line(&self) -> String {
        let end = position(&self.request, b"\r\n").unwrap_or(0);
        String::from_utf8_lossy(&self.request[..end]).into_owned()
    }

    /// A header of the request.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        header(&self.request, name)
    }

    /// The bytes of both.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.request.len() + self.response.len()
    }
}

/// Both directions of one connection.
#[derive(Default)]
struct Wire {
    up: Vec<u8>,
    down: Vec<u8>,
}

type Wires = Arc<Mutex<Vec<Wire>>>;

/// Listens on an address of its own and passes everything on.
pub struct Tap {
    /// Where a phone finds it.
    pub url: String,
    wires: Wires,
}

impl Tap {
    /// Begins to listen on loopback, before a platform.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub fn before(platform: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let wires = Wires::default();
        let all = wires.clone();
        thread::spawn(move || {
            for phone in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(platform) else {
                    continue;
                };
                let mut list = all.lock().unwrap_or_else(PoisonError::into_inner);
                let number = list.len();
                list.push(Wire::default());
                drop(list);
                if let (Ok(phone_too), Ok(server_too)) = (phone.try_clone(), server.try_clone()) {
                    pass(phone, server, all.clone(), number, |wire| &mut wire.up);
                    pass(server_too, phone_too, all.clone(), number, |wire| {
                        &mut wire.down
                    });
                }
            }
        });
        Ok(Self { url, wires })
    }

    /// All bytes so far, both ways.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let wires = self.wires.lock().unwrap_or_else(PoisonError::into_inner);
        wires
            .iter()
            .map(|wire| wire.up.len() + wire.down.len())
            .sum()
    }

    /// Every exchange so far, connection by connection.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        let wires = self.wires.lock().unwrap_or_else(PoisonError::into_inner);
        wires
            .iter()
            .flat_map(|wire| {
                let pairs = messages(&wire.up).into_iter().zip(messages(&wire.down));
                pairs.map(|(request, response)| Exchange { request, response })
            })
            .collect()
    }
}

/// Writes down before it passes on: whoever has an answer finds it written down.
fn pass(
    mut from: TcpStream,
    mut to: TcpStream,
    wires: Wires,
    number: usize,
    side: fn(&mut Wire) -> &mut Vec<u8>,
) {
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let mut list = wires.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(wire) = list.get_mut(number) {
                side(wire).extend_from_slice(&buffer[..count]);
            }
            drop(list);
            if to.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
        // The other side is done when this one is; an error means that it knows already.
        let _closed = to.shutdown(std::net::Shutdown::Write);
    });
}

/// Whether a message has come whole.
#[must_use]
pub fn whole(message: &[u8]) -> bool {
    position(message, b"\r\n\r\n").is_some_and(|end| {
        let body = header(message, "content-length").and_then(|length| length.parse().ok());
        message.len() >= end + 4 + body.unwrap_or(0)
    })
}

/// The messages of one direction: each a head and as many bytes as it announces.
fn messages(mut stream: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let Some(end) = position(stream, b"\r\n\r\n") {
        let body = header(&stream[..end + 4], "content-length")
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        let (message, rest) = stream.split_at((end + 4 + body).min(stream.len()));
        found.push(message.to_vec());
        stream = rest;
    }
    found
}

fn header(message: &[u8], name: &str) -> Option<String> {
    let head = &message[..position(message, b"\r\n\r\n")?];
    String::from_utf8_lossy(head)
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
}

fn position(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

//! What stands between a phone and its platform, and misbehaves.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use liangma_wire::signed_request::{IDEMPOTENCY_HEADER, SIGNATURE_HEADER};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
    time::{Instant, sleep},
};

/// How an exchange goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It does not.
    None,
    /// The request is read, and nothing comes.
    Silence,
    /// The right answer, one byte a second from the first one on.
    Slow,
    /// The right head at once, and the body one byte a second.
    SlowBody,
    /// The right answer up to half of its body, and then nothing.
    Stall,
    /// The platform does its work, and its answer ends after so many bytes.
    Cut(usize),
    /// The same, but so many bytes before its end.
    CutBeforeEnd(usize),
    /// Other bytes, and the connection ends.
    Answer(Vec<u8>),
    /// Other bytes, and then these for ever, as fast as they are taken.
    Endless(Vec<u8>, &'static [u8]),
    /// These bytes for ever, ten times a second.
    Dripping(&'static [u8]),
}

/// A request that came by.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) at: Instant,
    /// What makes it one write, where it is one.
    pub(crate) key: Option<String>,
    /// It reached the platform.
    pub(crate) forwarded: bool,
}

struct State {
    fault: Fault,
    /// The fault is for this path alone.
    only: Option<&'static str>,
    seen: Vec<Seen>,
}

pub(crate) struct Proxy {
    pub(crate) url: String,
    address: SocketAddr,
    upstream: SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: Mutex<Option<JoinHandle<()>>>,
    /// Fills the queue of a listener that nobody accepts from.
    hole: Mutex<Option<(TcpListener, Vec<std::net::TcpStream>)>>,
}

impl Proxy {
    pub(crate) async fn before(platform: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = Self {
            url: format!("http://{address}"),
            address,
            upstream: platform.trim_start_matches("http://").parse().unwrap(),
            state: Arc::new(Mutex::new(State {
                fault: Fault::None,
                only: None,
                seen: Vec::new(),
            })),
            accepting: Mutex::new(None),
            hole: Mutex::new(None),
        };
        proxy.accept(listener);
        proxy
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn accept(&self, listener: TcpListener) {
        let (state, upstream) = (self.state.clone(), self.upstream);
        *self.accepting.lock().unwrap() = Some(tokio::spawn(async move {
            // Whoever is served goes when the listener goes.
            let mut served = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                served.spawn(serve(stream, upstream, state.clone()));
            }
        }));
    }

    /// From now on this goes wrong, everywhere.
    pub(crate) fn fail(&self, fault: Fault) {
        let mut state = self.state();
        state.fault = fault;
        state.only = None;
    }

    /// From now on this goes wrong, for one path.
    pub(crate) fn fail_for(&self, path: &'static str, fault: Fault) {
        let mut state = self.state();
        state.fault = fault;
        state.only = Some(path);
    }

    /// Nobody listens any more.
    pub(crate) async fn refuse(&self) {
        let accepting = self.accepting.lock().unwrap().take();
        if let Some(accepting) = accepting {
            accepting.abort();
            let _ = accepting.await;
        }
    }

    /// Packets are swallowed: the queue of a listener is full, so that the system drops what comes.
    pub(crate) async fn swallow(&self) {
        self.refuse().await;
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        let listener = socket.listen(0).unwrap();
        let filling = std::net::TcpStream::connect(self.address).unwrap();
        *self.hole.lock().unwrap() = Some((listener, vec![filling]));
    }

    /// Everything goes right again.
    pub(crate) async fn heal(&self) {
        self.fail(Fault::None);
        *self.hole.lock().unwrap() = None;
        if self.accepting.lock().unwrap().is_none() {
            self.accept(TcpListener::bind(self.address).await.unwrap());
        }
    }

    /// What came by since it was last asked.
    pub(crate) fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.state().seen)
    }
}

async fn serve(mut stream: TcpStream, upstream: SocketAddr, state: Arc<Mutex<State>>) {
    // What ends a connection is for the phone to find out.
    let _ = exchange(&mut stream, upstream, &state).await;
}

async fn exchange(
    stream: &mut TcpStream,
    upstream: SocketAddr,
    state: &Mutex<State>,
) -> std::io::Result<()> {
    while let Some(request) = read_message(stream).await? {
        let head = String::from_utf8_lossy(&request).into_owned();
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let fault = {
            let mut state = state.lock().unwrap();
            let fault = match state.only {
                Some(only) if only != path => Fault::None,
                _ => state.fault.clone(),
            };
            let forwarded = !matches!(
                fault,
                Fault::Silence | Fault::Answer(_) | Fault::Endless(..) | Fault::Dripping(_)
            );
            let is_signed = header(&head, SIGNATURE_HEADER).is_some();
            state.seen.push(Seen {
                path,
                at: Instant::now(),
                key: header(&head, IDEMPOTENCY_HEADER).filter(|_| is_signed),
                forwarded,
            });
            fault
        };
        match fault {
            Fault::None => stream.write_all(&ask(upstream, &request).await?).await?,
            Fault::Silence => std::future::pending().await,
            Fault::Slow => drip(stream, &ask(upstream, &request).await?).await?,
            Fault::SlowBody => {
                let answer = ask(upstream, &request).await?;
                let body = head_length(&answer).unwrap();
                stream.write_all(&answer[..body]).await?;
                drip(stream, &answer[body..]).await?;
            }
            Fault::Stall => {
                let answer = ask(upstream, &request).await?;
                let body = head_length(&answer).unwrap();
                let half = body + (answer.len() - body) / 2;
                stream.write_all(&answer[..half]).await?;
                std::future::pending().await
            }
            Fault::Cut(length) => {
                let answer = ask(upstream, &request).await?;
                let length = length.min(answer.len() - 1);
                return stream.write_all(&answer[..length]).await;
            }
            Fault::CutBeforeEnd(left) => {
                let answer = ask(upstream, &request).await?;
                let length = answer.len().saturating_sub(left);
                return stream.write_all(&answer[..length]).await;
            }
            Fault::Answer(bytes) => return stream.write_all(&bytes).await,
            Fault::Endless(head, bytes) => {
                stream.write_all(&head).await?;
                loop {
                    stream.write_all(bytes).await?;
                }
            }
            Fault::Dripping(bytes) => loop {
                stream.write_all(bytes).await?;
                sleep(Duration::from_millis(100)).await;
            },
        }
    }
    Ok(())
}

async fn drip(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

async fn ask(upstream: SocketAddr, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(upstream).await?;
    stream.write_all(request).await?;
    Ok(read_message(&mut stream).await?.unwrap_or_default())
}

/// One message, by its content length; `None` when the other side is done.
async fn read_message(stream: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut message = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        if let Some(head) = head_length(&message) {
            let text = String::from_utf8_lossy(&message[..head]).into_owned();
            let body = header(&text, "content-length").map_or(0, |length| length.parse().unwrap());
            if message.len() >= head + body {
                return Ok(Some(message));
            }
        }
        match stream.read(&mut buffer).await? {
            0 => return Ok(None),
            read => message.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Where the body begins.
fn head_length(message: &[u8]) -> Option<usize> {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(end + 4)
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
}

//! A client that costs little beside what it asks of the platform: one connection, one request at a time.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// The longest that an answer is waited for: longer than the platform takes for any.
const PATIENCE: Duration = Duration::from_secs(60);
/// The largest answer that is taken.
const ANSWER_MAX: usize = 1 << 20;

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header, by its name in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// One connection, opened anew when the platform closed it.
pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
    sent: Vec<u8>,
    read: Vec<u8>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
            sent: Vec::new(),
            read: Vec::with_capacity(8 * 1024),
        }
    }

    /// Sends a request and takes its answer whole.
    pub(crate) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let mut message = format!("{method} {path} HTTP/1.1\r\nhost: load\r\n");
        for (name, value) in headers {
            message += &format!("{name}: {value}\r\n");
        }
        message += &format!("content-length: {}\r\n\r\n", body.len());
        self.sent = [message.as_bytes(), body].concat();
        self.ask_again().await
    }

    /// Sends the last request once more, byte by byte the same.
    pub(crate) async fn ask_again(&mut self) -> io::Result<Answer> {
        let answered = tokio::time::timeout(PATIENCE, self.exchange()).await;
        let answer = answered.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let closes = answer
            .as_ref()
            .map_or(true, |answer| answer.header("connection") == Some("close"));
        if closes {
            self.stream = None;
        }
        answer
    }

    async fn exchange(&mut self) -> io::Result<Answer> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            none => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                none.insert(stream)
            }
        };
        stream.write_all(&self.sent).await?;
        self.read.clear();
        loop {
            if let Some(answer) = whole(&self.read)? {
                return Ok(answer);
            }
            if self.read.len() > ANSWER_MAX {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// The answer, when it is all there.
fn whole(read: &[u8]) -> io::Result<Option<Answer>> {
    let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    let mut answer = Answer {
        status: status.ok_or(io::ErrorKind::InvalidData)?,
        head,
        body: Vec::new(),
    };
    let length = answer.header("content-length").unwrap_or("0").parse();
    let length: usize = length.map_err(|_| io::ErrorKind::InvalidData)?;
    let body = &read[end + 4..];
    if body.len() < length {
        return Ok(None);
    }
    answer.body = body[..length].to_vec();
    Ok(Some(answer))
}

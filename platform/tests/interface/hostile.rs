//! Clients that mean harm, or sit behind a very bad line, on real sockets: none of them keeps anybody else
//! from being answered.

use std::{io::ErrorKind, net::SocketAddr, time::Duration};

use liangma_platform::{Limits, ServeHandle, serve};
use liangma_wire::{evidence::EVIDENCE_BATCHES_PATH, trust::CBOR_MEDIA_TYPE};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};

use crate::harness::World;

/// Long beside every patience below, and never waited for when all is well.
const AT_MOST: Duration = Duration::from_secs(30);
const SOON: Duration = Duration::from_millis(200);
const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";

struct Served {
    _world: World,
    address: SocketAddr,
    handle: ServeHandle,
    serving: Option<JoinHandle<()>>,
}

impl Served {
    async fn with(limits: Limits) -> Self {
        let world = World::with(|options| options.limits = limits).await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let handle = ServeHandle::new();
        let serving = serve(
            world.sandbox.platform.clone(),
            listener,
            None,
            handle.clone(),
        );
        let serving = tokio::spawn(async move { serving.await.unwrap() });
        Self {
            _world: world,
            address,
            handle,
            serving: Some(serving),
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Somebody else, who means no harm.
    async fn answers(&self) {
        let mut stream = self.connect().await;
        stream.write_all(HEALTH).await.unwrap();
        assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
    }

    async fn stop(mut self) {
        self.handle.shutdown(Duration::ZERO);
        self.serving.take().unwrap().await.unwrap();
    }
}

/// What has been answered until now, at least a head, or until the connection was closed.
async fn head(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut some = [0; 4096];
    let read = async {
        while !answer.windows(4).any(|four| four == b"\r\n\r\n") {
            match stream.read(&mut some).await {
                Ok(0) | Err(_) => break,
                Ok(count) => answer.extend_from_slice(&some[..count]),
            }
        }
    };
    timeout(AT_MOST, read).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Waits until the other side has closed, whatever it still says.
async fn until_closed(stream: &mut TcpStream) {
    let mut some = [0; 4096];
    let read = async { while matches!(stream.read(&mut some).await, Ok(1..)) {} };
    timeout(AT_MOST, read).await.expect("it was never closed");
}

#[tokio::test]
async fn a_head_that_comes_drop_by_drop_ends_its_connection_and_no_other() {
    let served = Served::with(Limits {
        head_patience: SOON,
        ..Limits::default()
    })
    .await;
    let mut slow = served.connect().await;
    let (mut from, mut to) = slow.split();
    let dripping = async {
        for byte in b"GET /healthz HTTP/1.1\r\nhost: a\r\nx: "
            .iter()
            .chain([b'a'; 100_000].iter())
        {
            if to.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let closed = async {
        let mut some = [0; 256];
        while matches!(from.read(&mut some).await, Ok(1..)) {}
    };
    served.answers().await;
    timeout(AT_MOST, async {
        tokio::select! { () = dripping => {} () = closed => {} }
    })
    .await
    .expect("it was never closed");
    served.answers().await;
    served.stop().await;
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_asked_is_closed() {
    let served = Served::with(Limits {
        head_patience: SOON,
        ..Limits::default()
    })
    .await;
    let mut silent = served.connect().await;
    let mut idle = served.connect().await;
    idle.write_all(HEALTH).await.unwrap();
    assert!(head(&mut idle).await.starts_with("HTTP/1.1 200"));
    until_closed(&mut silent).await;
    until_closed(&mut idle).await;
    served.stop().await;
}

#[tokio::test]
async fn a_body_that_comes_drop_by_drop_is_told_so_and_holds_no_place() {
    let served = Served::with(Limits {
        body_patience: SOON,
        // One place: a slow sender who held it would keep everybody out.
        verify_code_at_once: 1,
        queue: 1,
        ..Limits::default()
    })
    .await;
    let mut slow = served.connect().await;
    let head_of_it = b"POST /v1/codes/verify HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    slow.write_all(head_of_it).await.unwrap();
    let mut other = served.connect().await;
    other
        .write_all(b"POST /v1/codes/verify HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{\"text\":\"x\"}")
        .await
        .unwrap();
    assert!(head(&mut other).await.starts_with("HTTP/1.1 200"));
    let told = head(&mut slow).await;
    assert!(told.starts_with("HTTP/1.1 408"), "{told}");
    until_closed(&mut slow).await;
    served.stop().await;
}

/// A batch of nothing: all of it, or only its beginning.
fn batch(length: usize, sent: usize) -> Vec<u8> {
    let head = format!(
        "POST {EVIDENCE_BATCHES_PATH} HTTP/1.1\r\nhost: a\r\ncontent-type: {CBOR_MEDIA_TYPE}\r\n\
         content-length: {length}\r\n\r\n"
    );
    [head.into_bytes(), vec![0; sent]].concat()
}

#[tokio::test]
async fn large_batches_that_come_drop_by_drop_keep_no_small_one_out() {
    let served = Served::with(Limits {
        large_body_bytes: 100_000,
        body_patience: AT_MOST,
        ..Limits::default()
    })
    .await;
    let mut slow = served.connect().await;
    slow.write_all(&batch(100_000, 1)).await.unwrap();
    let answer = async |bytes: Vec<u8>| {
        let mut stream = served.connect().await;
        stream.write_all(&bytes).await.unwrap();
        head(&mut stream).await
    };
    // As soon as the slow one has the only place, another large one is sent away.
    let full = async {
        while !answer(batch(20_000, 20_000))
            .await
            .starts_with("HTTP/1.1 429")
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(AT_MOST, full).await.expect("it held no place");
    let small = answer(batch(100, 100)).await;
    assert!(small.starts_with("HTTP/1.1 400"), "{small}");
    served.stop().await;
}

#[tokio::test]
async fn a_huge_body_is_refused_unread_also_when_it_comes_in_pieces() {
    let served = Served::with(Limits::default()).await;
    let mut announced = served.connect().await;
    announced
        .write_all(b"POST /v1/codes/verify HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000000000000\r\n\r\n")
        .await
        .unwrap();
    assert!(head(&mut announced).await.starts_with("HTTP/1.1 413"));

    let mut pieces = served.connect().await;
    pieces
        .write_all(b"POST /v1/codes/verify HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
        .await
        .unwrap();
    let (mut from, mut to) = pieces.split();
    let mut taken = 0_usize;
    let sending = async {
        let piece = [&b"4000\r\n"[..], &[b' '; 0x4000], b"\r\n"].concat();
        while taken < 256 << 20 {
            match to.write(&piece).await {
                Ok(count) => taken += count,
                Err(_) => return,
            }
        }
        panic!("all of it was taken");
    };
    let answer = async {
        let mut answer = Vec::new();
        let mut some = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut some).await {
            answer.extend_from_slice(&some[..count]);
        }
        answer
    };
    let (answer, ()) = timeout(AT_MOST, async { tokio::join!(answer, sending) })
        .await
        .unwrap();
    // A reset may overtake the answer; what counts is that nobody read on.
    if !answer.is_empty() {
        assert!(answer.starts_with(b"HTTP/1.1 413"));
    }
    served.answers().await;
    served.stop().await;
}

#[tokio::test]
async fn a_head_that_is_too_large_or_has_too_many_lines_is_refused() {
    let served = Served::with(Limits::default()).await;
    let long = format!("x: {}\r\n", "a".repeat(64 * 1024));
    let many = "x: a\r\n".repeat(100);
    for lines in [long, many] {
        let mut stream = served.connect().await;
        let request = format!("GET /healthz HTTP/1.1\r\nhost: a\r\n{lines}\r\n");
        // It may be refused before it is whole.
        let _written = stream.write_all(request.as_bytes()).await;
        let answer = head(&mut stream).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
            "{answer}"
        );
    }
    served.stop().await;
}

#[tokio::test]
async fn connections_beyond_the_cap_are_closed_and_room_comes_back() {
    let served = Served::with(Limits {
        connections: 3,
        ..Limits::default()
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..3 {
        let mut stream = served.connect().await;
        stream.write_all(HEALTH).await.unwrap();
        assert!(head(&mut stream).await.starts_with("HTTP/1.1 200"));
        open.push(stream);
    }
    let mut beyond = served.connect().await;
    until_closed(&mut beyond).await;
    // Those that are open are answered as before.
    for stream in &mut open {
        stream.write_all(HEALTH).await.unwrap();
        assert!(head(stream).await.starts_with("HTTP/1.1 200"));
    }
    open.pop();
    let comes_back = async {
        loop {
            let mut stream = served.connect().await;
            let asked = stream.write_all(HEALTH).await;
            if asked.is_ok() && head(&mut stream).await.starts_with("HTTP/1.1 200") {
                return;
            }
        }
    };
    timeout(AT_MOST, comes_back)
        .await
        .expect("no room came back");
    served.stop().await;
}

#[tokio::test]
async fn whoever_asks_without_end_and_reads_nothing_is_cut_off() {
    let served = Served::with(Limits {
        answer_patience: SOON,
        ..Limits::default()
    })
    .await;
    let mut greedy = served.connect().await;
    let many = HEALTH.repeat(100);
    let asking = async {
        loop {
            match greedy.write_all(&many).await {
                Ok(()) => {}
                Err(error) => return error.kind(),
            }
        }
    };
    let ended = timeout(AT_MOST, asking)
        .await
        .expect("it was never cut off");
    assert!(matches!(
        ended,
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
    ));
    served.answers().await;
    served.stop().await;
}

#[tokio::test]
async fn requests_sent_in_one_go_are_answered_each_and_in_order() {
    let served = Served::with(Limits::default()).await;
    let mut stream = served.connect().await;
    let paths = ["/healthz", "/nowhere", "/v1/trust/timestamp", "/healthz"];
    let mut all = String::new();
    for path in paths {
        all += &format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
    }
    all += "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    stream.write_all(all.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(AT_MOST, stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    let text = String::from_utf8_lossy(&answer);
    let statuses: Vec<&str> = text
        .match_indices("HTTP/1.1 ")
        .map(|(at, _)| &text[at + 9..at + 12])
        .collect();
    assert_eq!(statuses, ["200", "404", "200", "200", "200"]);
    served.stop().await;
}

#[tokio::test]
async fn the_second_version_of_http_is_not_spoken() {
    let served = Served::with(Limits::default()).await;
    let mut stream = served.connect().await;
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    let mut answer = Vec::new();
    // A reset is as good a no as an answer.
    let _read = timeout(AT_MOST, stream.read_to_end(&mut answer))
        .await
        .unwrap();
    assert!(
        answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"),
        "{answer:?}"
    );
    served.answers().await;
    served.stop().await;
}

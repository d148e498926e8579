//! The real platform as a process of its own, and everything that it says.

pub(crate) mod phone;
pub(crate) mod search;

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use liangma_crypto::{SigningKey, Suite, SystemRandomness};

use crate::program::liangma;

/// Longer than anything takes that is waited for; a platform looks for new keys every half minute.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whatever is written into it, by any thread.
#[derive(Clone, Default)]
pub(crate) struct Heap(Arc<Mutex<Vec<u8>>>);

impl Heap {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    pub(crate) fn add(&self, text: impl AsRef<[u8]>) {
        let mut heap = self.0.lock().unwrap();
        heap.extend_from_slice(text.as_ref());
        heap.push(b'\n');
    }

    /// Keeps everything of a stream until it ends.
    fn follow(&self, stream: impl Read + Send + 'static) {
        let heap = self.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                heap.add(line);
            }
        });
    }
}

impl Write for Heap {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// `liangma serve`, saying all that it can say.
pub(crate) struct Served {
    pub(crate) child: Child,
    pub(crate) said: Heap,
    pub(crate) address: SocketAddr,
}

impl Served {
    pub(crate) fn start(folder: &Path) -> Self {
        let key = folder.join("counter.pub");
        let counter = SigningKey::generate(Suite::Ed25519, &SystemRandomness).unwrap();
        if !key.exists() {
            liangma_platform::keys::write_public_key(&key, counter.public_key()).unwrap();
        }
        // Core files are asked for, as a machine may be set up to do; they would be written here.
        let mut child = Command::new("sh")
            .args(["-c", "ulimit -c unlimited; exec \"$@\"", "sh"])
            .arg(liangma())
            .args(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.join("data"))
            .arg("--counter-key")
            .arg(key)
            .current_dir(folder)
            .env("LIANGMA_LOG", "trace")
            .env("LIANGMA_LOG_FORMAT", "json")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Heap::default();
        said.follow(child.stdout.take().unwrap());
        said.follow(child.stderr.take().unwrap());
        let address = wait_for(|| {
            let text = said.text();
            let from = text.find("serves http://")? + "serves http://".len();
            let end = text[from..].find([',', ' ', '\n'])?;
            text[from..from + end].parse().ok()
        });
        Self {
            child,
            said,
            address,
        }
    }

    /// The login code that was last sent to a person after `sent_before` such messages.
    pub(crate) fn login_code(&self, who: &str, sent_before: usize) -> String {
        let mark = format!("to {who}: login code ");
        wait_for(|| {
            let text = self.said.text();
            let code = text.split(&mark).nth(sent_before + 1)?;
            code.get(..6).map(str::to_owned)
        })
    }

    pub(crate) fn end_by(mut self, signal: &str) -> (std::process::ExitStatus, Vec<u8>) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
        let ended = self.child.wait().unwrap();
        (ended, self.said.bytes())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

pub(crate) fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "what was waited for did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

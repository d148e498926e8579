//! The machines of a region: a platform in this process, and a face provider in another.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use liangma_credential::TrustBundle;
use liangma_platform::sandbox::{Sandbox, SandboxOptions};
use liangma_platform::{ServeError, ServeHandle, serve};
use liangma_wire::trust::{ISSUERS_PATH, PROFILE_PATH, RECALL_PATH, TIMESTAMP_PATH};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::commands::provider::{ProviderProcess, browser};
use crate::failure::{Failure, OrFail as _};

/// How long open requests get when the platform stops.
const GRACE: Duration = Duration::from_secs(2);
/// No list is larger.
const LIST_LIMIT: usize = 16 * 1024 * 1024;
/// What to do when the machine does not let us.
const RETRY: &str = "make room in the temporary folder, and try again";

/// The machines of a region.
pub(crate) struct Region {
    provider: ProviderProcess,
    sandbox: Sandbox,
    root: Vec<u8>,
    address: SocketAddr,
    stopping: ServeHandle,
    serving: Mutex<Option<JoinHandle<Result<(), ServeError>>>>,
}

/// What a collector fetches for the day.
pub(crate) struct Lists {
    /// Issuers, region profile, and the time stamp over them.
    pub(crate) trust: TrustBundle,
    /// The recalled strips.
    pub(crate) recall: Vec<u8>,
}

impl Region {
    /// Starts the machines in a folder. The provider's page sends the person to `return_url` in the end.
    pub(crate) async fn start(folder: &Path, return_url: &str) -> Result<Self, Failure> {
        let provider = ProviderProcess::start(&folder.join("provider"), Some(return_url)).await?;
        let options = SandboxOptions::new(&folder.join("data"), &provider.url(), provider.key());
        let sandbox = Sandbox::open(options)
            .await
            .or_fail("the platform did not open", RETRY)?;
        let root = sandbox
            .platform
            .root_file()
            .await
            .or_fail("the platform has no root of trust", RETRY)?;
        let listener = TcpListener::bind("127.0.0.1:0").or_fail(
            "no port of this machine could be taken",
            "close other programs, and try again",
        )?;
        let address = listener
            .local_addr()
            .or_fail("the port is unknown", RETRY)?;
        let stopping = ServeHandle::new();
        let serving = tokio::spawn(serve(
            sandbox.platform.clone(),
            listener,
            None,
            stopping.clone(),
        ));
        Ok(Self {
            provider,
            sandbox,
            root,
            address,
            stopping,
            serving: Mutex::new(Some(serving)),
        })
    }

    /// The platform's address as a URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The platform's address.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The region profile in force.
    pub(crate) fn profile(&self) -> &str {
        self.sandbox.platform.profile_name()
    }

    /// The face provider.
    pub(crate) fn provider(&self) -> &ProviderProcess {
        &self.provider
    }

    /// The root of trust, as phones and checkers of this region are built with it.
    pub(crate) fn root(&self) -> &[u8] {
        &self.root
    }

    /// What only the maker of a sandbox sees: messages, and everybody with a duty.
    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Fetches what a collector needs, over HTTP, as anybody can.
    pub(crate) async fn fetch_lists(&self) -> Result<Lists, Failure> {
        let client = browser().or_fail("the collector has no HTTP client", RETRY)?;
        let mut files = Vec::with_capacity(3);
        for path in [TIMESTAMP_PATH, ISSUERS_PATH, PROFILE_PATH] {
            files.push(self.fetch(&client, path).await?);
        }
        let recall = self.fetch(&client, RECALL_PATH).await?;
        Ok(Lists {
            trust: TrustBundle { files },
            recall,
        })
    }

    async fn fetch(&self, client: &reqwest::Client, path: &str) -> Result<Vec<u8>, Failure> {
        let what = format_args!("the collector could not fetch {path}").to_string();
        let next = "this is a mistake in the program; please report it";
        let response = client
            .get(format!("{}{path}", self.url()))
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .or_fail(&what, next)?;
        let bytes = response.bytes().await.or_fail(&what, next)?;
        if bytes.len() > LIST_LIMIT {
            return Err(Failure::new(what, next));
        }
        Ok(bytes.to_vec())
    }

    /// Stops both machines and waits until they are gone.
    pub(crate) async fn stop(&self) -> Result<(), Failure> {
        let next = "this is a mistake in the program; please report it";
        self.stopping.shutdown(GRACE);
        if let Some(serving) = self.serving.lock().await.take() {
            serving
                .await
                .or_fail("the platform did not stop", next)?
                .or_fail("the platform failed", next)?;
        }
        self.provider.stop().await
    }
}

//! The region's machines for a tour: a platform in this process, and a face provider in another.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use liangma_credential::TrustBundle;
use liangma_platform::sandbox::{Sandbox, SandboxOptions, SandboxPerson, people, person};
use liangma_platform::{ServeError, ServeHandle, serve};
use liangma_terminal::LoginForm;
use liangma_wire::login::LoginChannel;
use liangma_wire::trust::{ISSUERS_PATH, PROFILE_PATH, RECALL_PATH, TIMESTAMP_PATH};
use tokio::task::JoinHandle;

use super::person::RETURN_URL;
use crate::commands::provider::{ProviderProcess, browser};
use crate::failure::{Failure, OrFail as _};

/// How long open requests get when the platform stops.
const GRACE: Duration = Duration::from_secs(2);
/// How long a message may take to arrive.
const MESSAGE_WAIT: Duration = Duration::from_secs(10);
/// No list is larger.
const LIST_LIMIT: usize = 16 * 1024 * 1024;
/// What to do when the machine does not let us.
const RETRY: &str = "make room in the temporary folder, and try again";

/// The machines of a region, and the person that the tour is about.
pub(crate) struct Region {
    person: &'static SandboxPerson,
    provider: ProviderProcess,
    sandbox: Sandbox,
    root: Vec<u8>,
    address: SocketAddr,
    stopping: ServeHandle,
    serving: JoinHandle<Result<(), ServeError>>,
}

/// What a collector fetches for the day.
pub(crate) struct Lists {
    /// Issuers, region profile, and the time stamp over them.
    pub(crate) trust: TrustBundle,
    /// The recalled strips.
    pub(crate) recall: Vec<u8>,
}

impl Region {
    /// Starts the machines in a folder, for the person that the command line names.
    pub(crate) async fn start(folder: &Path, who: &str) -> Result<Self, Failure> {
        let person = find(who)?;
        let provider = ProviderProcess::start(&folder.join("provider"), Some(RETURN_URL)).await?;
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
            person,
            provider,
            sandbox,
            root,
            address,
            stopping,
            serving,
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

    /// The invented person that the tour is about.
    pub(crate) fn person(&self) -> &'static SandboxPerson {
        self.person
    }

    /// What the person types to log in.
    pub(crate) fn login_form(&self) -> LoginForm {
        LoginForm {
            name: self.person.name.to_owned(),
            document_type: self.person.document_type,
            document_number: self.person.document_number.to_owned(),
            phone: self.person.phone.to_owned(),
            channel: LoginChannel::Sms,
        }
    }

    /// The login code that was sent to the person.
    pub(crate) async fn message(&self) -> Result<String, Failure> {
        let message = self
            .sandbox
            .tray
            .take(self.person.phone, MESSAGE_WAIT)
            .await;
        message.map(|message| message.code).ok_or_else(|| {
            Failure::new(
                "no message with a login code arrived",
                "this is a mistake in the program; please report it",
            )
        })
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
    pub(crate) async fn stop(self) -> Result<(), Failure> {
        let next = "this is a mistake in the program; please report it";
        self.stopping.shutdown(GRACE);
        self.serving
            .await
            .or_fail("the platform did not stop", next)?
            .or_fail("the platform failed", next)?;
        self.provider.stop().await
    }
}

/// The invented person whom the command line names, by a short name or by the name itself.
fn find(who: &str) -> Result<&'static SandboxPerson, Failure> {
    let named = || people().iter().find(|person| person.name == who);
    person(who).or_else(named).ok_or_else(|| {
        let known: Vec<String> = people()
            .iter()
            .map(|person| format!("{} ({})", person.key, person.about))
            .collect();
        Failure::unreadable(
            "there is no invented person of this name",
            format!("use one of these with --person: {}", known.join("; ")),
        )
    })
}

//! The role of the platform: real sockets, a real database, invented people.

use std::{net::TcpListener, sync::Arc, thread, time::Duration};

use data_encoding::HEXLOWER;
use liangma_crypto::SystemRandomness;
use liangma_platform::{
    FaceProviderConfig, HttpFaceProvider, Platform, Ports, ServeHandle, keys::read_public_key,
    sandbox::face_provider, serve,
};

use crate::{
    Outcome,
    line::{self, PlatformSetup, Said, say},
    people::{Everybody, ToTheJudge},
};

/// Serves until it is killed.
pub(crate) fn run(setup: &str) -> Outcome<()> {
    let setup: PlatformSetup = line::setup(setup)?;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?
        .block_on(work(setup))
}

async fn work(setup: PlatformSetup) -> Outcome<()> {
    let key = read_public_key(setup.provider_key.as_ref()).map_err(|error| error.to_string())?;
    let face = HttpFaceProvider::new(FaceProviderConfig {
        url: setup.provider.clone(),
        name: face_provider::NAME.to_owned(),
        public_key: key,
        patience: Duration::from_secs(10),
        sandbox: true,
    })
    .map_err(|error| error.to_string())?;
    let ports = Ports {
        register: Arc::new(Everybody),
        messages: Arc::new(ToTheJudge),
        face: Arc::new(face),
        clock: Arc::new(setup.clock),
        randomness: Arc::new(SystemRandomness),
    };
    let config = line::config(&setup.folder, &setup.principals)?;
    let platform = Platform::open(config, ports)
        .await
        .map_err(|error| format!("the platform does not open: {error}"))?;
    let root = platform
        .root_file()
        .await
        .map_err(|error| error.to_string())?;
    let listener = listen(setup.port)?;
    say(&Said::Serving {
        root: HEXLOWER.encode(&root),
    });
    serve(platform, listener, None, ServeHandle::new())
        .await
        .map_err(|error| error.to_string())
}

/// The port may be held for a moment by what was killed.
fn listen(port: u16) -> Outcome<TcpListener> {
    let mut last = String::new();
    for _ in 0..100 {
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error.to_string(),
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err(format!("the port cannot be listened on: {last}"))
}

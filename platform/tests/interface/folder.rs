//! The data folder: keys, backup, restore, and what a platform refuses to open.

use std::sync::Arc;

use async_trait::async_trait;
use liangma_platform::{
    BackupError, FaceProviderConfig, HttpFaceProvider, MasterKeySource, OpenError, Platform,
    PlatformConfig, Ports, ServeError, ServeHandle, backup,
    ports::{Claim, HandClock, Messages, PortError, Register},
    restore,
    sandbox::{Sandbox, SandboxError, SandboxOptions},
    serve,
};
use liangma_wire::{declaration::QUERY_PATH, login::LoginChannel};

use crate::harness::{Phone, World};

#[tokio::test]
async fn a_backup_is_restored_with_everybody_in_it() {
    let mut world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.sqlite");
    let data = world.options.data_dir.clone();
    backup(&data, &file).unwrap();
    assert!(matches!(backup(&data, &file), Err(BackupError::Exists(_))));
    assert!(matches!(restore(&file, &data), Err(BackupError::Exists(_))));

    let other = folder.path().join("data");
    restore(&file, &other).unwrap();
    // Keys are carried apart from the backup.
    for name in ["master.key", "keys", "sandbox"] {
        copy(&data.join(name), &other.join(name));
    }
    world.options.data_dir = other;
    world.restart().await;
    assert_eq!(phone.read(&world, QUERY_PATH).await.status, 200);
}

pub(crate) fn copy(from: &std::path::Path, to: &std::path::Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        std::fs::copy(from, to).unwrap();
    }
}

#[test]
fn a_damaged_or_foreign_file_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("file");
    assert!(matches!(
        restore(&file, &data),
        Err(BackupError::Missing(_))
    ));
    std::fs::write(&file, b"this is no database").unwrap();
    assert!(matches!(
        restore(&file, &data),
        Err(BackupError::Storage(_))
    ));
    std::fs::write(&file, b"").unwrap();
    assert!(matches!(
        restore(&file, &data),
        Err(BackupError::Storage(_))
    ));
    assert!(!data.join("platform.sqlite").exists());
}

#[tokio::test]
async fn nothing_in_the_data_folder_names_anybody() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    drop(phone);
    let mut searched = 0;
    let mut folders = vec![world.options.data_dir.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            searched += bytes.len();
            for secret in ["韦秀英", "330106198503126120", "13800000001", "sandbox-1"] {
                let found = bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes());
                assert!(!found, "{} holds {secret}", path.display());
            }
        }
    }
    assert!(searched > 100_000, "the database was searched");
}

struct Nobody {
    sandbox: bool,
}

#[async_trait]
impl Register for Nobody {
    async fn compare(&self, _: &Claim) -> Result<Option<Claim>, PortError> {
        Ok(None)
    }

    async fn compare_without_name(&self, _: &Claim) -> Result<Option<Claim>, PortError> {
        Ok(None)
    }
    fn is_sandbox(&self) -> bool {
        self.sandbox
    }
}

#[async_trait]
impl Messages for Nobody {
    async fn send_login_code(
        &self,
        _: &liangma_domain::phone::Phone,
        _: LoginChannel,
        _: &str,
    ) -> Result<(), PortError> {
        Ok(())
    }
    fn is_sandbox(&self) -> bool {
        false
    }
}

async fn open(
    folder: &std::path::Path,
    sandbox_register: bool,
    master_key: MasterKeySource,
) -> Result<Arc<Platform>, OpenError> {
    let key = *crate::harness::device_key().public_key();
    let face = HttpFaceProvider::new(FaceProviderConfig {
        url: "https://faces.example".to_owned(),
        name: "faces".to_owned(),
        public_key: key,
        patience: liangma_platform::PATIENCE,
        sandbox: false,
    })
    .unwrap();
    let ports = Ports::new(
        Arc::new(Nobody {
            sandbox: sandbox_register,
        }),
        Arc::new(Nobody { sandbox: false }),
        Arc::new(face),
    );
    let config = PlatformConfig {
        data_dir: folder.join("data"),
        profile: "guangxi-2022".to_owned(),
        name: "gx".to_owned(),
        sandbox: false,
        emergency: false,
        strips_per_device: None,
        limits: liangma_platform::Limits::default(),
        master_key,
        trusted_proxies: Vec::new(),
        principals: Vec::new(),
    };
    Platform::open(config, ports).await
}

#[tokio::test]
async fn outside_a_sandbox_no_sandbox_port_and_no_key_beside_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("master");
    std::fs::write(&key, "ab".repeat(32)).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::PermissionsExt::set_mode(&mut key.metadata().unwrap().permissions(), 0o600);
    let refused = open(folder.path(), true, MasterKeySource::File(key.clone())).await;
    assert!(matches!(
        refused,
        Err(OpenError::SandboxPort("the register"))
    ));
    let refused = open(folder.path(), false, MasterKeySource::DataFolder).await;
    assert!(matches!(refused, Err(OpenError::MasterKeyMissing)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let platform = open(folder.path(), false, MasterKeySource::File(key))
        .await
        .unwrap();
    assert!(!platform.is_sandbox());
}

#[tokio::test]
async fn plain_http_is_served_on_loopback_alone() {
    let world = World::new().await;
    let listener = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let served = serve(
        world.sandbox.platform.clone(),
        listener,
        None,
        ServeHandle::new(),
    )
    .await;
    assert!(matches!(served, Err(ServeError::PlainHttp)));
}

#[tokio::test]
async fn a_server_answers_over_a_socket_and_ends_gracefully() {
    let world = World::new().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/healthz", listener.local_addr().unwrap());
    let handle = ServeHandle::new();
    let serving = tokio::spawn(serve(
        world.sandbox.platform.clone(),
        listener,
        None,
        handle.clone(),
    ));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(client.get(url).send().await.unwrap().status(), 200);
    handle.shutdown(std::time::Duration::from_secs(1));
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_network_of_balancers_that_is_everybody_is_refused_with_words() {
    let world = World::new().await;
    let open = async |network: &str| {
        let folder = tempfile::tempdir().unwrap();
        let options = SandboxOptions {
            data_dir: folder.path().join("data"),
            trusted_proxies: vec![network.parse().unwrap()],
            ..world.options.clone()
        };
        Sandbox::open(options).await.map(|_| ())
    };
    for wide in ["0.0.0.0/0", "::/0", "10.0.0.0/7", "fc00::/6"] {
        let Err(SandboxError::Open(refused)) = open(wide).await else {
            panic!("{wide} was taken");
        };
        let words = refused.to_string();
        assert!(
            words.contains(wide) && words.contains("narrowly"),
            "{words}"
        );
    }
    for private in ["10.0.0.0/8", "fc00::/7", "192.0.2.7/32"] {
        assert!(open(private).await.is_ok(), "{private}");
    }
}

#[tokio::test]
async fn rules_are_not_in_force_before_they_say_so() {
    let world = World::new().await;
    let open = async |at: &str| {
        let folder = tempfile::tempdir().unwrap();
        let options = SandboxOptions {
            data_dir: folder.path().join("data"),
            profile: "shanxi-2022".to_owned(),
            clock: Arc::new(HandClock::new(at.parse().unwrap())),
            ..world.options.clone()
        };
        Sandbox::open(options).await.map(|_| ())
    };
    let early = open("2022-10-12T23:59:59+08:00").await;
    assert!(matches!(
        early,
        Err(SandboxError::Open(OpenError::RulesNotYet(_)))
    ));
    assert!(open("2022-10-13T00:00:00+08:00").await.is_ok());
}

#[tokio::test]
async fn every_profile_opens_as_a_sandbox_and_every_issuer_says_so() {
    let world = World::new().await;
    // By then every region's rules are in force.
    let then = Arc::new(HandClock::new("2022-12-01T00:00:00Z".parse().unwrap()));
    for profile in liangma_domain::profile::built_in_profile_names() {
        let folder = tempfile::tempdir().unwrap();
        let options = SandboxOptions {
            data_dir: folder.path().join("data"),
            profile: profile.to_owned(),
            clock: then.clone(),
            ..world.options.clone()
        };
        let sandbox = Sandbox::open(options).await.unwrap();
        assert_eq!(sandbox.platform.profile_name(), profile);
    }
    let issuers = world.checker().await.issuers().to_vec();
    assert!(issuers.iter().all(|issuer| issuer.sandbox));
    assert_eq!(issuers.iter().filter(|issuer| issuer.standby).count(), 1);
}

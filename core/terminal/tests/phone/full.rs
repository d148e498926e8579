//! A phone without room: on a real file system of its own.

use std::{io::Write as _, process::Command};

use liangma_terminal::{ShowError, show_code};

use crate::World;

#[tokio::test]
#[ignore = "mounts a small file system, which needs root"]
async fn a_full_phone_shows_its_code_and_still_refreshes() {
    let world = World::new().await;
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=1m", "liangma-full-phone"])
        .arg(world.path())
        .status()
        .unwrap();
    assert!(mounted.success());
    let outcome = refresh_when_full(&world).await;
    let unmounted = Command::new("umount")
        .arg("-l")
        .arg(world.path())
        .status()
        .unwrap();
    assert!(unmounted.success());
    assert_eq!(outcome, Ok(19));
}

async fn refresh_when_full(world: &World) -> Result<u32, String> {
    let terminal = world.ready().await;
    let fill = world.path().join("somebody-elses-pictures");
    let mut file = std::fs::File::create(fill).unwrap();
    while file.write_all(&[7; 512]).is_ok() {}
    world.pass(19 * 3600);
    let shown = || -> Result<_, ShowError> {
        show_code(
            world.path(),
            world.keys.as_ref(),
            world.clocks.as_ref(),
            world.clocks.as_ref(),
        )
    };
    shown().map_err(|error| format!("show: {error:?}"))?;
    let refreshed = terminal
        .refresh()
        .await
        .map_err(|error| format!("refresh: {error:?}"))?;
    if world.path().join("reserve").exists() {
        return Err("the phone was not full: the reserve was not needed".to_owned());
    }
    drop(terminal);
    shown().map_err(|error| format!("show again: {error:?}"))?;
    let terminal = world
        .try_open()
        .await
        .map_err(|error| format!("open: {error:?}"))?;
    terminal
        .show()
        .map_err(|error| format!("show at last: {error:?}"))?;
    Ok(refreshed.hours_added)
}

use std::{
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use super::{
    Ground, free_port,
    hall::Moment,
    keys::{Changes, change_of_the_trial},
    text, words,
};
use crate::{
    Outcome,
    chance::Chance,
    database::{self, audit_faults, copy, look, unsound},
    line::{PhoneSetup, PlatformSetup, Said},
    process::Process,
};

/// Longer than anything takes to start, also on a machine that does much else.
pub(super) const START_MAX: Duration = Duration::from_secs(30);
/// How long is waited for answers, and for a busy moment.
const ANSWERS_WAIT: Duration = Duration::from_secs(7);
const MOMENT_WAIT: Duration = Duration::from_millis(2500);
/// How many acts one run of a phone can do.
const ACTS: u32 = 10_000;
/// Every so many kills of the platform, everything in its database is compared with everything else.
const AUDIT_EVERY: u32 = 8;
/// In so many of a hundred restarts the platform of the phones gets a new key.
const CHANGES_UNDER_PHONES: u64 = 20;
/// What a child said just before its end is heard by then.
const HEARD_BY: Duration = Duration::from_millis(400);
/// The name of the master key's file beside a sandbox's database.
pub(super) const MASTER_KEY: &str = "master.key";

/// When a kill comes.
enum Aim {
    /// So long after the start: into the opening.
    AfterStart(Duration),
    /// After so many answers that people relied on: also a slow machine gets somewhere between two kills.
    AfterAnswers(u64),
    /// So long after somebody announced that something is about to be done.
    Into(Moment, Duration),
}

fn aim_at_phone(chance: &mut Chance) -> Aim {
    let moments = [
        Moment::Asked,
        Moment::Asked,
        Moment::LoggingIn,
        Moment::Refreshing,
        Moment::Refreshing,
        Moment::Rewrapping,
        Moment::Drafting,
        Moment::Erasing,
    ];
    match chance.below(10) {
        0..2 => Aim::AfterStart(chance.millis(0, 150)),
        2..6 => Aim::AfterAnswers(1 + chance.below(120)),
        _ => {
            let which = usize::try_from(chance.below(moments.len() as u64)).unwrap_or_default();
            Aim::Into(moments[which], chance.millis(0, 40))
        }
    }
}

fn aim_at_platform(chance: &mut Chance) -> Aim {
    let moments = [Moment::Asked, Moment::LoggingIn, Moment::Refreshing];
    match chance.below(10) {
        0..2 => Aim::AfterStart(chance.millis(0, 250)),
        2..7 => Aim::AfterAnswers(1 + chance.below(50)),
        _ => {
            let which = usize::try_from(chance.below(moments.len() as u64)).unwrap_or_default();
            Aim::Into(moments[which], chance.millis(0, 40))
        }
    }
}

/// Starts a platform in a folder; says in a channel when it serves.
pub(super) fn start_platform(
    ground: &Arc<Ground>,
    setup: &PlatformSetup,
    of_the_trial: bool,
) -> Outcome<(Process, mpsc::Receiver<Duration>)> {
    let (serving, serves) = mpsc::channel();
    let began = Instant::now();
    let hall = ground.hall.clone();
    let process = Process::start("platform", setup, &ground.errors(), move |said| {
        if matches!(said, Said::Serving { .. }) {
            // Nobody may listen any more.
            let _heard = serving.send(began.elapsed());
        }
        match said {
            Said::Fault { what } => hall.fault(format!("platform: {what}")),
            said if of_the_trial => hall.hear_platform(said),
            _ => {}
        }
        None
    })?;
    Ok((process, serves))
}

/// Kills the platform again and again, starts it again, and has what is left compared with the book.
pub(super) fn kill_platform(ground: &Arc<Ground>) -> Outcome<()> {
    let (to_checker, copies) = mpsc::channel::<Copy>();
    let checker = {
        let ground = ground.clone();
        thread::spawn(move || check_copies(&ground, &copies))
    };
    let mut chance = Chance::new(ground.seed, 2000);
    let changes = Changes::begin(ground);
    let folder = Path::new(&ground.platform.folder);
    let mut number = 0;
    let mut has_served = false;
    let mut changing = false;
    loop {
        let (mut process, serves) = start_platform(ground, &ground.platform, true)?;
        let aim = match changing {
            // The first look for new keys comes with the start.
            true => Aim::AfterStart(chance.millis(60, 300)),
            false => aim_at_platform(&mut chance),
        };
        let both = wait_for(ground, &aim, &process, true);
        if let Some(end) = process.ended() {
            ground.hall.fault(format!("platform: {end}"));
        }
        // The kill of a phone together with its platform is one.
        if both == 0 && !ground.hall.take_kill() {
            serves
                .recv_timeout(START_MAX)
                .map_err(|_| "the platform does not serve")?;
            drop(to_checker);
            changes.end()?;
            checker.join().map_err(|_| "the checker panicked")?;
            return super::last::finish_phones(ground, process);
        }
        let moment = ground.hall.with_book(|book| book.now());
        if let Some(end) = process.kill() {
            ground.hall.fault(format!("platform: {end}"));
        }
        let served = serves.try_recv().ok();
        has_served |= served.is_some();
        ground.hall.count(|counts| {
            counts.platform += u32::from(both == 0);
            counts.both += both;
            counts.under_phones += u32::from(changing);
            counts.restarts += 1;
            counts.longest_platform = counts.longest_platform.max(served.unwrap_or_default());
        });
        number += 1;
        let to = ground.at(&format!("copy-{number}"));
        if copy(folder, database::PLATFORM, &to)? {
            let audited = number % AUDIT_EVERY == 0;
            std::fs::copy(folder.join(MASTER_KEY), to.join(MASTER_KEY)).map_err(words)?;
            let taken = Instant::now();
            let copy = Copy {
                number,
                moment,
                taken,
                audited,
                has_served,
            };
            if has_served && chance.percent(ground.changes) {
                changes.offer(ground, &copy, folder)?;
            }
            to_checker.send(copy).map_err(|_| "the checker is gone")?;
        }
        changing = has_served
            && chance.percent(CHANGES_UNDER_PHONES)
            && change_of_the_trial(ground, &mut chance)?;
        if chance.percent(6) && ground.hall.take_kill() {
            kill_first_start(ground, &mut chance, number)?;
        }
    }
}

/// A database as a kill left it.
#[derive(Clone)]
pub(super) struct Copy {
    pub(super) number: u32,
    /// The moment of the book before the kill.
    moment: u64,
    taken: Instant,
    audited: bool,
    /// The platform has served before: every table is there.
    has_served: bool,
}

fn check_copies(ground: &Ground, copies: &mpsc::Receiver<Copy>) {
    while let Ok(copy) = copies.recv() {
        thread::sleep(HEARD_BY.saturating_sub(copy.taken.elapsed()));
        let folder = ground.at(&format!("copy-{}", copy.number));
        match check_copy(ground, &copy, &folder) {
            Ok(faults) if faults.is_empty() => {
                // Kept only while it has something to tell.
                let _removed = std::fs::remove_dir_all(folder);
            }
            Ok(faults) => {
                for fault in faults {
                    let number = copy.number;
                    ground
                        .hall
                        .fault(format!("platform after kill {number}: {fault}"));
                }
            }
            Err(error) => ground.hall.fault(format!("platform: {error}")),
        }
    }
}

fn check_copy(ground: &Ground, copy: &Copy, folder: &Path) -> Outcome<Vec<String>> {
    let file = folder.join(database::PLATFORM);
    let mut faults: Vec<String> = unsound(&file)?.into_iter().map(str::to_owned).collect();
    if copy.has_served {
        faults.extend(compare_copy(ground, copy, folder)?);
    }
    if copy.audited && copy.has_served {
        faults.extend(audit_faults(folder, &ground.platform.principals)?);
    }
    ground.hall.count(|counts| {
        counts.databases += 1;
        counts.audits += u32::from(copy.audited);
    });
    Ok(faults)
}

/// Compares a database with what the book had at the moment of the copy.
pub(super) fn compare_copy(ground: &Ground, copy: &Copy, folder: &Path) -> Outcome<Vec<String>> {
    let there = look(&folder.join(database::PLATFORM))?;
    let compare = |book: &mut crate::book::Book| book.compare(&there, copy.moment);
    Ok(ground.hall.with_book(compare))
}

/// Kills the very first start of a platform, when keys and tables are being made, until one goes through.
fn kill_first_start(ground: &Arc<Ground>, chance: &mut Chance, number: u32) -> Outcome<()> {
    let folder = ground.at(&format!("first-{number}"));
    let setup = PlatformSetup {
        folder: text(&folder)?,
        port: free_port(100)?,
        ..ground.platform.clone()
    };
    let (mut process, _) = start_platform(ground, &setup, false)?;
    loop {
        thread::sleep(
            chance
                .millis(0, 300)
                .saturating_sub(process.began.elapsed()),
        );
        process.kill();
        ground.hall.count(|counts| {
            counts.first_start += 1;
            counts.restarts += 1;
        });
        let serves;
        (process, serves) = start_platform(ground, &setup, false)?;
        if chance.percent(50) && ground.hall.take_kill() {
            continue;
        }
        if serves.recv_timeout(START_MAX).is_err() {
            ground
                .hall
                .fault("platform: it does not start after its first start was killed".to_owned());
            return Ok(());
        }
        process.kill();
        for fault in audit_faults(&folder, &setup.principals)? {
            ground
                .hall
                .fault(format!("platform after its first start: {fault}"));
        }
        return std::fs::remove_dir_all(folder).map_err(words);
    }
}

/// Waits for the moment of a kill. For the platform: how many phones are killed in the same moment.
fn wait_for(ground: &Ground, aim: &Aim, process: &Process, is_platform: bool) -> u32 {
    let wait = |time: Duration| {
        if is_platform {
            return ground.hall.await_killing_both(time);
        }
        thread::sleep(time);
        0
    };
    match aim {
        Aim::AfterStart(time) => wait(time.saturating_sub(process.began.elapsed())),
        Aim::AfterAnswers(answers) => {
            ground.hall.await_answers(*answers, ANSWERS_WAIT);
            wait(Duration::ZERO)
        }
        Aim::Into(moment, time) => {
            ground.hall.await_moment(*moment, MOMENT_WAIT);
            wait(*time)
        }
    }
}

/// How a phone is started for its next run.
pub(super) fn phone_setup(
    ground: &Ground,
    phone: usize,
    run: u32,
    finish: bool,
) -> Outcome<PhoneSetup> {
    let root = ground
        .hall
        .root(START_MAX)
        .ok_or("the platform never served")?;
    let phone_number = u32::try_from(phone).map_err(words)?;
    let runs = u32::try_from(super::PHONES).map_err(words)?;
    Ok(PhoneSetup {
        folder: text(&ground.at(&format!("phone-{phone}")))?,
        url: ground.url.clone(),
        root,
        clock: ground.clock,
        seed: ground.seed,
        first_act: (run * runs + phone_number + 1) * ACTS,
        finish,
    })
}

/// Starts a phone; says in a channel when it is open.
pub(super) fn start_phone(
    ground: &Arc<Ground>,
    phone: usize,
    setup: &PhoneSetup,
) -> Outcome<(Process, mpsc::Receiver<Duration>)> {
    let (opened, opens) = mpsc::channel();
    let began = Instant::now();
    let hall = ground.hall.clone();
    let process = Process::start("phone", setup, &ground.errors(), move |said| {
        if matches!(said, Said::Opened(_)) {
            let _heard = opened.send(began.elapsed());
        }
        hall.hear_phone(phone, &said)
    })?;
    Ok((process, opens))
}

/// Kills a phone again and again, starts it again, and looks at its database.
pub(super) fn kill_phone(ground: &Arc<Ground>, phone: usize) -> Outcome<()> {
    let mut chance = Chance::new(ground.seed, 3000 + phone as u64);
    for run in 0.. {
        let setup = phone_setup(ground, phone, run, false)?;
        let (mut process, opens) = start_phone(ground, phone, &setup)?;
        wait_for(ground, &aim_at_phone(&mut chance), &process, false);
        if let Some(end) = process.ended() {
            ground.hall.fault(format!("phone {phone}: {end}"));
        }
        if !ground.hall.take_kill() {
            process.kill();
            break;
        }
        let both = chance.percent(8);
        if both {
            ground.hall.kill_platform_too();
        }
        if let Some(end) = process.kill() {
            ground.hall.fault(format!("phone {phone}: {end}"));
        }
        let took = opens.try_iter().next();
        ground.hall.count(|counts| {
            // The platform's side counts what was killed together.
            counts.phone += u32::from(!both);
            counts.restarts += 1;
            counts.longest_phone = counts.longest_phone.max(took.unwrap_or_default());
        });
        check_phone(ground, phone)?;
    }
    ground.hall.phone_is_gone();
    Ok(())
}

fn check_phone(ground: &Ground, phone: usize) -> Outcome<()> {
    let store = ground.at(&format!("phone-{phone}")).join("store");
    let copied = ground.at(&format!("phone-copy-{phone}"));
    if copy(&store, database::PHONE, &copied)? {
        if let Some(fault) = unsound(&copied.join(database::PHONE))? {
            ground.hall.fault(format!("phone {phone}: {fault}"));
        }
        ground.hall.count(|counts| counts.databases += 1);
    }
    Ok(())
}

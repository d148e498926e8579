//! The steps of the tour, one after the other. A step that does not do what it should ends it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use liangma_crypto::SystemRandomness;
use liangma_platform::sandbox::SandboxPerson;
use liangma_terminal::desktop::SystemClocks;
use liangma_terminal::outbox::Sent;
use liangma_terminal::{FaceCheckOutcome, PlatformAddress, Ports, Terminal, TerminalConfig};
use liangma_wire::consent::Purpose;
use liangma_wire::declaration::{HealthDeclaration, Symptom};
use tempfile::TempDir;

use crate::arguments::TourArguments;
use crate::commands::check::built_in_words;
use crate::failure::{Failure, OrFail as _};
use crate::output::{self, Tone, Working};
use crate::phone::PhoneFolder;
use crate::region::Region;
use crate::words;

use super::files::OutFolder;
use super::gate::Gate;
use super::narrator::Narrator;
use super::person::{PersonWithBrowser, RETURN_URL, find, login_form};
use super::showing::{check_at_gate, light, show_copy, show_forgery};

/// What to do when the program breaks its own promise.
pub(super) const REPORT: &str =
    "this is a mistake in the program; please report it with transcript.json";
/// The version of the consent texts that the tour shows.
const CONSENT_VERSION: u32 = 1;
/// How long a message may take to arrive.
const MESSAGE_WAIT: Duration = Duration::from_secs(10);

/// What was lit.
pub(crate) struct Lit {
    /// When.
    at: Timestamp,
    /// Whether the place lets its holder in.
    admitted: bool,
}

/// Lives the whole life of one code.
pub(crate) async fn live(
    arguments: &TourArguments,
    out: &OutFolder,
    narrator: &mut Narrator,
) -> Result<Lit, Failure> {
    let scratch = TempDir::new().or_fail(
        "no temporary folder could be made",
        "make room in the temporary folder, or name another one in TMPDIR",
    )?;
    let phone_folder = phone_folder(arguments, &scratch)?;

    let person = find(&arguments.person)?;
    let region = start_region(person, &scratch, narrator).await?;
    let terminal = unpack_phone(&phone_folder, &region, narrator).await?;
    log_in(&terminal, &region, person, narrator).await?;
    consent(&terminal, narrator).await?;
    apply(&terminal, narrator).await?;
    check_face(&terminal, narrator).await?;
    declare(&terminal, person, narrator).await?;
    make_code(&terminal, narrator).await?;
    let gate = prepare_gate(&region, out, narrator).await?;
    terminal
        .settle()
        .await
        .or_fail("the phone could not settle", REPORT)?;
    drop(terminal);
    unplug(region, narrator).await?;
    let shown = light(&phone_folder, out, arguments, narrator)?;
    let admitted = check_at_gate(&gate, out, &shown, narrator)?;
    show_copy(&gate, out, &shown, narrator)?;
    show_forgery(&gate, &shown, narrator)?;
    Ok(Lit {
        at: shown.now,
        admitted,
    })
}

fn phone_folder(arguments: &TourArguments, scratch: &TempDir) -> Result<PhoneFolder, Failure> {
    let Some(keep) = &arguments.keep_phone else {
        return Ok(PhoneFolder::at(&scratch.path().join("phone")));
    };
    let is_empty = match std::fs::read_dir(keep) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => {
            return Err(Failure::new(
                format!("{} cannot be used as the phone's folder", keep.display()),
                "name a folder that does not exist yet",
            )
            .because(&error));
        }
    };
    if is_empty {
        Ok(PhoneFolder::at(keep))
    } else {
        Err(Failure::new(
            format!("the phone's folder {} is not empty", keep.display()),
            "name a folder that does not exist yet: a phone's store is never overwritten",
        ))
    }
}

async fn start_region(
    person: &SandboxPerson,
    scratch: &TempDir,
    narrator: &mut Narrator,
) -> Result<Region, Failure> {
    narrator.step("A region begins");
    let working = Working::on("starting the platform and the face provider");
    let region = Region::start(&scratch.path().join("platform"), RETURN_URL).await?;
    drop(working);
    narrator.say("The platform runs, with its database in a temporary folder.");
    narrator.fact("platform", region.url());
    narrator.fact("profile", region.profile());
    narrator.say(
        "The face provider is another process with a key of its own. It compares no faces; no face ever reaches the platform.",
    );
    let provider = region.provider();
    narrator.fact(
        "provider",
        format_args!("{}, process {}", provider.url(), provider.process()),
    );
    narrator.say("Departments have signed and sent in what they know. Of the person of this tour:");
    narrator.fact("on record", person.about);
    Ok(region)
}

async fn unpack_phone(
    folder: &PhoneFolder,
    region: &Region,
    narrator: &mut Narrator,
) -> Result<Terminal, Failure> {
    narrator.step("A phone is unpacked");
    let browser =
        PersonWithBrowser::new().or_fail("the person's browser could not start", REPORT)?;
    let config = TerminalConfig {
        folder: folder.store(),
        platform: PlatformAddress::loopback(region.url()),
        root: region.root().to_vec(),
    };
    let ports = Ports {
        keys: Arc::new(folder.keys()?),
        face: Arc::new(browser),
        wall: Arc::new(SystemClocks),
        monotonic: Arc::new(SystemClocks),
        randomness: Arc::new(SystemRandomness),
    };
    let terminal = Terminal::open(config, ports)
        .await
        .or_fail("the phone could not open its store", REPORT)?;
    narrator
        .say("It makes a sealed store, and knows the root of trust that it was installed with.");
    narrator.explain(
        "Its keys are in a file here, which is insecure; on a phone they never leave the hardware.",
    );
    Ok(terminal)
}

async fn log_in(
    terminal: &Terminal,
    region: &Region,
    person: &SandboxPerson,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.step("Log in under the real name (实名登录)");
    let sent = terminal
        .login_start(login_form(person))
        .await
        .or_fail("the login could not begin", REPORT)?;
    narrator.say("The person types name, identity document and phone number.");
    narrator.say("The platform answers: if these agree, a message was sent. It says the same when they do not.");
    let code = message_to(region, person).await?;
    narrator.say(format_args!(
        "The message tray of the sandbox holds a code of {} digits; it is typed in.",
        sent.code_digits
    ));
    let person = terminal
        .login_complete(&code)
        .await
        .or_fail("the login was not completed", REPORT)?;
    narrator.outcome(
        Tone::Good,
        "Logged in, with a device key that only this phone holds.",
    );
    narrator.fact("name", &person.name);
    narrator.fact("document", &person.document);
    narrator.fact("phone", &person.phone);
    Ok(())
}

/// The login code that was sent to the person.
async fn message_to(region: &Region, person: &SandboxPerson) -> Result<String, Failure> {
    let message = region.sandbox().tray.take(person.phone, MESSAGE_WAIT).await;
    message.map(|message| message.code).ok_or_else(|| {
        Failure::new(
            "no message with a login code arrived",
            "this is a mistake in the program; please report it",
        )
    })
}

async fn consent(terminal: &Terminal, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.step("Consent, one purpose at a time");
    for purpose in [
        Purpose::HealthCode,
        Purpose::FaceCheck,
        Purpose::HealthDeclaration,
    ] {
        let sent = terminal
            .record_consent(purpose, CONSENT_VERSION, "zh-CN", true)
            .await
            .or_fail("a consent could not be recorded", REPORT)?;
        expect_sent(&sent, "a consent was not taken by the platform")?;
        let words = match purpose {
            Purpose::HealthCode => "to hold and show a health code",
            Purpose::FaceCheck => "to compare the face once, at the provider",
            Purpose::HealthDeclaration => "to declare one's health",
            Purpose::TripDeclaration => "to declare a trip",
        };
        narrator.outcome(
            Tone::Good,
            format_args!("agreed: {words} (text version {CONSENT_VERSION})"),
        );
    }
    narrator.explain("Not asked: declaring a trip. There is none. Each consent can be withdrawn.");
    Ok(())
}

async fn apply(terminal: &Terminal, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.step("Apply for a health code");
    terminal
        .apply()
        .await
        .or_fail("the application failed", REPORT)?;
    narrator.say("Applied. It completes once the person holding the phone was verified.");
    narrator.explain("By face, or at a counter with the identity card: a face is never the only way (不刷脸也能办).");
    Ok(())
}

async fn check_face(terminal: &Terminal, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.step("Face check at the provider");
    narrator.say(
        "The phone opens the provider's page. This program plays the person and presses \"pass\".",
    );
    let outcome = terminal
        .face_check()
        .await
        .or_fail("the face check failed", REPORT)?;
    if outcome != FaceCheckOutcome::Passed {
        return Err(Failure::new(
            format!("the face check ended with {outcome:?}"),
            REPORT,
        ));
    }
    narrator.outcome(
        Tone::Good,
        "Passed. The link back carried a one-time handle; the platform fetched the provider's signed receipt.",
    );
    Ok(())
}

async fn declare(
    terminal: &Terminal,
    person: &SandboxPerson,
    narrator: &mut Narrator,
) -> Result<(), Failure> {
    narrator.step("Declare health (健康申报)");
    let fever = person.key == "yellow";
    let declaration = HealthDeclaration {
        temperature_tenths: Some(if fever { 379 } else { 365 }),
        symptoms: if fever {
            vec![Symptom::Fever]
        } else {
            Vec::new()
        },
        high_risk_contact: false,
        observed_at: Timestamp::now(),
    };
    let sent = terminal
        .declare_health(declaration)
        .await
        .or_fail("the declaration could not be kept", REPORT)?;
    expect_sent(&sent, "the declaration was not taken by the platform")?;
    narrator.outcome(
        Tone::Good,
        if fever {
            "Declared: 37.9 °C, fever."
        } else {
            "Declared: 36.5 °C, no symptoms."
        },
    );
    Ok(())
}

async fn make_code(terminal: &Terminal, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.step("Make the code (制码)");
    let refreshed = terminal
        .refresh()
        .await
        .or_fail("the code was not made", REPORT)?;
    narrator.say(format_args!(
        "The platform evaluated the evidence by the rules in force and signed {} hours, each on its own.",
        refreshed.hours_added
    ));
    narrator.say("The phone checked every one of them before it kept them.");
    let why = terminal
        .why()
        .ok_or_else(|| Failure::new("the phone holds no reason for the colour", REPORT))?;
    let colour = why.evaluation.colour();
    narrator.outcome(words::tone(colour), words::colour(colour));
    let said = built_in_words()?;
    for statement in why.evaluation.reasons() {
        narrator.fact("why", words::reason(&said, statement.reason));
        if let Some(ways) = words::clearings(&said, &statement.cleared_by) {
            narrator.fact("cleared by", ways);
        }
    }
    Ok(())
}

async fn prepare_gate(
    region: &Region,
    out: &OutFolder,
    narrator: &mut Narrator,
) -> Result<Gate, Failure> {
    narrator.step("A collector prepares for the day");
    let lists = region.fetch_lists().await?;
    out.write("root.cbor", region.root())?;
    out.write("trust.cbor", lists.trust.encode())?;
    out.write("recall.cbor", &lists.recall)?;
    let gate = Gate::open(region.root(), &lists.trust, &lists.recall, Timestamp::now())?;
    narrator.say(
        "Fetched: the issuers, the recalls and the time stamp over them. They are believed because the root signed for them.",
    );
    narrator.say("The root came another way: built in, or handed over. From here on the collector needs no network.");
    Ok(gate)
}

async fn unplug(region: Region, narrator: &mut Narrator) -> Result<(), Failure> {
    narrator.step("The network is gone");
    let (platform, provider) = (region.address(), region.provider().address());
    let working = Working::on("stopping the platform and the face provider");
    region.stop().await?;
    drop(working);
    for (name, address) in [("platform", platform), ("face provider", provider)] {
        let answer = tokio::time::timeout(
            Duration::from_secs(2),
            tokio::net::TcpStream::connect(address),
        )
        .await;
        if matches!(answer, Ok(Ok(_))) {
            return Err(Failure::new(format!("the {name} still answers"), REPORT));
        }
        narrator.outcome(
            Tone::Good,
            format_args!("The {name} is stopped: {address} refuses connections."),
        );
    }
    Ok(())
}

/// Says what was left behind and what to try with it.
pub(crate) fn tell_what_is_left(
    out: &OutFolder,
    lit: &Lit,
    arguments: &TourArguments,
    took: Duration,
) {
    let program = program();
    output::gap();
    output::heading(format_args!(
        "Done in {:.1} s. Left behind in {}",
        took.as_secs_f64(),
        arguments.out.display()
    ));
    for (name, what) in [
        ("code.png", "the whole card as it was lit"),
        ("code.svg", "the same as lines"),
        ("code.txt", "the text in the QR"),
        ("root.cbor", "the root of trust"),
        ("trust.cbor", "the issuers and the time stamp, signed"),
        ("recall.cbor", "the recalls, signed"),
        ("transcript.json", "everything that was said above"),
    ] {
        output::verbatim(format_args!("{name:<15}  {what}"));
    }
    output::gap();
    output::line(
        "Check it yourself, as of the moment it was lit (without --at it is a copy by now):",
    );
    let [root, trust, recall, code] =
        ["root.cbor", "trust.cbor", "recall.cbor", "code.png"].map(|name| out.path(name));
    output::verbatim(format_args!(
        "{program} check --root {} --trust {} --recall {} --venue supermarket --at {} {}",
        root.display(),
        trust.display(),
        recall.display(),
        lit.at,
        code.display(),
    ));
    output::detail(format_args!(
        "It answers {}.",
        if lit.admitted {
            "0: admitted"
        } else {
            "1: refused, with why, what to say and what to do"
        }
    ));
    if let Some(phone) = &arguments.keep_phone {
        output::gap();
        output::line(
            "The phone was kept. It shows a new code every 15 seconds, without network or writes:",
        );
        output::verbatim(format_args!("{program} show --store {}", phone.display()));
    }
}

/// The program as it was called, so that what is printed can be copied: `cargo run` puts nothing on the path.
fn program() -> String {
    std::env::args()
        .next()
        .unwrap_or_else(|| "liangma".to_owned())
}

fn expect_sent(sent: &Sent, what: &str) -> Result<(), Failure> {
    match sent {
        Sent::Done => Ok(()),
        Sent::Waiting => Err(Failure::new(format!("{what}: it still waits"), REPORT)),
        Sent::SetAside => Err(Failure::new(
            format!("{what}: an answer that cannot be read"),
            REPORT,
        )),
        Sent::Refused(problem) => Err(Failure::new(format!("{what}: {problem:?}"), REPORT)),
    }
}

//! `liangma keys`: changing the keys of a platform, each step with what comes next.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use liangma_credential::Role;
use liangma_crypto::SystemRandomness;
use liangma_platform::keys::{KeyFileError, read_private_key, read_public_key};
use liangma_platform::{
    CeremonyError, KeyKind, KeyRing, KeyStatus, ONLINE_ROLES, OpenError, RootChanges, RootState,
    activate_standby, draft_root, issuer_state, key_status, root_state, sign_root, submit_root,
};

use crate::Outcome;
use crate::failure::{Failure, OrFail as _};
use crate::output::{self, Tone};

/// A new key of the store begins this much later, so that every process has read it before one uses it.
const LEAD: SignedDuration = SignedDuration::from_mins(2);

/// Arguments of `liangma keys`.
#[derive(Args, Debug)]
pub(crate) struct KeysArguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: KeysCommand,
}

/// The steps of changing keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Say which keys are in use, what has yet to go over, and which may be destroyed.
    Status(StoreArguments),
    /// Draw the next master or look-up key; the platform goes over to it while it runs.
    Add(AddArguments),
    /// Take a key that nothing needs any more out of the key file.
    Remove(RemoveArguments),
    /// Let the standby issuer sign from now on.
    Issuer(IssuerArguments),
    /// Draft the next root: with a new key for a role, other root keys, or more time.
    DraftRoot(DraftArguments),
    /// Sign a draft of the next root, on the machine where a root key is kept.
    SignRoot(SignArguments),
    /// Hand the signed root to the platform.
    SubmitRoot(SubmitArguments),
}

/// A platform's folder and its key file.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  liangma keys status --data /var/lib/liangma --keys /etc/liangma/keys")]
pub(crate) struct StoreArguments {
    /// The platform's data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The file with the keys of the store; a sandbox keeps it in the data folder.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
}

/// A kind of key of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArgument {
    /// Seals what is stored.
    Master,
    /// Makes the marks by which people are found.
    Lookup,
}

impl KindArgument {
    const fn kind(self) -> KeyKind {
        match self {
            Self::Master => KeyKind::Master,
            Self::Lookup => KeyKind::Lookup,
        }
    }
}

/// Arguments of `liangma keys add`.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  liangma keys add master --data /var/lib/liangma --keys /etc/liangma/keys

Copy the key file to where backups of keys are kept before the new key begins.")]
pub(crate) struct AddArguments {
    /// Which kind.
    #[arg(value_enum)]
    kind: KindArgument,
    #[command(flatten)]
    store: StoreArguments,
    /// From when on it is in use; two minutes from now, unless given.
    #[arg(long, value_name = "RFC3339")]
    from: Option<Timestamp>,
}

/// Arguments of `liangma keys remove`.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  liangma keys remove master 1 --data /var/lib/liangma --keys /etc/liangma/keys")]
pub(crate) struct RemoveArguments {
    /// Which kind.
    #[arg(value_enum)]
    kind: KindArgument,
    /// Its number.
    number: u16,
    #[command(flatten)]
    store: StoreArguments,
}

/// Arguments of `liangma keys issuer`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  liangma keys issuer --data /var/lib/liangma
  liangma keys issuer --data /var/lib/liangma --at-once     when the key in use was lost or stolen")]
pub(crate) struct IssuerArguments {
    /// The platform's data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Also when the standby key has been on the list for less than a day.
    #[arg(long)]
    at_once: bool,
}

/// Arguments of `liangma keys draft-root`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  liangma keys draft-root --data /var/lib/liangma --out root-2.draft --new recall
  liangma keys draft-root --data /var/lib/liangma --out root-3.draft \\
      --root-key a.pub --root-key b.pub --root-key c.pub
  liangma keys draft-root --data /var/lib/liangma --out root-4.draft --set voids=voids.pub

Without a change it is the present root with more time.")]
pub(crate) struct DraftArguments {
    /// The platform's data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The file to write; an existing one is never overwritten.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Draw a new key for this role: issuers, recall, rules, profile or timestamp.
    #[arg(long, value_name = "ROLE")]
    new: Vec<String>,
    /// Give a role a key that is kept elsewhere, such as voids=voids.pub.
    #[arg(long, value_name = "ROLE=FILE")]
    set: Vec<String>,
    /// A root key from then on; name all of them.
    #[arg(long, value_name = "FILE")]
    root_key: Vec<PathBuf>,
    /// How many root keys have to sign the roots after it.
    #[arg(long, value_name = "COUNT")]
    threshold: Option<u8>,
}

/// Arguments of `liangma keys sign-root`.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  liangma keys sign-root --key root-1.key --out root-2.signed-once root-2.draft

It needs no network and no data folder. Read aloud what it says the root names before you sign.")]
pub(crate) struct SignArguments {
    /// The draft, with the signatures it has.
    #[arg(value_name = "FILE")]
    draft: PathBuf,
    /// The root key (PKCS#8, PEM).
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The file to write; an existing one is never overwritten.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Arguments of `liangma keys submit-root`.
#[derive(Args, Debug)]
#[command(after_help = "Example:
  liangma keys submit-root --data /var/lib/liangma root-2.signed")]
pub(crate) struct SubmitArguments {
    /// The signed root.
    #[arg(value_name = "FILE")]
    root: PathBuf,
    /// The platform's data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// Runs one step.
pub(crate) fn run(arguments: &KeysArguments) -> Outcome {
    match &arguments.command {
        KeysCommand::Status(status) => say_status(status),
        KeysCommand::Add(add) => add_key(add),
        KeysCommand::Remove(remove) => remove_key(remove),
        KeysCommand::Issuer(issuer) => let_standby_take_over(issuer),
        KeysCommand::DraftRoot(draft) => draft_next_root(draft),
        KeysCommand::SignRoot(sign) => sign_next_root(sign),
        KeysCommand::SubmitRoot(submit) => submit_next_root(submit),
    }?;
    Ok(ExitCode::SUCCESS)
}

impl StoreArguments {
    fn key_file(&self) -> PathBuf {
        let beside_the_data = || self.data.join("master.key");
        self.keys.clone().unwrap_or_else(beside_the_data)
    }

    fn ring(&self) -> Result<KeyRing, Failure> {
        KeyRing::read(&self.key_file()).or_unreadable(
            "the key file cannot be used",
            "name it with --keys; only its owner may be able to read it",
        )
    }

    fn status(&self, ring: &KeyRing) -> Result<KeyStatus, Failure> {
        key_status(&self.data, ring, Timestamp::now()).map_err(|error| {
            let next = match error {
                OpenError::KeyNeeded(..) => {
                    "put that key back into the key file, from where backups of keys are kept: what it sealed \
                     opens with no other"
                }
                OpenError::KeyDiffers(..) => {
                    "give every key the number it was used with; a new key gets a new number"
                }
                _ => "check the name of the data folder: the platform must have run on it",
            };
            Failure::new("the state of the keys cannot be told", next).because(&error)
        })
    }
}

fn say_status(arguments: &StoreArguments) -> Result<(), Failure> {
    let status = arguments.status(&arguments.ring()?)?;
    output::heading("Keys of the store");
    for key in &status.keys {
        if key.number == 0 && key.retired_at.is_some() {
            continue;
        }
        let name = match key.number {
            0 => format!("{}, before numbers", key.kind),
            number => format!("{} {number}", key.kind),
        };
        let state = if key.in_use {
            "in use".to_owned()
        } else if let Some(at) = key.retired_at {
            format!("retired since {at}: may be removed and destroyed")
        } else if let (None, Some(from)) = (key.since, key.from) {
            format!("begins at {from}")
        } else if key.since.is_none() {
            "not used yet".to_owned()
        } else {
            "still needed".to_owned()
        };
        output::fact(&name, state);
    }
    if status.left() == 0 {
        output::mark(Tone::Good, "everything is under the keys in use");
    } else {
        output::mark(
            Tone::Careful,
            format_args!("{} values have yet to go over", status.left()),
        );
        for (place, count) in status.sealed_left.iter().filter(|(_, count)| *count > 0) {
            output::fact(place, count);
        }
        if status.people_left > 0 {
            output::fact("people by look-up key", status.people_left);
        }
    }
    if status.people_by_mark_alone > 0 {
        output::detail(format_args!(
            "{} people are known by their mark alone, from before documents were kept sealed: they go over when \
             they log in or are reported of; until then their look-up key stays needed.",
            status.people_by_mark_alone
        ));
    }
    if status.sessions_left > 0 {
        output::detail(format_args!(
            "{} phones have asked for nothing since before keys had numbers: they log in again if master key 1 \
             is destroyed before they do.",
            status.sessions_left
        ));
    }
    output::detail(
        "A running platform moves values in small steps, at each tick of half a minute. A former key is retired \
         a day after the last of them at the earliest, when its short-lived marks have run out.",
    );
    let issuers = issuer_state(&arguments.data);
    if let Ok(issuers) = &issuers {
        output::heading("Issuers");
        for issuer in issuers {
            let what = match (issuer.in_use, issuer.standby) {
                (true, _) => "in use",
                (_, true) => "standby",
                _ => "former",
            };
            output::fact(
                &issuer.key_id.to_string(),
                format_args!("{what}, from {} until {}", issuer.from, issuer.until),
            );
        }
    }
    Ok(())
}

fn add_key(arguments: &AddArguments) -> Result<(), Failure> {
    let file = arguments.store.key_file();
    let mut ring = arguments.store.ring()?;
    // A ring that lacks a key is mended first.
    arguments.store.status(&ring)?;
    let now = Timestamp::now();
    let from = match arguments.from {
        Some(from) => from,
        None => now.saturating_add(LEAD).unwrap_or(now),
    };
    let kind = arguments.kind.kind();
    let number = ring.add(kind, from, &SystemRandomness).or_fail(
        "no key was drawn",
        "remove keys that are retired; liangma keys status names them",
    )?;
    replace(&ring, &file)?;
    output::mark(
        Tone::Good,
        format_args!(
            "{kind} key {number} is in {} and begins at {from}",
            file.display()
        ),
    );
    output::detail(
        "Next: copy the key file to where backups of keys are kept, now. The platform reads the file every half \
         minute and goes over by itself; where the keys come from an environment variable, start it anew with \
         the new text. Then look with: liangma keys status",
    );
    Ok(())
}

fn replace(ring: &KeyRing, file: &Path) -> Result<(), Failure> {
    ring.replace(file).or_fail(
        "the key file was not written; it is as it was",
        "check that there is room and that you may write there",
    )
}

fn remove_key(arguments: &RemoveArguments) -> Result<(), Failure> {
    let file = arguments.store.key_file();
    let mut ring = arguments.store.ring()?;
    let (kind, number) = (arguments.kind.kind(), arguments.number);
    let there = ring.numbers(kind).iter().any(|(known, _)| *known == number);
    if !there {
        return Err(Failure::new(
            format!("there is no {kind} key {number} in the key file"),
            "liangma keys status names those that are there",
        ));
    }
    if !arguments.store.status(&ring)?.may_be_removed(kind, number) {
        return Err(Failure::new(
            format!("the {kind} key {number} was not removed: it is still needed"),
            "wait until liangma keys status says that it is retired",
        ));
    }
    ring.remove(kind, number)
        .or_fail("the key was not removed", "a ring keeps one master key")?;
    replace(&ring, &file)?;
    output::mark(
        Tone::Good,
        format_args!("{kind} key {number} is no longer in {}", file.display()),
    );
    output::detail(
        "Next: destroy its copies when the last backup of the database that was made under it is gone; that \
         backup opens with no other key.",
    );
    Ok(())
}

fn let_standby_take_over(arguments: &IssuerArguments) -> Result<(), Failure> {
    let taken = activate_standby(&arguments.data, Timestamp::now(), arguments.at_once);
    let key_id = taken.map_err(|error| {
        let next = match error {
            CeremonyError::StandbyTooNew { .. } => {
                "wait until checkers have had a day to fetch it; if the key in use was lost or stolen: --at-once"
            }
            _ => "check the data folder; the platform must have run on it",
        };
        Failure::new("the standby issuer did not take over", next).because(&error)
    })?;
    output::mark(
        Tone::Good,
        format_args!("issuer {key_id} signs from the next tick on"),
    );
    output::detail(
        "The former key is gone from this machine; its codes count until the last of them has ended, two days \
         from now at most. The platform has drawn the next standby key and publishes it.",
    );
    Ok(())
}

fn role(name: &str) -> Result<Role, Failure> {
    Role::from_name(name)
        .filter(|role| *role != Role::Root)
        .ok_or_else(|| {
            Failure::unreadable(
                format!("there is no role `{name}`"),
                "give issuers, recall, rules, profile, timestamp, standard or voids",
            )
        })
}

fn draft_next_root(arguments: &DraftArguments) -> Result<(), Failure> {
    let mut changes = RootChanges {
        threshold: arguments.threshold,
        ..RootChanges::default()
    };
    for name in &arguments.new {
        let role = role(name)?;
        if !ONLINE_ROLES.contains(&role) {
            return Err(Failure::unreadable(
                format!("the platform does not sign for the role `{name}`"),
                "draw its key where it is kept, and give the public half: --set ROLE=FILE",
            ));
        }
        changes.new_keys.push(role);
    }
    let public = |file: &Path| {
        read_public_key(file).or_unreadable(
            "a public key cannot be used",
            "give SubjectPublicKeyInfo as PEM, Ed25519 or P-256",
        )
    };
    for given in &arguments.set {
        let (name, file) = given.split_once('=').ok_or_else(|| {
            Failure::unreadable(
                format!("`{given}` is not ROLE=FILE"),
                "write, say, voids=voids.pub",
            )
        })?;
        changes
            .given_keys
            .push((role(name)?, vec![public(Path::new(file))?]));
    }
    if !arguments.root_key.is_empty() {
        let keys = arguments.root_key.iter().map(|file| public(file));
        changes.root_keys = Some(keys.collect::<Result<_, _>>()?);
    }
    let draft = draft_root(
        &arguments.data,
        &changes,
        &SystemRandomness,
        Timestamp::now(),
    );
    let draft = draft.map_err(|error| explain("no root was drafted", &error))?;
    write_new(&arguments.out, &draft)?;
    say_root(&root_state(&arguments.data, &draft).map_err(|error| explain("the draft", &error))?);
    output::mark(
        Tone::Good,
        format_args!("the draft is in {}", arguments.out.display()),
    );
    output::detail(
        "Next: carry it to each holder of a root key, who signs it with liangma keys sign-root; as many as the \
         present root asks for, and, where the root keys change, as many of the new ones as the new root asks \
         for. Then: liangma keys submit-root",
    );
    Ok(())
}

fn say_root(state: &RootState) {
    output::fact("version", state.version);
    output::fact("ends", state.expires);
    for (role, threshold, keys) in &state.roles {
        output::fact(role.name(), format_args!("{threshold} of {keys}"));
    }
}

fn sign_next_root(arguments: &SignArguments) -> Result<(), Failure> {
    let draft = read(&arguments.draft)?;
    let key = read_private_key(&arguments.key).or_unreadable(
        "the root key cannot be used",
        "give the private key as PKCS#8 in PEM; only its owner may be able to read it",
    )?;
    let signed =
        sign_root(&draft, &key).map_err(|error| explain("the root was not signed", &error))?;
    write_new(&arguments.out, &signed)?;
    output::mark(
        Tone::Good,
        format_args!(
            "signed by {}, in {}",
            key.public_key().key_id(),
            arguments.out.display()
        ),
    );
    output::detail(
        "Next: the next holder signs this file, or it goes back: liangma keys submit-root",
    );
    Ok(())
}

fn submit_next_root(arguments: &SubmitArguments) -> Result<(), Failure> {
    let signed = read(&arguments.root)?;
    submit_root(&arguments.data, &signed)
        .map_err(|error| explain("the root was not submitted; nothing has changed", &error))?;
    if let Ok(state) = root_state(&arguments.data, &signed) {
        say_root(&state);
    }
    output::mark(
        Tone::Good,
        "the platform goes over to it at its next tick, within half a minute",
    );
    output::detail(
        "Phones and collectors follow by themselves, over every root they missed. New installations: build in \
         the new root, from the path /v1/trust/root. Former private keys of roles are gone from this machine \
         once the platform has gone over.",
    );
    Ok(())
}

fn explain(what: &str, error: &CeremonyError) -> Failure {
    let next = match error {
        CeremonyError::Trust(_) => {
            "look at who signed: the present root's keys and the next one's, each as many as are asked for; the \
             version must be the very next"
        }
        CeremonyError::RoleKey(_) => {
            "draft the root on this data folder with --new ROLE, so that the key lies beside the others"
        }
        CeremonyError::Key(KeyFileError::Open(_)) => "let only the owner read the key file",
        _ => "check the names of the files and of the data folder",
    };
    Failure::new(what, next).because(error)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).or_unreadable(
        format_args!("{} cannot be read", file.display()),
        "check its name",
    )
}

fn write_new(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(file)
        .and_then(|mut opened| std::io::Write::write_all(&mut opened, bytes))
        .or_fail(
            format_args!("{} was not written", file.display()),
            "name another file: nothing is ever overwritten",
        )
}

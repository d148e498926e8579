//! `liangma check`: the offline check of codes, from their text or from a picture.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use liangma_credential::{
    Checked, Checker, CheckerClock, Role, TrustBundle, TrustError, TrustStore, admit,
};
use liangma_domain::profile::{Admission, RegionProfile, built_in_profile, built_in_profile_names};
use liangma_domain::venue::{AlertLevel, VenueClass};
use liangma_screens::Words;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Outcome;
use crate::arguments::CheckArguments;
use crate::failure::{Failure, OrFail as _, REFUSED, UNREADABLE};
use crate::judgement::{self, Judgement};
use crate::output::{self, Tone};
use crate::picture;
use crate::words;

/// No trust file is larger.
const FILE_LIMIT: u64 = 64 * 1024 * 1024;

/// Runs the check.
pub(crate) fn run(arguments: &CheckArguments) -> Outcome {
    let venue = named::<VenueClass>("venue class", arguments.venue.as_deref(), VenueClass::ALL)?;
    let venue = venue.unwrap_or(VenueClass::OtherPublic);
    let alert = named("alert level", Some(&arguments.alert), AlertLevel::ALL)?;
    let place = Place {
        venue,
        alert: alert.unwrap_or(AlertLevel::Normal),
    };
    let now = arguments.at.unwrap_or_else(Timestamp::now);
    let mut collector = Collector::open(arguments, now)?;

    let (mut refused, mut unreadable) = (false, false);
    for (position, code) in arguments.codes.iter().enumerate() {
        let text = match picture::read_argument(code) {
            Ok(text) => text,
            Err(error) => {
                unreadable = true;
                let what = format!("code {} could not be read", position + 1);
                if arguments.json {
                    output::line(json!({
                        "code": position + 1,
                        "accepted": false,
                        "verdict": "could_not_be_read",
                        "why": error.to_string(),
                        "do": error.next(),
                    }));
                }
                output::failure(&Failure::unreadable(what, error.next()).because(&error));
                continue;
            }
        };
        let checked = collector.checker.check(&text, CheckerClock::trusted(now));
        let profile = collector.profile(&checked)?;
        let admission = place.admission(&checked, profile.as_ref());
        let judgement = Judgement::new(
            &checked,
            admission.as_ref(),
            &place.name(),
            &collector.words,
        );
        refused |= !judgement.accepted;
        if arguments.json {
            let mut answer = judgement::to_json(&judgement, &checked, admission.as_ref());
            if let Value::Object(fields) = &mut answer {
                fields.insert("code".to_owned(), json!(position + 1));
                fields.insert("venue".to_owned(), json!(place.venue));
            }
            output::line(answer);
        } else {
            let zone = profile
                .as_ref()
                .map_or(TimeZone::UTC, |profile| profile.zone().clone());
            if position > 0 {
                output::gap();
            }
            output::heading(format_args!("Code {}", position + 1));
            tell(&judgement, &checked, &zone);
        }
    }
    Ok(match (unreadable, refused) {
        (true, _) => ExitCode::from(UNREADABLE),
        (false, true) => ExitCode::from(REFUSED),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// Tells a judgement on the screen.
fn tell(judgement: &Judgement, checked: &Checked, zone: &TimeZone) {
    output::mark(judgement.tone, &judgement.headline);
    if let Some(shown) = &checked.shown {
        for (label, value) in judgement::facts(shown, zone) {
            output::fact(label, value);
        }
    }
    if !judgement.measures.is_empty() {
        output::fact("measures", judgement.measures.join("; "));
    }
    output::fact(
        "say",
        format_args!(
            "{} ({})",
            judgement.sentence.say, judgement.sentence.say_in_english
        ),
    );
    output::fact("do", &judgement.sentence.act);
    for note in &judgement.notes {
        output::mark(Tone::Careful, note);
    }
}

/// The kind of place that a person wants to enter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Its class.
    pub(crate) venue: VenueClass,
    /// How alert it is.
    pub(crate) alert: AlertLevel,
}

impl Place {
    /// What the place answers to a code.
    pub(crate) fn admission(
        &self,
        checked: &Checked,
        profile: Option<&RegionProfile>,
    ) -> Option<Admission> {
        admit(checked, profile?, self.venue, self.alert)
    }

    /// The place as words.
    pub(crate) fn name(&self) -> String {
        let venue = words::snake_name(&self.venue).replace('_', " ");
        match self.alert {
            AlertLevel::Normal => venue,
            alert => format!("{venue}, alert level {}", words::snake_name(&alert)),
        }
    }
}

/// What a collector has: a root that was given to them, and what it vouches for.
struct Collector {
    checker: Checker,
    words: Words,
    profile: Option<RegionProfile>,
}

impl Collector {
    fn open(arguments: &CheckArguments, now: Timestamp) -> Result<Self, Failure> {
        let root = read(&arguments.root, "the root of trust")?;
        let mut trust = TrustStore::from_root(&root).or_unreadable(
            format_args!("{} is not a root of trust", arguments.root.display()),
            "ask the operator of the region for root.cbor over a way you trust",
        )?;
        take(&mut trust, &arguments.trust, "the trust list", now)?;
        if let Some(recall) = &arguments.recall {
            take(&mut trust, recall, "the recall list", now)?;
        }
        if trust.issuers().is_empty() {
            return Err(Failure::unreadable(
                format!("{} holds no list of issuers", arguments.trust.display()),
                "give the trust.cbor that belongs to this root",
            ));
        }
        let profile = match &arguments.profile {
            Some(name) => Some(find_profile(&trust, name)?.ok_or_else(|| {
                let known: Vec<&str> = built_in_profile_names().collect();
                Failure::unreadable(
                    "there is no region profile of this name",
                    format!(
                        "use one of {}, or one that is in the trust file",
                        known.join(", ")
                    ),
                )
            })?),
            None => None,
        };
        Ok(Self {
            checker: Checker::new(trust),
            words: built_in_words()?,
            profile,
        })
    }

    /// The profile that decides: the one that was named, or that of the code's issuer.
    fn profile(&self, checked: &Checked) -> Result<Option<RegionProfile>, Failure> {
        match (&self.profile, &checked.shown) {
            (Some(profile), _) => Ok(Some(profile.clone())),
            (None, Some(shown)) => find_profile(self.checker.trust(), shown.profile.as_str()),
            (None, None) => Ok(None),
        }
    }
}

/// The words of the screens, as the program carries them.
pub(crate) fn built_in_words() -> Result<Words, Failure> {
    Words::built_in().or_fail(
        "the words of this program do not hold together",
        "this is a mistake in the program; please report it",
    )
}

/// The profile in the trust files, or else the one that the program carries.
pub(crate) fn find_profile(
    trust: &TrustStore,
    name: &str,
) -> Result<Option<RegionProfile>, Failure> {
    let signed = trust
        .named(Role::Profile, name)
        .map(|file| file.body.as_slice());
    signed
        .or_else(|| built_in_profile(name))
        .map(RegionProfile::parse_signed)
        .transpose()
        .or_unreadable(
            "the region profile does not hold together",
            "fetch the newest trust file, or name another profile with --profile",
        )
}

/// Takes a signed file, or a bundle of them, as far as the root vouches for it.
fn take(trust: &mut TrustStore, path: &Path, what: &str, now: Timestamp) -> Result<(), Failure> {
    let bytes = read(path, what)?;
    let refused = |error: &TrustError| {
        let next = match error {
            TrustError::Expired | TrustError::RootExpired => {
                "fetch the newest one, or check as of the time it was made with --at"
            }
            TrustError::WrongRole
            | TrustError::BadSignature
            | TrustError::BelowThreshold { .. } => {
                "give the file that belongs to this root; never change the root to fit a file"
            }
            _ => "fetch it again from the platform",
        };
        Failure::unreadable(
            format!("{what} in {} is not accepted", path.display()),
            next,
        )
        .because(error)
    };
    let Ok(bundle) = TrustBundle::decode(&bytes) else {
        return trust
            .update(&bytes, now)
            .map(drop)
            .map_err(|error| refused(&error));
    };
    let mut first_refusal = None;
    let mut taken = 0;
    for file in &bundle.files {
        match trust.update(file, now) {
            Ok(_) => taken += 1,
            Err(error) => {
                let refusal = refused(&error);
                output::notice(
                    Tone::Careful,
                    format_args!("a file in {} was left out: {error}", path.display()),
                );
                first_refusal.get_or_insert(refusal);
            }
        }
    }
    match first_refusal {
        Some(refusal) if taken == 0 => Err(refusal),
        _ => Ok(()),
    }
}

fn read(path: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(FILE_LIMIT + 1).read_to_end(&mut bytes))
        .or_unreadable(
            format_args!("could not read {what} from {}", path.display()),
            "check the file name; liangma tour leaves root.cbor, trust.cbor and recall.cbor in its --out folder",
        )?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(Failure::unreadable(
            format!("{} is too large for {what}", path.display()),
            "give the file as the platform serves it",
        ));
    }
    Ok(bytes)
}

/// Reads a name of a closed list, or says what the list holds.
fn named<T: DeserializeOwned + Serialize>(
    what: &str,
    name: Option<&str>,
    all: &[T],
) -> Result<Option<T>, Failure> {
    let Some(name) = name else { return Ok(None) };
    match serde_json::from_value(Value::String(name.to_owned())) {
        Ok(value) => Ok(Some(value)),
        Err(_) => {
            let known: Vec<String> = all.iter().map(words::snake_name).collect();
            Err(Failure::unreadable(
                format!("there is no {what} of this name"),
                format!("use one of {}", known.join(", ")),
            ))
        }
    }
}

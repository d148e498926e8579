//! The collector at a gate: lists fetched beforehand, a camera's picture, a clock, and no network.

use jiff::Timestamp;
use liangma_credential::{
    Checked, CheckerClock, LIVE_PREFIX, Scanned, TrustBundle, TrustStore, base45, check, scan,
};
use liangma_domain::colour::Colour;
use liangma_domain::venue::{AlertLevel, VenueClass};
use liangma_screens::Words;

use crate::commands::check::{Place, built_in_words, find_profile};
use crate::failure::{Failure, OrFail as _};
use crate::judgement::Judgement;

/// A collector with what they trust.
#[derive(Debug)]
pub(crate) struct Gate {
    trust: TrustStore,
    words: Words,
}

/// What came of holding a code to a gate.
pub(crate) struct Answer {
    /// The check.
    pub(crate) checked: Checked,
    /// What it means for the person.
    pub(crate) judgement: Judgement,
}

impl Gate {
    /// A collector who was handed a root, and takes the lists as far as it vouches for them.
    pub(crate) fn open(
        root: &[u8],
        trust: &TrustBundle,
        recall: &[u8],
        now: Timestamp,
    ) -> Result<Self, Failure> {
        let next = "this is a mistake in the program; please report it";
        let mut store =
            TrustStore::from_root(root).or_fail("the collector does not accept the root", next)?;
        for file in trust.files.iter().map(Vec::as_slice).chain([recall]) {
            store
                .update(file, now)
                .or_fail("the collector does not accept a list", next)?;
        }
        Ok(Self {
            trust: store,
            words: built_in_words()?,
        })
    }

    /// Checks a text at a time, at a kind of place.
    pub(crate) fn check(
        &self,
        text: &str,
        now: Timestamp,
        venue: VenueClass,
    ) -> Result<Answer, Failure> {
        let checked = check(text, &self.trust, CheckerClock::trusted(now));
        let profile = match &checked.shown {
            Some(shown) => find_profile(&self.trust, shown.profile.as_str())?,
            None => None,
        };
        let place = Place {
            venue,
            alert: AlertLevel::Normal,
        };
        let admission = place.admission(&checked, profile.as_ref());
        let judgement = Judgement::new(&checked, admission.as_ref(), &place.name(), &self.words);
        Ok(Answer { checked, judgement })
    }
}

/// What somebody changed in a code.
pub(crate) struct Forgery {
    /// The text of the changed code.
    pub(crate) text: String,
    /// What was changed, in words.
    pub(crate) change: &'static str,
}

/// Changes what a code says and leaves the rest as it was, as a forger with a good editor would.
///
/// A code that is not green is made green; a green one is made to fit another identity document.
/// `None` when the text is not a live code that shows this.
pub(crate) fn forge(text: &str, colour: Colour, document: &str) -> Option<Forgery> {
    let Scanned::Live(body) = scan(text) else {
        return None;
    };
    let mut bytes = base45::decode(body).ok()?;
    let change = if colour == Colour::GREEN {
        // The visible characters stand in the payload as they are.
        let visible: Vec<u8> = document.bytes().filter(|byte| *byte != b'*').collect();
        let at = bytes
            .windows(visible.len())
            .position(|window| window == visible)?;
        let digit = bytes.get_mut(at)?;
        *digit = if *digit == b'1' { b'2' } else { b'1' };
        "the visible digits of the identity document, to fit somebody else's card"
    } else {
        // Key 4 (kind: the holder's own), then key 5 with the colour.
        let entry = [4, 1, 5, colour.registry_number()];
        let at = bytes
            .windows(entry.len())
            .position(|window| window == entry)?;
        *bytes.get_mut(at + 3)? = Colour::GREEN.registry_number();
        "the colour, to green"
    };
    Some(Forgery {
        text: format!("{LIVE_PREFIX}{}", base45::encode(&bytes)),
        change,
    })
}

//! What the phone's keys and files say together. Pure: it never touches either.
//!
//! The relatives of this program lost people's data by reading "busy" as "gone" and wiping silently. Here
//! nothing is wiped by a state: a state is told to the person, and only [`KeyState::may_begin_anew`] lets an
//! *explicit* call set the old store aside. A key that is missing counts as lost only when it was
//! missing before *and* the phone was restarted in between, because a restart cures most such cases.

use serde::{Deserialize, Serialize};

use crate::ports::{BootId, KeyStoreError, PhoneMark};

/// The state of keys and store together, to be shown to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Nothing was ever stored here.
    Fresh,
    /// Keys and store fit.
    Ok,
    /// The key store does not answer now: try again.
    Busy,
    /// The phone was not unlocked since it was started: unlock it.
    Locked,
    /// The person said no when the phone asked: try again.
    Cancelled,
    /// The key was missing for the first time: restart the phone, most often that helps.
    Unsure,
    /// The key was missing before and after a restart: log in again.
    Lost,
    /// The store came here with a backup of another phone: log in on this phone.
    RestoredWithoutKey,
    /// The phone has keys of an installation whose store is gone: log in again.
    KeyWithoutStore,
    /// The screen lock that guarded the key was removed: set one, and log in again.
    LockRemoved,
    /// The key is there, but what it wrapped is damaged: nothing more can be read here.
    Damaged,
    /// The key store failed in a way that trying again may cure.
    Failed,
}

/// What was found, to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Findings {
    /// Whether there is a store on this phone.
    pub store: StoreFinding,
    /// How using the key went: unwrapping the data key, or asking for the device key where there is no
    /// store.
    pub key: Result<(), KeyStoreError>,
    /// The mark of this phone, where it is known.
    pub phone: Option<PhoneMark>,
    /// This start of the phone, where it is known.
    pub boot: Option<BootId>,
    /// What was kept when the key was first missing.
    pub trouble: Option<Trouble>,
}

/// What lies in the store's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFinding {
    /// Nothing.
    Absent,
    /// A store with an envelope that can be read; the phone that it was made on.
    Present(PhoneMark),
    /// A store, and no envelope that can be read.
    WithoutEnvelope,
}

/// Kept, unsealed, when the key was first missing: nothing but which start of the phone that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// The start of the phone during which the key was first missing.
    pub boot: BootId,
}

/// What to do with the note of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleNote {
    /// Leave it as it is.
    Leave,
    /// Keep this one.
    Keep(Trouble),
    /// Remove it: the key is back.
    Remove,
}

impl KeyState {
    /// Whether an explicit wish of the person may set the store aside and begin anew.
    #[must_use]
    pub const fn may_begin_anew(self) -> bool {
        matches!(
            self,
            Self::Lost
                | Self::RestoredWithoutKey
                | Self::KeyWithoutStore
                | Self::LockRemoved
                | Self::Damaged
        )
    }

    /// The state that an answer of the key store means by itself.
    #[must_use]
    pub const fn of(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::Busy => Self::Busy,
            KeyStoreError::Locked => Self::Locked,
            KeyStoreError::UserCancelled => Self::Cancelled,
            KeyStoreError::LockRemoved => Self::LockRemoved,
            // Whether a key is lost takes a restart to tell.
            KeyStoreError::Missing => Self::Unsure,
            KeyStoreError::NotUnwrapped
            | KeyStoreError::Unsupported
            | KeyStoreError::Failed { .. } => Self::Failed,
        }
    }

    /// Whether the same call may succeed a moment later, with nothing else done.
    #[must_use]
    pub const fn may_retry(self) -> bool {
        matches!(
            self,
            Self::Busy | Self::Locked | Self::Cancelled | Self::Failed
        )
    }
}

/// Judges what was found, and says what to remember of it.
#[must_use]
pub fn judge(findings: &Findings) -> (KeyState, TroubleNote) {
    let made_here = |made_on: PhoneMark| findings.phone.is_none_or(|phone| phone == made_on);
    let state = match (findings.store, findings.key) {
        (StoreFinding::Absent, Ok(())) => KeyState::KeyWithoutStore,
        (StoreFinding::Absent, Err(KeyStoreError::Missing)) => KeyState::Fresh,
        (StoreFinding::Present(_), Ok(())) => return (KeyState::Ok, TroubleNote::Remove),
        (StoreFinding::WithoutEnvelope, Ok(())) => KeyState::Damaged,
        (_, Err(KeyStoreError::Busy)) => KeyState::Busy,
        (_, Err(KeyStoreError::Locked)) => KeyState::Locked,
        (_, Err(KeyStoreError::UserCancelled)) => KeyState::Cancelled,
        (_, Err(KeyStoreError::LockRemoved)) => KeyState::LockRemoved,
        (_, Err(KeyStoreError::Failed { .. } | KeyStoreError::Unsupported)) => KeyState::Failed,
        (StoreFinding::Present(made_on), Err(_)) if !made_here(made_on) => {
            KeyState::RestoredWithoutKey
        }
        (_, Err(KeyStoreError::NotUnwrapped)) => KeyState::Damaged,
        (StoreFinding::Present(_) | StoreFinding::WithoutEnvelope, Err(KeyStoreError::Missing)) => {
            return missing(findings);
        }
    };
    (state, TroubleNote::Leave)
}

fn missing(findings: &Findings) -> (KeyState, TroubleNote) {
    match (findings.trouble, findings.boot) {
        (Some(before), Some(boot)) if before.boot != boot => (KeyState::Lost, TroubleNote::Leave),
        (None, Some(boot)) => (KeyState::Unsure, TroubleNote::Keep(Trouble { boot })),
        // Where the phone does not say which start this is, a restart cannot be told: stay unsure.
        (_, _) => (KeyState::Unsure, TroubleNote::Leave),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const HERE: PhoneMark = PhoneMark([1; 16]);
    const ELSEWHERE: PhoneMark = PhoneMark([2; 16]);
    const NOW: BootId = BootId([7; 16]);
    const BEFORE: Trouble = Trouble {
        boot: BootId([6; 16]),
    };

    fn findings(store: StoreFinding, key: Result<(), KeyStoreError>) -> Findings {
        Findings {
            store,
            key,
            phone: Some(HERE),
            boot: Some(NOW),
            trouble: None,
        }
    }

    #[rstest]
    #[case(StoreFinding::Absent, Err(KeyStoreError::Missing), KeyState::Fresh)]
    #[case(StoreFinding::Absent, Ok(()), KeyState::KeyWithoutStore)]
    #[case(StoreFinding::Absent, Err(KeyStoreError::Busy), KeyState::Busy)]
    #[case(StoreFinding::Present(HERE), Ok(()), KeyState::Ok)]
    #[case(StoreFinding::Present(ELSEWHERE), Ok(()), KeyState::Ok)]
    #[case(StoreFinding::Present(HERE), Err(KeyStoreError::Busy), KeyState::Busy)]
    #[case(
        StoreFinding::Present(HERE),
        Err(KeyStoreError::Locked),
        KeyState::Locked
    )]
    #[case(
        StoreFinding::Present(HERE),
        Err(KeyStoreError::UserCancelled),
        KeyState::Cancelled
    )]
    #[case(
        StoreFinding::Present(HERE),
        Err(KeyStoreError::LockRemoved),
        KeyState::LockRemoved
    )]
    #[case(
        StoreFinding::Present(HERE),
        Err(KeyStoreError::Missing),
        KeyState::Unsure
    )]
    #[case(
        StoreFinding::Present(HERE),
        Err(KeyStoreError::NotUnwrapped),
        KeyState::Damaged
    )]
    #[case(StoreFinding::Present(HERE), Err(KeyStoreError::Failed { code: 3 }), KeyState::Failed)]
    #[case(
        StoreFinding::Present(ELSEWHERE),
        Err(KeyStoreError::Missing),
        KeyState::RestoredWithoutKey
    )]
    #[case(
        StoreFinding::Present(ELSEWHERE),
        Err(KeyStoreError::NotUnwrapped),
        KeyState::RestoredWithoutKey
    )]
    #[case(
        StoreFinding::Present(ELSEWHERE),
        Err(KeyStoreError::Busy),
        KeyState::Busy
    )]
    #[case(StoreFinding::WithoutEnvelope, Ok(()), KeyState::Damaged)]
    #[case(
        StoreFinding::WithoutEnvelope,
        Err(KeyStoreError::Missing),
        KeyState::Unsure
    )]
    fn every_finding_has_its_state(
        #[case] store: StoreFinding,
        #[case] key: Result<(), KeyStoreError>,
        #[case] expected: KeyState,
    ) {
        assert_eq!(judge(&findings(store, key)).0, expected);
    }

    #[test]
    fn a_missing_key_is_lost_only_when_missing_again_after_a_restart() {
        let mut found = findings(StoreFinding::Present(HERE), Err(KeyStoreError::Missing));
        let (state, note) = judge(&found);
        let TroubleNote::Keep(trouble) = note else {
            panic!("{note:?}")
        };
        assert_eq!(state, KeyState::Unsure);
        found.trouble = Some(trouble);
        assert_eq!(
            judge(&found),
            (KeyState::Unsure, TroubleNote::Leave),
            "no restart yet"
        );
        found.boot = None;
        assert_eq!(
            judge(&found).0,
            KeyState::Unsure,
            "a restart that cannot be told is none"
        );
        found.boot = Some(BootId([8; 16]));
        assert_eq!(judge(&found).0, KeyState::Lost);
        found.key = Err(KeyStoreError::Busy);
        assert_eq!(
            judge(&found),
            (KeyState::Busy, TroubleNote::Leave),
            "busy is never lost"
        );
        found.key = Ok(());
        assert_eq!(
            judge(&found),
            (KeyState::Ok, TroubleNote::Remove),
            "and it may come back"
        );
    }

    #[test]
    fn only_a_dead_end_lets_a_person_begin_anew() {
        let mut found = findings(StoreFinding::Present(HERE), Ok(()));
        for error in [
            KeyStoreError::Busy,
            KeyStoreError::Locked,
            KeyStoreError::UserCancelled,
            KeyStoreError::Failed { code: 1 },
            KeyStoreError::Missing,
        ] {
            found.key = Err(error);
            assert!(!judge(&found).0.may_begin_anew(), "{error}");
        }
        found.trouble = Some(BEFORE);
        assert!(judge(&found).0.may_begin_anew());
    }
}

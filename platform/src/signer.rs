//! The signer: a component of its own with a key of its own and a narrow door.
//!
//! It signs a strip only against the trace of the evaluation behind it. It is given salt and entry of
//! that leaf, checks that the leaf is in the log, that it is fresh, and that every claim says exactly
//! what the leaf allows: the worse of now and then, tiles as of then, the same person's mask, the same
//! code ids and anchors; and no hour that a recall would not reach. Whoever
//! takes over the rest of the platform can still have wrong hours signed, but not without a leaf that
//! says so for ever.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use liangma_credential::{Claims, Credential, Kind, RECALL_REACH_HOURS};
use liangma_crypto::{Randomness, SigningKey, Suite};
use liangma_domain::{
    colour::{Colour, ColourRegistry},
    tiles::Tiles,
};

use crate::{
    keys::{self, KeyFileError},
    leaf::{LeafEntry, LeafHour, codes_digest, leaf_hash},
    ports::Clock,
    role_keys::{ISSUER, KEYS},
    service::{oldest_hour, shown_digest},
    storage::{Storage, StorageError},
};

/// How old the evaluation behind a signature may be, in seconds.
const FRESH_SECONDS: i64 = 120;

/// What the signer is asked.
#[derive(Clone)]
pub(crate) struct SignStrip {
    pub(crate) salt: [u8; 32],
    pub(crate) entry: Vec<u8>,
    pub(crate) claims: Vec<Claims>,
}

/// Why the signer does not sign.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignerError {
    #[error("sign: the evaluation's leaf is not in the log")]
    NoSuchLeaf,
    #[error("sign: the leaf is of another kind")]
    NotAnEvaluation,
    #[error("sign: the evaluation is too old")]
    NotFresh,
    #[error("sign: the hours do not rise, or lie where no recall reaches")]
    OutOfReach,
    #[error("sign: a claim says something else than the leaf: {0}")]
    Differs(&'static str),
    #[error("sign: the credential cannot be made")]
    Credential,
    #[error("sign: read the log")]
    Log(#[from] StorageError),
}

/// Signs strips.
#[async_trait]
pub(crate) trait StripSigner: Send + Sync + 'static {
    /// Goes over to the key that lies in its key file now.
    fn reload(&self) -> Result<(), KeyFileError>;

    async fn sign_strip(&self, request: SignStrip) -> Result<Vec<Vec<u8>>, SignerError>;
}

/// The signer in the platform's own process, with its own key file.
pub(crate) struct Signer {
    file: PathBuf,
    key: RwLock<Arc<SigningKey>>,
    colours: ColourRegistry,
    log: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl Signer {
    pub(crate) fn open(
        data_dir: &Path,
        colours: ColourRegistry,
        log: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        randomness: &dyn Randomness,
    ) -> Result<Self, KeyFileError> {
        let file = data_dir.join(KEYS).join(ISSUER);
        let key = keys::private_key_or_new(&file, Suite::Ed25519, randomness)?;
        Ok(Self {
            file,
            key: RwLock::new(Arc::new(key)),
            colours,
            log,
            clock,
        })
    }

    fn key(&self) -> Arc<SigningKey> {
        self.key
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn check(&self, request: &SignStrip) -> Result<(), SignerError> {
        let Ok(LeafEntry::Hours {
            shown,
            rule_version,
            now,
            hours,
            at,
            codes,
            ..
        }) = minicbor::decode(&request.entry)
        else {
            return Err(SignerError::NotAnEvaluation);
        };
        let age = self.clock.now().as_second() - at;
        if !(-FRESH_SECONDS..FRESH_SECONDS).contains(&age) {
            return Err(SignerError::NotFresh);
        }
        if hours.len() != request.claims.len() {
            return Err(SignerError::Differs("the number of hours"));
        }
        self.check_reach(&hours)?;
        if codes != Some(codes_digest(&request.claims)) {
            return Err(SignerError::Differs("the codes"));
        }
        let now = colour(now)?;
        for (hour, claims) in hours.iter().zip(&request.claims) {
            self.check_hour(*hour, now, claims)?;
            if claims.rule_version != rule_version {
                return Err(SignerError::Differs("the version of the rules"));
            }
            if shown_digest(&claims.name, &claims.document) != shown {
                return Err(SignerError::Differs("the person"));
            }
            if claims.kind != Kind::SelfCode || !claims.members.is_empty() {
                return Err(SignerError::Differs("the kind"));
            }
        }
        Ok(())
    }

    /// Each hour once, from the one that may still be shown to the last that a recall of now reaches.
    fn check_reach(&self, hours: &[LeafHour]) -> Result<(), SignerError> {
        let oldest = oldest_hour(self.clock.now()).0;
        let reach = oldest..oldest.saturating_add(RECALL_REACH_HOURS);
        let rising = hours.windows(2).all(|pair| pair[0].hour < pair[1].hour);
        if rising && hours.iter().all(|hour| reach.contains(&hour.hour)) {
            Ok(())
        } else {
            Err(SignerError::OutOfReach)
        }
    }

    fn check_hour(&self, hour: LeafHour, now: Colour, claims: &Claims) -> Result<(), SignerError> {
        if claims.hour.0 != hour.hour {
            return Err(SignerError::Differs("the hour"));
        }
        let worse = self.colours.worse(now, colour(hour.then)?);
        // A colour outside the registry ranks worst of all; it must not be signed either.
        if !self.colours.contains(worse)
            || worse.registry_number() != hour.signed
            || claims.colour != worse
        {
            return Err(SignerError::Differs("the colour"));
        }
        let tiles = claims.tiles.unwrap_or(Tiles::NOTHING);
        if tiles.test_age.registry_number() != hour.test_age
            || tiles.vaccination.registry_number() != hour.vaccination
        {
            return Err(SignerError::Differs("the tiles"));
        }
        Ok(())
    }
}

fn colour(number: u8) -> Result<Colour, SignerError> {
    Colour::from_registry_number(number).ok_or(SignerError::Differs("the colour"))
}

#[async_trait]
impl StripSigner for Signer {
    fn reload(&self) -> Result<(), KeyFileError> {
        let key = keys::read_private_key(&self.file)?;
        *self.key.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
        Ok(())
    }

    async fn sign_strip(&self, request: SignStrip) -> Result<Vec<Vec<u8>>, SignerError> {
        if !self
            .log
            .has_leaf(leaf_hash(&request.salt, &request.entry))
            .await?
        {
            return Err(SignerError::NoSuchLeaf);
        }
        self.check(&request)?;
        let key = self.key();
        request
            .claims
            .into_iter()
            .map(|claims| {
                Credential::sign(claims, &key)
                    .map(|credential| credential.bytes().to_vec())
                    .map_err(|_| SignerError::Credential)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use liangma_credential::{CodeId, Hour};
    use liangma_domain::{
        identity::{DocumentType, IdentityDocument},
        mask::{mask_document, mask_name},
        name::PersonName,
        tiles::{TestAge, VaccinationStatus},
    };
    use rstest::rstest;

    use super::*;
    use crate::{
        leaf::NewLeaf,
        ports::HandClock,
        storage::{LeafRow, Sqlite},
    };
    use liangma_crypto::SystemRandomness;

    const NOW: i64 = 1_647_224_430;

    struct World {
        signer: Signer,
        storage: Arc<dyn Storage>,
        clock: Arc<HandClock>,
        _folder: tempfile::TempDir,
    }

    fn world() -> World {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("keys")).unwrap();
        let storage: Arc<dyn Storage> =
            Arc::new(Sqlite::open(&folder.path().join("store.sqlite")).unwrap());
        let clock = Arc::new(HandClock::new(crate::platform::time(NOW)));
        let colours = ColourRegistry::three_colours();
        let signer = Signer::open(
            folder.path(),
            colours,
            storage.clone(),
            clock.clone(),
            &SystemRandomness,
        )
        .unwrap();
        World {
            signer,
            storage,
            clock,
            _folder: folder,
        }
    }

    /// Green now, yellow as of the second hour.
    fn evaluated() -> (LeafEntry, Vec<Claims>) {
        let today = jiff::civil::date(2022, 3, 14);
        let document =
            IdentityDocument::parse(DocumentType::ResidentIdentity, "11010519491231002X", today)
                .unwrap();
        let name = mask_name(&PersonName::parse("韦秀英").unwrap());
        let document = mask_document(&document);
        let first = Hour::of(crate::platform::time(NOW));
        let tiles = Tiles {
            test_age: TestAge::Within24h,
            vaccination: VaccinationStatus::Full,
        };
        let claims: Vec<Claims> = [(first, Colour::GREEN), (first.next(), Colour::YELLOW)]
            .into_iter()
            .map(|(hour, colour)| Claims {
                hour,
                cid: CodeId([1; 8]),
                anchor: [2; 16],
                kind: Kind::SelfCode,
                colour,
                name: name.clone(),
                document: document.clone(),
                rule_version: 3,
                tiles: Some(tiles),
                members: Vec::new(),
            })
            .collect();
        let entry = LeafEntry::Hours {
            person: [1; 16],
            device: [2; 8],
            shown: shown_digest(&name, &document),
            rule_version: 3,
            now: Colour::GREEN.registry_number(),
            hours: claims
                .iter()
                .map(|claims| LeafHour {
                    hour: claims.hour.0,
                    then: claims.colour.registry_number(),
                    signed: claims.colour.registry_number(),
                    test_age: tiles.test_age.registry_number(),
                    vaccination: tiles.vaccination.registry_number(),
                })
                .collect(),
            at: NOW,
            codes: Some(codes_digest(&claims)),
        };
        (entry, claims)
    }

    impl World {
        async fn ask(
            &self,
            entry: &LeafEntry,
            claims: Vec<Claims>,
        ) -> Result<Vec<Vec<u8>>, SignerError> {
            let leaf = NewLeaf::new(entry, &SystemRandomness).unwrap();
            let row = LeafRow {
                hash: leaf.hash,
                person: None,
                sealed: Vec::new(),
                at: NOW,
            };
            self.storage.put_leaves(vec![row]).await.unwrap();
            self.signer
                .sign_strip(SignStrip {
                    salt: leaf.salt,
                    entry: leaf.entry,
                    claims,
                })
                .await
        }
    }

    #[tokio::test]
    async fn it_signs_what_the_leaf_says() {
        let world = world();
        let (entry, claims) = evaluated();
        let signed = world.ask(&entry, claims.clone()).await.unwrap();
        for (bytes, claims) in signed.iter().zip(&claims) {
            let credential = Credential::decode(bytes).unwrap();
            assert_eq!(credential.claims(), claims);
            credential.verify(world.signer.key().public_key()).unwrap();
        }
    }

    #[tokio::test]
    async fn it_signs_nothing_without_a_fresh_leaf_in_the_log() {
        let world = world();
        let (entry, claims) = evaluated();
        let leaf = NewLeaf::new(&entry, &SystemRandomness).unwrap();
        let request = SignStrip {
            salt: leaf.salt,
            entry: leaf.entry,
            claims: claims.clone(),
        };
        assert!(matches!(
            world.signer.sign_strip(request).await,
            Err(SignerError::NoSuchLeaf)
        ));
        world.clock.set(crate::platform::time(NOW + FRESH_SECONDS));
        assert!(matches!(
            world.ask(&entry, claims.clone()).await,
            Err(SignerError::NotFresh)
        ));
        let other = LeafEntry::Recall {
            device: [1; 8],
            hour: 1,
            cause: "worsened".to_owned(),
            at: NOW,
        };
        assert!(matches!(
            world.ask(&other, claims).await,
            Err(SignerError::NotAnEvaluation)
        ));
    }

    #[rstest]
    #[case::passed(-2, 1)]
    #[case::beyond_a_recall(0, 48)]
    #[case::twice(0, 0)]
    #[case::backwards(1, 0)]
    #[tokio::test]
    async fn it_signs_no_hour_that_a_recall_would_not_reach(#[case] first: i64, #[case] last: i64) {
        let world = world();
        let (mut entry, mut claims) = evaluated();
        let LeafEntry::Hours { hours, codes, .. } = &mut entry else {
            unreachable!()
        };
        for ((hour, claims), ahead) in hours.iter_mut().zip(&mut claims).zip([first, last]) {
            hour.hour = hour_at(ahead);
            claims.hour = Hour(hour.hour);
        }
        *codes = Some(codes_digest(&claims));
        assert!(matches!(
            world.ask(&entry, claims).await,
            Err(SignerError::OutOfReach)
        ));
    }

    fn hour_at(ahead: i64) -> u32 {
        Hour::of(crate::platform::time(NOW + ahead * 3600)).0
    }

    #[tokio::test]
    async fn it_signs_against_no_leaf_of_the_first_version() {
        let world = world();
        let (mut entry, claims) = evaluated();
        if let LeafEntry::Hours { codes, .. } = &mut entry {
            *codes = None;
        }
        assert!(matches!(
            world.ask(&entry, claims).await,
            Err(SignerError::Differs("the codes"))
        ));
    }

    type Change = fn(&mut Vec<Claims>);

    #[rstest]
    #[case::milder(|claims: &mut Vec<Claims>| claims[1].colour = Colour::GREEN)]
    #[case::worse(|claims: &mut Vec<Claims>| claims[0].colour = Colour::RED)]
    #[case::another_hour(|claims: &mut Vec<Claims>| claims[1].hour = claims[1].hour.next())]
    #[case::one_more(|claims: &mut Vec<Claims>| claims.push(claims[0].clone()))]
    #[case::one_less(|claims: &mut Vec<Claims>| { claims.pop(); })]
    #[case::somebody_else(|claims: &mut Vec<Claims>| claims[0].name = mask_name(&PersonName::parse("陈志强").unwrap()))]
    #[case::other_rules(|claims: &mut Vec<Claims>| claims[0].rule_version = 4)]
    #[case::no_tiles(|claims: &mut Vec<Claims>| claims[0].tiles = None)]
    #[case::another_code(|claims: &mut Vec<Claims>| claims[1].cid = CodeId([9; 8]))]
    #[case::another_chain(|claims: &mut Vec<Claims>| claims[0].anchor = [9; 16])]
    #[case::another_kind(|claims: &mut Vec<Claims>| claims[0].kind = Kind::Ward)]
    #[tokio::test]
    async fn it_signs_no_claim_that_says_something_else(#[case] change: Change) {
        let world = world();
        let (entry, mut claims) = evaluated();
        change(&mut claims);
        assert!(matches!(
            world.ask(&entry, claims).await,
            Err(SignerError::Differs(_))
        ));
    }

    #[tokio::test]
    async fn it_does_not_sign_an_improvement_ahead_even_when_the_leaf_says_so() {
        let world = world();
        let (mut entry, mut claims) = evaluated();
        if let LeafEntry::Hours { now, hours, .. } = &mut entry {
            *now = Colour::RED.registry_number();
            for hour in hours {
                hour.signed = hour.then;
            }
        }
        assert!(matches!(
            world.ask(&entry, claims.clone()).await,
            Err(SignerError::Differs("the colour"))
        ));
        for claims in &mut claims {
            claims.colour = Colour::RED;
        }
        if let LeafEntry::Hours { hours, codes, .. } = &mut entry {
            for hour in hours {
                hour.signed = Colour::RED.registry_number();
            }
            *codes = Some(codes_digest(&claims));
        }
        assert!(world.ask(&entry, claims).await.is_ok());
    }
}

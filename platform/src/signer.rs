//! The signer: a component of its own with a key of its own and a narrow door.
//!
//! It signs a strip only against the trace of the evaluation behind it. It is given salt and entry of
//! that leaf, checks that the leaf is in the log, that it is fresh, and that every claim says exactly
//! what the leaf allows: the worse of now and then, tiles as of then, the same person's mask. Whoever
//! takes over the rest of the platform can still have wrong hours signed, but not without a leaf that
//! says so for ever.

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use liangma_credential::{Claims, Credential, Kind};
use liangma_crypto::{SigningKey, Suite, SystemRandomness};
use liangma_domain::{
    colour::{Colour, ColourRegistry},
    tiles::Tiles,
};

use crate::{
    keys::{self, KeyFileError},
    leaf::{LeafEntry, LeafHour, leaf_hash},
    ports::Clock,
    service::shown_digest,
    storage::{Storage, StorageError},
};

/// The key file of the issuer in use, inside the data folder.
pub(crate) const ISSUER_KEY: &str = "keys/issuer.key";
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
    async fn sign_strip(&self, request: SignStrip) -> Result<Vec<Vec<u8>>, SignerError>;
}

/// The signer in the platform's own process, with its own key file.
pub(crate) struct Signer {
    key: SigningKey,
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
    ) -> Result<Self, KeyFileError> {
        let key = keys::private_key_or_new(
            &data_dir.join(ISSUER_KEY),
            Suite::Ed25519,
            &SystemRandomness,
        )?;
        Ok(Self {
            key,
            colours,
            log,
            clock,
        })
    }

    fn check(&self, request: &SignStrip) -> Result<(), SignerError> {
        let Ok(LeafEntry::Hours {
            shown,
            rule_version,
            now,
            hours,
            at,
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
    async fn sign_strip(&self, request: SignStrip) -> Result<Vec<Vec<u8>>, SignerError> {
        if !self
            .log
            .has_leaf(leaf_hash(&request.salt, &request.entry))
            .await?
        {
            return Err(SignerError::NoSuchLeaf);
        }
        self.check(&request)?;
        request
            .claims
            .into_iter()
            .map(|claims| {
                Credential::sign(claims, &self.key)
                    .map(|credential| credential.bytes().to_vec())
                    .map_err(|_| SignerError::Credential)
            })
            .collect()
    }
}

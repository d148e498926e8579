//! Credentials are checked when they arrive: what the platform sends is shown to nobody unchecked.

use liangma_credential::{Credential, Hour, IssuerUse, Kind, StripChain, TrustStore};
use liangma_domain::colour::ColourRegistry;

/// What a credential has to be.
pub(crate) struct Expected<'a> {
    /// Who may sign.
    pub(crate) trust: &'a TrustStore,
    /// The strip that the credentials are for.
    pub(crate) chain: &'a StripChain,
    /// The first hour that was asked for.
    pub(crate) first_hour: Hour,
    /// How many hours were asked for.
    pub(crate) hours: u32,
    /// The region profile of the person.
    pub(crate) profile: &'a str,
    /// The colours in use there.
    pub(crate) colours: &'a ColourRegistry,
    /// The masked document as the person logged in with it.
    pub(crate) masked_document: &'a str,
    /// Whether the platform said that it is a demonstration.
    pub(crate) sandbox: bool,
}

/// Why a strip is not taken. Names the place and never a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("check the signed hours: hour {hour} {fault}")]
pub struct ArrivalError {
    /// Which of the hours, from 0.
    pub hour: u32,
    /// What is wrong with it.
    pub fault: ArrivalFault,
}

/// What is wrong with a credential that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArrivalFault {
    /// Fewer or more hours than were asked for, or others.
    #[error("is not one of those that were asked for")]
    Hours,
    /// Not a credential.
    #[error("cannot be read")]
    Unreadable,
    /// No key that may sign this hour signed it: forged, damaged, or the trust list is old.
    #[error("is signed by nobody who may")]
    NotSigned,
    /// Its id or chain is not that of this phone's strip.
    #[error("belongs to another strip")]
    OtherStrip,
    /// It speaks of somebody else, or of a group.
    #[error("speaks of somebody else")]
    OtherPerson,
    /// It is of another region's profile.
    #[error("is of another region")]
    OtherRegion,
    /// Its colour is not in use there.
    #[error("has a colour that is not in use")]
    UnknownColour,
    /// A demonstration's code from a platform that is none, or the reverse.
    #[error("mixes a demonstration with the real")]
    Sandbox,
}

/// Checks every credential of an answer.
pub(crate) fn check<'a>(
    expected: &Expected<'_>,
    first_hour: u32,
    credentials: impl ExactSizeIterator<Item = &'a [u8]>,
) -> Result<Vec<(u32, Vec<u8>)>, ArrivalError> {
    let fault = |hour, fault| ArrivalError { hour, fault };
    let count = u32::try_from(credentials.len()).unwrap_or(u32::MAX);
    // Fewer than were asked for may come, as in emergency mode; never others.
    if first_hour != expected.first_hour.0 || count > expected.hours || count == 0 {
        return Err(fault(0, ArrivalFault::Hours));
    }
    let mut checked = Vec::with_capacity(credentials.len());
    for (index, bytes) in (0u32..).zip(credentials) {
        let hour = expected.first_hour.plus(index);
        check_one(expected, hour, bytes).map_err(|found| fault(index, found))?;
        checked.push((hour.0, bytes.to_vec()));
    }
    Ok(checked)
}

fn check_one(expected: &Expected<'_>, hour: Hour, bytes: &[u8]) -> Result<(), ArrivalFault> {
    let credential = Credential::decode(bytes).map_err(|_| ArrivalFault::Unreadable)?;
    let issuer = expected
        .trust
        .issuers()
        .iter()
        .filter(|issuer| issuer.key_use == IssuerUse::Live)
        .filter(|issuer| hour >= issuer.valid_from && hour < issuer.valid_until)
        .find(|issuer| credential.verify(&issuer.key).is_ok())
        .ok_or(ArrivalFault::NotSigned)?;
    let claims = credential.claims();
    if claims.hour != hour {
        return Err(ArrivalFault::Hours);
    }
    let cid = expected.chain.cid(hour).ok_or(ArrivalFault::OtherStrip)?;
    if claims.cid != cid || claims.anchor != expected.chain.anchor(hour, cid) {
        return Err(ArrivalFault::OtherStrip);
    }
    if claims.kind != Kind::SelfCode || claims.document.display() != expected.masked_document {
        return Err(ArrivalFault::OtherPerson);
    }
    if issuer.profile.as_str() != expected.profile {
        return Err(ArrivalFault::OtherRegion);
    }
    if issuer.sandbox != expected.sandbox {
        return Err(ArrivalFault::Sandbox);
    }
    if !expected.colours.contains(claims.colour) {
        return Err(ArrivalFault::UnknownColour);
    }
    Ok(())
}

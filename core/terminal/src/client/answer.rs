//! What counts as the platform's answer. Pure.
//!
//! Between a phone and its platform stand sign-in pages, filters and balancers, and all of them answer. A
//! success is one in the media type that was agreed on; a problem is a problem document that states the
//! status it came with. Nothing else is read as the platform's word.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use liangma_wire::{
    problem::{PROBLEM_MEDIA_TYPE, Problem},
    trust::CBOR_MEDIA_TYPE,
};
use reqwest::{
    StatusCode,
    header::{self, HeaderMap, HeaderName},
};

use serde::Deserialize;

use super::{ClientError, JSON_MEDIA_TYPE};

/// A small answer takes no longer, from asking to its last byte.
const PATIENCE: Duration = Duration::from_secs(20);
/// Nor a large one: a recall list over a slow network.
const LARGE_PATIENCE: Duration = Duration::from_secs(180);
/// The network asks for a sign-in before it lets anything through (RFC 6585).
const SIGN_IN_REQUIRED: u16 = 511;

/// How the types of the platform's own problems begin.
const OURS: &str = "urn:liangma:problem:";

/// What is read of a problem whose code a newer version of the platform added.
#[derive(Deserialize)]
struct AnyProblem {
    #[serde(rename = "type")]
    problem_type: String,
    status: u16,
    retry_after: Option<u32>,
}

/// What a right answer looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    media_type: &'static str,
    limit: usize,
}

impl Wanted {
    /// An answer in JSON; none is larger.
    pub(crate) const JSON: Self = Self {
        media_type: JSON_MEDIA_TYPE,
        limit: 256 * 1024,
    };
    /// A strip of credentials: 48 hours of 200 bytes, with room.
    pub(crate) const STRIP: Self = Self {
        media_type: CBOR_MEDIA_TYPE,
        limit: 64 * 1024,
    };
    /// A trust file; a recall list of a large region is the largest.
    pub(crate) const TRUST_FILE: Self = Self {
        media_type: CBOR_MEDIA_TYPE,
        limit: liangma_credential::FILE_LIMIT,
    };
    /// Everything that the platform holds about one person.
    pub(crate) const EXPORT: Self = Self {
        media_type: JSON_MEDIA_TYPE,
        limit: 8 * 1024 * 1024,
    };

    #[cfg(test)]
    pub(super) fn of(media_type: &'static str, limit: usize) -> Self {
        Self { media_type, limit }
    }

    /// How long the whole exchange may take.
    pub(super) fn patience(self) -> Duration {
        if self.limit > Self::JSON.limit {
            LARGE_PATIENCE
        } else {
            PATIENCE
        }
    }
}

/// What an answer's head says of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What was asked for.
    Wanted(Wanted),
    /// A problem document, of this status.
    Problem(u16),
}

impl Kind {
    /// The largest body that is read.
    pub(super) fn limit(self) -> usize {
        match self {
            Self::Wanted(wanted) => wanted.limit,
            Self::Problem(_) => Wanted::JSON.limit,
        }
    }
}

/// Judges the head of an answer.
pub(super) fn kind(
    status: StatusCode,
    headers: &HeaderMap,
    wanted: Wanted,
) -> Result<Kind, ClientError> {
    if status.is_redirection() || status.as_u16() == SIGN_IN_REQUIRED {
        return Err(ClientError::Redirected);
    }
    if status.is_success() {
        return if is_of(headers, wanted.media_type) {
            Ok(Kind::Wanted(wanted))
        } else {
            Err(ClientError::NotThePlatform)
        };
    }
    if is_of(headers, PROBLEM_MEDIA_TYPE) {
        return Ok(Kind::Problem(status.as_u16()));
    }
    Err(ClientError::Status {
        status: status.as_u16(),
        retry_after: retry_after(headers),
    })
}

/// Judges the whole of an answer.
pub(super) fn judge(
    kind: Kind,
    body: Vec<u8>,
    retry_after: Option<u32>,
) -> Result<Vec<u8>, ClientError> {
    let status = match kind {
        Kind::Wanted(_) => return Ok(body),
        Kind::Problem(status) => status,
    };
    if let Ok(mut problem) = serde_json::from_slice::<Problem>(&body)
        && problem.status == status
    {
        problem.retry_after = problem.retry_after.or(retry_after);
        return Err(ClientError::Problem(Box::new(problem)));
    }
    match serde_json::from_slice::<AnyProblem>(&body) {
        Ok(problem) if problem.status == status && problem.problem_type.starts_with(OURS) => {
            Err(ClientError::UnknownProblem {
                status,
                retry_after: problem.retry_after.or(retry_after),
            })
        }
        _ => Err(ClientError::Status {
            status,
            retry_after,
        }),
    }
}

/// Whether the body is of a media type, whatever parameters stand behind it.
fn is_of(headers: &HeaderMap, media_type: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .is_some_and(|found| found.trim().eq_ignore_ascii_case(media_type))
}

/// How many seconds the answer asks to wait (RFC 9110): a number, or a date beside the date of the answer.
/// Whatever cannot be read asks nothing.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<u32> {
    let text = text(headers, header::RETRY_AFTER)?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().unwrap_or(u32::MAX));
    }
    // Two dates of one clock: the phone's own may be years off.
    let wait = date(text)?.duration_since(date(text_of_date(headers)?)?);
    Some(u32::try_from(wait.as_secs().max(0)).unwrap_or(u32::MAX))
}

fn text_of_date(headers: &HeaderMap) -> Option<&str> {
    text(headers, header::DATE)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;
    use rstest::rstest;

    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[rstest]
    #[case("0", Some(0))]
    #[case(" 120 ", Some(120))]
    #[case("-5", None)]
    #[case("1e9", None)]
    #[case("31536000", Some(31_536_000))]
    #[case("99999999999999999999", Some(u32::MAX))]
    #[case("Fri, 01 Apr 2022 00:02:00 GMT", Some(120))]
    #[case("Thu, 31 Mar 2022 23:00:00 GMT", Some(0))]
    #[case("Fri, 24 Dec 9999 23:59:59 GMT", Some(u32::MAX))]
    #[case("soon", None)]
    #[case("", None)]
    fn a_wait_is_read_in_seconds_or_as_a_date(#[case] text: &str, #[case] expected: Option<u32>) {
        let now = (header::DATE, "Fri, 01 Apr 2022 00:00:00 GMT");
        let asked = headers(&[(header::RETRY_AFTER, text), now]);
        assert_eq!(retry_after(&asked), expected);
    }

    #[test]
    fn a_date_without_the_date_of_the_answer_asks_nothing() {
        let asked = headers(&[(header::RETRY_AFTER, "Fri, 01 Apr 2022 00:02:00 GMT")]);
        assert_eq!(retry_after(&asked), None);
    }

    #[rstest]
    #[case("application/json", true)]
    #[case("Application/JSON; charset=utf-8", true)]
    #[case("application/jsonp", false)]
    #[case("text/html", false)]
    #[case("application/cbor", false)]
    fn only_the_agreed_media_type_is_an_answer(#[case] found: &str, #[case] taken: bool) {
        let head = headers(&[(header::CONTENT_TYPE, found)]);
        let kind = kind(StatusCode::OK, &head, Wanted::JSON);
        assert_eq!(kind.is_ok(), taken);
    }

    #[test]
    fn a_problem_that_states_another_status_than_it_came_with_is_not_the_platforms() {
        let problem = Problem::new(liangma_wire::problem::ProblemCode::SessionEnded);
        let body = serde_json::to_vec(&problem).unwrap();
        let right = judge(Kind::Problem(401), body.clone(), None).unwrap_err();
        assert!(right.problem().is_some());
        let wrong = judge(Kind::Problem(403), body, Some(3)).unwrap_err();
        assert!(matches!(
            wrong,
            ClientError::Status {
                status: 403,
                retry_after: Some(3)
            }
        ));
    }

    #[test]
    fn a_code_of_a_newer_platform_is_told_from_somebody_elses_refusal() {
        let judged = |kind_of: &str| {
            let body = format!(
                r#"{{"type":"{kind_of}","title":"t","status":409,"code":"newer","detail":"d","retry_after":7}}"#
            );
            judge(Kind::Problem(409), body.into_bytes(), None).unwrap_err()
        };
        assert!(matches!(
            judged("urn:liangma:problem:newer"),
            ClientError::UnknownProblem {
                status: 409,
                retry_after: Some(7)
            }
        ));
        assert!(matches!(
            judged("about:blank"),
            ClientError::Status { status: 409, .. }
        ));
    }

    proptest! {
        #[test]
        fn no_header_panics(after in "[ -~]{0,60}", date in "[ -~]{0,60}") {
            let _ = retry_after(&headers(&[
                (header::RETRY_AFTER, after.as_str()),
                (header::DATE, date.as_str()),
            ]));
        }
    }
}

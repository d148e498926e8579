//! What a colour may do at a place.

use serde::{Deserialize, Serialize};

/// Something that is done, or asked for, when a code does not pass freely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Wear a mask correctly all the way.
    WearMask,
    /// Take the temperature.
    TakeTemperature,
    /// Show the identity document.
    ShowIdentityDocument,
    /// Write the visit into the paper register.
    RegisterOnPaper,
    /// Show a recent negative test.
    ShowNegativeTest,
    /// Take a test at a local service point.
    TestAtServicePoint,
    /// Use a separate way in, and be treated apart.
    SeparateEntrance,
    /// Tell the local health authority.
    ReportToHealth,
    /// Be taken from point to point, never by public means.
    PointToPointTransport,
    /// Stay under closed management all the way.
    ClosedManagement,
}

/// What a place answers to a colour.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case", deny_unknown_fields)]
pub enum Admission {
    /// Come in.
    Admit {},
    /// Come in with these measures.
    Restrict {
        /// What is asked for.
        measures: Vec<Measure>,
    },
    /// Do not come in; do this instead.
    Refuse {
        /// What is done instead.
        measures: Vec<Measure>,
    },
}

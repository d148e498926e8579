//! What a colour may do at a place.

use serde::{Deserialize, Serialize};

use crate::colour::{Colour, ColourRegistry};
use crate::policy::{PolicyError, Source};
use crate::venue::{AlertLevel, VenueClass};

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
#[serde(tag = "answer", rename_all = "snake_case", try_from = "Answer")]
pub enum Admission {
    /// Come in.
    Admit,
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

/// An answer as it stands in a profile.
#[derive(Deserialize)]
struct Answer {
    answer: AnswerName,
    measures: Option<Vec<Measure>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum AnswerName {
    Admit,
    Restrict,
    Refuse,
}

impl TryFrom<Answer> for Admission {
    type Error = &'static str;

    fn try_from(row: Answer) -> Result<Self, Self::Error> {
        match (row.answer, row.measures) {
            (AnswerName::Admit, None) => Ok(Self::Admit),
            (AnswerName::Restrict, Some(measures)) => Ok(Self::Restrict { measures }),
            (AnswerName::Refuse, Some(measures)) => Ok(Self::Refuse { measures }),
            (AnswerName::Admit, Some(_)) => Err("leave `measures` away from `admit`"),
            (_, None) => Err("missing field `measures`"),
        }
    }
}

/// One colour's part of the table, as it stands in a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AdmissionRow {
    colour: Colour,
    otherwise: Admission,
    source: Source,
    #[serde(default)]
    except: Vec<Exception>,
}

/// Places, at alert levels, that answer this colour in another way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Exception {
    venues: Vec<VenueClass>,
    #[serde(default = "every_level")]
    alert: Vec<AlertLevel>,
    admission: Admission,
    source: Source,
}

fn every_level() -> Vec<AlertLevel> {
    AlertLevel::ALL.to_vec()
}

/// The table colour x venue class x alert level, with an answer in every cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AdmissionTable(Vec<(Colour, Vec<Cell>)>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cell {
    venue: VenueClass,
    alert: AlertLevel,
    admission: Admission,
    source: Source,
    is_exception: bool,
}

impl AdmissionTable {
    pub(super) fn new(
        rows: Vec<AdmissionRow>,
        colours: &ColourRegistry,
    ) -> Result<Self, PolicyError> {
        let mut table: Vec<(Colour, Vec<Cell>)> = Vec::new();
        for (index, row) in rows.into_iter().enumerate() {
            let path = format!("admission[{index}]");
            if !colours.contains(row.colour) {
                return Err(PolicyError::inconsistent(
                    format!("{path}.colour"),
                    "use a colour that stands in colours",
                ));
            }
            if table.iter().any(|(colour, _)| *colour == row.colour) {
                return Err(PolicyError::inconsistent(
                    format!("{path}.colour"),
                    "give each colour one line; this one stands twice",
                ));
            }
            let colour = row.colour;
            let cells = cells(&path, row, colour == colours.mildest())?;
            table.push((colour, cells));
        }
        if let Some(missing) = colours
            .entries()
            .iter()
            .find(|entry| !table.iter().any(|(colour, _)| *colour == entry.colour))
        {
            return Err(PolicyError::inconsistent(
                "admission",
                format!(
                    "add a line for {}; every colour in use needs one",
                    missing.id
                ),
            ));
        }
        Ok(Self(table))
    }

    fn cell(&self, colour: Colour, venue: VenueClass, alert: AlertLevel) -> Option<&Cell> {
        let (_, cells) = self.0.iter().find(|(known, _)| *known == colour)?;
        cells
            .iter()
            .find(|cell| cell.venue == venue && cell.alert == alert)
    }

    pub(super) fn admission(
        &self,
        colour: Colour,
        venue: VenueClass,
        alert: AlertLevel,
    ) -> Admission {
        match self.cell(colour, venue, alert) {
            Some(cell) => cell.admission.clone(),
            // A colour that the profile does not use is answered like the worst, and still gets urgent care.
            None if venue == VenueClass::Hospital => Admission::Restrict {
                measures: vec![Measure::SeparateEntrance, Measure::ReportToHealth],
            },
            None => Admission::Refuse {
                measures: vec![Measure::ReportToHealth],
            },
        }
    }

    pub(super) fn source(
        &self,
        colour: Colour,
        venue: VenueClass,
        alert: AlertLevel,
    ) -> Option<&Source> {
        self.cell(colour, venue, alert).map(|cell| &cell.source)
    }
}

fn cells(path: &str, row: AdmissionRow, is_mildest: bool) -> Result<Vec<Cell>, PolicyError> {
    row.source.check(&format!("{path}.source"))?;
    check_measures(&format!("{path}.otherwise"), &row.otherwise)?;
    let mut cells = Vec::with_capacity(VenueClass::ALL.len() * AlertLevel::ALL.len());
    for venue in VenueClass::ALL {
        for alert in AlertLevel::ALL {
            let (admission, source) = (row.otherwise.clone(), row.source.clone());
            cells.push(Cell {
                venue: *venue,
                alert: *alert,
                admission,
                source,
                is_exception: false,
            });
        }
    }
    for (index, exception) in row.except.into_iter().enumerate() {
        let path = format!("{path}.except[{index}]");
        exception.source.check(&format!("{path}.source"))?;
        check_measures(&format!("{path}.admission"), &exception.admission)?;
        if exception.venues.is_empty() || exception.alert.is_empty() {
            return Err(PolicyError::inconsistent(
                path,
                "name at least one venue class and one alert level",
            ));
        }
        for venue in &exception.venues {
            for alert in &exception.alert {
                let Some(cell) = cells
                    .iter_mut()
                    .find(|cell| cell.venue == *venue && cell.alert == *alert)
                else {
                    continue;
                };
                if cell.is_exception {
                    return Err(PolicyError::inconsistent(
                        path,
                        format!(
                            "answer {venue:?} at {alert:?} once; an earlier exception or this one already does"
                        ),
                    ));
                }
                cell.admission = exception.admission.clone();
                cell.source = exception.source.clone();
                cell.is_exception = true;
            }
        }
    }
    for cell in &cells {
        let refused = matches!(cell.admission, Admission::Refuse { .. });
        if refused && cell.venue == VenueClass::Hospital {
            return Err(PolicyError::inconsistent(
                path,
                format!(
                    "answer hospital at {:?} with admit or restrict; urgent care is never refused",
                    cell.alert
                ),
            ));
        }
        if refused && is_mildest {
            return Err(PolicyError::inconsistent(
                path,
                format!(
                    "do not refuse the mildest colour ({:?}); whoever holds it moves freely",
                    cell.venue
                ),
            ));
        }
    }
    Ok(cells)
}

fn check_measures(path: &str, admission: &Admission) -> Result<(), PolicyError> {
    let (measures, needs_one) = match admission {
        Admission::Admit => return Ok(()),
        Admission::Restrict { measures } => (measures, true),
        Admission::Refuse { measures } => (measures, false),
    };
    let repeated = measures.iter().enumerate().any(|(index, measure)| {
        measures
            .iter()
            .take(index)
            .any(|earlier| earlier == measure)
    });
    if repeated {
        return Err(PolicyError::inconsistent(
            format!("{path}.measures"),
            "name each measure once",
        ));
    }
    if needs_one && measures.is_empty() {
        return Err(PolicyError::inconsistent(
            format!("{path}.measures"),
            "name what is asked for, or answer admit",
        ));
    }
    Ok(())
}

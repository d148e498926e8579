//! The texts of a card that depend on its model.

use jiff::SignedDuration;

use crate::layout::Sheet;
use crate::model::{ClockState, Code, Holder};
use crate::text::{fill, shown};

/// The parts of a card that its words are made of; also for ears.
pub(crate) struct Lines {
    pub(crate) name: String,
    pub(crate) date: String,
    pub(crate) time: String,
    pub(crate) offset: String,
    pub(crate) validity: Option<String>,
    pub(crate) validity_spoken: Option<String>,
    pub(crate) updated: Option<String>,
    pub(crate) holder: Option<String>,
}

impl Sheet<'_> {
    pub(crate) fn lines(&self) -> Lines {
        let words = self.standard.card();
        let say = |template: &crate::standard::Localised, values: &[(&str, &str)]| {
            fill(template.get(self.language), values)
        };
        let validity = &self.model.validity;
        let live = matches!(self.model.code, Code::Live { .. });
        let in_doubt = validity.clock == ClockState::Unknown;
        let until = validity
            .works_offline_until
            .filter(|_| live && !in_doubt)
            .map(|at| self.moment(at));
        let doubt = in_doubt.then(|| words.time_may_be_off.get(self.language).to_owned());
        let people = match self.model.holder {
            Holder::Group { people } => people.to_string(),
            Holder::Own | Holder::Ward => String::new(),
        };
        let name = shown(self.model.name.as_str());
        Lines {
            name: match self.model.holder {
                Holder::Group { people: 2.. } => {
                    say(&words.group_name, &[("name", &name), ("count", &people)])
                }
                Holder::Group { .. } | Holder::Own | Holder::Ward => name,
            },
            date: self.now.strftime("%Y-%m-%d").to_string(),
            time: self.now.strftime("%H:%M:%S").to_string(),
            offset: offset(self.now.offset().seconds()),
            validity: until
                .as_ref()
                .map(|at| say(&words.offline_until, &[("time", at)]))
                .or_else(|| doubt.clone()),
            validity_spoken: until
                .map(|at| say(&words.works_offline_until, &[("time", &at)]))
                .or(doubt),
            updated: validity
                .updated_at
                .map(|at| say(&words.updated, &[("time", &self.past(at))])),
            holder: match self.model.holder {
                Holder::Own => None,
                Holder::Ward => Some(words.ward_mark.get(self.language).to_owned()),
                Holder::Group { .. } => Some(say(&words.group_mark, &[("count", &people)])),
            },
        }
    }

    /// A time that is over, in the region's zone: the hour of today, the date of an earlier day, and
    /// its year when that could be mistaken.
    fn past(&self, at: jiff::Timestamp) -> String {
        let long_ago =
            self.now.timestamp().duration_since(at) > SignedDuration::from_hours(24 * 300);
        let at = at.to_zoned(self.now.time_zone().clone());
        let today = at.date() == self.now.date();
        let form = if today {
            "%H:%M"
        } else if long_ago {
            "%Y-%m-%d"
        } else {
            "%m-%d"
        };
        at.strftime(form).to_string()
    }

    /// A time in the region's zone: the hour alone today, in words tomorrow, else with its date.
    fn moment(&self, at: jiff::Timestamp) -> String {
        let at = at.to_zoned(self.now.time_zone().clone());
        let time = at.strftime("%H:%M").to_string();
        if at.date() == self.now.date() {
            time
        } else if self
            .now
            .date()
            .tomorrow()
            .is_ok_and(|tomorrow| tomorrow == at.date())
        {
            fill(
                self.standard.card().tomorrow.get(self.language),
                &[("time", &time)],
            )
        } else {
            format!("{} {time}", at.strftime("%m-%d"))
        }
    }
}

/// `UTC+8`, `UTC-3:30`, `UTC`.
fn offset(seconds: i32) -> String {
    let minutes = seconds.abs() / 60;
    let sign = if seconds < 0 { '-' } else { '+' };
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

//! Evaluation: from dated evidence to spans of time, from spans to a colour with its reasons.
//!
//! Every rule turns every piece of evidence it looks for into one span `[start, end)`. All clocks live in the bounds
//! of spans, so an evaluation can change, with no new evidence, only where some span starts or ends.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};

use crate::evidence::{
    Evidence, EvidenceId, EvidenceKind, IsolationForm, Origin, TestResult, known,
};
use crate::rules::pack::{End, Rule, RulePack, Trigger};
use crate::rules::{Evaluation, ReasonStatement};

/// Evaluates a person's evidence as of a time.
///
/// Pure, and the same in whatever order the evidence comes. Evidence recorded after `at`, withdrawn by then, or derived
/// from venue visits is not looked at.
#[must_use]
pub fn evaluate(pack: &RulePack, evidence: &[Evidence], at: Timestamp) -> Evaluation {
    let record = Record {
        pack,
        known: known(evidence, at),
    };
    let spans = record.spans();
    let now = statements(pack, &spans, at);
    let boundaries: BTreeSet<Timestamp> = spans
        .iter()
        .flat_map(|span| [Some(span.start), span.end])
        .flatten()
        .filter(|boundary| *boundary > at)
        .collect();
    let next_change_at = boundaries
        .into_iter()
        .find(|boundary| statements(pack, &spans, *boundary) != now);
    Evaluation::of_statements(now, pack.version(), at, next_change_at)
}

/// The time in which one piece of evidence makes one rule hold.
#[derive(Debug, Clone, Copy)]
struct Span {
    /// Its place in the pack.
    rule: usize,
    evidence: EvidenceId,
    start: Timestamp,
    /// `None` while only new evidence can end it.
    end: Option<Timestamp>,
}

impl Span {
    fn covers(&self, at: Timestamp) -> bool {
        self.start <= at && self.end.is_none_or(|end| at < end)
    }
}

/// What holds at a time: never empty, worst first.
fn statements(
    pack: &RulePack,
    spans: &[Span],
    at: Timestamp,
) -> (ReasonStatement, Vec<ReasonStatement>) {
    let mut statements: Vec<ReasonStatement> = Vec::new();
    for (index, rule) in pack.rules().iter().enumerate() {
        let of_rule: Vec<&Span> = spans.iter().filter(|span| span.rule == index).collect();
        let evidence: BTreeSet<EvidenceId> = of_rule
            .iter()
            .filter(|span| span.covers(at))
            .map(|span| span.evidence)
            .collect();
        if evidence.is_empty() {
            continue;
        }
        let (since, clears_at) = unbroken(&of_rule, at);
        statements.push(ReasonStatement {
            reason: rule.reason,
            colour: rule.colour,
            rule: rule.id.clone(),
            since: Some(since),
            evidence: evidence.into_iter().collect(),
            cleared_by: rule.cleared_by(),
            clears_at,
        });
    }
    // Stable, so that reasons of one severity keep the order of the pack.
    statements.sort_by_key(|statement| std::cmp::Reverse(pack.colours().rank(statement.colour)));
    let mut statements = statements.into_iter();
    match statements.next() {
        Some(worst) => (worst, statements.collect()),
        None => {
            let otherwise = pack.otherwise();
            let no_risk = ReasonStatement {
                reason: otherwise.reason,
                colour: otherwise.colour,
                rule: otherwise.id.clone(),
                since: None,
                evidence: Vec::new(),
                cleared_by: Vec::new(),
                clears_at: None,
            };
            (no_risk, Vec::new())
        }
    }
}

/// The unbroken time around `at` in which the spans of one rule hold.
fn unbroken(spans: &[&Span], at: Timestamp) -> (Timestamp, Option<Timestamp>) {
    let mut since = at;
    let mut until = Some(at);
    loop {
        let before = (since, until);
        for span in spans {
            let reaches = until.is_none_or(|until| span.start <= until);
            if reaches && span.end.is_none_or(|end| end >= since) {
                since = since.min(span.start);
                until = match (until, span.end) {
                    (Some(until), Some(end)) => Some(until.max(end)),
                    _ => None,
                };
            }
        }
        if before == (since, until) {
            return (since, until);
        }
    }
}

/// What is known, and the pack that reads it.
struct Record<'a> {
    pack: &'a RulePack,
    known: Vec<&'a Evidence>,
}

/// An order to isolate, with the time at which it is really over.
struct Order {
    form: IsolationForm,
    start: Timestamp,
    over: Timestamp,
}

impl Record<'_> {
    fn spans(&self) -> Vec<Span> {
        let orders = self.orders();
        let mut spans = Vec::new();
        for (index, rule) in self.pack.rules().iter().enumerate() {
            for evidence in &self.known {
                let Some(base) = self.base(rule, evidence) else {
                    continue;
                };
                let start = match rule.when {
                    Trigger::AfterStayAbroad { days } => self.end_of_isolation(&orders, base, days),
                    _ => base,
                };
                let end = rule
                    .ends
                    .iter()
                    .filter_map(|end| self.end(end, evidence, base, start, &orders))
                    .min();
                spans.push(Span {
                    rule: index,
                    evidence: evidence.id,
                    start,
                    end,
                });
            }
        }
        spans
    }

    /// The time from which the evidence counts under the rule, or `None` when the rule does not look for it.
    fn base(&self, rule: &Rule, evidence: &Evidence) -> Option<Timestamp> {
        let occurred = Some(evidence.occurred_at);
        match (&rule.when, &evidence.kind) {
            (Trigger::Infection { status: states }, EvidenceKind::Infection { status })
                if states.contains(status) =>
            {
                occurred
            }
            (
                Trigger::PositiveTest {},
                EvidenceKind::NucleicAcidTest {
                    result: TestResult::Positive,
                },
            ) => occurred,
            (Trigger::Contact { degree: wanted }, EvidenceKind::Contact { degree })
                if wanted == degree =>
            {
                occurred
            }
            (
                Trigger::IsolationOrder { form: wanted },
                EvidenceKind::IsolationOrder { form, .. },
            ) if wanted == form => occurred,
            (
                Trigger::StayAbroad {} | Trigger::AfterStayAbroad { .. },
                EvidenceKind::StayAbroad { left_at },
            ) => Some(*left_at),
            (
                Trigger::ResidenceInRiskArea { level: wanted },
                EvidenceKind::ResidenceInRiskArea {
                    level,
                    test_required: true,
                    ..
                },
            ) if wanted == level => occurred,
            (Trigger::AreaDecision {}, EvidenceKind::AreaDecision { .. }) => occurred,
            (
                Trigger::Fever {
                    epidemic_history: wanted,
                },
                EvidenceKind::Symptom {
                    fever: true,
                    epidemic_history,
                },
            ) => {
                let history = *epidemic_history || self.epidemic_history(evidence.occurred_at);
                (history == *wanted).then_some(evidence.occurred_at)
            }
            (
                Trigger::RiskAssessment {
                    level: wanted,
                    verified,
                },
                EvidenceKind::RiskAssessment { level, verified_by },
            ) if wanted == level && (!verified || verified_by.is_some()) => occurred,
            (Trigger::OtherDecision {}, EvidenceKind::OtherDecision { colour, .. })
            | (Trigger::ManualDecision {}, EvidenceKind::ManualDecision { colour, .. })
                if *colour == rule.colour =>
            {
                occurred
            }
            _ => None,
        }
    }

    /// Whether something on record gives a fever at this time an epidemic history.
    fn epidemic_history(&self, at: Timestamp) -> bool {
        let from = self.days_before(at, self.pack.epidemic_history_days);
        self.known.iter().any(|item| {
            let when = match &item.kind {
                EvidenceKind::StayAbroad { left_at } => *left_at,
                EvidenceKind::Contact { .. }
                | EvidenceKind::ResidenceInRiskArea { .. }
                | EvidenceKind::AreaDecision { .. } => item.occurred_at,
                _ => return false,
            };
            (from..=at).contains(&when)
        })
    }

    /// When one end comes for a span that starts at `start` by evidence that counts from `base`.
    fn end(
        &self,
        end: &End,
        evidence: &Evidence,
        base: Timestamp,
        start: Timestamp,
        orders: &[Order],
    ) -> Option<Timestamp> {
        match end {
            End::Days { days } => Some(self.days_after(start, *days)),
            End::Isolation { days_without_order } => self.isolation_over(orders, base, *days_without_order),
            End::Order {} => match &evidence.kind {
                EvidenceKind::IsolationOrder { form, until } => Some(self.order_over(*form, evidence.occurred_at, *until)),
                _ => None,
            },
            End::Observation { days } => {
                // The span starts at the midnight after the last day of isolation: that last day is not counted.
                let passed = self.days_after(before(start), *days);
                self.completed(Some(IsolationForm::Home), base).map(|completed| completed.min(passed)).or(Some(passed))
            }
            End::NegativeTest { days_before } => {
                let from = if *days_before == 0 { base } else { self.days_before(base, *days_before) };
                self.first(from, |kind| matches!(kind, EvidenceKind::NucleicAcidTest { result: TestResult::Negative }))
            }
            End::FeverEnded {} => self.first_of(base, |item| {
                // A declaration takes back only what was declared: what a clinic found, a clinic ends.
                let may_end = item.origin == Origin::Finding || evidence.origin == Origin::Declaration;
                may_end && matches!(item.kind, EvidenceKind::Symptom { fever: false, .. })
            }),
            End::Infection { status: states } => {
                self.first(base, |kind| matches!(kind, EvidenceKind::Infection { status } if states.contains(status)))
            }
            End::DecisionEnds {} => match evidence.kind {
                EvidenceKind::OtherDecision { until, .. } | EvidenceKind::ManualDecision { until, .. } => until,
                _ => None,
            },
            End::HoursWithoutFinding { hours, days_before } => {
                let limit = plus_hours(base, *hours);
                let from = self.days_before(base, *days_before);
                let supported = self.known.iter().any(|item| {
                    let in_time = item.occurred_at >= from && item.occurred_at < limit && item.recorded_at < limit;
                    in_time && item.kind.is_finding_of_risk()
                });
                (!supported).then_some(limit)
            }
            End::Withdrawn {} => None,
            End::Reassessed {} => {
                let needs_county = matches!(evidence.kind, EvidenceKind::RiskAssessment { verified_by: Some(_), .. });
                self.first_of(base, |item| match item.kind {
                    EvidenceKind::RiskAssessment { ref verified_by, .. } => {
                        // A verified assessment gives way only to another that a county verified.
                        item.occurred_at > base && (verified_by.is_some() || !needs_county)
                    }
                    _ => false,
                })
            }
        }
    }

    /// When the isolation that belongs to evidence of this time is over.
    fn isolation_over(
        &self,
        orders: &[Order],
        base: Timestamp,
        days_without_order: Option<u16>,
    ) -> Option<Timestamp> {
        let without_order = days_without_order.map(|days| self.days_after(base, days));
        let first_day = self.start_of_day(base);
        // An order from before belongs to something before; one after the isolation would be over, to something after.
        let belongs = |order: &&Order| {
            order.start >= first_day && without_order.is_none_or(|over| order.start <= over)
        };
        let ordered = orders.iter().filter(belongs).map(|order| order.over).max();
        let first_order = orders.iter().filter(belongs).map(|order| order.start).min();
        let completed = self.first_of(base, |item| match item.kind {
            EvidenceKind::IsolationCompleted { form } => {
                let when = item.occurred_at;
                let of_earlier = orders.iter().any(|order| {
                    order.form == form
                        && order.start < first_day
                        && order.start <= when
                        && when <= order.over
                });
                !of_earlier || first_order.is_some_and(|first| first <= when)
            }
            _ => false,
        });
        let passed = ordered.or(without_order);
        match (completed, passed) {
            (Some(completed), Some(passed)) => Some(completed.min(passed)),
            (one, other) => one.or(other),
        }
    }

    /// When home observation after a stay abroad starts: the days have passed and central isolation is over.
    fn end_of_isolation(&self, orders: &[Order], left_at: Timestamp, days: u16) -> Timestamp {
        let passed = self.days_after(left_at, days);
        let first_day = self.start_of_day(left_at);
        let central = orders
            .iter()
            .filter(|order| {
                order.form == IsolationForm::Central
                    && order.start >= first_day
                    && order.start <= passed
            })
            .map(|order| order.over)
            .max();
        central.map_or(passed, |over| over.max(passed))
    }

    fn orders(&self) -> Vec<Order> {
        let order = |item: &&Evidence| match item.kind {
            EvidenceKind::IsolationOrder { form, until } => {
                let start = item.occurred_at;
                Some(Order {
                    form,
                    start,
                    over: self.order_over(form, start, until),
                })
            }
            _ => None,
        };
        self.known.iter().filter_map(order).collect()
    }

    /// When an order is over: its last day passes, or the authority says that it is complete.
    fn order_over(&self, form: IsolationForm, start: Timestamp, until: Date) -> Timestamp {
        let last_day_passed = self.start_of(until.saturating_add(1.day()));
        self.completed(Some(form), start)
            .map_or(last_day_passed, |completed| completed.min(last_day_passed))
    }

    fn completed(&self, wanted: Option<IsolationForm>, from: Timestamp) -> Option<Timestamp> {
        self.first(from, |kind| {
            matches!(kind, EvidenceKind::IsolationCompleted { form } if wanted.is_none_or(|wanted| wanted == *form))
        })
    }

    fn first(&self, from: Timestamp, wanted: impl Fn(&EvidenceKind) -> bool) -> Option<Timestamp> {
        self.first_of(from, |item| wanted(&item.kind))
    }

    fn first_of(&self, from: Timestamp, wanted: impl Fn(&Evidence) -> bool) -> Option<Timestamp> {
        self.known
            .iter()
            .filter(|item| item.occurred_at >= from && wanted(item))
            .map(|item| item.occurred_at)
            .min()
    }

    /// The midnight at which this many whole civil days have passed, not counting the day of `from`.
    fn days_after(&self, from: Timestamp, days: u16) -> Timestamp {
        self.start_of(self.date(from).saturating_add((i64::from(days) + 1).days()))
    }

    /// The start of the civil day this many days before the day of `from`.
    fn days_before(&self, from: Timestamp, days: u16) -> Timestamp {
        self.start_of(self.date(from).saturating_sub(i64::from(days).days()))
    }

    fn start_of_day(&self, at: Timestamp) -> Timestamp {
        self.start_of(self.date(at))
    }

    fn date(&self, at: Timestamp) -> Date {
        self.pack.zone.to_datetime(at).date()
    }

    fn start_of(&self, date: Date) -> Timestamp {
        // Only at the very ends of the calendar has a civil day no start; such a time is never reached.
        date.to_zoned(self.pack.zone.clone())
            .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }
}

/// An instant that still belongs to what ended at `end`.
fn before(end: Timestamp) -> Timestamp {
    end.saturating_sub(SignedDuration::from_secs(1))
        .unwrap_or(end)
}

fn plus_hours(from: Timestamp, hours: u16) -> Timestamp {
    from.saturating_add(SignedDuration::from_hours(hours.into()))
        .unwrap_or(Timestamp::MAX)
}

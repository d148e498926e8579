use liangma_wire::{
    bytes::FixedBytes,
    trust::{TIME_PATH, TimeRequest, TimeResponse},
};

use super::{Terminal, TerminalError, locked, put_notice};
use crate::{
    client::Body,
    clock::ClockFix,
    records::{NoticeKind, PlanRecord, row},
    skew::{self, Doubt, Weighed},
    store::Table,
};

impl Terminal {
    /// Asks for the time with a nonce of its own. False when the answer took too long to tell it.
    ///
    /// A statement is taken when it fits what the phone knows, and when the phone could still ask the
    /// platform at that time: a platform whose clock went wrong takes nobody's code away.
    pub(super) async fn sync_time(&self) -> Result<bool, TerminalError> {
        let mut nonce = FixedBytes([0; 32]);
        self.0.ports.randomness.fill(&mut nonce.0)?;
        let asked = self.0.ports.monotonic.read();
        let response: TimeResponse = self
            .0
            .client
            .post(TIME_PATH, Some(Body::json(&TimeRequest { nonce })?))
            .await?;
        let heard = self.phone_time();
        let statement = locked(&self.0.trust).server_time(&response.statement.0, &nonce.0)?;
        let wall = heard.wall.as_ref().map(|wall| wall.time);
        let zone = heard
            .wall
            .as_ref()
            .map(|wall| wall.zone.clone())
            .unwrap_or_default();
        let fix = asked
            .ok()
            .zip(heard.monotonic)
            .and_then(|(asked, heard)| ClockFix::new(statement.time, asked, heard, zone));
        let Some(fix) = fix else {
            return Ok(false);
        };
        if !self.0.client.could_ask_at(statement.time) {
            return Err(TerminalError::TimeDoubted);
        }
        let doubt: Option<Doubt> = self.single(row::DOUBTED_TIME).await?;
        let weighed = skew::weigh(&locked(&self.0.clock), &fix, wall, doubt.as_ref());
        if let Weighed::Doubted(doubt) = weighed {
            self.write(move |work| work.put(Table::Single, row::DOUBTED_TIME, &doubt))
                .await?;
            return Err(TerminalError::TimeDoubted);
        }
        // That slots were shown ahead is on disk before it is forgotten here, so that neither a kill nor a
        // full phone lets them stand.
        let mut noted = false;
        loop {
            let to_note = {
                let mut clock = locked(&self.0.clock);
                if !noted && clock.went_ahead_of(&fix) {
                    true
                } else {
                    let to_note = clock.take_fix(fix.clone()) && !noted;
                    let judged = clock.judge(&heard, None);
                    clock.note_time(&judged);
                    to_note
                }
            };
            if !to_note {
                break;
            }
            self.write(move |work| {
                let mut plan: PlanRecord = work.get(Table::Single, row::PLAN)?.unwrap_or_default();
                plan.replace_strip = true;
                work.put(Table::Single, row::PLAN, &plan)?;
                put_notice(work, NoticeKind::ClockWasAhead, statement.time)
            })
            .await?;
            noted = true;
        }
        // The clock's memory goes with every write.
        self.write(|work| work.remove(Table::Single, row::DOUBTED_TIME).map(drop))
            .await?;
        Ok(true)
    }
}

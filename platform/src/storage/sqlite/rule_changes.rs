//! Changes of the rules and of the risk areas.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::published::append_leaves;
use crate::storage::{
    LeafRow, RuleChangeOutcome, RuleChangeRow, RuleChangeState, SettleRuleChange, StorageError,
};

const COLUMNS: &str =
    "digest, subject, version, effective_from, body, state, submitted_by, received_at, decided_by";

fn change(row: &Row<'_>) -> rusqlite::Result<RuleChangeRow> {
    Ok(RuleChangeRow {
        digest: row.get(0)?,
        subject: row.get(1)?,
        version: row.get(2)?,
        effective_from: row.get(3)?,
        body: row.get(4)?,
        state: match row.get(5)? {
            0 => RuleChangeState::Waiting,
            1 => RuleChangeState::Approved,
            2 => RuleChangeState::InForce,
            _ => RuleChangeState::Refused,
        },
        submitted_by: row.get(6)?,
        received_at: row.get(7)?,
        decided_by: row.get(8)?,
    })
}

pub(super) fn rule_change(
    c: &Connection,
    digest: [u8; 32],
) -> Result<Option<RuleChangeRow>, StorageError> {
    let sql = format!("SELECT {COLUMNS} FROM rule_change WHERE digest = ?1");
    Ok(c.prepare_cached(&sql)?
        .query_row([digest], change)
        .optional()?)
}

pub(super) fn put_rule_change(
    t: &Transaction<'_>,
    row: &RuleChangeRow,
    waits_since: i64,
) -> Result<RuleChangeOutcome, StorageError> {
    if let Some(earlier) = rule_change(t, row.digest)? {
        return Ok(RuleChangeOutcome::Earlier(Box::new(earlier)));
    }
    let taken = t
        .prepare_cached(
            "SELECT 1 FROM rule_change WHERE subject = ?1
             AND ((state IN (1, 2) AND version >= ?2)
                  OR (state = 0 AND version = ?2 AND received_at > ?3))",
        )?
        .exists(params![row.subject, row.version, waits_since])?;
    if taken {
        return Ok(RuleChangeOutcome::VersionTaken);
    }
    t.prepare_cached(
        "INSERT INTO rule_change (digest, subject, version, effective_from, body, state,
                                  submitted_by, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7)",
    )?
    .execute(params![
        row.digest,
        row.subject,
        row.version,
        row.effective_from,
        row.body,
        row.submitted_by,
        row.received_at
    ])?;
    Ok(RuleChangeOutcome::Stored)
}

/// Of each subject the highest version whose time has come.
pub(super) fn rules_due(c: &Connection, at: i64) -> Result<Vec<RuleChangeRow>, StorageError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM rule_change AS r
         WHERE state IN (1, 2) AND effective_from <= ?1
         AND NOT EXISTS (SELECT 1 FROM rule_change AS o
                         WHERE o.subject = r.subject AND o.state IN (1, 2)
                         AND o.effective_from <= ?1 AND o.version > r.version)
         ORDER BY subject"
    );
    let mut statement = c.prepare_cached(&sql)?;
    let rows = statement.query_map([at], change)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn settle_rule_change(
    t: &Transaction<'_>,
    settle: &SettleRuleChange,
    leaves: &[LeafRow],
) -> Result<bool, StorageError> {
    // A later version may have been approved while this one waited.
    let changed = t
        .prepare_cached(
            "UPDATE rule_change SET state = ?3, decided_by = coalesce(?4, decided_by), decided_at = ?5,
                 body = iif(?3 = 3, x'', body)
             WHERE digest = ?1 AND state = ?2
             AND (?3 <> 1 OR NOT EXISTS (
                 SELECT 1 FROM rule_change AS o
                 WHERE o.subject = rule_change.subject AND o.state IN (1, 2)
                 AND o.version >= rule_change.version))",
        )?
        .execute(params![
            settle.digest,
            settle.from as u8,
            settle.to as u8,
            settle.decided_by,
            settle.at
        ])?;
    if changed == 0 {
        return Ok(false);
    }
    append_leaves(t, leaves)?;
    Ok(true)
}

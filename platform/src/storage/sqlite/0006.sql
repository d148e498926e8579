-- Changes of the rules and of the risk areas, each by the digest of its file. States: 0 waits for a second
-- person, 1 approved, 2 came into force, 3 refused.
CREATE TABLE rule_change (
    digest         BLOB NOT NULL PRIMARY KEY,
    subject        TEXT NOT NULL,
    version        INTEGER NOT NULL,
    effective_from INTEGER NOT NULL,
    body           BLOB NOT NULL,
    state          INTEGER NOT NULL,
    submitted_by   TEXT NOT NULL,
    received_at    INTEGER NOT NULL,
    decided_by     TEXT,
    decided_at     INTEGER
) STRICT;
CREATE INDEX rule_change_of ON rule_change (subject, state, version);

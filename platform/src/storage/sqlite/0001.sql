-- Times are whole seconds since 1970, hours whole hours since 1970.
-- What identifies somebody or tells of their health is sealed before it comes here.

CREATE TABLE person (
    id              BLOB PRIMARY KEY CHECK (length(id) = 16),
    lookup          BLOB NOT NULL UNIQUE CHECK (length(lookup) = 32),
    sealed_identity BLOB,
    evidence_version INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE bucket (
    key       BLOB PRIMARY KEY,
    count     INTEGER NOT NULL,
    ends_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE nonce (
    value      BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX nonce_expires ON nonce (expires_at);

CREATE TABLE attempt (
    id         BLOB PRIMARY KEY CHECK (length(id) = 16),
    person     BLOB REFERENCES person (id),
    device_key BLOB NOT NULL,
    code_hash  BLOB NOT NULL,
    counter    INTEGER NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    consumed   INTEGER NOT NULL DEFAULT 0,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    id          BLOB PRIMARY KEY CHECK (length(id) = 8),
    person      BLOB NOT NULL REFERENCES person (id),
    public_key  BLOB NOT NULL,
    standing    INTEGER NOT NULL,
    enrolled_at INTEGER NOT NULL,
    ended_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX device_person ON device (person);
CREATE UNIQUE INDEX device_key ON device (person, public_key) WHERE standing <> 2;

CREATE TABLE session (
    id         BLOB PRIMARY KEY CHECK (length(id) = 16),
    device     BLOB NOT NULL REFERENCES device (id),
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX session_device ON session (device);

CREATE TABLE notice (
    number INTEGER PRIMARY KEY,
    device BLOB NOT NULL REFERENCES device (id),
    kind   INTEGER NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_device ON notice (device);

CREATE TABLE consent (
    number       INTEGER PRIMARY KEY,
    person       BLOB NOT NULL REFERENCES person (id),
    purpose      TEXT NOT NULL,
    text_version INTEGER NOT NULL,
    language     TEXT NOT NULL,
    given        INTEGER NOT NULL,
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX consent_person ON consent (person);

CREATE TABLE application (
    id           BLOB PRIMARY KEY CHECK (length(id) = 16),
    person       BLOB NOT NULL REFERENCES person (id),
    device       BLOB NOT NULL UNIQUE REFERENCES device (id),
    opened_at    INTEGER NOT NULL,
    completed_at INTEGER,
    way          TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX application_person ON application (person);

CREATE TABLE ticket (
    id             BLOB PRIMARY KEY CHECK (length(id) = 16),
    application    BLOB NOT NULL REFERENCES application (id),
    person         BLOB NOT NULL REFERENCES person (id),
    device         BLOB NOT NULL REFERENCES device (id),
    nonce          BLOB NOT NULL,
    request_hash   BLOB NOT NULL,
    challenge      BLOB NOT NULL,
    expires_at     INTEGER NOT NULL,
    handle_hash    BLOB,
    receipt_digest BLOB UNIQUE,
    outcome        INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE counter_handle (
    handle_hash BLOB PRIMARY KEY,
    code_hash   BLOB NOT NULL,
    application BLOB NOT NULL UNIQUE REFERENCES application (id),
    person      BLOB NOT NULL REFERENCES person (id),
    device      BLOB NOT NULL REFERENCES device (id),
    tries       INTEGER NOT NULL DEFAULT 0,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX counter_handle_person ON counter_handle (person);

CREATE TABLE evidence (
    id          BLOB PRIMARY KEY CHECK (length(id) = 16),
    person      BLOB NOT NULL REFERENCES person (id),
    sealed      BLOB NOT NULL,
    digest      BLOB NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_person ON evidence (person, recorded_at);

CREATE TABLE batch (
    authority   TEXT NOT NULL,
    id          BLOB NOT NULL CHECK (length(id) = 16),
    digest      BLOB NOT NULL,
    state       INTEGER NOT NULL,
    principal   TEXT NOT NULL,
    approved_by TEXT,
    sealed_body BLOB NOT NULL,
    report      TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (authority, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluation (
    person           BLOB PRIMARY KEY REFERENCES person (id),
    version          INTEGER NOT NULL,
    evidence_version INTEGER NOT NULL,
    sealed           BLOB NOT NULL,
    next_change_at   INTEGER,
    evaluated_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX evaluation_due ON evaluation (next_change_at) WHERE next_change_at IS NOT NULL;

-- Kept for ever: a first recall key is never accepted twice, also after its strip is forgotten.
CREATE TABLE first_key (
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE strip (
    id             BLOB PRIMARY KEY CHECK (length(id) = 16),
    device         BLOB NOT NULL REFERENCES device (id),
    person         BLOB NOT NULL REFERENCES person (id),
    begins         INTEGER NOT NULL,
    first_key_hash BLOB NOT NULL REFERENCES first_key (hash),
    state          INTEGER NOT NULL,
    key_hour       INTEGER NOT NULL,
    sealed_key     BLOB NOT NULL,
    last_hour      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX strip_last ON strip (last_hour) WHERE state <> 0;
CREATE UNIQUE INDEX strip_device ON strip (device) WHERE state = 0;
CREATE INDEX strip_person ON strip (person, last_hour);
CREATE INDEX strip_behind ON strip (key_hour) WHERE state <> 2 AND key_hour <= last_hour;

CREATE TABLE strip_hour (
    strip      BLOB NOT NULL REFERENCES strip (id),
    hour       INTEGER NOT NULL,
    anchor     BLOB NOT NULL,
    colour     INTEGER NOT NULL,
    credential BLOB NOT NULL,
    PRIMARY KEY (strip, hour)
) STRICT, WITHOUT ROWID;

-- A row without a key raises the version alone, so that a quiet list can be issued anew.
CREATE TABLE recall (
    version INTEGER PRIMARY KEY,
    hour    INTEGER NOT NULL,
    key     BLOB,
    at      INTEGER NOT NULL
) STRICT;

CREATE TABLE trust_file (
    role    TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    bytes   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE leaf (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    hash   BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    person BLOB,
    sealed BLOB,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX leaf_at ON leaf (at) WHERE sealed IS NOT NULL;
CREATE INDEX leaf_person ON leaf (person) WHERE person IS NOT NULL;

CREATE TRIGGER leaf_hashes_stay BEFORE UPDATE OF number, hash, at ON leaf
BEGIN SELECT RAISE(ABORT, 'a leaf is never changed'); END;
CREATE TRIGGER leaves_stay BEFORE DELETE ON leaf
BEGIN SELECT RAISE(ABORT, 'a leaf is never removed'); END;

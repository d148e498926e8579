-- Every value is sealed for its table, column and row. Rows have names; only names and sizes can be seen.

-- One of each: session, login attempt, application, face check, strip, explanation, clock, plan, epoch.
CREATE TABLE single (row TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
-- Signed hours; the row is the hour since 1970, ten digits.
CREATE TABLE credential (row TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
-- What a person did that needs the network; the row is a rising number, twenty digits.
CREATE TABLE outbox (row TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
-- What a person has typed and not sent.
CREATE TABLE draft (row TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
-- What the person is to be told.
CREATE TABLE notice (row TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
-- What the person agreed to; the row is the purpose.
CREATE TABLE consent (row TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
-- Signed trust files, as they came; the row is the role.
CREATE TABLE trust (row TEXT PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- Keys have numbers. 0 stands for what was made before they had: sealed without a number, or looked up
-- by a mark of the first master key.
CREATE TABLE ring_key (
    kind        TEXT NOT NULL CHECK (kind IN ('master', 'lookup')),
    number      INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    since       INTEGER NOT NULL,
    retired_at  INTEGER,
    PRIMARY KEY (kind, number)
) STRICT, WITHOUT ROWID;
INSERT INTO ring_key (kind, number, fingerprint, since)
    SELECT 'master', 0, x'', 0 WHERE EXISTS (SELECT 1 FROM person) OR EXISTS (SELECT 1 FROM leaf);
INSERT INTO ring_key (kind, number, fingerprint, since)
    SELECT 'lookup', 0, x'', 0 WHERE EXISTS (SELECT 1 FROM person);

ALTER TABLE person ADD COLUMN lookup_key INTEGER NOT NULL DEFAULT 0;
-- Of somebody who is known by evidence alone, so that a new look-up key finds them too.
ALTER TABLE person ADD COLUMN sealed_document BLOB;

-- 1: the hash of the read token was made with the first master key; new ones need no key.
ALTER TABLE session ADD COLUMN keyed INTEGER NOT NULL DEFAULT 0;
UPDATE session SET keyed = 1;

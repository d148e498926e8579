-- What retention goes by, and what has been restored.

-- The class of the retention table, and when the piece last set a colour; of older pieces, when they came.
ALTER TABLE evidence ADD COLUMN class INTEGER NOT NULL DEFAULT 0;
ALTER TABLE evidence ADD COLUMN held_at INTEGER NOT NULL DEFAULT 0;
UPDATE evidence SET held_at = recorded_at;
CREATE INDEX evidence_held ON evidence (class, held_at);

-- An answer ends when it says no, or when another takes its place.
ALTER TABLE consent ADD COLUMN ended_at INTEGER;
UPDATE consent SET ended_at = iif(given = 0, at,
    (SELECT min(later.at) FROM consent later WHERE later.person = consent.person
         AND later.purpose = consent.purpose AND later.number > consent.number));
CREATE INDEX consent_ended ON consent (ended_at) WHERE ended_at IS NOT NULL;

-- Since when a person has had no device, and when that was looked at last.
ALTER TABLE person ADD COLUMN left_at INTEGER;
ALTER TABLE person ADD COLUMN looked_at INTEGER NOT NULL DEFAULT 0;
UPDATE person SET left_at = created_at WHERE NOT EXISTS
    (SELECT 1 FROM device WHERE device.person = person.id AND device.standing <> 2);
CREATE INDEX person_left ON person (looked_at) WHERE left_at IS NOT NULL;

CREATE INDEX attempt_expires ON attempt (expires_at);
CREATE INDEX attempt_person ON attempt (person);
CREATE INDEX ticket_expires ON ticket (expires_at);
CREATE INDEX ticket_person ON ticket (person);
CREATE INDEX ticket_device ON ticket (device);
CREATE INDEX ticket_application ON ticket (application);
CREATE INDEX counter_handle_expires ON counter_handle (expires_at);
CREATE INDEX counter_handle_device ON counter_handle (device);
CREATE INDEX bucket_ends ON bucket (ends_at);
CREATE INDEX session_ended ON session (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX device_ended ON device (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX strip_of_device ON strip (device);
CREATE INDEX notice_at ON notice (at);
CREATE INDEX application_opened ON application (opened_at) WHERE completed_at IS NULL;
CREATE INDEX batch_received ON batch (state, received_at);

-- A backup that took the place of the database, from when its newest row is, when what follows from it
-- was done, and from which version on trust files go on since.
CREATE TABLE restored (
    number        INTEGER PRIMARY KEY,
    taken_at      INTEGER NOT NULL,
    settled_at    INTEGER,
    versions_from INTEGER NOT NULL DEFAULT 0
) STRICT;

-- In a copy alone: SHA-256 over everything else in it.
CREATE TABLE copy (
    digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;

-- "LMPF": a database of the platform.
PRAGMA application_id = 1280135238;

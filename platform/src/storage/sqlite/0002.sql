-- What makes a repeated answer the same answer; older answers have none.
ALTER TABLE consent ADD COLUMN key BLOB CHECK (length(key) = 16);
CREATE UNIQUE INDEX consent_key ON consent (person, key) WHERE key IS NOT NULL;

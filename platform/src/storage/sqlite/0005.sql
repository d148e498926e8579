-- Batches that are decided (state 3) and put into force piece by piece, and the first row that is not in
-- force yet. Beside the batch, whose body is large and must not be written anew for each piece.
CREATE TABLE batch_applying (
    authority   TEXT NOT NULL,
    id          BLOB NOT NULL,
    applied     INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (authority, id),
    FOREIGN KEY (authority, id) REFERENCES batch (authority, id)
) STRICT, WITHOUT ROWID;

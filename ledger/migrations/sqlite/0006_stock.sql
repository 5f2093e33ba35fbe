-- Stock that two people let in: the same tables as on PostgreSQL, where they
-- are explained.

-- +goose Up

ALTER TABLE voucher ADD COLUMN state TEXT NOT NULL DEFAULT 'awaiting'
    CHECK (state IN ('awaiting', 'active', 'reserved', 'sold', 'quarantined', 'expired', 'returned'));
UPDATE voucher SET state = CASE WHEN sale_id IS NULL THEN 'active' ELSE 'sold' END;

DROP INDEX voucher_unsold;
CREATE INDEX voucher_unsold ON voucher (product, expires_on, seq) WHERE state = 'active';
CREATE INDEX voucher_aside ON voucher (supplier, batch, seq) WHERE state NOT IN ('active', 'sold');

CREATE TABLE batch_of_stock (
    entry_id        TEXT PRIMARY KEY NOT NULL,
    supplier        TEXT NOT NULL REFERENCES supplier,
    name            TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('awaiting', 'active', 'rejected')),
    loaded_by       TEXT NOT NULL,
    loaded_at       TIMESTAMP NOT NULL,
    source          TEXT NOT NULL,
    order_no        TEXT NOT NULL,
    agreement       INTEGER NOT NULL,
    ciphertext_hash TEXT NOT NULL,
    cleartext_hash  TEXT NOT NULL,
    lines           TEXT NOT NULL, -- JSON
    decided_by      TEXT NOT NULL,
    decided_at      TIMESTAMP,
    reason          TEXT NOT NULL
);
INSERT INTO batch_of_stock
SELECT b.entry_id, b.supplier, b.name, 'active', COALESCE(e.actor, ''), COALESCE(e.at, CURRENT_TIMESTAMP), '', '', 0, '', '',
    COALESCE(json_extract(e.body, '$.lines'), '[]'), '', NULL, ''
FROM stock_batch AS b LEFT JOIN entry AS e ON e.id = b.entry_id;
DROP TABLE stock_batch;
ALTER TABLE batch_of_stock RENAME TO stock_batch;
-- What a machine has loaded takes two operators, the first of whom has checked it.
ALTER TABLE stock_batch ADD COLUMN unattended BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE stock_batch ADD COLUMN checked_by TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX stock_batch_name ON stock_batch (supplier, name) WHERE state <> 'rejected';
CREATE UNIQUE INDEX stock_batch_ciphertext ON stock_batch (ciphertext_hash) WHERE ciphertext_hash <> '';
CREATE UNIQUE INDEX stock_batch_cleartext ON stock_batch (cleartext_hash) WHERE cleartext_hash <> '' AND state <> 'rejected';

CREATE TABLE stock_proposal (
    batch   TEXT NOT NULL REFERENCES stock_batch,
    action  TEXT NOT NULL CHECK (action IN ('release', 'return')),
    serials TEXT NOT NULL, -- JSON list
    actor   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    at      TIMESTAMP NOT NULL,
    PRIMARY KEY (batch, action, serials)
) WITHOUT ROWID;

CREATE TABLE agreement (
    supplier    TEXT NOT NULL REFERENCES supplier,
    version     INTEGER NOT NULL CHECK (version > 0),
    body        TEXT NOT NULL,
    digest      TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at TIMESTAMP NOT NULL,
    approved_by TEXT NOT NULL,
    approved_at TIMESTAMP,
    state       TEXT NOT NULL CHECK (state IN ('proposed', 'active', 'replaced', 'withdrawn')),
    PRIMARY KEY (supplier, version)
) WITHOUT ROWID;
CREATE UNIQUE INDEX agreement_active ON agreement (supplier) WHERE state = 'active';
CREATE UNIQUE INDEX agreement_proposed ON agreement (supplier) WHERE state = 'proposed';

CREATE TABLE delivery (
    id              TEXT PRIMARY KEY NOT NULL,
    supplier        TEXT NOT NULL,
    source          TEXT NOT NULL,
    message_id      TEXT NOT NULL,
    ciphertext_hash TEXT NOT NULL,
    received_at     TIMESTAMP NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('received', 'loaded', 'refused')),
    reason          TEXT NOT NULL,
    batch           TEXT NOT NULL
);
CREATE UNIQUE INDEX delivery_message ON delivery (message_id, ciphertext_hash) WHERE message_id <> '';
CREATE INDEX delivery_ciphertext ON delivery (ciphertext_hash, received_at);
CREATE INDEX delivery_received ON delivery (received_at);

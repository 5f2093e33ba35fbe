-- Stock that two people let in: states of vouchers, batches that wait, agreements with suppliers, and what arrived from
-- them.

-- +goose Up

-- An awaiting voucher is not on sale yet; a reserved one is put aside for a card; an expired or returned one is gone, and
-- so is a sold one, which alone has a sale_id. A voucher moves between states with an entry that counts it.
ALTER TABLE voucher ADD COLUMN state text NOT NULL DEFAULT 'active'
    CHECK (state IN ('awaiting', 'active', 'reserved', 'sold', 'quarantined', 'expired', 'returned'));
UPDATE voucher SET state = 'sold' WHERE sale_id IS NOT NULL;
ALTER TABLE voucher ALTER COLUMN state DROP DEFAULT;

-- Vouchers are popped in the order of voucher_unsold, which has no others than those on sale. A sale touches
-- voucher_aside neither before nor after. See 0001_ledger.sql for why no whole index may have seq.
DROP INDEX voucher_unsold;
CREATE INDEX voucher_unsold ON voucher (product, expires_on, seq) WHERE state = 'active';
CREATE INDEX voucher_aside ON voucher (supplier, batch, seq) WHERE state NOT IN ('active', 'sold');

-- A batch is known by the entry that loaded it. Its supplier's name for it is free again when it was rejected, so that a
-- corrected file can come under the same one; a ciphertext is taken once and for all.
CREATE TABLE batch_of_stock (
    entry_id        uuid PRIMARY KEY,
    supplier        text NOT NULL REFERENCES supplier,
    name            text NOT NULL,
    state           text NOT NULL CHECK (state IN ('awaiting', 'active', 'rejected')),
    loaded_by       text NOT NULL,
    loaded_at       timestamptz NOT NULL,
    source          text NOT NULL,
    order_no        text NOT NULL,
    agreement       bigint NOT NULL, -- version; 0 if none was in force
    ciphertext_hash text NOT NULL,   -- SHA-256, hex; empty if there was none
    cleartext_hash  text NOT NULL,
    lines           text NOT NULL,   -- JSON
    decided_by      text NOT NULL,
    decided_at      timestamptz,
    reason          text NOT NULL
);
INSERT INTO batch_of_stock
SELECT b.entry_id, b.supplier, b.name, 'active', COALESCE(e.actor, ''), COALESCE(e.at, now()), '', '', 0, '', '',
    COALESCE((e.body::json -> 'lines')::text, '[]'), '', NULL, ''
FROM stock_batch AS b LEFT JOIN entry AS e ON e.id = b.entry_id;
DROP TABLE stock_batch;
ALTER TABLE batch_of_stock RENAME TO stock_batch;
-- What a machine has loaded takes two operators, the first of whom has checked it.
ALTER TABLE stock_batch ADD COLUMN unattended boolean NOT NULL DEFAULT false;
ALTER TABLE stock_batch ADD COLUMN checked_by text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX stock_batch_name ON stock_batch (supplier, name) WHERE state <> 'rejected';
CREATE UNIQUE INDEX stock_batch_ciphertext ON stock_batch (ciphertext_hash) WHERE ciphertext_hash <> '';
CREATE UNIQUE INDEX stock_batch_cleartext ON stock_batch (cleartext_hash) WHERE cleartext_hash <> '' AND state <> 'rejected';

-- What one person has asked for and a second must confirm.
CREATE TABLE stock_proposal (
    batch   uuid NOT NULL REFERENCES stock_batch,
    action  text NOT NULL CHECK (action IN ('release', 'return')),
    serials text NOT NULL, -- JSON list; [] for the whole batch
    actor   text NOT NULL,
    reason  text NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (batch, action, serials)
);

-- What is agreed with a supplier. The body is the caller's.
CREATE TABLE agreement (
    supplier    text NOT NULL REFERENCES supplier,
    version     bigint NOT NULL CHECK (version > 0),
    body        text NOT NULL,
    digest      text NOT NULL, -- SHA-256 of the body, hex
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by text NOT NULL,
    approved_at timestamptz,
    state       text NOT NULL CHECK (state IN ('proposed', 'active', 'replaced', 'withdrawn')),
    PRIMARY KEY (supplier, version)
);
CREATE UNIQUE INDEX agreement_active ON agreement (supplier) WHERE state = 'active';
CREATE UNIQUE INDEX agreement_proposed ON agreement (supplier) WHERE state = 'proposed';

-- Every stock file that arrived, whatever became of it.
CREATE TABLE delivery (
    id              uuid PRIMARY KEY,
    supplier        text NOT NULL, -- empty while it is not known
    source          text NOT NULL,
    message_id      text NOT NULL,
    ciphertext_hash text NOT NULL,
    received_at     timestamptz NOT NULL,
    state           text NOT NULL CHECK (state IN ('received', 'loaded', 'refused')),
    reason          text NOT NULL,
    batch           text NOT NULL
);
CREATE UNIQUE INDEX delivery_message ON delivery (message_id, ciphertext_hash) WHERE message_id <> '';
CREATE INDEX delivery_ciphertext ON delivery (ciphertext_hash, received_at);
CREATE INDEX delivery_received ON delivery (received_at);

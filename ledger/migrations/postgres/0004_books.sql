-- What a shop asks of its own books.

-- +goose Up

-- The sales of a meter, for reprints.
CREATE INDEX sale_target ON sale (target, opened_at) WHERE target <> '';

-- Batches and deposit slips (batch.go): what was sold while each was open.
-- Projections of the entries that opened and closed them.
CREATE TABLE batch (
    id        uuid PRIMARY KEY,
    level     text NOT NULL CHECK (level IN ('bank', 'sales', 'shift', 'slip')),
    merchant  text NOT NULL,
    client    text NOT NULL,
    terminal  text NOT NULL, -- empty: all of the client's
    cashier   text NOT NULL, -- empty: all of the terminal's
    seq_no    bigint NOT NULL,
    parent    uuid,
    reference text NOT NULL, -- of a slip that was made
    opened_at timestamptz NOT NULL,
    opened_by text NOT NULL, -- the client's message id
    base      text NOT NULL, -- JSON list of entries that were there already
    closed_at timestamptz,
    closed_by text NOT NULL, -- the client's message id
    sales     bigint NOT NULL,
    amount    bigint NOT NULL,
    summary   text NOT NULL, -- JSON, once it is closed
    UNIQUE (client, level, seq_no)
);
CREATE INDEX batch_open ON batch (client) WHERE closed_at IS NULL;
CREATE INDEX batch_opened_by ON batch (client, opened_by);
CREATE INDEX batch_closed_by ON batch (client, closed_by);
CREATE INDEX batch_parent ON batch (parent);

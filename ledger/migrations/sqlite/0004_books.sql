-- What a shop asks of its own books: as on PostgreSQL, where it is explained.

-- +goose Up

-- The sales of a meter, for reprints.
CREATE INDEX sale_target ON sale (target, opened_at) WHERE target <> '';

CREATE TABLE batch (
    id        TEXT PRIMARY KEY NOT NULL,
    level     TEXT NOT NULL CHECK (level IN ('bank', 'sales', 'shift', 'slip')),
    merchant  TEXT NOT NULL,
    client    TEXT NOT NULL,
    terminal  TEXT NOT NULL,
    cashier   TEXT NOT NULL,
    seq_no    INTEGER NOT NULL,
    parent    TEXT,
    reference TEXT NOT NULL,
    opened_at TIMESTAMP NOT NULL,
    opened_by TEXT NOT NULL,
    base      TEXT NOT NULL,
    closed_at TIMESTAMP,
    closed_by TEXT NOT NULL,
    sales     INTEGER NOT NULL,
    amount    INTEGER NOT NULL,
    summary   TEXT NOT NULL,
    UNIQUE (client, level, seq_no)
);
CREATE INDEX batch_open ON batch (client) WHERE closed_at IS NULL;
CREATE INDEX batch_opened_by ON batch (client, opened_by);
CREATE INDEX batch_closed_by ON batch (client, closed_by);
CREATE INDEX batch_parent ON batch (parent);

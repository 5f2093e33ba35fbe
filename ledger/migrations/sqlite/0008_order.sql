-- Orders with suppliers: the same table as on PostgreSQL, where it is explained.

-- +goose Up

CREATE TABLE stock_order (
    entry_id   TEXT PRIMARY KEY NOT NULL,
    supplier   TEXT NOT NULL REFERENCES supplier,
    number     INTEGER NOT NULL CHECK (number > 0),
    ordered_by TEXT NOT NULL,
    ordered_at TIMESTAMP NOT NULL,
    agreement  INTEGER NOT NULL,
    lines      TEXT NOT NULL, -- JSON
    UNIQUE (supplier, number)
);
CREATE INDEX stock_order_ordered ON stock_order (ordered_at);

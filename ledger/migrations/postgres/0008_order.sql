-- Orders that were placed with suppliers of vouchers. An order is there before its file is written, so that no file has a
-- number that the ledger does not know.

-- +goose Up

CREATE TABLE stock_order (
    entry_id   uuid PRIMARY KEY,
    supplier   text NOT NULL REFERENCES supplier,
    number     bigint NOT NULL CHECK (number > 0), -- counts a supplier's orders from 1
    ordered_by text NOT NULL,
    ordered_at timestamptz NOT NULL,
    agreement  bigint NOT NULL, -- version by which it was placed
    lines      text NOT NULL,   -- JSON
    UNIQUE (supplier, number)
);
CREATE INDEX stock_order_ordered ON stock_order (ordered_at);

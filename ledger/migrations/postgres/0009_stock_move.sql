-- Which entries moved vouchers of a batch once it was on sale: held them back, released, returned or wrote them off. Why a
-- voucher is where it is stands in the entry.

-- +goose Up

CREATE TABLE stock_move (
    entry_id uuid PRIMARY KEY,
    batch    uuid NOT NULL REFERENCES stock_batch
);
CREATE INDEX stock_move_batch ON stock_move (batch, entry_id);
INSERT INTO stock_move
SELECT e.id, b.entry_id FROM entry AS e JOIN stock_batch AS b ON b.state = 'active'
    AND b.supplier = e.body::json -> 'moves' -> 0 ->> 'supplier' AND b.name = e.body::json -> 'moves' -> 0 ->> 'batch'
WHERE e.kind IN ('stock.quarantined', 'stock.released', 'stock.returned', 'stock.expired');

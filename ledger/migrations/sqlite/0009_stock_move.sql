-- Which entries moved vouchers of a batch: the same table as on PostgreSQL, where it is explained.

-- +goose Up

CREATE TABLE stock_move (
    entry_id TEXT PRIMARY KEY NOT NULL,
    batch    TEXT NOT NULL REFERENCES stock_batch
);
CREATE INDEX stock_move_batch ON stock_move (batch, entry_id);
INSERT INTO stock_move
SELECT e.id, b.entry_id FROM entry AS e JOIN stock_batch AS b ON b.state = 'active'
    AND b.supplier = json_extract(e.body, '$.moves[0].supplier') AND b.name = json_extract(e.body, '$.moves[0].batch')
WHERE e.kind IN ('stock.quarantined', 'stock.released', 'stock.returned', 'stock.expired');

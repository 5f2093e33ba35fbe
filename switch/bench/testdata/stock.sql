-- One sale of a voucher from stock as one plain transaction, a statement for each table: the floor of the switch. Ids
-- and clients are numbers that grow, so that indexes are filled in order as by ids of UUID version 7. Each update that
-- claims or locks must find its row, or \gset stops the run. A colon in a text is written \x3A, for pgbench would see a
-- variable. The outcome tells what is left on the float and which voucher it is, which therefore come first.
\set merchant random(:lowest, :highest)
\set client 6000000000000 + :merchant
\set product random(100, 99 + :products)
\set n :n + 1
\set number :n * :clients + :client_id
\set id :run * 1000000000 + :number

BEGIN;
INSERT INTO message (client, date_time, number, kind, operation, digest, sale_id, at)
VALUES (:client::text, :date_time, :number, 'sale', 'voucherVend', :digest, lpad(:id::text, 32, '0')::uuid, now());
UPDATE voucher SET sale_id = lpad(:id::text, 32, '0')::uuid, state = 'sold'
WHERE id = (
    SELECT id FROM voucher
    WHERE product = 'AIR' || :product::text AND state = 'active' AND expires_on >= '2026-01-01'
    ORDER BY product, expires_on, seq
    LIMIT 1
    FOR UPDATE SKIP LOCKED)
RETURNING serial, pin, cost \gset
UPDATE float SET posted = posted - 9850
WHERE merchant = :merchant::text AND currency = 'ZAR' AND NOT blocked AND posted + credit_line - held >= 9850
RETURNING posted AS got \gset
INSERT INTO sale (id, client, date_time, number, channel, operation, merchant, terminal, cashier, product, supplier,
    target, quantity, tender, commission, hold, currency, receipt_no, state, reason, opened_at, settled_at, outcome)
VALUES (lpad(:id::text, 32, '0')::uuid, :client::text, :date_time, :number, 'pos', 'voucherVend', :merchant::text, '1',
    'clerk', 'AIR' || :product::text, 'network', '', 1, 10000, 150, 0, 'ZAR', :number::text, 'delivered', '', now(),
    now(), :outcome);
INSERT INTO leg (id, opened_at, sale_id, direction, vend, operation, party, date_time, number, state, code, note,
    amount, target, closed_at, node, asked, absent)
VALUES (lpad(:id::text, 32, '0')::uuid, now(), lpad(:id::text, 32, '0')::uuid, 'in', false, 'voucherVend',
    :client::text, :date_time, :number, 'accepted', '', '', 10000, '', now(), 'bench', 0, 0);
INSERT INTO entry (id, at, kind, sale_id, leg_id, actor, body)
VALUES (lpad(:id::text, 32, '2')::uuid, now(), 'sale.sold', lpad(:id::text, 32, '0')::uuid,
    lpad(:id::text, 32, '0')::uuid, 'clerk', :sold);
INSERT INTO posting (entry_id, line, at, account, amount, currency)
VALUES (lpad(:id::text, 32, '2')::uuid, 1, now(), 'float:' || :merchant::text, 10000, 'ZAR'),
       (lpad(:id::text, 32, '2')::uuid, 2, now(), E'expense\x3Acommission', 150, 'ZAR'),
       (lpad(:id::text, 32, '2')::uuid, 3, now(), E'stock\x3Anetwork', -9200, 'ZAR'),
       (lpad(:id::text, 32, '2')::uuid, 4, now(), E'income\x3Amargin', -696, 'ZAR'),
       (lpad(:id::text, 32, '2')::uuid, 5, now(), E'vat\x3Aoutput', -104, 'ZAR'),
       (lpad(:id::text, 32, '2')::uuid, 6, now(), 'float:' || :merchant::text, -150, 'ZAR');
COMMIT;

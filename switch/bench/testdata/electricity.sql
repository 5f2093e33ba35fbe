-- One sale of electricity as two plain transactions, a statement for each table: the floor of the switch, which puts
-- its call to the supplier between the two. Ids and clients are numbers that grow, so that indexes are filled in order
-- as by ids of UUID version 7; hashes are random, as keyed hashes are. Each update that claims or locks must find its
-- row, or \gset stops the run. A colon in a text is written \x3A, for pgbench would see a variable.
\set merchant random(:lowest, :highest)
\set client 6000000000000 + :merchant
\set meter random(7150000000, 7151000000)
\set n :n + 1
\set number :n * :clients + :client_id
\set id :run * 1000000000 + :number

-- Commit 1: the message id is claimed, the float holds the money, both legs are open.
BEGIN;
INSERT INTO message (client, date_time, number, kind, operation, digest, sale_id, at)
VALUES (:client::text, :date_time, :number, 'sale', 'creditVend', :digest, lpad(:id::text, 32, '0')::uuid, now());
INSERT INTO upstream_message (supplier, date_time, number, leg_id)
VALUES ('city', :date_time, :number::int % 999999 + 1, lpad(:id::text, 32, '1')::uuid);
INSERT INTO sale (id, client, date_time, number, channel, operation, merchant, terminal, cashier, product, supplier,
    target, quantity, tender, commission, hold, currency, receipt_no, state, reason, opened_at)
VALUES (lpad(:id::text, 32, '0')::uuid, :client::text, :date_time, :number, 'pos', 'creditVend', :merchant::text, '1',
    'clerk', 'POWER', 'city', '0' || :meter::text, 1, 20000, 300, 19700, 'ZAR', :number::text, 'held', '', now());
INSERT INTO leg (id, opened_at, sale_id, direction, vend, operation, party, date_time, number, state, code, note,
    amount, target, node, lease_until, asked, absent)
VALUES (lpad(:id::text, 32, '0')::uuid, now(), lpad(:id::text, 32, '0')::uuid, 'in', false, 'creditVend',
        :client::text, :date_time, :number, 'open', '', '', 20000, '0' || :meter::text, 'bench', NULL, 0, 0),
       (lpad(:id::text, 32, '1')::uuid, now(), lpad(:id::text, 32, '0')::uuid, 'out', true, 'creditVend',
        'city', :date_time, :number::int % 999999 + 1, 'open', '', '', 20000, '0' || :meter::text, 'bench',
        now() + interval '28 seconds', 0, 0);
INSERT INTO entry (id, at, kind, sale_id, leg_id, actor, body)
VALUES (lpad(:id::text, 32, '2')::uuid, now(), 'sale.opened', lpad(:id::text, 32, '0')::uuid,
    lpad(:id::text, 32, '1')::uuid, 'clerk', :opened);
UPDATE float SET held = held + 19700
WHERE merchant = :merchant::text AND currency = 'ZAR' AND NOT blocked AND posted + credit_line - held >= 19700
RETURNING held AS got \gset
COMMIT;

-- Commit 2: the leg is closed, the token claimed, the hold posted, the outcome stored. The outcome tells what is left
-- on the float, which therefore comes first.
BEGIN;
UPDATE leg SET state = 'accepted', note = 'sold', closed_at = now(), evidence = :evidence, lease_until = NULL
WHERE id = lpad(:id::text, 32, '1')::uuid AND state = 'open'
RETURNING number AS got \gset
UPDATE float SET posted = posted - 19700, held = held - 19700 WHERE merchant = :merchant::text
RETURNING posted AS got \gset
INSERT INTO token (supplier, hash, sale_id, leg_id)
VALUES ('city', sha256(:id::text::bytea), lpad(:id::text, 32, '0')::uuid, lpad(:id::text, 32, '1')::uuid);
UPDATE sale SET state = 'delivered', hold = 0, settled_at = now(), outcome = :outcome
WHERE id = lpad(:id::text, 32, '0')::uuid AND state = 'held'
RETURNING number AS got \gset
UPDATE leg SET state = 'accepted', closed_at = now() WHERE id = lpad(:id::text, 32, '0')::uuid AND state = 'open'
RETURNING number AS got \gset
INSERT INTO entry (id, at, kind, sale_id, leg_id, actor, body)
VALUES (lpad(:id::text, 32, '3')::uuid, now(), 'sale.moved', lpad(:id::text, 32, '0')::uuid,
    lpad(:id::text, 32, '1')::uuid, 'bench', :moved);
INSERT INTO posting (entry_id, line, at, account, amount, currency)
VALUES (lpad(:id::text, 32, '3')::uuid, 1, now(), 'float:' || :merchant::text, 20000, 'ZAR'),
       (lpad(:id::text, 32, '3')::uuid, 2, now(), E'payable\x3Acity', 600, 'ZAR'),
       (lpad(:id::text, 32, '3')::uuid, 3, now(), E'expense\x3Acommission', 300, 'ZAR'),
       (lpad(:id::text, 32, '3')::uuid, 4, now(), E'payable\x3Acity', -20000, 'ZAR'),
       (lpad(:id::text, 32, '3')::uuid, 5, now(), E'income\x3Acommission', -522, 'ZAR'),
       (lpad(:id::text, 32, '3')::uuid, 6, now(), E'vat\x3Aoutput', -78, 'ZAR'),
       (lpad(:id::text, 32, '3')::uuid, 7, now(), 'float:' || :merchant::text, -300, 'ZAR');
COMMIT;

-- The ledger on PostgreSQL.
--
-- entry and posting are the truth and only ever grow. The rows of sale, leg,
-- float and voucher are projections of them.
--
-- entry, posting and leg have the time in their primary keys, and no other
-- unique key, so that they can be partitioned by month and old months be
-- detached. What must stay unique for ever lives in narrow tables of its own:
-- message, upstream_message, token and entry_reference. For the same reason,
-- and because each costs a lock and a look-up per row, journal tables have no
-- foreign keys: the writer reads the rows it refers to under lock.

-- +goose Up

-- Parties and catalogue.

CREATE TABLE merchant (
    code     text PRIMARY KEY,
    name     text NOT NULL,
    address  text NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    status   text NOT NULL CHECK (status IN ('active', 'blocked'))
);

-- What a merchant owns: posted counts credits as positive, held is the sum of
-- the holds of its open sales. posted + credit_line - held may be spent.
-- blocked mirrors merchant.status, so that it is read under this row's lock.
CREATE TABLE float (
    merchant    text PRIMARY KEY REFERENCES merchant,
    currency    text NOT NULL,
    posted      bigint NOT NULL DEFAULT 0,
    held        bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    credit_line bigint NOT NULL DEFAULT 0 CHECK (credit_line >= 0),
    blocked     boolean NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE client (
    id            text PRIMARY KEY,
    merchant      text NOT NULL REFERENCES merchant,
    dialect       text NOT NULL,
    status        text NOT NULL CHECK (status IN ('active', 'blocked')),
    answer_budget bigint NOT NULL CHECK (answer_budget >= 0), -- ns
    on_unknown    text NOT NULL,
    on_duplicate  text NOT NULL,
    rights        text NOT NULL -- JSON list
);

CREATE TABLE terminal (
    client text NOT NULL REFERENCES client,
    id     text NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'blocked')),
    PRIMARY KEY (client, id)
);

CREATE TABLE cashier (
    client        text NOT NULL REFERENCES client,
    op_name       text NOT NULL,
    password_hash text NOT NULL,
    status        text NOT NULL CHECK (status IN ('active', 'blocked')),
    PRIMARY KEY (client, op_name)
);

CREATE TABLE supplier (
    code          text PRIMARY KEY,
    name          text NOT NULL,
    address       text NOT NULL,
    tax_ref       text NOT NULL,
    kind          text NOT NULL,
    vat_bp        integer NOT NULL,
    commission_bp integer NOT NULL,
    status        text NOT NULL CHECK (status IN ('active', 'blocked')),
    url           text NOT NULL,
    client_id     text NOT NULL,
    terminal_id   text NOT NULL,
    op_name       text NOT NULL,
    password      bytea, -- sealed
    dialect       text NOT NULL,
    timeout       bigint NOT NULL, -- ns
    settle_after  bigint NOT NULL, -- ns
    utc_offset    bigint NOT NULL, -- ns
    declined      text NOT NULL -- JSON list
);

CREATE TABLE product (
    code          text PRIMARY KEY,
    name          text NOT NULL,
    kind          text NOT NULL,
    supplier      text NOT NULL REFERENCES supplier,
    face          bigint NOT NULL CHECK (face >= 0),
    min           bigint NOT NULL CHECK (min >= 0),
    max           bigint NOT NULL CHECK (max = 0 OR max >= min), -- 0: no limit
    currency      text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    commission_bp integer NOT NULL CHECK (commission_bp BETWEEN 0 AND 10000),
    instructions  text NOT NULL,
    status        text NOT NULL CHECK (status IN ('active', 'blocked'))
);

CREATE TABLE route (
    low      text NOT NULL,
    high     text NOT NULL,
    supplier text NOT NULL REFERENCES supplier,
    PRIMARY KEY (low, high, supplier),
    CHECK (length(low) = length(high) AND low <= high)
);

CREATE TABLE meter (
    meter        text PRIMARY KEY,
    supplier     text NOT NULL REFERENCES supplier,
    supply_group text NOT NULL
);
CREATE INDEX meter_group ON meter (supply_group, supplier);

-- Identities, never dropped.

CREATE TABLE message (
    client    text NOT NULL,
    date_time text NOT NULL,
    number    integer NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('sale', 'lookup', 'void')),
    operation text NOT NULL,
    digest    bytea, -- none of a void id
    sale_id   uuid CHECK ((kind = 'sale') = (sale_id IS NOT NULL)),
    at        timestamptz NOT NULL,
    PRIMARY KEY (client, date_time, number)
);

CREATE TABLE upstream_message (
    supplier  text NOT NULL,
    date_time text NOT NULL,
    number    integer NOT NULL CHECK (number BETWEEN 1 AND 999999),
    leg_id    uuid NOT NULL,
    PRIMARY KEY (supplier, date_time, number)
);

CREATE TABLE token (
    hash     bytea NOT NULL, -- keyed
    supplier text NOT NULL,
    sale_id  uuid NOT NULL,
    leg_id   uuid NOT NULL,
    PRIMARY KEY (hash, supplier)
);

CREATE TABLE entry_reference (
    kind      text NOT NULL,
    reference text NOT NULL,
    entry_id  uuid NOT NULL,
    PRIMARY KEY (kind, reference)
);

-- The journal.

CREATE TABLE entry (
    id      uuid NOT NULL,
    at      timestamptz NOT NULL,
    kind    text NOT NULL,
    sale_id uuid,
    leg_id  uuid,
    actor   text NOT NULL,
    body    text NOT NULL, -- JSON, hashed byte by byte
    PRIMARY KEY (id, at)
);
CREATE INDEX entry_sale ON entry (sale_id) WHERE sale_id IS NOT NULL;
CREATE INDEX entry_at ON entry USING brin (at) WITH (autosummarize = on);

CREATE TABLE posting (
    entry_id uuid NOT NULL,
    line     integer NOT NULL,
    at       timestamptz NOT NULL,
    account  text NOT NULL,
    amount   bigint NOT NULL CHECK (amount <> 0), -- debits positive
    currency text NOT NULL,
    PRIMARY KEY (entry_id, line, at)
);
CREATE INDEX posting_account ON posting (account, at);

-- +goose StatementBegin
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON entry FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON posting FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON posting FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- Projections.

CREATE TABLE sale (
    id         uuid PRIMARY KEY,
    client     text NOT NULL,
    date_time  text NOT NULL,
    number     integer NOT NULL,
    channel    text NOT NULL,
    operation  text NOT NULL,
    merchant   text NOT NULL,
    terminal   text NOT NULL,
    cashier    text NOT NULL,
    product    text NOT NULL,
    supplier   text NOT NULL,
    target     text NOT NULL,
    quantity   integer NOT NULL,
    tender     bigint NOT NULL,
    commission bigint NOT NULL,
    hold       bigint NOT NULL CHECK (hold = 0 OR state IN ('held', 'unknown')),
    currency   text NOT NULL,
    receipt_no text NOT NULL,
    state      text NOT NULL CHECK (state IN ('refused', 'held', 'unknown', 'delivered', 'declined', 'reversed')),
    reason     text NOT NULL,
    opened_at  timestamptz NOT NULL,
    settled_at timestamptz,
    outcome    bytea -- sealed
) WITH (fillfactor = 85);
CREATE INDEX sale_merchant ON sale (merchant, opened_at);
CREATE INDEX sale_receipt ON sale (receipt_no) WHERE receipt_no <> '';

CREATE TABLE leg (
    id          uuid NOT NULL,
    opened_at   timestamptz NOT NULL,
    sale_id     uuid,
    direction   text NOT NULL CHECK (direction IN ('in', 'out')),
    vend        boolean NOT NULL,
    operation   text NOT NULL,
    party       text NOT NULL,
    date_time   text NOT NULL,
    number      integer NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'unknown', 'not executed')),
    code        text NOT NULL,
    note        text NOT NULL,
    amount      bigint NOT NULL,
    target      text NOT NULL,
    closed_at   timestamptz,
    evidence    bytea, -- sealed
    -- Whose turn it is. These columns come and go without entries.
    node        text NOT NULL,
    lease_until timestamptz,
    asked       integer NOT NULL,
    absent      integer NOT NULL,
    next_at     timestamptz,
    PRIMARY KEY (id, opened_at)
) WITH (fillfactor = 85);
CREATE INDEX leg_sale ON leg (sale_id) WHERE sale_id IS NOT NULL;
CREATE INDEX leg_pending ON leg (opened_at) WHERE state IN ('open', 'unknown');

CREATE TABLE stock_batch (
    supplier text NOT NULL REFERENCES supplier,
    name     text NOT NULL,
    entry_id uuid NOT NULL,
    PRIMARY KEY (supplier, name)
);

-- Vouchers are popped in the order of voucher_unsold. seq must stay in no
-- other index: else the planner walks that one, past all that were sold.
CREATE TABLE voucher (
    id         uuid PRIMARY KEY,
    seq        bigint GENERATED ALWAYS AS IDENTITY,
    supplier   text NOT NULL,
    product    text NOT NULL,
    batch      text NOT NULL,
    serial     text NOT NULL,
    pin        bytea NOT NULL, -- sealed
    pin_hash   bytea NOT NULL, -- keyed
    face       bigint NOT NULL CHECK (face >= 0),
    cost       bigint NOT NULL CHECK (cost >= 0),
    currency   text NOT NULL,
    expires_on text NOT NULL, -- yyyy-mm-dd; 9999-12-31 if never
    sale_id    uuid,
    UNIQUE (supplier, serial),
    UNIQUE (pin_hash)
);
CREATE INDEX voucher_unsold ON voucher (product, expires_on, seq) WHERE sale_id IS NULL;
CREATE INDEX voucher_sale ON voucher (sale_id) WHERE sale_id IS NOT NULL;

-- Work for people.

CREATE TABLE exception (
    id        uuid PRIMARY KEY,
    kind      text NOT NULL,
    sale_id   uuid,
    leg_id    uuid,
    note      text NOT NULL,
    evidence  bytea, -- sealed
    owner     text NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz
);
CREATE INDEX exception_open ON exception (opened_at) WHERE closed_at IS NULL;

CREATE TABLE proposal (
    sale_id uuid PRIMARY KEY,
    actor   text NOT NULL,
    digest  bytea NOT NULL,
    content bytea NOT NULL, -- sealed JSON
    at      timestamptz NOT NULL
);

-- Counters, nodes.

CREATE TABLE counter (
    name text PRIMARY KEY,
    next bigint NOT NULL,
    mark text NOT NULL -- of message ids, the latest dateTime known to be given out
);

-- Tells whether the keys at hand are those that this database is sealed with.
CREATE TABLE key_check (
    id     integer PRIMARY KEY CHECK (id = 1),
    sealed bytea NOT NULL,
    hash   bytea NOT NULL
);

CREATE TABLE node (
    name    text PRIMARY KEY,
    seen_at timestamptz NOT NULL
);

-- The seal (package audit).

CREATE TABLE seal (
    n          bigint PRIMARY KEY,
    entry_id   uuid NOT NULL UNIQUE,
    entry_hash bytea NOT NULL,
    chain      bytea NOT NULL
);

CREATE TABLE seal_head (
    n         bigint PRIMARY KEY,
    chain     bytea NOT NULL,
    signed_at timestamptz NOT NULL,
    key_id    text NOT NULL,
    signature bytea NOT NULL
);

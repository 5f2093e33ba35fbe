-- The ledger on SQLite: the same tables as on PostgreSQL, where they are
-- explained. Ids are TEXT of 36 characters, TIMESTAMPs are text in UTC. Narrow
-- tables with compound keys are WITHOUT ROWID, so that each key is stored once.

-- +goose Up

-- Parties and catalogue.

CREATE TABLE merchant (
    code     TEXT PRIMARY KEY NOT NULL,
    name     TEXT NOT NULL,
    address  TEXT NOT NULL,
    currency TEXT NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
    status   TEXT NOT NULL CHECK (status IN ('active', 'blocked'))
);

-- What a merchant owns: posted counts credits as positive, held is the sum of
-- the holds of its open sales. posted + credit_line - held may be spent.
-- blocked mirrors merchant.status, so that it is read under this row's lock.
CREATE TABLE float (
    merchant    TEXT PRIMARY KEY NOT NULL REFERENCES merchant,
    currency    TEXT NOT NULL,
    posted      INTEGER NOT NULL DEFAULT 0,
    held        INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    credit_line INTEGER NOT NULL DEFAULT 0 CHECK (credit_line >= 0),
    blocked     BOOLEAN NOT NULL
);

CREATE TABLE client (
    id            TEXT PRIMARY KEY NOT NULL,
    merchant      TEXT NOT NULL REFERENCES merchant,
    dialect       TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('active', 'blocked')),
    answer_budget INTEGER NOT NULL CHECK (answer_budget >= 0), -- ns
    on_unknown    TEXT NOT NULL,
    on_duplicate  TEXT NOT NULL,
    rights        TEXT NOT NULL -- JSON list
);

CREATE TABLE terminal (
    client TEXT NOT NULL REFERENCES client,
    id     TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'blocked')),
    PRIMARY KEY (client, id)
) WITHOUT ROWID;

CREATE TABLE cashier (
    client        TEXT NOT NULL REFERENCES client,
    op_name       TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('active', 'blocked')),
    PRIMARY KEY (client, op_name)
) WITHOUT ROWID;

CREATE TABLE supplier (
    code          TEXT PRIMARY KEY NOT NULL,
    name          TEXT NOT NULL,
    address       TEXT NOT NULL,
    tax_ref       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    vat_bp        INTEGER NOT NULL,
    commission_bp INTEGER NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('active', 'blocked')),
    url           TEXT NOT NULL,
    client_id     TEXT NOT NULL,
    terminal_id   TEXT NOT NULL,
    op_name       TEXT NOT NULL,
    password      BLOB, -- sealed
    dialect       TEXT NOT NULL,
    timeout       INTEGER NOT NULL, -- ns
    settle_after  INTEGER NOT NULL, -- ns
    utc_offset    INTEGER NOT NULL, -- ns
    declined      TEXT NOT NULL -- JSON list
);

CREATE TABLE product (
    code          TEXT PRIMARY KEY NOT NULL,
    name          TEXT NOT NULL,
    kind          TEXT NOT NULL,
    supplier      TEXT NOT NULL REFERENCES supplier,
    face          INTEGER NOT NULL CHECK (face >= 0),
    min           INTEGER NOT NULL CHECK (min >= 0),
    max           INTEGER NOT NULL CHECK (max = 0 OR max >= min),
    currency      TEXT NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
    commission_bp INTEGER NOT NULL CHECK (commission_bp BETWEEN 0 AND 10000),
    instructions  TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('active', 'blocked'))
);

CREATE TABLE route (
    low      TEXT NOT NULL,
    high     TEXT NOT NULL,
    supplier TEXT NOT NULL REFERENCES supplier,
    PRIMARY KEY (low, high, supplier),
    CHECK (length(low) = length(high) AND low <= high)
) WITHOUT ROWID;

CREATE TABLE meter (
    meter        TEXT PRIMARY KEY NOT NULL,
    supplier     TEXT NOT NULL REFERENCES supplier,
    supply_group TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX meter_group ON meter (supply_group, supplier);

-- Identities, never dropped.

CREATE TABLE message (
    client    TEXT NOT NULL,
    date_time TEXT NOT NULL,
    number    INTEGER NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('sale', 'lookup', 'void')),
    operation TEXT NOT NULL,
    digest    BLOB, -- none of a void id
    sale_id   TEXT CHECK ((kind = 'sale') = (sale_id IS NOT NULL)),
    at        TIMESTAMP NOT NULL,
    PRIMARY KEY (client, date_time, number)
) WITHOUT ROWID;

CREATE TABLE upstream_message (
    supplier  TEXT NOT NULL,
    date_time TEXT NOT NULL,
    number    INTEGER NOT NULL CHECK (number BETWEEN 1 AND 999999),
    leg_id    TEXT NOT NULL,
    PRIMARY KEY (supplier, date_time, number)
) WITHOUT ROWID;

CREATE TABLE token (
    hash     BLOB NOT NULL, -- keyed
    supplier TEXT NOT NULL,
    sale_id  TEXT NOT NULL,
    leg_id   TEXT NOT NULL,
    PRIMARY KEY (hash, supplier)
) WITHOUT ROWID;

CREATE TABLE entry_reference (
    kind      TEXT NOT NULL,
    reference TEXT NOT NULL,
    entry_id  TEXT NOT NULL,
    PRIMARY KEY (kind, reference)
) WITHOUT ROWID;

-- The journal.

CREATE TABLE entry (
    id      TEXT NOT NULL,
    at      TIMESTAMP NOT NULL,
    kind    TEXT NOT NULL,
    sale_id TEXT,
    leg_id  TEXT,
    actor   TEXT NOT NULL,
    body    TEXT NOT NULL, -- JSON, hashed byte by byte
    PRIMARY KEY (id, at)
);
CREATE INDEX entry_sale ON entry (sale_id) WHERE sale_id IS NOT NULL;
CREATE INDEX entry_at ON entry (at);

CREATE TABLE posting (
    entry_id TEXT NOT NULL,
    line     INTEGER NOT NULL,
    at       TIMESTAMP NOT NULL,
    account  TEXT NOT NULL,
    amount   INTEGER NOT NULL CHECK (amount <> 0), -- debits positive
    currency TEXT NOT NULL,
    PRIMARY KEY (entry_id, line, at)
) WITHOUT ROWID;
CREATE INDEX posting_account ON posting (account, at);

-- +goose StatementBegin
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN
    SELECT RAISE(ABORT, 'entry is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN
    SELECT RAISE(ABORT, 'entry is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER posting_no_update BEFORE UPDATE ON posting BEGIN
    SELECT RAISE(ABORT, 'posting is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER posting_no_delete BEFORE DELETE ON posting BEGIN
    SELECT RAISE(ABORT, 'posting is append-only');
END;
-- +goose StatementEnd

-- Projections.

CREATE TABLE sale (
    id         TEXT PRIMARY KEY NOT NULL,
    client     TEXT NOT NULL,
    date_time  TEXT NOT NULL,
    number     INTEGER NOT NULL,
    channel    TEXT NOT NULL,
    operation  TEXT NOT NULL,
    merchant   TEXT NOT NULL,
    terminal   TEXT NOT NULL,
    cashier    TEXT NOT NULL,
    product    TEXT NOT NULL,
    supplier   TEXT NOT NULL,
    target     TEXT NOT NULL,
    quantity   INTEGER NOT NULL,
    tender     INTEGER NOT NULL,
    commission INTEGER NOT NULL,
    hold       INTEGER NOT NULL CHECK (hold = 0 OR state IN ('held', 'unknown')),
    currency   TEXT NOT NULL,
    receipt_no TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('refused', 'held', 'unknown', 'delivered', 'declined', 'reversed')),
    reason     TEXT NOT NULL,
    opened_at  TIMESTAMP NOT NULL,
    settled_at TIMESTAMP,
    outcome    BLOB -- sealed
);
CREATE INDEX sale_merchant ON sale (merchant, opened_at);
CREATE INDEX sale_receipt ON sale (receipt_no) WHERE receipt_no <> '';

CREATE TABLE leg (
    id          TEXT NOT NULL,
    opened_at   TIMESTAMP NOT NULL,
    sale_id     TEXT,
    direction   TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    vend        BOOLEAN NOT NULL,
    operation   TEXT NOT NULL,
    party       TEXT NOT NULL,
    date_time   TEXT NOT NULL,
    number      INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'unknown', 'not executed')),
    code        TEXT NOT NULL,
    note        TEXT NOT NULL,
    amount      INTEGER NOT NULL,
    target      TEXT NOT NULL,
    closed_at   TIMESTAMP,
    evidence    BLOB, -- sealed
    -- Whose turn it is. These columns come and go without entries.
    node        TEXT NOT NULL,
    lease_until TIMESTAMP,
    asked       INTEGER NOT NULL,
    absent      INTEGER NOT NULL,
    next_at     TIMESTAMP,
    PRIMARY KEY (id, opened_at)
);
CREATE INDEX leg_sale ON leg (sale_id) WHERE sale_id IS NOT NULL;
CREATE INDEX leg_pending ON leg (opened_at) WHERE state IN ('open', 'unknown');

CREATE TABLE stock_batch (
    supplier TEXT NOT NULL REFERENCES supplier,
    name     TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    PRIMARY KEY (supplier, name)
);

-- Vouchers are popped in the order of voucher_unsold.
CREATE TABLE voucher (
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    supplier   TEXT NOT NULL,
    product    TEXT NOT NULL,
    batch      TEXT NOT NULL,
    serial     TEXT NOT NULL,
    pin        BLOB NOT NULL, -- sealed
    pin_hash   BLOB NOT NULL, -- keyed
    face       INTEGER NOT NULL CHECK (face >= 0),
    cost       INTEGER NOT NULL CHECK (cost >= 0),
    currency   TEXT NOT NULL,
    expires_on TEXT NOT NULL, -- yyyy-mm-dd; 9999-12-31 if never
    sale_id    TEXT,
    UNIQUE (supplier, serial),
    UNIQUE (pin_hash)
);
CREATE INDEX voucher_unsold ON voucher (product, expires_on, seq) WHERE sale_id IS NULL;
CREATE INDEX voucher_sale ON voucher (sale_id) WHERE sale_id IS NOT NULL;

-- Work for people.

CREATE TABLE exception (
    id        TEXT PRIMARY KEY NOT NULL,
    kind      TEXT NOT NULL,
    sale_id   TEXT,
    leg_id    TEXT,
    note      TEXT NOT NULL,
    evidence  BLOB, -- sealed
    owner     TEXT NOT NULL,
    opened_at TIMESTAMP NOT NULL,
    closed_at TIMESTAMP
);
CREATE INDEX exception_open ON exception (opened_at) WHERE closed_at IS NULL;

CREATE TABLE proposal (
    sale_id TEXT PRIMARY KEY NOT NULL,
    actor   TEXT NOT NULL,
    digest  BLOB NOT NULL,
    content BLOB NOT NULL, -- sealed JSON
    at      TIMESTAMP NOT NULL
);

-- Counters, nodes.

CREATE TABLE counter (
    name TEXT PRIMARY KEY NOT NULL,
    next INTEGER NOT NULL,
    mark TEXT NOT NULL -- of message ids, the latest dateTime known to be given out
);

-- Tells whether the keys at hand are those that this database is sealed with.
CREATE TABLE key_check (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    sealed BLOB NOT NULL,
    hash   BLOB NOT NULL
) STRICT;

CREATE TABLE node (
    name    TEXT PRIMARY KEY NOT NULL,
    seen_at TIMESTAMP NOT NULL
);

-- The seal (package audit).

CREATE TABLE seal (
    n          INTEGER PRIMARY KEY,
    entry_id   TEXT NOT NULL UNIQUE,
    entry_hash BLOB NOT NULL,
    chain      BLOB NOT NULL
);

CREATE TABLE seal_head (
    n         INTEGER PRIMARY KEY,
    chain     BLOB NOT NULL,
    signed_at TIMESTAMP NOT NULL,
    key_id    TEXT NOT NULL,
    signature BLOB NOT NULL
);

-- Deposits: the same tables as on PostgreSQL, where they are explained.

-- +goose Up

-- Where a merchant is told of its money.
CREATE TABLE contact (
    merchant TEXT NOT NULL REFERENCES merchant,
    channel  TEXT NOT NULL CHECK (channel IN ('sms', 'mail')),
    address  TEXT NOT NULL, -- ten digits, or an e-mail address
    PRIMARY KEY (merchant, channel, address)
);

-- What a payer may write as the reference for the money to reach a merchant, in
-- capitals.
CREATE TABLE deposit_key (
    key      TEXT PRIMARY KEY NOT NULL,
    merchant TEXT NOT NULL REFERENCES merchant,
    kind     TEXT NOT NULL CHECK (kind IN ('code', 'cell', 'issued'))
);
CREATE INDEX deposit_key_merchant ON deposit_key (merchant);

-- Every merchant's code is one. Codes that differ in nothing but case name nobody.
INSERT INTO deposit_key (key, merchant, kind)
SELECT UPPER(code), MIN(code), 'code' FROM merchant GROUP BY UPPER(code) HAVING COUNT(*) = 1;

-- What came from a bank, or says that it did, before it is acted on.
CREATE TABLE bank_message (
    id           TEXT PRIMARY KEY NOT NULL,
    channel      TEXT NOT NULL CHECK (channel IN ('sms', 'mail')),
    transport_id TEXT NOT NULL,
    copy         INTEGER NOT NULL, -- counts messages of other content under the same transport id
    gateway      TEXT NOT NULL,
    sender       TEXT NOT NULL,
    received_at  TIMESTAMP NOT NULL,
    content      BLOB NOT NULL, -- sealed
    hash         BLOB NOT NULL, -- keyed
    state        TEXT NOT NULL CHECK (state IN ('received', 'done')),
    action       TEXT NOT NULL,
    reason       TEXT NOT NULL,
    template     TEXT NOT NULL,
    review       BOOLEAN NOT NULL, -- a person must look at it
    reviewed_at  TIMESTAMP,
    reviewed_by  TEXT NOT NULL,
    review_note  TEXT NOT NULL,
    entry_id     TEXT, -- by which it was dealt with
    -- Whose turn it is: comes and goes without entries.
    node         TEXT NOT NULL,
    lease_until  TIMESTAMP NOT NULL,
    UNIQUE (channel, transport_id, copy)
);
CREATE INDEX bank_message_received ON bank_message (received_at, id);
CREATE INDEX bank_message_open ON bank_message (lease_until) WHERE state = 'received';
CREATE INDEX bank_message_review ON bank_message (received_at) WHERE review AND reviewed_at IS NULL;

-- A bank's row is locked while a deposit at it is compared with those before.
CREATE TABLE deposit_bank (
    bank text PRIMARY KEY,
    turn bigint NOT NULL
);

CREATE TABLE deposit (
    id             TEXT PRIMARY KEY NOT NULL,
    bank           TEXT NOT NULL,
    account        TEXT NOT NULL,
    currency       TEXT NOT NULL,
    amount         INTEGER NOT NULL CHECK (amount > 0),
    kind           TEXT NOT NULL,
    reference      BLOB NOT NULL, -- sealed
    reference_hash BLOB NOT NULL, -- keyed, without regard to case
    date           TEXT NOT NULL, -- yyyy-mm-dd, as the bank says; empty if it does not
    banked_at      TIMESTAMP, -- the minute, as the bank says
    balance        INTEGER, -- of the account afterwards, as the bank says
    merchant       TEXT NOT NULL, -- empty while it is not known
    state          TEXT NOT NULL CHECK (state IN ('credited', 'provisional', 'suspense', 'held', 'review', 'returned', 'refused')),
    reason         TEXT NOT NULL, -- why it waits
    unmatched      TEXT NOT NULL, -- why no merchant is known
    unproven       BOOLEAN NOT NULL, -- seen by none but messages that do not suffice
    capped         BOOLEAN NOT NULL, -- above the cap
    doubt          TEXT NOT NULL CHECK (doubt IN ('', 'weak', 'match', 'resembles')),
    alike          TEXT, -- the deposit that it may be the same as
    fee            INTEGER NOT NULL CHECK (fee >= 0 AND fee <= amount),
    fee_rule       TEXT NOT NULL,
    seen_at        TIMESTAMP NOT NULL,
    settled_at     TIMESTAMP, -- when it got its state
    step           INTEGER NOT NULL -- counts the entries that made it what it is
);
CREATE INDEX deposit_alike ON deposit (reference_hash, amount, date);
CREATE INDEX deposit_merchant ON deposit (merchant, seen_at);
CREATE INDEX deposit_waiting ON deposit (seen_at) WHERE state IN ('provisional', 'suspense', 'held', 'review');
CREATE INDEX deposit_seen ON deposit (seen_at, id);

-- Where a deposit was seen: the nth notification of a message.
CREATE TABLE sighting (
    message    TEXT NOT NULL,
    n          INTEGER NOT NULL,
    deposit_id TEXT NOT NULL,
    relation   TEXT NOT NULL CHECK (relation IN ('first', 'confirmation', 'duplicate')),
    channel    TEXT NOT NULL,
    -- What it says, which may be less than another says of the same deposit.
    account    TEXT NOT NULL,
    date       TEXT NOT NULL,
    banked_at  TIMESTAMP,
    balance    INTEGER,
    PRIMARY KEY (message, n)
);
CREATE INDEX sighting_deposit ON sighting (deposit_id);

-- The entries about a deposit.
CREATE TABLE deposit_entry (
    deposit_id TEXT NOT NULL,
    entry_id   TEXT NOT NULL,
    PRIMARY KEY (deposit_id, entry_id)
);

-- What one person, or a merchant by its claim, wants done with a deposit.
CREATE TABLE deposit_proposal (
    deposit_id TEXT PRIMARY KEY NOT NULL,
    act        TEXT NOT NULL CHECK (act IN ('allocate', 'refuse', 'return')),
    merchant   TEXT NOT NULL, -- of an allocation
    actor      TEXT NOT NULL,
    evidence   TEXT NOT NULL,
    at         TIMESTAMP NOT NULL
);

-- How often a merchant has claimed on a day.
CREATE TABLE deposit_claim (
    merchant TEXT NOT NULL,
    day      TEXT NOT NULL, -- yyyy-mm-dd, UTC
    claims   INTEGER NOT NULL,
    PRIMARY KEY (merchant, day)
);

-- What somebody is to be told.
CREATE TABLE notice (
    id          TEXT PRIMARY KEY NOT NULL,
    event       TEXT NOT NULL,
    party       TEXT NOT NULL,
    channel     TEXT NOT NULL CHECK (channel IN ('sms', 'mail')),
    address     BLOB NOT NULL, -- keyed hash
    content     BLOB NOT NULL, -- sealed: to, subject, text
    state       TEXT NOT NULL CHECK (state IN ('due', 'sent', 'dead')),
    attempts    INTEGER NOT NULL,
    next_at     TIMESTAMP NOT NULL,
    created_at  TIMESTAMP NOT NULL,
    sent_at     TIMESTAMP,
    error       TEXT NOT NULL, -- of the last attempt
    receipt     TEXT NOT NULL, -- the gateway's own id
    delivery    TEXT NOT NULL, -- what the gateway reported last
    node        TEXT NOT NULL,
    lease_until TIMESTAMP,
    UNIQUE (event, party, channel, address)
);
CREATE INDEX notice_due ON notice (next_at) WHERE state = 'due';
CREATE INDEX notice_dead ON notice (created_at) WHERE state = 'dead';
CREATE INDEX notice_party ON notice (party, created_at);
CREATE INDEX notice_created ON notice (created_at, id);

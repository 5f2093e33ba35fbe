-- Deposits: what banks say, what became of it, and what merchants are told.

-- +goose Up

-- Where a merchant is told of its money.
CREATE TABLE contact (
    merchant text NOT NULL REFERENCES merchant,
    channel  text NOT NULL CHECK (channel IN ('sms', 'mail')),
    address  text NOT NULL, -- ten digits, or an e-mail address
    PRIMARY KEY (merchant, channel, address)
);

-- What a payer may write as the reference for the money to reach a merchant, in
-- capitals.
CREATE TABLE deposit_key (
    key      text PRIMARY KEY,
    merchant text NOT NULL REFERENCES merchant,
    kind     text NOT NULL CHECK (kind IN ('code', 'cell', 'issued'))
);
CREATE INDEX deposit_key_merchant ON deposit_key (merchant);

-- Every merchant's code is one. Codes that differ in nothing but case name nobody.
INSERT INTO deposit_key (key, merchant, kind)
SELECT UPPER(code), MIN(code), 'code' FROM merchant GROUP BY UPPER(code) HAVING COUNT(*) = 1;

-- What came from a bank, or says that it did, before it is acted on.
CREATE TABLE bank_message (
    id           uuid PRIMARY KEY,
    channel      text NOT NULL CHECK (channel IN ('sms', 'mail')),
    transport_id text NOT NULL,
    copy         integer NOT NULL, -- counts messages of other content under the same transport id
    gateway      text NOT NULL,
    sender       text NOT NULL,
    received_at  timestamptz NOT NULL,
    content      bytea NOT NULL, -- sealed
    hash         bytea NOT NULL, -- keyed
    state        text NOT NULL CHECK (state IN ('received', 'done')),
    action       text NOT NULL,
    reason       text NOT NULL,
    template     text NOT NULL,
    review       boolean NOT NULL, -- a person must look at it
    reviewed_at  timestamptz,
    reviewed_by  text NOT NULL,
    review_note  text NOT NULL,
    entry_id     uuid, -- by which it was dealt with
    -- Whose turn it is: comes and goes without entries.
    node         text NOT NULL,
    lease_until  timestamptz NOT NULL,
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
    id             uuid PRIMARY KEY,
    bank           text NOT NULL,
    account        text NOT NULL, -- the operator's; empty if the bank does not show it
    currency       text NOT NULL,
    amount         bigint NOT NULL CHECK (amount > 0),
    kind           text NOT NULL,
    reference      bytea NOT NULL, -- sealed
    reference_hash bytea NOT NULL, -- keyed, without regard to case
    date           text NOT NULL, -- yyyy-mm-dd, as the bank says; empty if it does not
    banked_at      timestamptz, -- the minute, as the bank says
    balance        bigint, -- of the account afterwards, as the bank says
    merchant       text NOT NULL, -- empty while it is not known
    state          text NOT NULL CHECK (state IN ('credited', 'provisional', 'suspense', 'held', 'review', 'returned', 'refused')),
    reason         text NOT NULL, -- why it waits
    unmatched      text NOT NULL, -- why no merchant is known
    unproven       boolean NOT NULL, -- seen by none but messages that do not suffice
    capped         boolean NOT NULL, -- above the cap
    doubt          text NOT NULL CHECK (doubt IN ('', 'weak', 'match', 'resembles')),
    alike          uuid, -- the deposit that it may be the same as
    fee            bigint NOT NULL CHECK (fee >= 0 AND fee <= amount),
    fee_rule       text NOT NULL,
    seen_at        timestamptz NOT NULL,
    settled_at     timestamptz, -- when it got its state
    step           integer NOT NULL -- counts the entries that made it what it is
);
CREATE INDEX deposit_alike ON deposit (reference_hash, amount, date);
CREATE INDEX deposit_merchant ON deposit (merchant, seen_at);
CREATE INDEX deposit_waiting ON deposit (seen_at) WHERE state IN ('provisional', 'suspense', 'held', 'review');
CREATE INDEX deposit_seen ON deposit (seen_at, id);

-- Where a deposit was seen: the nth notification of a message.
CREATE TABLE sighting (
    message    uuid NOT NULL,
    n          integer NOT NULL,
    deposit_id uuid NOT NULL,
    relation   text NOT NULL CHECK (relation IN ('first', 'confirmation', 'duplicate')),
    channel    text NOT NULL,
    -- What it says, which may be less than another says of the same deposit.
    account    text NOT NULL,
    date       text NOT NULL,
    banked_at  timestamptz,
    balance    bigint,
    PRIMARY KEY (message, n)
);
CREATE INDEX sighting_deposit ON sighting (deposit_id);

-- The entries about a deposit.
CREATE TABLE deposit_entry (
    deposit_id uuid NOT NULL,
    entry_id   uuid NOT NULL,
    PRIMARY KEY (deposit_id, entry_id)
);

-- What one person, or a merchant by its claim, wants done with a deposit.
CREATE TABLE deposit_proposal (
    deposit_id uuid PRIMARY KEY,
    act        text NOT NULL CHECK (act IN ('allocate', 'refuse', 'return')),
    merchant   text NOT NULL, -- of an allocation
    actor      text NOT NULL,
    evidence   text NOT NULL,
    at         timestamptz NOT NULL
);

-- How often a merchant has claimed on a day.
CREATE TABLE deposit_claim (
    merchant text NOT NULL,
    day      text NOT NULL, -- yyyy-mm-dd, UTC
    claims   integer NOT NULL,
    PRIMARY KEY (merchant, day)
);

-- What somebody is to be told.
CREATE TABLE notice (
    id          uuid PRIMARY KEY,
    event       text NOT NULL,
    party       text NOT NULL,
    channel     text NOT NULL CHECK (channel IN ('sms', 'mail')),
    address     bytea NOT NULL, -- keyed hash
    content     bytea NOT NULL, -- sealed: to, subject, text
    state       text NOT NULL CHECK (state IN ('due', 'sent', 'dead')),
    attempts    integer NOT NULL,
    next_at     timestamptz NOT NULL,
    created_at  timestamptz NOT NULL,
    sent_at     timestamptz,
    error       text NOT NULL, -- of the last attempt
    receipt     text NOT NULL, -- the gateway's own id
    delivery    text NOT NULL, -- what the gateway reported last
    node        text NOT NULL,
    lease_until timestamptz,
    UNIQUE (event, party, channel, address)
);
CREATE INDEX notice_due ON notice (next_at) WHERE state = 'due';
CREATE INDEX notice_dead ON notice (created_at) WHERE state = 'dead';
CREATE INDEX notice_party ON notice (party, created_at);
CREATE INDEX notice_created ON notice (created_at, id);

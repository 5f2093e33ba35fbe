-- Closing balances (closing.go).

-- +goose Up

-- The days that are closed, or are just being closed, by their ends: nothing
-- that is committed from now on is dated before the latest cut.
CREATE TABLE closed_day (
    cut  timestamptz PRIMARY KEY,
    at   timestamptz NOT NULL, -- when it was announced
    node text NOT NULL
);

-- What every account that was ever posted to had come to: the sum of its
-- postings before the cut.
CREATE TABLE closing_balance (
    cut      timestamptz NOT NULL REFERENCES closed_day,
    account  text NOT NULL,
    currency text NOT NULL,
    balance  bigint NOT NULL, -- debits positive
    PRIMARY KEY (cut, account, currency)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON closed_day FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON closing_balance FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON closed_day FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON closing_balance FOR EACH STATEMENT EXECUTE FUNCTION append_only();

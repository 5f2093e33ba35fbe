-- Closing balances (closing.go): the same tables as on PostgreSQL, where they
-- are explained.

-- +goose Up

CREATE TABLE closed_day (
    cut  TIMESTAMP PRIMARY KEY NOT NULL,
    at   TIMESTAMP NOT NULL, -- when it was announced
    node TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE closing_balance (
    cut      TIMESTAMP NOT NULL REFERENCES closed_day,
    account  TEXT NOT NULL,
    currency TEXT NOT NULL,
    balance  INTEGER NOT NULL, -- debits positive
    PRIMARY KEY (cut, account, currency)
) WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER closed_day_no_update BEFORE UPDATE ON closed_day BEGIN
    SELECT RAISE(ABORT, 'closed_day is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER closed_day_no_delete BEFORE DELETE ON closed_day BEGIN
    SELECT RAISE(ABORT, 'closed_day is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER closing_balance_no_update BEFORE UPDATE ON closing_balance BEGIN
    SELECT RAISE(ABORT, 'closing_balance is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER closing_balance_no_delete BEFORE DELETE ON closing_balance BEGIN
    SELECT RAISE(ABORT, 'closing_balance is append-only');
END;
-- +goose StatementEnd

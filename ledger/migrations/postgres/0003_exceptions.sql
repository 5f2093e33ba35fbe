-- Exceptions that end with the sale they are about.

-- +goose Up

-- What is open about a sale: looked at when the sale leaves unknown.
CREATE INDEX exception_sale ON exception (sale_id) WHERE closed_at IS NULL;

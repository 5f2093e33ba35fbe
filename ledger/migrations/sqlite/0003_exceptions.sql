-- Exceptions that end with the sale they are about.

-- +goose Up

CREATE INDEX exception_sale ON exception (sale_id) WHERE closed_at IS NULL;

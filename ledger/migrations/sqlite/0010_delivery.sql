-- The same column as on PostgreSQL.

-- +goose Up

ALTER TABLE delivery ADD COLUMN actor TEXT NOT NULL DEFAULT '';

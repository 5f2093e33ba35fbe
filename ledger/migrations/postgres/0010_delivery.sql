-- Who brought a stock file in.

-- +goose Up

ALTER TABLE delivery ADD COLUMN actor text NOT NULL DEFAULT '';

-- The same columns as on PostgreSQL, where they are explained.

-- +goose Up

ALTER TABLE delivery ADD COLUMN actor TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN sender TEXT NOT NULL DEFAULT '';
DROP INDEX delivery_message;
CREATE UNIQUE INDEX delivery_message ON delivery (message_id, sender, ciphertext_hash) WHERE message_id <> '';

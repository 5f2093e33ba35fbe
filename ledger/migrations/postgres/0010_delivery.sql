-- Who brought a stock file in, and from which address its mail came: the same file in the same mail, but under another
-- address, is another delivery, so that a forged mail does not stand in for the true one.

-- +goose Up

ALTER TABLE delivery ADD COLUMN actor text NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN sender text NOT NULL DEFAULT '';
DROP INDEX delivery_message;
CREATE UNIQUE INDEX delivery_message ON delivery (message_id, sender, ciphertext_hash) WHERE message_id <> '';

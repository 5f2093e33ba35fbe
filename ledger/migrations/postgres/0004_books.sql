-- What a shop asks of its own books.

-- +goose Up

-- The sales of a meter, for reprints.
CREATE INDEX sale_target ON sale (target, opened_at) WHERE target <> '';

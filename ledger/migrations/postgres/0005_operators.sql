-- The people who run the switch (staff.go).

-- +goose Up

CREATE TABLE operator (
    name          text PRIMARY KEY,
    password_hash text NOT NULL,
    status        text NOT NULL CHECK (status IN ('active', 'proposed', 'blocked')),
    proposed_by   text NOT NULL -- who added or unblocked them
);

-- Locked while staff changes.
CREATE TABLE operator_turn (turn bigint NOT NULL);
INSERT INTO operator_turn (turn) VALUES (0);

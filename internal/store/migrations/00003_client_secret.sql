-- +goose Up

-- The secrets of a client of the bank: the one in force, and the one that may have taken its place.
create table client_secrets (
	client_id text primary key,
	secrets   {blob} not null, -- sealed JSON
	version   {int} not null
) {strict};

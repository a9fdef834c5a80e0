-- +goose Up

-- The texts that buyers agreed to; who agreed to which one, and when, is in the history of the order and in the audit log.
create table consent_texts (
	hash    text primary key, -- hex SHA-256 of the text
	version text not null,
	body    text not null,
	since   {int} not null
) {strict};

-- +goose Up

-- When the person signed out; 0 = not since the last sign-in. The tokens stay until nothing needs them.
alter table grants add column left_at {int} not null default 0;
create index grants_left on grants (left_at) where left_at > 0;
create index grants_dead on grants (company_inn) where dead = 1;
create index payments_person on payments (subject) where watched = 1;
create index sessions_person on sessions (subject);

-- Tokens that nobody here uses any more and that the bank has not been told about.
create table revocations (
	id         text primary key,
	tokens     {blob} not null, -- sealed JSON
	created_at {int} not null,
	try_at     {int} not null
) {strict};
create index revocations_due on revocations (try_at);

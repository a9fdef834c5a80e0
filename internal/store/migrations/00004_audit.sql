-- +goose Up

-- Who did what, when: rows are only added. A row is written with its cause; its place in the chain (seq, hash) is given
-- to it within a second, by one instance at a time.
create table audit (
	id      {int} primary key,
	at      {int} not null,
	kind    text not null,
	actor   text not null,
	company text not null, -- a keyed hash
	object  text not null,
	ref     text not null,
	detail  text not null,
	mac     text not null,
	seq     {int} not null, -- 0 = not in the chain yet
	hash    text not null
) {strict};
create unique index audit_chain on audit (seq) where seq > 0;
create index audit_waiting on audit (id) where seq = 0;

-- The end of the chain.
create table audit_head (
	id   {int} primary key check (id = 1),
	seq  {int} not null,
	hash text not null
) {strict};
insert into audit_head (id, seq, hash) values (1, 0, '');

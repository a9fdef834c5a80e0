-- +goose Up

-- 0 = the people of the order were erased: on request, or because their time was over. The order and its sums stay.
alter table orders add column people_kept {int} not null default 1;
create index orders_person on orders (subject, people_kept);
create index orders_people on orders (placed_at) where people_kept = 1;
create index accounts_seen on accounts (as_of);

-- What one person did; most rows are of the shop and the bank themselves.
create index audit_person on audit (actor, id) where actor not in ('', 'timer', 'bank');

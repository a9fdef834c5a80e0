-- +goose Up

-- Who the order is for, as one sealed JSON: the names, phone, address and comment of it. The columns person_name,
-- contact_name, phone, email, delivery_address and comment stay empty since; what older rows have there is still read.
alter table orders add column people {blob};

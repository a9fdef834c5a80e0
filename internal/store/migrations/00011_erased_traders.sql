-- +goose Up

-- Orders of sole traders whose people were erased on request before their time: name and INN go when it is over.
create index orders_traders on orders (placed_at) where people_kept = 0 and length(company_inn) = 12;

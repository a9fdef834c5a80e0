-- +goose Up

-- Which payments a day brought, to compare them with the statement of the account.
create index payments_paid on payments (paid_at) where paid_at > 0;

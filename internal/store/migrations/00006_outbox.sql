-- +goose Up

-- What leaves the shop besides calls to the bank: written with its cause, marked after it was delivered.
create table outbox (
	id           {key} primary key, -- what the receiver knows a repeat by
	order_id     {key} not null references orders (id),
	seq          {int} not null,    -- of the event in the order
	type         text not null,
	body         {blob} not null,   -- byte for byte as it is sent each time
	created_at   {int} not null,
	try_at       {int} not null,
	lease_until  {int} not null,
	attempts     {int} not null,    -- failed ones
	last_error   text not null,     -- a class
	delivered_at {int} not null,    -- 0 = not yet
	unique (order_id, seq)
) {strict};
create index outbox_due on outbox (try_at) where delivered_at = 0;
create index outbox_waiting on outbox (created_at) where delivered_at = 0;
create index outbox_delivered on outbox (delivered_at) where delivered_at > 0;

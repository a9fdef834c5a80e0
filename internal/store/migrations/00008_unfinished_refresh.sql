-- +goose Up

-- lease_until stays when nobody knows how a refresh ended: it is repeated.
create index grants_unfinished on grants (lease_until) where lease_until > 0 and dead = 0;

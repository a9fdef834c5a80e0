package store_test

import (
	"testing"

	"creditcart/internal/store/storetest"
)

func TestSQLite(t *testing.T) { storetest.Run(t, storetest.SQLite) }

func TestPostgres(t *testing.T) { storetest.Run(t, storetest.Postgres(t)) }

// docs/scaling.md promises it to those who put a pooler before PostgreSQL.
func TestPostgresPooled(t *testing.T) { storetest.Run(t, storetest.PostgresPooled(t)) }

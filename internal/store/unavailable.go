package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Unavailable tells whether an error says that the database takes nothing now and may again later without anybody's
// fault in the program: a full disk, a file that became read-only, another program that holds the lock for more than the
// 5 s that are waited, a PostgreSQL that is away. Such a transaction left nothing.
func Unavailable(err error) bool {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
			sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL:
			return true
		}
		return false
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		for _, class := range []string{"08", "25006", "53", "55P03", "57P", "58"} { // connection, read-only, resources, lock, operator, system
			if strings.HasPrefix(e.Code, class) {
				return true
			}
		}
		return false
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	return connecting || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}

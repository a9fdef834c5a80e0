package store

import "testing"

func TestPositional(t *testing.T) {
	for query, want := range map[string]string{
		"select 1": "select 1",
		"insert into t values ($1, $2), ($3, $4)":        "insert into t values (?, ?), (?, ?)",
		"select a from t where b = $1 limit $2 + 0":      "select a from t where b = ? limit ? + 0",
		"select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10": "select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?",
		"update t set a = $2 where b = $1":               "update t set a = $2 where b = $1",
		"select a from t where b = $1 and c = $1":        "select a from t where b = $1 and c = $1",
		"select a from t where b = $1 and c = $11":       "select a from t where b = $1 and c = $11",
		"select 'it''s $1' where b = $1":                 "select 'it''s $1' where b = ?",
		"select a from t where b = $name":                "select a from t where b = $name",
	} {
		if got := positional(query); got != want {
			t.Errorf("%s became %s, want %s", query, got, want)
		}
	}
}

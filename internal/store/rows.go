package store

import (
	"context"
	"strconv"
	"strings"
)

// maxParams bounds the parameters of a statement: SQLite looks names such as $7 up one by one, so that a statement of
// thousands takes much longer than many of a few hundred.
const maxParams = 400

// rowsOf is `($1, $2), ($3, $4)` for the values of an insert.
func rowsOf(rows, columns int) string {
	var b strings.Builder
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteString("($")
		case i%columns == 0:
			b.WriteString("), ($")
		default:
			b.WriteString(", $")
		}
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteByte(')')
	return b.String()
}

// listOf is `($2, $3, $4)` for an `in` with count values, numbered from first.
func listOf(first, count int) string {
	var b strings.Builder
	b.WriteByte('(')
	for i := range count {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(first+i))
	}
	b.WriteByte(')')
	return b.String()
}

// insertRows appends rows of equal length to a statement that ends in `values `, as many at once as are good for SQLite.
func insertRows(ctx context.Context, q querier, statement string, rows [][]any) error {
	return insertRowsBy(ctx, q, maxParams, statement, rows)
}

// insertRowsBy is insertRows with another bound of parameters.
func insertRowsBy(ctx context.Context, q querier, params int, statement string, rows [][]any) error {
	for len(rows) > 0 {
		columns := len(rows[0])
		batch := rows[:min(len(rows), params/columns)]
		rows = rows[len(batch):]
		args := make([]any, 0, len(batch)*columns)
		for _, r := range batch {
			args = append(args, r...)
		}
		if _, err := q.ExecContext(ctx, statement+rowsOf(len(batch), columns), args...); err != nil {
			return err
		}
	}
	return nil
}

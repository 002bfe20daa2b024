package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"

	"syncd/docs"
)

// ask puts the questions of the cookbook's first section to the mirror and prints
// their SQL and results.
func ask(ctx context.Context, out io.Writer, address string) error {
	questions, err := docs.Questions(docs.Cookbook())
	if err != nil {
		return fmt.Errorf("cookbook: %w", err)
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("connect to the mirror: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	// Postgres would do it by itself, but a minute after the first rows came.
	if _, err := conn.Exec(ctx, "ANALYZE"); err != nil {
		return fmt.Errorf("analyze the mirror: %w", err)
	}
	for _, q := range questions {
		if q.Section != questions[0].Section {
			break
		}
		answer, err := query(ctx, conn, q.SQL)
		if err != nil {
			return fmt.Errorf("%s: %w", q.Heading, err)
		}
		fmt.Fprintf(out, "\n-- %s\n%s\n\n%s\n", q.Heading, q.SQL, answer)
	}
	return nil
}

// query gives the result of one statement as psql shows it.
func query(ctx context.Context, conn *pgx.Conn, sql string) (string, error) {
	// Without formats given, every value comes as a text.
	reader := conn.PgConn().ExecParams(ctx, sql, nil, nil, nil, nil)
	fields := slices.Clone(reader.FieldDescriptions())
	result := reader.Read()
	if result.Err != nil {
		return "", result.Err
	}
	return table(fields, result.Rows), nil
}

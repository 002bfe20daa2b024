package db

import (
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"
)

// CheckURL reports whether Open could read the URL. The message never repeats it: it may hold a password.
func CheckURL(url string) error {
	if _, err := pgxpool.ParseConfig(url); err != nil {
		return errors.New("is not a Postgres URL: write postgres://user:password@host:5432/database, " +
			"with the special characters of the password percent-encoded")
	}
	return nil
}

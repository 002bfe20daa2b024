#!/bin/sh
# The entry point of the Postgres image that lib.sh makes. It does of what docker-entrypoint.sh of the official image
# does what the checks need: POSTGRES_USER, _PASSWORD, _DB, also as _FILE, and /docker-entrypoint-initdb.d.
set -eu

# value NAME DEFAULT: of a variable, or of the file that NAME_FILE names.
value() {
	eval "given=\${$1:-} file=\${$1_FILE:-}"
	if [ -n "$file" ]; then given=$(cat "$file"); fi
	echo "${given:-$2}"
}

[ "${1:-postgres}" = postgres ] || exec "$@"
[ $# -eq 0 ] || shift

if [ ! -s "$PGDATA/PG_VERSION" ]; then
	POSTGRES_USER=$(value POSTGRES_USER postgres)
	POSTGRES_DB=$(value POSTGRES_DB "$POSTGRES_USER")
	password=$(value POSTGRES_PASSWORD '')
	[ -n "$password" ] || { echo "POSTGRES_PASSWORD is not set" >&2; exit 1; }
	export POSTGRES_USER POSTGRES_DB
	(umask 077 && echo "$password" >/tmp/password)
	initdb --pgdata "$PGDATA" --username "$POSTGRES_USER" --pwfile /tmp/password --auth-local trust --auth-host scram-sha-256 \
		--encoding UTF8 --no-locale >/dev/null
	rm /tmp/password
	echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
	pg_ctl --pgdata "$PGDATA" --silent --wait --options "-c listen_addresses=''" start
	[ "$POSTGRES_DB" = postgres ] || createdb --username "$POSTGRES_USER" "$POSTGRES_DB"
	for file in /docker-entrypoint-initdb.d/*; do
		case $file in
		*.sh) sh "$file" ;;
		*.sql) psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --file "$file" ;;
		esac
	done
	pg_ctl --pgdata "$PGDATA" --silent --mode fast --wait stop
fi
exec postgres -c listen_addresses='*' "$@"

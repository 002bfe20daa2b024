#!/bin/sh
# Runs once, when the database is made: a role that owns it, for syncd, and one that reads, for Grafana. syncd migrate
# --reader=grafana says what that one may read.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" \
	--set database="$POSTGRES_DB" \
	--set syncd_password="$(cat /run/secrets/syncd_password)" \
	--set grafana_password="$(cat /run/secrets/grafana_db_password)" <<'SQL'
CREATE ROLE syncd LOGIN PASSWORD :'syncd_password';
CREATE ROLE grafana LOGIN PASSWORD :'grafana_password' CONNECTION LIMIT 10;
ALTER ROLE grafana SET default_transaction_read_only = on;
ALTER ROLE grafana SET statement_timeout = '30s';
ALTER DATABASE :"database" OWNER TO syncd;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO grafana;
SQL

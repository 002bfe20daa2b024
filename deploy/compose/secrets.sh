#!/bin/sh
# Makes secrets/: passwords of the databases by chance, and the credentials of the Zoom app as they are asked for, or as
# ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET say. A secret that is there stays.
#
# Answers are not shown. Compose mounts these files as they are, so that the users in the containers must be able to read them; the folder keeps
# other users of this machine out.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets
umask 022

# keep NAME VALUE
keep() {
	[ -s "secrets/$1" ] || printf '%s\n' "$2" >"secrets/$1"
}

# credential NAME VARIABLE QUESTION
credential() {
	[ ! -s "secrets/$1" ] || return 0
	eval "value=\${$2:-}"
	while [ -z "$value" ]; do
		printf '%s: ' "$3"
		[ ! -t 0 ] || stty -echo
		IFS= read -r value || { echo "no answer" >&2; exit 1; }
		[ ! -t 0 ] || { stty echo; echo; }
	done
	keep "$1" "$value"
}

password() { od -An -N 24 -tx1 /dev/urandom | tr -d ' \n'; }

for name in postgres_password syncd_password grafana_db_password grafana_admin_password; do
	keep "$name" "$(password)"
done
keep database_url "postgres://syncd:$(cat secrets/syncd_password)@postgres:5432/zoom_mirror"
credential zoom_account_id ZOOM_ACCOUNT_ID "Account ID of the Zoom app"
credential zoom_client_id ZOOM_CLIENT_ID "Client ID"
credential zoom_client_secret ZOOM_CLIENT_SECRET "Client secret"

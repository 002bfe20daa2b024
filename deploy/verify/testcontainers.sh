#!/usr/bin/env bash
# Runs tests against a Postgres in a container, as they do on a machine that has Docker and no Postgres: through the socket
# of podman that speaks Docker's language, with an image made of this machine's Postgres, whose programs the tests do not
# see. "make test-docker" runs it; PACKAGES says which tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/verify/lib.sh
. deploy/verify/lib.sh

need
begin
chmod 711 "$work" "$work/tmp" # PgBouncer runs as another user than root, in a folder there
export TEST_POSTGRES_IMAGE=localhost/syncd-verify/postgres
postgres_image "$TEST_POSTGRES_IMAGE"
podman network create reaper_default >/dev/null # as testcontainers would, which packages at once do in each other's way
socket=$work/podman.sock
(unset TMPDIR && exec podman system service --time 0 "unix://$socket") >"$work/service.log" 2>&1 &
service=$!
for _ in $(seq 100); do
	[ ! -S "$socket" ] || break
	sleep 0.1
done

export DOCKER_HOST=unix://$socket TESTCONTAINERS_RYUK_DISABLED=true
export CI=true # so that a test without a Postgres fails
unset TEST_DATABASE_URL
# shellcheck disable=SC2086 # a list of words
unshare --mount sh -euc 'mount -t tmpfs none /usr/lib/postgresql && exec "$@"' sh \
	nice go test -p 1 -count=1 ${PACKAGES:-./internal/db/...}

made=$(podman events --stream=false --filter type=container --filter event=create --format '{{.Image}}' | grep -c "^$TEST_POSTGRES_IMAGE" || true)
[ "$made" -gt 0 ] || fail "no container was made"
[ -z "$(podman ps --all --quiet)" ] || fail "containers are left: $(podman ps --all --format '{{.Names}}')"
say "the tests had a Postgres in a container of $TEST_POSTGRES_IMAGE, $made of them, and left none"

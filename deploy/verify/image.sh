#!/usr/bin/env bash
# Builds the image on a machine without Docker and sees it work as its user would: an ordinary user, a root that cannot be
# written to, no capability, against a Postgres and a simulated account in containers of their own. It prints a line for
# each thing that holds, and takes away what it made. "make verify-image" runs it.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=deploy/verify/lib.sh
. deploy/verify/lib.sh

readonly largest=30000000 # bytes of the image
readonly patience=30      # seconds in which an order to stop is obeyed
readonly users=120        # of the simulated account

need
begin
describe
builder=localhost/syncd-verify/builder
product=localhost/syncd-verify/syncd
account=localhost/syncd-verify/demo-account
postgres=localhost/syncd-verify/postgres
builder_image "$builder"
postgres_image "$postgres"

# What is in it.
build --tag "$product"
say "the image builds without Docker, from scratch: $version"

size=$(podman image inspect --format '{{.Size}}' "$product")
[ "$size" -lt "$largest" ] || fail "the image has $size bytes, $largest are too many"
say "it has $size bytes, less than $largest"

container=$(buildah from --pull-never "$product")
root=$(buildah mount "$container")
files=$(cd "$root" && find . -type f -o -type l | sort | tr '\n' ' ')
[ "$files" = './etc/ssl/certs/ca-certificates.crt ./syncd ' ] || fail "the image holds more than it should: $files"
say "it holds the program and the certificates, and nothing else: no shell"

[ "$(podman image inspect --format '{{.Config.User}}' "$product")" = 65532:65532 ] || fail "its user is no ordinary one by number"
say "its user is 65532:65532"

grep -c CERTIFICATE "$root/etc/ssl/certs/ca-certificates.crt" >/dev/null || fail "the certificates are none"
labels=$(podman image inspect --format '{{range $name, $value := .Config.Labels}}{{$name}}={{$value}} {{end}}' "$product")
for label in title description "version=$version" "revision=$revision"; do
	case " $labels" in *" org.opencontainers.image.$label"*) ;; *) fail "no label $label: $labels" ;; esac
done
say "its labels say what it is, the version and the commit"

# magic FILE: class, machine and whether a program asks for an interpreter, that is, for libraries.
machine() { od -An -tu2 -j18 -N2 "$1" | tr -d ' '; }
[ "$(machine "$root/syncd")" = 62 ] || [ "$(go env GOARCH)" != amd64 ] || fail "it is no program for this machine"
! ldd "$root/syncd" >/dev/null 2>&1 || fail "the program is not static"
! grep -q zoomtest "$root/syncd" || fail "the simulated account is linked into the program"
say "the program is static, and nothing of the simulated account is in it"

digest=$(sha256sum <"$root/syncd")
first=$(podman image inspect --format '{{.Id}}' "$product")
buildah umount "$container" >/dev/null
buildah rm "$container" >/dev/null
mkdir "$work/other"
export TMPDIR="$work/other" # no cache of the first build
build --no-cache --tag "$product-again"
container=$(buildah from --pull-never "$product-again")
root=$(buildah mount "$container")
[ "$(sha256sum <"$root/syncd")" = "$digest" ] || fail "built twice, the program is another one"
[ "$(podman image inspect --format '{{.Id}}' "$product-again")" = "$first" ] || fail "built twice, the image is another one"
say "built twice, without what the first build left, program and image are the same: sha256 ${digest%% *}"

other=arm64 number=183
[ "$(go env GOARCH)" = amd64 ] || { other=amd64 number=62; }
# This buildah must be told the platform that it runs on; newer ones, and Docker, know it.
build --build-arg "BUILDPLATFORM=linux/$(go env GOARCH)" --platform "linux/$other" --tag "$product-$other"
container=$(buildah from --pull-never --arch "$other" "$product-$other")
root=$(buildah mount "$container")
[ "$(machine "$root/syncd")" = "$number" ] || fail "built for $other, the program is one for another machine"
[ "$(podman image inspect --format '{{.Architecture}}' "$product-$other")" = "$other" ] || fail "built for $other, the image says otherwise"
say "it builds for linux/$other on this machine"

# See it work. The containers share a network that is theirs alone: Postgres at 5432, the account at 8080, syncd at 9090.
build --target demo-account --tag "$account"
until_works() { # SECONDS COMMAND...: tries until it works
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >"$work/last.log" 2>&1; do
		[ "$SECONDS" -lt "$deadline" ] || fail "in vain: $*"
		sleep 0.5
	done
}
pod=$(podman run --detach --network none --env POSTGRES_USER=syncd --env POSTGRES_DB=zoom_mirror --env POSTGRES_PASSWORD=secret "$postgres")
sql() { podman exec "$pod" psql --host 127.0.0.1 --tuples-only --no-align "postgres://syncd:secret@/zoom_mirror" --command "$1"; }
until_works 60 sql 'SELECT 1'

hardened=(--network "container:$pod" --user 65532:65532 --read-only --read-only-tmpfs=false --cap-drop all --security-opt no-new-privileges)
podman run --detach "${hardened[@]}" "$account" --users "$users" --latency 2ms --change-every 0 >/dev/null
secrets=$work/secrets
cp -r deploy/compose/demo "$secrets"
echo postgres://syncd:secret@127.0.0.1:5432/zoom_mirror >"$secrets/database_url"
syncd=("${hardened[@]}" --volume "$secrets:/run/secrets:ro" --env ZOOM_API_URL=http://127.0.0.1:8080/v2 --env ZOOM_TOKEN_URL=http://127.0.0.1:8080/oauth/token)
for name in DATABASE_URL ZOOM_ACCOUNT_ID ZOOM_CLIENT_ID ZOOM_CLIENT_SECRET; do
	syncd+=(--env "${name}_FILE=/run/secrets/${name,,}")
done

[ "$(podman run --rm "${syncd[@]}" "$product" version | cut -d ' ' -f 2)" = "$version" ] || fail "the program does not know its version"
say "the program says its version"
! podman run --rm "${hardened[@]}" --entrypoint /bin/sh "$product" -c true >"$work/last.log" 2>&1 || fail "there is a shell"

quietly podman run --rm "${syncd[@]}" "$product" migrate
say "migrate creates the schema, with its secrets from files"
quietly podman run --rm "${syncd[@]}" "$product" sync
mirrored=$(sql 'SELECT count(*) FROM zoom.phone_users')
[ "$mirrored" = "$users" ] || fail "$mirrored of $users users are mirrored"
say "sync mirrors the account: $mirrored users"

daemon=$(podman run --detach "${syncd[@]}" "$product")
until_works 60 podman exec "$daemon" /syncd probe
until_works 60 podman exec "$daemon" /syncd probe --ready
fetch() { podman run --rm --network "container:$pod" "$builder" wget -q -O - "http://127.0.0.1:9090$1"; }
quietly fetch /healthz
quietly fetch /readyz
fetch /metrics >"$work/metrics"
grep -q '^syncd_build_info{' "$work/metrics" || fail "/metrics has no syncd_build_info"
say "run answers /healthz, /readyz and /metrics, and syncd probe says the same within the container"
until_works 120 sh -c "podman exec $pod psql --host 127.0.0.1 -tA postgres://syncd:secret@/zoom_mirror -c \"SELECT count(*) FROM zoom.sync_passes WHERE status = 'complete'\" | grep -qx 2"
say "run makes a pass of its own"

pid=$(podman inspect --format '{{.State.Pid}}' "$daemon")
status=$(grep -E '^(Uid|CapEff|CapPrm|NoNewPrivs|Seccomp):' "/proc/$pid/status" | tr '\t\n' '  ')
case $status in
*"Uid: 65532 65532 65532 65532"*"CapPrm: 0000000000000000 CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2"*) ;;
*) fail "the process is not as it should be: $status" ;;
esac
say "its process is user 65532, without capabilities or new privileges, under seccomp, on a read-only root without a /tmp"

begun=$SECONDS
podman kill --signal TERM "$daemon" >/dev/null
code=$(timeout "$patience" podman wait "$daemon") || fail "run does not end within ${patience}s of SIGTERM"
[ "$code" = 0 ] || fail "run ends on SIGTERM with $code"
say "run ends on SIGTERM after $((SECONDS - begun)) s, with 0"

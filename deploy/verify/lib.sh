# shellcheck shell=bash
# What the checks of the image share: podman and buildah with a store of their own, and base images made of what this
# machine has, since a check asks no registry. Sourced by a script that has set -euo pipefail and is in the repository's
# root.

# need says in one line what to install.
need() {
	local program missing=
	for program in buildah podman runc busybox; do
		command -v "$program" >/dev/null || missing=1
	done
	[ -n "$(postgres_binaries)" ] || missing=1
	if [ -n "$missing" ]; then
		echo "Install what this check needs: apt-get install --no-install-recommends buildah podman runc busybox-static postgresql" >&2
		exit 2
	fi
	if [ "$(id -u)" -ne 0 ]; then
		echo "Run this check as root: it mounts what it builds (the programs in the containers run as an ordinary user)" >&2
		exit 2
	fi
}

# postgres_binaries gives the folder of the newest Postgres of this machine.
postgres_binaries() { find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | sort -V | tail -1; }

# begin makes a store that lasts as long as the script.
begin() {
	work=$(mktemp -d /var/tmp/syncd-verify.XXXXXX)
	trap finish EXIT
	mkdir "$work/tmp"
	export TMPDIR="$work/tmp" # where buildah keeps the caches of builds, too
	export CONTAINERS_CONF="$work/containers.conf" CONTAINERS_STORAGE_CONF="$work/storage.conf"
	cat >"$CONTAINERS_CONF" <<-CONF
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
		[engine]
		runtime = "runc"
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		tmp_dir = "$work/libpod"
		[network]
		network_config_dir = "$work/networks"
	CONF
	cat >"$CONTAINERS_STORAGE_CONF" <<-CONF
		[storage]
		driver = "overlay"
		graphroot = "$work/storage"
		runroot = "$work/run"
	CONF
	mkdir "$work/networks"
}

# finish takes everything away that begin, and what came after it, has made.
finish() {
	local code=$?
	trap - EXIT
	[ -z "${service:-}" ] || kill "$service" 2>/dev/null || true
	# Those that share a network go before the one that has it.
	podman rm --all --force --depend --volumes --time 0 >"$work/rm.log" 2>&1 || true
	buildah rm --all >>"$work/rm.log" 2>&1 || true
	if [ "$code" -ne 0 ]; then
		for file in "$work"/*.log; do
			[ ! -s "$file" ] || { echo "--- $(basename "$file")" && tail -30 "$file"; } >&2
		done
	fi
	podman network prune --force >/dev/null 2>&1 || true
	# What is still mounted belongs to a container that ended badly.
	awk -v work="$work/" 'index($2, work) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do umount "$mount"; done
	rm -rf "$work" || echo "left behind: $work" >&2
	exit "$code"
}

# say reports one thing that was checked.
say() { echo "ok    $*"; }

# fail ends the check.
fail() {
	echo "FAIL  $*" >&2
	exit 1
}

# quietly runs a command and shows what it said only if it fails.
quietly() {
	"$@" >"$work/last.log" 2>&1 || fail "$*"
}

# base makes an image from nothing but busybox: base NAME FILL, where FILL gets the root folder and the container.
base() {
	local container root
	container=$(buildah from scratch)
	root=$(buildah mount "$container")
	mkdir -p "$root"/{bin,etc,root,usr/local,var} "$root/etc/ssl/certs"
	mkdir -m 1777 "$root/tmp"
	cp "$(command -v busybox)" "$root/bin/busybox"
	chroot "$root" /bin/busybox --install -s /bin
	"$2" "$root" "$container"
	buildah umount "$container" >/dev/null
	buildah commit --quiet --rm "$container" "$1" >/dev/null
}

# builder_image makes the image that compiles: this machine's Go.
builder_image() {
	fill() {
		cp -a "$(go env GOROOT)" "$1/usr/local/go"
		cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
		buildah config --env PATH=/usr/local/go/bin:/bin --env GOPATH=/go "$2"
	}
	base "$1" fill
}

# postgres_image makes one of this machine's Postgres, which behaves like the official image as far as the checks go.
postgres_image() {
	fill() {
		local binaries version file
		binaries=$(postgres_binaries)
		version=$(basename "$(dirname "$binaries")")
		mkdir -p "$1/usr/lib/postgresql" "$1/usr/share/postgresql" "$1/docker-entrypoint-initdb.d"
		cp -a "/usr/lib/postgresql/$version" "$1/usr/lib/postgresql/"
		cp -a "/usr/share/postgresql/$version" "$1/usr/share/postgresql/"
		cp -a /usr/share/zoneinfo "$1/usr/share/"
		# The libraries of programs and extensions, of those alone that have all of theirs here.
		{
			for file in "$binaries"/* "/usr/lib/postgresql/$version/lib"/*.so; do ldd "$file" 2>/dev/null || true; done
		} | grep -o '/[^ )]*' | sort -u | while read -r file; do
			mkdir -p "$1$(dirname "$file")" && cp -L "$file" "$1$file"
		done
		echo 'postgres:x:999:999::/var/lib/postgresql:/bin/sh' >"$1/etc/passwd"
		echo 'postgres:x:999:' >"$1/etc/group"
		install -d -o 999 -g 999 "$1/var/lib/postgresql" "$1/var/lib/postgresql/data"
		install -d -o 999 -g 999 -m 3777 "$1/run/postgresql"
		ln -s /run "$1/var/run"
		install -m 755 deploy/verify/postgres.sh "$1/usr/local/entrypoint.sh"
		buildah config --env "PATH=$binaries:/bin" --env PGDATA=/var/lib/postgresql/data --user postgres --stop-signal SIGINT \
			--volume /var/lib/postgresql/data --entrypoint '["/usr/local/entrypoint.sh"]' --cmd postgres --port 5432 "$2"
	}
	base "$1" fill
}

# build builds one target of the Dockerfile with what this machine has: build ARGUMENT...
build() {
	# Modules come from this machine's own store, which go.sum guards as it does the proxy's.
	quietly nice buildah bud --isolation chroot --pull-never --build-arg "BUILDER=$builder" --build-arg FINAL=scratch \
		--build-arg GOPROXY=file:///proxy --volume "$(go env GOMODCACHE)/cache/download:/proxy:ro" \
		--build-arg "VERSION=$version" --build-arg "REVISION=$revision" --timestamp "$moment" "$@" .
}

# describe says what is built.
describe() {
	version=$(git describe --tags --dirty --always)
	revision=$(git rev-parse HEAD)
	moment=$(git log -1 --format=%ct)
	go list -deps ./cmd/syncd ./cmd/demo-account >/dev/null # which fills the store of modules
}

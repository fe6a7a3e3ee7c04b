#!/usr/bin/env bash
# Makes what people on Linux install: a Debian package, and a tarball to unpack over ~/.local or /usr/local with
# `tar -x --strip-components=1 -C ~/.local -f`. Both hold the same program, each has its checksum beside it, and the
# same binary from the same commit gives the same bytes.
#
#   bundle/linux/package.sh [--binary PATH] [--man DIR] [--out DIR]
#
# Without --binary it builds one, and without --man the manual (man1 and man5 in a folder). What it makes goes to
# target/bundle/linux unless --out says otherwise. Prints the path of each file made.
# Needs dpkg-dev, which finds out what the package depends on, and cargo-deb.

set -euo pipefail
umask 022

# `.ci/run` reads this line too.
CARGO_DEB=3.8.0

fail() { printf 'package.sh: %s\n' "$1" >&2; exit "${2:-1}"; }
usage() { fail "$1
usage: bundle/linux/package.sh [--binary PATH] [--man DIR] [--out DIR]" 2; }

binary='' man='' out=''
while (($#)); do
    case $1 in
    --binary | --man | --out) [[ -n "${2-}" ]] || usage "$1 needs a value" ;;&
    --binary) binary=$(realpath -m -- "$2") ;;
    --man) man=$(realpath -m -- "$2") ;;
    --out) out=$(realpath -m -- "$2") ;;
    *) usage "unknown argument: $1" ;;
    esac
    shift 2
done
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
out=${out:-$PWD/target/bundle/linux}

case $(uname -m) in
x86_64) architecture=x86_64 debian=amd64 ;;
aarch64 | arm64) architecture=aarch64 debian=arm64 ;;
*) fail "no packages are made for $(uname -m)" ;;
esac
version=$(sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)

[[ "$(cargo deb --version 2>/dev/null)" == "cargo-deb $CARGO_DEB" ]] ||
    fail "cargo-deb $CARGO_DEB is needed: cargo install --locked cargo-deb@$CARGO_DEB"
# Without it cargo-deb only warns, and makes a package that depends on nothing.
command -v dpkg-shlibdeps >/dev/null || fail "dpkg-shlibdeps is needed: apt-get install dpkg-dev"

if [[ -z "$binary" ]]; then
    cargo build --release --locked >&2
    binary=${CARGO_TARGET_DIR:-target}/release/wick
fi
[[ -f "$binary" && -x "$binary" ]] || fail "$binary is no program"

# One date for everything inside, or no two runs would give the same bytes. A folder that came without git has the date
# of its Cargo.toml.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date -r Cargo.toml +%s)}
export SOURCE_DATE_EPOCH

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# cargo-deb takes what it calls target/release from the target folder, so it is given one of its own.
built=$work/target/release
install -D -m 755 -- "$binary" "$built/wick"
mkdir -- "$built/completions"
for shell in bash zsh fish; do
    "$built/wick" completions "$shell" >"$built/completions/$shell"
done
if [[ -n "$man" ]]; then
    [[ -f "$man/man1/wick.1" ]] || fail "$man has no man1/wick.1"
    cp -R -- "$man" "$built/man"
else
    cargo run --locked --example man -- "$built/man" >&2
fi
# Debian wants them compressed.
cp -R -- "$built/man" "$built/man-gz"
find "$built/man-gz" -type f -exec gzip -9n {} +

# Debian's way to write that a version comes before the one without what follows.
deb=wick_${version/-/\~}-1_$debian.deb
CARGO_TARGET_DIR=$work/target cargo deb --no-build --no-strip --locked --offline \
    --deb-revision 1 --output "$work/$deb" >/dev/null

name=wick-$version tarball=wick-$version-linux-$architecture.tar.gz
tree=$work/$name
put() { install -D -m 644 -- "$1" "$tree/$2"; }
install -D -m 755 -- "$built/wick" "$tree/bin/wick"
put bundle/linux/wick.desktop share/applications/wick.desktop
put "$built/completions/bash" share/bash-completion/completions/wick
put "$built/completions/zsh" share/zsh/site-functions/_wick
put "$built/completions/fish" share/fish/vendor_completions.d/wick.fish
put LICENSE share/doc/wick/LICENSE
for page in README.md CHANGELOG.md docs/*.md; do put "$page" "share/doc/wick/$page"; done
(cd "$built" && printf '%s\n' man/man*/*) | while IFS= read -r page; do
    put "$built/$page" "share/$page"
done
(cd resources && find icons/hicolor -type f -print0) | while IFS= read -r -d '' icon; do
    put "resources/$icon" "share/$icon"
done
tar -C "$work" --format=gnu --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
    -cf - "$name" | gzip -9n >"$work/$tarball"

mkdir -p -- "$out"
# What an older version left there would look like a part of this one.
rm -f -- "$out"/wick_*.deb{,.sha256} "$out"/wick-*-linux-*.tar.gz{,.sha256}
for file in "$deb" "$tarball"; do
    (cd -- "$work" && sha256sum -- "$file" >"$file.sha256")
    mv -- "$work/$file" "$work/$file.sha256" "$out/"
    printf '%s\n' "$out/$file" "$out/$file.sha256"
done

#!/usr/bin/env bash
# Packs Wick.app for macOS, with the zip, the checksum and the Homebrew formula of a release, and its cask where Apple has
# notarized it.
#
#   bundle/macos/package.sh [--binary PATH] [--man DIR] [--out DIR]      to target/bundle/macos unless told
#
# On a Mac it builds for Apple silicon and Intel, and joins both into one program. With --binary it packs a program that
# is already there, on any system, and with --man a manual (man1 and man5 in a folder), which it makes otherwise. The app is signed before it is packed, so that zip and checksum are of what users run:
# by codesign, or where there is none, ad hoc by rcodesign. Everything is prepared in a folder of its own and moved to
# --out at the end, so that a failure leaves nothing that looks finished.
#
# WICK_SIGN_IDENTITY        whom to sign as; without it the signature is ad hoc, and Gatekeeper stops such a download
# WICK_NOTARY_KEY           path of an App Store Connect key (.p8); with the next two, Apple notarizes the app
# WICK_NOTARY_KEY_ID
# WICK_NOTARY_ISSUER
# WICK_REPOSITORY           OWNER/NAME on GitHub for formula and cask; without it GITHUB_REPOSITORY
#
# No secret is an argument of any program: the key is named by its path, and the identity lies in the keychain.

set -euo pipefail

# `.ci/macos-link` reads this line too.
RCODESIGN=0.29.0

identifier=dev.wick.Wick
targets=(aarch64-apple-darwin x86_64-apple-darwin)

say() { echo "package: $*" >&2; }

# Wrong usage or settings: 2. What fails on the way: 1.
refuse() {
    say "$*"
    exit 2
}

fail() {
    say "$*"
    exit 1
}

usage() {
    say "$1"
    echo "usage: bundle/macos/package.sh [--binary PATH] [--man DIR] [--out DIR]" >&2
    exit 2
}

binary=
man=
out=
while (($#)); do
    case $1 in
        --binary | --man | --out)
            [[ -n "${2:-}" ]] || usage "$1 needs a value"
            case $1 in --binary) binary=$2 ;; --man) man=$2 ;; --out) out=$2 ;; esac
            shift 2
            ;;
        *) usage "unknown argument: $1" ;;
    esac
done

# Paths are meant from where the script was called, so they are read before it goes elsewhere.
absolute() {
    case $1 in
        '' | /*) printf '%s' "$1" ;;
        *) printf '%s' "$PWD/$1" ;;
    esac
}

binary=$(absolute "$binary")
man=$(absolute "$man")
out=$(absolute "$out")
target_dir=$(absolute "${CARGO_TARGET_DIR:-}")
notary_key=$(absolute "${WICK_NOTARY_KEY:-}")
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
target_dir=${target_dir:-$PWD/target}
out=${out:-$target_dir/bundle/macos}
[[ -z "$binary" || -f "$binary" ]] || refuse "no such file: $binary"
[[ -z "$man" || -f "$man/man1/wick.1" ]] || refuse "no man1/wick.1 in $man"

mac=false
if [[ "$(uname)" == Darwin ]]; then mac=true; fi

if [[ -z "$binary" ]] && ! $mac; then
    usage "a program for macOS is built on a Mac only: run this there, or pass one with --binary"
fi

identity=${WICK_SIGN_IDENTITY:--}
if command -v codesign >/dev/null; then
    signer=codesign
elif [[ "$identity" != - ]]; then
    refuse "WICK_SIGN_IDENTITY is set, but codesign is only on a Mac"
elif command -v rcodesign >/dev/null; then
    signer=rcodesign
else
    refuse "nothing here signs, and a Mac starts no program without a signature:" \
        "cargo install --locked --no-default-features apple-codesign@$RCODESIGN"
fi

notarizes=false
if [[ -n "$notary_key${WICK_NOTARY_KEY_ID:-}${WICK_NOTARY_ISSUER:-}" ]]; then
    [[ -n "$notary_key" && -n "${WICK_NOTARY_KEY_ID:-}" && -n "${WICK_NOTARY_ISSUER:-}" ]] ||
        refuse "notarization needs WICK_NOTARY_KEY, WICK_NOTARY_KEY_ID and WICK_NOTARY_ISSUER, all three or none"
    [[ "$identity" != - ]] || refuse "Apple notarizes no ad-hoc signature: set WICK_SIGN_IDENTITY too"
    [[ -r "$notary_key" ]] || refuse "WICK_NOTARY_KEY names no readable file: $notary_key"
    notarizes=true
fi

repository=${WICK_REPOSITORY:-${GITHUB_REPOSITORY:-}}
if [[ -z "$repository" ]]; then
    repository=OWNER/wick
    say "the formula says OWNER/wick: set WICK_REPOSITORY to name the real one"
fi
[[ "$repository" =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]] || refuse "not OWNER/NAME: $repository"

version=$(sed -n '/^version = "/{s/.*"\(.*\)".*/\1/p;q;}' Cargo.toml)
[[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+ ]] || fail "no version found in Cargo.toml"

if ! $mac && ! command -v zip >/dev/null; then
    fail "zip is missing; on Debian: apt-get install zip"
fi

# Whoever unpacks the zip gets these modes, so they must not depend on the umask of whoever packs it.
umask 022
mkdir -p -- "$out"
out=$(cd -- "$out" && pwd)
work=$(mktemp -d "$out/.package.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

build() {
    local target arguments=() programs=()
    for target in "${targets[@]}"; do
        # Asks the compiler instead of rustup, which not every Rust comes from.
        [[ -d "$(rustc --print target-libdir --target "$target")" ]] ||
            fail "Rust cannot build for $target yet; run: rustup target add ${targets[*]}"
        arguments+=(--target "$target")
        programs+=("$target_dir/$target/release/wick")
    done
    cargo build --release --locked --bin wick --target-dir "$target_dir" "${arguments[@]}" >&2
    lipo -create -output "$work/wick" "${programs[@]}"
}

if [[ -z "$binary" ]]; then
    build
    binary=$work/wick
fi

if [[ -z "$man" ]]; then
    man=$work/man
    cargo run --locked --example man -- "$man" >&2
fi

app=$work/Wick.app
install -d -m 755 "$app" "$app/Contents" "$app/Contents/MacOS" "$app/Contents/Resources"
install -m 755 "$binary" "$app/Contents/MacOS/wick"
install -m 644 resources/Wick.icns "$app/Contents/Resources/Wick.icns"
for section in man1 man5; do
    install -d -m 755 "$app/Contents/Resources/man" "$app/Contents/Resources/man/$section"
    install -m 644 "$man/$section"/* "$app/Contents/Resources/man/$section"
done
printf 'APPL????' >"$app/Contents/PkgInfo"
sed -e "s|@EXECUTABLE@|wick|g" -e "s|@IDENTIFIER@|$identifier|g" -e "s|@VERSION@|${version%%-*}|g" \
    bundle/macos/Info.plist >"$app/Contents/Info.plist"
chmod 644 "$app/Contents/PkgInfo" "$app/Contents/Info.plist"
if $mac; then plutil -lint -s "$app/Contents/Info.plist" >&2; fi

sign() {
    local arguments=(--force --options runtime --entitlements bundle/macos/Wick.entitlements --sign "$identity")
    if [[ $signer == rcodesign ]]; then
        # Its own check knows no ad-hoc signature; `.ci/macos/app.py` does.
        rcodesign sign --code-signature-flags runtime --entitlements-xml-file bundle/macos/Wick.entitlements "$app" >&2
        return
    fi
    # Apple's time server stamps only signatures that name somebody.
    if [[ "$identity" != - ]]; then arguments+=(--timestamp); fi
    codesign "${arguments[@]}" "$app"
    codesign --verify --strict "$app"
}

sign

zip=Wick-$version-macos.zip

pack() {
    rm -f -- "$work/$zip"
    if $mac; then
        # Without extended attributes: unpacked by another program, they would be files that break the signature.
        ditto -c -k --keepParent --norsrc --noextattr "$app" "$work/$zip"
        return
    fi
    # The same program gives the same zip: names in order, one date, and no owner.
    (
        cd -- "$work"
        export TZ=UTC LC_ALL=C
        find Wick.app -exec touch -t 202001010000 {} +
        find Wick.app | sort | zip -X -q -y -@ "$zip"
    )
}

notarize() {
    local account=(--key "$notary_key" --key-id "$WICK_NOTARY_KEY_ID" --issuer "$WICK_NOTARY_ISSUER")
    local answer=$work/notary.plist status
    if ! xcrun notarytool submit "$work/$zip" "${account[@]}" --wait --timeout 30m --output-format plist >"$answer"; then
        cat -- "$answer" >&2
        fail "the app could not be sent to Apple for notarization"
    fi
    # notarytool ends well whenever Apple has answered, also when the answer is no.
    status=$(plutil -extract status raw -o - "$answer")
    if [[ "$status" != Accepted ]]; then
        xcrun notarytool log "$(plutil -extract id raw -o - "$answer")" "${account[@]}" >&2 || true
        fail "Apple did not notarize the app: $status"
    fi
    xcrun stapler staple "$app" >&2
}

pack
if $notarizes; then
    notarize
    # Once more, for the ticket that is stapled to the app now.
    pack
fi

checksum() {
    if command -v shasum >/dev/null; then shasum -a 256 "$1"; else sha256sum "$1"; fi
}

(cd -- "$work" && checksum "$zip" >"$zip.sha256")
read -r sha256 _ <"$work/$zip.sha256"
made=(Wick.app "$zip" "$zip.sha256" wick.rb)
# Homebrew quarantines what a cask brings, and Gatekeeper stops an app in quarantine that Apple has not notarized.
if $notarizes; then made+=(wick-app.rb); fi
for name in "${made[@]}"; do
    if [[ $name != *.rb ]]; then continue; fi
    sed -e "s|@VERSION@|$version|g" -e "s|@SHA256@|$sha256|g" -e "s|@REPOSITORY@|$repository|g" \
        "bundle/macos/$name" >"$work/$name"
done

# Also what an older version left, so that the folder can be published as it is.
rm -rf -- "$out/Wick.app" "$out"/wick{,-app}.rb "$out"/Wick-*-macos.zip "$out"/Wick-*-macos.zip.sha256
for name in "${made[@]}"; do
    mv -- "$work/$name" "$out/$name"
    echo "$out/$name"
done

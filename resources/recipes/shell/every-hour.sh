#!/bin/sh
# Asks Claude once an hour, each time with a token that lives ten minutes at least.
#
#   ./every-hour.sh                    EVERY=600 ./every-hour.sh
#
# `wick token` refreshes when it must, and exits with 3 rather than print a token that ends too soon. Where only signing
# in again helps, this stops and says so. Anything else, such as no network, is tried again in the next round.
#
# Read what Anthropic's terms say of such tokens first: they are meant for Claude Code, and the API may refuse them here.

set -eu
# A trace would print the token.
set +x

: "${EVERY:=3600}" "${ANTHROPIC_BASE_URL:=https://api.anthropic.com}"
# A host, a port and a path, and nothing else: what stands before an @ is not the host.
case $ANTHROPIC_BASE_URL in
*[!A-Za-z0-9.:/_-]*) address=bad ;;
https://[A-Za-z0-9]* | http://127.0.0.1:[0-9]*) address=good ;;
*) address=bad ;;
esac
if [ "$address" = bad ]; then
    echo "ANTHROPIC_BASE_URL must be https://, a host and no more than a port and a path: a token goes there" >&2
    exit 2
fi
for tool in curl wick; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed" >&2; exit 2; }
done

request='{
  "model": "claude-opus-5",
  "max_tokens": 256,
  "messages": [{"role": "user", "content": "Say hello"}]
}'

ask() {
    case $1 in
    *[!A-Za-z0-9._~+/=-]*)
        echo "this is no token" >&2
        return 1
        ;;
    esac
    # `printf` is a part of the shell: nothing is started that has the token as an argument, which other users of this
    # computer could read. --disable comes first: a `verbose` or `trace` in ~/.curlrc would show the header.
    printf 'header = "authorization: Bearer %s"\n' "$1" |
        curl --disable --config - --silent --show-error --fail --max-time 120 \
            --header 'anthropic-version: 2023-06-01' --header 'anthropic-beta: oauth-2025-04-20' \
            --header 'content-type: application/json' --data "$request" "$ANTHROPIC_BASE_URL/v1/messages"
}

while :; do
    code=0
    token=$(wick token --min-left 10m) || code=$?
    case $code in
    0) if ask "$token"; then echo; else echo "no answer in this round" >&2; fi ;;
    3)
        case $(wick status --json || :) in
        *'"state":"signed_out"'* | *'"state":"not_found"'* | *'"code":"sign_in_ended"'* | *'"code":"invalid_grant"'* | \
            *'"code":"no_refresh_token"'*)
            echo "stopped: there is no usable sign-in; run \"claude\" and sign in" >&2
            exit 3
            ;;
        esac
        echo "no token in this round lives for ten minutes" >&2
        ;;
    *) echo "no token in this round: wick token exited with $code" >&2 ;;
    esac
    token=
    sleep "$EVERY"
done

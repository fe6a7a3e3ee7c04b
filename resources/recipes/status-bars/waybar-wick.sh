#!/usr/bin/env bash
# Prints Waybar's JSON lines ({"text", "tooltip", "class"}) from `wick status --watch --json`. See waybar.jsonc.
#
#   waybar-wick.sh [SECONDS]
#
# Wick prints a line at each change and none while only time passes, so this draws the last one anew each minute, or as
# often as you say. No token is in what Wick prints there.

set -uo pipefail

if ! command -v jq >/dev/null; then
    echo '{"text": "?", "tooltip": "jq is not installed", "class": ["unreadable"]}'
    exit 1
fi

read -r -d '' draw <<'JQ'
def two($number; $of; $whole; $part): "\($number / $of | floor)\($whole)"
  + if $number % $of == 0 then "" else " \($number % $of)\($part)" end;
def nearest($unit): (. + $unit / 2 - 1) / $unit | floor;
def span: nearest(60) as $minutes | nearest(3600) as $hours
  | if . < 60 then "<1m" elif $minutes < 60 then "\($minutes)m" elif $minutes < 1440 then two($minutes; 60; "h"; "m")
    elif $hours < 48 then two($hours; 24; "d"; "h") else "\(nearest(86400))d" end;
def left: if . == null then "no end is known" elif . <= 0 then "expired" else "\(span) left" end;
# Since the line was printed, time has gone on.
def until: if . == null then null else . - now | floor end;
(.access_token.expires_at_ms | if . == null then . else . / 1000 end | until) as $access
| (.login.expires_at | if . == null then . else (sub("\\.[0-9]+Z$"; "Z") | fromdate) end | until) as $login
| (if (.state == "fresh" or .state == "expiring") and $access != null and $access <= 0 then "expired" else .state end)
  as $state
| {
    text: ({signed_out: "signed out", not_found: "no sign-in", unreadable: "?", expired: "expired"}[$state]
      // if $access == null then "?" else $access | span end),
    tooltip: ([
        (if .access_token then "Access token: \($access | left)" else empty end),
        (if .login then "Sign-in: \($login | left)" else empty end),
        (.targets[] | "\(.target): \(.state | gsub("_"; " "))"),
        (.error // empty | .message, (.action // empty))
      ] | join("\n")),
    class: ([$state] + if any(.targets[]; .state == "failed") then ["sync-failed"] else [] end)
  }
# Waybar reads both as markup.
| .text |= @html | .tooltip |= @html
JQ

exec 3< <(exec wick status --watch --json 2>/dev/null)
watcher=$!
# A watcher that nobody listens to would stay until its next line.
trap 'kill "$watcher" 2>/dev/null' EXIT
trap 'exit 0' HUP INT TERM PIPE

status="" part="" pending=""
while :; do
    if IFS= read -r -t "${1:-60}" -u 3 part; then
        status=$pending$part pending=
    elif (($? > 128)); then
        # Time has gone by, maybe in the middle of a line.
        pending+=$part
    else
        break
    fi
    [[ -z $status ]] || jq --compact-output --unbuffered "$draw" <<<"$status" || exit 1
done
# Of settings that are not understood, the line that says so is the last.
[[ $status == *'"code":"config_invalid"'* ]] ||
    echo '{"text": "?", "tooltip": "wick status has ended: is Wick installed?", "class": ["unreadable"]}'

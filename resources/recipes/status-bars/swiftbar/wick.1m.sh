#!/bin/bash
# <xbar.title>Wick</xbar.title>
# <xbar.version>v1.0</xbar.version>
# <xbar.desc>How long the sign-in of Claude Code has left, from `wick status --json`.</xbar.desc>
# <xbar.dependencies>wick,jq</xbar.dependencies>
# <swiftbar.hideRunInTerminal>true</swiftbar.hideRunInTerminal>
# <swiftbar.hideDisablePlugin>true</swiftbar.hideDisablePlugin>
#
# For SwiftBar (and xbar): put it into the plugin folder. The name says that it runs each minute. macOS has jq since
# version 15; before, `brew install jq`.
#
# Wick's own menu-bar item needs none of this. Take this where you keep all such items in SwiftBar, with
# `wick autostart off`.

# SwiftBar gives a short PATH.
PATH=$PATH:/opt/homebrew/bin:/usr/local/bin:$HOME/.cargo/bin:/Applications/Wick.app/Contents/MacOS

say() {
    printf '%s\n---\n%s\n' "$1" "$2"
    exit 0
}
wick=$(command -v wick) || say "🕯 ?" "wick was not found: install it, or add its folder to PATH in this plugin"
command -v jq >/dev/null || say "🕯 ?" "jq was not found: brew install jq"

# It ends with 3 where there is no sign-in, and says so in its JSON all the same.
status=$("$wick" status --json 2>/dev/null)
[[ -n $status ]] || say "🕯 ?" "wick status said nothing: run it in a terminal"

read -r -d '' draw <<'JQ'
def two($number; $of; $whole; $part): "\($number / $of | floor)\($whole)"
  + if $number % $of == 0 then "" else " \($number % $of)\($part)" end;
def nearest($unit): (. + $unit / 2 - 1) / $unit | floor;
def span: nearest(60) as $minutes | nearest(3600) as $hours
  | if . < 60 then "<1m" elif $minutes < 60 then "\($minutes)m" elif $minutes < 1440 then two($minutes; 60; "h"; "m")
    elif $hours < 48 then two($hours; 24; "d"; "h") else "\(nearest(86400))d" end;
def left: if . == null then "no end is known" elif . <= 0 then "expired" else "\(span) left" end;
# What follows a bar is read as parameters, and dashes at the beginning as structure.
def plain: gsub("\\|"; "¦") | gsub("[\\n\\r]+"; " ") | sub("^[- ]+"; "");
# The path in quotes, for it may have a space.
def run(command; terminal): "bash=\"\($wick)\" param1=\(command) terminal=\(terminal) refresh=true";
.access_token.seconds_left as $access
| "🕯 \({signed_out: "signed out", not_found: "no sign-in", unreadable: "?", expired: "expired"}[.state]
    // if $access == null then "?" else $access | span end)",
  "---",
  (if .access_token then "Access token: \($access | left)" else empty end),
  (if .login then "Sign-in: \(.login.seconds_left | left)" else empty end),
  (.targets[] | "\(.target): \(.state | gsub("_"; " "))" | plain),
  (.error // empty | (.message | plain), (.action // empty | plain)),
  "---",
  "Refresh now | \(run("refresh"; true))",
  (if .targets == [] then empty else "Sync now | \(run("sync"; true))" end),
  "Diagnose | \(run("doctor"; true))"
JQ
jq --raw-output --arg wick "$wick" "$draw" <<<"$status" || say "🕯 ?" "what wick status said was not understood"

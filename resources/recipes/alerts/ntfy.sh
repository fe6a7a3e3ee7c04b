#!/bin/sh
# An alert of Wick's to a phone, by ntfy (https://ntfy.sh or a server of your own). In Wick's config:
#   [alerts]
#   command = ["/home/ada/.config/wick/ntfy.sh", "/home/ada/.config/wick/ntfy.curl"]
# That file has the topic in it (chmod 600), as one line:
#   url = "https://ntfy.sh/A-TOPIC-THAT-NOBODY-GUESSES"
# Whoever knows the topic can read the alerts, and others on this computer can read arguments. Needs curl and jq.
set -eu
PATH=$PATH:/usr/local/bin:/opt/homebrew/bin
for tool in curl jq; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed" >&2; exit 1; }
done
alert=$(cat)
say() { printf '%s' "$alert" | jq -r "$1"; }
say .body | curl --fail --silent --show-error --max-time 30 --output /dev/null \
    --header "Title: $(say .title)" --header "Tags: candle" --data-binary @- --config "${1:?name the file with the topic}"

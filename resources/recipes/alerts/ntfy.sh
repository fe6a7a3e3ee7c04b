#!/bin/sh
# An alert of Wick's to a phone, by ntfy (https://ntfy.sh or a server of your own). In Wick's config:
#   [alerts]
#   command = ["/home/ada/.config/wick/ntfy.sh", "https://ntfy.sh/A-TOPIC-THAT-NOBODY-GUESSES"]
# Needs curl and jq. Who knows the topic can read the alerts: none has a token in it.
set -eu
alert=$(cat)
say() { printf '%s' "$alert" | jq -r "$1"; }
say .body | curl --fail --silent --show-error --max-time 30 --output /dev/null \
    --header "Title: $(say .title)" --header "Tags: candle" --data-binary @- "$1"

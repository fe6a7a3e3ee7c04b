#!/bin/sh
# An alert of Wick's to a Slack channel, by an incoming webhook. In Wick's config:
#   [alerts]
#   command = ["/home/ada/.config/wick/slack.sh", "/home/ada/.config/wick/slack.curl"]
# That file has the webhook's address in it, which is a secret (chmod 600), as one line:
#   url = "https://hooks.slack.com/services/…"
# Needs curl and jq.
set -eu
PATH=$PATH:/usr/local/bin:/opt/homebrew/bin
for tool in curl jq; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed" >&2; exit 1; }
done
jq '{text: "*\(.title)*\n\(.body)"}' |
    curl --fail --silent --show-error --max-time 30 --output /dev/null \
        --header 'Content-Type: application/json' --data-binary @- --config "${1:?name the file with the address}"

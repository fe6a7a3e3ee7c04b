#!/bin/sh
# An alert of Wick's to a Telegram chat, by a bot. In Wick's config:
#   [alerts]
#   command = ["/home/ada/.config/wick/telegram.sh", "/home/ada/.config/wick/telegram.curl", "CHAT-ID"]
# That file has the bot's token in it (chmod 600), as one line:
#   url = "https://api.telegram.org/botTOKEN/sendMessage"
# Needs curl and jq.
set -eu
PATH=$PATH:/usr/local/bin:/opt/homebrew/bin
for tool in curl jq; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed" >&2; exit 1; }
done
jq --arg chat "${2:?name the chat}" '{chat_id: $chat, text: "\(.title)\n\(.body)"}' |
    curl --fail --silent --show-error --max-time 30 --output /dev/null \
        --header 'Content-Type: application/json' --data-binary @- --config "$1"

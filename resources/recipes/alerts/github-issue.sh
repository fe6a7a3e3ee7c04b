#!/bin/sh
# An alert of Wick's as an issue on GitHub: one issue for each kind of alert, commented on when it is open already. In
# Wick's config:
#   [alerts]
#   command = ["/home/ada/.config/wick/github-issue.sh", "acme/ops"]
# Needs gh, which is logged in, and jq.
set -eu
PATH=$PATH:/usr/local/bin:/opt/homebrew/bin
for tool in gh jq; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed" >&2; exit 1; }
done
alert=$(cat)
say() { printf '%s' "$alert" | jq -r "$1"; }
marker="wick-alert-$(say .kind)-$(say .profile)"
body=$(printf '%s\n\n%s\n\n%s' "$(say .title)" "$(say .body)" "$marker")
# One's own alone: anyone could open an issue with these words in a public repository.
number=$(gh issue list --repo "$1" --state open --author @me --search "$marker in:body" --json number --jq '.[0].number // empty')
if [ -n "$number" ]; then
    printf '%s' "$body" | gh issue comment "$number" --repo "$1" --body-file -
else
    printf '%s' "$body" | gh issue create --repo "$1" --title "Wick: $(say .title)" --body-file -
fi

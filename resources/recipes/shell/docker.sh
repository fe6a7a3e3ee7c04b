#!/bin/sh
# A container with a fresh access token: ./docker.sh IMAGE [COMMAND]
#
# "-e NAME" has docker take the value from its own environment, where "wick exec" puts it: it is in no argument. Whoever
# may use the Docker daemon can read it by "docker inspect". For a container that lives longer than the token's hours, write
# ciToken in place of accessToken.
exec wick exec --env CLAUDE_CODE_OAUTH_TOKEN=accessToken -- docker run --rm -e CLAUDE_CODE_OAUTH_TOKEN "$@"

#!/usr/bin/env python3
"""Asks Claude with the sign-in that Wick hands over. Python 3.9 or later, and nothing else.

    wick exec -- python3 claude_client.py "hello"
    echo "hello" | wick exec -- python3 claude_client.py

`wick exec` refreshes first if need be, and puts CLAUDE_ACCESS_TOKEN and CLAUDE_EXPIRES_AT into the environment of this
one process. Where a secrets manager fills them in, as in a CI job, the class below does the checking:

    client = ClaudeClient.from_environment()
    print(client.ask("hello"))

Read what Anthropic's terms say of such tokens first: they are meant for Claude Code. Anthropic may answer that a
credential "is only authorized for use with Claude Code", and then an API key or workload identity is the way.
"""

import http.client
import ipaddress
import json
import os
import re
import socket
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Callable, Optional
from urllib.parse import urlsplit

API_URL = "https://api.anthropic.com"
TOKEN_URL = "https://platform.claude.com/v1/oauth/token"
MODEL = "claude-opus-5"
# The client that the sign-in belongs to: Claude Code's own. No other may spend its refresh token.
CLIENT_ID = "9d1c250a-e61b-44d9-88ed-5944d1962f5e"
USER_AGENT = "wick-recipe/1"
# Where a refresh may begin, as in Claude Code. Earlier ones only wear the endpoint out.
MARGIN_SECONDS = 300


class ClaudeError(Exception):
    """What went wrong, in words that never have a token in them."""


class NoCredential(ClaudeError):
    """There is no usable sign-in. Nothing was asked of Claude."""


class Expired(NoCredential):
    """The access token has ended, and this client may not refresh it. Nothing was sent."""


class SignInEnded(NoCredential):
    """The refresh token is no longer accepted, or may be spent. Only signing in again helps."""


class RefreshFailed(ClaudeError):
    """No new tokens this time. The refresh token is as good as it was; try again in some minutes."""


class ApiError(ClaudeError):
    """The Messages API refused. `status` is the HTTP status, or None where no answer came."""

    def __init__(self, text: str, status: Optional[int] = None):
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Tokens:
    """One pair. Printing it shows no token."""

    access_token: str = field(repr=False)
    expires_at_ms: Optional[int] = None
    refresh_token: Optional[str] = field(default=None, repr=False)

    def __post_init__(self):
        # A line break would end up in a header, and Python's complaint about it quotes the whole token.
        for name in ("access_token", "refresh_token"):
            value = getattr(self, name)
            if value is not None and not re.fullmatch(r"[\x21-\x7e]+", value):
                raise ClaudeError(f"the {name.replace('_', ' ')} is empty or has characters that no token has")


class ClaudeClient:
    """One sign-in and the Messages API.

    By default it never refreshes: it says `Expired` and sends nothing. With `may_refresh=True` it does, by the same
    request as Claude Code. Mind that **a refresh token works once**. Whoever spends it first signs every other holder
    out, so allow it only where no other place has the same one, and keep the new pair before anything else:
    `on_refresh(tokens)` is called with it before the first message that uses it, and again before each message until it
    has returned without an exception. Lose the pair, and the sign-in is gone.
    """

    def __init__(
        self,
        tokens: Tokens,
        *,
        may_refresh: bool = False,
        on_refresh: Optional[Callable[[Tokens], None]] = None,
        scopes: str = "",
        base_url: str = API_URL,
        token_url: str = TOKEN_URL,
        timeout: float = 120,
    ):
        if may_refresh and on_refresh is None:
            raise ClaudeError("may_refresh needs on_refresh: the new refresh token must be kept somewhere")
        self.base_url = _checked_url(base_url).rstrip("/")
        self.token_url = _checked_url(token_url)
        self._tokens = tokens
        self._may_refresh = may_refresh
        self._on_refresh = on_refresh
        self._scopes = scopes
        self._timeout = timeout
        self._is_kept = True
        # Two threads would spend the same token, and the second one ends the sign-in.
        self._lock = threading.Lock()

    @classmethod
    def from_environment(cls, **options) -> "ClaudeClient":
        """Takes CLAUDE_ACCESS_TOKEN, CLAUDE_EXPIRES_AT (epoch milliseconds) and, where set, CLAUDE_REFRESH_TOKEN.

        A program that refreshes and is started again must begin with the pair that `on_refresh` has kept: the refresh
        token in its environment is spent by then.
        """
        access = os.environ.get("CLAUDE_ACCESS_TOKEN", "").strip()
        if not access:
            raise NoCredential("CLAUDE_ACCESS_TOKEN is not set: run this by `wick exec -- …`")
        end = os.environ.get("CLAUDE_EXPIRES_AT", "").strip()
        if end and not re.fullmatch(r"[0-9]{1,16}", end):
            raise ClaudeError("CLAUDE_EXPIRES_AT is no time in milliseconds")
        refresh = os.environ.get("CLAUDE_REFRESH_TOKEN", "").strip()
        return cls(Tokens(access, int(end) if end else None, refresh or None), **options)

    def __repr__(self) -> str:
        return f"ClaudeClient(seconds_left={self.seconds_left}, base_url={self.base_url!r})"

    @property
    def seconds_left(self) -> Optional[int]:
        """How long the access token lives; negative after its end, None where no end is known."""
        end = self._tokens.expires_at_ms
        return None if end is None else (end - int(time.time() * 1000)) // 1000

    @property
    def expired(self) -> bool:
        """Whether it has ended. False where no end is known: then the server decides."""
        left = self.seconds_left
        return left is not None and left <= 0

    def ask(self, text: str, *, model: str = MODEL, max_tokens: int = 1024) -> str:
        """Sends one message and returns the text of the answer."""
        answer = self.message(
            {"model": model, "max_tokens": max_tokens, "messages": [{"role": "user", "content": text}]}
        )
        try:
            return "".join(block["text"] for block in answer["content"] if block["type"] == "text")
        except (KeyError, TypeError):
            raise ApiError("the Messages API answered something else than a message", 200) from None

    def message(self, body: dict) -> dict:
        """POST /v1/messages with this body."""
        tokens = self._usable_tokens()
        headers = {
            "Authorization": f"Bearer {tokens.access_token}",
            "anthropic-version": "2023-06-01",
            # As Claude Code sends it with the token of a sign-in.
            "anthropic-beta": "oauth-2025-04-20",
        }
        try:
            status, answer = _post(f"{self.base_url}/v1/messages", headers, body, self._timeout)
        except _FAULTS as error:
            raise ApiError(f"no answer from {_host(self.base_url)}: {_reason(error)}") from None
        if status != 200:
            raise ApiError(f"the Messages API answered {status}{_said(answer, tokens)}", status)
        if not isinstance(answer, dict):
            raise ApiError("the Messages API answered something else than JSON", status)
        return answer

    def refresh(self) -> None:
        """Spends the refresh token for a new pair, whatever time is left. `message` does it by itself when it is due."""
        if not self._may_refresh:
            raise Expired("this client may not refresh: run it by `wick exec -- …`, or run `wick sync`")
        with self._lock:
            self._refresh()
            self._keep()

    def _usable_tokens(self) -> Tokens:
        with self._lock:
            left = self.seconds_left
            is_due = left is not None and left <= MARGIN_SECONDS
            if is_due and self._may_refresh and self._tokens.refresh_token:
                try:
                    self._refresh()
                except (RefreshFailed, SignInEnded):
                    # What still lives is good until its end.
                    if self.expired:
                        raise
            elif self.expired:
                raise Expired(
                    f"the access token ended {-left // 60} minutes ago: run this by `wick exec -- …`, or run `wick sync`"
                )
            self._keep()
            return self._tokens

    def _refresh(self) -> None:
        spent = self._tokens
        if not spent.refresh_token:
            raise SignInEnded("there is no refresh token: sign in again")
        body = {"grant_type": "refresh_token", "refresh_token": spent.refresh_token, "client_id": CLIENT_ID}
        # Left out, it means the scopes that were granted (RFC 6749, section 6).
        if self._scopes:
            body["scope"] = self._scopes
        try:
            status, answer = _post(self.token_url, {}, body, 15)
        except _FAULTS as error:
            if _was_not_sent(error):
                raise RefreshFailed(f"{_host(self.token_url)} cannot be reached: {_reason(error)}") from None
            # Sent, and no answer: a second try with a spent token would end the sign-in for sure.
            self._forget_refresh_token()
            raise SignInEnded("the refresh token was sent and no answer came, so it may be spent") from None
        if status in (400, 401) and _code(answer) == "invalid_grant":
            self._forget_refresh_token()
            raise SignInEnded("the server no longer accepts this sign-in: sign in again")
        if status != 200:
            raise RefreshFailed(f"the token endpoint answered {status}{_said(answer, spent)}")
        try:
            # A server that sends no refresh token leaves the old one good.
            refresh_token = answer.get("refresh_token") or spent.refresh_token
            lives = answer.get("expires_in")
            end = None if lives is None else int((time.time() + lives) * 1000)
            self._tokens = Tokens(answer["access_token"], end, refresh_token)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError, ClaudeError):
            self._forget_refresh_token()
            raise SignInEnded("the token endpoint's answer was not understood, and the token may be spent") from None
        self._is_kept = False

    def _forget_refresh_token(self) -> None:
        self._tokens = Tokens(self._tokens.access_token, self._tokens.expires_at_ms)

    def _keep(self) -> None:
        if not self._is_kept:
            self._on_refresh(self._tokens)
            self._is_kept = True


# A server that breaks off in the middle of an answer is no OSError.
_FAULTS = (OSError, http.client.HTTPException)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """urllib would take the Authorization header along to wherever a redirect leads."""

    def redirect_request(self, *_):
        return None


def _post(url: str, headers: dict, body: dict, timeout: float):
    """The status and the JSON of the answer; None where it is no JSON."""
    # On loopback no proxy may read what is not encrypted.
    proxies = [urllib.request.ProxyHandler({})] if urlsplit(url).scheme == "http" else []
    opener = urllib.request.build_opener(_NoRedirects, *proxies)
    request = urllib.request.Request(url, data=json.dumps(body).encode(), method="POST")
    for name, value in {"Content-Type": "application/json", "User-Agent": USER_AGENT, **headers}.items():
        request.add_header(name, value)
    try:
        answer = opener.open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        status, text = answer.status, answer.read(4 * 1024 * 1024)
    try:
        return status, json.loads(text)
    except ValueError:
        return status, None


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname or parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        return url
    raise ClaudeError("only https is taken, and http for this computer itself: a token goes there")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _reason(error: Exception) -> str:
    # Such an error quotes what the server sent.
    if isinstance(error, http.client.HTTPException):
        return type(error).__name__
    return str(getattr(error, "reason", error)) or type(error).__name__


def _was_not_sent(error: Exception) -> bool:
    reason = getattr(error, "reason", error)
    return isinstance(reason, (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError))


def _code(answer) -> str:
    """`{"error": "invalid_grant"}` and `{"error": {"type": "invalid_grant"}}` alike; only what reads like a code."""
    error = answer.get("error") if isinstance(answer, dict) else None
    code = error.get("type") if isinstance(error, dict) else error
    return code if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}", code) else ""


def _said(answer, tokens: Tokens) -> str:
    """What a server said, shortened. It may repeat the request, tokens included."""
    error = answer.get("error") if isinstance(answer, dict) else None
    text = error.get("message") if isinstance(error, dict) else None
    text = text if isinstance(text, str) else ""
    for token in (tokens.access_token, tokens.refresh_token):
        if token:
            text = text.replace(token, "[redacted]")
    text = re.sub(r"sk-ant-[A-Za-z0-9_-]+", "[redacted]", text)
    text = " ".join(text.split())[:200]
    return "".join(f" {part}" for part in (_code(answer) and f"({_code(answer)})", text) if part)


def main() -> int:
    """Sends the arguments, or else standard input, as one message, and prints the answer."""
    text = " ".join(sys.argv[1:]).strip() or sys.stdin.read().strip()
    if not text:
        print("usage: wick exec -- python3 claude_client.py TEXT", file=sys.stderr)
        return 2
    try:
        client = ClaudeClient.from_environment(base_url=os.environ.get("ANTHROPIC_BASE_URL") or API_URL)
        print(client.ask(text, model=os.environ.get("ANTHROPIC_MODEL") or MODEL))
    except ClaudeError as error:
        print(f"error: {error}", file=sys.stderr)
        # As with wick: 3 is no usable credential.
        return 3 if isinstance(error, NoCredential) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Who may ask the server of the page anything: that page on this computer, and nobody else."""

from __future__ import annotations

import secrets
from http.cookies import SimpleCookie
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

ADDRESS = "127.0.0.1"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_OVER = "this address was used already; start reprisal lab again for a new one"


class Guard:
    """Lets nothing through but requests of the page itself."""

    def __init__(self, app: ASGIApp, port: int, token: str) -> None:
        self._app, self._token = app, token
        self._hosts = {f"{name}:{port}" for name in (ADDRESS, "localhost")}
        self._cookie, self._secret = f"reprisal-{port}", secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        refusal, fresh = self._refusal(request)
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send, {}))
            return
        cookie = f"{self._cookie}={self._secret}; Path=/; HttpOnly; SameSite=Strict"
        await self._app(
            scope, receive, _with_headers(send, {"Set-Cookie": cookie} if fresh else {})
        )

    def _refusal(self, request: Request) -> tuple[Response | None, bool]:
        """Give the refusal of a request, and whether it came with the token."""
        headers = request.headers
        if headers.get("host") not in self._hosts:
            return PlainTextResponse("wrong host", 421), False
        origin = headers.get("origin")
        if origin is not None and origin.removeprefix("http://") not in self._hosts:
            return PlainTextResponse("wrong origin", 403), False
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return PlainTextResponse("wrong origin", 403), False
        given = request.query_params.get("token")
        if (
            given is not None
            and self._token
            and secrets.compare_digest(given.encode(), self._token.encode())
        ):
            self._token = ""
            return None, True
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except Exception:  # whatever a cookie holds that is none
            morsel = None
        held = "" if morsel is None else morsel.value
        if not secrets.compare_digest(held.encode(), self._secret.encode()):
            return PlainTextResponse(_OVER, 403), False
        return None, False


def _with_headers(send: Send, more: dict[str, str]) -> Send:
    async def with_headers(message: Any) -> None:
        if message["type"] == "http.response.start":
            added = [(k.lower().encode(), v.encode()) for k, v in (HEADERS | more).items()]
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return with_headers

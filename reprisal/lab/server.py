"""The server of the page: one person on this computer, and nobody else.

It listens on 127.0.0.1 alone. The address that is printed holds a token that works once and gives
the browser a cookie; everything else needs the cookie. A request for another host, or from another
site, is refused before it is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

import analysis
from reprisal.lab import AskedError
from reprisal.lab.guard import ADDRESS, Guard

if TYPE_CHECKING:
    from reprisal.lab.desk import Desk

MAX_BODY = 1_100_000  # a little more than the largest scenario file
LOOK_SECONDS, END_SECONDS = 0.05, 1.0
STATIC = Path(analysis.__file__).parent / "interactive" / "static"
KINDS = {"js": "text/javascript", "css": "text/css", "html": "text/html", "svg": "image/svg+xml"}
WORK = ("open", "draw", "numbers", "play", "save", "figure", "report")
_PREPARE = "from sim import engine; engine.prepare()"


class Laboratory:
    """The pages and answers of one desk, which is made while the page is shown already.

    Parameters
    ----------
    folder : Path
        The folder of the user's scenarios.
    first : Path
        The scenario to open first.
    """

    def __init__(self, folder: Path, first: Path) -> None:
        self._folder, self._first_file = folder, first
        self.desk: Desk | None = None
        self.stopping = threading.Event()
        self.fault: Exception | None = None
        self.on_fault: Callable[[], None] = lambda: None
        self._drawing, self._nothing_drawn = 0, threading.Event()
        self._nothing_drawn.set()
        self._compiler: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._prepare, daemon=True)

    def prepare(self) -> None:
        """Begin to import, to check the first scenario, and to load or make machine code."""
        self._thread.start()

    def _prepare(self) -> None:
        try:
            from reprisal.lab.desk import Desk
            from sim import engine, scenario

            base = scenario.load(self._first_file)
            desk = Desk(self._folder, base.name)
            if not engine.is_ready() and not self.stopping.is_set():
                self._compiler = subprocess.Popen([sys.executable, "-c", _PREPARE])
                self._compiler.wait()
            if not self.stopping.is_set():
                desk.warm(self.stopping.is_set)
                self.desk = desk
        except Exception as error:
            self.fault = error
            self.on_fault()

    def close(self) -> None:
        """Let all work end."""
        self.stopping.set()
        if self._compiler is not None:
            with contextlib.suppress(ProcessLookupError):
                self._compiler.terminate()
        self._thread.join(timeout=END_SECONDS)

    def routes(self) -> list[Route]:
        """List the addresses of the page."""
        return [
            Route("/", _static("lab.html")),
            *[
                Route(f"/{name}", _static(name))
                for name in sorted(each.name for each in STATIC.iterdir())
            ],
            Route("/api/first", self._first),
            *[Route(f"/api/{each}", self._answer(each), methods=["POST"]) for each in WORK],
        ]

    async def _first(self, _: Request) -> Response:
        return JSONResponse({"scenario": self._first_file.stem})

    def _answer(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        """Make the answer to a request: JSON in, JSON or a file out."""

        async def answer(request: Request) -> Response:
            from reprisal.lab.asked import read  # pydantic takes longer than to show the page

            try:
                asked = read(await _body(request))
            except AskedError as error:
                return _refused(str(error), 422)
            if self.desk is None:
                return JSONResponse({"preparing": self._compiler is not None})
            try:
                made = await self._done(name, asked, request)
            except AskedError as error:
                return _refused(str(error))
            except Exception as error:
                traceback.print_exception(error)
                return _refused(f"Unexpected error: {type(error).__name__}: {error}", 500)
            if isinstance(made, bytes):
                return Response(made, media_type="application/octet-stream")
            return JSONResponse(made)

        return answer

    def _draws(self, more: int) -> None:
        """Count the pictures that are being drawn."""
        self._drawing += more
        (self._nothing_drawn.clear if self._drawing else self._nothing_drawn.set)()

    async def _done(self, name: str, asked: dict[str, Any], request: Request) -> Any:
        """Wait for work; it is cancelled when its tab is closed, and left when the server ends.

        All else pauses while a picture is drawn: somebody is moving a number.
        """
        gone, urgent = threading.Event(), name == "draw"

        def cancelled() -> bool:
            while not urgent and not ended() and not self._nothing_drawn.wait(LOOK_SECONDS):
                pass
            return ended()

        def ended() -> bool:
            return gone.is_set() or self.stopping.is_set()

        self._draws(urgent)
        done = _started(getattr(self.desk, name), asked, cancelled)
        done.add_done_callback(lambda _: self._draws(-urgent))
        ending = self.stopping.is_set
        while not ending() and not (await asyncio.wait([done], timeout=LOOK_SECONDS))[0]:
            if await request.is_disconnected():
                gone.set()
        if ending():  # work that was cancelled for it has no result either
            raise AskedError("the laboratory is being ended")
        return done.result()


def _static(name: str) -> Callable[[Request], Awaitable[Response]]:
    kind = KINDS.get(name.rpartition(".")[2], "text/plain")

    async def give(_: Request) -> Response:
        return Response((STATIC / name).read_bytes(), media_type=kind)

    return give


def _started(work: Callable[..., Any], *given: Any) -> asyncio.Future[Any]:
    """Do work in a thread that nobody waits for when the server ends."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def tell(set_it: Callable[[Any], None], what: Any) -> None:
        if not future.done():
            set_it(what)

    def run() -> None:
        try:
            told = (future.set_result, work(*given))
        except Exception as error:
            told = (future.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(tell, *told)

    threading.Thread(target=run, daemon=True).start()
    return future


def _refused(why: str, status: int = 200) -> Response:
    return JSONResponse({"error": why}, status)


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type") != "application/json":
        raise AskedError("a request must be JSON")
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY:
                raise AskedError("a request is too large")
    except ClientDisconnect:
        raise AskedError("the page was closed") from None
    return body


def application(laboratory: Laboratory, port: int, token: str) -> ASGIApp:
    """Make the whole application for a port."""
    inner = Starlette(routes=laboratory.routes())
    return Guard(GZipMiddleware(inner, minimum_size=1000), port, token)


class _Server(uvicorn.Server):
    """Tells the laboratory at once when it is interrupted."""

    def __init__(self, config: uvicorn.Config, stopping: threading.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: Any) -> None:
        """End at a signal."""
        self._stopping.set()
        super().handle_exit(sig, frame)


def serve(folder: Path, first: Path, port: int, told: Callable[[str], None]) -> None:
    """Serve until interrupted; ``told`` gets the address once it can be opened.

    Raises what the first scenario, or the engine, raises while it is loaded.
    """
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((ADDRESS, port))
        listening.listen()
        number, token = listening.getsockname()[1], token_urlsafe(16)
        laboratory = Laboratory(folder, first)
        settings = uvicorn.Config(
            application(laboratory, number, token), log_config=None, log_level="critical",
            access_log=False, server_header=False, lifespan="off", ws="none", http="h11",
            loop="asyncio", timeout_graceful_shutdown=1,
        )  # fmt: skip
        server = _Server(settings, laboratory.stopping)

        def end() -> None:
            server.should_exit = True

        laboratory.on_fault = end
        told(f"http://{ADDRESS}:{number}/?token={token}")
        laboratory.prepare()
        try:
            with contextlib.suppress(KeyboardInterrupt):
                server.run(sockets=[listening])
        finally:
            laboratory.close()
        if laboratory.fault is not None:
            raise laboratory.fault

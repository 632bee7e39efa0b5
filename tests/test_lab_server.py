"""The server of the laboratory: who may ask, what is refused, and that nothing else is read."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from reprisal.lab.desk import Desk
from reprisal.lab.server import STATIC, WORK, Laboratory, application
from sim import engine
from sim.scenario import load, load_text
from tests.batches import make

PORT, TOKEN = 5, "the-token"
HOST = f"127.0.0.1:{PORT}"
SECRET = "what nobody may read"
JSON = {"content-type": "application/json"}
BUSY = {
    "clock": {"start": "2024-03-01T00:00", "timezone": "UTC", "length": "1d"},
    "engagement": {"background_rate": "0.5/d (0.2/d to 1/d)"},
    "orders": {
        "calm": {"action": "withdraw", "group": "red", "trigger": {"at": "2024-03-01T10:00"}}
    },
}


class Client:
    """Asks the application as a browser would."""

    def __init__(self, laboratory: Laboratory) -> None:
        self.app = application(laboratory, PORT, TOKEN)
        self.cookie = ""

    def ask(
        self, path: str, body: bytes = b"", method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        sent = {"host": HOST, "cookie": self.cookie} | {
            key.replace("_", "-"): value for key, value in headers.items()
        }
        where, _, query = path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
            "path": where, "raw_path": where.encode(errors="surrogateescape"), "scheme": "http",
            "query_string": query.encode(), "server": ("127.0.0.1", PORT), "client": ("", 1),
            "headers": [(k.encode(), v.encode("latin-1", "replace")) for k, v in sent.items()],
        }  # fmt: skip
        given = iter([{"type": "http.request", "body": body, "more_body": False}])
        said: list[Any] = []

        async def receive() -> Any:
            for each in given:
                return each
            return await asyncio.sleep(60, {"type": "http.disconnect"})

        async def send(message: Any) -> None:
            said.append(message)

        asyncio.run(self.app(scope, receive, send))
        start = next(each for each in said if each["type"] == "http.response.start")
        got = {key.decode(): value.decode() for key, value in start["headers"]}
        content = b"".join(each.get("body", b"") for each in said)
        return start["status"], got, content

    def enter(self) -> None:
        _, headers, _ = self.ask(f"/?token={TOKEN}")
        self.cookie = headers["set-cookie"].partition(";")[0]

    def post(self, what: str, **asked: Any) -> Any:
        body = json.dumps({"scenario": "own", "runs": 4} | asked).encode()
        status, _, content = self.ask(f"/api/{what}", body, "POST", **JSON)
        assert status == 200, content
        return json.loads(content) if content[:1] in b"{[" else content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    above = tmp_path_factory.mktemp("above")
    (above / "secret.yaml").write_text(f"{SECRET}: [\n")
    (above / "secret.geojson").write_text(SECRET)
    inner = above / "inner"
    make(inner, "own", **BUSY)
    (inner / "link.yaml").symlink_to(above / "secret.yaml")
    (inner / "below").mkdir()
    return inner


@pytest.fixture(scope="module")
def laboratory(folder: Path) -> Laboratory:
    if not engine.is_ready():
        engine.prepare()
    made = Laboratory(folder, folder / "own.yaml")
    made.desk = Desk(folder, "own")
    return made


@pytest.fixture
def client(laboratory: Laboratory) -> Client:
    made = Client(laboratory)
    made.enter()
    return made


def test_the_token_works_once_and_nothing_works_without_the_cookie(laboratory: Laboratory) -> None:
    fresh = Client(laboratory)
    assert fresh.ask("/")[0] == 403
    assert fresh.ask("/?token=other")[0] == 403
    status, headers, _ = fresh.ask(f"/?token={TOKEN}")
    assert status == 200
    assert "HttpOnly; SameSite=Strict" in headers["set-cookie"]
    assert fresh.ask(f"/?token={TOKEN}")[0] == 403
    assert fresh.ask("/lab.js")[0] == 403
    assert fresh.ask("/api/first")[0] == 403
    fresh.cookie = headers["set-cookie"].partition(";")[0]
    assert fresh.ask("/")[0] == 200
    assert fresh.ask("/api/first")[0] == 200
    for cookie in (fresh.cookie + "x", "reprisal-5=", "reprisal-5=é", '="', "reprisal-6=x"):
        fresh.cookie = cookie
        assert fresh.ask("/api/first")[0] == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "example.org"}, 421),
        ({"host": "127.0.0.1:6"}, 421),
        ({"host": ""}, 421),
        ({"host": f"localhost:{PORT}"}, 200),
        ({"origin": f"http://{HOST}"}, 200),
        ({"origin": "http://example.org"}, 403),
        ({"origin": f"https://{HOST}"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "same-origin"}, 200),
    ],
)
def test_other_hosts_and_other_sites_are_refused(
    client: Client, headers: dict[str, str], status: int
) -> None:
    assert client.ask("/api/first", **headers)[0] == status


@pytest.mark.parametrize("path", ["/", "/lab.js", "/api/first", "/nothing"])
def test_every_answer_forbids_what_is_not_its_own(client: Client, path: str) -> None:
    _, headers, _ = client.ask(path)
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/../secret.yaml", "/static/lab.js", "/%2e%2e/secret.yaml", "//etc/passwd", "/lab.py"]
)
def test_no_other_file_is_given(client: Client, path: str) -> None:
    assert client.ask(path)[0] == 404


def test_the_page_is_given_whole(client: Client) -> None:
    for file in STATIC.iterdir():
        status, _, content = client.ask(f"/{file.name}")
        assert (status, content) == (200, file.read_bytes())


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{}", JSON),
        (b"[]", JSON),
        (b"{", JSON),
        (b"\xff", JSON),
        (b"[" * 100_000, JSON),
        (b'{"scenario": "own", "runs": 5000}', JSON),
        (b'{"scenario": "own", "runs": 1e9}', JSON),
        (b'{"scenario": "own", "more": 1}', JSON),
        (b'{"scenario": "own", "values": {"x": NaN}}', JSON),
        (b'{"scenario": "own"}', {"content-type": "text/plain"}),
        (b" " * 2_000_000, JSON),
    ],
)
def test_a_malformed_question_is_refused(
    client: Client, body: bytes, headers: dict[str, str]
) -> None:
    status, _, content = client.ask("/api/open", body, "POST", **headers)
    assert status == 422
    assert json.loads(content)["error"]


@pytest.mark.parametrize("name", ["../secret", "nothing", "", "a/b", "\0", "."])
def test_only_scenarios_of_the_folder_or_shipped_ones_are_opened(client: Client, name: str) -> None:
    assert "error" in client.post("open", scenario=name)
    assert "error" not in client.post("open", scenario="two-groups")


@pytest.mark.parametrize(
    "name", ["../secret.yaml", "{above}/secret.yaml", "link.yaml", "below/../../secret.yaml"]
)
def test_extends_reads_nothing_outside_the_folder(client: Client, folder: Path, name: str) -> None:
    text = f"extends: {name.format(above=folder.parent)}\n"
    (problem,) = client.post("draw", text=text)["problems"]
    assert "names a file outside the folder of this scenario" in problem["text"]
    assert SECRET not in problem["text"]
    text = f"extends: own.yaml\nmap: {name.format(above=folder.parent)}\n".replace(".yaml\n", "x\n")
    (problem,) = client.post("draw", text=text.replace("ownx", "own.yaml"))["problems"]
    assert SECRET not in problem["text"]


def test_a_variant_is_drawn_against_its_reference(client: Client, folder: Path) -> None:
    opened = client.post("open")
    assert opened["handle"] == "orders.calm.trigger.at"
    assert opened["reference"] == "without calm"
    path = "engagement.background_rate"
    value = next(each for each in opened["controls"] if each["path"] == path)["high"]
    made = client.post("draw", text=opened["text"], values={path: value}, reference="as written")
    assert made["pairs"] == 4
    assert set(made["values"]) == {path}
    assert made["digest"] == load_text(made["text"], folder / "any.yaml").digest
    assert made["ours"] == "this variant"
    again = client.post("draw", text=made["text"], reference="as written", runs=8)
    assert (again["digest"], again["pairs"]) == (made["digest"], 8)
    fewer = client.post("draw", text=made["text"], reference="as written")
    assert fewer["killed"] == made["killed"]


def test_a_figure_is_given_as_a_file(client: Client) -> None:
    asked = {"text": client.post("open")["text"], "reference": "without calm", "runs": 10}
    for kind, start in (("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")):
        assert client.post("figure", format=kind, **asked).startswith(start)


@pytest.mark.usefixtures("undrawn")
def test_a_report_is_given_as_a_file(client: Client) -> None:
    asked = {"text": client.post("open")["text"], "reference": "without calm", "runs": 10}
    assert b"Pictures that move" in client.post("report", **asked)


def test_numbers_and_runs_are_given(client: Client) -> None:
    asked = {"text": client.post("open")["text"], "reference": "without calm"}
    assert client.post("numbers", **asked)["draws"] == 100
    told = client.post("play", replicate=3, **asked)
    assert (told["replicate"], told["ticks"]) == (3, 24)


class Order:
    """A desk whose long work goes on until a picture was drawn beside it."""

    def __init__(self) -> None:
        self.begun, self.drawn, self.happened = threading.Event(), threading.Event(), list[str]()

    def numbers(self, _: Any, cancelled: Callable[[], bool]) -> dict[str, Any]:
        while not cancelled() and not self.drawn.is_set():
            self.happened.append("step")
            self.begun.set()
            time.sleep(0.001)
        return {}

    def draw(self, _: Any, cancelled: Callable[[], bool]) -> dict[str, Any]:
        assert not cancelled()
        time.sleep(0.05)  # a step that had begun ends
        self.happened.append("draw")
        time.sleep(0.2)
        self.happened.append("drawn")
        self.drawn.set()
        return {}


def test_other_work_pauses_while_a_picture_is_drawn(folder: Path) -> None:
    laboratory = Laboratory(folder, folder / "own.yaml")
    desk = Order()
    laboratory.desk = cast("Desk", desk)
    client = Client(laboratory)
    client.enter()
    long = threading.Thread(target=client.post, args=("numbers",), daemon=True)
    long.start()
    assert desk.begun.wait(10)
    client.post("draw")
    long.join(10)
    assert "step" in desk.happened[: desk.happened.index("draw")]
    assert desk.happened[desk.happened.index("draw") :] == ["draw", "drawn"]


def test_the_page_hears_that_the_laboratory_ends(folder: Path) -> None:
    laboratory = Laboratory(folder, folder / "own.yaml")

    class Desk:
        def draw(self, _: Any, cancelled: Callable[[], bool]) -> dict[str, Any]:
            laboratory.stopping.set()
            assert cancelled()
            return {"cancelled": True}

    laboratory.desk = cast("Any", Desk())
    client = Client(laboratory)
    client.enter()
    assert client.post("draw") == {"error": "the laboratory is being ended"}


def test_nothing_is_overwritten(client: Client, folder: Path) -> None:
    text = client.post("open")["text"]
    before = (folder / "own.yaml").read_bytes()
    for name in ("own", "two-groups", "../out", "link", ""):
        assert "error" in client.post("save", text=text, name=name), name
    assert (folder / "own.yaml").read_bytes() == before
    assert "problems" in client.post("save", text="titel: x\n", name="wrong")
    made = client.post("save", text=text, name="mine.yaml")
    assert load(made["file"]).digest == made["digest"]
    (folder / "mine.yaml").unlink()


# Fuzzing

opened_files: list[str] = []
watching: list[bool] = []  # empty while nothing is noted


def _watch(event: str, given: tuple[Any, ...]) -> None:
    if watching and event in ("open", "os.open", "os.listdir", "os.scandir"):
        opened_files.append(str(given[0]))


@pytest.fixture
def watched() -> Iterator[list[str]]:
    """Note every file that is opened; a hook cannot be taken away, so it sleeps afterwards."""
    sys.addaudithook(_watch)
    opened_files.clear()
    watching.append(True)
    yield opened_files
    watching.clear()


TEXT = """\
extends: own.yaml
extends: ../secret.yaml
extends: /etc/passwd
extends: link.yaml
extends: two-groups
extends: [own]
map: ../secret.geojson
map: {file: /etc/passwd}
title: x
clock: {length: 2x}
orders: {calm: {trigger: {at: 2024-03-01T11:00}}}
engagement: {background_rate: 1/d}
design: {method: grid}
&a [*a]
<<: {}
- 1
[
{{{{{{{{{{{{
é
"""
PIECES = [*TEXT.splitlines(keepends=True), "\0", "\r"]
WEIRD: list[Any] = [
    None, True, -1, 0, 1, 2, 3, 10**12, 1.5, "", "own", "../secret", "without calm", "as written",
    "\0", "x" * 300, [], {}, {"orders.calm.trigger.at": 3.5}, {"title": 1}, "png", "\ud800", "🙂",
    {"engagement.background_rate": -1e300}, {"orders.calm.trigger.at": 10**400},
]  # fmt: skip
PATHS = [
    *(f"/api/{each}" for each in WORK if each not in ("report", "figure", "numbers")),
    "/", "/lab.js", "/../secret.yaml", "/api/", "/api/none", "/%00", "/api/draw/x",
]  # fmt: skip
KEYS = ["scenario", "text", "values", "reference", "runs", "seed", "name", "replicate", "x"]


def question(draw: Random) -> tuple[str, bytes, str, dict[str, str]]:
    """Make up a request, mostly almost right."""
    path = draw.choice(PATHS)
    asked: dict[str, Any] = {
        "scenario": "own",
        "runs": 2,
        "text": "".join(draw.choices(PIECES, k=3)),
    }
    if draw.random() < 0.3:
        asked["text"] = "extends: own.yaml\n"
    for _ in range(draw.randrange(3)):
        key = draw.choice(KEYS)
        asked[key] = draw.choice(WEIRD)
    asked["runs"] = min(asked["runs"], 3) if isinstance(asked["runs"], int) else asked["runs"]
    body = json.dumps(asked).encode()
    if draw.random() < 0.1:
        place = draw.randrange(len(body))
        body = body[:place] + draw.randbytes(3) + body[place + 1 :]
    headers = dict(JSON)
    if draw.random() < 0.1:
        headers[draw.choice(["host", "origin", "cookie", "content_type"])] = draw.choice(
            ["", "x", 'é="', HOST]
        )
    return path, body, draw.choice(["POST", "POST", "POST", "GET", "HEAD", "PUT"]), headers


@pytest.mark.parametrize(
    "requests", [400, pytest.param(10_000, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_no_request_raises_or_reads_outside(
    client: Client, folder: Path, watched: list[str], requests: int
) -> None:
    draw = Random(requests)
    before = {path: path.read_bytes() for path in folder.glob("*.yaml") if not path.is_symlink()}
    seen: dict[int, int] = {}
    for number in range(requests):
        path, body, method, headers = question(draw)
        status, _, content = client.ask(path, body, method, **headers)
        assert status in (200, 403, 404, 405, 421, 422), (number, status, body)
        assert SECRET.encode() not in content
        assert b"Traceback" not in content
        assert b"root:" not in content
        seen[status] = seen.get(status, 0) + 1
    assert {200, 403, 404, 405, 421, 422} <= set(seen)
    assert not [path for path in watched if "secret" in path or "passwd" in path]
    made = {path: path.read_bytes() for path in folder.glob("*.yaml") if path in before}
    assert made == before
    for path in set(folder.glob("*.yaml")) - set(before) - {folder / "link.yaml"}:
        path.unlink()


# The command


def test_without_the_extra_one_line_names_it() -> None:
    code = (
        "import sys; sys.modules['starlette'] = None\n"
        "from importlib import util; real = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'uvicorn' else real(name, *rest)\n"
        "import sim.extras; sim.extras.find_spec = util.find_spec\n"
        "sys.argv = ['reprisal', 'lab']; from reprisal.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("the laboratory page needs the extra 'page'")
    assert "pip install '.[page]'" in line


def test_a_faulty_scenario_ends_the_command_with_its_problems(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("extends: two-groups\ntitel: x\n")
    done = subprocess.run(
        [sys.executable, "-m", "reprisal", "lab", str(tmp_path / "wrong.yaml"), "--no-browser"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2
    assert "titel: unknown key" in done.stderr
    assert "Traceback" not in done.stderr

"""`stackferry emulate` as a process of its own, and a watcher in front of it that sees each request."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

import httpx
from click.testing import CliRunner
from plain_space import TOKEN, Space

from stackferry.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SPARE = "a-spare-space"  # there is one from the start
_HOP = {"host", "connection", "content-length", "transfer-encoding", "keep-alive"}


@dataclass(frozen=True)
class Call:
    """One request, and how many writes there were up to it."""

    method: str
    path: str
    writes: int
    body: bytes = b""


class Watcher:
    """Passes every request on, and may call somebody before one is carried out, or after it."""

    def __init__(self, origin: str) -> None:
        self.calls: list[Call] = []
        self.before: Callable[[Call], None] = nothing
        self.after: Callable[[Call], None] = nothing
        self._origin = origin.removeprefix("http://")
        self._lock = Lock()
        watcher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:
                    self.close_connection = True

            def do_GET(self) -> None:
                watcher._pass_on(self)

            do_PUT = do_POST = do_DELETE = do_PATCH = do_HEAD = do_GET  # noqa: N815 - the names of the base class

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def writes(self) -> list[str]:
        return [f"{call.method} {call.path}" for call in self.calls if call.method != "GET"]

    def forget(self) -> None:
        self.calls = []
        self.before = self.after = nothing

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        body = _body(handler)
        with self._lock:
            writes = len(self.writes) + (handler.command != "GET")
            call = Call(handler.command, handler.path, writes, body)
            self.calls.append(call)
        self.before(call)
        connection = http.client.HTTPConnection(self._origin, timeout=30)
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in _HOP}
        connection.request(handler.command, handler.path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self.after(call)
        handler.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


def nothing(_: Call) -> None:
    pass


def _body(handler: BaseHTTPRequestHandler) -> bytes:
    if "chunked" not in handler.headers.get("Transfer-Encoding", ""):
        return handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    parts = []
    while size := int(handler.rfile.readline(), 16):
        parts.append(handler.rfile.read(size))
        handler.rfile.readline()
    handler.rfile.readline()
    return b"".join(parts)


@dataclass
class Ended:
    """A command that ended."""

    code: int
    report: dict[str, Any]
    said: str

    def gaps(self, kind: str | None = None) -> list[dict[str, Any]]:
        return [gap for gap in self.report.get("gaps", []) if kind in (None, gap["kind"])]


@dataclass
class Service:
    """An emulator, the command line, and a folder for both."""

    home: Path
    origin: str
    http: httpx.Client = field(repr=False)

    def space(self, organization: str | None = None, locale: str = "en-US") -> Space:
        """A new empty space; of the organization that has apps and concepts, or of one without."""
        owner = {"X-Contentful-Organization": organization} if organization else {}
        made = Space(self.origin, "", self.http).post(
            "/spaces", {"name": "N", "defaultLocale": locale}, headers=owner
        )
        return Space(self.origin, made["sys"]["id"], self.http)

    def spare(self) -> Space:
        """The space that is there from the start."""
        return Space(self.origin, SPARE, self.http)

    def environment(self, token: str) -> dict[str, str]:
        return {"HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state"), "STACKFERRY_TOKEN": token}

    def start(self, *words: object, token: str = TOKEN) -> subprocess.Popen[str]:
        """A command as a process of its own, to be killed."""
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "stackferry", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.environment(token)},
        )

    def run(self, *words: object, token: str = TOKEN) -> Ended:
        """A command in this process."""
        done = CliRunner().invoke(app, [*map(str, words)], env=self.environment(token))
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        out, said = done.stdout, done.stderr
        assert token not in out + said
        assert "Traceback" not in said, said
        return Ended(done.exit_code, json.loads(out) if out.startswith("{") else {"text": out}, said)

    def carry(self, command: str, *words: object, **more: Any) -> Ended:
        """A command that speaks to a place: as fast as it can, with a report."""
        return self.run(command, *words, "--rate", 0, "--json", **more)

    @contextmanager
    def watched(self, space: Space) -> Iterator[tuple[Watcher, Space]]:
        watcher = Watcher(self.origin)
        try:
            yield watcher, space.but(origin=watcher.origin)
        finally:
            watcher.close()


@contextmanager
def serve(home: Path, *words: object, faults: list[dict[str, Any]] | None = None) -> Iterator[Service]:
    """An emulator with an organization that has apps (`gen-organization`) and one that has nothing."""
    home.mkdir(parents=True, exist_ok=True)
    more: list[object] = [*words]
    if faults:
        file = home / "faults.json"
        file.write_text(json.dumps({"seed": 3, "fault": faults}))
        more += ["--faults", file]
    fixed = ["emulate", "--port", "0", "--token", TOKEN, "--empty", f"contentful:{SPARE}"]
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "stackferry", *fixed, *map(str, more)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        found = next(filter(None, (re.search(f"://{SPARE}@([^/]+)/", line) for line in process.stdout)))
        with httpx.Client(trust_env=False, timeout=30) as client:
            yield Service(home, f"http://{found[1]}", client)
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()

"""A headless Chromium for tests of pages: open a file, click, type, press keys, read what is shown.

It It is spoken to over two pipes in the DevTools protocol, so no port and no package is needed. Tests take the fixture
`chromium`, which skips them where no browser is installed.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    *("--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run", "--mute-audio"),
    *("--disable-extensions", "--disable-background-networking", "--disable-dev-shm-usage"),
    "--no-sandbox",  # the tests may run as root, whom Chromium refuses otherwise
)
_KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowDown": 40, "ArrowUp": 38}

# Chromium reads commands from file descriptor 3 and writes answers to 4.
_WITH_PIPES = """
import fcntl, os, sys
here = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3]]
for number, one in zip((3, 4), here):
    os.dup2(one, number, inheritable=True)
os.execv(sys.argv[3], sys.argv[3:])
"""


def find_browser() -> str | None:
    """The program of a browser: that of `STACKFERRY_BROWSER`, else the first on the path."""
    named = os.environ.get("STACKFERRY_BROWSER")
    return named or next(filter(None, map(shutil.which, _NAMES)), None)


class BrowserFailed(Exception):
    """The browser refused a command, or a script of the test failed."""


class Browser:
    """One browser with one page. `messages` are what the page wrote to its console, errors and refusals among them;
    `requested` the addresses that it asked for."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._buffer, self._number, self._session = b"", 0, ""
        self.messages: list[str] = []
        self.requested: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def open(self, page: Path) -> None:
        """Open a file and wait until it is loaded."""
        self.messages.clear()
        self.requested.clear()
        self._call("Page.navigate", url=page.absolute().as_uri())
        self._until("Page.loadEventFired")

    def emulate(self, *, dark: bool = False, medium: str = "", width: int = 1200, height: int = 900) -> None:
        """What the reader prefers, on which medium (`print`), and the size of the window."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", media=medium, features=[scheme])
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def run(self, script: str) -> Any:
        """The value of an expression on the page. Raises BrowserFailed where it throws."""
        found = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise BrowserFailed(json.dumps(found["exceptionDetails"]))
        return found["result"].get("value")

    def text(self, selector: str) -> str:
        """The text that is shown in the first such element; hidden text is left out."""
        return str(self.run(f"document.querySelector({json.dumps(selector)}).innerText"))

    def shown(self, selector: str) -> list[str]:
        """The texts of all such elements that are shown, those further down the page among them."""
        every = f"Array.from(document.querySelectorAll({json.dumps(selector)}))"
        return list(self.run(f"{every}.filter((one) => one.checkVisibility()).map((one) => one.textContent)"))

    def style(self, selector: str, name: str) -> str:
        """A computed property of the first such element."""
        return str(
            self.run(f"getComputedStyle(document.querySelector({json.dumps(selector)}))[{json.dumps(name)}]")
        )

    def click(self, selector: str) -> None:
        """Click with the mouse in the middle of the first such element, wherever it is on the page."""
        one = f"document.querySelector({json.dumps(selector)})"
        self.run(f"{one}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.run(
            f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])({one}.getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def press(self, key: str) -> None:
        """Press a key: a name as `KeyboardEvent.key` has it."""
        facts: dict[str, Any] = {"key": key, "windowsVirtualKeyCode": _KEYS[key], "code": key}
        typed = {"Enter": "\r", " ": " "}.get(key)
        self._call("Input.dispatchKeyEvent", type="keyDown", **facts, **({"text": typed} if typed else {}))
        self._call("Input.dispatchKeyEvent", type="keyUp", **facts)

    def type(self, words: str) -> None:
        """Type words into what has the focus."""
        self._call("Input.insertText", text=words)

    def choose(self, selector: str, value: str) -> None:
        """Choose an option of a select, as a reader does: with the events that follow."""
        one = f"document.querySelector({json.dumps(selector)})"
        self.run(
            f"{one}.value = {json.dumps(value)};"
            f"{one}.dispatchEvent(new Event('input', {{bubbles: true}}));"
            f"{one}.dispatchEvent(new Event('change', {{bubbles: true}}))"
        )

    def printed(self) -> bytes:
        """The page as it is printed, as a PDF."""
        return base64.b64decode(self._call("Page.printToPDF", printBackground=False)["data"])

    def _call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        call = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            call["sessionId"] = self._session
        _write(self._commands, json.dumps(call).encode() + b"\0")
        answer = self._read(lambda one: one.get("id") == self._number)
        if "error" in answer:
            raise BrowserFailed(f"{method}: {answer['error']}")
        return answer["result"]

    def _until(self, event: str) -> None:
        self._read(lambda one: one.get("method") == event)

    def _read(self, is_wanted: Any) -> Any:
        """The next message that is wanted; what the page said before it is kept."""
        while True:
            while b"\0" not in self._buffer:
                piece = os.read(self._answers, 1 << 16)
                if not piece:
                    raise BrowserFailed("the browser ended")
                self._buffer += piece
            line, _, self._buffer = self._buffer.partition(b"\0")
            message = json.loads(line)
            self._note(message)
            if is_wanted(message):
                return message

    def _note(self, message: Any) -> None:
        method, facts = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            address = facts["request"]["url"]
            self.requested += [] if address.startswith("data:") else [address]  # icons of its own widgets
        elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.messages.append(json.dumps(facts))


def _write(pipe: int, content: bytes) -> None:
    while content:
        content = content[os.write(pipe, content) :]


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser that ends with the block."""
    program = find_browser()
    assert program is not None
    commands, to_browser = os.pipe()
    from_browser, answers = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        arguments = [sys.executable, "-c", _WITH_PIPES, str(commands), str(answers), program, *_FLAGS]
        arguments.append(f"--user-data-dir={profile}")
        process = subprocess.Popen(  # noqa: S603  # the browser of this machine
            arguments,
            pass_fds=(commands, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        try:
            yield Browser(to_browser, from_browser)
        finally:
            os.close(to_browser)
            os.close(from_browser)
            process.terminate()
            process.wait(timeout=20)

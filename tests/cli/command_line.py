"""The command line as a user has it: real commands, a real socket, directories of their own."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner
from report_validation import validated

from stackferry.cli.app import app
from stackferry.emulators.contentstack import Emulator, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack import Branch
    from stackferry.model import Json, JsonObject

TOKEN = "cs-invented-token"
READ_ONLY = "cs-invented-reader"
SOURCE, TARGET, FILLED = "blt_invented_source", "blt_invented_target", "blt_invented_filled"
FAST = ("--rate", "0", "--bulk-rate", "0")
ROOT = Path(__file__).parents[2]
DATASETS = ROOT / "../shared/datasets/contentstack"


@dataclass(frozen=True)
class CommandResult:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Any:
        """The one JSON report on stdout; fails when there is anything else."""
        return validated(json.loads(self.out))

    @property
    def columns(self) -> list[list[str]]:
        return [line.split("\t") for line in self.out.splitlines()]


@dataclass
class CommandLine:
    """An emulator on a socket, and a shell in an empty directory."""

    emulator: Emulator
    origin: str
    home: Path
    token: str = TOKEN

    def place(self, key: str, branch: str = "main") -> str:
        return f"contentstack+http://{key}@{self.origin.removeprefix('http://')}/{branch}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "STACKFERRY_TOKEN": self.token,
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "STACKFERRY_LOCK_DIR": str(self.home / "state" / "stackferry" / "targets"),
        }

    def run(self, *words: object) -> CommandResult:
        """Run a command in this process."""
        done = CliRunner().invoke(app, [str(word) for word in words], env=self.environment)
        return CommandResult(done.exit_code, done.stdout, done.stderr)

    def start(self, *words: object, **options: Any) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        return start(*words, env={**os.environ, **self.environment}, **options)

    @property
    def writes(self) -> int:
        """Requests that the service took as writes."""
        return self.emulator.count("write") + self.emulator.count("bulk")

    def files(self) -> list[str]:
        """Everything on disk, by name."""
        return sorted(str(path.relative_to(self.home)) for path in self.home.rglob("*"))


def at_a_terminal(cli: CommandLine, *words: object, columns: int = 110) -> str:
    """What a command writes to a terminal as its stderr."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = cli.start(*words, stderr=theirs)
    os.close(theirs)
    result = b""
    try:
        while chunk := os.read(ours, 4096):
            result += chunk
    except OSError:  # how a terminal says that nobody writes to it any more
        pass
    finally:
        os.close(ours)
    process.communicate()
    return result.decode()


def start(*words: object, **options: Any) -> subprocess.Popen[str]:
    """A stackferry process."""
    program = [str(options.pop("script"))] if "script" in options else ["-m", "stackferry"]
    command = [sys.executable, *program, *(str(word) for word in words)]
    options.setdefault("env", os.environ)
    options["env"] = {**options["env"], "PYTHONPATH": str(ROOT / "src")}
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)  # noqa: S603 - our own program


@contextmanager
def open_command_line(home: Path, **options: Any) -> Iterator[CommandLine]:
    """Three stacks: one with content, an empty one, and one that holds other content."""
    emulator = Emulator(**options)
    source = emulator.add_stack(api_key=SOURCE, management_token=TOKEN, read_only_tokens=(READ_ONLY,))
    emulator.add_stack(
        api_key=TARGET, management_token=TOKEN, read_only_tokens=(READ_ONLY,), branches=("main", "redesign")
    )
    filled = emulator.add_stack(api_key=FILLED, management_token=TOKEN)
    fill(source.main)
    filled.main.put_content_type(content_type("other"))
    source.put("environments", {"uid": "bltenvironment1", "name": "production", "urls": []})
    with serve(emulator) as origin:
        yield CommandLine(emulator, origin, home)


def content_type(uid: str) -> Any:
    title = {"uid": "title", "display_name": "Title", "data_type": "text", "mandatory": True, "unique": True}
    body = {"uid": "body", "display_name": "Body", "data_type": "text"}
    return {
        "uid": uid,
        "title": uid,
        "schema": [title, body],
        "options": {"is_page": False, "title": "title"},
    }


def fill(branch: Branch, entries: int = 3) -> None:
    """A small harbour: a page type, a few pages in two languages and two versions, one published, one asset."""
    branch.put_locale({"uid": "bltlocale2", "code": "fr-fr", "name": "French", "fallback_locale": "en-us"})
    branch.put_content_type(content_type("page"))
    for number in range(entries):
        uid = f"bltpage{number:05}"
        for version in (1, 2):
            page: JsonObject = {
                "uid": uid,
                "title": f"Quay {number}",
                "body": f"draft {version}",
                "_version": version,
            }
            pins: list[Json] = [{"environment": "bltenvironment1", "locale": "en-us", "version": 1}]
            published: JsonObject = {"publish_details": pins} if version == 2 else {}
            branch.put_entry_version("page", "en-us", {**page, "locale": "en-us", **published})
        french: JsonObject = {
            "uid": uid,
            "title": f"Quai {number}",
            "body": "écluse",
            "_version": 1,
            "locale": "fr-fr",
        }
        branch.put_entry_version("page", "fr-fr", french)
    asset: JsonObject = {
        "uid": "bltasset1",
        "filename": "map.txt",
        "title": "map.txt",
        "content_type": "text/plain",
    }
    branch.put_asset({**asset, "file_size": "9", "_version": 1}, b"all piers")

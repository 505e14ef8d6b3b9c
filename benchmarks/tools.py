"""Runs both tools, each confined to a folder of its own: a backup, an import, and the next backup."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from benchmarks.process_cost import measure
from benchmarks.service import SOURCE, TARGET, TOKEN

if TYPE_CHECKING:
    from benchmarks.process_cost import Cost
    from benchmarks.service import Service

API_HOST, ASSET_HOST = "cma.example.test", "images.contentstack.io"
PRELOAD = Path(__file__).parent / "vendor_cli" / "preload.cjs"
UNLIMITED_RATE = ("--rate", "0")
UNLIMITED = (*UNLIMITED_RATE, "--bulk-rate", "0")


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def new_home(folder: Path) -> Path:
    """An empty folder; what an earlier run left in it is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder.resolve()


class Tool(Protocol):
    """What the comparison needs of a tool. Names are those of backups in its folder."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def export(self, name: str) -> Cost: ...

    def export_again(self, name: str, base: str) -> Cost: ...

    def load(self, name: str) -> Cost: ...

    def kept(self, name: str) -> int: ...

    def messages(self) -> list[str]: ...


@dataclass
class Stackferry:
    """This project's command line. `limited`: it keeps to the service's rates; else it is told that there are none."""

    service: Service
    home: Path
    limited: bool = True
    versions: str = "pinned"
    name: str = field(default="stackferry", init=False)
    version: str = field(default=version("stackferry"), init=False)

    def export(self, name: str | Path, *more: object) -> Cost:
        return self._run("export", self.service.place(SOURCE), self.home / name, *more)

    def export_again(self, name: str, base: str) -> Cost:
        """An incremental backup. Lists of versions are taken over from the base, because csdx never reads them."""
        lists = ("--keep-version-lists",) if self.versions == "all" else ()
        return self.export(name, "--base", self.home / base, *lists)

    def load(self, name: str) -> Cost:
        return self._run("import", self.home / name, self.service.place(TARGET))

    def copy(self) -> Cost:
        return self._run("copy", self.service.place(SOURCE), self.service.place(TARGET))

    def kept(self, name: str) -> int:
        """How many versions of entries a backup holds."""
        files = [
            file for kind in ("entries", "versions") for file in (self.home / name / kind).rglob("*.jsonl")
        ]
        return sum(len(file.read_bytes().splitlines()) for file in files)

    def messages(self) -> list[str]:
        """What it wrote besides its report."""
        lines = (self.home / "output.txt").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line and not line.startswith("{")]

    def _run(self, *words: object) -> Cost:
        rates = () if self.limited else UNLIMITED
        program = (sys.executable, "-m", "stackferry")
        command = (*program, *words, "--versions", self.versions, *rates, "--json", "-q")
        env = {**os.environ, "STACKFERRY_TOKEN": TOKEN, "XDG_STATE_HOME": str(self.home / "state")}
        return measure(command, env=env, cwd=self.home, output=self.home / "output.txt")


@dataclass
class Csdx:
    """The vendor's CLI, unchanged; `vendor_cli/preload.cjs` sends its requests to the emulator and nowhere else."""

    service: Service
    home: Path
    program: Path
    versions: str = "latest"
    name: str = field(default="csdx", init=False)

    @property
    def version(self) -> str:
        """The version in its package.json."""
        package = next(folder for folder in self.program.parents if (folder / "package.json").is_file())
        return str(json.loads((package / "package.json").read_text(encoding="utf-8"))["version"])

    def configure(self) -> None:
        """Set the API's hosts and the tokens, once, before anything is measured."""
        services = ("cma", "cda", "ui-host", "developer-hub", "personalize", "launch", "studio")
        options = [word for service in services for word in (f"--{service}", f"https://{API_HOST}")]
        self._run("config:set:region", *options, "--name", "LOCAL")
        for key in (SOURCE, TARGET):
            self._run("auth:tokens:add", "-a", key, "-k", key, "--management", "--token", TOKEN, "-y")
        every = {"modules": {"entries": {"exportVersions": self.versions == "all"}}}
        (self.home / "modules.json").write_text(json.dumps(every), encoding="utf-8")

    def export(self, name: str) -> Cost:
        options = (
            "--alias",
            SOURCE,
            "--config",
            self.home / "modules.json",
            "--data-dir",
            self.home / name,
            "-y",
        )
        return self._run("cm:stacks:export", *options)

    def export_again(self, name: str, base: str) -> Cost:  # noqa: ARG002 - Stackferry needs it
        """Everything again: it has no incremental export."""
        return self.export(name)

    def load(self, name: str) -> Cost:
        data = self.home / name / "main"
        return self._run("cm:stacks:import", "--alias", TARGET, "--data-dir", data, "--branch", "main", "-y")

    def kept(self, name: str) -> int:
        """How many versions of entries a backup holds. The latest of an entry is in two files."""
        entries = self.home / name / "main" / "entries"
        latest = [(file, row) for file in entries.glob("*/*/*-entries.json") for row in read(file).values()]
        older = [(file.parent, row) for file in entries.glob("*/*/versions/*.json") for row in read(file)]
        return len({(file.parent, row["uid"], row["_version"]) for file, row in [*latest, *older]})

    def messages(self) -> list[str]:
        """What it logged as an error, except that it could not look for a newer version of itself."""
        files = [path for path in sorted((self.home / "logs").rglob("*error*")) if path.is_file()]
        lines = [
            line for path in files for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        ]
        return [line for line in lines if line and "registry" not in line and "latest version" not in line]

    def _run(self, *words: object) -> Cost:
        output = self.home / f"{str(words[0]).replace(':', '-')}.txt"
        return measure((self.program, *words), env=self._environment(), cwd=self.home, output=output)

    def _environment(self) -> dict[str, str]:
        home = self.home / "home"
        home.mkdir(exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "NODE_OPTIONS": f"--require {PRELOAD}",
            "LOOPBACK_PORT": str(urlsplit(self.service.origin).port),
            "LOOPBACK_HOSTS": f"{API_HOST},{ASSET_HOST}",
            "CS_CLI_CONFIG_PATH": str(self.home / "config"),
            "CS_CLI_LOG_PATH": str(self.home / "logs"),
            "NO_PROXY": "*",
            "CI": "1",
        }

"""Runs stackferry, and the vendor's exporter and importer, on spaces: a backup, an import, and the next ones."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol

from benchmarks.process_cost import measure
from benchmarks.service import ROOT
from benchmarks.spaces.server import SOURCE, TARGET, TOKEN
from benchmarks.tools import UNLIMITED_RATE, read
from stackferry.emulators.certificates import CERTIFICATE

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.process_cost import Cost
    from benchmarks.service import Service

SCRIPT = ROOT / "benchmarks" / "vendor_cli" / "contentful.mjs"


class SpaceTool(Protocol):
    """What the comparison needs of a tool. Names are those of backups in its folder."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def export(self, name: str, base: str = "") -> Cost: ...

    def load(self, name: str) -> Cost: ...


@dataclass
class Stackferry:
    """This project's command line, with its defaults. `limited`: it keeps to the service's rate, else to none."""

    service: Service
    home: Path
    limited: bool = True
    name: str = field(default="stackferry", init=False)
    version: str = field(default=version("stackferry"), init=False)

    def export(self, name: str, base: str = "") -> Cost:
        more = ("--base", self.home / base) if base else ()
        return self._run("export", self._place(SOURCE), self.home / name, *more)

    def load(self, name: str) -> Cost:
        """An import; run again, it brings the target to what a newer backup holds."""
        return self._run("import", self.home / name, self._place(TARGET), "--on-conflict", "update")

    def _place(self, key: str) -> str:
        return f"contentful://{key}@{self.service.origin.removeprefix('https://')}/master"

    def _run(self, *words: object) -> Cost:
        rates = () if self.limited else UNLIMITED_RATE
        command = (sys.executable, "-m", "stackferry", *words, *rates, "--json", "-q")
        env = {
            **os.environ,
            "STACKFERRY_TOKEN": TOKEN,
            "SSL_CERT_FILE": str(self.home.parent / "tls" / CERTIFICATE),
            "XDG_STATE_HOME": str(self.home / "state"),
        }
        return measure(command, env=env, cwd=self.home, output=self.home / "output.txt")


@dataclass
class VendorTools:
    """contentful-export and contentful-import, unchanged, with their own defaults: seven requests a second."""

    service: Service
    home: Path
    modules: Path
    name: str = field(default="contentful-export, -import", init=False)

    @property
    def version(self) -> str:
        """The versions in their package.json."""
        names = ("contentful-export", "contentful-import")
        return ", ".join(str(read(self.modules / name / "package.json")["version"]) for name in names)

    def export(self, name: str, base: str = "") -> Cost:  # noqa: ARG002 - there is no incremental export
        return self._run("export", SOURCE, self.home / name)

    def load(self, name: str) -> Cost:
        return self._run("import", TARGET, self.home / name)

    def _run(self, step: str, key: str, folder: Path) -> Cost:
        host = self.service.origin.removeprefix("https://")
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "NODE_EXTRA_CA_CERTS": str(self.home.parent / "tls" / CERTIFICATE),
            "NO_PROXY": "*",
            "CI": "1",
        }
        command = ("node", SCRIPT, step, self.modules, host, key, TOKEN, folder)
        return measure(command, env=env, cwd=self.home, output=self.home / "output.txt")

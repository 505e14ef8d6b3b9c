"""A source, a target and a shell: what a test needs to bring a stack from one to the other by commands alone."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from command_line import CommandLine
from compare_stacks import compare
from plain_api import TOKEN, Api
from read_stack import read_stack

from stackferry.emulators.contentstack import Emulator, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAST = ("--rate", 0, "--bulk-rate", 0)


@dataclass
class Bench:
    """`source` is filled by the test; `target` is empty. What the commands said is in `codes` and `gaps`."""

    cli: CommandLine
    source: Api
    target: Api
    codes: dict[str, int] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    reports: dict[str, Any] = field(default_factory=dict)

    @property
    def snapshot(self) -> Path:
        return self.cli.home / "snapshot"

    def run(self, command: str, *words: object) -> Any:
        done = self.cli.run(command, *words, *FAST, "--json")
        self.codes[command] = done.code
        report = self.reports[command] = done.report if done.out.strip() else {"error": done.err}
        told = [self.line(gap) for gap in report.get("gaps", [])]
        self.gaps += [line for line in told if line not in self.gaps]
        return report

    @staticmethod
    def line(gap: dict[str, Any]) -> str:
        return " ".join(str(gap[key]) for key in sorted(gap))

    def move(self, *words: object, versions: str = "all") -> list[str]:
        """Export, import, verify; the differences that this test's own reader finds."""
        source, target = (self.cli.place(api.key, api.branch) for api in (self.source, self.target))
        self.run("export", source, self.snapshot, "--versions", versions)
        self.run("import", self.snapshot, target, "--versions", versions, *words)
        self.run("verify", self.snapshot, "--against", target)
        self.found = compare(read_stack(self.source), read_stack(self.target))
        return self.found

    def summary(self) -> str:
        told = [f"GAP {line}" for line in self.gaps]
        seen = [f"DIFFERS {line}" for line in self.found]
        errors = [
            f"ERROR {name} {report['error']}" for name, report in self.reports.items() if "error" in report
        ]
        verify = [f"VERIFY {line}" for line in self.reports.get("verify", {}).get("differences", [])]
        return "\n".join([str(self.codes), *errors, *told, *seen, *verify])


@contextmanager
def open_bench(
    fill: Callable[[Api], None] | None = None, service: type[Emulator] = Emulator, **options: Any
) -> Iterator[Bench]:
    emulator = service(**options)
    for key in ("blt_invented_one", "blt_invented_two"):
        emulator.add_stack(api_key=key, management_token=TOKEN, branches=("main", "dev"))
    with serve(emulator) as origin, tempfile.TemporaryDirectory() as home:
        source = Api(origin, "blt_invented_one")
        bench = Bench(
            CommandLine(emulator, origin, Path(home), TOKEN), source, source.but(key="blt_invented_two")
        )
        try:
            if fill:
                fill(source)
            yield bench
        finally:
            source.close()
        assert emulator.defects == []

"""A full project and another one without definitions, in two organizations, and one call to import into it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from project_bench import ORGANIZATION, PROJECT, SYSTEM, TOKEN, PoliteTransport, ProjectBench
from workbench import memory_directory, run_async

from stackferry.drivers.copy_run import copy
from stackferry.drivers.import_run import dry_run, import_snapshot
from stackferry.drivers.planning.plan_file import write_plan
from stackferry.emulators.azure_devops import Emulator, Limits, Switches
from stackferry.emulators.azure_devops.seed.furnish import furnish
from stackferry.emulators.azure_devops.seed.generator import generate
from stackferry.model import Place, Secret
from stackferry.providers.azure_devops.options import AzureReadOptions, AzureWriteOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from stackferry.drivers.import_again import FindMap
    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.drivers.planning.plan_file import PlanFile
    from stackferry.emulators.azure_devops import Project
    from stackferry.io.storage.snapshot import Snapshot

    Hook = Callable[[PoliteTransport, httpx.Request, bool], None]

OTHER, OTHER_PROJECT, OTHER_TOKEN = "contoso", "New Web", "other-invented-token"
_CREDENTIAL = ("token", Secret(OTHER_TOKEN))


@dataclass
class ProjectPair(ProjectBench):
    """`project` is the source. `log` has the requests of the latest run."""

    target: Project = None  # type: ignore[assignment]  # set by `project_pair`

    @property
    def target_place(self) -> Place:
        return SYSTEM.parse_place(OTHER, "emulator.invented", OTHER_PROJECT, secure=False)

    def import_snapshot(
        self,
        snapshot: Snapshot,
        state: str = "state",
        *,
        hook: Any = None,
        plan: PlanFile | None = None,
        identities: FindMap | None = None,
        place: Place | None = None,
        **options: Any,
    ) -> ImportResult:
        """Import a snapshot into the target; the state directory is below the root."""

        async def work() -> ImportResult:
            async with self._session(place or self.target_place, _CREDENTIAL, hook) as run:
                own = _own(options)
                where = self.root / state
                return await import_snapshot(run, snapshot, where, own, plan=plan, identities=identities)

        return run_async(work)

    def plan(self, snapshot: Snapshot, state: str = "state", **options: Any) -> tuple[Path, dict[str, Any]]:
        """The plan of an import, and what it counts."""
        file = self.root / "plan.jsonl"

        async def work() -> dict[str, Any]:
            async with (
                self._session(self.target_place, _CREDENTIAL) as run,
                dry_run(run, snapshot, self.root / state, _own(options)) as done,
            ):
                requests = done.writes.with_reads(run.session.counts.as_json())
                write_plan(file, done, "now", {"requests": requests})
                return {"actions": done.writes.as_json(), "requests": requests, "gaps": done.gaps}

        return file, run_async(work)

    def copy(
        self,
        name: str = "copied",
        state: str = "copying",
        *,
        hook: Any = None,
        keep_secrets: bool = False,
        **options: Any,
    ) -> Any:
        """Copy the source to the target."""

        async def work() -> Any:
            async with (
                self._session(self.place, ("token", Secret(TOKEN)), hook) as source,
                self._session(self.target_place, _CREDENTIAL, hook) as target,
            ):
                where = (self.root / name, self.root / state)
                reading = AzureReadOptions(keep_secrets=keep_secrets)
                return await copy(source, target, *where, reading, _own(options))

        return run_async(work)

    def writes(self) -> list[str]:
        return [line for line in self.log if not line.startswith(("GET", "OPTIONS"))]


def _own(options: dict[str, Any]) -> AzureWriteOptions:
    only = SYSTEM.parse_kinds(options.pop("only", ()))
    return SYSTEM.write_options(AzureWriteOptions(**options, only=only))  # type: ignore[return-value]


@contextmanager
def project_pair(
    releases: int = 24, *, seed: int = 1, page_rows: int = 100, **switches: Any
) -> Iterator[ProjectPair]:
    """A source with so many made-up releases, and a target with the same things around it, under other ids."""
    emulator = Emulator(switches=Switches(**switches), limits=Limits(page_rows=page_rows))
    project = generate(emulator, ORGANIZATION, PROJECT, token=TOKEN, seed=seed, releases=releases)
    target = furnish(emulator, OTHER, OTHER_PROJECT, token=OTHER_TOKEN, seed=seed + 3)
    with memory_directory() as root:
        yield ProjectPair(root, emulator, project, target=target)

"""A project of Azure DevOps on an emulator, and one call to archive it with the drivers under test."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import anyio
from workbench import InstantClock, RecordingTransport, memory_directory, no_wait, run_async

from stackferry.core.rates import Rates
from stackferry.drivers.events import Emit, silent
from stackferry.drivers.export_run import export
from stackferry.drivers.incremental_base import BaseSnapshot
from stackferry.drivers.run import Run
from stackferry.drivers.verify_run import diff_snapshots, verify_target
from stackferry.emulators.azure_devops import Emulator, Limits, Switches
from stackferry.emulators.azure_devops.seed.generator import generate
from stackferry.io.http.session import open_session
from stackferry.model import Place, Secret, Stream
from stackferry.providers.azure_devops.options import AzureReadOptions
from stackferry.providers.azure_devops.system import AzureDevOps
from stackferry.providers.source import ReadOptions
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    import httpx

    from stackferry.drivers.verify_run import VerifyResult
    from stackferry.emulators.azure_devops import Project
    from stackferry.io.storage.snapshot import Snapshot

    Hook = Callable[[RecordingTransport, httpx.Request, bool], None]


class PoliteTransport(RecordingTransport):
    """As over a socket, other tasks have their turn while an answer is awaited."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await anyio.lowlevel.checkpoint()
        return await super().handle_async_request(request)


ORGANIZATION, PROJECT, TOKEN = "fabrikam", "Müller & Söhne", "invented-token"
SYSTEM = AzureDevOps()


@dataclass
class ProjectBench:
    """A full project; all that runs write to disk is below `root`. `log` has the requests of the latest export."""

    root: Path
    emulator: Emulator
    project: Project
    log: list[str] = field(default_factory=list)
    emit: Emit = silent

    @property
    def place(self) -> Place:
        return SYSTEM.parse_place(ORGANIZATION, "emulator.invented", PROJECT, secure=False)

    def export(
        self,
        name: str = "archive",
        *,
        base: Snapshot | None = None,
        hook: Hook | None = None,
        place: Place | None = None,
        token: str = TOKEN,
        kind: str = "token",
        **options: Any,
    ) -> Snapshot:
        """Archive the project into a directory below the root."""
        where = place or self.place

        async def work() -> Snapshot:
            async with self._session(where, (kind, Secret(token)), hook) as run:
                earlier = BaseSnapshot(base.root) if base else None
                own = SYSTEM.read_options(AzureReadOptions(**options) if options else ReadOptions())
                return await export(run, self.root / name, own, base=earlier)

        return run_async(work)

    def verify(
        self, snapshot: Snapshot, *, place: Place | None = None, state: Path | None = None, token: str = TOKEN
    ) -> VerifyResult:
        """Compare the project as it is, or another one, with an archive."""

        async def work() -> VerifyResult:
            async with self._session(place or self.place, ("token", Secret(token))) as run:
                return await verify_target(run, snapshot, state, options=SYSTEM.write_options(WriteOptions()))

        return run_async(work)

    @asynccontextmanager
    async def _session(
        self, where: Place, credential: tuple[str, Secret], hook: Hook | None = None
    ) -> AsyncIterator[Run]:
        transport = PoliteTransport(self.emulator, hook)
        self.log = transport.log
        opened = open_session(
            where.origin,
            SYSTEM.headers(where, credential),
            origins=SYSTEM.origins(where),
            rates=Rates(),
            rules=SYSTEM.answer_rules,
            transport=transport,
            clock=InstantClock(),
        )
        async with opened as session:
            yield Run(SYSTEM, session, where, sleep=no_wait, emit=self.emit)

    @property
    def raw(self) -> dict[int, Any]:
        """The releases as the emulator holds them."""
        return cast("dict[int, Any]", self.project.releases)

    def deployments(self) -> list[int]:
        """The deployments of releases that are not deleted."""
        found: dict[int, Any] = {**self.project.deployments}
        return sorted(
            number for number, row in found.items() if row["release"]["id"] in self.project.releases
        )


@contextmanager
def project_bench(
    releases: int = 24, *, seed: int = 1, page_rows: int = 100, **switches: Any
) -> Iterator[ProjectBench]:
    """A bench whose project has so many made-up releases."""
    emulator = Emulator(switches=Switches(**switches), limits=Limits(page_rows=page_rows))
    project = generate(emulator, ORGANIZATION, PROJECT, token=TOKEN, seed=seed, releases=releases)
    with memory_directory() as root:
        yield ProjectBench(root, emulator, project)


def ids(snapshot: Snapshot, kind: str) -> list[Any]:
    return [row["id"] for row in snapshot.objects(Stream(kind))]


def vanished(snapshot: Snapshot) -> dict[tuple[str, str], str]:
    """What the manifest lists as gone, and since when."""
    rows: Any = snapshot.manifest.get("vanished", [])
    return {(row["kind"], row["uid"]): row["missing_since"] for row in rows}


def edits(left: Snapshot, right: Snapshot) -> list[Any]:
    """What changed between two archives, a text for each: the word, the object, the path, both values."""
    return [_words(row) for row in diff_snapshots(SYSTEM, left, right).differences]


def _words(row: Any) -> str:
    names = ("change", "kind", "uid", "path", "left", "right")
    return " ".join(str(row[name]) for name in names if name in row)

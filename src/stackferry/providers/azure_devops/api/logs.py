"""Logs: all of a release as a zip, and that of one task as text.

API page: "Releases", sections "Get logs for a release" and "Get log for a task of a release". They are streamed: a zip
may be some hundred megabytes large.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

from stackferry.errors import UsageError
from stackferry.json_values import integer, objects, text
from stackferry.model import Response
from stackferry.providers.azure_devops.api.advice import told
from stackferry.providers.azure_devops.api.client import Call, Client
from stackferry.providers.azure_devops.api.releases import Releases
from stackferry.providers.azure_devops.api.stages import find_stage, last_attempt
from stackferry.providers.azure_devops.refusals import refusal
from stackferry.providers.azure_devops.requests.read import get_logs, get_task_log, names_phases

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from stackferry.io.http.decorators import Downloaded
    from stackferry.io.http.transport import ResponseStream
    from stackferry.model import JsonObject, Request
    from stackferry.providers.azure_devops.hosts import Root

T = TypeVar("T")
_NO_LOG: Final = frozenset({204, 404})  # what a release answers of which nothing has run; no page says which


class Download(Protocol):
    """`Session.download`: opened again, and `keep` called again, where the bytes are cut short."""

    def __call__(
        self, request: Request, keep: Callable[[ResponseStream], Awaitable[T]]
    ) -> Awaitable[Downloaded[T]]: ...


class TaskLog(NamedTuple):
    """The log of one task: ids of the stage in the release, the phase, and the task in the phase."""

    stage: int
    phase: int
    task: int


class Logs(Client):
    """Reads logs of one project. Bytes are handed to `keep` as they arrive, which says what is made of them."""

    def __init__(self, call: Call, root: Root, download: Download) -> None:
        super().__init__(call, root)
        self._download, self._releases = download, Releases(call, root)

    async def get(self, *, release_id: int, keep: Callable[[ResponseStream], Awaitable[T]]) -> T | None:
        """The zip with the logs of all tasks of a release; None where nothing of it has run yet (`keep` may say so).

        Section "Get logs for a release". Raises the error of a refusal; for a release that is not there, too.
        """
        request = get_logs(self._root, release_id)
        kept = await self._kept(request, f"the logs of release {release_id}", keep, absent=_NO_LOG)
        if kept is None:
            await self._releases.get(release_id=release_id)  # a 404 may mean that there is no such release
        return kept

    async def task(
        self,
        *,
        release_id: int,
        log: TaskLog,
        keep: Callable[[ResponseStream], Awaitable[T]],
        lines: tuple[int | None, int | None] = (None, None),
    ) -> T | None:
        """The log of one task, plain text; its lines from the first to the last of `lines`, counted from 1.

        Section "Get log for a task of a release". Old versions of the API give the whole log, whatever `lines` are:
        see `takes_lines`.
        """
        asked = zip(("startLine", "endLine"), lines, strict=True)
        params = tuple((name, str(number)) for name, number in asked if number) if self.takes_lines else ()
        request = get_task_log(self._root, release_id, *log, params=params)
        return await self._kept(request, f"the log of task {log.task} of release {release_id}", keep)

    @property
    def takes_lines(self) -> bool:
        """Whether the version of the API knows phases of attempts, and lines of logs."""
        return names_phases(self._root)

    async def _kept(
        self,
        request: Request,
        subject: str,
        keep: Callable[[ResponseStream], Awaitable[T]],
        absent: frozenset[int] = frozenset(),
    ) -> T | None:
        async def kept(stream: ResponseStream) -> T | None:
            return None if stream.status in absent else await keep(stream)

        answer = await self._download(request, kept)
        if answer.kept is None and answer.status not in absent and answer.status // 100 != 2:
            response = Response(answer.status, answer.headers, b"")
            raise told(refusal(request, response), subject)
        return answer.kept


def find_task_log(
    release: JsonObject, stage: str, task: str, *, phase: str = "", attempt: int | None = None
) -> TaskLog:
    """The log of a task that is named by its id or its name, of the last attempt if no other is given.

    `release` with its tasks. Raises UsageError for none, and for a name or an id of several.
    """
    of_stage = find_stage(release, stage)
    number = last_attempt(of_stage) if attempt is None else attempt
    where = f"stage '{stage}' of release {release.get('id')}, attempt {number}"
    rows = [row for row in _tasks(of_stage, number) if not phase or _is(row[0], phase)]
    found = [row for row in rows if str(row[1].get("id")) == task] or [
        row for row in rows if _is(row[1], task)
    ]
    if len(found) != 1:
        told = _not_one_task(task, found, rows) if rows else _no_tasks(of_stage, number, phase)
        raise UsageError(f"{where}: {told}")
    of_phase, one = found[0]
    return TaskLog(*(integer(row.get("id")) or 0 for row in (of_stage, of_phase, one)))


def _tasks(stage: JsonObject, attempt: int) -> Iterator[tuple[JsonObject, JsonObject]]:
    """The tasks of an attempt, each with its phase."""
    for step in objects(stage.get("deploySteps")):
        for phase in objects(step.get("releaseDeployPhases")) if step.get("attempt") == attempt else ():
            for job in objects(phase.get("deploymentJobs")):
                yield from ((phase, task) for task in objects(job.get("tasks")))


def _is(row: JsonObject, named: str) -> bool:
    return named.lower() in (str(row.get("id")), text(row.get("name")).lower())


def _no_tasks(stage: JsonObject, attempt: int, phase: str) -> str:
    """Why there is no task at all to choose from: no such attempt, no such phase, or nothing has run."""
    numbers = sorted({integer(step.get("attempt")) or 0 for step in objects(stage.get("deploySteps"))})
    if attempt not in numbers:
        return f"there is no such attempt; it has {', '.join(map(str, numbers)) or 'none'}"
    names = dict.fromkeys(f"'{text(of.get('name'))}' ({of.get('id')})" for of, _ in _tasks(stage, attempt))
    if phase and names:
        return f"there is no phase '{phase}'; it has {', '.join(names)}"
    return "no task has run yet"


def _not_one_task(
    named: str, found: list[tuple[JsonObject, JsonObject]], rows: list[tuple[JsonObject, JsonObject]]
) -> str:
    shown = ", ".join(
        f"{text(task.get('name'))} ({task.get('id')}, phase {text(phase.get('name'))} {phase.get('id')})"
        for phase, task in found or rows
    )
    if found:
        return f"several tasks are '{named}': give an id, and --phase, of {shown}"
    return f"there is no task '{named}'; it has {shown}"

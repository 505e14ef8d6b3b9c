"""What an archive tells of its releases as a whole: status, stages, logs, age, what goes first. Pure."""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.errors import UsageError
from stackferry.json_values import epoch_seconds, integer, nested, objects, text
from stackferry.providers.azure_devops.content.releases import attempts, latest, release_id, stages, status_of
from stackferry.providers.azure_devops.requests.enums import STAGE_STATUS
from stackferry.providers.azure_devops.words import view
from stackferry.providers.reading.told import Sum

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Json, JsonObject

_FIRST: Final = 5  # releases that are named as the first to disappear
_STAGES: Final = 200  # stages that are listed


class _Release(NamedTuple):
    """A release, by a time that it names; of equal times the one with the lower id is earlier."""

    at: float
    uid: int
    title: str
    time: str

    @property
    def row(self) -> tuple[str, str]:
        return f"{self.title} ({self.uid})", self.time

    def as_json(self) -> JsonObject:
        return {"uid": str(self.uid), "title": self.title, "at": self.time}


def stage_status(stage: JsonObject) -> str:
    """The status of a stage in the service's word, which it may tell in any letter case and as a number."""
    told = stage.get("status")
    try:
        words = STAGE_STATUS.parse(text(told) or str(integer(told)))
    except UsageError:
        return text(told) or "undefined"
    return words[0]


def sums(releases: Iterable[JsonObject], files: Iterable[JsonObject], manifest: JsonObject) -> list[Sum]:
    """What `show` tells of an archive besides its counts. Releases are read once, one at a time in memory."""
    found = _Found(_vanished(manifest))
    for one in releases:
        found.take(one)
    logs = [integer(row.get("size")) or 0 for row in files if row.get("of") == "logs"]
    return [one for one in (*found.sums(), _logs(logs)) if one.rows]


def _vanished(manifest: JsonObject) -> set[str]:
    rows = objects(manifest.get("vanished"))
    return {text(row.get("uid")) for row in rows if row.get("kind") == "releases"}


def _logs(sizes: list[int]) -> Sum:
    told = f"{len(sizes):,}, {sum(sizes):,} bytes in all"
    value: Json = {"files": len(sizes), "bytes": sum(sizes)}
    return Sum("logs", "Logs", [("Logs", told)] if sizes else [], value)


class _Found:
    """What the releases of an archive tell. `gone`: ids of those that the service no longer has."""

    def __init__(self, gone: set[str]) -> None:
        self._gone = gone
        self._statuses, self._kept = Counter[str](), 0
        self._stages: dict[str, Counter[str]] = {}
        self._oldest: _Release | None = None
        self._newest: _Release | None = None
        self._first: list[_Release] = []

    def take(self, release: JsonObject) -> None:
        is_kept = release.get("keepForever") is True
        self._statuses[status_of(release) or "undefined"] += 1
        self._kept += is_kept
        for stage in stages(release):
            self._stages.setdefault(text(stage.get("name")), Counter())[stage_status(stage)] += 1
        if made := _by_time(release, [release.get("createdOn")]):
            self._oldest = min(filter(None, (self._oldest, made)))
            self._newest = max(filter(None, (self._newest, made)))
        changed = None if is_kept or str(release_id(release)) in self._gone else _last_changed(release)
        if changed:
            self._first = nsmallest(_FIRST, [*self._first, changed])

    def sums(self) -> Iterator[Sum]:
        counts: Json = dict(sorted(self._statuses.items()))
        yield Sum("by_status", "Releases by status", [*_counted(self._statuses)], counts)
        by_stage: Json = {name: {**found} for name, found in sorted(self._stages.items())}
        rows = [(name, _in_words(self._stages[name])) for name in sorted(self._stages)[:_STAGES]]
        yield Sum("by_stage", "Stages of releases by status", rows, by_stage)
        ends = [("oldest", self._oldest), ("newest", self._newest)]
        yield Sum(
            "age",
            "Oldest and newest",
            [(f"{name}: {one.row[0]}", f"made {one.time}") for name, one in ends if one],
            {name: one.as_json() for name, one in ends if one},
        )
        rows = [("Releases", f"{self._kept:,}")] if self._statuses else []
        yield Sum("kept_forever", "Kept forever", rows, self._kept)
        title = "First to disappear by their age, unless they are kept or deployed again"
        rows = [(one.row[0], f"last changed {one.time}") for one in self._first]
        yield Sum("first_to_disappear", title, rows, [one.as_json() for one in self._first])


def _by_time(release: JsonObject, times: Iterable[Json]) -> _Release | None:
    """A release by the latest of these times; None where it tells none."""
    time = latest(times)
    at = epoch_seconds(time)
    if at is None:
        return None
    definition = text(nested(release, "releaseDefinition", "name"))
    title = "/".join(filter(None, (definition, view("releases", release).title)))
    return _Release(at, release_id(release), title, time)


def _last_changed(release: JsonObject) -> _Release | None:
    """By its last change or deployment: the time that retention lets it stay counts from there."""
    steps = [one.step for one in attempts(release)]
    deployed = [step.get(name) for step in steps for name in ("lastModifiedOn", "queuedOn")]
    return _by_time(release, [release.get("createdOn"), release.get("modifiedOn"), *deployed])


def _counted(counts: Counter[str]) -> Iterator[tuple[str, str]]:
    for name, count in sorted(counts.items()):
        yield name, f"{count:,}"


def _in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.most_common())

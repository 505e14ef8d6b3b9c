"""A project that differs from its archive in one key of one object: a comparison sees it, whatever the key.

Every value of a record of each kind is changed, left out and added to, one at a time. What is not seen must be in the
list of what is not compared.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from changed_keys import changes
from project_bench import SYSTEM, project_bench

from repository import ROOT
from stackferry.drivers.verify_run import SameUids
from stackferry.io.storage.sqlite import TempTables
from stackferry.model import HEAD, Stream
from stackferry.providers.azure_devops.kinds import record_key
from stackferry.providers.azure_devops.verification import NothingMatched
from stackferry.providers.azure_devops.verification.not_compared import OF_ONE_PLACE, OTHER_PLACE
from stackferry.providers.target import ImportContext, WriteOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject

    Records = dict[str, list[Any]]

KINDS = (
    "folders", "definitions", "definition_history", "definition_revisions", "releases", "definition_snapshots",
    "deployments", "files", "deleted_releases", "variable_groups", "task_groups", "queues", "deployment_groups",
    "secure_files", "connections", "builds",
)  # fmt: skip
# What is left out, as the list says: addresses, what follows from releases, what references and people are called.
LEFT_OUT = {
    "*": r"(.*/)?(_links|url|\w*Url)(/.*)?"
    r"|(.*/)?(release|releaseDefinition|releaseEnvironment|projectReference)/(name|path|url|_links|projectReference)(/.*)?",
    "definitions": r"lastRelease(/.*)?|environments/\d+/currentRelease(/.*)?",
    "files": r"size|of|invented_key",  # of an archive's own words; the digest is the service's bytes
}
OF_PEOPLE = ("displayName", "descriptor", "imageUrl", "isContainer", "invented_key", "id", "url")


class Store:
    """Records in memory, in the order of their keys."""

    def __init__(self, kinds: Records) -> None:
        self._kinds = kinds

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        rows = self._kinds.get(stream.kind, [])
        return iter(sorted(rows, key=lambda row: record_key(stream.kind, row)))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        if stream == HEAD:
            return {"options": {"logs": True, "deleted": True}}
        found = (row for row in self.objects(stream) if record_key(stream.kind, row) == (uid, number))
        return next(found, None)

    def streams(self) -> list[Stream]:
        return [*map(Stream, self._kinds)]


@cache
def records() -> Records:
    """What an archive of a project holds, of each kind the records that say most."""
    with project_bench(30, seed=5) as bench:
        lost = [number for number in bench.raw if number % 7 == 0]
        for number in lost:
            bench.project.delete_release(number, bench.emulator.time())
        snapshot = bench.export(deleted=True)
        found: Records = {kind: [*snapshot.objects(Stream(kind))] for kind in KINDS}
        held = found["releases"][0]["id"]
        found["definition_snapshots"] = [{"release": held, "revision": 2, "body": found["definitions"][0]}]
    return {kind: sorted(rows, key=lambda row: -len(str(row))) for kind, rows in found.items()}


def differ(left: Records, right: Records, *, is_one_place: bool = True) -> bool:
    tables = TempTables()
    try:
        context = ImportContext(
            source=Store(left), target=Store(right), identity=SameUids() if is_one_place else NothingMatched(),
            options=WriteOptions(), bytes_of=lambda _: ROOT, scratch=tables, is_one_place=is_one_place,
        )  # fmt: skip
        return any(True for _ in SYSTEM.equality(context, ()).mismatches())
    finally:
        tables.close()


def is_left_out(kind: str, path: str, body: Any) -> bool:
    if any(re.fullmatch(LEFT_OUT.get(name, "-"), path) for name in ("*", kind)):
        return True
    *owner, name = path.split("/")
    return name in OF_PEOPLE and _is_person(_at(body, owner))


def _at(body: Any, steps: list[str]) -> Any:
    for step in steps:
        body = body[int(step)] if isinstance(body, list) else body.get(step)
    return body


def _is_person(value: Any) -> bool:
    return isinstance(value, dict) and bool(value.get("uniqueName"))


# What is left out between two projects: of the service, of history, and what an import leaves off.
LEFT_OUT_ELSEWHERE = {
    "definitions": r"(id|revision|url|_links|createdBy|createdOn|modifiedBy|modifiedOn|comment|lastRelease|isDeleted"
    r"|projectReference|source)(/.*)?"
    r"|environments/\d+/(id|badgeUrl|currentRelease|deployStep|queueId|runOptions)(/.*)?"
    r"|environments/\d+/(pre|post)Deploy(Approvals|mentGates)/(id|approvals/\d+/id)"
    r"|environments/\d+/schedules/\d+/jobId"
    r"|triggers|artifacts/\d+/definitionReference/project/name"
    r"|artifacts/\d+/sourceId|artifacts/\d+/definitionReference/(definition|project|connection)/(id|invented_key)"
    r"|artifacts/\d+/definitionReference/artifactSource\w+Url(/.*)?",
    "releases": r"(?!(name|description|reason|status|keepForever|variables|tags|artifacts|environments"
    r"|releaseDefinition|properties)\b).*"
    r"|environments/\d+/(?!name|variables\b).*|releaseDefinition/(?!id).*|tags"
    r"|artifacts/\d+/(?!alias|type|definitionReference\b).*"
    r"|artifacts/\d+/definitionReference/(?!(definition|project|connection|version|branch)\b).*"
    r"|artifacts/\d+/definitionReference/project/name"
    r"|artifacts/\d+/definitionReference/\w+/(id|invented_key)|artifacts/\d+/definitionReference/branch/name",
    "folders": r"(?!description|path\b).*",
}


@pytest.mark.parametrize("kind", LEFT_OUT_ELSEWHERE)
def test_a_change_of_any_key_elsewhere_is_seen(kind: str) -> None:
    """The other project is the same one, which an import could not make more alike."""
    missed, seen = set[str](), set[str]()
    for row in records()[kind][:3]:
        around = {"definitions": records()["definitions"]}
        before, others = {**around, kind: [row]}, [one for one in around["definitions"] if one is not row]
        assert not differ(before, before, is_one_place=False)
        for path, body in changes(row):
            shape = re.sub(r"/\d+", "/*", path)
            left_out = re.fullmatch(LEFT_OUT_ELSEWHERE[kind], path) or is_left_out("people", path, row)
            if shape in seen or left_out:
                continue
            changed = [body, *others] if kind == "definitions" else [body]
            is_seen = differ(before, {**around, kind: changed}, is_one_place=False)
            (seen if is_seen else missed).add(shape)
    assert missed - seen == set()
    assert len(seen) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_of_any_key_is_seen(kind: str) -> None:
    row, around = records()[kind][0], {"definitions": records()["definitions"]}
    before = {**around, kind: [row]}
    assert not differ(before, before)
    missed, seen = set[str](), set[str]()
    for path, body in changes(row):
        shape = re.sub(r"/\d+", "/*", path)
        if shape in seen or record_key(kind, body) != record_key(kind, row) or is_left_out(kind, path, row):
            continue
        (seen if differ(before, {**around, kind: [body]}) else missed).add(shape)
    assert missed - seen == set()
    assert seen


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_that_only_the_project_has_is_seen(kind: str) -> None:
    row, all_kinds = records()[kind][0], records()
    assert differ({**all_kinds, kind: [one for one in all_kinds[kind] if one is not row]}, all_kinds)


def test_the_docs_show_what_is_not_compared() -> None:
    page = (ROOT / "docs" / "azure-devops.md").read_text()
    for row in (*OF_ONE_PLACE, *OTHER_PLACE):
        assert f"| {row.kind} | `{row.path}` | {row.reason} |" in page

"""Finds the snapshot's older versions of an asset among the versions that the target already holds.

The target has a history of its own, so neither numbers nor sizes prove that two versions are the same. The target's
versions are read; of those with the same facts the bytes are hashed too, unless both are one upload (branches of a
stack share their history). Pure.
API page: "Get a single asset".
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stackferry import exact_json
from stackferry.json_values import as_list, as_object, integer, text
from stackferry.model import Gap, JsonObject, Request, Stream
from stackferry.providers.contentstack.importing.answers import read_notice
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.requests.assets import download_asset, read_asset
from stackferry.providers.target import Await, ImportContext, Observation, PreparedWrite, Step, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Found = tuple[str, str, str]  # kind, source, target

_FACTS = ("filename", "title", "description", "tags", "content_type")
_CANDIDATES = "asset_versions_seen"
RECOGNISED = "asset_versions_recognised"


def look(context: ImportContext) -> Iterator[Step]:
    """Readings of the versions that the target holds of an asset of which the snapshot has older ones."""
    for uid, target, older in _histories(context):
        latest = context.target.get(Stream("assets"), target) or {}
        for number in range(1, (integer(latest.get("_version")) or 1) + 1):
            yield _look(uid, target, number, older)


def recognise(context: ImportContext) -> Iterator[Step]:
    """Where a version has the facts of an older one: whether its bytes are the same, too."""
    for uid, target, _ in _histories(context):
        latest = context.target.get(Stream("assets"), target) or {}
        for number in range(1, (integer(latest.get("_version")) or 1) + 1):
            seen = context.identity.target(_CANDIDATES, f"{uid}\0{number}")
            if seen is not None:
                yield _hash(context, uid, number, as_object(exact_json.loads(seen.encode())))


def _histories(context: ImportContext) -> Iterator[tuple[str, str, list[JsonObject]]]:
    """The assets that the target held before, with the snapshot's older versions of each."""
    grouped: defaultdict[str, list[JsonObject]] = defaultdict(list)
    for row in context.source.objects(Stream("asset_versions")):
        grouped[text(row.get("uid"))].append(row)
    for uid, older in grouped.items():
        target = context.once(matches).target("assets", uid)
        if target is not None:
            yield uid, target, older


def _look(uid: str, target: str, number: int, older: Sequence[JsonObject]) -> Await:
    def same(answer: JsonObject) -> list[Found]:
        row = as_object(answer.get("asset"))
        if row.get("_version") != number:
            return []
        same_facts = [version for version in older if _has_same_facts(version, row)]
        shared = [version for version in same_facts if _upload(version) == _upload(row) != ()]
        same_facts = [
            version for version in same_facts if _upload(version)[:-1] != _upload(row)[:-1]
        ]  # else another upload is another file
        if shared or not same_facts:
            return [found for version in shared for found in _identities(uid, version, number)]
        found: JsonObject = {
            "url": row.get("url"),
            "versions": [integer(version.get("_version")) for version in same_facts],
        }
        return [(_CANDIDATES, f"{uid}\0{number}", exact_json.dumps(found).decode())]

    request = read_asset(target, ("version", str(number)))
    return _await(f"assets_look/{uid}/{number}", request, same)


def _hash(context: ImportContext, uid: str, number: int, seen: JsonObject) -> Await:
    def same(answer: JsonObject) -> list[Found]:
        candidates = [integer(version) or 1 for version in as_list(seen.get("versions"))]
        facts = {version: context.source.get(Stream("files"), uid, version) or {} for version in candidates}
        digest = answer.get("sha256")
        equal = [version for version in candidates if digest and facts[version].get("sha256") == digest]
        return [found for version in equal for found in _identities(uid, {"_version": version}, number)]

    request = download_asset(text(seen.get("url")))
    return _await(f"assets_recognise/{uid}/{number}", request, same)


def _await(key: str, request: Request, find: Callable[[JsonObject], Sequence[Found]]) -> Await:
    return Await(
        key=key,
        kind="assets",
        request=request,
        observe=lambda answer: Observation(find(answer)),
        required_key="asset",
        reads_initial_state=True,
    )


def _identities(uid: str, older: JsonObject, number: int) -> list[Found]:
    """The identities for an older version that is this version of the target."""
    key = _key(uid, older)
    return [(kind, key, str(number)) for kind in ("asset_versions", RECOGNISED)]


def _key(uid: str, older: JsonObject) -> str:
    return f"{uid}\0{integer(older.get('_version')) or 1}"


def is_recognised(context: ImportContext, older: JsonObject) -> bool:
    """Whether the target's own history has a version of the snapshot."""
    return context.identity.target(RECOGNISED, _key(text(older.get("uid")), older)) is not None


def missed(context: ImportContext) -> Iterator[Step]:
    """The versions that the target's history lacks, as gaps, where all were asked for and none is written."""
    if context.options.versions == "all" and context.options.on_conflict != "update":
        for uid, _, older in _histories(context):
            lost = [version for version in older if not is_recognised(context, version)]
            if lost:
                yield _report_missed(uid, lost)


def _report_missed(uid: str, lost: Sequence[JsonObject]) -> Write:
    reason = "the target held the asset before, and its history there lacks this version"
    numbers = [integer(version.get("_version")) or 1 for version in lost]
    gaps = [
        Gap(kind="asset_versions", uid=uid, path=f"version {number}", reason=reason) for number in numbers
    ]
    return Write(
        key=f"assets_missed/{uid}",
        kind="assets",
        build=lambda: PreparedWrite(gaps=gaps),
        read=read_notice,
        failed=gaps[0],
    )


def _has_same_facts(version: JsonObject, row: JsonObject) -> bool:
    """Whether both have the same facts. The folder is not compared: only the latest version has one."""
    return all((version.get(name) or None) == (row.get(name) or None) for name in _FACTS)


def _upload(row: JsonObject) -> tuple[str, ...]:
    """What names one upload in its address, whatever the host and the branch: stack, asset, upload."""
    parts = urlsplit(text(row.get("url"))).path.split("/")
    return tuple(parts[-4:-1]) if len(parts) > 4 else ()

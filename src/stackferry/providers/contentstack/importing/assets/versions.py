"""Finds the snapshot's older versions of an asset among the versions that the target already holds.

The target has a history of its own, so neither numbers nor sizes prove that two versions are the same. The target's
versions are read; of those with the same facts the bytes are hashed too, unless both are one upload (branches of a
stack share their history). Pure.
API page: "Get a single asset".
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stackferry import exact_json
from stackferry.json_values import as_list, as_object, epoch_seconds, integer, text
from stackferry.model import Gap, JsonObject, Request, Stream
from stackferry.providers.contentstack.content.pinned_versions import ReleasePins
from stackferry.providers.contentstack.file_names import stored_name
from stackferry.providers.contentstack.importing.answers import report_gaps
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.requests.assets import download_asset, read_asset
from stackferry.providers.target import Await, ImportContext, Observation, Probe, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.model import Json

    Found = tuple[str, str, str]  # kind, source, target

# What two versions must have in common before their bytes are read and compared.
_FACTS = ("filename", "title", "description", "tags", "content_type")
_CANDIDATES = "asset_versions_seen"
_BYTES = "asset_bytes"  # the identity of the SHA-256 of what the target held
RECOGNISED = "asset_versions_recognised"


def read_versions(context: ImportContext) -> Iterator[Step]:
    """Read the versions that the target holds of an asset of which the snapshot has older ones."""
    for uid, target, older, number in _held_versions(context):
        request = read_asset(target, ("version", str(number)))
        yield _await(f"assets_look/{uid}/{number}", request, partial(_same_facts, uid, number, older))


def compare_bytes(context: ImportContext) -> Iterator[Step]:
    """Where a version has the facts of an older one: whether its bytes are the same, too."""
    for uid, _, older, number in _held_versions(context):
        seen = context.identity.target(_CANDIDATES, f"{uid}\0{number}")
        if seen is not None:
            facts = as_object(exact_json.loads(seen.encode()))
            versions = _unknown_versions(context, older, facts)
            find = partial(_same_bytes, context, uid, number, versions)
            if versions:
                yield _await(f"assets_recognise/{uid}/{number}", download_asset(text(facts.get("url"))), find)


def _unknown_versions(context: ImportContext, older: Iterable[JsonObject], facts: JsonObject) -> list[int]:
    """Of the versions in these facts those that are not recognised yet."""
    unknown = {_version(one) for one in older if not is_recognised(context, one)}
    return [one or 1 for one in map(integer, as_list(facts.get("versions"))) if one in unknown]


def read_doubtful(context: ImportContext) -> Iterator[Step]:
    """The bytes of the target's latest version, where the same size does not say that it is the same file.

    It is another upload of the same asset of the same stack, or older than the file of the source.
    """
    is_updated = context.options.on_conflict == "update" and context.options.includes("assets")
    for document in context.source.objects(Stream("assets")) if is_updated else ():
        uid, held = text(document.get("uid")), context.once(matches).row("assets", text(document.get("uid")))
        if held is not None and _is_doubtful(document, held):
            key, number = f"assets_bytes/{uid}", _version(held)
            find = partial(_bytes_found, uid)
            yield _await(f"{key}/{number}", download_asset(text(held.get("url"))), find)


def has_other_bytes(context: ImportContext, document: JsonObject, file: JsonObject) -> bool:
    """Whether the target's latest version of an asset was read, and is another file than the source's."""
    known = context.identity.target(_BYTES, text(document.get("uid")))
    return known is not None and known != file.get("sha256")


def _is_doubtful(document: JsonObject, held: JsonObject) -> bool:
    own, other = upload_of_row(document), upload_of_row(held)
    if own == other:
        return False
    if own[:-1] == other[:-1]:
        return True
    made, uploaded = (epoch_seconds(text(row.get("updated_at"))) for row in (document, held))
    return made is not None and uploaded is not None and made > uploaded


def _bytes_found(uid: str, answer: JsonObject) -> list[Found]:
    digest = text(answer.get("sha256"))
    return [(_BYTES, uid, digest)] if digest else []


def report_missing(context: ImportContext) -> Iterator[Step]:
    """The versions that the target's history lacks, as gaps, where all were asked for and none is written."""
    if context.options.versions == "all" and context.options.on_conflict != "update":
        reason = "the target held the asset before, and its history there lacks this version"
        for uid, _, older in _histories(context):
            lost = [_version(version) for version in older if not is_recognised(context, version)]
            gaps = [Gap(kind="asset_versions", uid=uid, path=f"version {one}", reason=reason) for one in lost]
            if gaps:
                yield report_gaps(f"assets_missed/{uid}", "assets", gaps)


def is_recognised(context: ImportContext, older: JsonObject) -> bool:
    """Whether the target's own history has a version of the snapshot."""
    key = f"{text(older.get('uid'))}\0{_version(older)}"
    return context.identity.target(RECOGNISED, key) is not None


def is_sought(context: ImportContext, latest: JsonObject) -> bool:
    """Whether the latest version of an asset is looked for in the target's history, because a release pins it."""
    if context.options.includes("assets"):
        return False
    return context.once(ReleasePins).has("", text(latest.get("uid")), "", _version(latest))


def version_note(target: str, version: int, sent: JsonObject) -> JsonObject:
    """What is written down before an asset gets a new version: its number if nobody else writes, and what was sent."""
    return {"target": target, "version": version, "sent": sent}


def probe_version(note: JsonObject) -> Probe:
    """Read the version of that number: it is the one that was sent if it says the same."""
    sent, number = as_object(note.get("sent")), integer(note.get("version"))

    def found(answer: JsonObject) -> list[JsonObject]:
        row = as_object(answer.get("asset"))
        shown = [name for name in sent if name != "parent_uid" or name in row]
        is_sent = all(_fact(row, name) == _fact(sent, name) for name in shown)
        return [answer] if is_sent and integer(row.get("_version")) == number else []

    request = read_asset(text(note.get("target")), ("version", str(number)))
    return Probe(request=request, found=found, required_key="asset")


def _histories(
    context: ImportContext, is_pinned: Callable[[JsonObject], bool] = lambda _: False
) -> Iterator[tuple[str, str, list[JsonObject]]]:
    """The assets that the target held before: uid, target's uid, and the snapshot's older versions.

    Of those that are pinned the latest version is among them.
    """
    grouped: defaultdict[str, list[JsonObject]] = defaultdict(list)
    for row in context.source.objects(Stream("assets")):
        if is_pinned(row):
            grouped[text(row.get("uid"))].append(row)
    for row in context.source.objects(Stream("asset_versions")):
        grouped[text(row.get("uid"))].append(row)
    for uid, older in grouped.items():
        target = context.once(matches).target("assets", uid)
        if target is not None:
            yield uid, target, older


def _held_versions(context: ImportContext) -> Iterator[tuple[str, str, list[JsonObject], int]]:
    """The same for each version that the target holds, with its number.

    Where assets are only matched, the latest version that a release pins is sought like an older one.
    """
    for uid, target, older in _histories(context, is_pinned=partial(is_sought, context)):
        latest = context.target.get(Stream("assets"), target) or {}
        for number in range(1, _version(latest) + 1):
            yield uid, target, older, number


def _same_facts(uid: str, number: int, older: Sequence[JsonObject], answer: JsonObject) -> list[Found]:
    """The older versions that this version of the target is, or those whose bytes must be compared."""
    row = as_object(answer.get("asset"))
    if row.get("_version") != number:
        return []
    same = [version for version in older if have_same_facts(version, row)]
    shared = [version for version in same if upload_of_row(version) == upload_of_row(row) != ()]
    if shared or not same:
        return [found for version in shared for found in _identities(uid, _version(version), number)]
    # Another upload may be the same file: an import into a branch of the same stack uploads it anew.
    versions = [integer(version.get("_version")) for version in same]
    facts: JsonObject = {"url": row.get("url"), "versions": [*versions]}
    return [(_CANDIDATES, f"{uid}\0{number}", exact_json.dumps(facts).decode())]


def _same_bytes(
    context: ImportContext, uid: str, number: int, versions: Sequence[int], answer: JsonObject
) -> list[Found]:
    digest = answer.get("sha256")
    files = {version: context.source.get(Stream("files"), uid, version) or {} for version in versions}
    equal = [version for version in versions if digest and files[version].get("sha256") == digest]
    return [found for version in equal for found in _identities(uid, version, number)]


def _await(key: str, request: Request, find: Callable[[JsonObject], Sequence[Found]]) -> Await:
    return Await(
        key=key,
        kind="assets",
        request=request,
        observe=lambda answer: Observation(find(answer)),
        required_key="asset",
        reads_initial_state=True,
    )


def _identities(uid: str, older: int, number: int) -> list[Found]:
    """The identities for an older version that is this version of the target."""
    return [(kind, f"{uid}\0{older}", str(number)) for kind in ("asset_versions", RECOGNISED)]


def _version(row: JsonObject) -> int:
    return integer(row.get("_version")) or 1


def have_same_facts(one: JsonObject, other: JsonObject) -> bool:
    """Whether two versions have in common what needs no look at their bytes. The folder is not compared: only the
    latest version has one."""
    return all(_fact(one, name) == _fact(other, name) for name in _FACTS)


def upload_of_row(row: JsonObject) -> tuple[str, ...]:
    """What names one upload in its address, whatever the host and the branch: stack, asset, upload."""
    parts = urlsplit(text(row.get("url"))).path.split("/")
    return tuple(parts[-4:-1]) if len(parts) > 4 else ()


def _fact(version: JsonObject, name: str) -> Json:
    value = version.get(name) or None
    if name == "file_size":
        return str(value)
    return stored_name(value) if name == "filename" and value else value

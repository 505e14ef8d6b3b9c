"""Compares logs and other files of releases by their digests; zips whose bytes differ by their members. Pure.

Two reads of one zip may give other bytes with equal members, so other bytes alone say nothing.
"""

from __future__ import annotations

import zipfile
from itertools import groupby
from typing import TYPE_CHECKING, Final

from stackferry.json_values import integer, text
from stackferry.model import Stream
from stackferry.providers.azure_devops.exporting.logs import LOGS
from stackferry.providers.azure_devops.kinds import FILES, file_key
from stackferry.providers.azure_devops.verification.edits import Edit
from stackferry.providers.azure_devops.verification.sides import joined
from stackferry.providers.differences import CHANGED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.verification.sides import Keyed, Sides
    from stackferry.providers.source import RecordStore

    BytesOf = Callable[[str], Path]

_READ: Final = {LOGS: "logs", "task_log": "task_logs", "attachment": "attachments"}


def file_edits(sides: Sides) -> Iterator[Edit]:
    """Each file that only one side has, or that is another; of a release's log the latest."""
    kinds = {of for of, option in _READ.items() if _is_read(sides, option)}
    here, there = (_latest(store, kinds) for store in (sides.left, sides.right))
    for pair in joined(here, there):
        left, right = pair.left, pair.right
        if left is None or right is None:
            yield from sides.on_one_side(FILES, pair)
            continue
        sides.compared[FILES.name] += 1
        if left.get("sha256") != right.get("sha256") and not _are_equal_zips(sides, left, right):
            digests = text(left.get("sha256")), text(right.get("sha256"))
            yield Edit(sides.about(FILES, pair), CHANGED, "/sha256", *digests)


def _is_read(sides: Sides, option: str) -> bool:
    """Whether both sides read files of a sort, as far as their manifests say."""
    asked = [one.options.get(option) for one in sides.manifests if one.is_there]
    return all(asked) and (option != "attachments" or asked[0] == asked[-1])


def _latest(store: RecordStore, kinds: set[str]) -> Iterator[Keyed]:
    """The file of each key with the highest number of attempts."""
    rows = ((file_key(row), row) for row in store.objects(Stream(FILES.name)) if row.get("of") in kinds)
    for uid, several in groupby(rows, key=lambda one: one[0]):
        yield (uid, 0), max((row for _, row in several), key=lambda row: integer(row.get("version")) or 0)


def _are_equal_zips(sides: Sides, left: JsonObject, right: JsonObject) -> bool:
    """Whether both are zips with the same members. The sizes and checksums of the directory are enough."""
    context = sides.context
    if left.get("of") != LOGS or context.bytes_of_target is None:
        return False
    found = [
        _members(bytes_of(text(row.get("sha256"))))
        for bytes_of, row in ((context.bytes_of, left), (context.bytes_of_target, right))
    ]
    return found[0] is not None and found[0] == found[1]


def _members(path: Path) -> list[tuple[str, int, int]] | None:
    try:
        with path.open("rb") as opened, zipfile.ZipFile(opened) as archive:
            return sorted((one.filename, one.file_size, one.CRC) for one in archive.infolist())
    except (OSError, zipfile.BadZipFile):
        return None

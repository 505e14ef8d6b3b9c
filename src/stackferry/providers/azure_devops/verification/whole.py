"""Whether an archive hangs together: every zip is whole, and every deployment's release is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import objects, text
from stackferry.model import HEAD, Stream
from stackferry.providers.azure_devops.content.zips import damage
from stackferry.providers.azure_devops.exporting.deployments import release_of
from stackferry.providers.azure_devops.exporting.lists import shown_uid
from stackferry.providers.azure_devops.exporting.logs import LOGS
from stackferry.providers.azure_devops.kinds import DEPLOYMENTS, FILES, RELEASES, record_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackferry.providers.source import RecordStore


def inconsistencies(store: RecordStore, bytes_of: Callable[[str], Path]) -> Iterator[str]:
    """What is wrong with an archive whose files are as its manifest lists them, a sentence each."""
    manifest = store.get(HEAD, "") or {}
    missing = {
        text(gap.get("uid")) for gap in objects(manifest.get("gaps")) if gap.get("kind") == RELEASES.name
    }
    missing |= {text(row.get("uid")) for row in objects(manifest.get("vanished"))}
    for row in store.objects(Stream(DEPLOYMENTS.name)):
        uid = release_of(row)
        if store.get(Stream(RELEASES.name), uid) is None and shown_uid(uid) not in missing:
            yield f"deployment {row.get('id')}: its release {shown_uid(uid)} is not there"
    yield from _damaged_logs(store, bytes_of)


def _damaged_logs(store: RecordStore, bytes_of: Callable[[str], Path]) -> Iterator[str]:
    checked = set[str]()
    for file in store.objects(Stream(FILES.name)):
        digest = text(file.get("sha256"))
        if file.get("of") != LOGS or digest in checked:
            continue
        checked.add(digest)
        with bytes_of(digest).open("rb") as opened:
            name = shown_uid(record_key(FILES.name, file)[0])
            yield from (f"the log of release {name}: {problem}" for problem in damage(opened))

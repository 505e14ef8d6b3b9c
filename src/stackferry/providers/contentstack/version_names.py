"""The plan for names of versions: each name set on the version that the named one became. Pure.

API page: "Set Version Name for Entry" (32 characters at most).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import jsonio
from stackferry.model import Budget, Gap, JsonObject, Request, Shelf
from stackferry.providers.contentstack.answers import integer, objects, text
from stackferry.providers.contentstack.reading import API, entries_path
from stackferry.providers.contentstack.small_kinds import to_locale
from stackferry.providers.replaying import Built, Outcome, Replay, Step, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json
    from stackferry.providers.provider import Staged

Named = tuple[Shelf, str, int, str]


def names(replay: Replay) -> Iterator[Step]:
    """Every name of a version that was replayed."""
    for shelf, uid, version, name in named_versions(replay):
        yield _set_name(replay, shelf, uid, version, name)


def named_versions(replay: Replay) -> Iterator[Named]:
    """Every named version, each once: from the versions lists, and from documents that bear their name."""
    seen = replay.scratch.table(5)
    for found in _all_named(replay.source):
        shelf, uid, version, _ = found
        if not seen.of(*shelf, uid, version):
            seen.add([(*shelf, uid, version)])
            yield found


def _all_named(source: Staged) -> Iterator[Named]:
    for shelf in source.shelves():
        at = shelf._replace(kind="entries")
        if shelf.kind == "history":
            for row in source.objects(shelf):
                for version in objects(row.get("versions")):
                    yield from _named(at, text(row.get("uid")), version)
        elif shelf.kind in ("entries", "versions"):
            for document in source.objects(shelf):
                yield from _named(at, text(document.get("uid")), document)


def _named(shelf: Shelf, uid: str, row: JsonObject) -> Iterator[Named]:
    version, name = integer(row.get("_version")), title(row.get("_version_name"))
    if version is not None and name:
        yield shelf, uid, version, name


def title(name: Json) -> str:
    """A version's name, as the service gives it: a text, or an object with who gave it and when."""
    return text(name.get("title")) if isinstance(name, dict) else text(name)


def _set_name(replay: Replay, shelf: Shelf, uid: str, version: int, name: str) -> Write:
    def built(*, force: bool) -> Built:
        target = replay.identity.target("entries", uid)
        key = "\0".join((shelf.content_type, uid, shelf.locale, str(version)))
        number = replay.identity.target("versions", key)
        if target is None or number is None:
            return Built()  # that version was not asked for, or is a gap already
        return Built(request=_request(replay, shelf, target, number, name, force=force))

    return Write(
        key=f"name/{shelf.content_type}/{uid}/{shelf.locale}/{version}",
        kind="version_names",
        build=lambda: built(force=False),
        otherwise=lambda: built(
            force=True
        ),  # another version has the name: the newest claim wins, as in the source
        read=lambda _: Outcome(),
        failed=Gap(
            kind="version_names",
            uid=uid,
            content_type=shelf.content_type,
            locale=shelf.locale,
            path=f"version {version}",
            reason=f"the target refused to name it '{name}'",
        ),
    )


def _request(replay: Replay, shelf: Shelf, target: str, number: str, name: str, *, force: bool) -> Request:
    entry: JsonObject = {"_version_name": name, "locale": to_locale(replay, shelf.locale)}
    if force:
        entry["force"] = True
    return Request(
        method="POST",
        path=f"{API}{entries_path(shelf.content_type, target)}/versions/{number}/name",
        body=jsonio.dumps({"entry": entry}),
        budget=Budget.WRITE,
    )

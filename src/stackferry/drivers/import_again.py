"""Imports between the same two places, one after the other: what a later one knows of those before it.

The identities that an import found or made are kept for all imports between its two places, whatever their snapshot.
Where an import is finished and its target has changed since, this says what. Must never write to a place.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from stackferry.drivers.import_target import is_between
from stackferry.errors import Different
from stackferry.io.storage.identity_map import IdentityMap
from stackferry.json_values import as_list, texts
from stackferry.model import TYPE_KEY, Place, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stackferry.drivers.import_target import ImportTarget
    from stackferry.io.storage.checkpoint import Checkpoint
    from stackferry.io.storage.sqlite import TempTables
    from stackferry.model import Gap, JsonObject
    from stackferry.providers.identities import EarlierIdentities
    from stackferry.providers.source import Table
    from stackferry.providers.system import System
    from stackferry.providers.target import ImportContext, Write

# Where the identities between two places are kept: of the source's and the target's place, no alias.
FindMap: TypeAlias = Callable[[Place, Place], Path]
_LINKS = "references"  # the kind of gaps of links that lead nowhere
_LANGUAGES = "locales"
_PARTS = ("variant", "taxonomy")  # facts of an object that its gaps have as their path
_SHOWN = 10  # objects that a message names
# Kinds of what is left because the target alone has changed it: an update keeps that between branches.
_KEPT = ("newer", "deleted", "unpublished")


def earlier_identities(
    target: ImportTarget, find: FindMap | None, origin: Place, scratch: TempTables, *, keep: bool
) -> EarlierIdentities:
    """What earlier imports from `origin` into the target found or made; `find` gives the file where that is kept.

    What the checkpoint holds of an import that was finished, or of one that is to be resumed, is among it; the file is
    written where it is to `keep` that.
    """
    system, place = target.run.system, target.run.place
    path = None if find is None else find(origin, place)
    known = IdentityMap(path, origin.identity, place.identity, scratch, keep=keep)
    known.add(_of_way_back(system, find, (place, origin), scratch))
    if is_between(target.checkpoint, origin, place):
        known.add(_lasting(system, target.checkpoint))
    return known


def _of_way_back(
    system: System, find: FindMap | None, places: tuple[Place, Place], scratch: TempTables
) -> Iterator[tuple[str, str, str]]:
    """What imports the other way round say that holds in both directions."""
    path = None if find is None else find(*places)
    here = None if find is None else find(*reversed(places))
    if path is None or path == here:  # one file for whatever places: it is that of this direction
        return
    back = IdentityMap(path, places[0].identity, places[1].identity, scratch, keep=False)
    for kind, source, target in back.identities():
        if kind in system.two_way_kinds:
            yield kind, target, source


@contextmanager
def remembered(target: ImportTarget, context: ImportContext) -> Iterator[None]:
    """Keep the identities that the import finds or makes for later ones, also where it ends early."""
    try:
        yield
    finally:
        if isinstance(context.earlier, IdentityMap):
            context.earlier.add(_lasting(target.run.system, target.checkpoint))


def _lasting(system: System, checkpoint: Checkpoint) -> Iterator[tuple[str, str, str]]:
    kinds = system.lasting_kinds
    return (one for one in checkpoint.all_identities() if one[0] in kinds)


class Changes:
    """What would be written into a target to make it again what a finished import made it.

    What that import could not write is no change: it counts as refused again, so that nothing follows from it. A gap
    explains only what it is about: a kind, a uid, a language (or all in a language that the target did not take); one
    of a single value explains nothing of its object, and none explains what somebody has edited since.
    """

    def __init__(
        self,
        gaps: Iterable[JsonObject],
        codes: Mapping[str, str],
        seen: Table,
        is_edited: Callable[[Stream, str], bool] = lambda _stream, _uid: False,
        without_file: Callable[[JsonObject], JsonObject | None] = lambda _gap: None,
    ) -> None:
        """`gaps` are those of the finished import; `codes` gives the target's code for a source's language, `seen` is
        an empty table of 4 columns. `is_edited`: an object of the source, by stream and uid, was edited in the target
        since that import. `without_file`: the object that a gap says was left without a file."""
        self._gaps: dict[str, list[JsonObject]] = {}
        for gap in gaps:
            known = without_file(gap) or gap
            if known is not gap or not _is_of_a_value(gap):
                self._gaps.setdefault(str(gap.get("uid")), []).append(known)
        self._codes = {theirs: ours for ours, theirs in codes.items()}
        self._seen, self._is_edited = seen, is_edited
        self._first: list[str] = []
        self.count = self._kept = 0

    def add(self, write: Write, rows: Sequence[JsonObject]) -> bool:
        """Take a write down, with the objects that it is about; whether it counts as refused instead.

        What is sent only if the trash gives nothing back is about objects that have not changed.
        """
        failed = write.failed
        languages = (gap for gap in self._gaps.get(failed.locale, ()) if gap.get("kind") == _LANGUAGES)
        is_known = any(_names_write(gap, failed) for gap in self._gaps.get(failed.uid, ())) or any(languages)
        if is_known and not self._is_edited(Stream(failed.kind, failed.type), failed.uid):
            return True
        for row in () if write.prepares or write.only_if_refused else rows:
            if not self._is_explained(row):
                self._take(row)
        return False

    def add_kept(self, left: Sequence[JsonObject], before: Sequence[JsonObject]) -> None:
        """Take down what an update would keep because the target alone has changed it since the import ended.

        `left` is what the target goes on having now, `before` what it did then.
        """
        known = {one for row in before for one, _, _ in _kept(row)}
        counted = self.count
        for row in left:
            for one, uid, title in _kept(row):
                if one not in known:
                    self._take({**row, "uid": uid, "title": title})
        self._kept = self.count - counted

    def _is_explained(self, row: JsonObject) -> bool:
        stream, uid = (
            Stream(str(row.get("of") or row["kind"]), str(row.get(TYPE_KEY) or "")),
            str(row.get("uid")),
        )
        if self._is_edited(stream, uid):
            return False
        owners = {uid, str(row.get("release"))}
        locale = str(row.get("locale", ""))
        ours = {**row, "locale": self._codes.get(locale, locale) or None}
        return any(_is_about(gap, ours) for owner in owners for gap in self._gaps.get(owner, ()))

    def _take(self, row: JsonObject) -> None:
        """Count an object, once for all that would be written of it."""
        kind = str(row.get("of") or row["kind"])
        uid = str(row.get("uid") or row.get("target") or "")
        key = (
            str(row.get("release", "")),
            str(row.get(TYPE_KEY) or kind),
            uid,
            str(row.get("locale", "")),
        )
        if self._seen.of(*key):
            return
        self._seen.add([key])
        self.count += 1
        if len(self._first) < _SHOWN:
            self._first.append(_words(kind, uid, row))

    def error(self, place: Place, *, is_planned: bool) -> Different:
        """The error that names the first of them; `is_planned`: the import did what a plan says."""
        left = self.count - len(self._first)
        named = ", ".join([*self._first, *([f"and {left} more"] if left else [])])
        what = "make a new plan with --plan" if is_planned else "run it with --on-conflict update"
        advice = f"{what} to write the snapshot's content again"
        if self._kept:
            advice += f", which also keeps what the target alone has changed since: {self._kept} of these"
        return Different(
            f"{place} no longer holds what this import left there: {named}. Nothing was written; {advice}"
        )


def _kept(row: JsonObject) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """What a row of what is left keeps because the target alone changed it: a key, the uid and the title of each."""
    if row.get("kind") not in _KEPT:
        return
    group = [str(row.get(name, "")) for name in ("kind", "of", TYPE_KEY, "locale", "environment", "release")]
    for uid, title in zip_longest(texts(row.get("uids")), texts(row.get("titles")), fillvalue=""):
        yield (*group, uid), uid, title


def _words(kind: str, uid: str, row: JsonObject) -> str:
    """An object as people know it: kind, type, uid, title, language."""
    title, release = row.get("title"), row.get("release")
    languages = [row.get("locale"), *as_list(row.get("locales"))]
    words = [kind, row.get(TYPE_KEY), uid, f"'{title}'" if title else "", *languages]
    words.append(f"in release {release}" if release else "")
    return " ".join(str(word) for word in words if word)


def _is_of_a_value(gap: JsonObject) -> bool:
    """Whether a gap is about a link or another value of an object that did arrive."""
    return gap.get("kind") == _LINKS or str(gap.get("path", "")).startswith("/")


def _names_write(gap: JsonObject, failed: Gap) -> bool:
    """Whether a gap is what the refusal of a write leaves."""
    return {**gap, "reason": ""} == {**failed.as_json(), "reason": ""}


def _is_about(gap: JsonObject, row: JsonObject) -> bool:
    """Whether a gap is about an object that a write is about; `row` is in the source's languages."""
    if any(gap.get(name) not in (None, row.get(name)) for name in (TYPE_KEY, "locale")):
        return False
    path, uid = str(gap.get("path", "")), row.get("uid")
    if "release" in row and gap["kind"] == row["kind"]:
        # Of an item the gap has its release's uid, and the item's as path.
        return gap.get("uid") == row["release"] and path.partition("/")[0] in ("", uid)
    parts = [row[name] for name in _PARTS if name in row]
    return (
        gap["kind"] in (row["kind"], row.get("of")) and gap.get("uid") == uid and (not parts or path in parts)
    )

"""One comparison of an archive with another project, or with an archive of one, from the ground up. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import ABSENT, Absent, Side
from stackferry.json_values import as_object, text
from stackferry.model import Gap, Stream
from stackferry.providers.azure_devops.kinds import DEFINITIONS, FOLDERS, RELEASES, uid_of
from stackferry.providers.azure_devops.verification.edits import About, body_edits, only
from stackferry.providers.azure_devops.verification.elsewhere.known_gaps import KnownGaps
from stackferry.providers.azure_devops.verification.elsewhere.left_out import left_out
from stackferry.providers.azure_devops.verification.elsewhere.names import NamesOfOne, SourceNames
from stackferry.providers.azure_devops.verification.elsewhere.pairs import (
    DefinitionPairs,
    ReleasePairs,
    definition_of,
)
from stackferry.providers.azure_devops.verification.elsewhere.revisions import (
    INHERITED,
    of_other_revision,
    without_inherited,
)
from stackferry.providers.azure_devops.verification.elsewhere.unsent_secrets import UNSENT, without_unsent
from stackferry.providers.azure_devops.verification.elsewhere.views import definition_view, release_view
from stackferry.providers.azure_devops.verification.names import definition_name, plain_id
from stackferry.providers.azure_devops.verification.not_compared import OTHER_PLACE
from stackferry.providers.secrets.redacted import NOT_HELD_REASON, REDACTED_REASON, contains_redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.verification.edits import Edit
    from stackferry.providers.differences import Change, Mismatch
    from stackferry.providers.target import ImportContext

_DEFINITIONS = Stream(DEFINITIONS.name)
_STARTS: Final = re.compile(
    r"/(triggers|environments/[^/]+/(schedules|environmentTriggers|conditions))(/[^/]+)?"
)
_EVENTS: Final = frozenset({"event", "1"})
_OFF: Final = "off in the target, so that nothing starts by itself (--enable-triggers)"
_NO_DEFINITION: Final = "its definition is not in the snapshot, so it cannot be made anew"


class ProjectComparison:
    """`gaps` and `compared` are complete when `mismatches` is exhausted."""

    not_compared = OTHER_PLACE

    def __init__(
        self, context: ImportContext, known_gaps: Iterable[JsonObject], *, tells_edits: bool = False
    ) -> None:
        self._context, self._tells_edits, self._known = context, tells_edits, KnownGaps(known_gaps)
        imported = {**as_object(context.imported), **_given(context)}
        mapping = {key: text(value) for key, value in as_object(imported.get("mapping")).items()}
        self._keeps_triggers = imported.get("enable_triggers") is True
        self._there = NamesOfOne(context.target, context.place)
        self._here = SourceNames(context.source, context.origin, self._there, mapping)
        self._pairs = DefinitionPairs(context)
        self.gaps: list[Gap] = []
        self.compared: Counter[str] = Counter()

    def mismatches(self) -> Iterator[Mismatch | Change]:
        for edit in self._edits():
            if reason := self._explained(edit):
                self.gaps.append(Gap(kind=edit.about.kind, uid=edit.about.uid, path=edit.path, reason=reason))
            else:
                yield edit.as_change() if self._tells_edits else edit.as_mismatch()

    def _explained(self, edit: Edit) -> str:
        if edit.is_unknown:
            return NOT_HELD_REASON
        if edit.right is ABSENT and not isinstance(edit.left, Absent) and contains_redacted(edit.left):
            return REDACTED_REASON
        if edit.about.kind == DEFINITIONS.name and not self._keeps_triggers and _STARTS.match(edit.path):
            if _starts(edit, edit.right):  # what is on in the target no gap of an import explains
                return ""
            if edit.right is ABSENT and _STARTS.fullmatch(edit.path) and _starts(edit, edit.left):
                return _OFF
        return self._known.of_edit(edit) or left_out(edit, self._known, self._here)

    def _edits(self) -> Iterator[Edit]:
        options = self._context.options
        if options.includes(DEFINITIONS.name):
            yield from self._folders()
            yield from self._definitions()
        if options.includes(RELEASES.name):
            yield from self._releases()

    # --- folders and definitions ---

    def _folders(self) -> Iterator[Edit]:
        stream = Stream(FOLDERS.name)
        held = {text(row.get("path")).lower(): row for row in self._context.target.objects(stream)}
        for row in self._context.source.objects(stream):
            path = text(row.get("path"))
            other = held.pop(path.lower(), None)
            about = About(FOLDERS.name, path)
            if other is None:
                yield from self._absent(about)
                continue
            self.compared[FOLDERS.name] += 1
            here, there = ({"description": one.get("description") or None} for one in (row, other))
            yield from body_edits(about, here, there)
        for row in held.values() if self._tells_edits else ():
            yield only(About(FOLDERS.name, text(row.get("path"))), in_left=False)

    def _definitions(self) -> Iterator[Edit]:
        for row in self._context.source.objects(_DEFINITIONS):
            about = _about(DEFINITIONS.name, row, definition_name(row))
            target = self._pairs.target(uid_of(row["id"]))
            other = None if target is None else self._context.target.get(_DEFINITIONS, target)
            if other is None:
                yield from self._absent(about)
                continue
            self.compared[DEFINITIONS.name] += 1
            yield from body_edits(
                about, definition_view(row, self._here), definition_view(other, self._there)
            )
        for row in self._context.target.objects(_DEFINITIONS) if self._tells_edits else ():
            if self._pairs.source(uid_of(row["id"])) is None:
                yield only(_about(DEFINITIONS.name, row, definition_name(row)), in_left=False)

    def _absent(self, about: About) -> Iterator[Edit]:
        """An object that the target lacks; a gap where the import told why."""
        if reason := self._known.of_object(about.kind, about.uid):
            self.gaps.append(Gap(kind=about.kind, uid=about.uid, reason=f"not in the target: {reason}"))
        else:
            yield only(about, in_left=True)

    # --- releases ---

    def _releases(self) -> Iterator[Edit]:
        pairs, found = ReleasePairs(self._context, self._pairs), set[str]()
        for row in self._context.source.objects(Stream(RELEASES.name)):
            other = pairs.target(uid_of(row["id"]))
            about = _about(RELEASES.name, row, self._title(row))
            if other is not None:
                found.add(uid_of(other["id"]))
                self.compared[RELEASES.name] += 1
                yield from self._release(about, row, other)
            elif self._context.source.get(_DEFINITIONS, definition_of(row)) is None:
                self.gaps.append(Gap(kind=RELEASES.name, uid=about.uid, reason=_NO_DEFINITION))
            else:
                yield from self._absent(about)
        for row in self._context.target.objects(Stream(RELEASES.name)) if self._tells_edits else ():
            if uid_of(row["id"]) not in found:
                yield only(_about(RELEASES.name, row, text(row.get("name"))), in_left=False)

    def _title(self, row: JsonObject) -> str:
        definition = self._context.source.get(_DEFINITIONS, definition_of(row)) or {}
        return "/".join(filter(None, (definition_name(definition), text(row.get("name")))))

    def _release(self, about: About, row: JsonObject, other: JsonObject) -> Iterator[Edit]:
        """Two releases; both are of the same definition where that is the one which the source's became."""
        target = self._pairs.target(definition_of(row))
        mine = self._context.target.get(_DEFINITIONS, target) if target else None
        theirs = self._context.target.get(_DEFINITIONS, definition_of(other)) or {}
        source = self._context.source.get(_DEFINITIONS, definition_of(row)) or {}
        left = release_view(row, self._here, definition_name(mine or source))
        right = release_view(other, self._there, definition_name(theirs))
        if row.get("releaseDefinitionRevision") != source.get("revision"):
            left, right = of_other_revision(left, right, theirs)
        right, inherited = without_inherited(left, right, theirs)
        left, right, unsent = without_unsent(left, right, theirs)
        for reason, paths in ((INHERITED, inherited), (UNSENT, unsent)):
            self.gaps += [Gap(kind=about.kind, uid=about.uid, path=path, reason=reason) for path in paths]
        yield from body_edits(about, left, right)


def _about(kind: str, row: JsonObject, title: str) -> About:
    return About(kind, plain_id(row.get("id")), title)


def _starts(edit: Edit, side: Side) -> bool:
    """Whether one side of what may start something does: of conditions only that a release has started."""
    if "/conditions" not in edit.path or isinstance(side, Absent):
        return side is not ABSENT
    rows = side if isinstance(side, list) else [side]
    return all(str(as_object(row).get("conditionType")).lower() in _EVENTS for row in rows)


def _given(context: ImportContext) -> JsonObject:
    """What the comparison itself was asked for."""
    return {name: value for name, value in context.options.as_json().items() if value}

"""Folders and definitions: made, or put in the place of what is there, at its current revision. Pure.

API pages: "Folders: Create", "Definitions: Create, Update".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.errors import BadAnswer
from stackferry.json_values import as_object, integer, objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.azure_devops.content.definitions import says, stage_ids, unequal, with_ids_of
from stackferry.providers.azure_devops.content.releases import release_id, stages, word
from stackferry.providers.azure_devops.exporting.inventory import definition_key
from stackferry.providers.azure_devops.exporting.lists import shown_uid
from stackferry.providers.azure_devops.importing.bodies import DEFINITION_ROWS, definitions, not_brought
from stackferry.providers.azure_devops.kinds import DEFINITIONS, FOLDERS, uid_of
from stackferry.providers.azure_devops.options import write_options
from stackferry.providers.azure_devops.requests import read
from stackferry.providers.azure_devops.requests.definitions import (
    create_definition,
    create_folder,
    replace_definition,
)
from stackferry.providers.secrets.redacted import contains_redacted, without_redacted
from stackferry.providers.target import Await, Observation, PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Request
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext, Steps

STAGES: Final = "definition_stages"  # identities: the id of a definition's stage
_UPDATED: Final = "definitions_updated"  # identities: "yes" where an update was taken
REVISION: Final = "definition_revision_now"  # identities: the revision that was written last, or is there
_ROOT_FOLDER: Final = "\\"
_DIFFERS: Final = (
    "the target already holds one that differs; it was left alone (--on-conflict update overwrites it)"
)
_KEEPS_CREDENTIAL: Final = (
    "it differs, but the snapshot redacted a credential in it: the target's own was left as it is"
)


class DefinitionSteps:
    """The steps of one import that are about folders and definitions."""

    def __init__(self, context: ImportContext, root: Root) -> None:
        self._context, self._root = context, root
        self._options, self._plan = write_options(context.options), context.once(definitions)

    # --- folders ---

    def folders(self) -> Steps:
        """Every folder that the target lacks, each after the one that it lies in."""
        there = {text(row.get("path")).lower() for row in self._context.target.objects(Stream(FOLDERS.name))}
        for path, row in sorted(wanted_folders(self._context.source).items()):
            if path.lower() not in there:
                yield self._folder(path, row)

    def _folder(self, path: str, row: JsonObject) -> Write:
        body: JsonObject = {"path": path}
        if text(row.get("description")):
            body["description"] = row["description"]
        above = path.rpartition("\\")[0]
        return Write(
            key=f"{FOLDERS.name}/{path.lower()}",
            kind=FOLDERS.name,
            build=lambda: PreparedWrite(request=create_folder(self._root, body)),
            read=lambda answer: _read_folder(path, body, answer),
            failed=Gap(kind=FOLDERS.name, uid=path, reason="the target refused it"),
            after=[f"{FOLDERS.name}/{above.lower()}"] if above else [],
            probe=lambda _: Probe(
                request=read.list_folders(self._root),
                found=lambda answer: [
                    one
                    for one in objects(answer.get("value"))
                    if text(one.get("path")).lower() == path.lower()
                ],
                required_key="value",
            ),
        )

    # --- definitions ---

    def definitions(self) -> Steps:
        """Every definition; one that is there already leaves its identity."""
        for uid, row in self._plan.rows():
            held = self._plan.held(uid)
            if held is None and self._options.includes(DEFINITIONS.name):
                yield self._create(uid, row)
            elif held is not None and self._plan.is_written(uid) and not self._keeps_credential(uid):
                yield self._update(uid, row, held)
            elif held is not None:
                yield self._found(uid, row, held)

    def again(self) -> Steps:
        """Updates that were refused, once more: somebody may have changed the definition meanwhile."""
        for uid, row in self._updates():
            held = self._plan.held(uid) or {}
            yield self._look(uid, release_id(held))
            yield self._second_update(uid, row, held)

    def _updates(self) -> Iterator[tuple[str, JsonObject]]:
        for uid, row in self._plan.written():
            if self._plan.held(uid) is not None and not self._keeps_credential(uid):
                yield uid, row

    def _keeps_credential(self, uid: str) -> bool:
        return contains_redacted(self._plan.body(uid))

    def _gap(self, uid: str, reason: str) -> Gap:
        return Gap(kind=DEFINITIONS.name, uid=shown_uid(uid), reason=reason)

    def _not_brought(self, row: JsonObject) -> list[Gap]:
        found = not_brought(row, enable_triggers=self._options.enable_triggers)
        uid = uid_of(row.get("id"))
        before = self._context.source.get(DEFINITION_ROWS, uid) or {}
        if row.get("name") != before.get("name"):
            words = (
                f"a newer definition of the snapshot has its name, so it is called '{text(row.get('name'))}'"
            )
            found.append(self._gap(uid, words))
        return found

    def _found(self, uid: str, row: JsonObject, held: JsonObject) -> Write:
        """A definition that is left as it is there."""
        gaps: list[Gap] = []
        if self._options.includes(DEFINITIONS.name):
            is_equal = self._plan.is_equal(uid, held)
            if is_equal:
                gaps = self._not_brought(row)
            elif self._options.on_conflict != "skip":
                gaps = [self._gap(uid, _KEEPS_CREDENTIAL if self._keeps_credential(uid) else _DIFFERS)]
        built = PreparedWrite(identities=self._identities(uid, held), gaps=gaps)
        return Write(
            key=f"{DEFINITIONS.name}/{uid}/found",
            kind=DEFINITIONS.name,
            build=lambda: built,
            read=lambda _: WriteResult(),
            failed=self._gap(uid, ""),
        )

    def _create(self, uid: str, row: JsonObject) -> Write:
        body = as_object(without_redacted(self._plan.body(uid)))
        return Write(
            key=f"{DEFINITIONS.name}/{uid}",
            kind=DEFINITIONS.name,
            build=lambda: PreparedWrite(
                request=create_definition(self._root, body), gaps=self._not_brought(row)
            ),
            read=partial(self._read, uid, body),
            failed=self._gap(uid, f"the target refused '{text(row.get('name'))}'"),
            probe=lambda _: Probe(
                request=read.list_definitions(
                    self._root,
                    "",
                    read.PAGE,
                    ("searchText", text(body.get("name"))),
                    ("$expand", "environments"),
                ),
                found=lambda answer: [
                    one for one in objects(answer.get("value")) if definition_key(one) == definition_key(body)
                ],
                required_key="value",
            ),
        )

    def _update(self, uid: str, row: JsonObject, held: JsonObject) -> Write:
        body = with_ids_of(self._plan.body(uid), held)
        return Write(
            key=f"{DEFINITIONS.name}/{uid}",
            kind=DEFINITIONS.name,
            build=lambda: PreparedWrite(
                request=replace_definition(self._root, body), gaps=self._not_brought(row)
            ),
            read=partial(self._read_update, uid, body),
            failed=self._gap(uid, "the target refused it"),
            reported_later=True,
            probe=lambda _: probe_update(self._root, body),
        )

    def _look(self, uid: str, number: int) -> Await:
        """Reads the current revision where an update was refused."""

        def asked() -> Request | None:
            is_done = self._context.identity.target(_UPDATED, uid) is not None
            return None if is_done else read.get_definition(self._root, number)

        def observe(answer: JsonObject) -> Observation:
            revision = integer(answer.get("revision"))
            return Observation(found=[] if revision is None else [(REVISION, uid, str(revision))])

        key = f"{DEFINITIONS.name}/{uid}/looked at"
        return Await(
            key=key, kind=DEFINITIONS.name, request=asked, observe=observe, required_key="environments"
        )

    def _second_update(self, uid: str, row: JsonObject, held: JsonObject) -> Write:
        sent: JsonObject = {}

        def build() -> PreparedWrite:
            if self._context.identity.target(_UPDATED, uid) is not None:
                return PreparedWrite()
            revision = self._context.identity.target(REVISION, uid)
            body = with_ids_of(self._plan.body(uid), held)
            sent.update({**body, "revision": int(revision)} if revision is not None else body)
            return PreparedWrite(
                request=replace_definition(self._root, {**sent}), gaps=self._not_brought(row)
            )

        return Write(
            key=f"{DEFINITIONS.name}/{uid}/again",
            kind=DEFINITIONS.name,
            build=build,
            read=lambda answer: self._read_update(uid, sent, answer),
            failed=self._gap(uid, "the target refused it"),
            after=[f"{DEFINITIONS.name}/{uid}/looked at"],
            probe=lambda _: probe_update(self._root, sent),
        )

    def _read_update(self, uid: str, body: JsonObject, answer: JsonObject) -> WriteResult:
        result = self._read(uid, body, answer)
        return WriteResult(identities=[*result.identities, (_UPDATED, uid, "yes")], gaps=result.gaps)

    def _read(self, uid: str, body: JsonObject, answer: JsonObject) -> WriteResult:
        """What an answer says was written. Raises BadAnswer for one that names no definition with stages."""
        if not release_id(answer) or not stage_ids(answer):
            raise BadAnswer("the answer does not name the definition that was written")
        # A row of a list, which a probe finds, has the stages by name alone.
        is_whole = any("deployPhases" in stage for stage in stages(answer))
        gaps = [
            Gap(
                kind=DEFINITIONS.name,
                uid=shown_uid(uid),
                reason="the target stored something else",
                path=path,
            )
            for path in (unequal(answer, body) if is_whole else ())
        ]
        return WriteResult(identities=self._identities(uid, answer), gaps=gaps)

    def _identities(self, uid: str, there: JsonObject) -> list[tuple[str, str, str]]:
        """What a definition and its stages are in the target."""
        row, ids = self._context.source.get(DEFINITION_ROWS, uid) or {}, stage_ids(there)
        found = [(DEFINITIONS.name, uid, uid_of(there.get("id")))]
        for stage in stages(row):
            name = word(stage.get("name"))
            if name in ids:
                found.append((STAGES, str(stage.get("id")), str(ids[name])))
        revision = integer(there.get("revision"))
        return found if revision is None else [*found, (REVISION, uid, str(revision))]


def probe_update(root: Root, body: JsonObject) -> Probe:
    """Whether a definition says what was sent, in a later revision."""
    before = integer(body.get("revision")) or 0

    def found(answer: JsonObject) -> list[JsonObject]:
        is_newer = (integer(answer.get("revision")) or 0) > before
        return [answer] if is_newer and says(answer, body) else []

    return Probe(
        request=read.get_definition(root, release_id(body)), found=found, required_key="environments"
    )


def wanted_folders(source: RecordStore) -> dict[str, JsonObject]:
    """The folders of the source by their paths, and those that its definitions lie in."""
    found = {text(row.get("path")): row for row in source.objects(Stream(FOLDERS.name))}
    known = {path.lower() for path in found}
    for row in source.objects(DEFINITION_ROWS):
        for above in _lineage(text(row.get("path"))):
            if above.lower() not in known:
                found[above] = {}
                known.add(above.lower())
    return {path: row for path, row in found.items() if path.strip("\\")}


def _read_folder(path: str, sent: JsonObject, folder: JsonObject) -> WriteResult:
    """What an answer says was made. Raises BadAnswer for an answer that names no folder."""
    there = text(folder.get("path"))
    if not there:
        raise BadAnswer("the answer does not name the folder that was made")
    is_other = text(folder.get("description")) != text(sent.get("description"))
    gap = Gap(kind=FOLDERS.name, uid=path, reason="the target did not take it", path="/description")
    return WriteResult(identities=[(FOLDERS.name, path, there)], gaps=[gap] if is_other else [])


def _lineage(path: str) -> Iterator[str]:
    """A folder and those that it lies in, the outermost first."""
    parts = [part for part in path.split("\\") if part]
    for count in range(1, len(parts) + 1):
        yield "\\" + "\\".join(parts[:count])

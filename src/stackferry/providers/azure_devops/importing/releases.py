"""Releases, made anew in the order of their ids: history is an order, and names count up. Pure.

Each takes one POST, one for all its tags, and one PATCH where it has another name, is kept for ever or abandoned. A
release is looked for by its mark after an answer was lost; where the service keeps no marks, by what was sent, among
those that are nobody's yet. API pages: "Releases: Create, Update"; tags are in the vendor's own client.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.core.batches import batched
from stackferry.errors import BadAnswer, ServiceError
from stackferry.json_values import as_list, as_object, nested, objects, text, texts
from stackferry.model import Gap, Stream
from stackferry.providers.azure_devops.content.marks import mark_in, mark_of
from stackferry.providers.azure_devops.content.releases import release_id, stages, status_of, word
from stackferry.providers.azure_devops.content.stored_releases import (
    inherited,
    own_properties,
    unstored,
    unstored_properties,
)
from stackferry.providers.azure_devops.exporting.lists import shown_uid
from stackferry.providers.azure_devops.importing.bodies import definitions
from stackferry.providers.azure_devops.importing.nothing_starts import is_automatic
from stackferry.providers.azure_devops.importing.release_bodies import (
    definition_uid,
    has_definition,
    release_bodies,
)
from stackferry.providers.azure_devops.kinds import DEFINITIONS, RELEASES, uid_of
from stackferry.providers.azure_devops.matching.rule import matches
from stackferry.providers.azure_devops.options import write_options
from stackferry.providers.azure_devops.requests import read
from stackferry.providers.azure_devops.requests.releases import (
    add_tags,
    create_release,
    find_releases,
    update_release,
)
from stackferry.providers.azure_devops.requests.target import MARK, TAGS_SINCE
from stackferry.providers.azure_devops.versions import NAMES_SINCE, is_before
from stackferry.providers.target import Confirmation, PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.target import ImportContext, Steps

RELEASE_ROWS: Final = Stream(RELEASES.name)
NAMES: Final = "release_names"  # identities: the name that the service gave a new release
_FOUND: Final = 200  # releases that one step writes down
_NOT_STARTED: Final = frozenset({"notstarted", "1", ""})


class ReleaseSteps:
    """The steps of one import that are about releases."""

    def __init__(self, context: ImportContext, root: Root) -> None:
        self._context, self._root = context, root
        self._options = write_options(context.options)
        self._plan, self._matches = context.once(definitions), context.once(matches)
        self._bodies = context.once(release_bodies)
        self._canaries = set[str]()  # definitions whose first release was looked at

    def found(self) -> Steps:
        """What was there before the import, many a step."""
        pairs = (
            (RELEASES.name, uid, there) for uid, _ in self._rows() if (there := self._there(uid)) is not None
        )
        for group in batched(pairs, _FOUND):
            key = f"{RELEASES.name}/found/{group[0][1]}/{len(group)}"
            built = PreparedWrite(identities=group)
            yield Write(
                key=key,
                kind=RELEASES.name,
                build=lambda built=built: built,  # type: ignore[misc]  # a default
                read=lambda _: WriteResult(),
                failed=Gap(kind=RELEASES.name, uid=shown_uid(group[0][1]), reason=""),
            )

    def created(self) -> Steps:
        """New releases, one after the other."""
        before = ""
        for uid, row in self._rows():
            if self._there(uid) is None and has_definition(self._context, row):
                yield self._create(uid, row, before)
                before = f"{RELEASES.name}/{uid}"

    def finished(self) -> Steps:
        """Tags, then names, what is kept for ever, and what is abandoned."""
        for uid, row in self._rows():
            if not has_definition(self._context, row) and self._there(uid) is None:
                continue
            if self._there(uid) is not None and self._options.on_conflict != "update":
                continue
            if texts(as_list(row.get("tags"))):
                yield self._tags(uid, row)
            yield self._state(uid, row)

    def _rows(self) -> Iterator[tuple[str, JsonObject]]:
        for row in self._context.source.objects(RELEASE_ROWS):
            yield uid_of(row.get("id")), row

    def _there(self, uid: str) -> str | None:
        """What a release is in the target as it was before the import."""
        return self._matches.target(RELEASES.name, uid)

    def _gap(self, uid: str, reason: str, path: str = "") -> Gap:
        return Gap(kind=RELEASES.name, uid=shown_uid(uid), reason=reason, path=path)

    # --- creation ---

    def _create(self, uid: str, row: JsonObject, before: str) -> Write:
        return _Creation(self._context, self._root, uid, row, self._watches(row)).step(before)

    def _watches(self, row: JsonObject) -> bool:
        """Whether a release is the first of a definition whose stages would start by themselves.

        The service is told to hold them; whether it does is looked at once.
        """
        uid = definition_uid(row)
        if uid in self._canaries or status_of(row) == "draft":
            return False
        self._canaries.add(uid)
        return any(map(is_automatic, stages(self._plan.now(uid))))

    # --- tags and state ---

    def _tags(self, uid: str, row: JsonObject) -> Write:
        held = self._matches.held(RELEASES.name, uid) or {}
        there = {tag.lower() for tag in texts(as_list(held.get("tags")))}
        # Lists of old services do not tell the tags of a release that is there.
        is_known = not held or not is_before(self._root.version, TAGS_SINCE)
        tags = texts(as_list(row.get("tags"))) if is_known else []
        wanted = [tag for tag in tags if tag.lower() not in there]

        def build() -> PreparedWrite:
            number = self._number(uid)
            if number is None or not wanted:
                return PreparedWrite()
            return PreparedWrite(request=add_tags(self._root, number, wanted))

        def has_tags(answer: JsonObject) -> list[JsonObject]:
            shown = {tag.lower() for tag in texts(as_list(answer.get("tags")))}
            return [{"value": answer.get("tags")}] if shown >= {tag.lower() for tag in wanted} else []

        return Write(
            key=f"{RELEASES.name}/{uid}/tags",
            kind=RELEASES.name,
            build=build,
            read=lambda answer: self._read_tags(uid, wanted, answer),
            failed=self._gap(uid, "the target refused its tags", "/tags"),
            after=[f"{RELEASES.name}/{uid}"],
            probe=lambda _: self._probe(uid, has_tags),
        )

    def _read_tags(self, uid: str, wanted: list[str], answer: JsonObject) -> WriteResult:
        if not isinstance(answer.get("value"), list):
            raise BadAnswer("the answer does not list the tags that were added")
        shown = {tag.lower() for tag in texts(as_list(answer.get("value")))}
        lost = [tag for tag in wanted if tag.lower() not in shown]
        return WriteResult(gaps=[self._gap(uid, f"the target did not take '{tag}'", "/tags") for tag in lost])

    def _state(self, uid: str, row: JsonObject) -> Write:
        def build() -> PreparedWrite:
            number = self._number(uid)
            if number is None:
                return PreparedWrite()
            body, gaps = self._changes(uid, row)
            request = update_release(self._root, number, body) if body else None
            return PreparedWrite(request=request, note={**body}, gaps=gaps)

        return Write(
            key=f"{RELEASES.name}/{uid}/state",
            kind=RELEASES.name,
            build=build,
            read=lambda answer: self._read_state(uid, row, answer),
            failed=self._gap(uid, "the target refused its name or state"),
            after=[f"{RELEASES.name}/{uid}", f"{RELEASES.name}/{uid}/tags"],
            probe=lambda note: self._probe(uid, lambda answer: [answer] if _has(answer, note) else []),
        )

    def _number(self, uid: str) -> int | None:
        """The id of a release in the target."""
        found = self._context.identity.target(RELEASES.name, uid)
        return None if found is None else int(found)

    def _changes(self, uid: str, row: JsonObject) -> tuple[JsonObject, list[Gap]]:
        """What makes a release what the source's is, and what cannot."""
        held = self._matches.held(RELEASES.name, uid) or {
            "name": self._context.identity.target(NAMES, uid),
            "keepForever": False,
            "status": "active",
        }
        body: JsonObject = {}
        gaps: list[Gap] = []
        if text(row.get("name")) and row["name"] != held.get("name"):
            if is_before(self._root.version, NAMES_SINCE):
                words = f"the name '{row['name']}' cannot be given in this version of the API (--api-version)"
                gaps.append(self._gap(uid, words, "/name"))
            else:
                body["name"] = row["name"]
        if row.get("keepForever") is True and held.get("keepForever") is not True:
            body["keepForever"] = True
        wanted, there = status_of(row), status_of(held)
        if wanted == "abandoned" and there != "abandoned":
            body["status"] = "abandoned"
        elif self._there(uid) is not None and wanted != there and wanted in ("draft", "active"):
            words = f"it is {there} in the target, and cannot be made {wanted} without starting something"
            gaps.append(self._gap(uid, words))
        return body, gaps

    def _read_state(self, uid: str, row: JsonObject, answer: JsonObject) -> WriteResult:
        if not release_id(answer):
            raise BadAnswer("the answer does not name the release that was changed")
        body, _ = self._changes(uid, row)
        lost = [name for name, value in body.items() if not _has(answer, {name: value})]
        return WriteResult(gaps=[self._gap(uid, "the target did not take it", f"/{name}") for name in lost])

    def _probe(self, uid: str, found: object) -> Probe:
        number = self._number(uid) or 0
        return Probe(request=read.get_release(self._root, number), found=found, required_key="environments")  # type: ignore[arg-type]


class _Creation:
    """The making of one release, which remembers what it has sent. `watched`: it is looked at once it is made."""

    def __init__(self, context: ImportContext, root: Root, uid: str, row: JsonObject, watched: bool) -> None:
        self._context, self._root, self._uid, self._row = context, root, uid, row
        self._bodies = context.once(release_bodies)
        self._watched = watched
        self._sent: JsonObject = {}

    def step(self, before: str) -> Write:
        return Write(
            key=f"{RELEASES.name}/{self._uid}",
            kind=RELEASES.name,
            build=self._build,
            read=self._read,
            failed=self._gap("the target refused it"),
            after=[before] if before else [],
            fallback=self._fallback,
            probe=self._probe,
        )

    def _gap(self, reason: str, path: str = "") -> Gap:
        return Gap(kind=RELEASES.name, uid=shown_uid(self._uid), reason=reason, path=path)

    def _build(self) -> PreparedWrite:
        target = self._context.identity.target(DEFINITIONS.name, definition_uid(self._row))
        if target is None:
            return PreparedWrite(gaps=[self._gap("its definition is not in the target")], final=False)
        made = self._bodies.body(self._row, definition_uid(self._row), int(target))
        self._sent = made.body
        gaps: list[Gap] = []
        if made.lacking and status_of(self._row) != "draft":
            words = f"the target has no version of {', '.join(made.lacking)} for it: it was made as a draft"
            gaps.append(self._gap(words, "/artifacts"))
        return self._prepared(gaps)

    def _fallback(self) -> PreparedWrite | None:
        """A draft without versions, where the service may have refused those."""
        target = self._context.identity.target(DEFINITIONS.name, definition_uid(self._row))
        if target is None or not as_list(self._sent.get("artifacts")):
            return None
        made = self._bodies.body(self._row, definition_uid(self._row), int(target), as_draft=True)
        versions = ", ".join(_versions(self._row))
        self._sent = made.body
        words = f"the target refused it with its artifacts ({versions}): it was made as a draft without them"
        return self._prepared([self._gap(words, "/artifacts")])

    def _prepared(self, gaps: list[Gap]) -> PreparedWrite:
        versions: JsonObject = {
            text(one.get("alias")): text(nested(one, "instanceReference", "id"))
            for one in objects(self._sent.get("artifacts"))
        }
        note: JsonObject = {"draft": self._sent.get("isDraft") is True, "versions": versions}
        return PreparedWrite(request=create_release(self._root, self._sent), note=note, gaps=gaps)

    def _read(self, answer: JsonObject) -> WriteResult:
        if not release_id(answer):
            raise BadAnswer("the answer does not name the release that was made")
        there = uid_of(answer.get("id"))
        identities = [(RELEASES.name, self._uid, there), (NAMES, self._uid, text(answer.get("name")))]
        # A probe finds a row of a list, which does not show everything.
        own = own_properties(self._sent) if not as_object(answer.get("properties")) else {}
        if self._watched or own or "environments" not in answer:
            request = read.get_release(self._root, release_id(answer), own)
            confirm = Confirmation(request, partial(self._shown, names_properties=bool(own)))
            return WriteResult(identities=identities, confirm=confirm)
        return WriteResult(identities=identities, gaps=self._shown(answer))

    def _shown(self, answer: JsonObject, *, names_properties: bool = False) -> list[Gap]:
        """What of the release did not arrive. Raises ServiceError where a stage has started."""
        begun = [
            text(stage.get("name"))
            for stage in stages(answer)
            if word(stage.get("status")) not in _NOT_STARTED
        ]
        if begun:
            raise ServiceError(
                f"release {release_id(answer)} ({answer.get('name')}): the service started {', '.join(begun)}, "
                "although every stage was to wait. Nothing more was written; cancel the deployment, and make the "
                "stages of the definition start by hand only"
            )
        properties = unstored_properties(self._sent, answer) if names_properties else ()
        found = dict.fromkeys([*unstored(self._sent, answer), *properties])
        gaps = [self._gap("the target did not take the value", path) for path in found]
        return [*gaps, *self._inherited(answer)]

    def _inherited(self, answer: JsonObject) -> Iterator[Gap]:
        """Variables that the source's release has not. Of one of an older revision it is told that it is older."""
        revision = self._context.once(definitions).revision(definition_uid(self._row))
        if self._row.get("releaseDefinitionRevision") == revision:
            for path in inherited(self._row, answer):
                yield self._gap("its definition has this variable, so a new release has it too", path)

    # --- after a lost answer ---

    def _probe(self, note: JsonObject) -> Probe:
        """Releases of the definition, the newest first: the one with the mark, or what is like what was sent."""
        target = self._context.identity.target(DEFINITIONS.name, definition_uid(self._row)) or "0"
        asked = (("definitionId", str(int(target))), ("queryOrder", "descending"), ("propertyFilters", MARK))
        more = (("$expand", "artifacts"), ("$top", str(read.PAGE)))
        return Probe(
            request=find_releases(self._root, (*asked, *more)),
            found=partial(self._candidates, note),
            required_key="value",
        )

    def _candidates(self, note: JsonObject, answer: JsonObject) -> list[JsonObject]:
        rows, identity = objects(answer.get("value")), self._context.identity
        origin = self._context.origin
        mine = "" if origin is None else mark_of(origin, self._row)
        free = [
            row
            for row in rows
            if not identity.is_target(RELEASES.name, uid_of(row.get("id")))
            and self._context.target.get(RELEASE_ROWS, uid_of(row.get("id"))) is None
        ]
        marked = [row for row in free if mine and mark_in(row) == mine]
        keeps_marks = any(mark_in(row) for row in rows)
        return marked or ([] if keeps_marks else [row for row in free if self._is_alike(row, note)])

    def _is_alike(self, row: JsonObject, note: JsonObject) -> bool:
        """Whether a listed release is what was sent: nobody has changed it since."""
        shown = {
            text(one.get("alias")): text(nested(one, "definitionReference", "version", "id"))
            for one in objects(row.get("artifacts"))
        }
        is_as_sent = "artifacts" not in row or as_object(note.get("versions")).items() <= shown.items()
        is_draft = status_of(row) == "draft"
        is_alike = text(row.get("description")) == text(self._sent.get("description"))
        return is_alike and is_as_sent and is_draft is (note.get("draft") is True)


def _versions(release: JsonObject) -> Iterator[str]:
    """The versions of a release's artifacts, as people call them."""
    for artifact in objects(release.get("artifacts")):
        version = as_object(nested(artifact, "definitionReference", "version"))
        yield f"{text(artifact.get('alias'))} {text(version.get('name')) or text(version.get('id'))}"


def _has(release: JsonObject, note: JsonObject) -> bool:
    """Whether a release has what a PATCH was to give it."""
    shown: JsonObject = {**release, "status": status_of(release)}
    return all(shown.get(name) == note[name] for name in ("name", "keepForever", "status") if name in note)

"""Releases of a target that bear no mark, and what they say of those of a snapshot: one of them each, or nobody knows.

Some services keep no marks. Where what an import remembered is lost too, a release of the target is one of the snapshot
if it is of the same definition, name and description and has the same versions of artifacts and the same variables, and
there are as many on both sides: then they go by their order, in which an import makes them. Whatever may be one of the
snapshot and is not so clear is doubtful: an import is refused before it makes anything twice. Pure.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.exact_json import dumps
from stackferry.json_values import as_list, as_object, epoch_seconds, nested, objects, text, texts
from stackferry.model import Stream
from stackferry.providers.azure_devops.content.definitions import variables_of
from stackferry.providers.azure_devops.content.marks import mark_in
from stackferry.providers.azure_devops.content.releases import attempts, release_id, stages, status_of, word
from stackferry.providers.azure_devops.credentials import redact
from stackferry.providers.azure_devops.kinds import DEFINITIONS, RELEASES, uid_of
from stackferry.providers.azure_devops.requests.target import TAGS_SINCE
from stackferry.providers.azure_devops.versions import NAMES_SINCE, is_before
from stackferry.providers.secrets.redacted import contains_redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext

_RELEASES: Final = Stream(RELEASES.name)


class Look(NamedTuple):
    """What an import makes of a release, or the target shows of one. `parts`: a digest of artifacts and variables.

    `rest`: one of what can be changed later. `is_free`: nothing of it was ever deployed, so an import may have left it.
    """

    definition: str  # its uid in the target
    name: str
    description: str
    parts: str
    rest: str
    uid: str
    is_free: bool = True


class Alike:
    """The pairs, and what is doubtful. `definition`: the uid in the target of one of the source; `is_known`: whether a
    release of the source, or of the target, is in a pair for another reason.
    """

    def __init__(
        self,
        context: ImportContext,
        definition: Callable[[str], str | None],
        is_known: tuple[Callable[[str], bool], Callable[[str], bool]],
    ) -> None:
        self._context, self._definition, self._is_known = context, definition, is_known
        self._version = "" if context.place is None else context.place.setting("api_version")
        self._pairs: dict[str, str] = {}
        self.counts: dict[str, int] = {}  # pairs, by the uid of the definition in the source
        self.doubtful: list[tuple[JsonObject, JsonObject]] = []  # of the snapshot, of the target
        there = self._there()
        if there:
            self._match(self._here({look.definition for look in there}), there)

    def target(self, source: str) -> str | None:
        """The uid of the release of the target that is like this one of the source, beyond doubt."""
        return self._pairs.get(source)

    # --- both sides ---

    def _there(self) -> list[Look]:
        """Releases without a mark that were read whole: none where the service keeps marks."""
        if any(map(mark_in, self._context.target.objects(_RELEASES))):
            return []
        return [
            self._look(row, uid_of(nested(row, "releaseDefinition", "id")), {})
            for row in self._context.target.objects(_RELEASES)
            if "environments" in row and not self._is_known[1](uid_of(row.get("id")))
        ]

    def _here(self, definitions: set[str]) -> Iterator[Look]:
        """The releases of the snapshot of these definitions, as an import makes them today."""
        for row in self._context.everything.objects(_RELEASES):
            there = self._definition(uid_of(nested(row, "releaseDefinition", "id")))
            if there in definitions and not self._is_known[0](uid_of(row.get("id"))):
                held = self._context.target.get(Stream(DEFINITIONS.name), there or "") or {}
                # The target was read with digests in place of credentials: they are compared on neither side.
                clean, _ = redact(RELEASES.name, row, self._context.salt)
                yield self._look(clean, there or "", held)

    def _look(self, row: JsonObject, definition: str, today: JsonObject) -> Look:
        parts = _parts(row, today)
        if is_before(self._version, TAGS_SINCE):
            del parts["/"]  # a list of then does not tell the variables of a release
        rest = [status_of(row), row.get("keepForever") is True, sorted(texts(as_list(row.get("tags"))))]
        return Look(
            definition,
            "" if is_before(self._version, NAMES_SINCE) else text(row.get("name")),
            text(row.get("description")),
            sha256(dumps(parts)).hexdigest()[:16],
            repr(rest),
            uid_of(row.get("id")),
            next(attempts(row), None) is None,
        )

    # --- pairs ---

    def _match(self, here: Iterator[Look], there: list[Look]) -> None:
        groups: dict[tuple[str, ...], tuple[list[Look], list[Look]]] = {}
        for side, looks in enumerate((here, there)):
            for look in looks:
                groups.setdefault(look[:4], ([], []))[side].append(look)
        left, free = list[Look](), list[Look]()
        for ours, theirs in groups.values():
            if not ours or not theirs:
                left += ours
                free += [look for look in theirs if look.is_free]
            elif len(ours) == len(theirs) or (
                len(theirs) < len(ours) and len({look.rest for look in ours}) == 1
            ):
                self._pair(ours, theirs)
            else:
                self._doubt(ours[0], theirs[-1])
        self._find_doubtful(left, free)

    def _pair(self, ours: list[Look], theirs: list[Look]) -> None:
        for one, other in zip(
            ours, theirs, strict=False
        ):  # an import that was stopped has made the first of them
            self._pairs[one.uid] = other.uid
            self.counts[one.definition] = self.counts.get(one.definition, 0) + 1

    def _find_doubtful(self, left: list[Look], free: list[Look]) -> None:
        """What an import may have made before it was stopped, or somebody has changed since."""
        by_words: dict[tuple[str, str], list[Look]] = {}
        for look in free:
            by_words.setdefault((look.definition, look.description), []).append(look)
        for one in left:
            for other in by_words.get((one.definition, one.description), []):
                if self._may_be(one, other):
                    self._doubt(one, other)
                    break

    def _may_be(self, one: Look, other: Look) -> bool:
        ours, theirs = (
            store.get(_RELEASES, look.uid) or {}
            for store, look in ((self._context.everything, one), (self._context.target, other))
        )
        times = [epoch_seconds(text(row.get("createdOn"))) for row in (ours, theirs)]
        is_later = None in times or times[0] <= times[1]  # type: ignore[operator]  # neither is None
        was_draft = status_of(ours) == "draft"
        is_possible = is_later and not (was_draft and status_of(theirs) == "active")
        clean, _ = redact(RELEASES.name, ours, self._context.salt)
        return is_possible and _agree(_parts(clean, {}), _parts(theirs, {}))

    def _doubt(self, one: Look, other: Look) -> None:
        found = (
            self._context.everything.get(_RELEASES, one.uid),
            self._context.target.get(_RELEASES, other.uid),
        )
        self.doubtful.append((found[0] or {}, found[1] or {}))


def _parts(row: JsonObject, today: JsonObject) -> JsonObject:
    """Versions and variables of a release, by names; as one of the source is made by the definition of `today`."""
    aliases = {text(one.get("alias")) for one in objects(today.get("artifacts"))}
    names = {word(stage.get("name")) for stage in stages(today)}
    found: JsonObject = {"/": {**_values(variables_of(today)), **_values(as_object(row.get("variables")))}}
    for artifact in objects(row.get("artifacts")):
        alias, version = (
            text(artifact.get("alias")),
            as_object(nested(artifact, "definitionReference", "version")),
        )
        if (not today or alias in aliases) and version:
            found[f"artifact {alias}"] = text(version.get("name")) or text(version.get("id"))
    for stage in stages(row):
        name = word(stage.get("name"))
        if not today or name in names:
            of_today = _values(variables_of(today, name)) if today else {}
            found[f"/{name}"] = {**of_today, **_values(as_object(stage.get("variables")))}
    return found


def _values(variables: JsonObject) -> JsonObject:
    """The values of variables that the service tells."""
    found: JsonObject = {}
    for name, variable in variables.items():
        value = nested(variable, "value")
        if nested(variable, "isSecret") is not True and value is not None and not contains_redacted(value):
            found[name.lower()] = value
    return found


def _agree(one: JsonObject, other: JsonObject) -> bool:
    """Whether nothing that both tell differs."""
    for name in one.keys() & other.keys():
        ours, theirs = one[name], other[name]
        if isinstance(ours, dict) and isinstance(theirs, dict):
            if not _agree(ours, theirs):
                return False
        elif ours != theirs:
            return False
    return True


def told(release: JsonObject) -> str:
    """A release as people call it."""
    return f"'{text(release.get('name'))}' ({release_id(release)})"

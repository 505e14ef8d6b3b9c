"""Definitions of the source as the target shall have them: in its ids, and quiet. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.model import Gap, Stream
from stackferry.providers.azure_devops.content.definitions import plain, says
from stackferry.providers.azure_devops.content.limits import secrets
from stackferry.providers.azure_devops.content.releases import release_id
from stackferry.providers.azure_devops.credentials import redact
from stackferry.providers.azure_devops.exporting.lists import shown_uid
from stackferry.providers.azure_devops.importing.nothing_starts import quiet, starting_parts
from stackferry.providers.azure_devops.kinds import DEFINITIONS, uid_of
from stackferry.providers.azure_devops.matching.mapping import mapped
from stackferry.providers.azure_devops.matching.rule import matches, named_apart
from stackferry.providers.azure_devops.options import write_options
from stackferry.providers.secrets.redacted import REDACTED_REASON, redacted_paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.target import ImportContext

DEFINITION_ROWS = Stream(DEFINITIONS.name)


class Definitions:
    """The definitions of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._options = context, write_options(context.options)
        self._mapped, self._matches = context.once(mapped), context.once(matches)
        # There are few, and every release asks for one.
        self._rows = named_apart(context.source)
        self._bodies: dict[str, JsonObject] = {}
        self._now: dict[str, JsonObject] = {}
        self._written: dict[str, bool] = {}

    def body(self, uid: str) -> JsonObject:
        """What a definition says while releases are made; empty for one that the snapshot does not hold."""
        if uid not in self._bodies:
            self._bodies[uid] = quiet(self._in_target(uid))
        return self._bodies[uid]

    def body_at_last(self, uid: str) -> JsonObject:
        """What it is to say once everything is there: with what starts by itself, where that is asked for."""
        return self._in_target(uid) if self._options.enable_triggers else self.body(uid)

    def _in_target(self, uid: str) -> JsonObject:
        row = self._rows.get(uid)
        return {} if row is None else self._mapped.definition(plain(row))

    def held(self, uid: str) -> JsonObject | None:
        """The definition of the target that it is, as it was before the import."""
        return self._matches.held(DEFINITIONS.name, uid)

    def holds(self, uid: str) -> bool:
        """Whether the snapshot holds a definition."""
        return uid in self._rows

    def revision(self, uid: str) -> Json:
        """The revision in which the snapshot holds it."""
        return self._rows.get(uid, {}).get("revision")

    def rows(self) -> Iterator[tuple[str, JsonObject]]:
        """The definitions of the source, each with a name of its own in its folder."""
        yield from self._rows.items()

    def is_written(self, uid: str) -> bool:
        """Whether the target's is to be made, or to become what the source's is."""
        if uid not in self._written:
            self._written[uid] = self._is_written(uid)
        return self._written[uid]

    def _is_written(self, uid: str) -> bool:
        held = self.held(uid)
        if not self._options.includes(DEFINITIONS.name):
            return False
        return held is None or (
            self._options.on_conflict == "update"
            and not (self.is_equal(uid, held) or self._is_quiet(uid, held))
        )

    def starts_at_last(self, uid: str) -> bool:
        """Whether the target's gets triggers, schedules and automatic stages once the releases are there."""
        held = self.held(uid)
        if not self._options.includes(DEFINITIONS.name) or self.body_at_last(uid) == self.body(uid):
            return False
        return held is None or (self._options.on_conflict == "update" and not self.is_equal(uid, held))

    def is_equal(self, uid: str, held: JsonObject) -> bool:
        """Whether the target's says what the source's is to say there."""
        return self._says(held, self.body_at_last(uid))

    def _is_quiet(self, uid: str, held: JsonObject) -> bool:
        """Whether the target's only lacks what starts by itself."""
        return self._says(held, self.body(uid))

    def _says(self, held: JsonObject, wanted: JsonObject) -> bool:
        # The target was read with digests in place of credentials, so the body gets some, too.
        body, _ = redact(DEFINITIONS.name, {**wanted, "id": held.get("id")}, self._context.salt)
        return says(held, body)

    def now(self, uid: str) -> JsonObject:
        """What the target has when releases are made: what is written, or what is there."""
        if uid not in self._now:
            held = self.held(uid)
            is_held = held is not None and not self.is_written(uid)
            self._now[uid] = held if held is not None and is_held else self.body(uid)
        return self._now[uid]

    def written(self) -> Iterator[tuple[str, JsonObject]]:
        """The definitions that are written, as the source has them."""
        for uid, row in self._rows.items():
            if self.is_written(uid):
                yield uid, row


def definitions(context: ImportContext) -> Definitions:
    """The definitions of an import; ask for it with `context.once`."""
    return context.once(Definitions)


def not_brought(row: JsonObject, *, enable_triggers: bool) -> list[Gap]:
    """What of a definition cannot arrive, or is not to."""
    uid = shown_uid(uid_of(release_id(row)))
    found: list[Gap] = []
    if names := [*dict.fromkeys(secrets(row))]:
        words = f"values of secret variables, which the service never gives: set them by hand ({', '.join(names)})"
        found.append(Gap(kind=DEFINITIONS.name, uid=uid, reason=words, path="/variables"))
    parts = [] if enable_triggers else [*starting_parts(row)]
    if parts:
        words = f"nothing may start by itself, so these are off: {', '.join(parts)} (--enable-triggers turns them on)"
        found.append(Gap(kind=DEFINITIONS.name, uid=uid, reason=words, path="/triggers"))
    found += [
        Gap(kind=DEFINITIONS.name, uid=uid, reason=REDACTED_REASON, path=path) for path in redacted_paths(row)
    ]
    return found

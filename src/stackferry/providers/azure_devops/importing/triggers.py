"""Triggers, schedules and automatic stages, where they are asked for: they come on once everything else is there.

A trigger that is on while releases are made may make one by itself. So a definition is written without, and put in its
own place again at last, at the revision that this import wrote or found. Where somebody has changed it since, it is
left alone, and told. API page: "Definitions: Update". Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.errors import BadAnswer
from stackferry.json_values import as_object
from stackferry.model import Gap
from stackferry.providers.azure_devops.content.definitions import unequal, with_ids_of
from stackferry.providers.azure_devops.content.releases import release_id, stages
from stackferry.providers.azure_devops.exporting.lists import shown_uid
from stackferry.providers.azure_devops.importing.bodies import DEFINITION_ROWS, definitions
from stackferry.providers.azure_devops.importing.definitions import REVISION, STAGES, probe_update
from stackferry.providers.azure_devops.importing.nothing_starts import starting_parts
from stackferry.providers.azure_devops.kinds import DEFINITIONS
from stackferry.providers.azure_devops.requests.definitions import replace_definition
from stackferry.providers.secrets.redacted import contains_redacted, without_redacted
from stackferry.providers.target import PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.target import ImportContext, Steps

STARTED_AT_LAST: Final = "definition_triggers"  # identities: "on" where they came on


class TriggerSteps:
    """The steps of one import that let definitions start something by themselves."""

    def __init__(self, context: ImportContext, root: Root) -> None:
        self._context, self._root, self._plan = context, root, context.once(definitions)

    def steps(self) -> Steps:
        """One write for each definition that starts something by itself in the source, and does not yet here."""
        for uid, _ in self._plan.rows():
            is_kept = self._plan.held(uid) is not None and contains_redacted(self._plan.body(uid))
            if self._plan.starts_at_last(uid) and not is_kept:
                yield self._step(uid)

    def _step(self, uid: str) -> Write:
        sent: JsonObject = {}

        def build() -> PreparedWrite:
            there = self._there(uid)
            if not there:
                return PreparedWrite()
            body = as_object(without_redacted(self._plan.body_at_last(uid)))
            sent.update(with_ids_of(body, there))
            return PreparedWrite(request=replace_definition(self._root, {**sent}))

        return Write(
            key=f"{DEFINITIONS.name}/{uid}/triggers",
            kind=DEFINITIONS.name,
            build=build,
            read=lambda answer: self._read(uid, sent, answer),
            failed=self._gap(uid, f"{self._parts(uid)} are off: the target refused them", "/triggers"),
            probe=lambda _: probe_update(self._root, sent),
        )

    def _there(self, uid: str) -> JsonObject:
        """The ids and the revision of a definition of the target and its stages; empty where it did not arrive."""
        identity = self._context.identity
        number = identity.target(DEFINITIONS.name, uid)
        if number is None:
            return {}
        row = self._context.source.get(DEFINITION_ROWS, uid) or {}
        found = [(stage.get("name"), identity.target(STAGES, str(stage.get("id")))) for stage in stages(row)]
        made: JsonObject = {
            "id": int(number),
            "environments": [{"name": name, "id": int(there)} for name, there in found if there is not None],
        }
        revision = identity.target(REVISION, uid)
        return made if revision is None else {**made, "revision": int(revision)}

    def _parts(self, uid: str) -> str:
        return ", ".join(starting_parts(self._plan.body_at_last(uid)))

    def _gap(self, uid: str, reason: str, path: str) -> Gap:
        return Gap(kind=DEFINITIONS.name, uid=shown_uid(uid), reason=reason, path=path)

    def _read(self, uid: str, sent: JsonObject, answer: JsonObject) -> WriteResult:
        if not release_id(answer) or not stages(answer):
            raise BadAnswer("the answer does not name the definition whose triggers came on")
        gaps = [self._gap(uid, "the target stored something else", path) for path in unequal(answer, sent)]
        return WriteResult(identities=[(STARTED_AT_LAST, uid, "on")], gaps=gaps)

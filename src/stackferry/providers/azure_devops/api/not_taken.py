"""What the service did not take of a new release, by its answer: it takes much without a word. Pure.

Properties are no part of an answer, and a fact that an answer does not have is not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, nested, objects, text
from stackferry.providers.azure_devops.api.variables import ignored
from stackferry.providers.azure_devops.requests.enums import REASON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.azure_devops.api.release_maker import NewRelease

_OF_A_PERSON: Final = ("id", "uniqueName", "displayName")


def not_taken(new: NewRelease, made: JsonObject) -> Iterator[str]:
    """What was given and is another thing in the answer, one each, as words of a message."""
    yield from _facts(new, made)
    yield from _builds(new, made)
    yield from (f"variable '{name}'" for name in ignored(new.variables, as_object(made.get("variables"))))
    stages = {text(row.get("name")): row for row in objects(made.get("environments"))}
    for stage, given in new.stage_variables.items():
        held = as_object(nested(stages.get(stage), "variables"))
        yield from (f"variable '{name}' of stage '{stage}'" for name in ignored(given, held))


def _facts(new: NewRelease, made: JsonObject) -> Iterator[str]:
    if new.is_draft and text(made.get("status")).lower() == "active":
        yield "that it is a draft: it is active"
    if new.description and made.get("description") not in (None, new.description):
        yield "the description"
    if new.reason and not _is_reason(new.reason, made.get("reason")):
        yield f"the reason '{new.reason}': it is '{made.get('reason')}'"
    person = as_object(made.get("createdFor"))
    names = [text(person.get(name)).lower() for name in _OF_A_PERSON]
    if new.created_for and person and new.created_for.lower() not in names:
        shown = text(person.get("uniqueName")) or text(person.get("displayName")) or text(person.get("id"))
        yield f"that it is for '{new.created_for}': it is for '{shown}'"


def _is_reason(wanted: str, answered: Json) -> bool:
    return answered is None or str(answered).lower() in (wanted.lower(), str(REASON.words.get(wanted)))


def _builds(new: NewRelease, made: JsonObject) -> Iterator[str]:
    """Versions of builds: that of another artifact may be answered in another spelling."""
    rows = {text(row.get("alias")): row for row in objects(made.get("artifacts"))}
    for given in new.artifacts:
        row = rows.get(given.alias, {})
        version = nested(row, "definitionReference", "version", "id")
        if text(row.get("type")).lower() == "build" and version is not None and str(version) != given.id:
            yield f"build {given.id} of artifact '{given.alias}': it has build {version}"

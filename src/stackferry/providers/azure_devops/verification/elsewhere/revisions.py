"""What a release that is made anew has of its definition as it is now, and not as it was for the source's. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import escaped
from stackferry.json_values import as_object, objects, text
from stackferry.providers.azure_devops.verification.elsewhere.views import without_empty

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

INHERITED: Final = (
    "the release has no such variable, and its definition has: one that is made anew has it too"
)


def of_other_revision(
    left: JsonObject, right: JsonObject, definition: JsonObject
) -> tuple[JsonObject, JsonObject]:
    """Both views without what follows from the revision: stages and artifacts that only one has, and variables that
    only the target's has from its definition."""
    here, there = dict(left), dict(right)
    for name, key in (("environments", "name"), ("artifacts", "alias")):
        here[name], there[name] = _common(objects(left.get(name)), objects(right.get(name)), key)
    return here, without_inherited(here, there, definition)[0]


def without_inherited(
    left: JsonObject, right: JsonObject, definition: JsonObject
) -> tuple[JsonObject, list[str]]:
    """The right view without the variables that only it has, as its definition says them; and their paths."""
    paths: list[str] = []
    mine, known = (
        {text(row.get("name")): row for row in objects(one.get("environments"))} for one in (left, definition)
    )
    rows = [
        _own(mine.get(name, row), row, known.get(name, {}), f"/environments/{escaped(name)}", paths)
        for row in objects(right.get("environments"))
        for name in [text(row.get("name"))]
    ]
    return {**_own(left, right, definition, "", paths), "environments": [*rows]}, paths


def _own(
    left: JsonObject, right: JsonObject, definition: JsonObject, path: str, paths: list[str]
) -> JsonObject:
    """A release or a stage of the right side without them."""
    mine, theirs, known = (as_object(one.get("variables")) for one in (left, right, definition))
    same = {name for name in theirs.keys() & known if theirs[name] == without_empty(as_object(known[name]))}
    gone = same - mine.keys()
    paths += [f"{path}/variables/{escaped(name)}" for name in sorted(gone)]
    kept: JsonObject = {name: value for name, value in theirs.items() if name not in gone}
    return {**right, "variables": kept}


def _common(one: list[JsonObject], other: list[JsonObject], key: str) -> tuple[list[Json], list[Json]]:
    """The rows of both that the other has under the same name."""
    names = {text(row.get(key)) for row in one} & {text(row.get(key)) for row in other}
    return [row for row in one if text(row.get(key)) in names], [
        row for row in other if text(row.get(key)) in names
    ]

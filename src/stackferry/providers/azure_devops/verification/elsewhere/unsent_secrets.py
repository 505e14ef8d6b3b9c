"""Secret variables that a release alone has: the service never gives their values, so none is made anew. Pure.

A secret variable of its definition a new release has anyhow; of that it is compared whether it is secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import escaped
from stackferry.json_values import as_object, nested, objects, text

if TYPE_CHECKING:
    from stackferry.model import JsonObject

UNSENT: Final = "a secret variable of this release alone, whose value the service never gives: set it by hand"


def without_unsent(
    left: JsonObject, right: JsonObject, definition: JsonObject
) -> tuple[JsonObject, JsonObject, list[str]]:
    """Both views without them, and their paths. `definition`: that of the target's release."""
    paths: list[str] = []
    here, there = _of_one(left, right, definition, "", paths)
    mine, theirs = objects(here.get("environments")), objects(there.get("environments"))
    others, known = ({text(row.get("name")): row for row in rows} for rows in (theirs, _stages(definition)))
    stages = [
        _of_one(row, others.get(name, {}), known.get(name, {}), f"/environments/{escaped(name)}", paths)
        for row in mine
        for name in [text(row.get("name"))]
    ]
    changed = {text(other.get("name")): other for _, other in stages}
    rows = [changed.get(text(row.get("name")), row) for row in theirs]
    return {**here, "environments": [row for row, _ in stages]}, {**there, "environments": [*rows]}, paths


def _of_one(
    left: JsonObject, right: JsonObject, definition: JsonObject, path: str, paths: list[str]
) -> tuple[JsonObject, JsonObject]:
    """A release or a stage without those that are secret on the left alone, and that no definition makes secret."""
    mine, theirs, known = (as_object(one.get("variables")) for one in (left, right, definition))
    gone = {
        name
        for name in mine
        if _is_secret(mine, name) and not (_is_secret(theirs, name) or _is_secret(known, name))
    }
    paths += [f"{path}/variables/{escaped(name)}" for name in sorted(gone)]
    here, there = ({name: one for name, one in rows.items() if name not in gone} for rows in (mine, theirs))
    return {**left, "variables": here}, {**right, "variables": there} if right else right


def _stages(definition: JsonObject) -> list[JsonObject]:
    return objects(definition.get("environments"))


def _is_secret(variables: JsonObject, name: str) -> bool:
    return str(nested(variables.get(name), "isSecret")).lower() == "true"

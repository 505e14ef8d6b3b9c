"""Releases of an older revision of their definition: made anew they are of the present one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object, objects, text
from stackferry.providers.azure_devops.verification.elsewhere.views import without_empty

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject


def of_other_revision(
    left: JsonObject, right: JsonObject, definition: JsonObject
) -> tuple[JsonObject, JsonObject]:
    """Both views without what follows from the revision: stages and artifacts that only one has, and variables that
    only the target's has from its definition."""
    here, there = dict(left), dict(right)
    for name, key in (("environments", "name"), ("artifacts", "alias")):
        rows = [objects(one.get(name)) for one in (left, right)]
        common = {text(row.get(key)) for row in rows[0]} & {text(row.get(key)) for row in rows[1]}
        here[name] = [row for row in rows[0] if text(row.get(key)) in common]
        there[name] = [row for row in rows[1] if text(row.get(key)) in common]
    there["variables"] = _own(left, right, definition)
    stages = {text(row.get("name")): row for row in objects(definition.get("environments"))}
    before = {text(row.get("name")): row for row in objects(here["environments"])}
    there["environments"] = [
        {**row, "variables": _own(before[name], row, stages.get(name, {}))}
        for row in objects(there["environments"])
        for name in [text(row.get("name"))]
    ]
    return here, there


def _own(left: JsonObject, right: JsonObject, definition: JsonObject) -> Json:
    """The variables of the right side without those that only it has, as its definition says them."""
    mine, known = as_object(left.get("variables")), as_object(definition.get("variables"))
    return {
        name: value
        for name, value in as_object(right.get("variables")).items()
        if name in mine or value != without_empty(as_object(known.get(name)))
    }

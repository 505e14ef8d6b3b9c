"""Names of new releases, from the format of their definition."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, nested, objects, text

if TYPE_CHECKING:
    from datetime import datetime

    from stackferry.emulators.azure_devops.organization import Definition
    from stackferry.model import JsonObject

_USUAL = "Release-$(rev:r)"
_PART = re.compile(r"\$\(([^)]*)\)")
_TIME = (("yyyy", "%Y"), ("yy", "%y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"), ("ss", "%S"))


def next_name(definition: Definition, release: JsonObject, now: datetime) -> str:
    """The name of a definition's next release; numbers count up, of deleted releases too."""
    definition.names_given += 1
    written = text(definition.raw.get("releaseNameFormat")) or _USUAL

    def filled(found: re.Match[str]) -> str:
        name, _, form = found[1].partition(":")
        return _value(definition, release, name.strip().lower(), form.strip(), now)

    return _PART.sub(filled, written)


def _value(definition: Definition, release: JsonObject, name: str, form: str, now: datetime) -> str:
    if name == "rev":
        return str(definition.names_given).zfill(max(1, len(form)))
    if name == "date":
        return _date(now, form)
    if name in ("release.definitionname", "releasedefinitionname"):
        return text(definition.raw.get("name"))
    if name == "release.releaseid":
        return str(release.get("id"))
    if name == "build.buildnumber":
        first = next(iter(objects(release.get("artifacts"))), {})
        return str(nested(first, "definitionReference", "version", "name") or "")
    variable = as_object(as_object(release.get("variables")).get(name))
    return text(variable.get("value"))


def _date(now: datetime, form: str) -> str:
    for word, code in _TIME:
        form = form.replace(word, code)
    return now.strftime(form or "%Y%m%d")

"""What is compared of a record within one project, with names in place of ids. `not_compared` lists what is left out.

Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, text
from stackferry.providers.azure_devops.kinds import DEFINITIONS, POINTED_AT
from stackferry.providers.azure_devops.verification.in_names import in_names, is_person

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject
    from stackferry.providers.azure_devops.kinds import Kind
    from stackferry.providers.azure_devops.verification.names import Names

REFERENCES: Final = ("release", "releaseDefinition", "releaseEnvironment", "projectReference")
_OF_REFERENCES: Final = frozenset({"id", "name", "path", "url", "_links", "projectReference"})
_ADDRESS: Final = "/_apis/"


def shown(kind: Kind, record: JsonObject, names: Names) -> JsonObject:
    """A record as it is compared."""
    body = record
    if kind is DEFINITIONS:
        body = {name: value for name, value in record.items() if name != "lastRelease"}
        body["environments"] = _without_current(record.get("environments"))
    return as_object(in_names(_plain(body, keeps_urls=kind in POINTED_AT, names=names), names))


def _without_current(stages: Json) -> Json:
    """The stages without what was released last to each: that follows from releases."""
    if not isinstance(stages, list):
        return stages
    return [
        {name: value for name, value in stage.items() if name != "currentRelease"}
        if isinstance(stage, dict)
        else stage
        for stage in stages
    ]


def _plain(value: Json, *, keeps_urls: bool, names: Names) -> Json:
    """The value without addresses of the API, and with ids alone of what has a record of its own."""
    if isinstance(value, list):
        return [_plain(item, keeps_urls=keeps_urls, names=names) for item in value]
    if not isinstance(value, dict) or is_person(value):
        return value
    found: JsonObject = {}
    for name, item in value.items():
        if name == "inputs":  # its members have names of their own
            found[name] = item
        elif name in REFERENCES and isinstance(item, dict) and item.get("id") is not None:
            found[name] = _reference(name, item, names)
        elif name != "_links" and (keeps_urls or not _is_address(name, item)):
            found[name] = _plain(item, keeps_urls=keeps_urls, names=names)
    return found


def _is_address(name: str, value: Json) -> bool:
    return name.lower().endswith("url") and _ADDRESS in text(value)


def _reference(name: str, value: JsonObject, names: Names) -> Json:
    number = value["id"]
    what = names.of(DEFINITIONS.name, number) if name == "releaseDefinition" else number
    rest: JsonObject = {key: item for key, item in value.items() if key not in _OF_REFERENCES}
    return {"is": what, **rest} if rest else what

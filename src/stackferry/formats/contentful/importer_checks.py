"""What contentful-import demands of each object, and how an object is made to meet it. Pure.

Source: the importer's schema of a payload, which it checks as a whole before it sends anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, objects, text
from stackferry.model import Gap
from stackferry.providers.contentful.kinds import sys_id
from stackferry.providers.contentful.matching.natural_keys import schema_version

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

    Fitted = tuple[JsonObject | None, list[Gap]]

_PLACEHOLDER: Final = re.compile(r"\{[^}{]+?\}")
_WEB_ADDRESS: Final = re.compile(r"https?://[^ /}{][^ }{]*", re.IGNORECASE)


def fit(key: str, row: JsonObject) -> Fitted:
    """An object as the importer takes it, None where it takes it in no way; and what is left out of it."""
    if key == "assets":
        return _asset(row)
    if key == "releases" and schema_version(row) == "Release.v1":
        return None, [_gap("releases", row, "the importer knows no Launch releases")]
    if key == "webhooks" and not _WEB_ADDRESS.fullmatch(_PLACEHOLDER.sub("x", text(row.get("url")))):
        return None, [_gap("webhooks", row, "the importer takes no address that does not begin with http")]
    if key == "editorInterfaces":
        return {**row, **_controls(row)}, []
    if key in ("tags", "locales") and not text(row.get("name")):
        return None, [_gap(key, row, "the importer demands a name")]
    return row, []


def _asset(row: JsonObject) -> Fitted:
    """An asset whose files have a name, a type and an address each."""
    fields = as_object(row.get("fields"))
    files, gaps = dict[str, "Json"](), list[Gap]()
    for code, value in as_object(fields.get("file")).items():
        file = as_object(value)
        # What the service is to fetch has its address under another name; read again, it is taken back.
        address = text(file.get("url")) or text(file.get("upload"))
        if address and _is_described(file):
            files[code] = {**file, "url": address}
        else:
            reason = "a file without an address, a name or a type: the importer would stop at it"
            gaps.append(_gap("assets", row, reason, path=f"/fields/file/{code}"))
    kept: JsonObject = {name: value for name, value in fields.items() if name != "file"}
    return {**row, "fields": {**kept, **({"file": files} if files else {})}}, gaps


def _is_described(file: JsonObject) -> bool:
    return bool(text(file.get("fileName")) and text(file.get("contentType")))


def _controls(row: JsonObject) -> JsonObject:
    """Controls without a widget of no name: the importer takes a text or nothing."""
    if not isinstance(row.get("controls"), list):
        return {}
    controls = [
        {
            name: value
            for name, value in control.items()
            if name not in ("fieldId", "widgetId") or isinstance(value, str)
        }
        for control in objects(row.get("controls"))
    ]
    return {"controls": [*controls]}


def _gap(kind: str, row: JsonObject, reason: str, path: str = "") -> Gap:
    uid = text(row.get("code")) if kind == "locales" else sys_id(row)
    return Gap(kind=kind, uid=uid, path=path, reason=reason)

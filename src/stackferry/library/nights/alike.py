"""Which snapshots of one place can stand for each other: those that were made with the same options. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from stackferry.model import JsonObject

# Options that say how, and how much of it, an object is read; all others choose among the objects.
_HOW: Final = frozenset(
    {
        *("versions", "assets", "keep_secrets", "max_asset_size", "editorial", "taxonomy"),
        *("logs", "task_logs", "attachments", "properties", "deleted", "drop_vanished"),
    }
)


def series(manifest: JsonObject) -> str:
    """The same text for snapshots of one place that may take each other's place: same options, same transforms."""
    facts = {**_given(as_object(manifest.get("options"))), "transforms": manifest.get("transforms") or []}
    return exact_json.dumps(facts).decode("utf-8", "surrogatepass")


def selects_alike(one: JsonObject, other: JsonObject) -> bool:
    """Whether options choose the same objects of a place."""
    return _selection(one) == _selection(other)


def _selection(options: JsonObject) -> JsonObject:
    return {name: value for name, value in _given(options).items() if name not in _HOW}


def _given(options: JsonObject) -> JsonObject:
    """Options that are not the default, in one order: a later version may have more of them."""
    return {name: options[name] for name in sorted(options) if options[name]}

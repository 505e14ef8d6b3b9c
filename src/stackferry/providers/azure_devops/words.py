"""How a summary and a listing show what snapshots of a project hold: words, order, titles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, integer, nested, text
from stackferry.providers.azure_devops.kinds import record_key
from stackferry.providers.system import LiveWords, RecordView, Words

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

WORDS: Final = Words(
    labels={
        "definition_history": "who changed definitions",
        "definition_revisions": "revisions",
        "definition_snapshots": "definitions as released",
        "files": "logs and files",
        "connections": "service connections",
        "builds": "build definitions",
    },
    order=(
        *("folders", "definitions", "definition_history", "definition_revisions"),
        *("releases", "definition_snapshots", "deployments", "files"),
    ),
    live=LiveWords("releases", "deployed", "to"),
    older={"definitions": "definition_revisions"},
    several=frozenset(
        {"definition_history", "definition_revisions", "definition_snapshots", "task_groups", "files"}
    ),
    phases={
        **dict.fromkeys(
            ("folders", "definitions", "definition_history", "definition_revisions", "deleted_definitions"),
            "definitions",
        ),
        **dict.fromkeys(("releases", "definition_snapshots", "deleted_releases"), "releases"),
        **dict.fromkeys(("deployments", "manual_interventions"), "deployments"),
        "files": "logs",
    },
)


def view(kind: str, record: JsonObject) -> RecordView:
    """What a listing shows of a record: the id as the service writes it."""
    uid, number = record_key(kind, record)
    parts = [_plain(part) for part in uid.split("\0")]
    title = _title(kind, record)
    names = dict.fromkeys(filter(None, ("/".join(parts), parts[0], title, *_paths(kind, record))))
    return RecordView(
        uid="/".join(parts), names=tuple(names), version=number or _version(record), title=title
    )


def _plain(part: str) -> str:
    return str(int(part)) if part.isdecimal() else part


def _version(record: JsonObject) -> Json:
    return integer(record.get("revision")) or integer(record.get("attempt"))


def _title(kind: str, record: JsonObject) -> str:
    body = as_object(record.get("body")) or record
    if kind == "files":
        return text(record.get("name")) or text(record.get("of")).replace("_", " ")
    named = text(body.get("name")) or text(nested(body, "release", "name")) or text(body.get("changeType"))
    if kind == "deployments":
        named = "/".join(filter(None, (named, text(nested(body, "releaseEnvironment", "name")))))
    return " ".join(named.split())[:100]


def _paths(kind: str, record: JsonObject) -> list[str]:
    """A release as DEFINITION/RELEASE, since releases of several definitions may have one name."""
    definition = text(nested(record, "releaseDefinition", "name"))
    return [f"{definition}/{text(record.get('name'))}"] if kind == "releases" and definition else []

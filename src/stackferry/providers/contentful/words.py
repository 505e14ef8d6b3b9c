"""How a summary and a listing show what Contentful's snapshots hold: words, order, titles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, integer, nested, text
from stackferry.providers.contentful.kinds import record_key
from stackferry.providers.system import RecordView, Words

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

WORDS = Words(
    labels={
        "published_entries": "live bodies of entries",
        "published_assets": "live bodies of assets",
        "published_content_types": "live bodies of content types",
        "entry_snapshots": "older versions",
        "content_type_snapshots": "older versions of content types",
        "release_entries": "entries in releases",
        "release_assets": "assets in releases",
        "files": "asset files",
        "concepts": "taxonomy concepts",
        "concept_schemes": "taxonomy schemes",
        "api_keys": "API keys",
        "preview_api_keys": "preview API keys",
        "ui_config": "views of the web app",
    },
    order=(
        *("entries", "published_entries", "entry_snapshots"),
        *("assets", "published_assets", "files"),
        *("releases", "release_entries", "release_assets", "release_actions", "scheduled_actions"),
        *("content_types", "published_content_types", "content_type_snapshots", "editor_interfaces"),
        *("locales", "tags", "concepts", "concept_schemes"),
    ),
    older={"entries": "entry_snapshots", "content_types": "content_type_snapshots"},
    several=frozenset({"entry_snapshots", "content_type_snapshots", "release_entries", "release_assets"}),
    phases={
        **dict.fromkeys(
            ("content_types", "published_content_types", "content_type_snapshots", "editor_interfaces"),
            "content types",
        ),
        **dict.fromkeys(("concepts", "concept_schemes"), "taxonomies"),
        **dict.fromkeys(("assets", "published_assets", "files", "uploads"), "assets"),
        **dict.fromkeys(("entries", "published_entries", "entry_snapshots"), "entries"),
        **dict.fromkeys(("tasks", "comments", "workflows"), "entries"),
        **dict.fromkeys(("publications", "scheduled_actions"), "publishing"),
        **dict.fromkeys(("releases", "release_entries", "release_assets", "release_actions"), "releases"),
    },
)
_TITLES: Final = ("title", "name", "displayName", "internalName", "headline", "heading", "label", "slug")


def view(kind: str, record: JsonObject) -> RecordView:
    """What a listing shows of a record."""
    if kind == "files":
        url = text(record.get("uid"))
        return RecordView(uid=url, names=(url,), version=record.get("version"), title="")
    uid, number = record_key(kind, record)
    document = as_object(record.get("snapshot")) or record
    shown = uid.partition("\0")[2] or uid
    names = dict.fromkeys(filter(None, (shown, *uid.split("\0"), text(nested(record, "sys", "id")))))
    version = number or integer(nested(document, "sys", "version"))
    return RecordView(uid=shown, names=tuple(names), version=version, title=_title(document))


def _title(document: JsonObject) -> str:
    """The title of an object. An entry's is in a field that only its type names: likely names first."""
    fields = as_object(document.get("fields"))
    if not fields or isinstance(document.get("fields"), list):
        found = next(filter(None, (_words(document.get(name)) for name in _TITLES)), "")
        return found or _words(_concept_label(document))
    named = (_first(fields.get(name)) for name in _TITLES)
    return next(filter(None, (*named, *map(_first, fields.values()))), "")


def _concept_label(document: JsonObject) -> Json:
    return next(iter(as_object(document.get("prefLabel")).values()), None)


def _first(value: Json) -> str:
    """The text that a field holds in the first of its locales."""
    return next(filter(None, map(_words, as_object(value).values())), "")


def _words(value: Json) -> str:
    return " ".join(text(value).split())[:100]

"""How a summary, a listing and a preview show what Contentstack's snapshots hold: words, order, titles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, text
from stackferry.providers.system import RecordView, Words

if TYPE_CHECKING:
    from stackferry.model import JsonObject

DOCUMENTS: Final = "documents"
"""What translations are counted under: an entry has a document in each of its languages."""

WORDS = Words(
    labels={
        "versions": "older versions",
        "asset_versions": "older assets",
        "files": "asset files",
        "history": "versions lists",
        "unpublished": "publications taken down",
        "if_not_restored": "only if the trash refuses",
    },
    order=(
        *("entries", DOCUMENTS, "entry_versions", "versions", "history", "variants"),
        *("assets", "files", "asset_versions", "folders", "publications", "unpublished"),
        *("releases", "release_items", "schedules"),
        *("content_types", "global_fields", "extensions", "locales", "environments"),
        *("taxonomies", "terms", "translations"),
    ),
    version_lists="history",
    in_languages={"entries": DOCUMENTS},
    older={"entries": "versions", "assets": "asset_versions"},
    several=frozenset({"release_items", "variants", "files"}),
    state_change="publish or move",  # published elsewhere, or in another workflow stage
    phases={
        **dict.fromkeys(("content_types", "global_fields"), "content types"),
        **dict.fromkeys(("taxonomies", "terms", "translations"), "taxonomies"),
        **dict.fromkeys(("folders", "assets", "asset_versions", "files"), "assets"),
        **dict.fromkeys(("entries", "versions", "version_names", "history"), "entries"),
        **dict.fromkeys(("variants", "metadata", "workflow_stages"), "entries"),
        **dict.fromkeys(("publications", "unpublished", "schedules", "publish_queue"), "publishing"),
        **dict.fromkeys(("releases", "release_items", "deployments"), "releases"),
    },
)

# Kinds whose record wraps the object, and the name that it has there.
_WRAPPED = {"terms": "term", "release_items": "item", "variants": "variant", "translations": "names"}
_TITLES = ("title", "name", "display_name", "filename", "content_type_uid")


def view(kind: str, record: JsonObject) -> RecordView:
    """What a listing shows of a record."""
    wrapped = record.get(_WRAPPED.get(kind, ""))
    inner = wrapped if isinstance(wrapped, dict) else record
    if kind == "stack_settings":  # one record without a uid
        return RecordView(uid=kind, names=(kind,), version=None, title="")
    found = (record.get("uid"), record.get("release"), *(inner.get(name) for name in ("uid", "code", "name")))
    names = tuple(dict.fromkeys(name for name in found if isinstance(name, str) and name))
    return RecordView(
        uid=_uid(kind, record, inner, names),
        names=names,
        version=record.get("_version", record.get("version")),
        title=_schedule_title(record) if kind == "schedules" else _title(inner),
    )


def _uid(kind: str, record: JsonObject, inner: JsonObject, names: tuple[str, ...]) -> str:
    if kind == "locales":
        return str(record.get("code"))
    if kind in ("terms", "translations"):  # the record's own uid is the taxonomy's
        return str(inner.get("uid"))
    return names[0] if names else ""


def _title(inner: JsonObject) -> str:
    found = (text(inner.get(name)) for name in _TITLES)
    return " ".join(next(filter(None, found), "").split())


def _schedule_title(record: JsonObject) -> str:
    """A row of the publish queue: "publish Spring sale 2030-01-01T00:00:00.000Z"."""
    item = as_object(record.get("asset") or record.get("entry"))
    found = (record.get("action"), item.get("title") or item.get("uid"), record.get("scheduled_at"))
    return " ".join(" ".join(word.split()) for word in found if isinstance(word, str))

"""Whether a record is of another kind than its file: by the fields that objects of a kind have and others have not.

API pages: the samples of each kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.providers.contentstack import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from stackferry.model import JsonObject

# What objects of a kind are known by. Authors choose the names of an entry's fields, so entries are known by what the
# service adds; taxonomies, with nothing but a name, by that.
_MARKS: Mapping[str, AbstractSet[str]] = {
    kinds.ENVIRONMENTS.name: {"urls", "deploy_content", "servers"},
    kinds.TAXONOMIES.name: {"name"},
    kinds.EXTENSIONS.name: {"srcdoc", "src", "data_type", "config"},
    kinds.GLOBAL_FIELDS.name: {"schema"},
    kinds.CONTENT_TYPES.name: {"schema"},
    kinds.FOLDERS.name: {"is_dir"},
    kinds.ASSETS.name: {"filename", "file_size"},
    kinds.ASSET_VERSIONS.name: {"filename", "file_size"},
    kinds.ENTRIES.name: {"publish_details", "locale"},
    kinds.VERSIONS.name: {"publish_details", "locale"},
    kinds.HISTORY.name: {"versions"},
    kinds.METADATA.name: {"entity_uid"},
    kinds.ROLES.name: {"rules"},
    kinds.WORKFLOWS.name: {"workflow_stages"},
    kinds.PUBLISH_RULES.name: {"workflow_stage", "workflow", "approvers"},
    kinds.LABELS.name: {"parent"},
    kinds.VARIANT_GROUPS.name: {"variants"},
    kinds.VARIANTS.name: {"variant"},
    kinds.RELEASES.name: {"locked", "items_count", "archived"},
    kinds.SCHEDULES.name: {"publish_status", "scheduled_at", "entry", "asset"},
    kinds.WEBHOOKS.name: {"destinations", "channels"},
}  # fmt: skip
# Fields that objects of several kinds have say nothing of an object that lacks those of its own.
_SHARED = frozenset(("name", "locale", "publish_details", "parent", "config"))
_TELLING = {mark: kind for kind, marks in _MARKS.items() for mark in marks - _SHARED}


# What else an object of these kinds says of itself: a folder that it is one, an asset that it is none.
_IS_FOLDER = {kinds.FOLDERS.name: True, kinds.ASSETS.name: False}


def other_kind(kind: str, row: JsonObject) -> Iterator[str]:
    """What says that a record is of another kind: it has none of the fields of its own, and some of another one."""
    uid, own = text(row.get("uid")), _MARKS.get(kind, frozenset())
    if own and own.isdisjoint(row) and (found := sorted(_TELLING.keys() & row.keys())):
        yield f"{uid} looks like one of {_TELLING[found[0]]}"
    if kind in _IS_FOLDER and row.get("is_dir") is (not _IS_FOLDER[kind]):
        yield f"{uid} is {'an asset' if _IS_FOLDER[kind] else 'a folder'}"

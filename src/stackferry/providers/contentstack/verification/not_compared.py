"""What `verify --against` and `diff` do not compare, each with its reason. Everything else of every object is compared.

docs/reliability.md shows these rows, and a test changes every key of every kind to prove that there are no others.
Null, an empty text, an empty list and an absent key count as one value everywhere.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.comparable import SERVER_KEYS
from stackferry.providers.differences import NotCompared

_VERSION = (
    "numbers of versions are the target's own; publications and release items are compared by what they mean"
)
_OF_TARGET = "the service gives each stack its own"

_PEOPLE = "another stack has another team; within a stack people are compared, and `$all` everywhere"
_DETAILS = (
    "compared by environment, language and version; the import publishes at another time, as another user"
)
_LIVE = "compared by environment and language; the import publishes at another time, as another user"
NOT_COMPARED: Final = (
    NotCompared("assets", "_version", _VERSION),
    NotCompared("assets", "url", _OF_TARGET),
    NotCompared("assets", "file_size", "bytes are compared by their SHA-256"),
    NotCompared("assets", "<file name>", "characters that the service replaces by `_` count as `_`"),
    NotCompared("assets", "is_dir", "folders are a kind of their own"),
    NotCompared("assets", "publish_details/*/*", _DETAILS),
    NotCompared("content_types", "schema/*/schema", "a copy of the global field, which is compared"),
    NotCompared("entries", "_version", _VERSION),
    NotCompared("entries", "_in_progress", "somebody edits it at the moment"),
    NotCompared("entries", "locale", "it names the record's place, where it is looked for"),
    NotCompared("entries", "_metadata", "a copy of what extensions keep, whose own records are compared"),
    NotCompared("entries", "publish_details", _DETAILS),
    NotCompared(
        "entries",
        "_workflow/*",
        "a copy of the stage, which the workflow says; its uid, comment, due date and assignment are compared",
    ),
    NotCompared("entries", "_workflow/assigned_to/*", _PEOPLE),
    NotCompared("entries", "<file>/*", "a copy of the asset, which is compared; its uid is compared"),
    NotCompared(
        "entries",
        "<rich text>/*",
        "uids of nodes, the root's `_version` and the mark `dirty`: the service's own; the rest is compared",
    ),
    NotCompared(
        "entries",
        "<instance>/_metadata",
        "uids of instances of groups and blocks: a service may give its own",
    ),
    NotCompared("entries", "<older versions>", "their names are compared, where the snapshot has one"),
    NotCompared("folders", "is_dir", "every folder is one"),
    NotCompared("folders", "content_type", "every folder has the same"),
    NotCompared(
        "metadata",
        "publish_details/*/*",
        "compared by environment and language; the import publishes at another time, as another user",
    ),
    NotCompared("release_items", "item/*", "compared by object, language, version, variant and action"),
    NotCompared("schedules", "*", "compared by object, action, time, environments, languages and version"),
    NotCompared("taxonomies", "publish_details/*/*", _LIVE),
    NotCompared("terms", "term/taxonomy_uid", "it names the record's place, where it is looked for"),
    NotCompared(
        "translations", "names/*", "name and description are compared; the rest is the term's own record"
    ),
    NotCompared("variant_groups", "variants/*/uid", _OF_TARGET + "; they are compared by name"),
    *(
        NotCompared("variant_groups", f"variants/*/{name}", "the service sets it")
        for name in ("created_at", "created_by", "updated_at", "updated_by")
    ),
    NotCompared("variant_groups", "branches", "where both sides are of one stack: the branch that it is in"),
    NotCompared("variants", "variant/_version", _VERSION),
    NotCompared("variants", "variant/_variant/*", "the fields that it changes are compared by name"),
    NotCompared("variants", "variant/publish_details", "compared by environment and language"),
    NotCompared("publish_rules", "approvers/users/*", _PEOPLE),
    NotCompared(
        "webhooks", "disabled", "an import switches webhooks off; with --enable-webhooks it is compared"
    ),
    NotCompared("workflows", "admin_users/users/*", _PEOPLE),
    NotCompared("workflows", "workflow_stages/*/SYS_ACL/users/uids/*", _PEOPLE),
    NotCompared("workflows", "workflow_stages/*/uid", _OF_TARGET + "; they are compared by name"),
    NotCompared("stack_settings", "*", "no import writes them; a `diff` of one place shows them"),
)


# Records that hold the object of the API under a key, beside what it belongs to.
_INSIDE: Final = {"terms": "term", "release_items": "item", "translations": "names", "variants": "variant"}


@lru_cache(maxsize=1)
def not_compared() -> tuple[NotCompared, ...]:
    """Every row, by kind and path; the keys that the service sets in a kind are among them."""
    rows = {(row.kind, row.path): row for row in NOT_COMPARED}
    for kind in kinds.KINDS:
        for name in SERVER_KEYS if kind.name in ("entries", "variants") else kind.service_keys:
            path = f"{_INSIDE[kind.name]}/{name}" if kind.name in _INSIDE else name
            rows.setdefault((kind.name, path), NotCompared(kind.name, path, "the service sets it"))
    return tuple(rows[key] for key in sorted(rows))


def is_compared(kind: str, path: str) -> bool:
    """Whether the value at a path, names joined by `/`, is compared."""
    return not any(row.kind == kind and _pattern(row.path).fullmatch(path) for row in not_compared())


@lru_cache(maxsize=512)
def _pattern(path: str) -> re.Pattern[str]:
    steps = ("[^/]+" if step == "*" else re.escape(step) for step in path.split("/"))
    return re.compile("/".join(steps) + "(/.*)?")

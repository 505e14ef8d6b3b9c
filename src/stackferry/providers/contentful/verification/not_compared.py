"""What `verify --against` and `diff` do not compare, each with its reason. Everything else of every object is compared.

docs/contentful.md shows these rows, and a test changes every key of every kind to prove that there are no others. Null,
empty and absent count as one value, but in the fields of entries and assets and in the parameters of apps.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from stackferry.providers.differences import NotCompared

_SERVICE: Final = "the service sets it: ids of people and places, times, numbers of versions"
_NO_IMPORT: Final = "no import writes them; a `diff` of one place shows them"
_HISTORY: Final = "what was done is history, and cannot be done again; what came of it is compared"
_ORDER: Final = "its order means nothing"
_ASSETS: Final = ("assets", "published_assets", "release_assets")
_DOCUMENTS: Final = (*_ASSETS, "entries", "published_entries", "release_entries")
_OF_FILES: Final = (
    (
        "fields/file/*/url",
        "each space has its own; that there is one is compared, and the bytes by their SHA-256",
    ),
    ("fields/file/*/details", "the service reads it from the bytes, which are compared"),
    ("fields/file/*/uploadFrom", "it is gone after a day; that it is still to come is compared"),
)
_SNAPSHOTS: Final = ("entry_snapshots",)
_OF_SNAPSHOTS: Final = (
    ("snapshot/sys", "numbers and times are the target's own; bodies are compared in their order"),
    ("snapshot/metadata", "the service keeps no tags with an older version"),
    ("<any>", "they are compared where an import with --versions all was to bring them"),
)

NOT_COMPARED: Final = (
    NotCompared("*", "sys", _SERVICE + "; states, and what `sys` says besides, are compared"),
    NotCompared(
        "*", "<credentials>", "snapshots redact them: each is a gap, but for webhooks within one space"
    ),
    NotCompared("locales", "internal_code", "the service sets it"),
    *(NotCompared(kind, path, reason) for kind in _ASSETS for path, reason in _OF_FILES),
    *(
        NotCompared(kind, f"metadata/{name}/<order>", _ORDER)
        for kind in _DOCUMENTS
        for name in ("tags", "concepts")
    ),
    *(NotCompared(kind, path, reason) for kind in _SNAPSHOTS for path, reason in _OF_SNAPSHOTS),
    NotCompared("concepts", "conceptSchemes", "the members that schemes list are compared"),
    NotCompared("concepts", "narrower", "what concepts name as broader is compared"),
    NotCompared("concept_schemes", "totalConcepts", "the members themselves are compared"),
    NotCompared("releases", "entities/items/<order>", _ORDER),
    NotCompared("releases", "entities/sys", "every list has the same"),
    NotCompared("releases", "entities/items/*/<mode>", "all locales on one side say what an action says"),
    NotCompared("ui_config", "publish", "how a space publishes is its own; states are compared"),
    NotCompared("scheduled_actions", "<not scheduled>", _HISTORY),
    NotCompared("release_actions", "*", _HISTORY),
    NotCompared("workflows", "previousStepId", _HISTORY),
    NotCompared(
        "workflow_definitions", "steps/*/id", "the service gives each its own; they are compared by name"
    ),
    NotCompared("webhooks", "active", "an import makes them inactive; with --enable-webhooks it is compared"),
    NotCompared("tasks", "commentsCount", "the comments themselves are compared"),
    NotCompared("content_type_snapshots", "*", "they are recorded: an import replays those of entries only"),
    NotCompared("space", "*", _NO_IMPORT),
    NotCompared("api_keys", "*", _NO_IMPORT),
    NotCompared("preview_api_keys", "*", _NO_IMPORT),
    NotCompared("environment_aliases", "*", _NO_IMPORT),
    NotCompared(
        "*",
        "<other locales>",
        "with --only-locale values and states in these locales are compared alone; tags and archiving are not",
    ),
    NotCompared(
        "*",
        "<only in the target>",
        "verify leaves out webhooks, roles, extensions, apps, taxonomy, editor interfaces that the target has besides",
    ),
)
OF_ONE_PLACE: Final = (
    NotCompared("*", "sys/version", "told where nothing else of an entry or an asset has changed"),
    NotCompared("entry_snapshots", "*", "a version never changes"),
    NotCompared("release_actions", "*", _HISTORY),
    NotCompared("*", "<credentials>", "snapshots redact them, unless both were made with --keep-secrets"),
)


def is_compared(kind: str, path: str) -> bool:
    """Whether the value at a path, names joined by `/`, is compared."""
    return not any(row.kind in ("*", kind) and _pattern(row.path).fullmatch(path) for row in NOT_COMPARED)


@lru_cache(maxsize=512)
def _pattern(path: str) -> re.Pattern[str]:
    steps = ("[^/]+" if step == "*" else re.escape(step) for step in path.split("/"))
    return re.compile("/".join(steps) + "(/.*)?")

"""What `verify --against` and `diff` do not compare, each with its reason. Everything else of every object is compared.

docs/azure-devops.md shows these rows, and a test changes every key of every kind to prove that there are no others.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from stackferry.providers.differences import NotCompared

_OF_RELEASES: Final = "it follows from the releases, which are compared"
_ADDRESS: Final = "an address of the API, which follows from ids"
_PERSON: Final = "somebody is compared by the unique name, else by the display name, else by the id"

OF_ONE_PLACE: Final = (
    NotCompared("*", "**/_links", _ADDRESS),
    NotCompared("*", "**/<url of the API>", _ADDRESS),
    NotCompared("definitions", "lastRelease", _OF_RELEASES),
    NotCompared("definitions", "environments/*/currentRelease", _OF_RELEASES),
    NotCompared(
        "*", "**/<reference>/name", "what has a record of its own is compared there, and here by its id"
    ),
    NotCompared("*", "**/<person>/displayName", _PERSON),
    NotCompared("files", "<bytes of a zip>", "of zips with other bytes the members are compared"),
    NotCompared(
        "*", "<save>", "revision, time, author and comment of a save: told where nothing else differs"
    ),
    NotCompared(
        "*", "<attempt>", "what follows from an attempt that is new or has another result: that is told"
    ),
    NotCompared("*", "<vanished>", "what the service no longer has and an archive keeps: listed as vanished"),
    NotCompared("*", "<credentials>", "snapshots redact them, unless they were made with --keep-secrets"),
)


def is_compared(kind: str, path: str) -> bool:
    """Whether the value at a path, names joined by `/`, is compared."""
    return not any(row.kind in ("*", kind) and _pattern(row.path).fullmatch(path) for row in OF_ONE_PLACE)


@lru_cache(maxsize=512)
def _pattern(path: str) -> re.Pattern[str]:
    steps = (
        ".*?" if step == "**" else "[^/]+" if step == "*" else re.escape(step) for step in path.split("/")
    )
    return re.compile("/".join(steps) + "(/.*)?")

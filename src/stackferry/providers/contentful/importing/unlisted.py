"""Kinds that the target does not list to the token: what is there already cannot be known. Pure.

Of a kind whose ids the service chooses another one would be made, and once more by every later import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import text

if TYPE_CHECKING:
    from stackferry.providers.target import ImportContext

NOT_LISTED: Final = (
    "the target does not list objects of this kind to the token, so it may be there already: it was not made"
)


def unlisted_kinds(context: ImportContext) -> frozenset[str]:
    """The kinds of which a list of the target was refused. Ask with `context.once`."""
    # A gap of a whole listing has its name: "roles", "releases/timeline", "tasks/ENTRY".
    kinds = (text(gap.get("kind")) for gap in context.gaps_of_target() if gap.get("uid") in ("", "*"))
    return frozenset(kind.partition("/")[0] for kind in kinds)

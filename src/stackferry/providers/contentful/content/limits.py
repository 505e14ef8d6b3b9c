"""What a snapshot never holds, because the API does not give it, what no import replays, and what a plan lacks. Pure.

A limit is no gap: nothing shows whether a space has any of it, so it has no exit code. What was refused to the token is
a gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import Json, JsonObject

NEVER_GIVEN: Final = {
    "content_previews": "settings of content previews: no call of the API has them",
    "members": "members, teams and their rights, usage: they belong to the organization and its people",
    "tokens": "tokens of API keys and values of secret webhook headers: they never come back and must be made anew",
    "jobs": "bulk actions, uploads, runs of webhooks: they pass",
    "apps": "app definitions, functions, AI actions and automations: they belong to the organization",
    "experiences": "design tokens, components, templates, assemblies and experiences of Experience Orchestration",
    "asset_history": "earlier versions of assets: the service keeps none",
}
NOT_ALL_VERSIONS: Final = {
    "older_versions": "versions before what is live: --versions all reads them",
}
WITHOUT_LIVE_BODIES: Final = {
    **NOT_ALL_VERSIONS,
    "live_bodies": "what is live of what was edited since: --versions latest leaves it out",
    "bodies_in_releases": "what Timeline releases hold of entries and assets: --versions latest leaves it out",
}
ALL_VERSIONS: Final = {
    "type_history": "earlier versions of content types are recorded; an import replays those of entries alone",
}


def limits(versions: str, not_offered: Iterable[JsonObject] = ()) -> list[Json]:
    """As a manifest lists them. `versions`: those that an export asked for; `not_offered`: kinds that a plan lacks."""
    of_versions = {"all": ALL_VERSIONS, "latest": WITHOUT_LIVE_BODIES}.get(versions, NOT_ALL_VERSIONS)
    found = {**NEVER_GIVEN, **of_versions}
    for row in not_offered:
        kind = text(row.get("kind")).partition("/")[0]  # the name of its listing
        found[kind] = f"not offered to this space: {text(row.get('reason'))}"
    return [{"kind": kind, "reason": reason} for kind, reason in sorted(found.items())]

"""Every call of Contentful's releases and bulk actions: its client method and its command.

The second part of docs/api.md is this table (`markdown`), and a test compares the rows with the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

# The page, as its own heading calls it, and what stands on no page that is beside the project.
RELEASES = "Timeline releases"
VENDOR = "Releases: calls of the vendor's own client"
BULK = "Bulk actions"
HEAD = "# Contentful"

_ALL = "/releases"
_ONE = "/releases/{release_id}"
_ACTIONS = "/release_actions"
_BULK = "/bulk_actions"
_BODIES = {"entries": "ReleaseEntries", "assets": "ReleaseAssets"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request below `/spaces/{space}/environments/{environment}`, and how it is used from here."""

    page: str
    section: str
    method: str
    path: str
    client: str
    command: str


def _release(section: str, method: str, path: str, client: str, command: str) -> Call:
    return Call(RELEASES, section, method, path, client, command)


def _bodies(kind: str) -> tuple[Call, ...]:
    many, one, client = f"{_ONE}/{kind}", f"{_ONE}/{kind}/{{entity_id}}", _BODIES[kind]
    word = "an entry" if kind == "entries" else "an asset"
    return (
        Call(
            VENDOR, f"Get all {kind} of a release", "GET", many, f"{client}.get_all", f"release {kind} list"
        ),
        Call(VENDOR, f"Get {word} of a release", "GET", one, f"{client}.get", f"release {kind} get"),
        Call(VENDOR, f"Update {word} of a release", "PUT", one, f"{client}.update", f"release {kind} put"),
        Call(VENDOR, f"Patch {word} of a release", "PATCH", one, f"{client}.patch", f"release {kind} patch"),
        Call(
            VENDOR, f"Create {word} in a release", "POST", many, f"{client}.create", f"release {kind} create"
        ),
        Call(
            VENDOR,
            f"Create {word} in a release under an id",
            "PUT",
            one,
            f"{client}.create",
            f"release {kind} create --id",
        ),
    )


CALLS: tuple[Call, ...] = (
    _release("Create release", "POST", _ALL, "Releases.create", "release create"),
    _release("Get all releases", "GET", _ALL, "Releases.get_all", "release list"),
    _release("Get a release", "GET", _ONE, "Releases.get", "release show"),
    _release("Update release", "PUT", _ONE, "Releases.update", "release update"),
    _release("Delete a release", "DELETE", _ONE, "Releases.delete", "release delete"),
    _release(
        "Create validation release action",
        "POST",
        f"{_ONE}/validate",
        "Releases.validate",
        "release validate",
    ),
    _release("Publish release", "PUT", f"{_ONE}/published", "Releases.publish", "release publish"),
    _release("Archive release", "PUT", f"{_ONE}/archived", "Releases.archive", "release archive"),
    _release("Get all release actions", "GET", _ACTIONS, "ReleaseActions.get_all", "release actions"),
    _release(
        "Get a release action", "GET", f"{_ONE}/actions/{{action_id}}", "ReleaseActions.get", "release action"
    ),
    Call(
        VENDOR,
        "Unpublish a Launch release",
        "DELETE",
        f"{_ONE}/published",
        "Releases.unpublish",
        "release unpublish",
    ),
    Call(
        VENDOR,
        "Unarchive a release",
        "DELETE",
        f"{_ONE}/archived",
        "Releases.unarchive",
        "release unarchive",
    ),
    *_bodies("entries"),
    *_bodies("assets"),
    Call(BULK, "Publish", "POST", f"{_BULK}/publish", "BulkActions.publish", "bulk publish"),
    Call(BULK, "Publish some locales", "POST", _BULK, "BulkActions.publish", "bulk publish --locale"),
    Call(BULK, "Unpublish", "POST", f"{_BULK}/unpublish", "BulkActions.unpublish", "bulk unpublish"),
    Call(BULK, "Unpublish some locales", "POST", _BULK, "BulkActions.unpublish", "bulk unpublish --locale"),
    Call(BULK, "Validate", "POST", f"{_BULK}/validate", "BulkActions.validate", "bulk validate"),
    Call(BULK, "Validate some locales", "POST", _BULK, "BulkActions.validate", "bulk validate --locale"),
    Call(
        BULK, "Get a bulk action", "GET", f"{_BULK}/actions/{{action_id}}", "BulkActions.get", "bulk status"
    ),
    Call(
        BULK,
        "Get a bulk action of some locales",
        "GET",
        f"{_BULK}/{{action_id}}",
        "BulkActions.get",
        "bulk status",
    ),
    Call(BULK, "States of entries", "GET", "/entries", "BulkActions.states", "bulk show"),
    Call(BULK, "States of assets", "GET", "/assets", "BulkActions.states", "bulk show"),
)

EXAMPLE = """\
import anyio

import stackferry
from stackferry.contentful import ReleaseActions, ReleaseEditor, Releases, Root, Wanted


async def publish_together(place, entries):
    async with stackferry.connect(place) as space:  # a URL or a profile; the token as for commands
        of = space.call, Root.of(space.place), anyio.sleep
        items = [Wanted("Entry", entry) for entry in entries]
        release = (await ReleaseEditor(*of).create(title="Together", items=items))["sys"]
        begun = await Releases(*of).publish(release_id=release["id"], version=release["version"])
        return await ReleaseActions(*of).wait(release_id=release["id"], action_id=begun["sys"]["id"])
"""
_INTRODUCTION = f"""\
{HEAD}

The calls of Contentful's Content Management API about releases and bulk actions. Requests are below
`/spaces/{{space_id}}/environments/{{environment_id}}`. Methods belong to the classes of
`stackferry.providers.contentful.api`: each takes the `call` of a session and the `Root` of a place, sends
payloads unchanged and returns the answer as it came. A refusal is raised in words that name the release or
the entity, the reason that the page gives for it, and what to do next (`api/reasons.py`).

`BulkActions.carry_out` cuts any number of entities into actions of 200, five at a time, and follows them.
`ReleaseActions.wait` follows an action to its end. With a `sleep`, `Releases` asks again a few times while a
release is busy (429). `Releases.pages` and `ReleaseActions.pages` follow the cursors of the lists.

`ReleaseEditor` makes and changes releases of named entities, in the shape that the space wants; `missed`
tells which items of a bulk action were not done.

```python
{EXAMPLE}```

`markdown()` of `tests/providers/contentful/api/contentful_endpoints.py` writes this section; a test compares
the two.
"""


def markdown() -> str:
    """The table as docs/api.md shows it."""
    lines = [_INTRODUCTION]
    for page, rows in groupby(CALLS, key=attrgetter("page")):
        lines += [f"## {page}\n", "| Call | Request | Client method | Command |", "|---|---|---|---|"]
        lines += [*map(_row, rows), ""]
    return "\n".join(lines) + "\n"


def _row(row: Call) -> str:
    return f"| {row.section} | `{row.method} {row.path}` | `{row.client}` | `{row.command}` |"

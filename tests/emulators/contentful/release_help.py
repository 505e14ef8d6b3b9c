"""Bodies of releases, and waiting for their actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from space_client import field_of, link, symbol

if TYPE_CHECKING:
    from space_client import SpaceClient

V2 = {"type": "Release", "schemaVersion": "Release.v2"}


def both(space: SpaceClient) -> None:
    """A content type, two entries and an asset."""
    space.content_type("page", symbol(), field_of("Link", "near", linkType="Entry"))
    space.entry("page", "one", title="One")
    space.entry("page", "two", title="Two")
    space.asset("a", b"bytes")


def release(title: str, *entities: dict[str, Any]) -> dict[str, Any]:
    """The body of a Launch release."""
    return {"title": title, "entities": {"sys": {"type": "Array"}, "items": [*entities]}}


def timeline(title: str, *entities: dict[str, Any], action: str = "publish") -> dict[str, Any]:
    """The body of a Timeline release whose items name an action."""
    rows = [{"entity": entity, "action": action} for entity in entities]
    return {"title": title, "sys": V2, "entities": {"sys": {"type": "Array"}, "items": rows}}


def by_locale(title: str, *rows: tuple[dict[str, Any], list[str], list[str]]) -> dict[str, Any]:
    """The body of a Timeline release whose items name what becomes of each locale."""
    items = [
        {"entity": entity, "add": {"fields": {"*": add}}, "remove": {"fields": {"*": remove}}}
        for entity, add, remove in rows
    ]
    return {"title": title, "sys": V2, "entities": {"sys": {"type": "Array"}, "items": items}}


def made(space: SpaceClient, body: dict[str, Any]) -> Any:
    return space.ok("POST", "/releases", body)


def items(release: dict[str, Any]) -> list[str]:
    """The ids of its entities."""
    return [row.get("entity", row)["sys"]["id"] for row in release["entities"]["items"]]


def wait(space: SpaceClient, uid: str, action: Any) -> Any:
    """The action when it has ended."""
    for _ in range(20):
        found = space.get(f"/releases/{uid}/actions/{action['sys']['id']}")
        if found["sys"]["status"] in ("succeeded", "failed"):
            return found
    raise AssertionError(f"the action never ends: {found}")


def published(space: SpaceClient, uid: str) -> Any:
    """Publish a release; what its action says in the end."""
    version = space.get(f"/releases/{uid}")["sys"]["version"]
    return wait(space, uid, space.ok("PUT", f"/releases/{uid}/published", version=version))


__all__ = ["V2", "both", "by_locale", "items", "link", "made", "published", "release", "timeline", "wait"]

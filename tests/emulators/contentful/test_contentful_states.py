"""The state of an entry: draft, published, changed, archived, and what each refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from space_client import open_space, symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient


@pytest.fixture
def space() -> Iterator[SpaceClient]:
    with open_space() as opened:
        opened.content_type("page", symbol())
        opened.entry("page", "home", title="First")
        yield opened


def test_a_draft_has_no_published_version(space: SpaceClient) -> None:
    sys = space.get("/entries/home")["sys"]
    assert (sys["version"], sys.get("publishedVersion"), sys["publishedCounter"]) == (1, None, 0)
    assert sys["fieldStatus"] == {"*": {"en-US": "draft"}}


def test_a_published_entry_is_one_version_ahead_of_what_was_published(space: SpaceClient) -> None:
    sys = space.publish("/entries/home")["sys"]
    assert (sys["version"], sys["publishedVersion"], sys["publishedCounter"]) == (2, 1, 1)
    assert sys["fieldStatus"] == {"*": {"en-US": "published"}}


def test_a_changed_entry_keeps_its_live_body(space: SpaceClient) -> None:
    space.publish("/entries/home")
    sys = space.edit("home", title="Second")["sys"]
    assert sys["version"] > sys["publishedVersion"] + 1
    assert sys["fieldStatus"] == {"*": {"en-US": "changed"}}
    assert space.get("/public/entries")["items"][0]["fields"] == {"title": {"en-US": "First"}}


def test_a_stale_or_missing_version_is_refused(space: SpaceClient) -> None:
    body = {"fields": {"title": {"en-US": "Lost"}}}
    for version in (None, 0, 2):
        refusal = space.refused("PUT", "/entries/home", body, version)
        assert (refusal.status, refusal.id) == (409, "VersionMismatch")
    assert space.get("/entries/home")["fields"] == {"title": {"en-US": "First"}}


def test_an_archived_entry_takes_no_edit_and_no_publish(space: SpaceClient) -> None:
    sys = space.ok("PUT", "/entries/home/archived")["sys"]
    assert (sys["version"], sys["archivedVersion"]) == (2, 1)
    assert space.refused("PUT", "/entries/home", {"fields": {}}, 2).status == 400
    assert space.refused("PUT", "/entries/home/published", version=2).status == 400
    assert "archivedVersion" not in space.ok("DELETE", "/entries/home/archived")["sys"]


def test_what_is_live_is_neither_archived_nor_deleted(space: SpaceClient) -> None:
    space.publish("/entries/home")
    assert space.refused("PUT", "/entries/home/archived").status == 400
    assert space.refused("DELETE", "/entries/home").status == 400
    assert "publishedVersion" not in space.ok("DELETE", "/entries/home/published")["sys"]
    space.ok("DELETE", "/entries/home")
    assert space.refused("GET", "/entries/home").details == {"type": "Entry", "id": "home"}


def test_a_write_replaces_the_whole_entry(space: SpaceClient) -> None:
    assert space.edit("home")["fields"] == {}


def test_an_entry_needs_its_content_type(space: SpaceClient) -> None:
    assert space.refused("PUT", "/entries/other", {"fields": {}}).status == 400
    refusal = space.refused("PUT", "/entries/other", {"fields": {}}, x_contentful_content_type="nothing")
    assert (refusal.status, refusal.id) == (422, "UnknownContentType")

"""Publishing locale by locale: one document holds all locales, and each has a state of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from space_client import open_space, symbol

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient

WORDS = {"en-US": "Hello", "de": "Hallo", "fr": "Bonjour"}


def add(*codes: str) -> dict[str, Any]:
    return {"add": {"fields": {"*": [*codes]}}}


def remove(*codes: str) -> dict[str, Any]:
    return {"remove": {"fields": {"*": [*codes]}}}


def filled(space: SpaceClient) -> None:
    space.locale("de")
    space.locale("fr", optional=True)
    space.content_type("page", symbol(localized=True, required=True), symbol("note", localized=True))
    space.entry("page", "home", title=WORDS)


@pytest.fixture
def space() -> Iterator[SpaceClient]:
    with open_space() as opened:
        filled(opened)
        yield opened


def states(space: SpaceClient, uid: str = "home") -> dict[str, str]:
    found: dict[str, str] = space.get(f"/entries/{uid}")["sys"]["fieldStatus"]["*"]
    return found


def live(space: SpaceClient) -> Any:
    rows = space.get("/public/entries")["items"]
    return rows[0]["fields"] if rows else None


def test_no_body_publishes_all_locales(space: SpaceClient) -> None:
    space.publish("/entries/home")
    assert set(states(space).values()) == {"published"}
    assert live(space) == {"title": WORDS}


def test_add_publishes_these_and_leaves_the_others(space: SpaceClient) -> None:
    space.publish("/entries/home", add("en-US"))
    assert states(space) == {"en-US": "published", "de": "draft", "fr": "draft"}
    assert live(space) == {"title": {"en-US": "Hello"}}
    space.publish("/entries/home", add("de"))
    assert live(space) == {"title": {"en-US": "Hello", "de": "Hallo"}}


def test_remove_takes_these_down_by_put(space: SpaceClient) -> None:
    space.publish("/entries/home")
    space.publish("/entries/home", remove("de", "fr"))
    assert states(space) == {"en-US": "published", "de": "draft", "fr": "draft"}
    space.publish("/entries/home", remove("en-US"))
    assert live(space) is None
    assert "publishedVersion" not in space.get("/entries/home")["sys"]


def test_one_call_may_add_and_remove(space: SpaceClient) -> None:
    space.publish("/entries/home", add("de"))
    space.publish("/entries/home", {**add("en-US"), **remove("de")})
    assert states(space) == {"en-US": "published", "de": "draft", "fr": "draft"}


def test_an_edit_changes_the_state_of_its_locales(space: SpaceClient) -> None:
    space.publish("/entries/home", add("en-US", "de"))
    space.edit("home", title={**WORDS, "de": "Moin", "fr": "Salut"})
    assert states(space) == {"en-US": "published", "de": "changed", "fr": "draft"}
    space.publish("/entries/home", add("en-US"))  # the edit of the other locale stays unpublished
    assert live(space) == {"title": {"en-US": "Hello", "de": "Hallo"}}
    assert states(space)["de"] == "changed"


@pytest.mark.parametrize(("switch", "english"), [("content", "published"), ("version", "changed")])
def test_a_locale_is_changed_by_content_or_by_any_write(switch: Any, english: str) -> None:
    with open_space(Switches(field_status=switch)) as space:
        filled(space)
        space.publish("/entries/home", add("en-US", "de"))
        space.edit("home", title={**WORDS, "de": "Moin"})
        assert states(space) == {"en-US": english, "de": "changed", "fr": "draft"}


def test_validation_looks_at_the_locales_that_are_published(space: SpaceClient) -> None:
    """A draft locale may lack what is required; publishing everything is then refused."""
    space.entry("page", "poor", title={"en-US": "Only English"})
    space.publish("/entries/poor", add("en-US"))
    refusal = space.refused("PUT", "/entries/poor/published", version=2)
    assert (refusal.status, refusal.paths) == (422, ["fields/title/de"])  # fr is optional
    assert space.refused("PUT", "/entries/poor/published", add("de"), 2).status == 422
    space.publish("/entries/poor", add("fr"))


def test_assets_are_published_by_locale_too(space: SpaceClient) -> None:
    space.asset("mast", b"bytes", "text/plain", "en-US", "de")
    space.publish("/assets/mast", add("en-US"))
    status = space.get("/assets/mast")["sys"]["fieldStatus"]["*"]
    assert status == {"en-US": "published", "de": "draft", "fr": "draft"}
    assert list(space.get("/public/assets")["items"][0]["fields"]["file"]) == ["en-US"]


@pytest.mark.parametrize(
    "body", [add("es"), remove("es"), {"add": {"fields": {}}}, {"add": {"fields": {"title": ["de"]}}}]
)
def test_a_body_that_names_no_locale_is_refused(space: SpaceClient, body: Any) -> None:
    assert space.refused("PUT", "/entries/home/published", body, 1).status in (400, 422)
    assert live(space) is None


@pytest.mark.parametrize(("switch", "status"), [("refused", 400), ("whole", 200)])
def test_a_partial_publish_on_a_space_without_the_mode(switch: Any, status: int) -> None:
    with open_space(Switches(partial_publish=switch)) as space:
        filled(space)
        space.space.locale_publishing = False
        answer = space.send("PUT", "/entries/home/published", add("en-US"), 1)
        assert answer.status_code == status
        assert live(space) == ({"title": WORDS} if switch == "whole" else None)
        if switch == "whole":
            space.publish("/entries/home", remove("en-US"))
            assert live(space) is None


@pytest.mark.parametrize("shown", [True, False])
def test_the_field_status_on_a_space_without_the_mode(shown: bool) -> None:
    with open_space(Switches(status_without_mode=shown)) as space:
        filled(space)
        assert "fieldStatus" in space.get("/entries/home")["sys"]
        space.space.locale_publishing = False
        assert ("fieldStatus" in space.get("/entries/home")["sys"]) is shown
        if shown:
            space.publish("/entries/home")
            space.edit("home", title={**WORDS, "de": "Moin"})
            assert set(states(space).values()) == {"changed"}  # as a whole


def test_the_web_apps_configuration_tells_the_mode(space: SpaceClient) -> None:
    assert space.get("/ui_config")["publish"] == {"publishMode": "localePublishing"}

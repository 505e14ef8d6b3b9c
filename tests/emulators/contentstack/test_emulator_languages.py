"""Languages: fallback, localized documents, non-localizable fields, unlocalizing, publishing in several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulator_desk import Desk, field_of, open_desk

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = "/content_types/page/entries"


@pytest.fixture
def polyglot() -> Iterator[Desk]:
    """en-us ← fr ← fr-ca, and de; a page with a text that is not localizable."""
    with open_desk() as desk:
        desk.locale("fr")
        desk.locale("fr-ca", "fr")
        desk.locale("de")
        desk.content_type("page", field_of("text", "local"), field_of("text", "fixed", non_localizable=True))
        yield desk


def titles(desk: Desk, **params: Any) -> dict[str, str]:
    """Titles by language, of what a list in some language shows."""
    return {one["locale"]: one["title"] for one in desk.get(PAGES, **params)["entries"]}


def test_locales_are_created_changed_and_removed(polyglot: Desk) -> None:
    """A code is unique (247), falls back to a known language without going in circles, and may leave."""
    desk = polyglot
    taken = {"locale": {"code": "fr", "name": "French"}}
    assert desk.refused("POST", "/locales", json=taken)[:2] == (422, 247)
    assert desk.refused("POST", "/locales", json={"locale": {"code": "?", "name": "x"}})[0] == 422
    circle = {"locale": {"code": "fr", "name": "French", "fallback_locale": "fr-ca"}}
    assert desk.refused("PUT", "/locales/fr", json=circle)[:2] == (422, 247)
    assert (
        desk.put("/locales/de", {"locale": {"name": "Deutsch", "fallback_locale": "fr"}})["locale"]["name"]
        == "Deutsch"
    )
    assert desk.get("/locales/de")["locale"]["fallback_locale"] == "fr"
    assert desk.refused("DELETE", "/locales/fr")[0] == 422
    assert desk.refused("DELETE", "/locales/en-us")[0] == 422
    desk.ok("DELETE", "/locales/de")
    assert desk.refused("GET", "/locales/de")[:2] == (422, 141)
    assert [one["code"] for one in desk.get("/locales", query={"fallback_locale": None})["locales"]] == [
        "en-us"
    ]


def test_a_language_shows_its_fallback_until_it_is_localized(polyglot: Desk) -> None:
    """The chain is followed; `query={"locale": …}` keeps what is really localized; histories are apart."""
    desk = polyglot
    uid = desk.entry("page", {"title": "one"})["uid"]
    desk.put(f"{PAGES}/{uid}", {"entry": {"title": "two"}})
    assert titles(desk, locale="fr-ca") == {"en-us": "two"}
    made = desk.put(f"{PAGES}/{uid}", {"entry": {"title": "deux"}}, locale="fr")
    assert (made["notice"], made["entry"]["_version"]) == ("Entry localized successfully.", 1)
    assert titles(desk, locale="fr-ca") == {"fr": "deux"}
    assert titles(desk, locale="fr-ca", query={"locale": "fr-ca"}) == {}
    assert titles(desk, locale="fr", query={"locale": "fr"}) == {"fr": "deux"}
    assert titles(desk) == {"en-us": "two"}
    assert desk.get(f"{PAGES}/{uid}", locale="de")["entry"]["locale"] == "en-us"
    assert desk.get(f"{PAGES}/{uid}/locales")["locales"] == [
        {"code": "en-us", "localized": True},
        {"code": "fr", "localized": True},
    ]
    for code, numbers in (("en-us", [2, 1]), ("fr", [1]), ("fr-ca", [1]), ("de", [2, 1])):
        listed = desk.get(f"{PAGES}/{uid}/versions", locale=code)["versions"]
        assert [one["_version"] for one in listed] == numbers


def test_unlocalizing_returns_to_the_fallback(polyglot: Desk) -> None:
    """The language's history goes; what is not localized cannot be unlocalized."""
    desk = polyglot
    uid = desk.entry("page", {"title": "one"})["uid"]
    desk.put(f"{PAGES}/{uid}", {"entry": {"title": "un"}}, locale="fr")
    desk.ok("POST", f"{PAGES}/{uid}/unlocalize?locale=fr")
    assert titles(desk, locale="fr") == {"en-us": "one"}
    for code in ("fr", "en-us"):
        assert desk.refused("POST", f"{PAGES}/{uid}/unlocalize?locale={code}")[0] == 422
    assert desk.put(f"{PAGES}/{uid}", {"entry": {"title": "un"}}, locale="fr")["entry"]["_version"] == 1


def test_non_localizable_fields_follow_the_master(polyglot: Desk) -> None:
    """What a localized write says of them is ignored; a new master value shows, but not in old versions."""
    desk = polyglot
    uid = desk.entry("page", {"title": "one", "fixed": "first"})["uid"]
    sent = {"entry": {"title": "un", "local": "l", "fixed": "ignored"}}
    assert desk.put(f"{PAGES}/{uid}", sent, locale="fr")["entry"]["fixed"] == "first"
    desk.put(f"{PAGES}/{uid}", {"entry": {"title": "un", "local": "m"}}, locale="fr")
    desk.put(f"{PAGES}/{uid}", {"entry": {"fixed": "second"}})
    assert desk.get(f"{PAGES}/{uid}", locale="fr")["entry"]["fixed"] == "second"
    assert desk.get(f"{PAGES}/{uid}", locale="fr", version=1)["entry"]["fixed"] == "first"
    assert [one["fixed"] for one in desk.get(PAGES, locale="fr")["entries"]] == ["second"]


def test_instances_correspond_by_their_metadata_uid(desk: Desk) -> None:
    """Without the master instance's uid a non-localizable value within a repeated group is lost."""
    desk.locale("fr")
    schema = [field_of("text", "fixed", non_localizable=True), field_of("text", "local")]
    blocks = [{"uid": "b", "title": "B", "schema": schema}]
    desk.content_type(
        "page",
        field_of("group", "g", multiple=True, schema=schema),
        field_of("blocks", "m", multiple=True, blocks=blocks),
    )
    content = {"g": [{"fixed": "x", "local": "a"}], "m": [{"b": {"fixed": "y", "local": "a"}}]}
    master = desk.entry("page", {"title": "A", **content})
    group, block = master["g"][0]["_metadata"], master["m"][0]["b"]["_metadata"]
    flagged = {**group, "non_localizable_content": True}
    sent = {
        "title": "B",
        "g": [{"local": "b", "_metadata": flagged}],
        "m": [{"b": {"local": "b", "_metadata": block}}],
    }
    made = desk.put(f"{PAGES}/{master['uid']}", {"entry": sent}, locale="fr")["entry"]
    assert made["g"] == [{"fixed": "x", "local": "b", "_metadata": group}]
    assert made["m"] == [{"b": {"fixed": "y", "local": "b", "_metadata": block}}]
    lost = desk.put(f"{PAGES}/{master['uid']}", {"entry": {"g": [{"local": "c"}]}}, locale="fr")["entry"]
    assert "fixed" not in lost["g"][0]


def test_localizing_starts_from_nothing_or_by_a_switch_from_the_fallback(polyglot: Desk) -> None:
    """A first write into a language needs every mandatory field, unless the fallback's content is copied."""
    desk = polyglot
    uid = desk.entry("page", {"title": "one", "local": "kept"})["uid"]
    partial = {"entry": {"local": "new"}}
    assert desk.refused("PUT", f"{PAGES}/{uid}?locale=fr", json=partial)[:2] == (422, 119)
    desk.emulator.switches = Switches(localize_copies_fallback=True)
    assert desk.put(f"{PAGES}/{uid}", partial, locale="fr")["entry"]["title"] == "one"


def test_an_entry_may_live_outside_the_master_language(polyglot: Desk) -> None:
    """Creating elsewhere makes a master document too, unless the switch says no; one can be added later."""
    desk = polyglot
    doubled = desk.entry("page", {"title": "un"}, locale="fr")
    assert doubled["locale"] == "fr"
    assert set(desk.stack.main.entries["page"][doubled["uid"]].documents) == {"en-us", "fr"}
    desk.emulator.switches = Switches(other_locale_creates_master=False)
    alone = desk.entry("page", {"title": "deux", "local": "l"}, locale="fr")["uid"]
    assert [one["uid"] for one in desk.get(PAGES)["entries"]] == [doubled["uid"]]
    assert desk.refused("GET", f"{PAGES}/{alone}")[:2] == (422, 141)
    assert desk.refused("PUT", f"{PAGES}/{alone}", json={"entry": {"title": "two"}})[:2] == (422, 141)
    master = desk.entry("page", {"uid": alone, "title": "two"}, copy_to_master="true")
    assert (master["uid"], master["title"], master["local"], master["_version"]) == (alone, "two", "l", 1)
    imported = desk.import_entry("page", {"title": "trois"}, locale="fr").json()["entry"]
    assert set(desk.stack.main.entries["page"][imported["uid"]].documents) == {"fr"}
    again = desk.import_entry("page", {"title": "drei"}, imported["uid"], locale="de")
    assert (again.json()["entry"]["locale"], again.json()["entry"]["_version"]) == ("de", 1)

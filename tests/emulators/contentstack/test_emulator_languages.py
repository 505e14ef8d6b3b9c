"""Languages: fallback, localized documents, non-localizable fields, unlocalizing, publishing in several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from emulator_client import EmulatorClient, field_of, open_client

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = "/content_types/page/entries"


@pytest.fixture
def multilingual() -> Iterator[EmulatorClient]:
    """en-us ← fr ← fr-ca, and de; a page with a text that is not localizable."""
    with open_client() as client:
        client.locale("fr")
        client.locale("fr-ca", "fr")
        client.locale("de")
        client.content_type(
            "page", field_of("text", "local"), field_of("text", "fixed", non_localizable=True)
        )
        yield client


def titles(client: EmulatorClient, **params: Any) -> dict[str, str]:
    """Titles by language, of what a list in some language shows."""
    return {row["locale"]: row["title"] for row in client.get(PAGES, **params)["entries"]}


def test_languages_are_created_changed_and_deleted(multilingual: EmulatorClient) -> None:
    """A code is unique (247) and falls back to a known language, never in a circle."""
    client = multilingual
    taken = {"locale": {"code": "fr", "name": "French"}}
    assert client.refused("POST", "/locales", json=taken)[:2] == (422, 247)
    assert client.refused("POST", "/locales", json={"locale": {"code": "?", "name": "x"}})[0] == 422
    circle = {"locale": {"code": "fr", "name": "French", "fallback_locale": "fr-ca"}}
    assert client.refused("PUT", "/locales/fr", json=circle)[:2] == (422, 247)
    assert (
        client.put("/locales/de", {"locale": {"name": "Deutsch", "fallback_locale": "fr"}})["locale"]["name"]
        == "Deutsch"
    )
    assert client.get("/locales/de")["locale"]["fallback_locale"] == "fr"
    assert client.refused("DELETE", "/locales/fr")[0] == 422
    assert client.refused("DELETE", "/locales/en-us")[0] == 422
    client.ok("DELETE", "/locales/de")
    assert client.refused("GET", "/locales/de")[:2] == (422, 141)
    assert [row["code"] for row in client.get("/locales", query={"fallback_locale": None})["locales"]] == [
        "en-us"
    ]


def test_a_language_shows_its_fallback_until_it_is_localized(multilingual: EmulatorClient) -> None:
    """The chain is followed; a query for the locale finds what is really localized; histories are separate."""
    client = multilingual
    uid = client.entry("page", {"title": "one"})["uid"]
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "two"}})
    assert titles(client, locale="fr-ca") == {"en-us": "two"}
    made = client.put(f"{PAGES}/{uid}", {"entry": {"title": "deux"}}, locale="fr")
    assert (made["notice"], made["entry"]["_version"]) == ("Entry localized successfully.", 1)
    assert titles(client, locale="fr-ca") == {"fr": "deux"}
    assert titles(client, locale="fr-ca", query={"locale": "fr-ca"}) == {}
    assert titles(client, locale="fr", query={"locale": "fr"}) == {"fr": "deux"}
    assert titles(client) == {"en-us": "two"}
    assert client.get(f"{PAGES}/{uid}", locale="de")["entry"]["locale"] == "en-us"
    assert client.get(f"{PAGES}/{uid}/locales")["locales"] == [
        {"code": "en-us", "localized": True},
        {"code": "fr", "localized": True},
    ]
    for code, numbers in (("en-us", [2, 1]), ("fr", [1]), ("fr-ca", [1]), ("de", [2, 1])):
        listed = client.get(f"{PAGES}/{uid}/versions", locale=code)["versions"]
        assert [row["_version"] for row in listed] == numbers


def test_unlocalizing_returns_to_the_fallback(multilingual: EmulatorClient) -> None:
    """The language's history is deleted; what is not localized cannot be unlocalized."""
    client = multilingual
    uid = client.entry("page", {"title": "one"})["uid"]
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "un"}}, locale="fr")
    client.ok("POST", f"{PAGES}/{uid}/unlocalize?locale=fr")
    assert titles(client, locale="fr") == {"en-us": "one"}
    for code in ("fr", "en-us"):
        assert client.refused("POST", f"{PAGES}/{uid}/unlocalize?locale={code}")[0] == 422
    assert client.put(f"{PAGES}/{uid}", {"entry": {"title": "un"}}, locale="fr")["entry"]["_version"] == 1


def test_non_localizable_fields_follow_the_master(multilingual: EmulatorClient) -> None:
    """A localized write of them is ignored; a new master value shows, but not in old versions."""
    client = multilingual
    uid = client.entry("page", {"title": "one", "fixed": "first"})["uid"]
    sent = {"entry": {"title": "un", "local": "l", "fixed": "ignored"}}
    assert client.put(f"{PAGES}/{uid}", sent, locale="fr")["entry"]["fixed"] == "first"
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "un", "local": "m"}}, locale="fr")
    client.put(f"{PAGES}/{uid}", {"entry": {"fixed": "second"}})
    assert client.get(f"{PAGES}/{uid}", locale="fr")["entry"]["fixed"] == "second"
    assert client.get(f"{PAGES}/{uid}", locale="fr", version=1)["entry"]["fixed"] == "first"
    assert [row["fixed"] for row in client.get(PAGES, locale="fr")["entries"]] == ["second"]


def test_instances_take_master_values_by_their_metadata_uid(client: EmulatorClient) -> None:
    """Without the master instance's uid a non-localizable value within a repeated group is lost."""
    client.locale("fr")
    schema = [field_of("text", "fixed", non_localizable=True), field_of("text", "local")]
    blocks = [{"uid": "b", "title": "B", "schema": schema}]
    client.content_type(
        "page",
        field_of("group", "g", multiple=True, schema=schema),
        field_of("blocks", "m", multiple=True, blocks=blocks),
    )
    content = {"g": [{"fixed": "x", "local": "a"}], "m": [{"b": {"fixed": "y", "local": "a"}}]}
    master = client.entry("page", {"title": "A", **content})
    group, block = master["g"][0]["_metadata"], master["m"][0]["b"]["_metadata"]
    flagged = {**group, "non_localizable_content": True}
    sent = {
        "title": "B",
        "g": [{"local": "b", "_metadata": flagged}],
        "m": [{"b": {"local": "b", "_metadata": block}}],
    }
    made = client.put(f"{PAGES}/{master['uid']}", {"entry": sent}, locale="fr")["entry"]
    assert made["g"] == [{"fixed": "x", "local": "b", "_metadata": group}]
    assert made["m"] == [{"b": {"fixed": "y", "local": "b", "_metadata": block}}]
    lost = client.put(f"{PAGES}/{master['uid']}", {"entry": {"g": [{"local": "c"}]}}, locale="fr")["entry"]
    assert "fixed" not in lost["g"][0]


def test_localizing_starts_from_nothing_or_by_a_switch_from_the_fallback(
    multilingual: EmulatorClient,
) -> None:
    """A first write into a language needs every mandatory field, unless the fallback's content is copied."""
    client = multilingual
    uid = client.entry("page", {"title": "one", "local": "kept"})["uid"]
    partial = {"entry": {"local": "new"}}
    assert client.refused("PUT", f"{PAGES}/{uid}?locale=fr", json=partial)[:2] == (422, 119)
    client.emulator.switches = Switches(localize_copies_fallback=True)
    assert client.put(f"{PAGES}/{uid}", partial, locale="fr")["entry"]["title"] == "one"


def test_an_entry_may_have_no_master_document(multilingual: EmulatorClient) -> None:
    """Creating elsewhere makes a master document too, unless the switch is off; one can be added later."""
    client = multilingual
    doubled = client.entry("page", {"title": "un"}, locale="fr")
    assert doubled["locale"] == "fr"
    assert set(client.stack.main.entries["page"][doubled["uid"]].documents) == {"en-us", "fr"}
    client.emulator.switches = Switches(other_locale_creates_master=False)
    alone = client.entry("page", {"title": "deux", "local": "l"}, locale="fr")["uid"]
    assert [row["uid"] for row in client.get(PAGES)["entries"]] == [doubled["uid"]]
    assert client.refused("GET", f"{PAGES}/{alone}")[:2] == (422, 141)
    assert client.refused("PUT", f"{PAGES}/{alone}", json={"entry": {"title": "two"}})[:2] == (422, 141)
    master = client.entry("page", {"uid": alone, "title": "two"}, copy_to_master="true")
    assert (master["uid"], master["title"], master["local"], master["_version"]) == (alone, "two", "l", 1)
    imported = client.import_entry("page", {"title": "trois"}, locale="fr").json()["entry"]
    assert set(client.stack.main.entries["page"][imported["uid"]].documents) == {"fr"}
    again = client.import_entry("page", {"title": "drei"}, imported["uid"], locale="de")
    assert (again.json()["entry"]["locale"], again.json()["entry"]["_version"]) == ("de", 1)


def test_a_master_document_is_not_copied_over_one_that_exists(multilingual: EmulatorClient) -> None:
    """Page: Create an entry with master locale."""
    client = multilingual
    before = len(client.get(PAGES)["entries"])
    uid = client.entry("page", {"title": "one"})["uid"]
    sent = {"entry": {"uid": uid, "title": "two"}}
    status, _, errors = client.refused("POST", f"{PAGES}?copy_to_master=true", json=sent)
    assert (status, [*errors]) == (422, ["uid"])
    assert len(client.get(PAGES)["entries"]) == before + 1

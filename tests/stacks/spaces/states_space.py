"""A space with four locales whose entries and assets are live, changed and drafts, each in some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from every_kind_space import link, published, sys

from stackferry.emulators.contentful.space import StoredFile

if TYPE_CHECKING:
    from stackferry.emulators.contentful import Environment, Space

Raw = dict[str, Any]
CODES = ("en-US", "de", "fr", "pl")
_STATES = {"D": "draft", "P": "published", "C": "changed"}


def field(uid: str, of_type: str = "Symbol", **more: Any) -> Raw:
    base = {"id": uid, "name": uid, "type": of_type, "localized": True, "required": False}
    return {**base, "disabled": False, "omitted": False, "validations": [], **more}


PAGE: Raw = {
    "sys": published("ContentType", "page", 2, 1),
    "name": "Page",
    "description": "",
    "displayField": "title",
    "fields": [
        field("title", required=True),
        field("words", validations=[{"size": {"max": 20}}]),
        field("next", "Link", linkType="Entry", localized=False),
    ],
}


def entry(uid: str, fields: Raw, states: str = "", *, version: int = 2, live: int = 1, **more: Any) -> Raw:
    """An entry of the type `page`; `states` are those of the four locales: "PDDC"."""
    told = dict(zip(CODES, (_STATES[one] for one in states), strict=True)) if states else {}
    is_live = bool({*told.values()} - {"draft"})
    facts = {
        "contentType": link("ContentType", "page"),
        **({"fieldStatus": {"*": told}} if told else {}),
        **more,
    }
    own = published("Entry", uid, version, live, **facts) if is_live else sys("Entry", uid, version, **facts)
    return {"metadata": {"tags": [], "concepts": []}, "sys": own, "fields": fields}


def asset(uid: str, titles: Raw, files: Raw, states: str, *, version: int = 2, live: int = 1) -> Raw:
    told = dict(zip(CODES, (_STATES[one] for one in states), strict=True))
    facts: Raw = {"fieldStatus": {"*": told}}
    own = (
        published("Asset", uid, version, live, **facts)
        if set(states) != {"D"}
        else sys("Asset", uid, 1, **facts)
    )
    return {"metadata": {"tags": [], "concepts": []}, "sys": own, "fields": {"title": titles, "file": files}}


def file(space: Space, name: str) -> Raw:
    """A file whose bytes are its name."""
    path = f"/{space.id}/of-{name}/token/{name}.txt"
    content = f"the bytes of {name}".encode()
    space.files[path] = StoredFile(content, "text/plain")
    return {
        "fileName": f"{name}.txt",
        "contentType": "text/plain",
        "url": path,
        "details": {"size": len(content)},
    }


def titles(**words: Any) -> Raw:
    """Values by locale; `en` is en-US."""
    return {{"en": "en-US"}.get(code, code): value for code, value in words.items()}


def fill_states(space: Space, environment: Environment) -> None:
    """Put all of it into an emulated space that is empty."""
    for code in CODES:
        is_default = code == "en-US"
        environment.put(
            "locales",
            {
                "sys": sys("Locale", f"of-{code}"),
                "name": code,
                "internal_code": code,
                "code": code,
                "fallbackCode": None if is_default else "en-US",
                "default": is_default,
                "contentManagementApi": True,
                "contentDeliveryApi": True,
                "optional": not is_default,
            },
        )
    environment.put_content_type(PAGE)
    for live, current in ENTRIES:
        environment.put_entry(current, live)
    _assets(space, environment)


ENTRIES: list[tuple[Raw | None, Raw]] = [
    (None, entry("all", {"title": titles(en="All", de="Alle", fr="Tous", pl="Wszystkie")}, "PPPP")),
    (None, entry("draft", {"title": titles(en="Draft")}, "DDDD")),
    (None, entry("lacking", {"words": titles(de="ohne Titel")}, "DDDD")),
    (None, entry("linked", {"title": titles(en="Linked"), "next": titles(en="some")}, "DDDD")),
    # Live in two locales, with a text that waits in the third and nothing in the fourth.
    (
        entry("two", {"title": titles(en="Two", de="Zwei")}, "PPDD"),
        entry("two", {"title": titles(en="Two", de="Zwei", fr="Deux")}, "PPDD"),
    ),
    # Edited in one of the two.
    (
        entry("some", {"title": titles(en="Some", de="Einige")}, "CPDD", version=2, live=1),
        entry(
            "some", {"title": titles(en="Some, edited", de="Einige", pl="Trochę")}, "CPDD", version=4, live=1
        ),
    ),
    # Edited as a whole; live in all.
    (
        entry(
            "edited", {"title": titles(en="Old", de="Alt", fr="Vieux", pl="Stary")}, "CCCC", version=2, live=1
        ),
        entry(
            "edited", {"title": titles(en="New", de="Neu", fr="Neuf", pl="Nowy")}, "CCCC", version=3, live=1
        ),
    ),
    (None, {**entry("gone", {"title": titles(en="Gone")}, "DDDD", version=3), "_archived": True}),
]
for _, _raw in ENTRIES:
    if _raw.pop("_archived", False):
        _raw["sys"] |= {"archivedVersion": 2, "archivedAt": "2030-01-02T08:00:00.000Z"}
        del _raw["sys"]["fieldStatus"]
ENTRIES[3][1]["fields"]["next"] = {"en-US": link("Entry", "some")}


def _assets(space: Space, environment: Environment) -> None:
    old, new, of_de = file(space, "old"), file(space, "new"), file(space, "of-de")
    environment.put_asset(asset("plain", titles(en="Plain"), titles(en=old), "PPPP"))
    environment.put_asset(asset("never", titles(en="Never"), titles(en=old, de=of_de), "DDDD"))
    # Live with one file, edited with another; and a second file that waits in its locale.
    live = asset("both", titles(en="Both"), titles(en=old), "CDDD")
    now = asset("both", titles(en="Both", de="Beide"), titles(en=new, de=of_de), "CDDD", version=5)
    environment.put_asset(now, live)
    environment.put_asset(
        asset("part", titles(en="Part", de="Teil"), titles(en=old, de=of_de), "PDDD"),
        asset("part", titles(en="Part"), titles(en=old), "PDDD"),
    )

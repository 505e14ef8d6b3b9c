"""The content of a generated space: assets and entries in every state, with a history, locale by locale."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.images import stand_in
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from stackferry.emulators.contentful.seed.api import Api
    from stackferry.emulators.contentful.seed.generated_model import Model
    from stackferry.emulators.contentful.seed.generator import Shape
    from stackferry.model import Json, JsonObject

STATES = (
    "published",
    "published",
    "published",
    "changed",
    "changed",
    "draft",
    "archived",
    "unpublished",
    "partly",
)
ASSET_STATES = (
    *(
        "published",
        "published",
        "changed",
        "draft",
        "unprocessed",
        "empty",
        "archived",
        "published",
        "partly",
    ),
    "published",
)
_WORDS = (
    *("harbour", "quay", "mast", "boat", "tide", "anchor", "rope", "sail", "wind", "gull"),
    *("Möwe", "港", "café", "—", "½"),
)


@dataclass(slots=True)
class Content:
    """What was made, by id, with the state that it was left in."""

    model: Model
    assets: dict[str, str] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)  # of the entries

    def usable(self, kind: str) -> list[str]:
        """Entries or assets that releases and links may name: none that is archived."""
        rows = self.assets if kind == "Asset" else self.entries
        return [uid for uid, state in rows.items() if state != "archived"]


@dataclass(frozen=True, slots=True)
class _Source:
    """What the values of an entry are made of: its id, the locales, and the ids that it may link to."""

    chance: Random
    uid: str
    codes: Sequence[str]
    ids: Sequence[str]
    pictures: Sequence[str]


def build(api: Api, chance: Random, model: Model, shape: Shape) -> Content:
    """Make assets first, then entries with links to assets and to each other, circles among them."""
    content = Content(model)
    for number in range(shape.assets):
        _asset(api, chance, content, number)
    ids = [f"{_type_of(number)}-{number:04}" for number in range(shape.entries)]
    content.types = {uid: uid.partition("-")[0] for uid in ids}
    for number, uid in enumerate(ids):
        body = _entry_body(api, chance, content, uid, ids)
        api.put(f"/entries/{uid}", body, x_contentful_content_type=content.types[uid])
        content.entries[uid] = STATES[number % len(STATES)]
    for uid, state in content.entries.items():
        _bring_to(api, chance, content, uid, state, ids, shape)
    return content


def _type_of(number: int) -> str:
    return ("person", "page", "page", "teaser", "page", "settings")[number % 6]


def _words(chance: Random, most: int = 8) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(chance.randint(1, most)))


def _asset(api: Api, chance: Random, content: Content, number: int) -> None:
    """An asset. Of ten, one is not processed, one has no file, one is archived, and two share the same bytes."""
    uid, codes = f"asset-{number:03}", content.model.locales
    state = ASSET_STATES[number % len(ASSET_STATES)]
    described: JsonObject = {code: _words(chance) for code in codes[:2]}
    body: JsonObject = {"title": {codes[0]: f"Asset {number}"}, "description": described}
    files = codes[: 1 + number % min(3, len(codes))]
    if state != "empty":
        same = 0 if number % 10 == 7 else number
        file: dict[str, Json] = {code: _file(api, f"{same}-{at}", number) for at, code in enumerate(files)}
        body["file"] = file
    tags = [link("Tag", tag) for tag in content.model.tags[: number % 3]]
    api.put(f"/assets/{uid}", {"fields": body, "metadata": {"tags": [*tags]}})
    content.assets[uid] = state
    if state in ("empty", "unprocessed"):
        return
    path = f"/assets/{uid}"
    for code in files:
        api.send("PUT", f"{path}/files/{code}/process", None, api.version(path))
    _asset_state(api, path, state, codes)


def _asset_state(api: Api, path: str, state: str, codes: Sequence[str]) -> None:
    if state in ("published", "changed"):
        api.publish(path)
    if state == "partly" and api.service.spaces[api.space].locale_publishing:
        api.publish(path, {"add": {"fields": {"*": [codes[0]]}}})
    if state == "changed":
        shown = api.get(path)
        fields = as_object(shown["fields"])
        changed: JsonObject = {**fields, "title": {codes[0]: "A title that was edited"}}
        api.put(path, {"fields": changed, "metadata": shown["metadata"]}, api.version(path))
    if state == "archived":
        api.put(f"{path}/archived", None)


def _file(api: Api, content: str, number: int) -> JsonObject:
    if number % 2:
        name, kind, data = f"note {content}.txt", "text/plain", f"A note: {content}\n".encode()
    else:
        name, kind, data = f"bild-ä {content}.png", "image/png", stand_in(content, 40 + number, 30)
    return {"fileName": name, "contentType": kind, "uploadFrom": link("Upload", api.upload(data))}


def _entry_body(api: Api, chance: Random, content: Content, uid: str, ids: Sequence[str]) -> JsonObject:
    """New values for an entry of a type: always those that are required, most others now and then."""
    kind, codes = content.types[uid], content.model.locales
    pictures = [name for name, state in content.assets.items() if state in ("published", "changed")]
    make = {"person": _person, "page": _page, "teaser": _teaser, "settings": _settings}[kind]
    fields = make(_Source(chance, uid, codes, ids, pictures))
    if kind == "page" and chance.random() < 0.3:
        urn = f"crn:contentful:::content:spaces/{api.space}/entries/{chance.choice(ids)}"
        fields["elsewhere"] = {
            codes[0]: {"sys": {"type": "ResourceLink", "linkType": "Contentful:Entry", "urn": urn}}
        }
    tags = [link("Tag", tag) for tag in content.model.tags if chance.random() < 0.3]
    concepts = [link("TaxonomyConcept", one) for one in content.model.concepts if chance.random() < 0.2]
    return {"fields": fields, "metadata": {"tags": [*tags], "concepts": [*concepts]}}


def _everywhere(chance: Random, codes: Sequence[str]) -> JsonObject:
    """A text in the default locale, and in each that is not optional; in the last one now and then."""
    return {
        code: _words(chance)
        for code in codes
        if code != codes[-1] or len(codes) == 1 or chance.random() < 0.5
    }


def _person(of: _Source) -> JsonObject:
    first = of.codes[0]
    fields: JsonObject = {"name": {first: f"Person {of.uid[-4:]}"}, "bio": _everywhere(of.chance, of.codes)}
    images = [one for one in of.pictures if int(one[-3:]) % 2 == 0]
    if images and of.chance.random() < 0.5:
        fields["portrait"] = {first: link("Asset", of.chance.choice(images))}
    return fields


def _teaser(of: _Source) -> JsonObject:
    target: JsonObject = {of.codes[0]: link("Entry", of.chance.choice(of.ids))}
    return {"title": _everywhere(of.chance, of.codes), "target": target}


def _settings(of: _Source) -> JsonObject:
    return {"key": {of.codes[0]: of.uid}, "value": _everywhere(of.chance, of.codes)}


def _page(of: _Source) -> JsonObject:
    chance, codes, ids, pictures = of.chance, of.codes, of.ids, of.pictures
    first = codes[0]
    people = [one for one in ids if one.startswith("person")]
    options: JsonObject = {
        "body": {code: _document(chance, ids, pictures) for code in codes[:2]},
        "author": {first: link("Entry", chance.choice(people))} if people else {},
        "hero": {code: link("Asset", chance.choice(pictures)) for code in codes[:2]} if pictures else {},
        "related": {first: [link("Entry", chance.choice(ids)) for _ in range(chance.randint(1, 3))]},
        "words": {first: [_words(chance, 2) for _ in range(2)]},
        "rating": {first: chance.choice([0.5, 3, 4.25])},
        "count": {first: chance.randint(-9, 10**12)},
        "shown": {first: chance.random() < 0.5},
        "when": {first: f"2025-0{chance.randint(1, 9)}-11T10:00+01:00"},
        "place": {first: {"lat": 54.32, "lon": chance.randint(1, 20)}},
        "data": {first: {"nested": {"empty": {}, "none": None, "list": [1, "two", [3.5]]}}},
    }
    chosen = {name: value for name, value in options.items() if value and chance.random() < 0.6}
    return {"title": _everywhere(chance, codes), "slug": {first: of.uid}, **chosen}


def _document(chance: Random, ids: Sequence[str], pictures: Sequence[str]) -> JsonObject:
    """Rich text with a paragraph, a link, an embedded entry, and an embedded asset where there is one."""
    run: JsonObject = {
        "nodeType": "text",
        "value": _words(chance, 20),
        "marks": [{"type": "bold"}],
        "data": {},
    }
    target: JsonObject = {"target": link("Entry", chance.choice(ids))}
    words: JsonObject = {"nodeType": "text", "value": "see", "marks": [], "data": {}}
    hyperlink: JsonObject = {"nodeType": "entry-hyperlink", "data": target, "content": [words]}
    nodes: list[Json] = [{"nodeType": "paragraph", "data": {}, "content": [run, hyperlink]}]
    other: JsonObject = {"target": link("Entry", chance.choice(ids))}
    nodes.append({"nodeType": "embedded-entry-block", "data": other, "content": []})
    if pictures:
        asset: JsonObject = {"target": link("Asset", chance.choice(pictures))}
        nodes.append({"nodeType": "embedded-asset-block", "data": asset, "content": []})
    return {"nodeType": "document", "data": {}, "content": nodes}


def _bring_to(
    api: Api, chance: Random, content: Content, uid: str, state: str, ids: Sequence[str], shape: Shape
) -> None:
    """Publish it several times with new values, and leave it in its state."""
    path = f"/entries/{uid}"
    if state in ("published", "changed", "unpublished"):
        for number in range(chance.randint(1, shape.publishes)):
            if number:
                _rewrite(api, chance, content, uid, ids)
            api.publish(path)
    if state == "partly":
        _publish_partly(api, chance, path, content.model.locales, shape)
    if state == "changed" or (state == "partly" and chance.random() < 0.5):
        _rewrite(api, chance, content, uid, ids)
    if state == "unpublished":
        api.send("DELETE", f"{path}/published")
    if state == "archived":
        api.put(f"{path}/archived", None)


def _publish_partly(api: Api, chance: Random, path: str, codes: Sequence[str], shape: Shape) -> None:
    some = [codes[0], *[code for code in codes[1:] if chance.random() < 0.5]]
    api.publish(path, {"add": {"fields": {"*": [*some]}}} if shape.by_locale else None)


def _rewrite(api: Api, chance: Random, content: Content, uid: str, ids: Sequence[str]) -> None:
    path = f"/entries/{uid}"
    api.put(path, _entry_body(api, chance, content, uid, ids), api.version(path))

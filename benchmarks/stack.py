"""A generated stack: the same size and seed make the same stack, to the byte.

Articles, people and topics in several languages, with pictures. Half of the entries refer to others, a few of them in
cycles. The result is plain seed data, from which `benchmarks.server` fills an emulator.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from typing import TYPE_CHECKING, Any

from stackferry.emulators.contentstack.seed.data import AssetSeed, EntrySeed, ReleaseSeed, Seed

if TYPE_CHECKING:
    from collections.abc import Iterator

JsonDict = dict[str, Any]
CODES = (
    *("en-us", "de-de", "fr-fr", "es-es", "it-it", "nl-nl", "pt-br", "ja-jp", "uk-ua", "sv-se"),
    *("pl-pl", "da-dk", "cs-cz", "fi-fi", "ko-kr", "tr-tr", "el-gr", "hu-hu", "ro-ro", "nb-no"),
)
WORDS = (
    *("harbour", "ferry", "quay", "tide", "lantern", "rope", "anchor", "gull", "storm", "chart", "compass"),
    *("deck", "sail", "crew", "cargo", "coast", "island", "channel", "lighthouse", "signal", "morning"),
    *("crossing", "timetable", "ticket", "passenger", "weather", "harvest", "market", "bridge", "river"),
)
STAMPS: JsonDict = {
    "created_at": "2025-01-01T00:00:00.000Z",
    "updated_at": "2025-06-01T00:00:00.000Z",
    "created_by": "blt_invented_user",
    "updated_by": "blt_invented_user",
}
LIVE = "bltfeed000000000001"  # the environment
PEOPLE, TOPICS = 0.05, 0.05  # shares of the entries; the rest are articles
ARTICLES_PER_TYPE = 5000  # a larger stack has more content types of articles
FORWARD = 0.02  # share of the references that point to a later entry, and so may close a cycle
RELEASED = 10  # entries in each of the two releases


@dataclass(frozen=True)
class Size:
    """The number of everything. Each entry is in every locale, and has `versions` versions in each."""

    entries: int = 1000
    locales: int = 2
    versions: int = 1
    assets: int = 100


def make_stack(size: Size, seed: int = 1) -> Seed:
    """Make the stack of that size."""
    return Maker(size, Random(seed)).make()  # noqa: S311 - seeded on purpose


class Maker:
    """Makes one stack. All random values come from one generator, in a fixed order."""

    def __init__(self, size: Size, random: Random) -> None:
        self.size, self.random = size, random
        self.codes = CODES[: size.locales]
        people, topics = int(size.entries * PEOPLE), int(size.entries * TOPICS)
        self.articles = article_types(size.entries)
        rest = islice(cycle(self.articles), size.entries - people - topics)
        kinds = ["person"] * people + ["topic"] * topics + list(rest)
        self.entries = [(kind, self.uid()) for kind in kinds]
        self.pictures = [self.uid() for _ in range(size.assets)]
        self.folders = [self.uid() for _ in range(min(5, size.assets))]

    def make(self) -> Seed:
        return Seed(
            master_locale=self.codes[0],
            locales=[self.locale(code) for code in self.codes],
            environments=[{"uid": LIVE, "name": "live", "urls": self.urls(), **STAMPS}],
            content_types=list(content_types(self.articles)),
            folders=[self.folder(uid, f"Folder {number}") for number, uid in enumerate(self.folders)],
            assets=[self.asset(number, uid) for number, uid in enumerate(self.pictures)],
            entries=[entry for number in range(len(self.entries)) for entry in self.entry(number)],
            releases=[self.release(number) for number in (1, 2)],
        )

    def uid(self, prefix: str = "blt") -> str:
        return f"{prefix}{self.random.getrandbits(64):016x}"

    def words(self, least: int, most: int) -> str:
        return " ".join(self.random.choices(WORDS, k=self.random.randint(least, most)))

    def urls(self) -> list[Any]:
        return [{"locale": code, "url": "https://example.org"} for code in self.codes]

    def locale(self, code: str) -> JsonDict:
        fallback = None if code == self.codes[0] else self.codes[0]
        return {"uid": self.uid(), "code": code, "name": f"In {code}", "fallback_locale": fallback, **STAMPS}

    def folder(self, uid: str, name: str) -> JsonDict:
        kind = "application/vnd.contenstack.folder"  # the service's spelling
        return {"uid": uid, "name": name, "is_dir": True, "content_type": kind, "tags": [], "parent_uid": None,
                "_version": 1, **STAMPS}  # fmt: skip

    def asset(self, number: int, uid: str) -> AssetSeed:
        content = self.random.randbytes(self.random.randint(4_000, 40_000))
        row: JsonDict = {"uid": uid, "filename": f"picture-{number}.png", "title": f"Picture {number}",
                    "description": self.words(3, 8), "tags": [self.random.choice(WORDS)], "is_dir": False,
                    "parent_uid": self.random.choice(self.folders), "content_type": "image/png", "_version": 1,
                    "file_size": str(len(content)), "url": address(uid, number),
                    "publish_details": [self.shown(self.codes[0], 1)], **STAMPS}  # fmt: skip
        return AssetSeed(row, content)

    def shown(self, code: str, version: int) -> JsonDict:
        who = {"user": STAMPS["updated_by"], "time": STAMPS["updated_at"]}
        return {"environment": LIVE, "locale": code, "version": version, **who}

    def entry(self, number: int) -> Iterator[EntrySeed]:
        """Every version in every language; the latest one is published."""
        kind, uid = self.entries[number]
        links = self.links(number) if number % 2 else []
        for code in self.codes:
            for version in range(1, self.size.versions + 1):
                latest = version == self.size.versions
                details = [self.shown(code, version)] if latest else []
                base: JsonDict = {"uid": uid, "title": f"{kind} {number} {code}", "tags": [], "_version": version,
                             "publish_details": details, **STAMPS}  # fmt: skip
                yield EntrySeed(kind, code, {**base, "text": self.words(20, 60), **self.fields(kind, links)})

    def links(self, number: int) -> list[JsonDict]:
        """References to one to three other entries, mostly earlier ones."""
        found = {self.neighbour(number) for _ in range(self.random.randint(1, 3))} - {number}
        return [
            {"uid": self.entries[other][1], "_content_type_uid": self.entries[other][0]}
            for other in sorted(found)
        ]

    def neighbour(self, number: int) -> int:
        ahead = self.random.random() < FORWARD
        return self.random.randrange(number, len(self.entries)) if ahead else self.random.randrange(number)

    def fields(self, kind: str, links: list[JsonDict]) -> JsonDict:
        if kind not in self.articles:
            return {"links": links}
        picture = self.random.randrange(self.size.assets) if self.size.assets else None
        return {
            "links": links,
            "hero": None if picture is None else self.pictures[picture],
            "rating": self.random.randint(1, 100),
            "seo": {"description": self.words(8, 16), "keywords": self.words(3, 6)},
            "sections": [self.section() for _ in range(self.random.randint(1, 3))],
            "body": self.document(picture),
            "aside": f"<p>{self.words(10, 30)}</p>{self.image(picture)}",
        }

    def section(self) -> JsonDict:
        return {
            "quote": {"said": self.words(6, 12), "by": self.words(2, 2), "_metadata": {"uid": self.uid("cs")}}
        }

    def document(self, picture: int | None) -> JsonDict:
        """A JSON rich text of two to six paragraphs, every fourth one with a picture."""
        nodes = [self.paragraph() for _ in range(self.random.randint(2, 6))]
        if picture is not None and self.random.random() < 0.25:
            uid = self.pictures[picture]
            attrs = {"type": "asset", "display-type": "display", "asset-uid": uid, "asset-name": "picture",
                     "asset-link": address(uid, picture), "content-type-uid": "sys_assets"}  # fmt: skip
            nodes.append(
                {"type": "reference", "uid": self.uid("cs"), "attrs": attrs, "children": [{"text": ""}]}
            )
        return {"type": "doc", "uid": self.uid("cs"), "attrs": {}, "_version": 1, "children": nodes}

    def paragraph(self) -> JsonDict:
        return {"type": "p", "uid": self.uid("cs"), "attrs": {}, "children": [{"text": self.words(15, 50)}]}

    def image(self, picture: int | None) -> str:
        """An image element for every eighth HTML text, else nothing."""
        if picture is None or self.random.random() >= 0.125:
            return ""
        uid, link = self.pictures[picture], address(self.pictures[picture], picture)
        return (
            f'<img class="embedded-asset" src="{link}" asset_uid="{uid}" type="asset" sys-style-type="display" '
            f'data-sys-asset-uid="{uid}" data-sys-asset-filelink="{link}"/>'
        )

    def release(self, number: int) -> ReleaseSeed:
        chosen = self.random.sample(self.entries, min(RELEASED, len(self.entries)))
        items: list[JsonDict] = [
            {"action": "publish", "content_type_uid": kind, "uid": uid, "locale": self.codes[0],
             "version": self.size.versions, "title": "as pinned"}
            for kind, uid in chosen
        ]  # fmt: skip
        row: JsonDict = {
            "uid": self.uid(),
            "name": f"Release {number}",
            "description": self.words(4, 8),
            "status": [],
        }
        return ReleaseSeed({**row, "locked": False, "_deploy_latest": False, **STAMPS}, items)


def address(uid: str, number: int) -> str:
    """The URL under which the vendor's own hosts would serve a picture."""
    return f"https://images.contentstack.io/v3/assets/source/{uid}/{number:024x}/picture-{number}.png"


def article_types(entries: int) -> list[str]:
    """The uids `article`, `article_2` and so on."""
    return ["article", *(f"article_{number}" for number in range(2, entries // ARTICLES_PER_TYPE + 1))]


def content_types(articles: list[str]) -> Iterator[JsonDict]:
    kinds = ["person", "topic", *articles]
    for kind in kinds:
        schema = [field("title", "text", mandatory=True, unique=True), field("text", "text"), links(kinds)]
        row: JsonDict = {"uid": kind, "title": kind, "description": "", "schema": schema, **STAMPS}
        if kind in articles:
            schema += article_fields(articles)
        yield {**row, "options": {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}}


def article_fields(articles: list[str]) -> list[JsonDict]:
    rich = {"allow_json_rte": True, "rich_text_type": "advanced", "embed_entry": True, "description": ""}
    html = {"allow_rich_text": True, "rich_text_type": "advanced", "embed_entry": True, "description": ""}
    quote = {"title": "Quote", "uid": "quote", "schema": [field("said", "text"), field("by", "text")]}
    return [
        field("hero", "file"),
        field("rating", "number"),
        field("seo", "group", schema=[field("description", "text"), field("keywords", "text")]),
        field("sections", "blocks", multiple=True, blocks=[quote]),
        field("body", "json", field_metadata=rich, reference_to=[*articles, "sys_assets"]),
        field("aside", "text", field_metadata=html, reference_to=[*articles, "sys_assets"]),
    ]


def links(kinds: list[str]) -> JsonDict:
    many = {"ref_multiple": True, "ref_multiple_content_types": True}
    return field("links", "reference", multiple=True, reference_to=kinds, field_metadata=many)


def field(uid: str, data_type: str, **facts: Any) -> JsonDict:
    """A field of a schema."""
    base: JsonDict = {
        "uid": uid,
        "display_name": uid.capitalize(),
        "data_type": data_type,
        "mandatory": False,
    }
    return {**base, "multiple": False, "unique": False, "non_localizable": False, **facts}

"""Random content types with documents, where every reference is known because it was planted.

Uids are unique marks that stand nowhere else, so replacing them in the document's text is an independent
oracle of what a rewrite must give. Decoys, uids in places that are no references, are never to be found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import Json, JsonObject

_RTE: Final[JsonObject] = {"allow_json_rte": True}
_HTML: Final[JsonObject] = {"allow_rich_text": True, "rich_text_type": "advanced"}
_NOISE: Final = [
    "",
    "bltdecoy",
    "<a href='bltdecoy'>",
    "ünï 🚢",
    "a > b & c < d",
    "{",
    "https://example.org/bltdecoy",
]
_WRONG: Final[list[Json]] = [
    None,
    True,
    3,
    1.5,
    "",
    [],
    {},
    [None],
    [[]],
    {"uid": 7},
    [{"uid": None}],
    {"attrs": []},
]


@dataclass
class Planted:
    """A content type, a document of it, global fields it was read without; (kind, uid) of each reference."""

    fields: list[Json] = field(default_factory=list)
    document: JsonObject = field(default_factory=dict)
    global_fields: dict[str, Json] = field(default_factory=dict)
    references: list[tuple[str, str]] = field(default_factory=list)


class _DocumentBuilder:
    """Draws fields and values, and keeps the list of what it planted."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.planted = Planted()
        self.count = 0

    def number(self) -> int:
        self.count += 1
        return self.count

    def mark(self, *kinds: str) -> str:
        uid = f"blt{self.number():012d}mark"
        self.planted.references += [(kind, uid) for kind in kinds]
        return uid

    def url(self, uid: str) -> str:
        host = self.draw(
            st.sampled_from(["images.contentstack.io", "eu-images.contentstack.com", "cdn.test:8777"])
        )
        tail = self.draw(st.sampled_from(["", "?branch=dev", "?width=10&branch=dev", "?a=1&amp;b=2"]))
        return f"https://{host}/v3/assets/bltstack/{uid}/0a1b/file_(1).png{tail}"

    def marked_url(self) -> str:
        return self.url(self.mark("asset_url"))

    def noise(self) -> str:
        return self.draw(st.sampled_from(_NOISE))

    def some(self, make: Callable[[], Json], most: int = 3) -> list[Json]:
        return [make() for _ in range(self.draw(st.integers(0, most)))]

    def instance(self, depth: int) -> tuple[list[Json], JsonObject]:
        """Fields, and one object that has values for them."""
        fields: list[Json] = []
        values: JsonObject = {}
        kinds = [*self.LEAVES, *(self.HOLDERS if depth else ())]
        for kind in self.draw(st.lists(st.sampled_from(kinds), max_size=4)):
            made, value = kind(self, depth)
            name = f"{made['data_type']}_{self.number()}"
            fields.append({**made, "uid": name, "mandatory": self.draw(st.booleans())})
            values[name] = value
        values["unknown_to_schema"] = [{"uid": "bltdecoy", "_content_type_uid": "x"}]
        if self.draw(st.booleans()):
            values["_metadata"] = {
                "uid": "csdecoy",
                "extensions": {self.mark("extension"): [{"scope": "local"}]},
            }
        return fields, values

    def reference(self, _: int) -> tuple[JsonObject, Json]:
        made: JsonObject = {"data_type": "reference", "reference_to": ["page", "author"]}
        return made, self.some(lambda: {"uid": self.mark("entry"), "_content_type_uid": "page"})

    def old_reference(self, _: int) -> tuple[JsonObject, Json]:
        made: JsonObject = {"data_type": "reference", "reference_to": "page"}
        return made, self.mark("entry") if self.draw(st.booleans()) else self.some_marks("entry")

    def some_marks(self, kind: str) -> list[Json]:
        return self.some(lambda: self.mark(kind))

    def file(self, _: int) -> tuple[JsonObject, Json]:
        def asset() -> Json:
            return {
                "uid": self.mark("asset"),
                "filename": "a b[1].png",
                "tags": ["bltdecoy"],
                "is_dir": False,
            }

        return {"data_type": "file"}, asset() if self.draw(st.booleans()) else self.some(asset)

    def bare_file(self, _: int) -> tuple[JsonObject, Json]:
        return {"data_type": "file", "multiple": True}, self.some_marks("asset")

    def term(self, _: int) -> tuple[JsonObject, Json]:
        made: JsonObject = {"data_type": "taxonomy", "multiple": True}
        return made, self.some(lambda: {"taxonomy_uid": "color", "term_uid": self.mark("term")})

    def link(self, _: int) -> tuple[JsonObject, Json]:
        href = self.marked_url() if self.draw(st.booleans()) else "/bltdecoy"
        return {"data_type": "link"}, {"title": self.noise(), "href": href}

    def plain(self, _: int) -> tuple[JsonObject, Json]:
        return {"data_type": "text", "field_metadata": {"multiline": True}}, self.url("bltdecoy")

    def markdown(self, _: int) -> tuple[JsonObject, Json]:
        def piece() -> Json:
            return f"{self.noise()} ![x]({self.marked_url()}) {self.noise()}\n"

        return {"data_type": "text", "field_metadata": {"markdown": True}}, self.joined(piece)

    def html(self, _: int) -> tuple[JsonObject, Json]:
        def piece() -> Json:
            make = self.draw(st.sampled_from([self.html_image, self.html_entry, self.html_comment]))
            return f"{self.noise()}</b>{make()}"

        return {"data_type": "text", "field_metadata": _HTML}, self.joined(piece)

    def joined(self, piece: Callable[[], Json]) -> str:
        return "".join(str(text) for text in self.some(piece))

    def html_image(self) -> str:
        uid = self.mark("asset_url", "asset", "asset")
        return f'<IMG alt="1 > 0" src=\'{self.url(uid)}\' data-sys-asset-uid={uid} asset_uid = "{uid}"/>'

    def html_entry(self) -> str:
        uid = self.mark("entry")
        names = f'data-sys-entry-uid="{uid}" data-sys-content-type-uid="page"'
        return f'<a type="entry" {names} href="/bltdecoy">x</a>'

    def html_comment(self) -> str:
        return '<!-- <img asset_uid="bltdecoy"> --><script>"<img asset_uid=\'bltdecoy\'>"</script>'

    def json_text(self, depth: int) -> tuple[JsonObject, Json]:
        def doc() -> Json:
            return {
                "type": "doc",
                "uid": "csdecoy",
                "attrs": {},
                "children": self.nodes(depth),
                "_version": 2,
            }

        return {"data_type": "json", "field_metadata": _RTE}, doc() if self.draw(
            st.booleans()
        ) else self.some(doc)

    def nodes(self, depth: int) -> list[Json]:
        makers: list[Callable[[int], Json]] = [
            self.text_node,
            self.entry_node,
            self.asset_node,
            self.image_node,
        ]
        makers += [self.paragraph, self.web_link, self.entry_link] if depth else []

        def node() -> Json:
            maker = self.draw(st.sampled_from(makers))
            return maker(depth - 1)

        return self.some(node)

    def text_node(self, _: int) -> Json:
        return {"text": self.noise(), "bold": True}

    def paragraph(self, depth: int) -> Json:
        return {"type": "p", "attrs": {"style": {}}, "uid": "bltdecoy", "children": self.nodes(depth)}

    def entry_node(self, _: int) -> Json:
        attrs: JsonObject = {"type": "entry", "entry-uid": self.mark("entry"), "content-type-uid": "page"}
        return {"type": "reference", "uid": "bltdecoy", "attrs": attrs, "children": [{"text": ""}]}

    def entry_link(self, depth: int) -> Json:
        attrs: JsonObject = {"type": "entry", "entry-uid": self.mark("entry"), "display-type": "link"}
        return {"type": "reference", "attrs": attrs, "children": self.nodes(depth)}

    def asset_node(self, _: int) -> Json:
        uid = self.mark("asset", "asset_url")
        attrs: JsonObject = {
            "type": "asset",
            "asset-uid": uid,
            "asset-link": self.url(uid),
            "asset-name": "bltdecoy",
        }
        return {"type": "reference", "attrs": attrs, "children": [{"text": ""}]}

    def image_node(self, _: int) -> Json:
        uid = self.mark("asset_url", "asset")
        attrs: JsonObject = {"url": self.url(uid), "redactor-attributes": {"asset_uid": uid}}
        return {"type": "img", "attrs": attrs, "children": [{"text": ""}]}

    def web_link(self, depth: int) -> Json:
        url = self.marked_url() if self.draw(st.booleans()) else "https://example.org/bltdecoy"
        return {"type": "a", "attrs": {"url": url, "target": "_blank"}, "children": self.nodes(depth)}

    def custom_asset(self, _: int) -> tuple[JsonObject, Json]:
        uid = self.mark("asset", "asset", "asset_url")
        value: JsonObject = {
            "uid": uid,
            "_content_type_uid": "x",
            "asset": {"uid": uid, "url": self.url(uid)},
        }
        return {"data_type": "json", "extension_uid": "bltext"}, value

    def app_json(self, _: int) -> tuple[JsonObject, Json]:
        uid = self.mark("object", "asset_url")
        picture: JsonObject = {"uid": uid, "url": self.url(uid), "title": "bltdecoy"}
        value: JsonObject = {
            "uid": "bltdecoy",
            "more": [picture, [self.mark("object")]],
            "note": "bltdecoy",
        }
        return {"data_type": "json", "extension_uid": "bltext"}, value

    def wrong(self, _: int) -> tuple[JsonObject, Json]:
        kinds = [
            "reference",
            "file",
            "json",
            "text",
            "link",
            "taxonomy",
            "group",
            "blocks",
            "global_field",
            "new",
        ]
        kind = self.draw(st.sampled_from(kinds))
        metadata: JsonObject = {**_RTE, **_HTML, "markdown": True}
        value = self.draw(st.sampled_from(_WRONG))
        # A text is a value that these kinds can have; "" is none of a uid, so nothing is planted by accident.
        return {
            "data_type": kind,
            "field_metadata": metadata,
            "schema": [],
            "blocks": [None, {"uid": 1}],
        }, value

    def group(self, depth: int) -> tuple[JsonObject, Json]:
        fields, first = self.instance(depth - 1)
        values: Json = [first, {}, None] if self.draw(st.booleans()) else first
        return {"data_type": "group", "schema": fields, "multiple": isinstance(values, list)}, values

    def blocks(self, depth: int) -> tuple[JsonObject, Json]:
        fields, first = self.instance(depth - 1)
        others, second = self.instance(depth - 1)
        name = f"shared_{self.number()}"
        self.planted.global_fields[name] = others
        blocks: list[Json] = [{"uid": "one", "schema": fields}, {"uid": "two", "reference_to": name}]
        value: Json = [{"one": first}, {"two": second}, {"gone": {"uid": "bltdecoy"}}, "odd"]
        return {"data_type": "blocks", "multiple": True, "blocks": blocks}, value

    def global_field(self, depth: int) -> tuple[JsonObject, Json]:
        fields, value = self.instance(depth - 1)
        made: JsonObject = {"data_type": "global_field", "reference_to": f"global_{self.number()}"}
        if self.draw(st.booleans()):
            return {**made, "schema": fields}, value
        self.planted.global_fields[str(made["reference_to"])] = fields
        return made, value

    LEAVES = (
        reference,
        old_reference,
        file,
        bare_file,
        term,
        link,
        plain,
        markdown,
        html,
        json_text,
        custom_asset,
        app_json,
        wrong,
    )
    HOLDERS = (group, blocks, global_field)


@st.composite
def planted(draw: st.DrawFn) -> Planted:
    """A content type and a document with known references."""
    builder = _DocumentBuilder(draw)
    builder.planted.fields, builder.planted.document = builder.instance(depth=3)
    return builder.planted

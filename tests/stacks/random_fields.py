"""Random schemas and values that fit them: hostile text, numbers at the limits, both kinds of rich text.

Everything is drawn from one seeded generator, so equal seeds give equal stacks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stackferry.exact_json import loads

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Row = dict[str, Any]
WORDS = (
    *(
        "harbour",
        "Łódź",
        "näive café",
        "мова",
        "日本語",
        "한국어",
        "שלום עולם",
        "مرحبا",
        "ﬁ ligature",
        "e\u0301 é",
    ),
    *(
        "👩‍👩‍👧 family",
        "\u202eright to left\u202c",
        "zero\u200dwidth",
        "line\u2028para\u2029",
        "tab\tnew\nline",
    ),
    *(
        "\ufeffmark",
        "\x01\x7f",
        "a & b < c > d \" ' \\ /",
        "</script>",
        "{{x}} ${y} %s",
        "null",
        "0",
        " edges ",
    ),
    *("\U0010ffff last", "\ufffd replaced", "İıŞß", "NaN", "blt-not-a-uid"),
)
NUMBERS = tuple(
    loads(text.encode())
    for text in (
        *(
            "0",
            "-1",
            "9007199254740993",
            "9223372036854775808",
            "-9223372036854775809",
            "18446744073709551616",
        ),
        *("123456789012345678901234567890", "1.5", "-0.0", "0.1", "1e-320", "1e22", "1.50", "1E400", "3.0"),
    )
)
DATES = (
    "2024-02-29T23:59:59.999Z",
    "0001-01-01",
    "9999-12-31T00:00:00.000+14:00",
    "1969-12-31T23:59:60.000Z"[:10],
)
LEAVES = (
    "text",
    "number",
    "boolean",
    "isodate",
    "link",
    "reference",
    "file",
    "json",
    "html",
    "markdown",
    "select",
)
HOLDERS = ("group", "groups", "blocks", "global_field")


@dataclass
class World:
    """The objects that values may refer to."""

    entries: dict[str, list[str]] = field(default_factory=dict)  # content type → uids
    assets: dict[str, str] = field(default_factory=dict)  # uid → address
    terms: dict[str, list[str]] = field(default_factory=dict)
    global_fields: dict[str, list[Row]] = field(default_factory=dict)


class Fields:
    """Draws schemas and values for them."""

    def __init__(self, random: Random, world: World) -> None:
        self.random = random
        self.world = world
        self._serial = 0

    def number(self) -> int:
        self._serial += 1
        return self._serial

    def uid(self, prefix: str = "blt") -> str:
        return f"{prefix}{self.random.getrandbits(64):016x}"

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def words(self) -> str:
        return " ".join(self.random.choices(WORDS, k=self.random.randint(1, 4)))

    # --- schemas ---

    def schema(self, types: list[str], *, depth: int, most: int = 5, sealed: bool = False) -> list[Row]:
        """Some fields; `types` are the content types that references may name."""
        holders = HOLDERS if depth and not sealed else HOLDERS[:3] if depth else ()
        kinds = self.random.choices((*LEAVES, *holders), k=self.random.randint(1, most))
        return [made for kind in kinds if (made := self._field(kind, types, depth, sealed=sealed))]

    def _field(self, kind: str, types: list[str], depth: int, *, sealed: bool) -> Row:
        made = self._facts(kind, types, depth, sealed=sealed)
        if not made:
            return {}
        uid = f"{kind}_{self.number()}"
        base = {"uid": uid, "display_name": uid, "mandatory": False, "multiple": False, "unique": False}
        return {**base, "non_localizable": False, **made}

    def _facts(self, kind: str, types: list[str], depth: int, *, sealed: bool) -> Row:
        match kind:
            case "reference":
                some = self.random.sample(types, self.random.randint(1, len(types)))
                return {
                    "data_type": "reference",
                    "reference_to": some,
                    "mandatory": self.chance(0.2),
                    **_MANY_TYPES,
                }
            case "group" | "groups":
                inner = self.schema(types, depth=depth - 1, most=3, sealed=sealed)
                return {"data_type": "group", "multiple": kind == "groups", "schema": inner}
            case "blocks":
                return {
                    "data_type": "blocks",
                    "multiple": True,
                    "blocks": self._blocks(types, depth, sealed=sealed),
                }
            case "global_field":
                known = sorted(self.world.global_fields)
                return (
                    {"data_type": "global_field", "reference_to": self.random.choice(known)} if known else {}
                )
            case "file":
                return {"data_type": "file", "multiple": self.chance(0.4)}
            case "json":
                rich = {"allow_json_rte": True, "rich_text_type": "advanced", "embed_entry": True}
                return {"data_type": "json", "field_metadata": rich, "reference_to": [*types, "sys_assets"]}
            case "html":
                rich = {"allow_rich_text": True, "rich_text_type": "advanced", "embed_entry": True}
                return {"data_type": "text", "field_metadata": rich, "reference_to": [*types, "sys_assets"]}
            case _:
                return self._texts(kind)

    def _texts(self, kind: str) -> Row:
        match kind:
            case "select":
                choices = [{"value": word} for word in WORDS[:4]]
                return {
                    "data_type": "text",
                    "display_type": "dropdown",
                    "enum": {"advanced": False, "choices": choices},
                }
            case "text":
                return {"data_type": "text", "multiple": self.chance(0.3)}
            case "markdown":
                return {"data_type": "text", "field_metadata": {"markdown": True}}
            case _:
                return {"data_type": kind}

    def _blocks(self, types: list[str], depth: int, *, sealed: bool) -> list[Row]:
        return [
            {
                "uid": f"block_{self.number()}",
                "title": "Block",
                "schema": self.schema(types, depth=depth - 1, most=3, sealed=sealed),
            }
            for _ in range(self.random.randint(1, 2))
        ]

    # --- values ---

    def values(self, schema: list[Row], *, master: bool = True, full: bool = False) -> Row:
        """Values for most fields of a schema; a document of another language leaves fixed fields out."""
        result: Row = {}
        for one in schema:
            if one["uid"] == "title" or (one["non_localizable"] and not master):
                continue
            if one["mandatory"] or full or self.chance(0.8):
                value = self._value(one)
                if value is not None:
                    result[one["uid"]] = value
        return result

    def _value(self, one: Row) -> Any:
        kind = one["uid"].rpartition("_")[0]
        make = _MAKERS.get(kind)
        if make is None:
            return getattr(self, f"_{kind}_value")(one)
        if one["multiple"]:
            return [make(self) for _ in range(self.random.randint(0, 3))]
        return make(self)

    def _reference_value(self, one: Row) -> Any:
        known = [(kind, uid) for kind in one["reference_to"] for uid in self.world.entries.get(kind, ())]
        count = self.random.randint(1 if one["mandatory"] else 0, 3)
        return [{"uid": uid, "_content_type_uid": kind} for kind, uid in self.random.choices(known, k=count)]

    def _group_value(self, one: Row) -> Any:
        return self.values(one["schema"])

    def _groups_value(self, one: Row) -> Any:
        return [
            {**self.values(one["schema"]), "_metadata": {"uid": self.uid("cs")}}
            for _ in range(self.random.randint(0, 2))
        ]

    def _global_field_value(self, one: Row) -> Any:
        return self.values(self.world.global_fields[one["reference_to"]])

    def _blocks_value(self, one: Row) -> Any:
        chosen = self.random.choices(one["blocks"], k=self.random.randint(0, 3))
        return [
            {b["uid"]: {**self.values(b["schema"]), "_metadata": {"uid": self.uid("cs")}}} for b in chosen
        ]

    def _file_value(self, one: Row) -> Any:
        known = sorted(self.world.assets)
        if not known:
            return [] if one["multiple"] else None
        chosen = self.random.choices(known, k=2 if one["multiple"] else 1)
        return chosen if one["multiple"] else chosen[0]

    def _json_value(self, one: Row) -> Any:
        nodes = [self._paragraph(), *(self._embeds(one["reference_to"])), self._paragraph()]
        return {"type": "doc", "uid": self.uid("cs"), "attrs": {}, "_version": 1, "children": nodes}

    def _paragraph(self) -> Row:
        text: Row = {"text": self.words(), **({"bold": True} if self.chance(0.3) else {})}
        return {"type": "p", "uid": self.uid("cs"), "attrs": {}, "children": [text]}

    def _embeds(self, types: list[str]) -> list[Row]:
        return [self._node(attrs) for attrs in self._targets(types)]

    def _node(self, attrs: Row) -> Row:
        return {"type": "reference", "uid": self.uid("cs"), "attrs": attrs, "children": [{"text": ""}]}

    def _targets(self, types: list[str]) -> list[Row]:
        entries = [(kind, uid) for kind in types for uid in self.world.entries.get(kind, ())]
        chosen = self.random.choices(entries, k=self.random.randint(0, 2)) if entries else []
        found: list[Row] = [
            {"type": "entry", "display-type": "block", "entry-uid": uid, "content-type-uid": kind}
            for kind, uid in chosen
        ]
        if self.world.assets and self.chance(0.5):
            uid = self.random.choice(sorted(self.world.assets))
            link = self.world.assets[uid]
            found.append({"type": "asset", "display-type": "display", "asset-uid": uid, "asset-link": link,
                          "content-type-uid": "sys_assets", "asset-name": "a"})  # fmt: skip
        return found

    def _html_value(self, one: Row) -> Any:
        return "<p>hä? &amp; more</p>" + "".join(
            self._tag(attrs) for attrs in self._targets(one["reference_to"])
        )

    def _tag(self, attrs: Row) -> str:
        if attrs["type"] == "asset":
            return (
                f'<img class="embedded-asset" src="{attrs["asset-link"]}" asset_uid="{attrs["asset-uid"]}" '
                f'data-sys-asset-uid="{attrs["asset-uid"]}" data-sys-asset-filelink="{attrs["asset-link"]}"/>'
            )
        return (
            f'<div class="embedded-entry" type="entry" sys-style-type="block" '
            f'data-sys-entry-uid="{attrs["entry-uid"]}" data-sys-content-type-uid="{attrs["content-type-uid"]}"></div>'
        )


_MANY_TYPES: Row = {"field_metadata": {"ref_multiple": True, "ref_multiple_content_types": True}}
_MAKERS: dict[str, Callable[[Fields], Any]] = {
    "text": Fields.words,
    "markdown": lambda fields: f"# {fields.words()}\n\n* {fields.words()}",
    "number": lambda fields: fields.random.choice(NUMBERS),
    "boolean": lambda fields: fields.chance(0.5),
    "isodate": lambda fields: fields.random.choice(DATES),
    "link": lambda fields: {"title": fields.words(), "href": "https://example.org/?a=1&b=ü"},
    "select": lambda fields: fields.random.choice(WORDS[:4]),
}

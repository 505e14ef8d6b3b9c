"""Content types with every kind of field that the vendor's pages name, at depth."""

from __future__ import annotations

from typing import Any


def field(uid: str, data_type: str = "text", **more: Any) -> dict[str, Any]:
    names = {"uid": uid, "display_name": uid.replace("_", " ").title(), "data_type": data_type}
    flags = {"mandatory": False, "unique": False, "multiple": False, "non_localizable": False}
    return {**names, **flags, **more}


TITLE = field("title", mandatory=True, unique=True, field_metadata={"_default": True})
URL = field("url", field_metadata={"_default": True})


def reference(uid: str, *types: str, **more: Any) -> dict[str, Any]:
    metadata = {"ref_multiple": True, "ref_multiple_content_types": True}
    return field(uid, "reference", reference_to=list(types), field_metadata=metadata, **more)


def rich(uid: str, *types: str, **more: Any) -> dict[str, Any]:
    metadata = {"allow_json_rte": True, "embed_entry": True, "rich_text_type": "advanced"}
    return field(uid, "json", field_metadata=metadata, reference_to=["sys_assets", *types], **more)


def html(uid: str, **more: Any) -> dict[str, Any]:
    return field(uid, field_metadata={"allow_rich_text": True, "rich_text_type": "advanced"}, **more)


def group(uid: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return field(uid, "group", schema=list(fields), field_metadata={}, **more)


def block(uid: str, *fields: dict[str, Any]) -> dict[str, Any]:
    return {"uid": uid, "title": uid.title(), "schema": list(fields)}


def blocks(uid: str, *kinds: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**field(uid, "blocks", blocks=list(kinds), field_metadata={}, **more), "multiple": True}


def global_fields() -> list[dict[str, Any]]:
    card = group("card", field("network"), field("picture", "file"), multiple=True)
    return [{"uid": "seo", "title": "SEO", "description": "for robots", "schema": [field("keywords"), card]}]


def content_types(extension: str) -> list[dict[str, Any]]:
    """`author` and `article`, which refer to each other; `extension` is the uid of a custom field."""
    inner = group(
        "inner", field("leaf"), reference("who", "author", "article"), rich("note", "author", "article")
    )
    deep = group("outer", group("middle", inner, multiple=True), field("size", "number"))
    teaser = block(
        "teaser", field("text"), field("picture", "file"), reference("to", "article"), html("body")
    )
    nested = block(
        "columns", blocks("parts", teaser, block("quote", field("words"), rich("more", "author", "article")))
    )
    shared = block("shared", field("seo", "global_field", reference_to="seo"))
    return [
        {
            "uid": "author",
            "title": "Author",
            "schema": [TITLE, field("bio"), reference("best", "article")],
            "options": {"is_page": False, "singleton": False, "title": "title", "sub_title": []},
        },
        {
            "uid": "article",
            "title": 'Article "quoted" & <angled>',
            "description": "Jede Menge – عربى – 🚢",
            "options": {
                "is_page": True,
                "singleton": False,
                "title": "title",
                "sub_title": [],
                "url_pattern": "/:title",
                "url_prefix": "/",
            },
            "schema": [
                TITLE,
                URL,
                field("plain"),
                field("lines", field_metadata={"multiline": True}),
                field("words", multiple=True),
                field("fixed", non_localizable=True),
                html("html"),
                rich("rte", "author", "article"),
                rich("rtes", "author", "article", multiple=True),
                field("amount", "number"),
                field("amounts", "number", multiple=True),
                field("yes", "boolean"),
                field("when", "isodate"),
                field("link", "link"),
                field("links", "link", multiple=True),
                field("picture", "file"),
                field("pictures", "file", multiple=True),
                reference("authors", "author"),
                reference("related", "article", "author"),
                deep,
                group("rows", field("a"), field("b", "number"), multiple=True),
                blocks("body", teaser, nested, shared),
                field("seo", "global_field", reference_to="seo"),
                field(
                    "taxonomies",
                    "taxonomy",
                    multiple=True,
                    taxonomies=[
                        {
                            "taxonomy_uid": "places",
                            "max_terms": 25,
                            "mandatory": False,
                            "non_localizable": False,
                        },
                    ],
                ),
                field("colour", "json", extension_uid=extension, field_metadata={"extension": True}),
                field(
                    "choice",
                    enum={"advanced": False, "choices": [{"value": "one"}, {"value": "two"}]},
                    display_type="dropdown",
                ),
            ],
        },
    ]

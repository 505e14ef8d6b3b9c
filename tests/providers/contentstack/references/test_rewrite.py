"""Each type of field: what is a reference, how it is rewritten, and what remains when it is taken out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from stackferry.providers.contentstack.references.model import KEEP, Reference, ReferenceKind, Schema
from stackferry.providers.contentstack.references.rewrite import find_references, rewrite_references

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

_URL = "https://images.contentstack.io/v3/assets/bltstack/blta1/0a1b/x.png"
_NEW_URL = "https://eu-images.contentstack.com/v3/assets/bltother/blta2/9c8d/x.png"
_MOVED = {"blta1": "blta2", "blte1": "blte2", "red": "rot", "bltx1": "bltx2", "en": "de"}
_RTE: JsonObject = {"data_type": "json", "field_metadata": {"allow_json_rte": True}}
_HTML: JsonObject = {"data_type": "text", "field_metadata": {"allow_rich_text": True}}
_MARKDOWN: JsonObject = {"data_type": "text", "field_metadata": {"markdown": True}}
_REF: JsonObject = {"data_type": "reference", "reference_to": ["page", "author"]}
_CUSTOM: JsonObject = {"data_type": "json", "extension_uid": "bltext", "field_metadata": {"extension": True}}
_ENTRY: JsonObject = {"uid": "blte1", "_content_type_uid": "page"}
_ASSET: JsonObject = {"uid": "blta1", "url": _URL, "filename": "x.png"}


def _schema(field: JsonObject) -> Schema:
    return Schema([{**field, "uid": "f"}], asset_hosts=("cdn.test:8777",))


def _resolve(reference: Reference) -> str:
    return _NEW_URL if reference.url else _MOVED[reference.uid]


def _rewritten(field: JsonObject, value: Json, resolve: Any = _resolve, *, for_write: bool = False) -> Json:
    result = rewrite_references(_schema(field), {"f": value}, resolve, for_write=for_write)
    assert isinstance(result, dict)
    return result["f"]


def _found(field: JsonObject, value: Json) -> list[Reference]:
    return list(find_references(_schema(field), {"f": value}))


def _doc(*children: Json) -> JsonObject:
    return {"type": "doc", "attrs": {}, "children": list(children), "_version": 3}


def _node(kind: str, attrs: JsonObject, *children: Json) -> JsonObject:
    return {"type": kind, "attrs": attrs, "uid": "n", "children": list(children) or [{"text": ""}]}


def _asset_node(uid: str, url: str, **more: str) -> JsonObject:
    return _node(
        "reference", {"type": "asset", "asset-uid": uid, "asset-link": url, "asset-name": "x", **more}
    )


_KEPT: JsonObject = {"text": "kept"}

_CASES: dict[str, tuple[JsonObject, Json, Json, Json]] = {
    # name: field, value, rewritten, with every target gone
    "references": (_REF, [_ENTRY], [{"uid": "blte2", "_content_type_uid": "page"}], []),
    "one reference": (_REF, _ENTRY, {"uid": "blte2", "_content_type_uid": "page"}, None),
    "old references": ({**_REF, "reference_to": "page"}, ["blte1"], ["blte2"], []),
    "old reference": ({**_REF, "reference_to": "page"}, "blte1", "blte2", None),
    "referenced asset": (
        _REF,
        [{"uid": "blta1", "_content_type_uid": "sys_assets"}],
        [{"uid": "blta2", "_content_type_uid": "sys_assets"}],
        [],
    ),
    "file": ({"data_type": "file"}, _ASSET, {**_ASSET, "uid": "blta2"}, None),
    "bare file": ({"data_type": "file"}, "blta1", "blta2", None),
    "files": (
        {"data_type": "file"},
        [_ASSET, "blta1", None],
        [{**_ASSET, "uid": "blta2"}, "blta2", None],
        [None],
    ),
    "terms": (
        {"data_type": "taxonomy"},
        [{"taxonomy_uid": "color", "term_uid": "red"}],
        [{"taxonomy_uid": "color", "term_uid": "rot"}],
        [],
    ),
    "link": (
        {"data_type": "link"},
        {"title": "t", "href": _URL},
        {"title": "t", "href": _NEW_URL},
        {"title": "t", "href": ""},
    ),
    "links": (
        {"data_type": "link"},
        [{"title": "t", "href": "/x"}],
        [{"title": "t", "href": "/x"}],
        [{"title": "t", "href": "/x"}],
    ),
    "custom asset": (
        _CUSTOM,
        {"uid": "blta1", "asset": _ASSET, "metadata": {"preset": {"uid": "p"}, "extension_uid": "bltx1"}},
        {
            "uid": "blta2",
            "asset": {"uid": "blta2", "url": _NEW_URL, "filename": "x.png"},
            "metadata": {"preset": {"uid": "p"}, "extension_uid": "bltx2"},
        },
        None,
    ),
    "custom asset by its field": (
        {**_CUSTOM, "field_metadata": {"is_asset": True}},
        [{"uid": "blta1", "asset": "blta1", "other": "blta1"}, {"uid": "blta1"}],
        [{"uid": "blta2", "asset": "blta2", "other": "blta1"}, {"uid": "blta2"}],
        [],
    ),
    "custom asset by its preset": (
        _CUSTOM,
        [{"uid": "blta1", "metadata": {"preset": {}, "extension_uid": 7}}],
        [{"uid": "blta2", "metadata": {"preset": {}, "extension_uid": 7}}],
        [],
    ),
    "custom asset by its asset": (
        {**_CUSTOM, "data_type": "reference"},
        {"uid": "blta1", "_content_type_uid": "x", "asset": _ASSET},
        {"uid": "blta2", "_content_type_uid": "x", "asset": {**_ASSET, "uid": "blta2", "url": _NEW_URL}},
        None,
    ),
    "assets of an app": (
        _CUSTOM,
        [{"picture": _ASSET, "note": "blta1"}, _ASSET],
        [
            {"picture": {**_ASSET, "uid": "blta2", "url": _NEW_URL}, "note": "blta1"},
            {**_ASSET, "uid": "blta2", "url": _NEW_URL},
        ],
        [
            {"picture": {**_ASSET, "uid": None, "url": ""}, "note": "blta1"},
            {**_ASSET, "uid": None, "url": ""},
        ],
    ),
    "asset in JSON without extension": (
        {"data_type": "json"},
        {"uid": "blta1", "asset": _ASSET},
        {"uid": "blta1", "asset": {**_ASSET, "uid": "blta2", "url": _NEW_URL}},
        {"uid": "blta1", "asset": {**_ASSET, "uid": None, "url": ""}},
    ),
    "markdown": (
        _MARKDOWN,
        f"see ![a]({_URL}?width=3) and {_URL}. blte1",
        f"see ![a]({_NEW_URL}?width=3) and {_NEW_URL}. blte1",
        "see ![a]() and . blte1",
    ),
    "markdowns": (_MARKDOWN, [_URL, None], [_NEW_URL, None], ["", None]),
    "html image": (
        _HTML,
        f"<p>a<img\n src=\"{_URL}?a=1&amp;b=2\" alt=x data-sys-asset-uid='blta1' asset_uid=blta1 ></p>",
        f"<p>a<img\n src=\"{_NEW_URL}?a=1&amp;b=2\" alt=x data-sys-asset-uid='blta2' asset_uid=blta2 ></p>",
        "<p>a<img alt=x ></p>",
    ),
    "html figure": (
        _HTML,
        f'<figure data-sys-asset-filelink="{_URL}" style="a: url({_URL})"/>',
        f'<figure data-sys-asset-filelink="{_NEW_URL}" style="a: url({_NEW_URL})"/>',
        '<figure style="a: url()"/>',
    ),
    "html entry": (
        _HTML,
        '<a data-sys-entry-uid="blte1" data-sys-entry-locale="en" data-sys-content-type-uid="page">t</a>',
        '<a data-sys-entry-uid="blte2" data-sys-entry-locale="de" data-sys-content-type-uid="page">t</a>',
        '<a data-sys-content-type-uid="page">t</a>',
    ),
    "json entry": (
        _RTE,
        _doc(_KEPT, _node("reference", {"type": "entry", "entry-uid": "blte1", "locale": "en"})),
        _doc(_KEPT, _node("reference", {"type": "entry", "entry-uid": "blte2", "locale": "de"})),
        _doc(_KEPT),
    ),
    "json asset": (
        _RTE,
        _doc(_asset_node("blta1", _URL)),
        _doc(_asset_node("blta2", _NEW_URL)),
        _doc({"text": ""}),
    ),
    "json links": (
        _RTE,
        [
            _doc(
                _node(
                    "p",
                    {},
                    _node(
                        "a",
                        {"url": _URL},
                        _KEPT,
                        _node("reference", {"entry-uid": "blte1", "display-type": "link"}, _KEPT),
                    ),
                )
            )
        ],
        [
            _doc(
                _node(
                    "p",
                    {},
                    _node(
                        "a",
                        {"url": _NEW_URL},
                        _KEPT,
                        _node("reference", {"entry-uid": "blte2", "display-type": "link"}, _KEPT),
                    ),
                )
            )
        ],
        [_doc(_node("p", {}, _KEPT, _KEPT))],
    ),
    "json image": (
        _RTE,
        _doc(_KEPT, _node("img", {"url": _URL, "redactor-attributes": {"asset_uid": "blta1"}})),
        _doc(_KEPT, _node("img", {"url": _NEW_URL, "redactor-attributes": {"asset_uid": "blta2"}})),
        _doc(_KEPT),
    ),
    "json attribute": (
        _RTE,
        _doc(_node("p", {"dir": "ltr", "background": _URL}, _KEPT)),
        _doc(_node("p", {"dir": "ltr", "background": _NEW_URL}, _KEPT)),
        _doc(_node("p", {"dir": "ltr"}, _KEPT)),
    ),
    "json that is no document": (_RTE, _asset_node("blta1", _URL), _asset_node("blta2", _NEW_URL), None),
    "group": (
        {"data_type": "group", "schema": [{"uid": "g", **_REF}]},
        {"g": [_ENTRY], "h": [_ENTRY]},
        {"g": [{**_ENTRY, "uid": "blte2"}], "h": [_ENTRY]},
        {"g": [], "h": [_ENTRY]},
    ),
    "blocks": (
        {"data_type": "blocks", "blocks": [{"uid": "b", "schema": [{"uid": "g", **_REF}]}]},
        [{"b": {"g": _ENTRY}}, {"c": {"g": _ENTRY}}],
        [{"b": {"g": {**_ENTRY, "uid": "blte2"}}}, {"c": {"g": _ENTRY}}],
        [{"b": {"g": None}}, {"c": {"g": _ENTRY}}],
    ),
}


@pytest.mark.parametrize(("field", "value", "moved"), [case[:3] for case in _CASES.values()], ids=_CASES)
def test_every_reference_gets_its_new_target(field: JsonObject, value: Json, moved: Json) -> None:
    """Rewriting changes what names the target and nothing else."""
    assert _rewritten(field, value) == moved
    assert _rewritten(field, value, lambda _: KEEP) == value


@pytest.mark.parametrize(
    ("field", "value", "left"),
    [(field, value, left) for field, value, _, left in _CASES.values()],
    ids=_CASES,
)
def test_a_reference_is_taken_out_by_the_rule_of_its_field_type(
    field: JsonObject, value: Json, left: Json
) -> None:
    """Everything around it stays."""
    assert _rewritten(field, value, lambda _: None) == left


_LEFT_ALONE: dict[str, tuple[JsonObject, Json]] = {
    "plain text": (
        {"data_type": "text", "field_metadata": {"multiline": True}},
        f"blte1 {_URL} <img asset_uid='blta1'>",
    ),
    "html text": (_HTML, f"blta1 {_URL} <p>data-sys-asset-uid='blta1'</p>"),
    "html comment": (
        _HTML,
        "<!-- <img asset_uid='blta1'> --> <!doctype <x asset_uid=''> </b asset_uid='blta1'>",
    ),
    "html script": (_HTML, "<script>'<img asset_uid=\"blta1\">'</SCRIPT><style><img asset_uid='blta1'>"),
    "html cut short": (_HTML, '<img asset_uid="blta1'),
    "html without end": (_HTML, '<p><img asset_uid="blta1" alt='),
    "json text": (_RTE, _doc({"text": f"blte1 {_URL}", "uid": "blta1"})),
    "json paragraph in a language": (_RTE, _doc(_node("p", {"locale": "en"}))),
    "json of an extension": (
        _CUSTOM,
        [_ENTRY, {"uid": "blta1", "asset": {"id": "blta1"}, "url": "see there"}],
    ),
    "json of an asset store": (_CUSTOM, {"uid": "blta1", "url": "https://example.org/blta1/x.png"}),
    "another host": (_MARKDOWN, "https://images.example.org/v3/assets/bltstack/blta1/0a1b/x.png"),
    "another path": (_MARKDOWN, "https://images.contentstack.io/v3/files/bltstack/blta1/0a1b/x.png"),
    "web link": ({"data_type": "link"}, {"title": _URL, "href": f"see {_URL}"}),
    "number": ({"data_type": "number"}, 3),
    "unknown kind": ({"data_type": "hologram"}, [_ENTRY, "blte1"]),
    "term without taxonomy": ({"data_type": "taxonomy"}, [{"term_uid": "red"}, "red"]),
    "nothing": (_REF, None),
    "empty": ({"data_type": "file"}, ["", {"uid": None}, {}, 3]),
}


@pytest.mark.parametrize(("field", "value"), _LEFT_ALONE.values(), ids=_LEFT_ALONE)
def test_values_that_are_no_references_stay(field: JsonObject, value: Json) -> None:
    """Texts that merely hold a uid or an address, and values of a wrong type, are neither found nor changed."""
    assert _found(field, value) == []
    assert _rewritten(field, value, lambda _: None, for_write=True) == value


def test_a_found_reference_has_kind_uid_content_type_and_pointer() -> None:
    """Also whether it is mandatory, and the address."""
    schema = Schema(
        [
            {"uid": "a/b", "data_type": "reference", "reference_to": ["page"], "mandatory": True},
            {"uid": "old", "data_type": "reference", "reference_to": "author"},
            {"uid": "terms", "data_type": "taxonomy"},
            {"uid": "asset", **_HTML},
            {"uid": "text", **_HTML},
            {"uid": "rte", **_RTE},
        ]
    )
    node = _node("reference", {"entry-uid": "blte3", "content-type-uid": "page", "locale": "en"})
    document: JsonObject = {
        "a/b": [_ENTRY],
        "old": ["blte9"],
        "terms": [{"taxonomy_uid": "color", "term_uid": "red"}],
        "asset": '<img data-sys-asset-uid="blta1" data-sys-content-type-uid="sys_assets">',
        "text": f'<a data-sys-entry-uid="blte4" data-sys-content-type-uid="author" href="{_URL}?branch=dev">',
        "rte": _doc(node),
        "_metadata": {"extensions": {"bltx1": []}},
    }
    at = "/rte/children/0/attrs/"
    assert list(find_references(schema, document)) == [
        Reference(kind=ReferenceKind.EXTENSION, uid="bltx1", path="/_metadata/extensions/bltx1"),
        Reference(
            kind=ReferenceKind.ENTRY, uid="blte1", content_type="page", path="/a~1b/0/uid", mandatory=True
        ),
        Reference(kind=ReferenceKind.ENTRY, uid="blte9", content_type="author", path="/old/0"),
        Reference(kind=ReferenceKind.TERM, uid="red", content_type="color", path="/terms/0/term_uid"),
        Reference(kind=ReferenceKind.ASSET, uid="blta1", path="/asset"),
        Reference(kind=ReferenceKind.ENTRY, uid="blte4", content_type="author", path="/text"),
        Reference(kind=ReferenceKind.ASSET_URL, uid="blta1", path="/text", url=f"{_URL}?branch=dev"),
        Reference(kind=ReferenceKind.ENTRY, uid="blte3", content_type="page", path=f"{at}entry-uid"),
        Reference(kind=ReferenceKind.LOCALE, uid="en", path=f"{at}locale"),
    ]


@pytest.mark.parametrize(
    ("field", "value", "mandatory"),
    [
        (_RTE, _doc(_asset_node("blta1", "")), True),
        (_RTE, _doc(_asset_node("blta1", ""), {"text": " words "}), False),
        (_RTE, [_doc({"text": " "}), _doc(_asset_node("blta1", ""))], True),
        (_HTML, f'<img asset_uid="blta1" style="a: url({_URL})">', False),
        (_MARKDOWN, f" {_URL}\n", True),
        (_MARKDOWN, f"see {_URL}", False),
        ({"data_type": "link"}, {"href": _URL}, True),
        ({"data_type": "file"}, [_ASSET], True),
    ],
)
def test_a_mandatory_reference_is_one_that_could_leave_its_field_empty(
    field: JsonObject, value: Json, mandatory: bool
) -> None:
    """A text that says more than the reference is not emptied by losing it."""
    assert {each.mandatory for each in _found({**field, "mandatory": True}, value)} == {mandatory}
    assert {each.mandatory for each in _found(field, value)} == {False}


def test_files_are_written_as_bare_uids() -> None:
    """An asset object becomes its uid, whether it is rewritten or kept; one that is taken out becomes null."""
    field: JsonObject = {"data_type": "file"}
    assert _rewritten(field, _ASSET, for_write=True) == "blta2"
    assert _rewritten(field, [_ASSET, "blta1"], for_write=True) == ["blta2", "blta2"]
    assert _rewritten(field, [_ASSET], lambda _: KEEP, for_write=True) == ["blta1"]
    assert _rewritten(field, _ASSET, lambda _: None, for_write=True) is None


def test_extension_metadata_gets_the_uid_of_its_extension() -> None:
    """Keys under `_metadata.extensions` are renamed in place, at any depth, all at once."""
    schema = Schema([{"uid": "g", "data_type": "group", "schema": []}])
    metadata: JsonObject = {"extensions": {"a": 1, "b": 2, "c": 3}, "uid": "cs1"}
    document: JsonObject = {"g": [{"_metadata": metadata}], "_metadata": metadata}
    result = rewrite_references(schema, document, lambda each: {"a": "b", "b": "a", "c": None}[each.uid])
    moved = {"extensions": {"b": 1, "a": 2}, "uid": "cs1"}
    assert result == {"g": [{"_metadata": moved}], "_metadata": moved}
    assert '"extensions": {"b": 1, "a": 2}' in json.dumps(result)


def test_global_fields_are_looked_up_where_the_schema_lacks_them() -> None:
    """A content type that was read without its global fields' schemas, blocks included."""
    content_type: JsonObject = {
        "schema": [
            {"uid": "g", "data_type": "global_field", "reference_to": "shared"},
            {"uid": "b", "data_type": "blocks", "blocks": [{"uid": "x", "reference_to": "shared"}]},
        ]
    }
    document: JsonObject = {"g": {"r": [_ENTRY]}, "b": [{"x": {"r": [_ENTRY]}}]}
    shared: JsonObject = {"uid": "shared", "schema": [{"uid": "r", **_REF}]}
    paths = [each.path for each in find_references(Schema.of(content_type, [shared]), document)]
    assert paths == ["/g/r/0/uid", "/b/0/x/r/0/uid"]
    assert list(find_references(Schema.of(content_type), document)) == []


def test_an_entry_can_reference_itself() -> None:
    """A reference to the entry's own uid is found like any other; the entry's own uid is no reference."""
    schema = _schema(_REF)
    assert [each.path for each in find_references(schema, {"uid": "blte1", "f": [_ENTRY]})] == ["/f/0/uid"]


def test_a_document_may_be_deeper_than_the_call_stack() -> None:
    """A rich text nested as deep as JSON may be is searched, rewritten and emptied."""
    value = _node("a", {"url": _URL}, _KEPT)
    for _ in range(480):
        value = _node("a", {"url": _URL}, value)
    document = _doc(_node("p", {}, value))
    assert len(_found(_RTE, document)) == 481
    assert len(_found(_RTE, _rewritten(_RTE, document))) == 481
    assert _rewritten(_RTE, document, lambda _: None) == _doc(_node("p", {}, _KEPT))


def test_tokenizing_takes_time_in_proportion_to_the_text() -> None:
    """Texts that are quadratic for other tokenizers are read in one pass."""
    for text in (
        "<a " * 200_000,
        "<a b='" * 100_000,
        "<!--" * 200_000,
        "<script>" * 100_000,
        "<a =" * 100_000,
    ):
        assert _found(_HTML, text) == []
    assert _found(_MARKDOWN, "https://images.contentstack.io/v3/assets/a/b/c/" + "(" * 200_000) == []
    assert _found(_MARKDOWN, "https://images.contentstack.io/v3/assets/a/b/c/" + "." * 200_000) == []


def test_a_deleted_file_in_a_list_is_not_written() -> None:
    """A read answers null in its place; alone it says that the field is empty."""
    several: JsonObject = {"data_type": "file", "multiple": True}
    assert _rewritten(several, [None, _ASSET, None], for_write=True) == ["blta2"]
    assert _rewritten(several, [None, _ASSET]) == [None, {**_ASSET, "uid": "blta2"}]
    assert _rewritten({"data_type": "file"}, None, for_write=True) is None
    custom: JsonObject = {
        "data_type": "json",
        "extension_uid": "bltext",
        "field_metadata": {"extension": True},
    }
    assert _rewritten(custom, [None, 1], for_write=True) == [None, 1]

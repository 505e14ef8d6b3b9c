"""Entries as they are written: without the server's keys, and localized as the API asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack.content.comparable import strip_for_write
from stackferry.providers.contentstack.importing.entries.write_body import localized_write
from stackferry.providers.contentstack.references.model import Schema

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

_FIXED: JsonObject = {"uid": "fixed", "data_type": "text", "non_localizable": True}
_FREE: JsonObject = {"uid": "free", "data_type": "text", "non_localizable": False}


def _group(*fields: Json, uid: str = "group", multiple: bool = True) -> JsonObject:
    return {"uid": uid, "data_type": "group", "multiple": multiple, "schema": list(fields)}


def _one(uid: str, **values: Json) -> JsonObject:
    return {**values, "_metadata": {"uid": uid}}


def _pinned(uid: str, **values: Json) -> JsonObject:
    return {**values, "_metadata": {"uid": uid, "non_localizable_content": True}}


def test_keys_that_the_service_sets_are_not_written() -> None:
    """Content, tags and extensions' metadata stay."""
    rte: JsonObject = {"_version": 3, "uid": "n", "children": []}
    document: JsonObject = {
        "title": "t",
        "url": "/t",
        "tags": ["a"],
        "rte": rte,
        "uid": "blt1",
        "locale": "en-us",
        "ACL": {},
        "_version": 4,
        "_in_progress": False,
        "publish_details": [],
        "_workflow": {},
        "created_at": "x",
        "updated_by": "y",
        "_metadata": {"extensions": {"bltx": []}, "references": []},
    }
    kept = {"title": "t", "url": "/t", "tags": ["a"], "rte": rte}
    assert strip_for_write(document) == kept
    assert strip_for_write({"_metadata": {"references": []}}) == {}


def test_a_field_named_like_a_key_of_the_service_is_content() -> None:
    """It is known by the schema."""
    schema = Schema([{"uid": "published", "data_type": "boolean"}])
    assert strip_for_write({"published": True, "uid": "blt1"}, schema) == {"published": True}
    assert strip_for_write({"published": True}) == {}


def test_non_localizable_fields_are_left_out_at_the_top() -> None:
    """A localized document does not send what only the master can hold; without a master it must."""
    schema = Schema([_FIXED, _FREE])
    document: JsonObject = {"fixed": "f", "free": "g", "unknown": 1}
    assert localized_write(schema, {}, document, {}) == {"free": "g", "unknown": 1}
    assert localized_write(schema, None, document, None) == document


def test_instances_get_the_uid_of_the_targets_master() -> None:
    """They are matched by the uid in the source's master, whatever the order, and marked as the API page demands."""
    schema = Schema([_group(_FIXED, _FREE)])
    master: JsonObject = {"group": [_one("a1"), _one("b1"), _one("c1", free="z", fixed="y")]}
    target: JsonObject = {"group": [_one("a2"), _one("b2"), _one("c2")]}
    document: JsonObject = {"group": [_one("c1", free="x", fixed="y"), _one("a1"), _one("own")]}
    expected = {"group": [_pinned("c2", free="x", fixed="y"), _pinned("a2"), _one("own")]}
    assert localized_write(schema, master, document, target) == expected


def test_instances_without_non_localizable_fields_are_not_marked() -> None:
    """Single groups are mapped and never marked."""
    schema = Schema([_group(_FREE), _group(_FIXED, uid="single", multiple=False)])
    master: JsonObject = {"group": [_one("a1")], "single": _one("s1")}
    target: JsonObject = {"group": [_one("a2")], "single": _one("s2")}
    document: JsonObject = {"group": [_one("a1")], "single": {"fixed": "x"}}
    expected = {"group": [_one("a2")], "single": _one("s2", fixed="x")}
    assert localized_write(schema, master, document, target) == expected


def test_instances_without_uids_are_matched_by_position() -> None:
    """Old documents have no uids; those with non-localizable fields get the target's all the same."""
    schema = Schema([_group(_FIXED)])
    target: JsonObject = {"group": [_one("a2")]}
    document: JsonObject = {"group": [{"fixed": "x"}, {"fixed": "too many"}]}
    expected = {"group": [_pinned("a2", fixed="x"), {"fixed": "too many"}]}
    assert localized_write(schema, {"group": [{"fixed": "x"}]}, document, target) == expected


def test_an_instance_with_values_of_its_own_is_cut_off_by_a_later_write() -> None:
    """Page "Update a localized entry": without the mark it no longer follows the master. A first write cannot do it."""
    schema = Schema([_group(_FIXED, _FREE)])
    master: JsonObject = {"group": [_one("a1", fixed="master's")]}
    target: JsonObject = {"group": [_one("a2", fixed="master's")]}
    document: JsonObject = {"group": [_one("a1", free="x", fixed="its own")]}
    first = {"group": [_pinned("a2", free="x", fixed="master's")]}
    assert localized_write(schema, master, document, target) == first
    later = {"group": [_one("a2", free="x", fixed="its own")]}
    assert localized_write(schema, master, document, target, is_first=False) == later


def test_blocks_and_nested_instances_are_matched_too() -> None:
    """Blocks are matched with blocks, groups inside of them with their groups, global fields included."""
    inner = _group(_FIXED, uid="inner")
    blocks: list[Json] = [{"uid": "b", "schema": [inner]}, {"uid": "c", "reference_to": "shared"}]
    schema = Schema([{"uid": "f", "data_type": "blocks", "blocks": blocks}], {"shared": [_FREE]})
    master: JsonObject = {"f": [{"c": _one("c1")}, {"b": _one("b1", inner=[_one("i1")])}]}
    target: JsonObject = {"f": [{"c": _one("c2")}, {"b": _one("b2", inner=[_one("i2")])}]}
    document: JsonObject = {"f": [{"b": _one("b1", inner=[_one("i1")])}, {"c": _one("c1")}, {"x": 1}]}
    expected = {"f": [{"b": _pinned("b2", inner=[_pinned("i2")])}, {"c": _one("c2")}, {"x": 1}]}
    assert localized_write(schema, master, document, target) == expected


def test_values_of_other_types_stay_as_they_are() -> None:
    """On any side, and where the masters differ in shape."""
    schema = Schema([_group(_FIXED), {"uid": "f", "data_type": "blocks", "blocks": [{"uid": "b"}]}])
    odd: list[JsonObject] = [
        {},
        {"group": None, "f": None},
        {"group": "x", "f": 3},
        {"group": [None, 3], "f": [None, {"b": []}]},
        {"group": {"_metadata": {"uid": 3}}, "f": {"b": {}}},
    ]
    for document in odd:
        for other in odd:
            assert localized_write(schema, other, document, {}) == document
            localized_write(schema, other, document, other)


def test_the_given_documents_are_not_altered() -> None:
    schema = Schema([_group(_FIXED)])
    document: JsonObject = {"group": [_one("a1")]}
    localized_write(schema, document, document, {"group": [_one("a2")]})
    assert document == {"group": [_one("a1")]}

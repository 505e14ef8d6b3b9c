"""Content types rewritten, reduced and relaxed for another stack, and their field rules."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from planted_references import Planted, planted

from stackferry.providers.contentstack.references.field_rules import find_field_rules, rewrite_field_rules
from stackferry.providers.contentstack.references.model import KEEP, Reference, ReferenceKind
from stackferry.providers.contentstack.schema.transform import (
    relax_rules,
    rewrite_schema,
    schema_extensions,
    schema_global_fields,
    schema_references,
    without_references,
)

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

_TITLE: JsonObject = {
    "uid": "title",
    "data_type": "text",
    "mandatory": True,
    "unique": True,
    "field_metadata": {"_default": True},
}
_TEXT: JsonObject = {"uid": "text", "data_type": "text", "extension_uid": "bltx", "reference_to": ""}


def _type(*fields: Json, **more: Json) -> JsonObject:
    return {"uid": "page", "title": "Page", "schema": [_TITLE, *fields], **more}


def _ref(uid: str, *names: str) -> JsonObject:
    return {"uid": uid, "data_type": "reference", "reference_to": list(names)}


def _group(*fields: Json) -> JsonObject:
    return {"uid": "group", "data_type": "group", "schema": list(fields)}


def _blocks(*blocks: Json) -> JsonObject:
    return {"uid": "blocks", "data_type": "blocks", "blocks": list(blocks)}


def _rte(*names: str, **more: Json) -> JsonObject:
    metadata: JsonObject = {"allow_json_rte": True, "embed_entry": True}
    return {
        "uid": "rte",
        "data_type": "json",
        "field_metadata": metadata,
        "reference_to": list(names),
        **more,
    }


_GLOBAL: JsonObject = {
    "uid": "seo",
    "data_type": "global_field",
    "reference_to": "seo",
    "schema": [_ref("r", "author")],
}
_OLD: JsonObject = {"uid": "old", "data_type": "reference", "reference_to": "category"}
_BLOCK: JsonObject = {"uid": "x", "schema": [_OLD]}
_PAGE_TEXT: JsonObject = {"uid": "page", "data_type": "text"}
_BARE_RTE: JsonObject = {
    "uid": "rte",
    "data_type": "json",
    "field_metadata": {"allow_json_rte": True, "embed_entry": False},
}
_WHOLE = _type(
    _TEXT,
    _OLD,
    _GLOBAL,
    _group(_ref("a", "page", "news")),
    _blocks({"uid": "one", "schema": [_rte("sys_assets", "faq")]}, {"uid": "two", "reference_to": "card"}),
)


def test_a_schema_depends_on_what_it_names_at_any_depth() -> None:
    """Content types, global fields and extensions; the content type of assets is none of them."""
    assert schema_references(_WHOLE) == {"author", "category", "faq", "news", "page"}
    assert schema_global_fields(_WHOLE) == {"card", "seo"}
    assert schema_extensions(_type(_TEXT, _group(_rte(plugins=["blty"])))) == {"bltx", "blty"}
    assert schema_extensions(_type({"uid": "a", "field_metadata": {"plugins": ["bltz"]}})) == {"bltz"}


def test_values_of_other_types_in_a_schema_name_nothing() -> None:
    odd = _type(_ref("r"), {**_OLD, "reference_to": 3}, None, {"data_type": "group", "schema": {"a": _OLD}})
    for content_type in (odd, _type({**_OLD, "reference_to": [None, 3, ""], "plugins": [None, 3]}), {}):
        assert schema_references(content_type) == set()
        assert schema_global_fields(content_type) == set()
        assert schema_extensions(content_type) == set()


def test_extensions_get_their_new_uids() -> None:
    """Every place that names one is rewritten, one without a new uid stays; the given schema is not altered."""
    before = _type(_TEXT, _group(_rte("page", "news", plugins=["bltx", "blty"])), _OLD, _GLOBAL)
    given = copy.deepcopy(before)
    after = rewrite_schema(given, {"bltx": "bltn", "seo": "no extension", "page": "no extension"})
    assert given == before
    assert after == _type(
        {**_TEXT, "extension_uid": "bltn"},
        _group(_rte("page", "news", plugins=["bltn", "blty"])),
        _OLD,
        _GLOBAL,
    )


@pytest.mark.parametrize(
    ("given", "reduced"),
    [
        ([_ref("r", "page", "news")], [_ref("r", "news")]),
        ([_ref("r", "page")], []),
        ([{**_OLD, "reference_to": "page"}], []),
        ([_group(_ref("r", "page"))], []),
        ([_group(_ref("r", "page"), _ref("s", "news"))], [_group(_ref("s", "news"))]),
        ([_group()], [_group()]),
        ([_blocks({"uid": "one", "schema": [_ref("r", "page")]})], []),
        ([_blocks({"uid": "two", "reference_to": "card"}, _BLOCK)], [_blocks(_BLOCK)]),
        ([{**_GLOBAL, "reference_to": "card"}, _GLOBAL], [_GLOBAL]),
        ([_rte("page", "sys_assets")], [_rte("sys_assets")]),
        ([_rte("page")], [_BARE_RTE]),
        ([_TEXT, _rte("news", plugins=["bltx", "blty"])], [_rte("news", plugins=["blty"])]),
        ([_ref("card", "news"), _PAGE_TEXT], [_ref("card", "news"), _PAGE_TEXT]),
    ],
)
def test_a_temporary_schema_names_nothing_that_does_not_exist_yet(
    given: list[Json], reduced: list[Json]
) -> None:
    """Missing names go, and so does every field, block and group that this leaves without any."""
    assert without_references(_type(*given), {"page"}, {"card"}, {"bltx"}) == _type(*reduced)


@given(planted())
def test_random_schemas_can_be_reduced_relaxed_and_rewritten(plot: Planted) -> None:
    """Reduced, nothing is named; relaxed twice is relaxed once; rewritten forth and back is as before."""
    content_type: JsonObject = {"uid": "page", "schema": plot.fields}
    names, shared = schema_references(content_type), schema_global_fields(content_type)
    extensions = schema_extensions(content_type)
    reduced = without_references(content_type, names, shared, extensions)
    assert not schema_references(reduced) | schema_global_fields(reduced) | schema_extensions(reduced)
    assert without_references(content_type, set()) is content_type
    relaxed, changed = relax_rules(content_type)
    assert relax_rules(relaxed) == (relaxed, False)
    assert changed == (relaxed != content_type)
    rewritten = rewrite_schema(content_type, {"bltext": "other"})
    assert schema_extensions(rewritten) == {"other" if uid == "bltext" else uid for uid in extensions}
    assert rewrite_schema(rewritten, {"other": "bltext"}) == content_type


def test_a_temporary_schema_has_no_field_rules() -> None:
    """Rules name fields and entries that may not be there; a schema that lacks nothing keeps them."""
    rules: list[Json] = [{"conditions": []}]
    assert without_references(_type(_ref("r", "page"), field_rules=rules), {"page"}) == _type()
    whole = _type(_ref("r", "page"), field_rules=rules)
    assert without_references(whole, {"news"}) is whole


@pytest.mark.parametrize(
    ("strict", "loose"),
    [
        ({"mandatory": True, "unique": True}, {"mandatory": False, "unique": False}),
        ({"format": "^[a-z]+$", "min": 0, "max": 5}, {"format": "", "min": None, "max": None}),
        ({"min_instance": 1, "max_instance": 2}, {"min_instance": None, "max_instance": None}),
        ({"startDate": "2020-01-01", "endDate": None}, {"startDate": None, "endDate": None}),
        ({"data_type": "file", "extensions": ["mp4"]}, {"data_type": "file", "extensions": []}),
        ({"dimension": {"width": {"min": 200}}}, {"dimension": {"width": {"min": None}}}),
        (
            {"taxonomies": [{"taxonomy_uid": "t", "mandatory": True}, {"taxonomy_uid": "u"}]},
            {"taxonomies": [{"taxonomy_uid": "t", "mandatory": False}, {"taxonomy_uid": "u"}]},
        ),
    ],
)
def test_a_relaxed_field_has_no_rule_left(strict: JsonObject, loose: JsonObject) -> None:
    """In groups and blocks too; relaxing twice changes nothing more."""
    for wrap in (lambda field: field, _group, lambda field: _blocks({"uid": "b", "schema": [field]})):
        relaxed = relax_rules(_type(wrap({"uid": "f", **strict})))
        assert relaxed == (_type(wrap({"uid": "f", **loose})), True)
        assert relax_rules(relaxed[0]) == (relaxed[0], False)


def test_the_title_stays_mandatory_and_unless_asked_otherwise_unique() -> None:
    """A group's field of that name does not."""
    assert relax_rules(_type()) == (_type(), False)
    relaxed, changed = relax_rules(_type(), unique_titles=False)
    assert (relaxed["schema"], changed) == ([{**_TITLE, "unique": False}], True)
    own: JsonObject = {
        "uid": "title",
        "data_type": "text",
        "mandatory": True,
        "field_metadata": {"version": 3},
    }
    assert relax_rules(_type(_group(own)))[0] == _type(_group({**own, "mandatory": False}))


def test_only_rules_are_relaxed() -> None:
    """Descriptions of a field stay, and so does a schema that is not a list."""
    field: JsonObject = {
        "uid": "f",
        "data_type": "text",
        "extensions": ["kept"],
        "options": [{"mandatory": True}],
        "schema": {"mandatory": True},
        "field_metadata": {"default_value": {"min": 3}, "mandatory": True},
        "error_messages": {"format": "kept"},
        "multiple": True,
        "non_localizable": True,
    }
    assert relax_rules(_type(field, None, 3)) == (_type(field, None, 3), False)
    oddities: list[JsonObject] = [{"uid": "x"}, {"schema": None}, {"schema": {}}]
    for odd in oddities:
        assert relax_rules(odd) == (odd, False)
        assert without_references(odd, {"page"}) is odd


def test_a_relaxed_select_field_takes_any_value_unless_its_choices_are_to_stay() -> None:
    select: JsonObject = {"uid": "s", "data_type": "text", "display_type": "radio", "enum": {"choices": []}}
    plain = {name: value for name, value in select.items() if name not in ("enum", "display_type")}
    assert relax_rules(_type(select)) == (_type(plain), True)
    assert relax_rules(_type(select), choices=False) == (_type(select), False)


def _rules(*values: Any, field: str = "r") -> JsonObject:
    conditions: list[Json] = [
        {"operand_field": field, "operator": "equals", "value": value} for value in values
    ]
    rules: list[Json] = [{"match_type": "all", "actions": [], "conditions": conditions}]
    return _type(_ref("r", "news"), _group(_ref("r", "a", "b"), _TEXT), _TEXT, field_rules=rules)


def test_a_condition_on_a_reference_field_names_entries_joined_by_dots() -> None:
    """At any depth; conditions on other fields name none."""
    at = "/field_rules/0/conditions/0/value"
    assert list(find_field_rules(_rules("blt1.blt2"))) == [
        Reference(kind=ReferenceKind.ENTRY, uid="blt1", content_type="news", path=at),
        Reference(kind=ReferenceKind.ENTRY, uid="blt2", content_type="news", path=at),
    ]
    deep = Reference(kind=ReferenceKind.ENTRY, uid="blt1", path=at)
    assert list(find_field_rules(_rules("blt1", field="group.r"))) == [deep]
    for field in ("text", "group.text", "nowhere", "r.deeper"):
        assert list(find_field_rules(_rules("blt1.blt2", field=field))) == []
    assert list(find_field_rules(_type())) == []


def test_field_rules_get_the_new_uids_of_their_entries() -> None:
    """A condition left without entries goes; so does a rule left without conditions."""
    moved: dict[str, Any] = {"blt1": "blt9", "blt2": KEEP, "blt3": None}

    def resolve(reference: Reference) -> Any:
        return moved[reference.uid]

    assert rewrite_field_rules(_rules("blt1.blt2.blt3", "blt3"), resolve) == _rules("blt9.blt2")
    assert rewrite_field_rules(_rules("blt3"), resolve)["field_rules"] == []
    assert rewrite_field_rules(_rules("blt3", field="text"), resolve) == _rules("blt3", field="text")
    assert rewrite_field_rules(_rules(None, 7, ""), resolve) == _rules(None, 7, "")
    assert rewrite_field_rules(_type(), resolve) == _type()


@pytest.mark.parametrize("rules", [None, "x", [None, 3, {}, {"conditions": "x"}, {"conditions": [None, {}]}]])
def test_field_rules_of_another_type_stay_as_they_are(rules: Json) -> None:
    content_type = _type(field_rules=rules)
    assert list(find_field_rules(content_type)) == []
    assert rewrite_field_rules(content_type, lambda _: None) == content_type

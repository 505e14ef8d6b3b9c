"""References by schema, in exports of real stacks: none missed, none invented."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from repository import CONTENTSTACK_EXPORTS
from stackferry.core.json_diff import differences
from stackferry.providers.contentstack.content.comparable import strip_for_write
from stackferry.providers.contentstack.importing.entries.write_body import localized_write
from stackferry.providers.contentstack.references.model import KEEP, Keep, Reference, ReferenceKind, Schema
from stackferry.providers.contentstack.references.rewrite import find_references, rewrite_references
from stackferry.providers.contentstack.schema.transform import (
    relax_rules,
    rewrite_schema,
    schema_extensions,
    schema_global_fields,
    schema_references,
    without_references,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ROOT = CONTENTSTACK_EXPORTS
_SETS = {
    "academy-starter-app": "academy-starter-app/main",
    "compass-starter-stack": "compass-starter-stack/stack",
    "nextJS-CS-modeling": "nextJS-CS-modeling/stack",
    "stack-evtrader": "stack-evtrader/stack",
}
# How many references each stack holds, by kind; edges, terms and dangling ones are as the README counts them.
_COUNTS = {
    "academy-starter-app": {"entry": 122, "asset": 70},
    "compass-starter-stack": {"entry": 184, "asset": 288, "term": 294},
    "nextJS-CS-modeling": {"entry": 37, "asset": 55, "locale": 2},
    "stack-evtrader": {"entry": 16, "asset": 17},
}
_DANGLING = {
    "academy-starter-app": 0,
    "compass-starter-stack": 0,
    "nextJS-CS-modeling": 0,
    "stack-evtrader": 3,
}

pytestmark = pytest.mark.skipif(not _ROOT.is_dir(), reason="the shared datasets are not beside this checkout")
each_set = pytest.mark.parametrize("name", _SETS)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def _content_types(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _read(_ROOT / _SETS[name] / "content_types/schema.json")
    return found


@cache
def _entries(name: str) -> list[tuple[dict[str, Any], str, dict[str, Any]]]:
    """Content type, locale and document of every entry."""
    return [
        (content_type, locale, document)
        for content_type in _content_types(name)
        for locale, file in _entry_files(_ROOT / _SETS[name] / "entries" / content_type["uid"])
        for document in _read(file).values()
    ]


def _entry_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Both layouts of the vendor's CLI: one file a locale, or chunks that an index names."""
    for file in sorted(folder.glob("*.json")):
        yield file.stem, file
    for index in sorted(folder.glob("*/index.json")):
        for chunk in _read(index).values():
            yield index.parent.name, index.parent / chunk


def _known_uids(name: str) -> set[str]:
    assets = _ROOT / _SETS[name] / "assets"
    files = [path for path in assets.glob("*assets.json") if path.name != "metadata.json"]
    uids = {uid for path in files for uid in _read(path) if uid.startswith("blt")}
    return uids | {document["uid"] for _, _, document in _entries(name)}


def _references(name: str) -> Iterator[tuple[dict[str, Any], Reference]]:
    for content_type, _, document in _entries(name):
        for reference in find_references(Schema.of(content_type), document):
            if (
                reference.kind is not ReferenceKind.OBJECT
            ):  # a word of an app's text that may be a uid: none is
                yield document, reference


@each_set
def test_the_schema_finds_every_known_uid_that_the_text_holds(name: str) -> None:
    """In each entry, a search of the text for every uid of the stack finds what the schema finds."""
    known = _known_uids(name)
    for content_type, _, document in _entries(name):
        text = json.dumps(strip_for_write(document, Schema.of(content_type)))
        by_text = set(re.findall(r"\b(?:blt|cs)\w+\b", text)) & known
        references = find_references(Schema.of(content_type), document)
        by_schema = {
            each.uid for each in references if each.kind in (ReferenceKind.ENTRY, ReferenceKind.ASSET)
        }
        assert by_schema & known == by_text


@each_set
def test_the_counts_of_references_are_those_of_the_datasets_description(name: str) -> None:
    assert Counter(str(reference.kind) for _, reference in _references(name)) == _COUNTS[name]


@each_set
def test_only_the_known_references_dangle(name: str) -> None:
    """References to entries that the stack does not hold: three in one set, none in the others."""
    uids = {document["uid"] for _, _, document in _entries(name)}
    entries = [each for _, each in _references(name) if each.kind is ReferenceKind.ENTRY]
    assert sum(each.uid not in uids for each in entries) == _DANGLING[name]


@each_set
def test_a_reference_names_the_content_type_of_its_target(name: str) -> None:
    """Of every entry that exists."""
    types = {document["uid"]: content_type["uid"] for content_type, _, document in _entries(name)}
    entries = [
        each for _, each in _references(name) if each.kind is ReferenceKind.ENTRY and each.uid in types
    ]
    assert [each.content_type for each in entries] == [types[each.uid] for each in entries]


def test_json_rich_texts_are_walked_and_rewritten_to_themselves() -> None:
    """The 160 JSON documents of one set."""
    documents = [
        value
        for content_type, _, document in _entries("compass-starter-stack")
        for value in _json_documents(content_type["schema"], document)
    ]
    assert len(documents) == 160
    schema = Schema([{"uid": "rte", "data_type": "json", "field_metadata": {"allow_json_rte": True}}])
    for value in documents:
        assert rewrite_references(schema, {"rte": value}, lambda reference: reference.uid) == {"rte": value}


def _json_documents(fields: list[dict[str, Any]], document: dict[str, Any]) -> Iterator[Any]:
    for field in fields:
        value = document.get(field["uid"])
        for item in value if isinstance(value, list) else [value]:
            if field["data_type"] == "json" and item:
                yield item
            elif isinstance(item, dict):
                yield from _json_documents(field.get("schema", []), item)
                for block in field.get("blocks", []):
                    yield from _json_documents(block["schema"], item.get(block["uid"], {}))


@each_set
def test_rewriting_real_entries_changes_one_value_a_reference(name: str) -> None:
    """Without a new uid nothing changes; another uid changes one value a reference, and can be undone."""

    def renamed(reference: Reference) -> str | Keep:
        return KEEP if reference.kind is ReferenceKind.OBJECT else f"new{reference.uid}"

    def named_back(reference: Reference) -> str | Keep:
        return KEEP if reference.kind is ReferenceKind.OBJECT else reference.uid.removeprefix("new")

    for content_type, _, document in _entries(name):
        schema = Schema.of(content_type)
        assert rewrite_references(schema, document, lambda _: KEEP) == document
        moved = rewrite_references(schema, document, renamed)
        found = find_references(schema, document)
        paths = sorted(one.path for one in found if one.kind is not ReferenceKind.OBJECT)
        assert sorted(each.path for each in differences(document, moved)) == paths
        assert rewrite_references(schema, moved, named_back) == document


@each_set
def test_real_entries_are_written_without_asset_objects(name: str) -> None:
    """For the API a file field holds a bare uid; of references that are taken out nothing remains."""
    for content_type, _, document in _entries(name):
        schema = Schema.of(content_type)
        written = rewrite_references(
            schema, document, lambda reference: f"new{reference.uid}", for_write=True
        )
        assert '"file_size"' not in json.dumps(written)
        emptied = rewrite_references(schema, document, lambda _: None, for_write=True)
        assert not list(find_references(schema, emptied))


@each_set
def test_real_localized_entries_point_at_their_own_master(name: str) -> None:
    """Written beside its own master a localized document stays as it is: instances find themselves again.

    What the vendor's service wrote into `_metadata`, `non_localizable_content` included, is what we write.
    """
    by_uid = {(document["uid"], locale): document for _, locale, document in _entries(name)}
    master_locale = "en" if name == "compass-starter-stack" else "en-us"
    for content_type, locale, document in _entries(name):
        master = by_uid.get((document["uid"], master_locale))
        if locale != master_locale:
            bare = json.loads(json.dumps(document).replace(', "non_localizable_content": true', ""))
            assert localized_write(Schema.of(content_type), master, bare, master) == document


@each_set
def test_real_localized_entries_follow_another_master(name: str) -> None:
    """With a target whose instances have other uids, exactly the uids that the master has become those."""
    by_uid = {(document["uid"], locale): document for _, locale, document in _entries(name)}
    master_locale = "en" if name == "compass-starter-stack" else "en-us"
    for content_type, locale, document in _entries(name):
        master = by_uid.get((document["uid"], master_locale))
        if master and locale != master_locale:
            uids = set(re.findall(r'"_metadata": \{"uid": "(cs\w+)"', json.dumps(master)))
            target = json.loads(_with_uids(json.dumps(master), uids))
            written = localized_write(Schema.of(content_type), master, document, target)
            assert json.dumps(written) == _with_uids(json.dumps(document), uids)


def _with_uids(text: str, uids: set[str]) -> str:
    return re.sub(r'(?<="uid": ")cs\w+', lambda uid: f"new{uid[0]}" if uid[0] in uids else uid[0], text)


@each_set
def test_real_schemas_name_only_what_the_stack_has(name: str) -> None:
    """The global fields and extensions that the content types use exist in the export."""
    fields = _ROOT / _SETS[name] / "global_fields/globalfields.json"
    extensions = _ROOT / _SETS[name] / "extensions/extensions.json"
    known = {each["uid"] for each in _read(fields)} if fields.exists() else set()
    plugins = set(_read(extensions)) if extensions.exists() else set()
    for content_type in _content_types(name):
        assert schema_global_fields(content_type) <= known
        assert schema_extensions(content_type) <= plugins


@each_set
def test_real_schemas_can_be_reduced_relaxed_and_rewritten(name: str) -> None:
    """Reduced by all that it names, a content type names nothing; with nothing missing it stays."""
    for content_type in _content_types(name):
        named, fields = schema_references(content_type), schema_global_fields(content_type)
        reduced = without_references(content_type, named, fields)
        assert not schema_references(reduced)
        assert not schema_global_fields(reduced)
        assert reduced["schema"]
        assert without_references(content_type, set()) is content_type
        assert rewrite_schema(content_type, {}) == content_type
        softened, _ = relax_rules(content_type)
        assert relax_rules(softened) == (softened, False)

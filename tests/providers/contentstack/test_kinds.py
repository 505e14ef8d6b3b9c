"""The table of kinds: what its rows must hold so that listings, imports and comparisons can rely on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackferry.errors import UsageError
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.importing.selection import with_parts

if TYPE_CHECKING:
    from stackferry.model import JsonObject


def test_a_listed_kind_says_where_and_under_which_keys() -> None:
    for kind in kinds.KINDS:
        if kind.listed or kind.owner_key:
            assert kind.path, kind.name
            assert kind.list_key, kind.name
            assert kind.object_key, kind.name


def test_an_owned_kind_is_listed_for_each_object_of_a_listed_kind() -> None:
    for kind in kinds.KINDS:
        if kind.owner_key:
            assert kinds.BY_NAME[kind.part_of].listed
            assert f"{{{kind.owner_key}}}" in kind.path


def test_references_name_kinds_of_the_table() -> None:
    """Beside them: what an option maps, and stages and locales that have uids of their own."""
    known = {*kinds.BY_NAME, "environment_names", "branches", "stages", "locale_uids", "documents", "stacks"}
    for kind in kinds.KINDS:
        assert {*kind.refers_to.values()} <= known, kind.name


@pytest.mark.parametrize(
    ("kind", "record", "key"),
    [
        ("environments", {"uid": "e1", "name": "live"}, ("e1", 0)),
        ("locales", {"uid": "l1", "code": "en-us"}, ("en-us", 0)),
        ("terms", {"taxonomy": "tags", "term": {"uid": "red"}}, ("tags\0red", 0)),
        ("translations", {"taxonomy": "tags", "locale": "fr-fr", "names": {}}, ("tags\0fr-fr\0", 0)),
        ("versions", {"uid": "a", "_version": 3}, ("a", 3)),
        ("files", {"uid": "a", "version": 2}, ("a", 2)),
        ("history", {"uid": "a", "versions": [{"_version": 100}, {"_version": 99}]}, ("a", 100)),
        ("variants", {"uid": "a", "variant": {"_variant": {"_uid": "v"}}}, ("a\0v", 0)),
        (
            "release_items",
            {"release": "r", "item": {"content_type_uid": "page", "uid": "a", "action": "publish"}},
            ("r\0page\0a\0\0\0publish", 0),
        ),
    ],
)
def test_a_record_has_the_key_that_its_export_sorted_it_by(
    kind: str, record: JsonObject, key: tuple[str, int]
) -> None:
    assert kinds.record_key(kind, record) == key


def test_a_kind_brings_its_parts() -> None:
    assert with_parts(["taxonomies"]) == {"taxonomies", "terms", "translations"}
    assert with_parts(["assets", "releases"]) == {
        *("assets", "folders", "asset_versions", "files", "metadata"),
        *("releases", "release_items"),
    }


@pytest.mark.parametrize("name", ["files", "versions", "release_items", "pages"])
def test_what_is_no_kind_of_its_own_cannot_be_chosen(name: str) -> None:
    with pytest.raises(UsageError, match=f"--only {name}"):
        with_parts([name])

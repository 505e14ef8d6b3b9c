"""References by schema, against random content types and documents whose references are known."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from planted_references import Planted, planted

from stackferry.providers.contentstack.references.model import KEEP, Reference, ReferenceKind, Schema
from stackferry.providers.contentstack.references.rewrite import find_references, rewrite_references

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import Json

_ANY_JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def _schema(plot: Planted) -> Schema:
    return Schema(plot.fields, plot.global_fields, ("cdn.test:8777",))


def _answer(reference: Reference, uid: str) -> str:
    return reference.url.replace(reference.uid, uid) if reference.kind is ReferenceKind.ASSET_URL else uid


def _to(change: Callable[[str], str]) -> Callable[[Reference], str]:
    return lambda reference: _answer(reference, change(reference.uid))


def _renamed(uid: str) -> str:
    return uid.replace("mark", "moved")


@given(planted())
def test_what_is_found_is_what_was_planted(plot: Planted) -> None:
    """Every planted reference is found as often as it stands there, and no decoy."""
    found = [
        (str(reference.kind), reference.uid) for reference in find_references(_schema(plot), plot.document)
    ]
    assert Counter(found) == Counter(plot.references)


@given(planted())
def test_rewriting_everything_to_itself_changes_nothing(plot: Planted) -> None:
    """The identity resolver, and KEEP, give an equal document; the given one is never altered."""
    before = copy.deepcopy(plot.document)
    assert rewrite_references(_schema(plot), plot.document, _to(lambda uid: uid)) == before
    assert rewrite_references(_schema(plot), plot.document, lambda _: KEEP) == before
    rewrite_references(_schema(plot), plot.document, _to(_renamed), for_write=True)
    rewrite_references(_schema(plot), plot.document, lambda _: None)
    assert plot.document == before


@given(planted())
def test_a_rewrite_changes_the_uids_and_nothing_else(plot: Planted) -> None:
    """The result is, to the byte, what replacing the unique marks in the document's text gives."""
    text = json.dumps(plot.document)
    for _, uid in plot.references:
        text = text.replace(uid, _renamed(uid))
    assert json.dumps(rewrite_references(_schema(plot), plot.document, _to(_renamed))) == text


@given(planted())
def test_a_rewrite_can_be_undone(plot: Planted) -> None:
    """Rewriting forth and back gives the same document."""
    there = rewrite_references(_schema(plot), plot.document, _to(_renamed))
    assert there != plot.document or not plot.references
    back = rewrite_references(_schema(plot), there, _to(lambda uid: uid.replace("moved", "mark")))
    assert json.dumps(back) == json.dumps(plot.document)


@given(planted(), st.data())
def test_all_uids_are_replaced_at_once(plot: Planted, data: st.DataObject) -> None:
    """Any permutation of the uids is made as a whole, not one after the other."""
    uids = sorted({uid for _, uid in plot.references})
    moved = dict(zip(uids, data.draw(st.permutations(uids)), strict=True))
    result = rewrite_references(_schema(plot), plot.document, _to(moved.__getitem__))
    found = Counter((reference.kind, reference.uid) for reference in find_references(_schema(plot), result))
    assert found == Counter((ReferenceKind(kind), moved[uid]) for kind, uid in plot.references)


@given(planted())
def test_rewritten_references_differ_in_the_uid_only(plot: Planted) -> None:
    """They keep order, kind, content type, pointer and whether they are mandatory."""
    schema = _schema(plot)

    def facts(reference: Reference, uid: str) -> tuple[object, ...]:
        return reference.kind, uid, reference.content_type, reference.mandatory

    before = [
        facts(reference, _renamed(reference.uid)) for reference in find_references(schema, plot.document)
    ]
    after = find_references(schema, rewrite_references(schema, plot.document, _to(_renamed)))
    assert [facts(reference, reference.uid) for reference in after] == before


@given(planted(), st.data())
def test_references_that_are_taken_out_do_not_come_back(plot: Planted, data: st.DataObject) -> None:
    """Taking out any set of targets leaves exactly the references to the others."""
    uids = sorted({uid for _, uid in plot.references})
    gone = data.draw(st.sets(st.sampled_from(uids))) if uids else set()
    result = rewrite_references(_schema(plot), plot.document, lambda each: None if each.uid in gone else KEEP)
    left = Counter(
        (str(reference.kind), reference.uid) for reference in find_references(_schema(plot), result)
    )
    assert left == Counter((kind, uid) for kind, uid in plot.references if uid not in gone)
    assert not any(uid in json.dumps(result) for uid in gone if ("asset", uid) not in plot.references)


@given(planted())
def test_a_written_document_has_bare_uids_and_the_same_references(plot: Planted) -> None:
    """It holds no asset object in a file field, and writing it again changes nothing."""
    schema = _schema(plot)
    written = rewrite_references(schema, plot.document, _to(_renamed), for_write=True)
    assert "filename" not in json.dumps(written)
    found = Counter((str(reference.kind), reference.uid) for reference in find_references(schema, written))
    assert found == Counter((kind, _renamed(uid)) for kind, uid in plot.references)
    assert rewrite_references(schema, written, lambda _: KEEP, for_write=True) == written


@given(planted())
def test_a_pointer_leads_to_the_value_that_names_the_target(plot: Planted) -> None:
    """To a text that holds the uid, or to a key that is the uid."""
    for reference in find_references(_schema(plot), plot.document):
        value: Json = plot.document
        for step in reference.path.split("/")[1:]:
            value = value[int(step)] if isinstance(value, list) else value[step]  # type: ignore[index]  # a pointer leads through containers only
        assert reference.uid in str(value) or reference.path.endswith(f"/{reference.uid}")


@given(planted(), _ANY_JSON, _ANY_JSON)
def test_any_document_and_any_schema_are_taken_without_an_error(
    plot: Planted, document: Json, fields: Json
) -> None:
    """What the schema does not name stays."""
    for schema in (_schema(plot), Schema(fields)):
        assert (
            rewrite_references(schema, document, lambda reference: reference.url or reference.uid) == document
        )
    for name in plot.document:
        list(find_references(_schema(plot), {**plot.document, name: document}))
        rewrite_references(_schema(plot), {**plot.document, name: document}, lambda _: None, for_write=True)
    rewrite_references(Schema(fields), plot.document, lambda _: None)

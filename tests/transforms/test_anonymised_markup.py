"""Whom a chosen field of rich text or HTML names outside of its text: in links, in attributes, in comments."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry import exact_json
from stackferry.transforms.anonymise import anonymise
from stackferry.transforms.documents import DocumentKind
from stackferry.transforms.grammar import parse_spec
from stackferry.transforms.pseudonyms import Pseudonyms

KEY = b"an invented key of tests"
NAMES = Pseudonyms(KEY)


class Documents:
    """One kind of documents, whose fields are at its top."""

    kinds = {"entries": DocumentKind()}  # noqa: RUF012 - never changed
    kept_names = frozenset({"uid"})
    needed_names = describing = other_names = frozenset[str]()


def changed(value: Any, fields: str = "bio") -> Any:
    """What a field `bio` holds after `anonymise`."""
    transform = anonymise(parse_spec(f"anonymise:fields={fields}"), "", KEY)
    about: Any = type("About", (), {"kind": "entries", "content_type": "person"})
    place: Any = type("Place", (), {"source": type("Source", (), {"documents": Documents})})
    document: Any = transform.change({"bio": value}, about, place)
    return document["bio"]


ADDRESS = NAMES.of("ada@harbour.test")


def test_an_address_is_the_same_in_a_field_and_in_a_link() -> None:
    assert ADDRESS.endswith(".example")
    assert changed("mailto:ada@harbour.test") == f"mailto:{ADDRESS}"
    phone = NAMES.of("+4930123456")
    node = {
        "type": "a",
        "attrs": {"url": "tel:+4930123456", "target": "_blank"},
        "children": [{"text": "Ada"}],
    }
    found = changed({"type": "doc", "attrs": {}, "children": [node]})["children"][0]
    assert found["attrs"] == {"url": f"tel:{phone}", "target": "_blank"}
    link = {"nodeType": "hyperlink", "data": {"uri": "mailto:ada@harbour.test"}, "content": []}
    rich = {"nodeType": "document", "data": {}, "content": [link]}
    assert changed(rich)["content"][0]["data"] == {"uri": f"mailto:{ADDRESS}"}


def test_a_subject_of_a_mail_is_replaced_too() -> None:
    found = changed('<a href="mailto:ada@harbour.test?subject=Dear%20Ada">x</a>')
    assert f'href="mailto:{ADDRESS}?' in found
    assert "Ada" not in found
    assert "%20" in found


@pytest.mark.parametrize(
    "name", ["alt", "title", "caption", "asset-alt", "aria-label", "asset-name", "data-sys-asset-filename"]
)
def test_words_in_attributes_are_replaced(name: str) -> None:
    words = {"asset-name": "Ada Quayside.png", "data-sys-asset-filename": "Ada Quayside.png"}.get(
        name, "Ada Quayside"
    )
    text = changed(f"<p {name}=\"{words}\" class='Ada'>x</p><img {name}='{words}' />")
    node = {"type": "img", "attrs": {name: words, "redactor-attributes": {name: words}}, "children": []}
    rich = changed({"type": "doc", "children": [node]})["children"][0]["attrs"]
    expected = words.replace("Ada Quayside", NAMES.of("Ada Quayside"))
    assert re.findall(rf"{name}=[\"'](.*?)[\"']", text) == [expected, expected]
    assert "class='Ada'" in text
    assert rich == {name: expected, "redactor-attributes": {name: expected}}


def test_comments_are_replaced_and_structure_stays() -> None:
    found = changed('<!-- Ada --><div class="embedded-entry" data-sys-entry-uid="blt1" type="entry"></div>')
    assert "Ada" not in found
    assert found.startswith("<!-- ")
    assert found.endswith('--><div class="embedded-entry" data-sys-entry-uid="blt1" type="entry"></div>')


def test_what_a_node_refers_to_stays() -> None:
    target = {"target": {"sys": {"type": "Link", "linkType": "Entry", "id": "ada"}}}
    node = {"nodeType": "embedded-entry-block", "data": target, "content": []}
    assert changed({"nodeType": "document", "data": {}, "content": [node]})["content"] == [node]
    reference = {
        "type": "reference",
        "attrs": {"entry-uid": "blt1", "content-type-uid": "person", "locale": "en-us", "type": "entry"},
        "children": [{"text": ""}],
    }
    assert changed({"type": "doc", "children": [reference]})["children"] == [reference]


def test_a_link_to_a_page_changes_with_the_field_of_its_address() -> None:
    html = '<a href="/people/ada">x</a><a href="https://harbour.test/ada">y</a>'
    node = {"type": "a", "attrs": {"url": "/people/ada"}, "children": [{"text": "x"}]}
    assert 'href="/people/ada"' in changed(html)
    assert changed({"type": "doc", "children": [node]})["children"][0]["attrs"]["url"] == "/people/ada"
    page = NAMES.of("/people/ada")
    assert f'href="{page}"' in changed(html, "bio,url")
    assert 'href="https://harbour.test/ada"' in changed(html, "bio,url")
    assert changed({"type": "doc", "children": [node]}, "bio,url")["children"][0]["attrs"]["url"] == page


def test_an_address_of_the_web_stays_one() -> None:
    assert changed("https://harbour.test/ada").startswith("https://")
    assert "harbour" not in changed("https://harbour.test/ada")


@given(
    st.floats(allow_nan=False, allow_infinity=False, width=32) | st.decimals(-1000, 1000, places=4).map(float)
)
def test_a_number_with_a_fraction_keeps_its_form(value: float) -> None:
    found, again = NAMES.of_decimal(value), NAMES.of_decimal(value)
    texts = [exact_json.dumps(one).decode() for one in (value, found)]
    assert found == again
    assert len(texts[0]) == len(texts[1])
    assert [text.endswith("0") for text in texts] == [texts[0].endswith("0")] * 2


def test_numbers_of_a_chosen_field_are_replaced() -> None:
    value = {"price": 12.5, "at": {"lat": 53.5413, "lon": 9.9841}, "is_open": True, "none": None, "zero": 0.0}
    found = changed(value)
    assert found["price"] != 12.5
    assert found["at"] != value["at"]
    assert [int(found["at"][name]) for name in ("lat", "lon")] == [53, 9]
    assert {name: found[name] for name in ("is_open", "none", "zero")} == {
        "is_open": True,
        "none": None,
        "zero": 0.0,
    }
    assert len({NAMES.of_decimal(number / 100) for number in range(1, 400)}) == 399

"""Refusals of the service become errors, in its own words, whatever a broken server sends."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.errors import AccessError, Forbidden, NotOffered, Refused, StackferryError
from stackferry.model import Request, Response
from stackferry.providers.contentstack.refusals import refusal

REQUEST = Request(method="POST", path="/v3/things")


def refused(status: int, body: object) -> StackferryError:
    return refusal(REQUEST, Response(status, {}, json.dumps(body).encode()))


def test_a_refusal_names_the_request_the_reason_and_the_fields() -> None:
    errors = {"title": ["is not unique.", "is too long."], "uid": "is taken."}
    found = refused(422, {"error_message": "No.", "error_code": 119, "errors": errors})
    assert isinstance(found, Refused)
    assert str(found) == "POST /v3/things: No. (title: is not unique., is too long.; uid: is taken.)"
    assert (found.status, found.code, found.errors) == (422, 119, errors)


def test_a_value_that_is_not_unique_may_be_held_by_the_trash() -> None:
    """Only an entry's: of what was deleted no list shows anything."""
    body = json.dumps({"error_message": "No.", "errors": {"title": ["is not unique."]}}).encode()
    request = Request(method="POST", path="/v3/content_types/page/entries/import")
    assert "empty the trash, or wait 14 days" in str(refusal(request, Response(422, {}, body)))
    assert "trash" not in str(refusal(REQUEST, Response(422, {}, body)))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, 105, AccessError),
        (412, 109, AccessError),
        (403, 162, Forbidden),
        (404, 1, NotOffered),
        (400, 1, Refused),
    ],
)
def test_each_refusal_is_the_error_of_its_kind(status: int, code: int, kind: type[StackferryError]) -> None:
    """B5: a bad credential, a missing right, a missing call, a wrong request."""
    assert type(refused(status, {"error_message": "No.", "error_code": code})) is kind


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b'{"errors": [1]}', b'{"error_code": "x"}', b"\xff"]
)
def test_a_refusal_that_cannot_be_read_names_its_status(body: bytes) -> None:
    """B1."""
    found = refusal(REQUEST, Response(400, {}, body))
    assert isinstance(found, Refused)
    assert "status 400" in str(found)
    assert found.code is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_body_gives_an_error_of_the_tree(body: object) -> None:
    assert isinstance(refused(422, body), StackferryError)

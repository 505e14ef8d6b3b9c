"""The service's refusals as errors, in its own words, whatever a broken server puts into them."""

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


def test_refusal_says_what_the_service_said() -> None:
    errors = {"title": ["is not unique.", "is too long."], "uid": "is taken."}
    found = refused(422, {"error_message": "No.", "error_code": 119, "errors": errors})
    assert isinstance(found, Refused)
    assert str(found) == "POST /v3/things: No. (title: is not unique., is too long.; uid: is taken.)"
    assert (found.status, found.code, found.errors) == (422, 119, errors)


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
def test_kinds_of_refusal(status: int, code: int, kind: type[StackferryError]) -> None:
    """B5: a bad credential, a missing right, a missing call and a wrong request are told apart."""
    assert type(refused(status, {"error_message": "No.", "error_code": code})) is kind


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b'{"errors": [1]}', b'{"error_code": "x"}', b"\xff"]
)
def test_refusal_without_words(body: bytes) -> None:
    """B1: a refusal that cannot be read still says its status and its call."""
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
def test_any_body_is_an_error_of_ours(body: object) -> None:
    """Whatever JSON a refusal holds, the error is one of the tree and nothing else is raised."""
    assert isinstance(refused(422, body), StackferryError)

"""Credentials that people put into webhooks and extensions never get into a snapshot; content is left alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stackferry.providers.contentstack.credentials import REDACTED, redact

if TYPE_CHECKING:
    from stackferry.model import JsonObject

CANARY = "cs-invented-canary"


@pytest.mark.parametrize(
    "name",
    ["authorization", "Authorization", "http_basic_password", "apiKey", "API-KEY", "api_secret", "accessKey",
     "access_token", "refreshToken", "privateKey", "client_key", "authtoken", "credentials", "passwd"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["webhooks", "extensions", "workflows", "environments"])
def test_names_that_mean_a_credential(kind: str, name: str) -> None:
    """E3, I8: a text under such a name is replaced at any depth, and its place is told."""
    clean, found = redact(kind, {"uid": "x", "deep": [{name: CANARY}, {"plain": "kept"}]})
    assert CANARY not in json.dumps(clean)
    assert clean["deep"] == [{name: REDACTED}, {"plain": "kept"}]
    assert found == [f"{kind} x /deep/0/{name}"]


def test_headers_of_a_webhook() -> None:
    """E3: any header's value may be a credential, whatever the header is called."""
    row: JsonObject = {"header_name": "X-Anything", "value": CANARY}
    clean, found = redact("webhooks", {"uid": "x", "destinations": [{"custom_header": [row]}]})
    assert CANARY not in json.dumps(clean)
    assert found == ["webhooks x /destinations/0/custom_header/0/value"]


@pytest.mark.parametrize("value", ["", None, 5, True, [], {}])
def test_values_that_are_no_credential(value: object) -> None:
    """What is empty or no text is kept as it is: it hides nothing."""
    document = {"uid": "x", "password": value}
    assert redact("webhooks", document) == (document, [])  # type: ignore[arg-type]  # JSON all the same


def test_entries_are_content() -> None:
    """I7: entries and assets are never touched; nor is a stack's API key, which is its name."""
    document = {"uid": "x", "password": CANARY, "api_key": "blt"}
    assert redact("entries", document) == (document, [])  # type: ignore[arg-type]  # JSON all the same
    assert redact("webhooks", {"api_key": "blt"}) == ({"api_key": "blt"}, [])


def test_already_redacted() -> None:
    """I6: what is redacted already is not told again, so a copy of a copy has the same bytes."""
    assert redact("webhooks", {"uid": "x", "token": REDACTED}) == ({"uid": "x", "token": REDACTED}, [])

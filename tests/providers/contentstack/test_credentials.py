"""Credentials in webhooks, extensions and the like never get into a snapshot; entries stay as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stackferry.providers.contentstack.credentials import redact
from stackferry.providers.secrets.redacted import REDACTED

if TYPE_CHECKING:
    from stackferry.model import JsonObject

CANARY = "cs-invented-canary"


@pytest.mark.parametrize(
    "name",
    ["authorization", "Authorization", "http_basic_password", "apiKey", "API-KEY", "api_secret", "accessKey",
     "access_token", "refreshToken", "privateKey", "client_key", "authtoken", "credentials", "passwd"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["webhooks", "extensions", "workflows", "environments"])
def test_a_text_under_the_name_of_a_credential_is_replaced(kind: str, name: str) -> None:
    """E3, I8: at any depth, and its pointer is reported."""
    clean, found = redact(kind, {"uid": "x", "deep": [{name: CANARY}, {"plain": "kept"}]})
    assert CANARY not in json.dumps(clean)
    assert clean["deep"] == [{name: REDACTED}, {"plain": "kept"}]
    assert found == [f"{kind} x /deep/0/{name}"]


def test_the_value_of_any_webhook_header_is_replaced() -> None:
    """E3: it may be a credential, whatever the header is called."""
    row: JsonObject = {"header_name": "X-Anything", "value": CANARY}
    clean, found = redact("webhooks", {"uid": "x", "destinations": [{"custom_header": [row]}]})
    assert CANARY not in json.dumps(clean)
    assert found == ["webhooks x /destinations/0/custom_header/0/value"]


@pytest.mark.parametrize("value", ["", None, 0, True, [], {}])
def test_an_empty_value_or_a_flag_stays(value: object) -> None:
    document = {"uid": "x", "password": value}
    assert redact("webhooks", document) == (document, [])  # type: ignore[arg-type]  # JSON all the same


def test_entries_and_the_api_key_are_not_credentials() -> None:
    """I7: entries are content; a stack's API key is its name."""
    document = {"uid": "x", "password": CANARY, "api_key": "blt"}
    assert redact("entries", document) == (document, [])  # type: ignore[arg-type]  # JSON all the same
    assert redact("webhooks", {"api_key": "blt"}) == ({"api_key": "blt"}, [])


def test_what_is_redacted_already_is_not_reported_again() -> None:
    """I6: a copy of a copy has the same bytes."""
    assert redact("webhooks", {"uid": "x", "token": REDACTED}) == ({"uid": "x", "token": REDACTED}, [])

"""A table of what is a credential and what only looks like one; in entries neither is touched.

Each row is redacted as the configuration of an extension, of a webhook and of a field of a content type.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from stackferry.providers.contentstack.credentials import redact
from stackferry.providers.secrets.redacted import REDACTED, contains_redacted

if TYPE_CHECKING:
    from stackferry.model import JsonObject

X = "c4n4ryX9qV7tB2mZk81L"  # stands for a credential in every row: nothing of it may be left

_NAMES = (
    "password passwd pwd pass passphrase passcode secret client_secret clientSecret webhook_secret token api_token "
    "apiToken access_token refreshToken authtoken auth_token management_token delivery_token id_token csrf_token "
    "bearer bearerToken authorization Authorization proxy-authorization auth basic_auth sas sas_token Cookie cookie "
    "set-cookie session_cookie signing_key signingKey private_key privateKey master_key secret_key encryption_key "
    "access_key accessKey client_key apiKey API-KEY X-Api-Key stripe_key google_maps_key hmac hmac_secret jwt "
    "connectionString connection_string databaseConnectionString dsn credential credentials db_password dbPassword "
    "smtp_pass password2 token_production apiKeyProd githubtoken webhooksecret userpwd account_key license_key"
)  # fmt: skip
SECRET: list[Any] = [{name: X} for name in _NAMES.split()] + [
    # numbers, lists and objects
    {"pwd": 4711},
    {"password": 314159.25},
    {"tokens": [X, X]},
    {"secrets": {"first": X, "second": [X]}},
    {"credentials": {"username": "me", "value": X}},
    {"auth": {"type": "basic", "password": X}},
    {"deep": [{"deeper": {"api_token": X}}]},
    # rows of names and values
    {"header_name": "X-Anything", "value": X},
    {"headers": [{"name": "Authorization", "value": X}]},
    {"env": [{"key": "API_TOKEN", "value": X}]},
    # JSON in a text
    {"config": json.dumps({"api_token": X})},
    {"data": json.dumps([{"deep": {"password": X}}])},
    {"data": f'{{"token": "{X}", "token": "{X}"}}'},
    {"data": json.dumps(json.dumps({"api_token": X}))},
    # addresses
    {"target_url": f"https://user:{X}@example.org/hook"},
    {"target_url": f"https://{X}@example.org/hook"},
    {"dsn_url": f"postgres://me:{X}@db.example.org:5432/x"},
    {"url": f"https://example.org/hook?token={X}"},
    {"url": f"https://example.org/hook?a=1&access_token={X}&b=2"},
    {"url": f"https://x.blob.core.windows.net/c?sv=2021&sig={X}"},
    {"url": f"https://example.org/a?X-Amz-Signature={X}&X-Amz-Date=2"},
    {"url": f"https://example.org/a?api_secret={X}"},
    {"url": f"https://example.org/a?key={X}"},
    {"url": f"https://example.org/a?%74oken={X}"},
    {"url": f"https://example.azurewebsites.net/api/f?code={X}"},
    {"url": f"https://example.org/cb#access_token={X}"},
    {"url": f"https://example.org/a?password={X}"},
    {"text": f"see https://user:{X}@example.org and more"},
    # the paths of hooks
    {"target_url": f"https://hooks.slack.com/services/T000/B000/{X}"},
    {"target_url": f"https://hooks.slack.com/workflows/T000/A000/1/{X}"},
    {"target_url": f"https://acme.webhook.office.com/webhookb2/a@b/IncomingWebhook/{X}/c"},
    {"target_url": f"https://outlook.office.com/webhook/a@b/IncomingWebhook/{X}/c"},
    {"target_url": f"https://discord.com/api/webhooks/123456/{X}"},
    {"target_url": f"https://discordapp.com/api/v10/webhooks/123456/{X}"},
    {"target_url": f"https://hooks.zapier.com/hooks/catch/1234/{X}/"},
    {"target_url": f"https://hook.eu1.make.com/{X}"},
    {"target_url": f"https://maker.ifttt.com/trigger/x/with/key/{X}"},
    {"target_url": f"https://api.telegram.org/bot123:{X}/sendMessage"},
    {"target_url": f"https://api.netlify.com/build_hooks/{X}"},
    {"target_url": f"https://api.vercel.com/v1/integrations/deploy/prj_1/{X}"},
    {"target_url": f"https://events.pagerduty.com/integration/{X}/enqueue"},
    {"target_url": f"https://chat.example.org/hooks/{X}"},
    {"target_url": f"https://ci.example.org/webhook/build/{X}"},
    # known forms, wherever they stand
    {"note": f"use xoxb-1234567890-{X}"},
    {"note": f"ghp_{X}{X}"},
    {"note": f"sk_live_{X}"},
    {"note": f"eyJhbGciOiJI.eyJzdWIiOiIx.{X}"},
    {"note": f"-----BEGIN RSA PRIVATE KEY-----\n{X}\n-----END RSA PRIVATE KEY-----"},
    {"header": f"Bearer {X}"},
    {"header": f"Authorization: Basic {X}=="},
    {"note": f"Endpoint=sb://x/;SharedAccessKeyName=a;SharedAccessKey={X}"},
    {"api_key": X},
    {"config": f'{{"api_key": "{X}"}}'},
    {"config": [{"name": "api_key", "value": X}]},
    {"url": f"https://api.example.org/hook?api_key={X}"},
    {"srcdoc": f"<script>const options = {{api_key: '{X}'}}</script>"},
    {"sessionid": X},
    {"pat": X},
    {"note": f"Server=db;User Id=me;Password={X};"},
    # scripts
    {"srcdoc": f"<script>const apiToken = '{X}';</script>"},
    {"srcdoc": f'<script>init({{ password: "{X}" }})</script>'},
    {"srcdoc": f'<script>fetch(u, {{headers: {{"Authorization": "Bearer {X}"}}}})</script>'},
    {"srcdoc": f"<script>x.setToken(window.token = `{X}`)</script>"},
    {"srcdoc": f"<img src='https://user:{X}@example.org/a.png'>"},
]  # fmt: skip

_PLAIN_NAMES = (
    "api_key title name url monkey turkey hotkey keyboard keywords key keys author authors authored_by authority "
    "authentic authentication_required secretary tokenizer tokenize passenger passport password_policy passwordless "
    "password_hint token_type token_url token_endpoint tokenUrl auth_type authType auth_url auth_method "
    "secret_name cookie_policy cookie_name cookieDomain credentials_required key_name bearing sass compass bypass "
    "pass_through_enabled http_basic_auth signature_algorithm description jwt_audience session_timeout access "
    "private public_name client master_locale username user email channel branch token_expiry token_scope "
    "password_min_length secret_rotation"
)  # fmt: skip
PLAIN: list[Any] = [{name: "Plain-words_7 of an author"} for name in _PLAIN_NAMES.split()] + [
    {"password": ""},
    {"password": None},
    {"password": True},
    {"token": []},
    {"secrets": {}},
    {"auth": {"type": "basic"}},
    {"new_key": {"of": "1234567890abcdef"}},
    {"credentials": {"type": "oauth2", "enabled": True}},
    {"name": "password", "label": "Password"},
    {"key": "colour", "value": "red-7-green-8-blue-9"},
    {"config": '{"colour": "red", "token_url": "https://example.org/oauth/token"}'},
    {"config": "{not JSON at all}"},
    {"url": "https://example.org/hook"},
    {"url": "https://example.org:8443/hook?locale=en-us&page=2"},
    {"url": "https://example.org/hook?code=en"},
    {"url": "https://example.org/hook?key=main"},
    {"url": "https://example.org/@someone/articles"},
    {"url": "ssh://git@example.org/repo.git"},
    {"url": "https://example.org/tokens/of/appreciation"},
    {"url": "https://example.org/hooks/entry-published"},
    {"url": "https://example.org/webhooks/content/de-de"},
    {"api_key": "blt1234567890abcdef"},
    {"config": '{"api_key": "blt1234567890abcdef"}'},
    {"http_basic_auth": "user1234567890"},
    {"url": "https://api.contentstack.io/v3/content_types?api_key=blt1234567890abcdef"},
    {"url": "https://cdn.contentstack.io/v3/assets/blt1234567890abcdef/blt1234567890abcdee/a/b.png"},
    {"url": "https://slack.com/help/articles/115005265063"},
    {"url": "https://discord.com/channels/1234567890/1234567890"},
    {"email": "someone@example.org"},
    {"text": "Mail me: someone@example.org, or see https://example.org."},
    {"text": "Basic authentication is required here"},
    {"text": "The bearer of this card may pass"},
    {"text": "Password: ask the editor"},
    {"text": "token economy; secret gardens"},
    {"uid": "blt1234567890abcdef"},
    {"uid": "cs1234567890abcdef"},
    {"sha": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4"},
    {"id": "123e4567-e89b-12d3-a456-426614174000"},
    {"color": "#a1b2c3"},
    {"srcdoc": "<label for='password'>Password</label><input type='password' name='password'>"},
    {"srcdoc": "<script>const labels = { password: 'Your password', token: 'Token' };</script>"},
    {"srcdoc": "<script>const token = sdk.getToken(); send({ token: token });</script>"},
    {"srcdoc": "<script>const password = '${password}', secret = '{{ secret_7 }}';</script>"},
    {"srcdoc": "<script>el.className = 'password-field-7'; const authType = 'oauth2-pkce';</script>"},
]  # fmt: skip


def as_row(kind: str, config: Any) -> JsonObject:
    if kind == "content_types":
        field: JsonObject = {"uid": "f", "data_type": "json", "extension_uid": "blt1", "config": config}
        return {
            "uid": "page",
            "title": "Page",
            "schema": [{"uid": "g", "data_type": "group", "schema": [field]}],
        }
    return {"uid": "x1", "title": "App", "config": config}


KINDS = ("extensions", "webhooks", "content_types", "global_fields")


def test_the_table_has_a_hundred_rows_of_each() -> None:
    assert len(SECRET) >= 100
    assert len(PLAIN) >= 100


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", range(len(SECRET)))
def test_a_credential_is_replaced_and_listed(kind: str, number: int) -> None:
    clean, found = redact(kind, as_row(kind, SECRET[number]))
    assert X not in json.dumps(clean)
    assert "4711" not in json.dumps(clean)
    assert "314159" not in json.dumps(clean)
    assert REDACTED in json.dumps(clean)
    assert contains_redacted(clean)
    assert found
    assert redact(kind, clean) == (clean, []), "what is redacted already is not reported again"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", range(len(PLAIN)))
def test_what_only_looks_like_one_stays(kind: str, number: int) -> None:
    row = as_row(kind, PLAIN[number])
    assert redact(kind, row) == (row, [])


@pytest.mark.parametrize("kind", ["entries", "versions", "variants", "assets"])
def test_content_is_never_touched(kind: str) -> None:
    for one in (*SECRET, *PLAIN):
        row: JsonObject = {"uid": "x", "title": "T", **one, "config": one}
        assert redact(kind, row) == (row, [])


def test_words_of_authors_in_a_content_type_stay() -> None:
    """Choices, defaults and help texts of a field are content; only what configures an app is looked at."""
    choices: list[Any] = [{"key": "Password", "value": "password-7"}, {"key": "Token", "value": "token-7"}]
    metadata: JsonObject = {
        "default_key": "Light",
        "default_value": f"https://me:{X}@example.org",
        "instruction": f"token: {X}",
    }
    field: JsonObject = {
        "uid": "token",
        "data_type": "text",
        "display_name": "Token",
        "field_metadata": metadata,
    }
    row: JsonObject = {"uid": "page", "title": "P", "schema": [{**field, "enum": {"choices": choices}}]}
    assert redact("content_types", row) == (row, [])


def test_the_rest_of_an_address_stays() -> None:
    row: JsonObject = {"uid": "x", "target_url": f"https://user:{X}@example.org/a?token={X}&b=2"}
    assert (
        redact("webhooks", row)[0]["target_url"]
        == f"https://user:{REDACTED}@example.org/a?token={REDACTED}&b=2"
    )


def test_salted_marks_of_equal_credentials_are_equal() -> None:
    """Inside a text, too."""
    one, two, other = (
        redact("webhooks", {"uid": "x", "url": f"https://u:{word}@example.org/"}, "salt")[0]
        for word in (X, X, "other")
    )
    assert one == two != other

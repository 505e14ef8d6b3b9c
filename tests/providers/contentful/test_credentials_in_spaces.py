"""Credentials in a space's objects never reach a snapshot; what only looks like one in content is never touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import OBJECTS, fill_every_kind
from small_space import entry
from space_bench import SpaceBench, make_space_bench
from workbench import memory_directory

from stackferry.json_values import as_list
from stackferry.model import Stream
from stackferry.providers.contentful.credentials import redact, redact_salted
from stackferry.providers.contentful.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "Zx81qWpLm03-invented"
WEBHOOK: Any = {
    "sys": {"type": "WebhookDefinition", "id": "hook"},
    "name": "Hook",
    "url": "https://example.invalid/",
}
INSTALLATION: Any = {"sys": {"type": "AppInstallation", "appDefinition": {"sys": {"id": "app"}}}}
EXTENSION: Any = {"sys": {"type": "Extension", "id": "ext"}, "extension": {"name": "Ext"}}
INTERFACE: Any = {"sys": {"type": "EditorInterface", "id": "default", "contentType": {"sys": {"id": "page"}}}}
WORKFLOW: Any = {"sys": {"type": "WorkflowDefinition", "id": "flow"}, "name": "Flow"}

HIDDEN: list[tuple[str, Any, str]] = [
    (
        "webhooks",
        {**WEBHOOK, "headers": [{"key": "Authorization", "value": f"Bearer {SECRET}"}]},
        "/headers/0/value",
    ),
    ("webhooks", {**WEBHOOK, "headers": [{"key": "X-Site", "value": SECRET}]}, "/headers/0/value"),
    (
        "webhooks",
        {**WEBHOOK, "headers": [{"key": "Content-Type", "value": SECRET, "secret": True}]},
        "/headers/0/value",
    ),
    ("webhooks", {**WEBHOOK, "httpBasicPassword": SECRET}, "/httpBasicPassword"),
    ("webhooks", {**WEBHOOK, "url": f"https://user:{SECRET}@example.invalid/"}, "/url"),
    ("webhooks", {**WEBHOOK, "url": f"https://example.invalid/hook?token={SECRET}"}, "/url"),
    ("webhooks", {**WEBHOOK, "url": f"https://api.netlify.com/build_hooks/{SECRET}"}, "/url"),
    (
        "webhooks",
        {**WEBHOOK, "transformation": {"body": {"api_key": SECRET}}},
        "/transformation/body/api_key",
    ),
    ("app_installations", {**INSTALLATION, "parameters": {"apiKey": SECRET}}, "/parameters/apiKey"),
    ("app_installations", {**INSTALLATION, "parameters": {"api_key": SECRET}}, "/parameters/api_key"),
    (
        "app_installations",
        {**INSTALLATION, "parameters": {"a": [{"clientSecret": SECRET}]}},
        "/parameters/a/0/clientSecret",
    ),
    (
        "app_installations",
        {**INSTALLATION, "parameters": {"json": f'{{"token": "{SECRET}"}}'}},
        "/parameters/json/token",
    ),
    ("extensions", {**EXTENSION, "parameters": {"accessToken": SECRET}}, "/parameters/accessToken"),
    (
        "extensions",
        {**EXTENSION, "extension": {"parameters": {"installation": [{"id": "apiKey", "default": SECRET}]}}},
        "/extension/parameters/installation/0/default",
    ),
    (
        "extensions",
        {**EXTENSION, "extension": {"srcdoc": f"<script>const accessToken = '{SECRET}'</script>"}},
        "/extension/srcdoc",
    ),
    (
        "editor_interfaces",
        {**INTERFACE, "controls": [{"fieldId": "slug", "settings": {"apiToken": SECRET}}]},
        "/controls/0/settings/apiToken",
    ),
    (
        "editor_interfaces",
        {**INTERFACE, "sidebar": [{"widgetId": "app", "settings": {"password": SECRET}}]},
        "/sidebar/0/settings/password",
    ),
    (
        "workflow_definitions",
        {**WORKFLOW, "steps": [{"actions": [{"configuration": {"headers": {"Authorization": SECRET}}}]}]},
        "/steps/0/actions/0/configuration/headers/Authorization",
    ),
    (
        "api_keys",
        {"sys": {"type": "ApiKey", "id": "key"}, "name": "K", "accessToken": SECRET},
        "/accessToken",
    ),
    (
        "preview_api_keys",
        {"sys": {"type": "PreviewApiKey", "id": "key"}, "accessToken": SECRET},
        "/accessToken",
    ),
]


@pytest.mark.parametrize(
    ("kind", "record", "path"), HIDDEN, ids=[f"{kind}{path}" for kind, _, path in HIDDEN]
)
def test_a_credential_is_hidden_and_its_place_is_told(kind: str, record: Any, path: str) -> None:
    clean, found = redact(kind, record)
    assert SECRET not in str(clean)
    assert [line.rpartition(" ")[2] for line in found] == [path]
    marked = redact_salted(kind, record, "salt")
    assert SECRET not in str(marked)
    assert marked == redact_salted(kind, record, "salt"), "it can be compared"
    kept, _ = redact(kind, record, keep_secrets=True)
    assert (SECRET in str(kept)) is not kind.endswith("api_keys")


PLAIN: list[tuple[str, Any]] = [
    ("webhooks", {**WEBHOOK, "headers": [{"key": "Content-Type", "value": "application/json"}]}),
    ("webhooks", {**WEBHOOK, "httpBasicUsername": "deployer", "topics": ["Entry.publish"]}),
    ("webhooks", {**WEBHOOK, "filters": [{"equals": [{"doc": "sys.environment.sys.id"}, "master"]}]}),
    (
        "app_installations",
        {**INSTALLATION, "parameters": {"keywords": ["token", "secret"], "tokenLimit": 4000}},
    ),
    ("editor_interfaces", {**INTERFACE, "controls": [{"fieldId": "password", "widgetId": "singleLine"}]}),
    (
        "editor_interfaces",
        {**INTERFACE, "controls": [{"settings": {"helpText": "The secret of a good title"}}]},
    ),
    ("workflow_definitions", {**WORKFLOW, "steps": [{"name": "Token review", "annotations": ["key:value"]}]}),
]


@pytest.mark.parametrize(("kind", "record"), PLAIN)
def test_what_is_no_credential_stays_as_it_is(kind: str, record: Any) -> None:
    assert redact(kind, record) == (record, [])


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS if not kind.may_hold_credentials])
def test_content_is_never_touched(kind: str) -> None:
    for record in OBJECTS.get(kind, []):
        looks_like: Any = {**record, "fields": {"apiKey": {"en-US": f"Bearer {SECRET}"}}, "password": SECRET}
        assert redact(kind, looks_like) == (looks_like, [])


@pytest.fixture
def bench() -> Iterator[SpaceBench]:
    with memory_directory() as path:
        yield make_space_bench(path, fill_every_kind)


def test_no_credential_of_a_space_reaches_a_disk(bench: SpaceBench) -> None:
    source = bench.source
    source.webhooks["deploy"] = {**source.webhooks["deploy"], "headers": [{"key": "X-Key", "value": SECRET}]}
    source.api_keys["site"] = {**source.api_keys["site"], "accessToken": SECRET}
    source.master.app_installations["invented-app"]["parameters"] = {"apiKey": SECRET}
    source.master.put_entry(entry("words", {"title": "Authorization: Bearer of bad news"}))
    snapshot = bench.export()
    for path in snapshot.root.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
    assert as_list(snapshot.manifest["redacted"]) == [
        "api_keys site /accessToken",
        "app_installations invented-app /parameters/apiKey",
        "webhooks deploy /headers/0/value",
    ]
    titles: Any = {row["sys"]["id"]: row["fields"] for row in snapshot.objects(Stream("entries", "page"))}  # type: ignore[call-overload, index]
    assert titles["words"]["title"]["en-US"] == "Authorization: Bearer of bad news"


def test_credentials_are_kept_where_that_is_asked_for(bench: SpaceBench) -> None:
    bench.source.master.app_installations["invented-app"]["parameters"] = {"apiKey": SECRET}
    (row,) = bench.export(keep_secrets=True).objects(Stream("app_installations"))
    assert row["parameters"] == {"apiKey": SECRET}

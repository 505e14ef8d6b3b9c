"""What the emulator's tests share: an HTTP client that reports refusals, and content types to write into."""

from __future__ import annotations

import json
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from stackferry.emulators.contentstack import Emulator, RateLimits, Stack, Switches, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

_TLS = ssl.create_default_context()  # once: making it takes longer than most tests
KEY = "blt_invented_stack"
TOKEN = "cs-invented-token"
READ_ONLY = "cs-invented-reader"


@dataclass
class Clock:
    """A clock that moves only when a test moves it."""

    now: datetime = field(default_factory=lambda: datetime(2030, 1, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def after(self, seconds: float) -> str:
        return (self.now + timedelta(seconds=seconds)).isoformat()


@dataclass
class EmulatorClient:
    """An emulator, its one stack, and a client with its credential."""

    emulator: Emulator
    stack: Stack
    http: httpx.Client
    clock: Clock

    def ok(self, method: str, path: str, **request: Any) -> Any:
        """The answer's JSON; fails on any refusal."""
        answer = self.http.request(method, path, **request)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def refused(self, method: str, path: str, **request: Any) -> tuple[int, int, dict[str, list[str]]]:
        """The status, code and field errors of a refusal; fails when there is none."""
        answer = self.http.request(method, path, **request)
        assert answer.status_code >= 400, answer.text
        body = answer.json()
        assert isinstance(body["error_message"], str)
        assert body["error_message"]
        return answer.status_code, body["error_code"], body["errors"]

    def get(self, path: str, **params: Any) -> Any:
        query = {name: json.dumps(value) if name == "query" else value for name, value in params.items()}
        return self.ok("GET", path, params=query)

    def post(self, path: str, body: Any, **params: Any) -> Any:
        return self.ok("POST", path, json=body, params=params)

    def put(self, path: str, body: Any, **params: Any) -> Any:
        return self.ok("PUT", path, json=body, params=params)

    def locale(self, code: str, fallback: str = "en-us") -> None:
        self.post("/locales", {"locale": {"code": code, "name": code, "fallback_locale": fallback}})

    def environment(self, name: str) -> str:
        made = self.post("/environments", {"environment": {"name": name, "urls": []}})
        return str(made["environment"]["uid"])

    def content_type(self, uid: str, *fields: dict[str, Any], **facts: Any) -> None:
        schema = [title(), *fields]
        self.post("/content_types", {"content_type": {"uid": uid, "title": uid, "schema": schema, **facts}})

    def entry(self, kind: str, content: dict[str, Any], **params: Any) -> Any:
        return self.post(f"/content_types/{kind}/entries", {"entry": content}, **params)["entry"]

    def import_entry(self, kind: str, content: Any, uid: str = "", **params: Any) -> httpx.Response:
        path = f"/content_types/{kind}/entries/{uid + '/' if uid else ''}import"
        files = {"entry": ("entry.json", json.dumps(content).encode(), "application/json")}
        return self.http.post(path, files=files, params=params)

    def upload(self, name: str, content: bytes, **fields: str) -> Any:
        data = {f"asset[{key}]": value for key, value in fields.items()}
        made = self.ok("POST", "/assets", files={"asset[upload]": (name, content, "image/png")}, data=data)
        return made["asset"]

    def details(self, kind: str, uid: str, **params: Any) -> set[tuple[str, str, int]]:
        """What is live of an entry: environment, language, version."""
        path = f"/content_types/{kind}/entries/{uid}"
        entry = self.get(path, include_publish_details="true", **params)["entry"]
        return {(row["environment"], row["locale"], row["version"]) for row in entry["publish_details"]}


@contextmanager
def open_client(
    switches: Switches | None = None, limits: RateLimits | None = None, **options: Any
) -> Iterator[EmulatorClient]:
    """Serve an emulator with one stack and connect to it."""
    clock = Clock()
    emulator = Emulator(switches=switches, limits=limits, clock=clock, **options)
    stack = emulator.add_stack(
        api_key=KEY,
        management_token=TOKEN,
        authtoken="invented-authtoken",
        oauth_token="invented-oauth",
        read_only_tokens=(READ_ONLY,),
    )
    with serve(emulator) as origin, connect(origin) as http:
        yield EmulatorClient(emulator, stack, http, clock)


def connect(origin: str) -> httpx.Client:
    """A client with the credential of the stack."""
    headers = {"api_key": KEY, "authorization": TOKEN}
    return httpx.Client(base_url=f"{origin}/v3", headers=headers, verify=_TLS)


def title() -> dict[str, Any]:
    return {
        "uid": "title",
        "display_name": "Title",
        "data_type": "text",
        "mandatory": True,
        "unique": True,
        "multiple": False,
    }


def field_of(kind: str, uid: str, **facts: Any) -> dict[str, Any]:
    return {"uid": uid, "display_name": uid, "data_type": kind, "multiple": False, **facts}


def reference(uid: str, *targets: str, **facts: Any) -> dict[str, Any]:
    return field_of("reference", uid, reference_to=list(targets), **facts)


def rte(uid: str = "body") -> dict[str, Any]:
    return field_of("json", uid, field_metadata={"allow_json_rte": True}, reference_to=["sys_assets"])


def document(uid: str, *children: Any) -> dict[str, Any]:
    return {"type": "doc", "uid": uid, "attrs": {}, "children": list(children)}


def embedded(kind: str, uid: str) -> dict[str, Any]:
    attrs = {"type": "entry", "entry-uid": uid, "content-type-uid": kind, "display-type": "block"}
    return {"type": "reference", "uid": "node", "attrs": attrs, "children": [{"text": ""}]}

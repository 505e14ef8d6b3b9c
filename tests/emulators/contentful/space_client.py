"""What the tests of the Contentful emulator share: an HTTP client that reports refusals, and content to write."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from stackferry.emulators.contentful import Access, Emulator, Limits, Space, Switches, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

_TLS = ssl.create_default_context()  # once: making it takes longer than most tests
SPACE, TOKEN, READER = "inventedspace", "CFPAT-invented", "CFPAT-invented-reader"
MASTER = f"/spaces/{SPACE}/environments/master"
JSON = "application/vnd.contentful.management.v1+json"


@dataclass
class Clock:
    """A clock that moves only when a test moves it."""

    now: datetime = field(default_factory=lambda: datetime(2030, 1, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def after(self, seconds: float) -> str:
        return (self.now + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass(frozen=True)
class Refusal:
    """An error answer: status, `sys.id`, message and details."""

    status: int
    id: str
    message: str
    details: Any

    @property
    def names(self) -> list[str]:
        """The names of the problems in `details.errors`."""
        return [str(row.get("name")) for row in (self.details or {}).get("errors", [])]

    @property
    def paths(self) -> list[str]:
        return ["/".join(map(str, row.get("path", []))) for row in (self.details or {}).get("errors", [])]


@dataclass
class SpaceClient:
    """An emulator, its one space, and a client with its token. Paths that begin with "/" are below `master`."""

    emulator: Emulator
    space: Space
    http: httpx.Client
    clock: Clock
    home: str = MASTER

    def send(
        self, method: str, path: str, body: Any = None, version: int | None = None, **headers: str
    ) -> httpx.Response:
        """Any request. Keywords are headers: `x_contentful_content_type="page"`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if version is not None:
            sent["x-contentful-version"] = str(version)
        url = path if path.startswith(("/spaces", "/organizations", "/users")) else self.home + path
        return self.http.request(method, url, json=body, headers=sent) if body is not None else self.http.request(
            method, url, headers=sent
        )  # fmt: skip

    def ok(self, method: str, path: str, body: Any = None, version: int | None = None, **headers: str) -> Any:
        """The answer's JSON (None for 204); fails on any refusal."""
        answer = self.send(method, path, body, version, **headers)
        assert answer.status_code in (200, 201, 204), answer.text
        return answer.json() if answer.content else None

    def refused(
        self, method: str, path: str, body: Any = None, version: int | None = None, **headers: str
    ) -> Refusal:
        """The refusal; fails when there is none, or when it is not in the shape of the API."""
        answer = self.send(method, path, body, version, **headers)
        assert answer.status_code >= 400, answer.text
        told = answer.json()
        assert told["sys"]["type"] == "Error"
        assert told["requestId"] == answer.headers["x-contentful-request-id"]
        return Refusal(answer.status_code, told["sys"]["id"], told["message"], told.get("details"))

    def get(self, path: str) -> Any:
        return self.ok("GET", path)

    def ids(self, path: str) -> list[str]:
        """The ids of the rows of an answer."""
        return [row["sys"]["id"] for row in self.get(path)["items"]]

    def locale(self, code: str, **facts: Any) -> Any:
        return self.ok("POST", "/locales", {"name": code, "code": code, "fallbackCode": None, **facts})

    def content_type(self, uid: str, *fields: dict[str, Any], publish: bool = True, **facts: Any) -> Any:
        """A content type; its first field is displayed."""
        shown = fields[0]["id"] if fields and fields[0]["type"] in ("Symbol", "Text") else None
        body = {"name": uid, "displayField": shown, "fields": [*fields], **facts}
        made = self.ok("PUT", f"/content_types/{uid}", body)
        if not publish:
            return made
        return self.ok("PUT", f"/content_types/{uid}/published", version=made["sys"]["version"])

    def entry(self, kind: str, uid: str, **fields: Any) -> Any:
        """An entry. A field's value that is no object of locales is one of the default locale."""
        return self.ok(
            "PUT", f"/entries/{uid}", {"fields": localized(fields)}, x_contentful_content_type=kind
        )

    def edit(self, uid: str, **fields: Any) -> Any:
        version = self.get(f"/entries/{uid}")["sys"]["version"]
        return self.ok("PUT", f"/entries/{uid}", {"fields": localized(fields)}, version)

    def publish(self, path: str, body: Any = None) -> Any:
        """Publish what a path names: `/entries/home`."""
        return self.ok("PUT", f"{path}/published", body, self.get(path)["sys"]["version"])

    def published_entry(self, kind: str, uid: str, **fields: Any) -> Any:
        self.entry(kind, uid, **fields)
        return self.publish(f"/entries/{uid}")

    def upload(self, content: bytes) -> str:
        answer = self.http.post(
            f"{self.home}/uploads", content=content, headers={"content-type": "application/octet-stream"}
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["sys"]["id"])

    def asset(
        self, uid: str, content: bytes, kind: str = "text/plain", *codes: str, process: bool = True
    ) -> Any:
        """An asset with one file in each of some locales, processed one after the other."""
        codes = codes or ("en-US",)
        upload = {"sys": {"type": "Link", "linkType": "Upload", "id": self.upload(content)}}
        file = {"fileName": f"{uid}.bin", "contentType": kind, "uploadFrom": upload}
        body = {"fields": {"title": {"en-US": uid}, "file": dict.fromkeys(codes, file)}}
        made = self.ok("PUT", f"/assets/{uid}", body)
        for code in codes if process else ():
            self.ok("PUT", f"/assets/{uid}/files/{code}/process", version=made["sys"]["version"])
            made = self.get(f"/assets/{uid}")
        return made


def localized(fields: dict[str, Any]) -> dict[str, Any]:
    """Values of the default locale, where no locale is named."""
    return {
        name: value if isinstance(value, dict) and set(value) <= {"en-US", "de", "fr"} else {"en-US": value}
        for name, value in fields.items()
    }


@contextmanager
def open_space(
    switches: Switches | None = None, limits: Limits | None = None, **options: Any
) -> Iterator[SpaceClient]:
    """Serve an emulator with one space and connect to it."""
    clock = Clock()
    emulator = Emulator(switches=switches, limits=limits, clock=clock, **options)
    space = emulator.add_space(key=SPACE, token=TOKEN)
    space.tokens[READER] = Access("invented-reader", can_write=False, is_admin=False)
    with serve(emulator) as origin, connect(origin) as http:
        yield SpaceClient(emulator, space, http, clock)
        assert emulator.defects == []


def connect(origin: str, token: str = TOKEN) -> httpx.Client:
    """A client with a token."""
    headers = {"authorization": f"Bearer {token}", "content-type": JSON}
    return httpx.Client(base_url=origin, headers=headers, verify=_TLS)


def symbol(uid: str = "title", **facts: Any) -> dict[str, Any]:
    return field_of("Symbol", uid, **facts)


def field_of(kind: str, uid: str, **facts: Any) -> dict[str, Any]:
    return {"id": uid, "name": uid, "type": kind, **facts}


def link(kind: str, uid: str) -> dict[str, Any]:
    return {"sys": {"type": "Link", "linkType": kind, "id": uid}}

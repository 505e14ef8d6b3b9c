"""Requests to an emulator in this process, for what builds a space through its own API: as true as any client's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from stackferry import exact_json
from stackferry.emulators.application import HttpRequest
from stackferry.json_values import as_object, integer

if TYPE_CHECKING:
    from stackferry.emulators.contentful.app import Emulator
    from stackferry.model import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Api:
    """The API of one environment. A refusal is a defect of what builds the space: it raises `AssertionError`."""

    service: Emulator
    space: str
    token: str
    environment: str = "master"

    @property
    def home(self) -> str:
        return f"/spaces/{self.space}/environments/{self.environment}"

    def send(
        self, method: str, path: str, body: Json = None, version: int | None = None, **headers: str
    ) -> JsonObject:
        """The answer's JSON. A path that names no scope is one of the environment."""
        data = b"" if body is None else exact_json.dumps(body)
        return self._send(method, path, data, version, headers)

    def upload(self, content: bytes) -> str:
        """The id of an upload."""
        made = self._send("POST", "/uploads", content, None, {"content-type": "application/octet-stream"})
        return str(as_object(made["sys"])["id"])

    def put(self, path: str, body: Json, version: int | None = None, **headers: str) -> JsonObject:
        return self.send("PUT", path, body, version, **headers)

    def post(self, path: str, body: Json, **headers: str) -> JsonObject:
        return self.send("POST", path, body, None, **headers)

    def get(self, path: str) -> JsonObject:
        return self.send("GET", path)

    def version(self, path: str) -> int:
        return integer(as_object(self.get(path)["sys"]).get("version")) or 0

    def publish(self, path: str, body: Json = None) -> JsonObject:
        """Publish what is at a path: an entry, an asset or a content type."""
        return self.send("PUT", f"{path}/published", body, self.version(path))

    def _send(
        self, method: str, path: str, data: bytes, version: int | None, headers: dict[str, str]
    ) -> JsonObject:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["authorization"] = f"Bearer {self.token}"
        if version is not None:
            sent["x-contentful-version"] = str(version)
        url = path if path.startswith(("/spaces/", "/organizations/")) else self.home + path
        plain, _, query = url.partition("?")
        answer = self.service.handle(
            HttpRequest(
                method=method,
                path=plain,
                origin="http://emulator.invented",
                query=parse_qsl(query, keep_blank_values=True),
                headers=sent,
                body=data,
            )
        )
        if answer.status >= 300:
            raise AssertionError(f"{method} {url} is refused: {answer.status} {answer.body!r}")
        found = (
            exact_json.loads(answer.body) if isinstance(answer.body, bytes) and answer.body else answer.body
        )
        return as_object(found if isinstance(found, dict) else {})

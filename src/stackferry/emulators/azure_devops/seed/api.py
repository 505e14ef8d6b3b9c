"""Requests to an emulator in this process, for what works in a project through its own API: as true as any client's."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from stackferry import exact_json
from stackferry.emulators.application import HttpRequest
from stackferry.json_values import as_object, objects

if TYPE_CHECKING:
    from stackferry.emulators.application import Answer
    from stackferry.emulators.azure_devops.app import Emulator
    from stackferry.model import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Api:
    """The API of one project, as one person uses it. A refusal raises `AssertionError`: it was not expected."""

    service: Emulator
    organization: str
    project: str
    token: str
    version: str = "7.2-preview"
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, body: Json = None) -> Json:
        """The answer's JSON, apart from the emulator's own state; bytes that are no JSON as a text."""
        answer = self.answer(method, path, body)
        if answer.status >= 300 or answer.status == 203:
            raise AssertionError(f"{method} {path} is refused: {answer.status} {answer.body!r}")
        if isinstance(answer.body, dict):
            return exact_json.loads(exact_json.dumps(answer.body))
        return answer.body.decode("utf-8", "replace") if isinstance(answer.body, bytes) else str(answer.body)

    def answer(self, method: str, path: str, body: Json = None) -> Answer:
        """The answer as the emulator gives it, with status and headers. Its body is not to be changed."""
        plain, _, query = path.partition("?")
        credential = base64.b64encode(f":{self.token}".encode()).decode()
        return self.service.handle(
            HttpRequest(
                method=method,
                path=f"/{quote(self.organization)}/{quote(self.project)}/_apis/{plain}",
                origin="http://emulator.invented",
                query=[*parse_qsl(query, keep_blank_values=True), ("api-version", self.version)],
                headers={"authorization": f"Basic {credential}", "host": "emulator.invented", **self.headers},
                body=b"" if body is None else exact_json.dumps(body),
            )
        )

    def get(self, path: str) -> JsonObject:
        return as_object(self.send("GET", path))

    def rows(self, path: str) -> list[JsonObject]:
        """The rows of a list's first page."""
        return objects(self.get(path).get("value"))

    def post(self, path: str, body: Json) -> JsonObject:
        return as_object(self.send("POST", path, body))

    def put(self, path: str, body: Json) -> JsonObject:
        return as_object(self.send("PUT", path, body))

    def patch(self, path: str, body: Json) -> JsonObject:
        return as_object(self.send("PATCH", path, body))

    def delete(self, path: str) -> None:
        self.send("DELETE", path)

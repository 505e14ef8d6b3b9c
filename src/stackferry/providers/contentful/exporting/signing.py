"""Addresses of embargoed files: signed with a key that the service gives for some hours. Pure.

API page: "Embargoed assets": `POST …/asset_keys` answers a policy and a secret, which signs a JWT (HS256) that names
the address and when it ends. One key serves all files of a space.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from stackferry import exact_json
from stackferry.errors import BadAnswer
from stackferry.json_values import integer, text
from stackferry.model import Budget, JsonObject, Secret
from stackferry.providers.contentful.requests.build import Root, sent_body, write
from stackferry.providers.file_signing import FileKey

if TYPE_CHECKING:
    from stackferry.model import Request

_LIFE: Final = 24 * 3600  # seconds of a key: half of what is allowed, so that clocks may differ
_HOST: Final = ".secure.ctfassets.net"


class AssetKeySigner:
    """Signs addresses of one environment's files."""

    def __init__(self, root: Root) -> None:
        self._root = root

    def is_needed(self, request: Request) -> bool:
        return urlsplit(request.path).netloc.lower().endswith(_HOST)

    def key_request(self, now: float) -> Request:
        body: JsonObject = {"expiresAt": int(now) + _LIFE}
        # It changes nothing that anybody sees: sent twice, it makes two keys.
        return write(
            "POST", self._root.in_environment("/asset_keys"), body, budget=Budget.READ, repeatable=True
        )

    def read_key(self, answer: JsonObject, request: Request) -> FileKey:
        policy, secret = text(answer.get("policy")), text(answer.get("secret"))
        if not policy or not secret:
            raise BadAnswer("no policy and secret")
        ends = integer(sent_body(request).get("expiresAt")) or 0
        return FileKey(ends, {"policy": Secret(policy), "secret": Secret(secret)})

    def signed(self, request: Request, key: FileKey) -> Request:
        address = request.path.partition("?")[0]
        claims: JsonObject = {
            "sub": f"https:{address}" if address.startswith("//") else address,
            "exp": int(key.ends),
        }
        token = _jwt(claims, key.parts["secret"])
        query = urlencode({"token": token, "policy": key.parts["policy"].reveal()})
        return replace(request, signature=Secret(query))


def _jwt(claims: JsonObject, secret: Secret) -> str:
    header: JsonObject = {"alg": "HS256", "typ": "JWT"}
    signed = ".".join(_part(exact_json.dumps(one)) for one in (header, claims))
    digest = hmac.new(secret.reveal().encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_part(digest)}"


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")

"""Signed URLs of embargoed files: a policy, and a JWT (HS256) made with its secret (docs: embargoed assets)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.errors import JsonRefused
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.space import Space


def check_signature(call: Call, space: Space) -> bool:
    """Whether the query holds a known policy and a token made with its secret, for this file, that has not ended."""
    secret = space.asset_keys.get(call.param("policy"))
    parts = call.param("token").split(".")
    if secret is None or len(parts) != 3:
        return False
    made = hmac.new(secret.encode(), ".".join(parts[:2]).encode(), hashlib.sha256).digest()
    try:
        signature, claims = _decoded(parts[2]), as_object(exact_json.loads(_decoded(parts[1])))
    except (ValueError, JsonRefused):
        return False
    ends, named = claims.get("exp"), text(claims.get("sub"))
    in_time = isinstance(ends, int) and ends > call.service.time().timestamp()
    return hmac.compare_digest(made, signature) and in_time and named.endswith(call.path)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))

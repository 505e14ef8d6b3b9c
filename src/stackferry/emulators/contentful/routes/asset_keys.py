"""Asset keys: what signs the URLs of embargoed files. A space without embargoed files answers 403."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import denied, invalid, problem
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT
from stackferry.emulators.routing import Route

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call

_LONGEST = 48 * 3600  # seconds


def _post(call: Call) -> Answer:
    if not call.space.embargoed:
        raise denied("Embargoed assets are not enabled for this space.")
    ends, now = call.json().get("expiresAt"), call.service.time().timestamp()
    if not isinstance(ends, int) or not now < ends <= now + _LONGEST:
        raise invalid(
            [problem("range", ["expiresAt"], "A time in the next 48 hours, in seconds.", value=ends)]
        )
    policy, secret = secrets.token_urlsafe(48), secrets.token_urlsafe(32)
    call.space.asset_keys[policy] = secret
    return Answer({"policy": policy, "secret": secret}, 201)


ROUTES = (Route("POST", f"{ENVIRONMENT}/asset_keys", _post),)

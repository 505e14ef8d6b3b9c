"""How a project is reached: its limits, the headers of every request, what a sign-in page says.

API pages: "Rate and usage limits", "Use personal access tokens". Pure.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from stackferry.core.answer_rules import AnswerRules
from stackferry.core.rates import Lane, LimitHeaders, Rates
from stackferry.errors import UsageError
from stackferry.model import Budget, Place, Secret
from stackferry.providers.azure_devops.hosts import Root
from stackferry.providers.azure_devops.refusals import sign_in_problem
from stackferry.providers.azure_devops.versions import check_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Request, Response

# The service counts load of five minutes, not requests: it delays answers first, and says how long to wait
# (`Retry-After` on good answers) and what is left. No page gives a number of requests; this one is moderate, because
# people's builds share the account.
_LOAD = LimitHeaders(
    limit="x-ratelimit-limit",
    remaining="x-ratelimit-remaining",
    reset="x-ratelimit-reset",
    window=None,
    reset_is_epoch=True,
)
RATES = Rates(
    lanes={"api": Lane(rate=8, headers=(_LOAD,))},
    spends={Budget.READ: ("api",), Budget.WRITE: ("api",), Budget.BULK: ("api",)},
)
RULES = AnswerRules(sign_in_problem=sign_in_problem)


def origins(place: Place) -> Mapping[str, str]:
    """The hosts of the release area and of people; of an own server its one host."""
    return dict(Root.of(place).origins)


def headers(place: Place, credential: tuple[str, Secret]) -> dict[str, Secret | str]:
    """The headers of every request: a personal access token is the password of a nameless user."""
    del place
    kind, secret = credential
    if kind == "authtoken":
        raise UsageError(
            "Azure DevOps takes a personal access token (STACKFERRY_TOKEN) or an Entra token (STACKFERRY_OAUTH_TOKEN)"
        )
    basic = b64encode(f":{secret.reveal()}".encode()).decode()
    authorization = f"Bearer {secret.reveal()}" if kind == "oauth" else f"Basic {basic}"
    # Without the second one a refused token is answered with the page of a sign-in form.
    return {"authorization": Secret(authorization), "x-tfs-fedauthredirect": "Suppress"}


def routing_headers(place: Place) -> dict[str, str]:
    """None: the path names the place."""
    del place
    return {}


def access_request(place: Place) -> Request | None:
    """None: the first listing of an export shows whether there is such a project."""
    check_version(place.setting("api_version"))
    return None


def check_access(place: Place, request: Request, response: Response) -> Place | Request:
    """Nothing is asked, so nothing is checked."""
    del request, response
    return place

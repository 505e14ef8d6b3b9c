"""What an answer means before a provider reads it: one for the caller, a throttled or failed request, a sign-in page.

Services differ in two points, which a system declares in its `AnswerRules`:

* A 429 may be a refusal of this one request (a job that is already running, a quota) and no sign that requests come too
  fast. Then it goes to the caller as any refusal does, and nobody is paused.
* A web page in place of JSON may be a sign-in page (the credential is not accepted) or a proxy's error page (worth
  another attempt).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import Request, Response


class FailureKind(Enum):
    """How one attempt went that did not bring a usable answer."""

    THROTTLED = auto()  # refused for its rate (429): the service did not carry it out
    FAILED = auto()  # 408 or 5xx: the service may have carried it out
    UNSENT = auto()  # no connection: not a byte of it went out
    LOST = auto()  # sent, and no answer came
    GARBLED = auto()  # an answer came and is not whole
    UNUSABLE = auto()  # an answer came, and the next one would be no better
    UNSENDABLE = auto()  # it cannot be sent at all
    SIGN_IN = auto()  # a sign-in page came: the credential is not accepted, and nothing was carried out


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRules:
    """What answers of a system mean that look alike on every service. Of a streamed answer the content is empty here.

    `is_throttling`: whether a 429 to a request asks to send more slowly.
    `sign_in_problem`: asked about a web page (`text/html`) that answers a call, and about a redirect; what is wrong
    with the credential if it is a sign-in page, for an AccessError; else the empty string.
    """

    is_throttling: Callable[[Request, Response], bool] = lambda _request, _response: True
    sign_in_problem: Callable[[Response], str] = lambda _: ""

    def failure_kind(self, request: Request, response: Response) -> FailureKind | None:
        """What is wrong with an answer; None if it is for the caller, as every 2xx and nearly every 4xx is."""
        if response.status == 429:
            return FailureKind.THROTTLED if self.is_throttling(request, response) else None
        return FailureKind.FAILED if response.status == 408 or response.status >= 500 else None

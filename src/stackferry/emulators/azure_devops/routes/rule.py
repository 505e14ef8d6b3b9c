"""A route with what is asked of a request before it: a version, and a scope of its token."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.emulators.routing import Route
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.emulators.application import Answer
    from stackferry.emulators.azure_devops.call import Call


class Rule(NamedTuple):
    """`resource` is a row of `versions.RESOURCES`, or the word of another area; `scope` see `sign_in.check_scope`."""

    route: Route[Call]
    resource: str
    scope: str


def rule(
    method: str, pattern: str, handler: Callable[[Call], Answer], resource: str, scope: str = "release"
) -> Rule:
    """A row of a module's routes, its path beginning after `_apis/`. What sends files counts as that."""
    is_file = method == "GET" and resource in ("logs", "attachments") and not pattern.endswith("{type}")
    return Rule(Route(method, pattern, handler, Budget.ASSET if is_file else None), resource, scope)

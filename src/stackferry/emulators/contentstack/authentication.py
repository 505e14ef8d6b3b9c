"""Who is asking: the api key, the credential and the branch of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import bad_api_key, forbidden, invalid, unauthorized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.emulators.contentstack.state import Branch, Stack
    from stackferry.emulators.contentstack.world import World


def find_stack(world: World, headers: Mapping[str, str]) -> Stack:
    """The stack of the `api_key` header. Raises the service's 412 for an unknown one."""
    stack = world.stacks.get(headers.get("api_key", ""))
    if stack is None:
        raise bad_api_key()
    return stack


def check_access(stack: Stack, headers: Mapping[str, str], *, writes: bool) -> None:
    """Let a known credential in. Raises 401 for an unknown one, 403 for a write that it forbids."""
    token = headers.get("authorization", "")
    if token in stack.read_only_tokens:
        if writes:
            raise forbidden()
        return
    scheme, _, bearer = token.partition(" ")
    known = (
        token in stack.management_tokens
        or headers.get("authtoken", "") in stack.authtokens
        or (scheme.lower() == "bearer" and bearer in stack.oauth_tokens)
    )
    if not known:
        raise unauthorized()


def find_branch(stack: Stack, headers: Mapping[str, str]) -> Branch:
    """The branch, or the branch of the alias, in the `branch` header."""
    name = headers.get("branch") or "main"
    branch = stack.branch(name)
    if branch is None:
        raise invalid(901, f"The branch '{name}' was not found. Please try again.", branch="is not valid.")
    return branch

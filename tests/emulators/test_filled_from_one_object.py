"""Places that are filled from one object share nothing: a test that changes one in place changes no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stackferry.emulators.contentful import Emulator as Contentful
from stackferry.emulators.contentstack import Emulator as Contentstack

if TYPE_CHECKING:
    from collections.abc import Callable

TYPE: dict[str, Any] = {"uid": "page", "title": "Page", "schema": [{"uid": "title", "unique": True}]}
FIELD: dict[str, Any] = {"uid": "seo", "title": "SEO", "schema": [{"uid": "words"}]}
STAGE: dict[str, Any] = {"uid": "bltworkflow", "name": "Review", "workflow_stages": [{"name": "Draft"}]}
ENTRY: dict[str, Any] = {
    "sys": {"id": "one", "type": "Entry", "version": 2, "publishedVersion": 1},
    "fields": {"title": {"en-US": "One"}},
}
TAG: dict[str, Any] = {"sys": {"id": "tag", "type": "Tag"}, "name": "Tag", "more": {"colour": "red"}}
HOOK: dict[str, Any] = {"sys": {"id": "hook"}, "name": "Hook", "headers": [{"key": "a"}]}


def stacks() -> tuple[list[Any], list[Any]]:
    """What two stacks hold of the same objects."""
    emulator, held = Contentstack(), []
    for key in ("blt_invented_one", "blt_invented_two"):
        stack = emulator.add_stack(api_key=key)
        stack.main.put_content_type(TYPE)
        stack.main.put("global_fields", FIELD)
        stack.put("workflows", STAGE)
        held.append(
            [
                stack.main.content_types["page"],
                stack.main.global_fields["seo"],
                stack.workflows["bltworkflow"],
            ]
        )
    return held[0], held[1]


def spaces() -> tuple[list[Any], list[Any]]:
    """What two spaces hold of the same objects."""
    emulator, held = Contentful(), []
    for name in ("one", "two"):
        space = emulator.add_space(key=name, token="cs-invented")
        master = space.environments["master"]
        master.put_entry(ENTRY)
        master.put("tags", TAG)
        space.put("webhooks", HOOK)
        entry = master.entries["one"]
        held.append([entry.body, entry.live, entry.sys, master.tags["tag"], space.webhooks["hook"]])
    return held[0], held[1]


def containers(value: Any) -> set[int]:
    """The identities of all objects and lists in a value."""
    if not isinstance(value, dict | list):
        return set()
    inner = value.values() if isinstance(value, dict) else value
    return {id(value)}.union(*(containers(one) for one in inner))


@pytest.mark.parametrize("fill", [stacks, spaces])
def test_they_share_nothing(fill: Callable[[], tuple[list[Any], list[Any]]]) -> None:
    one, two = fill()
    given = set().union(*map(containers, (TYPE, FIELD, STAGE, ENTRY, TAG, HOOK)))
    assert containers(one)
    assert not containers(one) & containers(two)
    assert not (containers(one) | containers(two)) & given

"""Imports over a webhook whose credentials the target holds: compared, never lost, never on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_stack import fill_small
from workbench import TARGET, Workbench, make_workbench, memory_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from stackferry.emulators.contentstack import Stack

PASSWORD, OTHER = "invented-password-5501", "invented-password-7702"


def hook(
    stack: Stack, *, event: str = "create", password: str = PASSWORD, url: str = "https://example.org/a"
) -> None:
    target: Any = {
        "target_url": url,
        "http_basic_auth": "me",
        "http_basic_password": password,
        "custom_header": [],
    }
    facts: Any = {"channels": [f"content_types.entries.{event}"], "branches": ["main"], "disabled": True}
    stack.put(
        "webhooks",
        {"uid": "blthook1", "name": "Hook", "destinations": [target], "retry_policy": "manual", **facts},
    )


def held(one: Workbench) -> Any:
    (row,) = one.target.webhooks.values()
    return row


@pytest.fixture
def one() -> Iterator[Workbench]:
    """A target that an import from the source has filled, the password with the rest."""
    with memory_directory() as root:
        made = make_workbench(root, fill_small)
        hook(made.source)
        made.import_snapshot(made.export("first", keep_secrets=True))
        assert held(made)["destinations"][0]["http_basic_password"] == PASSWORD
        yield made


def test_an_equal_kept_credential_is_not_written(one: Workbench) -> None:
    """I5, G3: credentials are compared by salted hashes, never in the clear."""
    before = one.writes()
    again = one.import_snapshot(one.export("again", keep_secrets=True), "another", on_conflict="update")
    assert one.writes() == before
    assert again.gaps == []


def test_a_different_kept_credential_is_written(one: Workbench) -> None:
    hook(one.source, password=OTHER)
    before = one.writes()
    one.import_snapshot(one.export("again", keep_secrets=True), "another", on_conflict="update")
    assert one.writes() == before + 1
    assert held(one)["destinations"][0]["http_basic_password"] == OTHER


def test_a_redacted_credential_never_overwrites_one(one: Workbench) -> None:
    """I7: other changes are written, and the target's credential stays as it is."""
    hook(one.source, event="delete", password=OTHER)
    imported = one.import_snapshot(one.export("again"), "another", on_conflict="update")
    assert held(one)["channels"] == ["content_types.entries.delete"]
    assert held(one)["destinations"][0]["http_basic_password"] == PASSWORD
    assert [gap for gap in imported.gaps if "left as it is" in str(gap["reason"])] == []


def test_a_destination_that_moved_and_lacks_its_password_is_a_gap(one: Workbench) -> None:
    """I7: it cannot be written without the password, so it is not changed."""
    hook(one.source, url="https://example.org/b")
    before = one.writes()
    imported = one.import_snapshot(one.export("again"), "another", on_conflict="update")
    assert one.writes() == before
    assert held(one)["destinations"][0]["target_url"] == "https://example.org/a"
    (gap,) = [gap for gap in imported.gaps if "left as it is" in str(gap["reason"])]
    assert (gap["kind"], gap["uid"], gap["path"]) == ("webhooks", "blthook1", "/destinations")


@pytest.mark.parametrize("keep", [False, True])
def test_no_credential_of_the_target_reaches_the_disk(one: Workbench, keep: bool) -> None:
    """I8: the inventory of the target holds salted hashes, with another salt each time."""
    hook(one.target, password=OTHER)
    for state in ("another", "a third"):
        one.import_snapshot(one.export(f"for {state}", keep_secrets=keep), state, on_conflict="skip")
        assert all(
            OTHER.encode() not in path.read_bytes()
            for path in (one.root / state).rglob("*")
            if path.is_file()
        )
    del one.emulator.stacks[TARGET]

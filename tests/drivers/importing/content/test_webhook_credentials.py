"""Imports over a webhook whose credentials the target holds: compared, never lost, never on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_stack import fill_small
from workbench import SOURCE, TARGET, Workbench, make_workbench, memory_directory

from stackferry.providers.contentstack.system import Contentstack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack import Stack

PASSWORD, OTHER = "invented-password-5501", "invented-password-7702"


def put_webhook_row(
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


def target_webhook(workbench: Workbench) -> Any:
    (row,) = workbench.target.webhooks.values()
    return row


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    """A target that an import from the source has filled, the password with the rest."""
    with memory_directory() as root:
        made = make_workbench(root, fill_small)
        put_webhook_row(made.source)
        made.import_snapshot(made.export("first", keep_secrets=True))
        assert target_webhook(made)["destinations"][0]["http_basic_password"] == PASSWORD
        yield made


def test_an_equal_kept_credential_is_not_written(workbench: Workbench) -> None:
    """I5, G3: credentials are compared by salted hashes, never in the clear."""
    before = workbench.writes()
    again = workbench.import_snapshot(
        workbench.export("again", keep_secrets=True), "another", on_conflict="update"
    )
    assert workbench.writes() == before
    assert again.gaps == []


def test_in_its_own_stack_an_equal_object_has_its_credential(workbench: Workbench) -> None:
    """It is not to be set by hand: nothing was written, and nothing is lost."""
    snapshot = workbench.export("again")
    only = Contentstack().parse_kinds(["webhooks"])
    asked: Any = {"in_place": True, "on_conflict": "update", "key": SOURCE, "only": only}
    assert workbench.import_snapshot(snapshot, "place", **asked).gaps == []
    put_webhook_row(workbench.source, password="")
    gaps = workbench.import_snapshot(snapshot, "another", **asked).gaps
    assert "/destinations/0/http_basic_password" in {gap["path"] for gap in gaps}


def test_a_different_kept_credential_is_written(workbench: Workbench) -> None:
    put_webhook_row(workbench.source, password=OTHER)
    before = workbench.writes()
    workbench.import_snapshot(workbench.export("again", keep_secrets=True), "another", on_conflict="update")
    assert workbench.writes() == before + 1
    assert target_webhook(workbench)["destinations"][0]["http_basic_password"] == OTHER


def test_a_redacted_credential_never_overwrites_one(workbench: Workbench) -> None:
    """I7: other changes are written, and the target's credential stays as it is."""
    put_webhook_row(workbench.source, event="delete", password=OTHER)
    imported = workbench.import_snapshot(workbench.export("again"), "another", on_conflict="update")
    assert target_webhook(workbench)["channels"] == ["content_types.entries.delete"]
    assert target_webhook(workbench)["destinations"][0]["http_basic_password"] == PASSWORD
    assert [gap for gap in imported.gaps if "left as it is" in str(gap["reason"])] == []


def test_a_destination_that_moved_and_lacks_its_password_is_a_gap(workbench: Workbench) -> None:
    """I7: it cannot be written without the password, so it is not changed."""
    put_webhook_row(workbench.source, url="https://example.org/b")
    before = workbench.writes()
    imported = workbench.import_snapshot(workbench.export("again"), "another", on_conflict="update")
    assert workbench.writes() == before
    assert target_webhook(workbench)["destinations"][0]["target_url"] == "https://example.org/a"
    (gap,) = [gap for gap in imported.gaps if "left as it is" in str(gap["reason"])]
    assert (gap["kind"], gap["uid"], gap["path"]) == ("webhooks", "blthook1", "/destinations")


@pytest.mark.parametrize("keep", [False, True])
def test_no_credential_of_the_target_reaches_the_disk(workbench: Workbench, keep: bool) -> None:
    """I8: the inventory of the target holds salted hashes, with another salt each time."""
    put_webhook_row(workbench.target, password=OTHER)
    for state in ("another", "a third"):
        workbench.import_snapshot(
            workbench.export(f"for {state}", keep_secrets=keep), state, on_conflict="skip"
        )
        assert all(
            OTHER.encode() not in path.read_bytes()
            for path in (workbench.root / state).rglob("*")
            if path.is_file()
        )
    del workbench.emulator.stacks[TARGET]

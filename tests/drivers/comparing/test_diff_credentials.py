"""Credentials in a comparison: what both sides redacted, what only one holds, and what is one object for all branches.

None is ever told, not even where both snapshots hold it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from small_stack import fill_small
from workbench import SOURCE, SYSTEM, TARGET, make_workbench, memory_directory

from stackferry.drivers.verify_run import diff_snapshots
from stackferry.exact_json import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench import Workbench

    from stackferry.drivers.verify_run import VerifyResult
    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot

PASSWORD, KEY = "first-canary-9f2", "second-canary-7c1"
HOOK: Any = {
    "uid": "blthook0000000001",
    "name": "Build",
    "channels": ["content_types.page.entries.create"],
    "destinations": [
        {"target_url": "https://build.invented/run", "http_basic_auth": "ci", "http_basic_password": PASSWORD}
    ],
}
WIDGET: Any = {
    "uid": "bltwidget00000001",
    "title": "Map",
    "type": "field",
    "data_type": "text",
    "src": "https://map.invented/",
    "config": {"access_token": KEY},
}
OF_HOOK, OF_WIDGET = "/destinations/0/http_basic_password", "/config/access_token"


def fill(stack: Stack) -> None:
    fill_small(stack)
    stack.webhooks.clear()
    stack.webhooks[HOOK["uid"]] = {**HOOK, "destinations": [{**HOOK["destinations"][0]}]}
    stack.main.extensions[WIDGET["uid"]] = {**WIDGET, "config": {**WIDGET["config"]}}


def replace_password(stack: Stack) -> None:
    hook: Any = next(iter(stack.webhooks.values()))
    hook["destinations"][0]["http_basic_password"] = f"{PASSWORD}-new"


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        made = make_workbench(root, fill)
        body = {"branch": {"uid": "fork", "source": "main"}}
        assert Editors(made, 1).call("POST", "/stacks/branches", json=body).status_code < 300
        yield made


def sides(bench: Workbench, left: str, right: str) -> tuple[Snapshot, Snapshot]:
    """Two snapshots; a name is that of a branch, with a + after it one that keeps credentials."""
    first, second = (
        bench.export(f"{number} {name}", branch=name.rstrip("+"), keep_secrets=name.endswith("+"))
        for number, name in enumerate((left, right))
    )
    return first, second


def told(found: VerifyResult) -> tuple[list[tuple[Any, Any]], list[tuple[Any, Any]]]:
    """Differences and gaps of what holds credentials, each as its kind and its path. None is in either."""
    assert not any(one.encode() in dumps([*found.differences, *found.gaps]) for one in (PASSWORD, KEY))
    differences, gaps = (
        [(row["kind"], row.get("path")) for row in part if row["kind"] in ("extensions", "webhooks")]
        for part in (found.differences, found.gaps)
    )
    return differences, gaps


@pytest.mark.parametrize(
    ("left", "right", "gaps"),
    [
        ("main", "main", []),
        ("main", "fork", []),
        ("main+", "main+", []),
        ("main+", "fork+", []),
        # Of two nights, and of an extension, which each branch has for itself, one side cannot tell.
        ("main", "main+", [("extensions", OF_WIDGET), ("webhooks", OF_HOOK)]),
        ("main+", "main", [("extensions", OF_WIDGET), ("webhooks", OF_HOOK)]),
        ("main", "fork+", [("extensions", OF_WIDGET)]),
        ("main+", "fork", [("extensions", OF_WIDGET)]),
    ],
)
def test_nothing_that_both_redacted_or_that_is_one_object_differs(
    bench: Workbench, left: str, right: str, gaps: list[Any]
) -> None:
    found = diff_snapshots(SYSTEM, *sides(bench, left, right))
    assert told(found) == ([], gaps)
    assert all("--keep-secrets" in str(gap["reason"]) for gap in found.gaps)


@pytest.mark.parametrize("right", ["main+", "fork+"])
def test_another_credential_is_told_but_not_which(bench: Workbench, right: str) -> None:
    before, _ = sides(bench, "main+", right)
    replace_password(bench.source)
    after = bench.export("after", branch=right.rstrip("+"), keep_secrets=True)
    found = diff_snapshots(SYSTEM, before, after)
    assert told(found) == ([("webhooks", OF_HOOK)], [])
    assert (found.differences[0]["left"], found.differences[0]["right"]) == ("REDACTED", "REDACTED")


def test_a_header_that_a_webhook_was_given_is_an_edit(bench: Workbench) -> None:
    """That the snapshots redact its value does not make it unknown that it is there."""
    monday = bench.export("monday")
    header = {"header_name": "X-Build", "value": PASSWORD}
    destinations: Any = bench.source.webhooks[HOOK["uid"]]["destinations"]
    destinations[0]["custom_header"] = [header]
    found = diff_snapshots(SYSTEM, monday, bench.export("tuesday"))
    differences, gaps = told(found)
    assert ([kind for kind, _ in differences], gaps) == (["webhooks"], [])


@pytest.mark.parametrize("keeps", [(False, False), (True, False), (False, True)])
def test_of_two_stacks_what_a_side_redacted_is_a_gap_that_says_what_to_do(
    bench: Workbench, keeps: tuple[bool, bool]
) -> None:
    here, there = copies(bench, keeps)
    found = diff_snapshots(SYSTEM, here, there)
    assert told(found) == ([], [("extensions", OF_WIDGET), ("webhooks", OF_HOOK)])
    reasons = [str(gap["reason"]) for gap in found.gaps if gap["kind"] in ("extensions", "webhooks")]
    assert all("--keep-secrets" in reason for reason in reasons)


def test_two_stacks_whose_snapshots_hold_credentials_are_compared(bench: Workbench) -> None:
    here, there = copies(bench, (True, True), replace_password)
    assert told(diff_snapshots(SYSTEM, here, there)) == ([("webhooks", OF_HOOK)], [])


def copies(
    bench: Workbench, keeps: tuple[bool, bool], edit: Callable[[Stack], object] = lambda _: None
) -> tuple[Snapshot, Snapshot]:
    """The source, and another stack that was filled alike."""
    fill(bench.target)
    edit(bench.target)
    here = bench.export("here", key=SOURCE, keep_secrets=keeps[0])
    return here, bench.export("there", key=TARGET, keep_secrets=keeps[1])


def test_a_verified_target_is_compared_by_credentials_that_nobody_sees(bench: Workbench) -> None:
    snapshot = bench.export("kept", keep_secrets=True)
    bench.import_snapshot(snapshot, enable_webhooks=True)
    assert bench.verify(snapshot, enable_webhooks=True).differences == []
    replace_password(bench.target)
    found = bench.verify(snapshot, enable_webhooks=True)
    assert told(found) == ([("webhooks", OF_HOOK)], [])

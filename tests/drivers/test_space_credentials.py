"""Credentials of webhooks in comparisons of two environments of a space, which share them, and of two spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_space import fill_small
from space_bench import SOURCE, SYSTEM, TARGET, SpaceBench, make_space_bench
from workbench import memory_directory

from stackferry.drivers.verify_run import diff_snapshots
from stackferry.exact_json import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.drivers.verify_run import VerifyResult
    from stackferry.emulators.contentful import Space

KEY = "canary-of-a-header"


def give_webhook(space: Space, value: str = KEY) -> None:
    hook: Any = {
        "sys": {"id": "deploy", "type": "WebhookDefinition", "version": 1},
        "name": "Deploy",
        "url": "https://hooks.example.invalid/deploy",
        "topics": ["Entry.publish"],
        "headers": [{"key": "X-Site", "value": value}],
        "active": True,
    }
    space.put("webhooks", hook)


@pytest.fixture
def bench() -> Iterator[SpaceBench]:
    with memory_directory() as root:
        made = make_space_bench(root, fill_small)
        give_webhook(made.source)
        master = made.source.master
        raw: Any = {**master.raw, "name": "copy"}
        raw["sys"] = {**raw["sys"], "id": "copy"}
        made.source.environments["copy"] = master.fork("copy", raw)
        yield made


def told(found: VerifyResult) -> tuple[list[Any], list[Any]]:
    """What is told of webhooks: paths of differences, reasons of gaps."""
    assert b"canary" not in dumps([*found.differences, *found.gaps])
    differences = [row.get("path") for row in found.differences if row["kind"] == "webhooks"]
    return differences, [gap["reason"] for gap in found.gaps if gap["kind"] == "webhooks"]


@pytest.mark.parametrize("keeps", [(False, False), (False, True), (True, False), (True, True)])
def test_environments_of_a_space_have_the_same_webhooks(bench: SpaceBench, keeps: tuple[bool, bool]) -> None:
    here = bench.export("here", keep_secrets=keeps[0])
    there = bench.export("there", environment="copy", keep_secrets=keeps[1])
    assert told(diff_snapshots(SYSTEM, here, there)) == ([], [])


def test_a_clone_is_verified_without_a_gap_of_what_is_shared(bench: SpaceBench) -> None:
    found = bench.verify(bench.export(), None, key=SOURCE, environment="copy")
    assert told(found) == ([], [])


def test_of_one_environment_a_credential_that_one_snapshot_lacks_is_a_gap(bench: SpaceBench) -> None:
    redacted, kept = bench.export("redacted"), bench.export("kept", keep_secrets=True)
    assert told(diff_snapshots(SYSTEM, redacted, redacted)) == ([], [])
    for pair in ((redacted, kept), (kept, redacted)):
        differences, reasons = told(diff_snapshots(SYSTEM, *pair))
        assert differences == []
        assert ["--keep-secrets" in reason for reason in reasons] == [True]


def test_another_credential_is_told_but_not_which(bench: SpaceBench) -> None:
    before = bench.export("before", keep_secrets=True)
    give_webhook(bench.source, "canary-number-two")
    differences, reasons = told(diff_snapshots(SYSTEM, before, bench.export("after", keep_secrets=True)))
    assert (len(differences), reasons) == (1, [])


def test_a_header_that_a_webhook_was_given_is_an_edit(bench: SpaceBench) -> None:
    monday = bench.export("monday")
    hook: Any = bench.source.webhooks["deploy"]
    hook["headers"] = [*hook["headers"], {"key": "X-Build", "value": KEY}]
    differences, reasons = told(diff_snapshots(SYSTEM, monday, bench.export("tuesday")))
    assert (len(differences), reasons) == (1, [])


def test_a_snapshot_that_keeps_all_but_tokens_of_keys_is_compared(bench: SpaceBench) -> None:
    key: Any = {"sys": {"id": "site", "type": "ApiKey"}, "name": "Site", "accessToken": "canary-of-a-key"}
    bench.source.put("api_keys", key)
    kept = bench.export("kept", keep_secrets=True)
    assert kept.manifest["redacted"]
    assert told(bench.verify(kept, None, key=SOURCE, environment="copy")) == ([], [])
    give_webhook(bench.source, "canary-number-two")
    found = bench.verify(kept, None, key=SOURCE, environment="copy")
    assert told(found) == (["/headers/0/value"], [])


def test_of_two_spaces_it_is_a_gap_that_says_what_to_do(bench: SpaceBench) -> None:
    fill_small(bench.target, bench.target.master)
    give_webhook(bench.target)
    here, there = bench.export("here"), bench.export("there", key=TARGET)
    differences, reasons = told(diff_snapshots(SYSTEM, here, there))
    assert (differences, len(reasons)) == ([], 1)
    assert "--keep-secrets" in reasons[0]


def test_a_header_that_only_one_of_two_spaces_has_is_a_difference(bench: SpaceBench) -> None:
    fill_small(bench.target, bench.target.master)
    give_webhook(bench.source)
    give_webhook(bench.target)
    hook: Any = bench.source.webhooks["deploy"]
    hook["headers"] = [{"key": "X-Build", "value": KEY}, *hook["headers"]]
    here, there = bench.export("here"), bench.export("there", key=TARGET)
    for pair in ((here, there), (there, here)):
        differences, reasons = told(diff_snapshots(SYSTEM, *pair))
        assert differences == ["/headers/0"]
        assert ["by hand" in reason for reason in reasons] == [False]  # of the header that both have


def test_a_webhook_that_only_one_of_two_spaces_has_is_a_difference(bench: SpaceBench) -> None:
    """Whether an import could make it is no question of a comparison of two places."""
    fill_small(bench.target, bench.target.master)
    hook: Any = bench.source.webhooks["deploy"]
    hook["url"] = f"https://hooks.example.invalid/deploy?token={KEY}"
    here, there = bench.export("here"), bench.export("there", key=TARGET)
    assert here.manifest["redacted"]
    for pair in ((here, there), (there, here)):
        assert told(diff_snapshots(SYSTEM, *pair)) == ([None], [])


def test_a_header_that_a_snapshot_kept_and_its_target_lacks_is_a_difference(bench: SpaceBench) -> None:
    """Its value is known: an import would have written it."""
    kept = bench.export("kept", keep_secrets=True)
    bench.import_snapshot(kept)
    assert told(bench.verify(kept)) == ([], [])
    hook: Any = bench.target.webhooks["deploy"]
    hook["headers"] = []
    differences, reasons = told(bench.verify(kept))
    assert (len(differences), reasons) == (1, [])


def test_a_webhook_that_a_snapshot_kept_whole_and_its_target_lacks_is_a_difference(bench: SpaceBench) -> None:
    hook: Any = bench.source.webhooks["deploy"]
    hook["url"] = f"https://hooks.example.invalid/deploy?token={KEY}"
    kept = bench.export("kept", keep_secrets=True)
    bench.import_snapshot(kept)
    assert told(bench.verify(kept)) == ([], [])
    del bench.target.webhooks["deploy"]
    assert told(bench.verify(kept)) == ([None], [])

"""Promotion of types from branch to branch: three-way, as for entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_stack import HEN
from test_promotion import Fork, fork

from stackferry.errors import Different

if TYPE_CHECKING:
    from editors import Editors

__all__ = ["fork"]


def name_type(editors: Editors, branch: Any, title: str, **field: Any) -> None:
    """Give the page another title, and its picture field what is given."""
    page: Any = branch.content_types["page"]
    schema = [{**one, **field} if one["uid"] == "picture" else one for one in page["schema"]]
    body = {"content_type": {"title": title, "uid": "page", "schema": schema, "options": page["options"]}}
    answer = editors.call("PUT", "/content_types/page", json=body)
    assert answer.status_code < 300, answer.text


def both(fork: Fork) -> None:
    name_type(fork.dev, fork.branch("dev"), "Of dev")
    name_type(fork.main, fork.branch("main"), "Of main")


def test_a_type_that_was_edited_on_both_sides_is_a_conflict(fork: Fork) -> None:
    """The source wins, and the report names the type and what differs."""
    both(fork)
    done, _ = fork.promote()
    told = [(row["kind"], row["uid"], row["fields"]) for row in done.remarks["conflicts"]]
    assert told == [("content_types", "page", ["/title"])]
    assert fork.branch("main").content_types["page"]["title"] == "Of dev"
    assert fork.promote()[1] == []


def test_a_conflict_of_a_type_stops_everything(fork: Fork) -> None:
    both(fork)
    before = fork.bench.writes()
    with pytest.raises(Different, match="content_types page"):
        fork.promote(conflicts="stop")
    assert fork.bench.writes() == before


def test_a_promoted_type_is_the_base_of_the_next_promotion(fork: Fork) -> None:
    """What main does with it afterwards is newer there."""
    name_type(fork.dev, fork.branch("dev"), "Of dev")
    fork.promote()
    name_type(fork.main, fork.branch("main"), "Of main, later")
    done, writes = fork.promote()
    assert (writes, done.remarks) == ([], {})
    assert [row["uids"] for row in done.left if row["kind"] == "newer"] == [["page"]]
    assert fork.branch("main").content_types["page"]["title"] == "Of main, later"


def test_a_kept_type_is_not_written_when_its_rules_are_relaxed(fork: Fork) -> None:
    """A new entry breaks a rule of dev's type, so rules are relaxed: main gets its own ones back."""
    partner = [{"uid": HEN, "_content_type_uid": "page"}]
    entry = {"entry": {"title": "New", "partner": partner}}
    assert fork.dev.call("POST", "/content_types/page/entries", json=entry).status_code < 300
    name_type(fork.dev, fork.branch("dev"), "Of dev", mandatory=True)
    name_type(fork.main, fork.branch("main"), "Of main")
    before = fork.branch("main").content_types["page"]
    _, writes = fork.promote(conflicts="keep")
    assert writes.count("PUT /v3/content_types/page") == 2
    after = fork.branch("main").content_types["page"]
    assert (after["title"], after["schema"]) == ("Of main", before["schema"])


def test_conflicts_of_what_is_not_written_stop_nothing(fork: Fork) -> None:
    """With --only content_types the entries are nobody's business."""
    fork.dev.save("page", HEN, title="Hen of dev")
    fork.main.save("page", HEN, title="Hen of main")
    name_type(fork.dev, fork.branch("dev"), "Of dev")
    done, writes = fork.promote(only=frozenset({"content_types"}), conflicts="stop")
    assert (writes, done.remarks) == (["PUT /v3/content_types/page"], {})

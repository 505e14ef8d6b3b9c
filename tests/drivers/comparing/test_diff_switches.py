"""Where the service's documents are silent, `diff` tells the same edits whichever way the service behaves."""

from __future__ import annotations

from typing import Any

import pytest
import test_diff_content
import test_diff_state
from two_nights import folder, lines, send, two_nights

from sampling import sampled
from stackferry.emulators.contentstack import Switches

EDITS = {**test_diff_content.EDITS, **test_diff_state.EDITS}
SETTINGS: tuple[dict[str, Any], ...] = (
    {"prelocal_details": "document"},
    {"prelocal_details": "both"},
    {"publish_lists_fallback": False},
    {"null_is_kept": False},
    {"rte_uids_made": False},
    {"taxonomy_details": "all"},
    {"localize_copies_fallback": True},
    {"unmarked_instance_unlinks": False},
    {"order_closes": True},
    {"trash": False},
    {"variant_publishes_entry": "always"},
    {"scheduled_deployment": "status"},
    {"next_stages_default": "empty"},
)


@pytest.mark.parametrize(
    "case",
    sampled([(at, name) for at in range(len(SETTINGS)) for name in EDITS], 27),
    ids=lambda case: f"{case[1]} {SETTINGS[case[0]]}",
)
def test_each_edit_is_told_whatever_the_service_does(case: tuple[int, str]) -> None:
    number, name = case
    edit, expected = EDITS[name]
    assert lines(two_nights(edit, before=folder, switches=Switches(**SETTINGS[number]))) == expected


def test_a_term_that_got_the_number_of_its_sibling_is_told() -> None:
    """Nobody can tell which of them comes first then."""
    edit = send("PUT", "/taxonomies/places/terms/air/move", json={"term": {"parent_uid": None, "order": 1}})
    told = lines(two_nights(edit, switches=Switches(order_inserts=False)))
    assert told == ["changed terms Air /order 2->1"]

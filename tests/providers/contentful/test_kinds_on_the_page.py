"""docs/contentful.md says of every kind what becomes of it."""

from __future__ import annotations

import re

import pytest

from repository import ROOT
from stackferry.providers.contentful.content.limits import NEVER_GIVEN
from stackferry.providers.contentful.kinds import KINDS, Kind

PAGE = (ROOT / "docs" / "contentful.md").read_text("utf-8")
_TABLE = PAGE.split("\n## Kinds\n")[1].split("\n## ")[0]


def fates() -> dict[str, str]:
    """What the table's last column says, by kind."""
    rows = [line.strip("|").split("|") for line in _TABLE.splitlines() if line.startswith("| `")]
    return {name: row[-1].strip() for row in rows for name in re.findall(r"`(\w+)`", row[0])}


def test_the_table_names_every_kind_and_no_other() -> None:
    assert sorted(fates()) == sorted(kind.name for kind in KINDS)


# Written with its type, from the record that `is_written` keeps out of a stage of its own.
_WITH_ANOTHER = {"published_content_types"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_no_import_writes_is_called_recorded(kind: Kind) -> None:
    fate = fates()[kind.name]
    if not kind.is_written and kind.name not in _WITH_ANOTHER:
        assert fate == "recorded"
    else:
        assert fate.startswith(("replayed", "recorded"))


def test_what_the_api_never_gives_is_listed() -> None:
    """A line for each sort."""
    listed = PAGE.split("\n## What the API never gives\n")[1].split("\n## ")[0]
    assert len(re.findall(r"^- ", listed, re.MULTILINE)) == len(NEVER_GIVEN)

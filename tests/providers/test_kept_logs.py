"""Which members of a zip of logs are of a stage or a task."""

from __future__ import annotations

import pytest

from stackferry.providers.reading.logs import members_of

NAMES = [
    "Dev/Agents/1_Initialize job.log",
    "Dev/Agents/2_Copy_ files.log",
    "Prod _EU_/Attempt 2/Agents/1_Initialize job.txt",
    "a_b/1_Say.log",
    "top.log",
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", NAMES),
        ("dev", NAMES[:2]),
        ("Dev/Initialize job", NAMES[:1]),
        ("Dev/Copy: files", NAMES[1:2]),
        ('Prod "EU"', NAMES[2:3]),
        ("Prod (EU)/Attempt 2", NAMES[2:3]),
        ("a/b", NAMES[3:4]),
        ("a/b/Say", NAMES[3:4]),
        ("De", []),
        ("top", []),
        ("..", []),
        ("/", []),
    ],
)
def test_members_by_stage_and_task(wanted: str, found: list[str]) -> None:
    assert members_of(NAMES, wanted) == found

"""Answers that the vendor recorded, from the folder of datasets; tests are skipped where it is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from repository import SHARED

_FOLDER = SHARED / "datasets" / "azure"
needs_recorded = pytest.mark.skipif(not _FOLDER.is_dir(), reason="the recorded answers are not here")


def recorded(name: str) -> Any:
    """The body of a recorded answer."""
    found = json.loads((_FOLDER / name).read_text("utf-8-sig"))
    return found["responseBody"] if "responseBody" in found else found["responses"]["200"]["body"]


def recorded_releases() -> list[tuple[str, Any]]:
    """Every whole release among them, with the name of its file."""
    names = (
        "vsts-docs/releases/GET__release_releases__releaseId_.json",
        "rest-api-specs-7.1/releases/GET__GetARelease.json",
    )
    return [(name, recorded(name)) for name in names]

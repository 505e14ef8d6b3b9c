"""A switch of an emulator that is set to a value which it cannot have: a test would run under the other one unseen."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import pytest

from stackferry.emulators import azure_devops, contentful, contentstack

EVERY: list[Any] = [azure_devops.Switches, contentful.Switches, contentstack.Switches]
NAMES = ["azure_devops", "contentful", "contentstack"]


@pytest.mark.parametrize("switches", EVERY, ids=NAMES)
def test_no_switch_takes_what_is_no_value_of_it(switches: Any) -> None:
    for field in fields(switches):
        for value in ("no such value", b"", ()):
            with pytest.raises(
                ValueError, match=f"the switch {field.name} cannot be {re.escape(repr(value))}: it is "
            ):
                switches(**{field.name: value})


@pytest.mark.parametrize("switches", EVERY, ids=NAMES)
def test_every_switch_takes_its_default(switches: Any) -> None:
    for field in fields(switches):
        assert getattr(switches(**{field.name: field.default}), field.name) == field.default


def test_a_number_is_no_yes_and_a_yes_no_number() -> None:
    with pytest.raises(ValueError, match=r"bulk_status cannot be 404: it is 200 or 201"):
        contentful.Switches(bulk_status=404)  # type: ignore[arg-type] # that is the point
    with pytest.raises(ValueError, match=r"role_put cannot be 1: it is of type bool"):
        contentful.Switches(role_put=1)  # type: ignore[arg-type] # that is the point
    with pytest.raises(ValueError, match=r"job_requests cannot be True"):
        contentful.Switches(job_requests=True)
    assert contentful.Switches(job_seconds=2).job_seconds == 2
    with pytest.raises(ValueError, match=r"snapshots_kept cannot be 'all': it is of type int or None"):
        contentful.Switches(snapshots_kept="all")  # type: ignore[arg-type] # that is the point

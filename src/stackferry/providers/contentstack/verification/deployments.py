"""Compares which releases are to be deployed where and when. What was deployed shows in what is published. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.json_diff import ABSENT
from stackferry.json_values import epoch_seconds
from stackferry.model import Gap
from stackferry.providers.contentstack.content.deployments import deployments
from stackferry.providers.differences import Mismatch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentstack.verification.findings import Findings
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

    Plan = tuple[str, str, float]  # release, environment, seconds since 1970


def planned_deployments(context: ImportContext, findings: Findings) -> Iterator[Mismatch]:
    """What is to come in both stacks; what is past is in neither."""
    left, right = _planned(context, context.source), _planned(context, context.target)
    known: set[Plan] = set()
    for (release, environment, when), at in left.items():
        findings.compared["schedules"] += 1
        there = [
            context.identity.target("releases", release),
            context.identity.target("environments", environment),
        ]
        if None in there:
            reason = f"to be deployed at {at}: its release or its environment is not in the target"
            findings.gaps.append(
                Gap(kind="schedules", uid=release, path=f"deploy/{environment}", reason=reason)
            )
            continue
        plan = (there[0] or "", there[1] or "", when)
        known.add(plan)
        if plan not in right:
            yield from findings.missing("schedules", release, f"deploy at {at}")
    for plan, at in right.items():
        if plan not in known:
            yield Mismatch("schedules", plan[0], ABSENT, f"deploy at {at}", path=f"deploy/{plan[1]}")


def _planned(context: ImportContext, staged: RecordStore) -> dict[Plan, str]:
    """What is still to come, with its time as the service writes it."""
    now, found = context.options.now, dict["Plan", str]()
    for one in deployments(staged, now):
        when = epoch_seconds(one.at)
        if one.is_planned and when is not None and when > now:
            found[one.release, one.environment, when] = one.at
    return found

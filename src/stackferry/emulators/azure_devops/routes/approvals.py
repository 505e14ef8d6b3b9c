"""Approvals over all releases: by default those that are pending."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.api_errors import ApiError, invalid
from stackferry.emulators.azure_devops.call import Call, wrapped
from stackferry.emulators.azure_devops.deploying.approvals import decide
from stackferry.emulators.azure_devops.listing import page
from stackferry.emulators.azure_devops.organization import approvals_of
from stackferry.emulators.azure_devops.routes.rule import rule
from stackferry.emulators.azure_devops.views import is_named
from stackferry.emulators.azure_devops.words import APPROVAL_STATUS, APPROVAL_TYPE, words
from stackferry.json_values import as_list, as_object, integer, text

if TYPE_CHECKING:
    from stackferry.model import JsonObject


def _rows(call: Call) -> list[JsonObject]:
    return [row for release in call.project.releases.values() for row in approvals_of(release)]


def _list(call: Call) -> Answer:
    statuses = words(APPROVAL_STATUS, call.param("statusFilter"), "statusFilter") or {"pending"}
    kinds = words(APPROVAL_TYPE, call.param("typeFilter"), "typeFilter") or {"all"}
    releases, person = set(call.names("releaseIdsFilter")), call.param("assignedToFilter")
    rows = [
        row
        for row in _rows(call)
        if ("undefined" in statuses or text(row.get("status")) in statuses)
        and ("all" in kinds or text(row.get("approvalType")) in kinds)
        and (not releases or str(as_object(row.get("release")).get("id")) in releases)
        and (not person or is_named(row.get("approver"), person))
    ]
    return page(call, rows, top="top")


def _find(call: Call, number: int) -> JsonObject:
    newest_first = reversed(call.project.releases.values())
    rows = (row for release in newest_first for row in approvals_of(release))
    found = next((row for row in rows if row.get("id") == number), None)
    if found is None:
        raise ApiError(
            404, "ApprovalNotFoundException", f"VS402961: Approval with ID {number} does not exist."
        )
    return found


def _get(call: Call) -> Answer:
    return Answer(dict(_find(call, call.number_in_path("approval"))))


def _patch(call: Call) -> Answer:
    found = _find(call, call.number_in_path("approval"))
    decide(call.scene, found, call.json(), call.access.user)
    return Answer({**found, "history": as_list(found.get("history"))})


def _patch_many(call: Call) -> Answer:
    body = call.json_or_none()
    if not isinstance(body, list):
        raise invalid("The body of the request is not a list of approvals.")
    changed: list[JsonObject] = []
    for row in body:
        found = _find(call, integer(as_object(row).get("id")) or 0)
        decide(call.scene, found, as_object(row), call.access.user)
        changed.append(found)
    return wrapped(changed)


_ONE = "release/approvals/{approval}"
RULES = (
    rule("GET", "release/approvals", _list, "approvals"),
    rule("PATCH", "release/approvals", _patch_many, "approvals", "release:manage"),
    rule("GET", _ONE, _get, "approvals"),
    rule("PATCH", _ONE, _patch, "approvals", "release:manage"),
)

"""The values of a row in words, the same in the table and on the page. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_list, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackferry.model import Json, JsonObject


def words(value: Json) -> str:
    """A single value; nothing where there is none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def artifact(one: JsonObject) -> str:
    branch = f" ({words(one['branch'])})" if one["branch"] else ""
    return f"{words(one['alias'])} {words(one['version'] or one['version_id'])}{branch}".strip()


def approval(one: JsonObject) -> str:
    """Who was asked, who answered, when, with which words."""
    return f"{words(one['type'])}: {answer(one)}{_at(one['modified_on'])}{said(one['comments'])}"


def answer(one: JsonObject) -> str:
    """What came of an approval, and by whom."""
    status, asked, given = (words(one[name]) for name in ("status", "approver", "approved_by"))
    if one["automated"]:
        return f"{status} automatically"
    if given and given != asked:
        return f"{status} by {given} (asked: {asked or 'nobody named'})"
    return f"{status} by {given}" if given else f"{status} (asked: {asked or 'nobody named'})"


def gate(one: JsonObject) -> str:
    ignored = f" IGNORED{_at(one['ignored_on'])}" if one["ignored"] else ""
    result = f" ({words(one['last_result'])} the last time)" if one["last_result"] else ""
    return f"{words(one['type'])}: {words(one['name'])} {words(one['status'])}{result}{ignored}"


def intervention(one: JsonObject) -> str:
    by = f" by {words(one['answered_by'])}" if one["answered_by"] else ""
    asked = f" asked{said(one['instructions'])}" if one["instructions"] else ""
    return f"{words(one['name'])}:{asked} {words(one['status'])}{by}{_at(one['modified_on'])}{said(one['comments'])}"


def said(value: Json) -> str:
    """Somebody's words, in quotes."""
    return f' "{words(value)}"' if value else ""


def _at(value: Json) -> str:
    return f" at {words(value)}" if value else ""


LISTS: Mapping[str, Callable[[JsonObject], str]] = {
    "artifacts": artifact,
    "approvals": approval,
    "gates": gate,
    "interventions": intervention,
}
"""Columns that hold lists of objects, and how one of them reads."""


def parts(row: JsonObject, column: str) -> list[str]:
    """What a column of a row holds, each thing of a list by itself."""
    if column in LISTS:
        return [LISTS[column](one) for one in objects(row[column])]
    if isinstance(row[column], list):
        return [text(one) for one in as_list(row[column])]
    return [words(row[column])]

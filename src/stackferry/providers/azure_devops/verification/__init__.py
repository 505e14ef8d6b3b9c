"""What an archive says of itself, and whether its project, another archive or another project says the same.

May import the rooms below `importing`. Must never import `importing` or `matching`: what an import did is judged here
from outside, by what both sides say.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, texts
from stackferry.providers.azure_devops.kinds import project_id
from stackferry.providers.azure_devops.options import AzureReadOptions
from stackferry.providers.azure_devops.verification.comparison import ArchiveComparison, is_of_this_project
from stackferry.providers.azure_devops.verification.elsewhere.comparison import ProjectComparison
from stackferry.providers.azure_devops.verification.whole import inconsistencies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject
    from stackferry.providers.source import ReadOptions, RecordStore
    from stackferry.providers.system import Comparison
    from stackferry.providers.target import ImportContext

__all__ = [
    "NothingMatched", "changes", "equality", "inconsistencies", "reading_to_verify", "share_project",
]  # fmt: skip
# Options of an export that are named otherwise in its manifest, or say nothing of a comparison.
_OTHERWISE = frozenset({"no_logs", "drop_vanished", "salt", "strict", "versions", "assets", "keep_secrets"})


def equality(context: ImportContext, known_gaps: Iterable[JsonObject]) -> Comparison:
    """A comparison of an archive with what its project holds now, or with what was made anew in another one."""
    if is_of_this_project(context):
        return ArchiveComparison(context, tells_edits=False)
    return ProjectComparison(context, known_gaps)


def changes(context: ImportContext, known_gaps: Iterable[JsonObject]) -> Comparison:
    """What changed between two archives of one project, or what two projects have otherwise."""
    if is_of_this_project(context) or share_project(context.source, context.target):
        return ArchiveComparison(context, tells_edits=True)
    return ProjectComparison(context, known_gaps, tells_edits=True)


def reading_to_verify(manifest: JsonObject, salt: str, *, is_origin: bool) -> ReadOptions:
    """Its own project is read as the archive was made; of another one all but logs, of which no import makes any."""
    if not is_origin:
        return AzureReadOptions(salt=salt, no_logs=True)
    made_with = as_object(manifest.get("options"))
    names = {one.name for one in fields(AzureReadOptions)} - _OTHERWISE
    given = {
        name: frozenset(texts(value)) if isinstance(value, list) else value
        for name, value in made_with.items()
        if name in names
    }
    return AzureReadOptions(**given, salt=salt, no_logs=made_with.get("logs") is not True)  # type: ignore[arg-type]  # as written


def share_project(left: RecordStore, right: RecordStore) -> bool:
    """Whether two archives are of one project, however its place is spelled: by its guid in some record."""
    one, other = project_id(left), project_id(right)
    return bool(one) and one == other


class NothingMatched:
    """The identities of two projects of which nothing is recorded."""

    def target(self, kind: str, source: str) -> str | None:
        del kind, source
        return None

    def is_target(self, kind: str, target: str) -> bool:
        del kind, target
        return False

"""What a snapshot never holds, because neither the API nor the plan can tell that it is there.

A limit is no gap: nothing shows whether a stack has any of it, so it has no exit code. What was seen and is lost, or
was refused to the token, is a gap. Pure. Pages: the guides of the features; none has a call that a management token
may use, but for the settings.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json

LIVE: Final = {
    "drafts": "changes that were never saved: no call lists them, and with them a draft would pass for the content",
    "personalize": "audiences, experiences and events of Personalize: another service, which needs a login",
    "comments": "comments and discussions of entries: no call of the API has them",
    "variant_versions": "versions of variants before the latest: no page has a call that reads one; one that is live "
    "or in a release is a gap of an import",
    "file_version_names": "names of versions of files: a list of its own for each file has them; those of entries are "
    "here with --versions all",
    "tasks": "requests for approval: they are kept for each user",
    "history": "past workflow stages, the audit log, runs of webhooks and jobs: the service's own records",
    "trash": "deleted content: no call lists it, and after 14 days nothing brings it back",
    "spaces": "spaces, types, fields and languages of assets of Assets 2.0: another service, which needs a login",
    "apps": "installations of apps, and what they keep elsewhere: they need a login; the fields that name one are here",
    "studio": "projects of Studio and Launch: other services, which need a login",
    "stack_settings": "settings of the stack: this token may not read them; management tokens have no right to them",
    "branch_aliases": "aliases that point at the branch",
    "tokens": "delivery, preview and management tokens: they must be made anew",
}
# Instead of "stack_settings", where they were read.
SETTINGS_READ: Final = {
    "settings_of_targets": "the settings of the stack are here to be looked up: no import writes them",
}
# Of exports that were not asked for every version.
NOT_ALL_VERSIONS: Final = {
    "version_names": "names of versions that are not here: --versions all reads them",
    "older_versions": "versions before the latest that nothing shows or plans: --versions all reads them",
}
CSDX: Final = {
    "releases": "releases and their items: the vendor's layout does not hold them",
    "schedules": "scheduled publishing and unpublishing: the vendor's layout does not hold it",
    "metadata": "what extensions keep beside files, and where what they keep is published: the CLI asks for neither",
    "taxonomy_publications": "where taxonomies are live: version 1 of the CLI does not ask for it",
    "workflow_stages": "the stage of an entry: the vendor's CLI does not ask for it",
    "version_names": "names of versions: the vendor's layout does not hold them",
    "older_versions": "versions before the latest, unless the CLI was asked for them; one that is live is a gap",
}


def limits(
    *,
    made_by_csdx: bool = False,
    versions: str = "all",
    has_settings: bool = False,
    lacking: Mapping[str, str] = MappingProxyType({}),
) -> list[Json]:
    """As a manifest lists them; `versions`: those that an export asked for; `has_settings`: the snapshot holds them.

    `lacking`: the kinds that the service says it does not have.
    """
    found = {
        **{kind: reason for kind, reason in LIVE.items() if not (has_settings and kind == "stack_settings")},
        **(SETTINGS_READ if has_settings else {}),
        **({} if versions == "all" else NOT_ALL_VERSIONS),
        **(CSDX if made_by_csdx else {}),
        **lacking,
    }
    return [{"kind": kind, "reason": reason} for kind, reason in sorted(found.items())]

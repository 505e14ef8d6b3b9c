"""What a target goes on having that its source has not, where an import looked for it. Pure.

An import makes what the snapshot holds, and deletes nothing but with `--mirror`. So that nobody believes both to be
equal, what is beyond the snapshot is told. Everything comes from the snapshot and from what was read of the target
before the import began.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested, text
from stackferry.model import Left
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.importing.mirror.surplus import KINDS, unpaired
from stackferry.providers.contentful.kinds import record_key

if TYPE_CHECKING:
    from stackferry.providers.target import ImportContext

_REASON: Final = "only the target has it"
_KINDS: Final = (
    *(
        kinds.LOCALES,
        kinds.EXTENSIONS,
        kinds.APP_INSTALLATIONS,
        kinds.TAGS,
        kinds.CONTENT_TYPES,
        kinds.ASSETS,
    ),
    *(kinds.ENTRIES, kinds.RELEASES, kinds.SCHEDULED_ACTIONS, kinds.WORKFLOW_DEFINITIONS, kinds.WORKFLOWS),
    *(kinds.ROLES, kinds.WEBHOOKS),
)


def left_in_target(context: ImportContext) -> list[Left]:
    """A row for each kind, of entries for each content type."""
    if context.options.selection.is_narrow:
        return []  # what is not selected is beyond it, and nobody asked for that
    names = tuple(
        kind.name
        for kind in _KINDS
        if context.options.includes(kind.name) and not (context.options.mirror and kind.name in KINDS)
    )
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for kind, stream, row in unpaired(context, names):
        is_over = kind == kinds.SCHEDULED_ACTIONS.name and nested(row, "sys", "status") != "scheduled"
        if not is_over:
            found[kind, stream.type].append(text(record_key(kind, row)[0]))
    order = {kind.name: place for place, kind in enumerate(_KINDS)}
    return [
        Left(kind=kind, content_type=of_type, uids=tuple(uids), reason=_REASON)
        for (kind, of_type), uids in sorted(found.items(), key=lambda one: (order[one[0][0]], one[0][1]))
    ]

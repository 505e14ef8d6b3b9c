"""What a target goes on having that its source has not, where an import looked for it. Pure.

An import makes what the snapshot holds, and deletes nothing but with `--mirror`. So that nobody believes both to be
equal, what is beyond the snapshot is told, and so is what belongs to the whole space or organization and has changed
since: no import into an environment of that space writes it. Everything comes from the snapshot and from what was read
of the target before the import began.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested, text
from stackferry.model import Left, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.credentials import redact_salted
from stackferry.providers.contentful.importing.environments.told import Told
from stackferry.providers.contentful.importing.mirror.surplus import KINDS, unpaired
from stackferry.providers.contentful.importing.objects import content_of
from stackferry.providers.contentful.importing.stored import same_but_redacted
from stackferry.providers.contentful.importing.taxonomy import DERIVED
from stackferry.providers.contentful.importing.types.fields import added_fields
from stackferry.providers.contentful.importing.types.plan import removes_fields
from stackferry.providers.contentful.kinds import record_key, sys_id
from stackferry.providers.contentful.options import write_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.target import ImportContext

_REASON: Final = "only the target has it"
_FIELD: Final = (
    "the target's type has this field, the snapshot's has not: it keeps it, with what entries hold in it"
)
_OF_SPACE: Final = (
    "it belongs to the whole space, which has it otherwise today: an import into an environment of that space writes "
    "it only with --only"
)
_OF_ORGANIZATION: Final = "the organization has it otherwise: --taxonomy update changes it"
_TAXONOMY: Final = (kinds.CONCEPTS.name, kinds.CONCEPT_SCHEMES.name)
_TYPES: Final = (kinds.CONTENT_TYPES, kinds.PUBLISHED_CONTENT_TYPES)
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
    options = write_options(context.options)
    if options.selection.is_narrow or options.is_part:
        return []  # what is not selected is beyond it, and nobody asked for that
    names = tuple(
        kind.name
        for kind in _KINDS
        if options.asks_for(kind.name) and not (options.mirror and kind.name in KINDS)
    )
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for kind, stream, row in unpaired(context, names):
        is_over = kind == kinds.SCHEDULED_ACTIONS.name and nested(row, "sys", "status") != "scheduled"
        if not is_over:
            found[kind, stream.type].append(text(record_key(kind, row)[0]))
    order = {kind.name: place for place, kind in enumerate(_KINDS)}
    beyond = [
        Left(kind=kind, content_type=of_type, uids=tuple(uids), reason=_REASON)
        for (kind, of_type), uids in sorted(found.items(), key=lambda one: (order[one[0][0]], one[0][1]))
    ]
    return [*Told(context).newer(), *beyond, *_fields(context), *_otherwise(context)]


def _fields(context: ImportContext) -> Iterator[Left]:
    """Fields that the target's types were given since, as they are or as they are live: a row for each type."""
    options = context.options
    if removes_fields(options) or not options.includes(kinds.CONTENT_TYPES.name):
        return
    for row in context.source.objects(Stream(kinds.CONTENT_TYPES.name)):
        uid = sys_id(row)
        shown = (context.target.get(Stream(kind.name), uid) for kind in _TYPES)
        added = [text(field.get("id")) for held in shown if held for field in added_fields(row, held)]
        if added:
            yield Left(kind="fields", content_type=uid, uids=tuple(dict.fromkeys(added)), reason=_FIELD)


def _otherwise(context: ImportContext) -> Iterator[Left]:
    """What the space, or its organization, has otherwise than the snapshot and was not to be written."""
    options = write_options(context.options)
    for kind in kinds.KINDS:
        is_left = kind.name in options.shared or (kind.name in _TAXONOMY and not options.update_taxonomy)
        if is_left and options.asks_for(kind.name):
            rows = context.source.objects(Stream(kind.name))
            uids = tuple(sys_id(row) for row in rows if _differs(context, kind, row))
            if uids:
                reason = _OF_SPACE if kind.name in options.shared else _OF_ORGANIZATION
                yield Left(kind=kind.name, uids=uids, reason=reason)


def _differs(context: ImportContext, kind: Kind, row: JsonObject) -> bool:
    """Whether what all have in common is not what it was when the snapshot was made."""
    held = context.target.get(Stream(kind.name), sys_id(row))
    if held is None:
        return kind.name not in _TAXONOMY  # what the organization lacks is made
    mine, theirs = content_of(row, *DERIVED), content_of(held, *DERIVED)
    return not same_but_redacted(redact_salted(kind.name, mine, context.salt), theirs)

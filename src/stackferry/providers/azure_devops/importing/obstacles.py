"""Why a snapshot cannot go into a project, all at once, before anything is written. Pure.

API pages: "General Settings: Get" (`disableClassicReleasePipelineCreation`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.exact_json import dumps
from stackferry.json_values import nested, text
from stackferry.model import Stream
from stackferry.providers.azure_devops.importing.bodies import definitions
from stackferry.providers.azure_devops.kinds import MAPPED, PROJECTS, RELEASES, SETTINGS, project_id
from stackferry.providers.azure_devops.matching.alike import told
from stackferry.providers.azure_devops.matching.mapping import mapped
from stackferry.providers.azure_devops.matching.rule import matches
from stackferry.providers.azure_devops.options import NEVER_IN_PLACE, write_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.matching.mapping import Missing
    from stackferry.providers.target import ImportContext

_SHOWN = 3  # places that a line names


def obstacles(context: ImportContext) -> list[str]:
    """What has to be settled first, a sentence each."""
    return [*_own_project(context)] or [*_switched_off(context), *_unmapped(context), *_doubtful(context)]


def _doubtful(context: ImportContext) -> Iterator[str]:
    """Releases of the target that may be of the snapshot, where nothing tells it for sure."""
    options = write_options(context.options)
    found = context.once(matches).alike if options.includes(RELEASES.name) else None
    if found is None or not found.doubtful:
        return
    rest = len(found.doubtful) - _SHOWN
    lines = [
        f"  of {text(nested(one, 'releaseDefinition', 'name'))}: {told(other)} may be {told(one)} of the snapshot"
        for one, other in found.doubtful[:_SHOWN]
    ]
    yield "\n".join(
        [
            f"{context.place} holds releases that bear no mark of an import and may be of this snapshot:",
            *lines,
            *([f"  and {rest} more"] if rest > 0 else []),
            _WAYS_OUT,
        ]
    )


_WAYS_OUT = (
    "Name the directory of the import that made them with --state, or delete those that it has made; where they are "
    "others, --ignore-alike makes the snapshot's anew beside them"
)


def _own_project(context: ImportContext) -> Iterator[str]:
    """The project that the snapshot comes from may be named in several ways; its id is one."""
    given = text((context.target.get(Stream(PROJECTS.name), "") or {}).get("id")).lower()
    there = given or project_id(context.target)
    if there and there == project_id(context.everything):
        yield f"{context.place} is the project that this snapshot comes from ({there}): {NEVER_IN_PLACE}"


def _switched_off(context: ImportContext) -> Iterator[str]:
    """Definitions cannot be made where an administrator has switched that off."""
    settings = context.target.get(Stream(SETTINGS.name), "") or {}
    plan = context.once(definitions)
    is_off = settings.get("disableClassicReleasePipelineCreation") is True
    if is_off and any(plan.held(uid) is None for uid, _ in plan.written()):
        yield (
            f"{context.place} makes no classic release pipelines: 'Disable creation of classic release pipelines' is "
            "on in the settings of its pipelines, or of its organization; switch it off for the time of the import"
        )


def _unmapped(context: ImportContext) -> Iterator[str]:
    """Everything that definitions point at and the target has not, with the lines of a mapping file to fill in."""
    wanted = (row for _, row in context.once(definitions).written())
    missing = unmapped(context, [*wanted])
    if not missing:
        return
    lines = [
        f"definitions point at what {context.place} has not:",
        *_told(missing),
        "",
        "Say what to take in a file",
    ]
    lines[-1] += " (--map FILE), with a name or an id of the target after each equals sign:"
    yield "\n".join([*lines, *mapping_lines(missing)])


def unmapped(context: ImportContext, rows: list[JsonObject]) -> list[Missing]:
    """What these definitions need, was not left out on purpose, and is not in the target."""
    without = write_options(context.options).without
    return [one for one in context.once(mapped).missing(rows) if one.pointer.kind not in without]


def _told(missing: list[Missing]) -> Iterator[str]:
    """A line for each thing, with the places that need it."""
    for (kind, name, uid), found in _by_thing(missing).items():
        places = list(dict.fromkeys(one.pointer.where for one in found))
        shown = "; ".join(places[:_SHOWN]) + (f"; and {len(places) - _SHOWN} more" * (len(places) > _SHOWN))
        called = f"'{name}'" if name else f"{uid}, whose name the snapshot does not tell"
        several = f", of which the target has {len(found[0].found)}" if found[0].found else ""
        yield f"  {_WORDS[kind]} {called}{several}{_not_there(found[0])} ({shown})"


def _not_there(missing: Missing) -> str:
    """That what the user named is not in the target, and what comes close."""
    near = f", which has {' and '.join(repr(one) for one in missing.like)}" if missing.like else ""
    return f", by --map '{missing.asked}' of the target{near}" if missing.asked else ""


_WORDS = {
    "queues": "queue",
    "deployment_groups": "deployment group",
    "variable_groups": "variable group",
    "task_groups": "task group",
    "connections": "service connection",
    "secure_files": "secure file",
    "builds": "build definition",
    "repositories": "repository",
    "projects": "project",
    "people": "user or group",
}


def _by_thing(missing: list[Missing]) -> dict[tuple[str, str, str], list[Missing]]:
    found: dict[tuple[str, str, str], list[Missing]] = {}
    for one in sorted(missing, key=lambda one: (MAPPED.index(one.pointer.kind), one.name, one.pointer.id)):
        version = f" {one.pointer.version}" if one.pointer.version else ""
        key = (one.pointer.kind, one.name, f"{one.pointer.id}{version}")
        found.setdefault(key, []).append(one)
    return found


def mapping_lines(missing: list[Missing]) -> Iterator[str]:
    """The lines of a mapping file (TOML) to fill in."""
    kind = ""
    for of, name, uid in _by_thing(missing):
        if of != kind:
            kind = of
            yield f"[{kind}]"
        yield f'{dumps(name or uid).decode()} = ""'

"""What of a project can never be made anew, counted: one gap for each kind, however many objects there are. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stackferry.json_values import integer, nested, objects, text
from stackferry.model import Gap, Remark, Stream
from stackferry.providers.azure_devops.content.releases import approvals, attempts, word
from stackferry.providers.azure_devops.exporting.lists import shown_uid
from stackferry.providers.azure_devops.importing.bodies import definitions
from stackferry.providers.azure_devops.importing.release_bodies import (
    definition_uid,
    has_definition,
    release_bodies,
)
from stackferry.providers.azure_devops.kinds import (
    BUILDS,
    DEFINITION_REVISIONS,
    DEFINITIONS,
    DEPLOYMENTS,
    FILES,
    PEOPLE,
    RELEASES,
)
from stackferry.providers.azure_devops.matching.mapping import mapped
from stackferry.providers.azure_devops.matching.rule import matches
from stackferry.providers.azure_devops.options import write_options
from stackferry.providers.target import PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext, Steps

_ALL = "*"  # the uid of a gap that is about many objects
_STAYS = "they stay in the snapshot, which is the evidence"


def told(context: ImportContext) -> Steps:
    """One step that leaves these gaps."""
    built = PreparedWrite(gaps=[*_gaps(context)], remarks=[*_alike(context)])
    if built.gaps or built.remarks:
        yield Write(
            key="told",
            kind=RELEASES.name,
            build=lambda: built,
            read=lambda _: WriteResult(),
            failed=Gap(kind=RELEASES.name, uid=_ALL, reason=""),
        )


def _alike(context: ImportContext) -> Iterator[Remark]:
    """Of each definition how many releases were taken for those of the snapshot without a mark."""
    found = context.once(matches).alike if write_options(context.options).includes(RELEASES.name) else None
    for uid, count in sorted(found.counts.items()) if found is not None else ():
        reason = f"{count} of its releases bear no mark, and are the snapshot's by name, artifacts, variables and order"
        yield Remark(list="alike", kind=DEFINITIONS.name, uid=shown_uid(uid), reason=reason)


def _gaps(context: ImportContext) -> Iterator[Gap]:
    options = write_options(context.options)
    if options.includes(DEFINITIONS.name):
        yield from _of_definitions(context)
    if options.includes(RELEASES.name):
        yield from _of_releases(context)


def _of_definitions(context: ImportContext) -> Iterator[Gap]:
    revisions = _count(context, DEFINITION_REVISIONS.name) - _count(context, DEFINITIONS.name)
    if revisions > 0:
        yield Gap(
            kind=DEFINITION_REVISIONS.name,
            uid=_ALL,
            reason=f"{revisions} older revisions of definitions, with who made them and when: {_STAYS}",
        )
    missing = context.once(mapped).missing(context.source.objects(Stream(DEFINITIONS.name)))
    for kind, count in sorted(Counter(one.pointer.kind for one in missing).items()):
        words = f"{count} places of definitions point at {kind.replace('_', ' ')} that were left out (--import-without)"
        alone = "; a stage all of whose approvers were left out approves by itself" * (kind == PEOPLE.name)
        yield Gap(kind=kind, uid=_ALL, reason=words + alone)


def _of_releases(context: ImportContext) -> Iterator[Gap]:
    found = _Counted(context)
    for (kind, words), count in found.lost.items():
        yield Gap(kind=kind, uid=_ALL, reason=f"{words.format(count=count)}: {_STAYS}")
    if logs := _count(context, FILES.name):
        yield Gap(kind=FILES.name, uid=_ALL, reason=f"{logs} logs and files of releases: {_STAYS}")
    for alias, count in sorted(found.kept.items()):
        words = (
            f"{count} versions of artifact {alias} have no build of that number in the target: they keep the id of the "
            "source where no other build has it, and their releases are drafts where one has"
        )
        yield Gap(kind=BUILDS.name, uid=alias, reason=words)
    for uid, count in sorted(found.without_definition.items()):
        called = f" ('{found.names[uid]}')" if found.names.get(uid) else ""
        words = (
            f"{count} releases of definition {shown_uid(uid)}{called}, which is not in the snapshot any more"
        )
        yield Gap(
            kind=RELEASES.name,
            uid=_ALL,
            reason=f"{words}: they cannot be made anew",
            path=f"/{shown_uid(uid)}",
        )


class _Counted:
    """What is lost of the releases of a snapshot, read once."""

    def __init__(self, context: ImportContext) -> None:
        self.lost, self.kept = Counter[tuple[str, str]](), Counter[str]()
        self.without_definition, self.names = Counter[str](), dict[str, str]()
        bodies = context.once(release_bodies)
        for row in context.source.objects(Stream(RELEASES.name)):
            if not has_definition(context, row):
                uid = definition_uid(row)
                self.without_definition[uid] += 1
                self.names.setdefault(uid, text(nested(row, "releaseDefinition", "name")))
                continue
            self._count(context, row)
            self.kept.update(bodies.kept(row))

    def _count(self, context: ImportContext, row: JsonObject) -> None:
        self.lost[RELEASES.name, "{count} releases have other ids, dates and creators in the target"] += 1
        attempted = sum(1 for _ in attempts(row))
        self._add(
            DEPLOYMENTS.name,
            "{count} deployments with their attempts, tasks, gates and interventions",
            attempted,
        )
        given = sum(1 for one in approvals(row) if one.get("isAutomated") is not True)
        self._add(
            "approvals",
            "{count} approvals that people were asked for, with their answers",
            given,
        )
        edited = (integer(row.get("definitionSnapshotRevision")) or 0) > 1
        self._add(
            "definition_snapshots", "{count} definitions that were edited for one release alone", int(edited)
        )
        revision = context.once(definitions).revision(definition_uid(row))
        is_older = row.get("releaseDefinitionRevision") != revision
        words = "{count} releases of older revisions of their definition, which have the current one in the target"
        self._add(DEFINITION_REVISIONS.name, words, int(is_older))
        secret = sum(1 for _ in _secrets(row))
        self._add("secrets", "{count} values of secret variables of releases", secret)

    def _add(self, kind: str, words: str, count: int) -> None:
        if count:
            self.lost[kind, words] += count


def _secrets(release: JsonObject) -> Iterator[str]:
    for holder in (release, *objects(release.get("environments"))):
        variables = holder.get("variables")
        for name, variable in variables.items() if isinstance(variables, dict) else ():
            if nested(variable, "isSecret") is True or word(nested(variable, "isSecret")) == "true":
                yield name


def _count(context: ImportContext, kind: str) -> int:
    return sum(1 for _ in context.source.objects(Stream(kind)))

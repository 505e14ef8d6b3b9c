"""The plan of an archive: its stages in their order. Pure.

Definitions and releases come first, each asked for while the list that names it goes on. The list of deployments comes
after them, and shows what has moved meanwhile. Then comes what a base still holds, and last come logs: a log is read
after its release, and where an attempt still runs, the release once more after its log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.azure_devops.exporting import (
    definitions,
    deleted,
    deployments,
    logs,
    pointed_at,
    releases,
    unknown_names,
    vanished,
)
from stackferry.providers.azure_devops.exporting.base import BaseRecords
from stackferry.providers.azure_devops.exporting.inventory import AzureInventoryOptions, Inventory
from stackferry.providers.azure_devops.exporting.selection import names_definitions
from stackferry.providers.azure_devops.hosts import Root
from stackferry.providers.azure_devops.options import read_options
from stackferry.providers.azure_devops.refusals import refusal
from stackferry.providers.source import Derived

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.model import Place, Request, Response
    from stackferry.providers.file_signing import FileSigner
    from stackferry.providers.source import (
        Change,
        ExportStage,
        GrowingStore,
        Job,
        KnownRecord,
        Outdated,
        Parts,
        ReadOptions,
        RecordStore,
        Rounds,
        TempTables,
    )
    from stackferry.providers.target import WriteOptions


class AzureExportPlan:
    """Azure DevOps's side of an export."""

    file_signer: FileSigner | None = None

    def __init__(self, place: Place, base: BaseRecords | None = None) -> None:
        """`base`: an earlier archive of the same project, from which this one grows."""
        self._place, self._base = place, base
        self._root = Root.of(place)
        self.stages: tuple[ExportStage | Rounds, ...] = (
            self.definitions,
            self.stage_names,
            self.lists,
            self.details,
            self.deployments,
            self.moved,
            self.kept,
            self.logs,
            self.after_logs,
            self.settled,
            self.last_logs,
        )

    # --- stages ---

    def definitions(self, _: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Definitions, each led to by its row. Alone, so that a bad token is noticed by one request."""
        yield definitions.definition_list(self._root, read_options(options), leads_on=self._base is None)

    field_descriptions = definitions

    def stage_names(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Which stages there were, where one is asked for that no definition has today."""
        yield from unknown_names.stages_of_deployments(self._root, staged, read_options(options))

    def lists(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Releases, each led to by its row; folders; what definitions point at."""
        own, leads_on = read_options(options), self._base is None
        unknown_names.refuse_stages(staged, own)
        if not names_definitions(own):
            yield releases.release_list(self._root, own, leads_on=leads_on)
        yield pointed_at.folders(self._root, own)
        yield from pointed_at.pointed_at(self._root, own)
        if own.deleted:
            yield from deleted.deleted_lists(self._root, own)

    def details(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """What rows led to and was not read, or comes from a base."""
        own = read_options(options)
        yield from definitions.definition_details(self._root, staged, own, self._base)
        yield from releases.lists_of_definitions(self._root, staged, own)
        yield from releases.release_details(self._root, staged, own)
        yield from deleted.deleted_details(self._root, staged, own)

    def deployments(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Deployments, and what histories name."""
        own = read_options(options)
        yield from deployments.deployment_lists(self._root, staged, own, self._base)
        yield from definitions.revisions(self._root, staged, own)
        yield from releases.release_details(self._root, staged, own)  # of lists of single definitions

    def moved(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Releases that deployments show in another state than they were read in."""
        yield from deployments.moved(self._root, staged, read_options(options), self._base)

    def kept(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """What a base still holds; and the definitions of releases that are there."""
        own = read_options(options)
        yield from unknown_names.unknown_names(staged, own)
        yield from releases.definition_snapshots(self._root, staged, own)
        yield from releases.interventions(self._root, staged, own, self._base)
        if self._base is not None:
            yield from vanished.kept(staged, own, self._base)

    def logs(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """The log of every release that was deployed; lists of attachments."""
        own = read_options(options)
        if self._base is not None:
            yield from vanished.redacted(staged, self._base)
        yield from logs.logs(self._root, staged, own, self._base)
        yield from logs.attachment_lists(self._root, staged, own)

    def after_logs(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Releases that ran while their log was read."""
        yield from logs.after_logs(self._root, staged, read_options(options), self._base)

    def settled(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Those of them that have moved."""
        del options
        yield from logs.settled(staged)

    def last_logs(self, staged: GrowingStore, options: ReadOptions) -> Iterator[Job]:
        """Their logs; logs of single tasks and attachments, where they are asked for."""
        yield from logs.logs_again(self._root, staged)
        yield from logs.task_logs(self._root, staged, read_options(options))
        yield from logs.attachments(self._root, staged)

    # --- the order of a copy, and of an inventory ---

    @property
    def importable_after(self) -> str:
        return self.last_logs.__name__

    def in_parts(self, scratch: TempTables) -> Sequence[ExportStage | Parts]:
        del scratch
        return [stage for stage in self.stages if callable(stage)]

    def inventory(self, options: WriteOptions, reading: ReadOptions) -> Sequence[ExportStage | Rounds]:
        del options
        if isinstance(reading, AzureInventoryOptions):
            return Inventory(self._root, reading).stages()
        return self.stages

    # --- what an earlier archive gives ---

    def with_base(self, base: GrowingStore, options: ReadOptions) -> AzureExportPlan:
        records = BaseRecords(base)
        records.check(read_options(options))
        return AzureExportPlan(self._place, records)

    def known(
        self,
        base: GrowingStore,
        staged: RecordStore,
        options: ReadOptions,
        *,
        has_all_assets: bool,
        is_whole: Callable[[str], bool],
        trust_version_lists: bool,
    ) -> KnownRecord:
        del options, has_all_assets, is_whole, trust_version_lists
        records = BaseRecords(base)
        return lambda key: records.known(staged, key)

    def outdated(self, staged: GrowingStore, change: Change) -> Sequence[Outdated]:
        del staged, change
        return ()

    def derived(self, options: ReadOptions) -> Derived:
        del options
        return Derived()

    def error(self, request: Request, response: Response) -> Exception:
        return refusal(request, response)

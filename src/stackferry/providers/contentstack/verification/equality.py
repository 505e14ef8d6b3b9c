"""One comparison of a target with a snapshot, from the ground up. Pure.

What only the service decides (times, users, numbers of versions, uids of block instances) is not compared.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.providers.contentstack.verification.chosen import Chosen, is_part
from stackferry.providers.contentstack.verification.deployments import planned_deployments
from stackferry.providers.contentstack.verification.entries import compare_entries
from stackferry.providers.contentstack.verification.findings import Findings
from stackferry.providers.contentstack.verification.live_taxonomies import compare_live_taxonomies
from stackferry.providers.contentstack.verification.not_compared import NOT_COMPARED
from stackferry.providers.contentstack.verification.objects import (
    compare_assets,
    compare_objects,
    compare_translations,
)
from stackferry.providers.contentstack.verification.publishing import PublishingComparison
from stackferry.providers.contentstack.verification.term_order import compare_term_order
from stackferry.providers.contentstack.verification.variants import compare_variants
from stackferry.providers.contentstack.verification.version_names import compare_version_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.differences import Change, Mismatch
    from stackferry.providers.target import ImportContext


class Equality:
    """One comparison. `gaps` and `compared` are complete when `mismatches` is exhausted.

    `known_gaps`: what the snapshot or its import recorded as missing is a gap again, and no difference. With
    `tells_edits` the content of entries is compared as people edit it: what moved in a list is one difference.
    """

    def __init__(
        self, context: ImportContext, known_gaps: Iterable[JsonObject], *, tells_edits: bool = False
    ) -> None:
        target = Chosen(context) if is_part(context) else context.target
        self._context = replace(context, target=target)
        self._findings = Findings(known_gaps, tells_edits=tells_edits)
        self.gaps, self.compared = self._findings.gaps, self._findings.compared
        self.not_compared = NOT_COMPARED

    def mismatches(self) -> Iterator[Mismatch | Change]:
        context, findings = self._context, self._findings
        includes = context.options.includes
        yield from compare_objects(context, findings)
        if includes("terms"):
            yield from compare_term_order(context)
        if includes("taxonomies"):
            yield from compare_translations(context, findings)
            yield from compare_live_taxonomies(context)
        if includes("assets"):
            yield from compare_assets(context, findings)
        if includes("entries"):
            yield from compare_entries(context, findings)
            yield from compare_version_names(context, findings)
        if includes("variants"):
            yield from compare_variants(context, findings)
        yield from self._publishing()

    def _publishing(self) -> Iterator[Mismatch | Change]:
        context, findings, includes = self._context, self._findings, self._context.options.includes
        publishing = PublishingComparison(context, findings)
        yield from publishing.publications()
        # An import with `--publish none` schedules nothing either.
        if context.options.publish != "none" and includes("entries", "assets", "releases"):
            yield from publishing.schedules()
            if includes("releases"):
                yield from planned_deployments(context, findings)
        if includes("releases"):
            yield from publishing.releases()

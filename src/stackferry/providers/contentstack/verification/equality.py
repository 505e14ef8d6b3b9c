"""One comparison of a target with a snapshot, from the ground up. Pure.

What only the service decides (times, users, numbers of versions, uids of block instances) is not compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack.verification.assets import compare_assets
from stackferry.providers.contentstack.verification.entries import compare_entries
from stackferry.providers.contentstack.verification.findings import Findings
from stackferry.providers.contentstack.verification.objects import compare_objects
from stackferry.providers.contentstack.verification.publishing import PublishingComparison
from stackferry.providers.contentstack.verification.translations import compare_translations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.verification.findings import Mismatch
    from stackferry.providers.target import Replay


class Equality:
    """One comparison. `gaps` and `compared` are complete when `mismatches` is exhausted.

    `known_gaps`: what the snapshot or its import recorded as missing is a gap again, and no difference.
    """

    def __init__(self, replay: Replay, known_gaps: Iterable[JsonObject]) -> None:
        self._replay, self._findings = replay, Findings(known_gaps)
        self.gaps, self.compared = self._findings.gaps, self._findings.compared

    def mismatches(self) -> Iterator[Mismatch]:
        replay, findings = self._replay, self._findings
        includes, publishing = replay.options.includes, PublishingComparison(replay, findings)
        yield from compare_objects(replay, findings)
        if includes("taxonomies"):
            yield from compare_translations(replay, findings)
        if includes("assets"):
            yield from compare_assets(replay, findings)
        if includes("entries"):
            yield from compare_entries(replay, findings)
        yield from publishing.publications()
        if replay.options.publish != "none" and includes("entries", "assets", "releases"):
            yield from publishing.schedules()
        if includes("releases"):
            yield from publishing.releases()

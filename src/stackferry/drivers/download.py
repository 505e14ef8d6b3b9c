"""The download of one asset: as many bytes as the service announced, or a gap that names both numbers.

Bytes that do not fit the announced size are asked for once more. Then they are kept as they came: the size may be
what is wrong. Must never keep bytes that were cut short on the way.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stackferry.errors import BadAnswer
from stackferry.model import Gap, JsonObject, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.io.http.session import Session
    from stackferry.io.http.transport import ResponseStream
    from stackferry.io.storage.blobs import BlobStore
    from stackferry.providers.source import Download

_log = logging.getLogger("stackferry.export")


@dataclass(slots=True)
class AssetDownload:
    """One download. `others`: digest and size of each answer whose size was not the announced one."""

    job: Download
    blobs: BlobStore
    others: list[tuple[str, int]] = field(default_factory=list)

    async def fetch(self, session: Session) -> tuple[list[Record], list[Gap]]:
        """The record of the kept bytes, if there are any, and the gaps.

        Raises BadAnswer where the bytes are cut short at every attempt.
        """
        answer = await session.download(self.job.request, self._keep)
        if answer.kept is None:
            return [], [self._gap(f"its bytes are not to be had: status {answer.status}")]
        sha256, size = answer.kept
        job = self.job
        body: JsonObject = {"uid": job.uid, "version": job.version, "sha256": sha256, "size": size}
        return [Record(job.uid, body, job.version)], self._findings(size, answer.headers)

    async def _keep(self, stream: ResponseStream) -> tuple[str, int]:
        return await self.blobs.store(stream, self._check)

    def _check(self, sha256: str, size: int) -> None:
        if self.job.size in (None, size):
            return
        self.others.append((sha256, size))
        if len(self.others) == 1:
            raise BadAnswer(f"{size} bytes came, and the asset is said to have {self.job.size}")

    def _findings(self, size: int, headers: Mapping[str, str]) -> list[Gap]:
        """Delivery networks encode pictures anew: then the same picture comes twice."""
        job = self.job
        if job.size in (None, size):
            return []
        said = f"it is said to have {job.size} bytes and {size} came: kept as they came"
        picture = job.recoded and headers.get("content-type", "").lower().startswith("image/")
        if picture and self.others[-1] == self.others[-2]:
            _log.warning("asset %s: %s; delivery networks encode pictures anew", job.uid, said)
            return []
        return [self._gap(said)]

    def _gap(self, reason: str) -> Gap:
        return replace(self.job.gap, reason=reason)

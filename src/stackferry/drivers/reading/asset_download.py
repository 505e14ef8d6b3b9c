"""The bytes of one asset: asked for, counted, and kept only where they are whole.

Must never keep bytes of an asset that were cut short on the way.
"""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from stackferry.errors import AccessError, BadAnswer, Forbidden, Refused
from stackferry.model import Budget, Gap, JsonObject, Record, Response

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from stackferry.drivers.reading.signed_files import SignedFiles
    from stackferry.io.http.decorators import Downloaded
    from stackferry.io.http.session import Session
    from stackferry.io.http.transport import ResponseStream
    from stackferry.io.storage.blobs import BlobStore
    from stackferry.model import Request
    from stackferry.providers.source import Download

_UNSIGNED: Final = frozenset({401, 403})
_log = logging.getLogger("stackferry.export")
# A picture that is encoded anew may grow some times; what grows more is not the asset, and could fill the disk.
_SIZE_FACTOR, _SIZE_MARGIN = 4, 16 * 1024 * 1024


class NotYet(BadAnswer):
    """The bytes may be there later: the service is still looking at them."""


class _NoKey(Exception):
    """The service gives no key for signatures."""


class _TooLarge(Exception):
    """A download has brought more bytes than the asset can have."""


@dataclass(slots=True)
class AssetDownload:
    """One download. `error`: what a refusal by the API means.

    `others`: digest and size of each answer whose size was not the announced one.
    """

    job: Download
    blobs: BlobStore
    limit: int = 0
    signed: SignedFiles | None = None
    error: Callable[[Request, Response], Exception] = lambda _request, response: Forbidden(
        f"status {response.status}"
    )
    others: list[tuple[str, int]] = field(default_factory=list)

    async def fetch(self, session: Session) -> tuple[list[Record], list[Gap]]:
        """The record of the kept bytes, if there are any, and the gaps.

        Raises BadAnswer where the bytes are cut short at every attempt.
        """
        try:
            answer = await self._answer(session)
        except _TooLarge as large:
            return [], [self._gap(str(large))]
        except _NoKey as refused:
            return [], [self._gap(f"its address needs a signature, and no key is given for that: {refused}")]
        if answer.status in self.job.not_yet:
            raise NotYet(f"its bytes are not given yet: status {answer.status}")
        if answer.status in self.job.absent:
            return [], []
        if answer.kept is None:
            self._raise_if_about_token(answer)
            return [], [self._gap(f"its bytes are not to be had: status {answer.status}")]
        sha256, size = answer.kept
        job = self.job
        facts: JsonObject = {"uid": job.uid, "version": job.version}
        body: JsonObject = {**(facts if job.facts is None else job.facts), "sha256": sha256, "size": size}
        return [Record(job.uid, body, job.version)], self._findings(size, answer.headers)

    def _raise_if_about_token(self, answer: Downloaded[tuple[str, int] | None]) -> None:
        """A host of files refuses one file; the API refuses what the token may not read. Its words were not kept."""
        request = self.job.request
        if request.budget is not Budget.ASSET and answer.status in _UNSIGNED:
            raise self.error(request, Response(answer.status, answer.headers, b""))

    async def _answer(self, session: Session) -> Downloaded[tuple[str, int] | None]:
        """The bytes, asked for with a signature where the address needs one."""
        request = self.job.request
        if self.signed is None:
            return await session.download(request, self._store)
        if self.signed.is_needed(request):
            return await session.download(await self._sign(self.signed), self._store)
        answer = await session.download(request, self._store)
        # A host that is not known for it may want one too.
        if answer.status in _UNSIGNED and (signed := await self.signed.signed_if_possible(request)):
            return await session.download(signed, self._store)
        return answer

    async def _sign(self, signed: SignedFiles) -> Request:
        try:
            return await signed.signed(self.job.request)
        except (Refused, AccessError) as refused:
            raise _NoKey(str(refused)) from refused

    async def _store(self, stream: ResponseStream) -> tuple[str, int] | None:
        if stream.status in self.job.absent:
            return None
        async with aclosing(self._bounded(stream)) as pieces:
            return await self.blobs.store(pieces, check=self._check, look=self.job.check)

    async def _bounded(self, stream: ResponseStream) -> AsyncGenerator[bytes]:
        """The bytes, up to as many as an asset of its announced size may have."""
        most, received = self.most_bytes, 0
        async for piece in stream:
            received += len(piece)
            if most and received > most:
                said = "" if self.job.size is None else f", and it is said to have {self.job.size}"
                raise _TooLarge(
                    f"more than {most} bytes came{said}: not kept; --max-asset-size allows more or fewer"
                )
            yield piece

    @property
    def most_bytes(self) -> int:
        """How many bytes are taken, 0 for any number: what was asked for, else some times the announced size."""
        if self.limit:
            return self.limit
        return 0 if self.job.size is None else self.job.size * _SIZE_FACTOR + _SIZE_MARGIN

    def _check(self, sha256: str, size: int) -> None:
        if size == 0 and not self.job.may_be_empty:
            raise BadAnswer("no bytes came")
        if self.job.size in (None, size):
            return
        self.others.append((sha256, size))
        # The first answer of another size is asked for once more: it may have been cut short on the way.
        if len(self.others) == 1:
            raise BadAnswer(f"{size} bytes came, and the asset is said to have {self.job.size}")

    def _findings(self, size: int, headers: Mapping[str, str]) -> list[Gap]:
        """Delivery networks encode pictures anew: then the same picture comes twice."""
        job = self.job
        if job.size in (None, size):
            return []
        said = f"it is said to have {job.size} bytes and {size} came: kept as they came"
        picture = job.may_be_reencoded and headers.get("content-type", "").lower().startswith("image/")
        if picture and self.others[-1] == self.others[-2]:
            _log.warning("asset %s: %s; delivery networks encode pictures anew", job.uid, said)
            return []
        return [self._gap(said)]

    def _gap(self, reason: str) -> Gap:
        return replace(self.job.gap, reason=reason)

"""Addresses of files that only a signature opens: one key for all, asked for when it is first needed.

A key is never kept on disk. Must never sign an address of a request that goes to the API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio

from stackferry.drivers.answers import decoded
from stackferry.errors import AccessError, BadAnswer, Refused
from stackferry.io import redaction
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from stackferry.drivers.run import Run
    from stackferry.model import Request
    from stackferry.providers.file_signing import FileKey, FileSigner
    from stackferry.providers.source import ExportPlan

_MARGIN: Final = 600.0  # seconds: a key that ends sooner is replaced, so that no download outlasts it


class SignedFiles:
    """Signs requests for files of one export."""

    def __init__(self, run: Run, plan: ExportPlan) -> None:
        self._run, self._plan = run, plan
        self._signer: FileSigner | None = plan.file_signer
        self._key: FileKey | None = None
        self._refused: Refused | AccessError | None = None
        self._lock = anyio.Lock()

    def is_needed(self, request: Request) -> bool:
        """Whether the host of an address is known to want a signature."""
        return self._signer is not None and self._signer.is_needed(request)

    async def signed(self, request: Request) -> Request:
        """The same request with a signature. Raises what the service answers where it gives no key."""
        if self._signer is None:
            return request
        return self._signer.signed(request, await self._current_key(self._signer))

    async def signed_if_possible(self, request: Request) -> Request | None:
        """The same; None where there is no key to be had."""
        try:
            return await self.signed(request) if self._signer is not None else None
        except (Refused, AccessError):
            return None

    async def _current_key(self, signer: FileSigner) -> FileKey:
        async with self._lock:
            if self._refused is not None:  # it was refused to this token: that does not change
                raise self._refused
            now = self._run.session.wall()
            if self._key is None or self._key.ends < now + _MARGIN:
                self._key = await self._new_key(signer, now)
            return self._key

    async def _new_key(self, signer: FileSigner, now: float) -> FileKey:
        request = signer.key_request(now)
        response = await self._run.session.call(request)
        if not response.ok:
            refused = self._plan.error(request, response)
            if isinstance(refused, Refused | AccessError):
                self._refused = refused
            raise refused
        try:
            key = signer.read_key(as_object(decoded(request, response)), request)
        except BadAnswer as bad:  # its words could be the key's
            raise BadAnswer(f"{request.method} {request.path}: the answer holds no key") from bad
        for secret in key.parts.values():
            redaction.register(secret)
        return key

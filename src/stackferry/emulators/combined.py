"""Several emulated systems on one port: each request goes to the first that serves its path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer, EmulatorApplication, HttpRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import Budget, JsonObject


class Combined(EmulatorApplication):
    """Emulators that share faults, latency and log. The last one gets what none of the others serves."""

    def __init__(self, parts: Sequence[EmulatorApplication], *, latency: float = 0.0) -> None:
        super().__init__(latency=latency)
        self.parts = tuple(parts)
        self.max_body = max(part.max_body for part in parts)

    def _part(self, path: str) -> EmulatorApplication:
        return next((part for part in self.parts if part.serves(path)), self.parts[-1])

    def budget_of(self, method: str, path: str) -> Budget:
        return self._part(path).budget_of(method, path)

    def handle(self, request: HttpRequest) -> Answer:
        return self._part(request.path).handle(request)

    def refused_unread(self, request: HttpRequest) -> Answer | None:
        return self._part(request.path).refused_unread(request)

    def defect_body(self, defect: Exception) -> JsonObject:
        return self.parts[-1].defect_body(defect)

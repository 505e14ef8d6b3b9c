"""Whether a service stored what a write sent: the object in each answer is compared with the body. Pure.

A value that came back different is a gap. A key that was sent and is not in the answer may still be stored, because no
page says that an answer holds every key: the object is then read, and what it does not show is a gap. Where an answer
agrees nothing more is requested. What a service may answer in another form without losing anything its `StorageRules`
say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.providers.target import Confirmation, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stackferry.model import Gap, Json, JsonObject, Remark, Request
    from stackferry.providers.target import PreparedWrite, Probe

    Difference = tuple[str, Json, Json]  # path, what was sent, what was stored

EMPTY: Final[tuple[Json, ...]] = (None, "", [], {})
"""A service leaves out what is empty, or answers it in another of these forms."""
_LONGEST: Final = 80  # characters of a value in a gap's reason


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageRules:
    """What a system's answers to writes show.

    `unstored`: of a kind, a request and an answer, where the objects in it differ from what was sent. `read`: of the
    same three, the request that reads the one object that was written. `others`: of a write's gap, the version that it
    makes and its answer, what is told where somebody else has written meanwhile.
    """

    unstored: Callable[[str, Request, JsonObject], Iterable[Difference]]
    read: Callable[[str, Request, JsonObject], Request]
    others: Callable[[Gap, int, JsonObject], tuple[Gap, Remark] | None] = lambda _failed, _version, _answer: (
        None
    )


class CheckedWrite:
    """A write that remembers its request until the answer comes."""

    def __init__(self, write: Write, rules: StorageRules) -> None:
        self._write, self._rules = write, rules
        self._request: Request | None = None
        self._version: int | None = None

    def step(self) -> Write:
        fallback = None if self._write.fallback is None else self._fallback
        probe = None if self._write.probe is None else partial(self._probe, self._write.probe)
        return replace(self._write, build=self._build, read=self._read, fallback=fallback, probe=probe)

    def _build(self) -> PreparedWrite:
        built = self._write.build()
        self._request, self._version = built.request, built.version
        return built

    def _fallback(self) -> PreparedWrite | None:
        built = self._write.fallback() if self._write.fallback is not None else None
        self._request, self._version = (None, None) if built is None else (built.request, built.version)
        return built

    def _probe(self, ask: Callable[[JsonObject], Probe], note: JsonObject) -> Probe:
        probe = ask(note)
        return replace(probe, found=lambda answer: self._as_sent(probe.found(answer)))

    def _as_sent(self, found: Sequence[JsonObject]) -> Sequence[JsonObject]:
        """Of several objects those that are as they were sent, if there are any: somebody else made the others."""
        request = self._request
        if len(found) == 1 or request is None:
            return found
        same = [one for one in found if not any(self._rules.unstored(self._write.kind, request, one))]
        return same or found

    def _read(self, answer: JsonObject) -> WriteResult:
        """What the write made. A gap that its own reader found is not found a second time."""
        result, request = self._with_others(self._write.read(answer), answer), self._request
        if request is None or not (found := [*self._rules.unstored(self._write.kind, request, answer)]):
            return result
        known = {gap.path for gap in result.gaps}
        if all(stored is not None for _, _, stored in found):
            return replace(result, gaps=[*result.gaps, *self._gaps(found, known)])

        def gaps(shown: JsonObject) -> list[Gap]:
            return self._gaps(self._rules.unstored(self._write.kind, request, shown or answer), known)

        again = self._rules.read(self._write.kind, request, answer)
        return replace(result, confirm=Confirmation(again, gaps))

    def _with_others(self, result: WriteResult, answer: JsonObject) -> WriteResult:
        """The result, with what somebody else has written meanwhile."""
        # A write that may be sent twice may have made two versions by itself.
        is_told = self._version is not None and self._request is not None and not self._request.repeatable
        found = self._rules.others(self._write.failed, self._version or 0, answer) if is_told else None
        if found is None:
            return result
        return replace(result, gaps=[*result.gaps, found[0]], remarks=[*result.remarks, found[1]])

    def _gaps(self, found: Iterable[Difference], known: set[str]) -> list[Gap]:
        failed = self._write.failed
        gaps = (
            replace(
                failed,
                path=failed.path + path,
                reason=unstored(sent, stored),
            )
            for path, sent, stored in found
        )
        return [gap for gap in gaps if gap.path not in known]


def differences(
    sent: Json,
    stored: Json,
    is_same: Callable[[Json, Json], bool],
    left_out: frozenset[str] = frozenset(),
    path: str = "",
) -> Iterator[Difference]:
    """Where a stored value differs from the one that was sent; what the service added is no difference.

    `left_out` are keys that say nothing, wherever they stand; `is_same` compares what is no object and no list.
    """
    if isinstance(sent, dict) and isinstance(stored, dict):
        for name, value in sent.items():
            if name not in left_out:
                yield from differences(value, stored.get(name), is_same, left_out, f"{path}/{name}")
    elif isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        for index, value in enumerate(sent):
            yield from differences(value, stored[index], is_same, left_out, f"{path}/{index}")
    elif not is_same(sent, stored):
        yield path, sent, stored


def is_equal(sent: Json, stored: Json) -> bool:
    """Whether two values are one and the same: true is no 1."""
    return sent == stored and isinstance(sent, bool) == isinstance(stored, bool)


def unstored(sent: Json, stored: Json) -> str:
    """The reason of the gap of a value that came back different."""
    return f"the target stored {_shown(stored)}, sent was {_shown(sent)}"


def _shown(value: Json) -> str:
    shown = "nothing" if value is None else repr(value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"

"""Whether the service stored what a write sent: the object in each answer is compared with the body. Pure.

A value that came back different is a gap. A key that was sent and is not in the answer may still be stored, because no
page says that an answer holds every key: the object is then read, and what it does not show is a gap. Where an answer
agrees nothing more is requested. What the service may answer in another form without losing anything is
`_SERVER_KEYS` and the cases of `_differences`, each with its reason.
API pages: the sample answers of the "Create" and "Update" calls, "Import an entry", "Upload an asset".
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from stackferry.json_values import as_object, text
from stackferry.model import Request
from stackferry.providers.contentstack.importing.answers import Noticed
from stackferry.providers.contentstack.importing.meanwhile import written_between
from stackferry.providers.contentstack.kinds import BY_NAME, Kind
from stackferry.providers.contentstack.requests.build import sent_body
from stackferry.providers.redacted import REDACTED
from stackferry.providers.target import Confirmation, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Gap, Json, JsonObject
    from stackferry.providers.target import PreparedWrite, Step, WaitFor

    Difference = tuple[str, Json, Json]  # path, what was sent, what was stored

_SERVER_KEYS: Final = frozenset(
    {
        "uid",  # of an entry that is imported, and of each instance of a group: the service may give its own
        "non_localizable_content",  # beside it: the service answers it only where the instance follows the master
        "dirty",  # an editor's mark in a rich text's `attrs`, which the service removes
        "_version",  # of a rich text's root, counted by the service
    }
)
# A term's number among its siblings: a later step reads where it stands (`terms`), for the number itself says nothing.
_READ_LATER: Final = {"terms": frozenset({"/order"})}
# The service leaves out what is empty, or answers it in another of these forms.
_EMPTY: Final[tuple[Json, ...]] = (None, "", [], {})
_HIDDEN: Final = re.compile(r"\*+")  # a password is answered as asterisks
_LONGEST: Final = 80  # characters of a value in a gap's reason


def checked(step: Step | WaitFor | None) -> Step | WaitFor | None:
    """The step; if it is a write whose answer names an object, that is compared with what was sent."""
    if not isinstance(step, Write) or isinstance(step.read, Noticed):
        return step
    return _CheckedWrite(step).step()


class _CheckedWrite:
    """A write that remembers its request until the answer comes."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._request: Request | None = None
        self._version: int | None = None

    def step(self) -> Write:
        fallback = None if self._write.fallback is None else self._fallback
        return replace(self._write, build=self._build, read=self._read, fallback=fallback)

    def _build(self) -> PreparedWrite:
        built = self._write.build()
        self._request, self._version = built.request, built.version
        return built

    def _fallback(self) -> PreparedWrite | None:
        built = self._write.fallback() if self._write.fallback is not None else None
        self._request, self._version = (None, None) if built is None else (built.request, built.version)
        return built

    def _read(self, answer: JsonObject) -> WriteResult:
        """What the write made. A gap that its own reader found is not found a second time."""
        result, request = self._with_others(self._write.read(answer), answer), self._request
        if request is None or not (found := list(self._unstored(request, answer))):
            return result
        known = {gap.path for gap in result.gaps}
        if all(stored is not None for _, _, stored in found):
            return replace(result, gaps=[*result.gaps, *self._gaps(found, known)])

        def gaps(shown: JsonObject) -> list[Gap]:
            return self._gaps(self._unstored(request, shown or answer), known)

        kind = BY_NAME.get(self._write.kind)
        return replace(result, confirm=Confirmation(_read_request(kind, request, answer), gaps))

    def _with_others(self, result: WriteResult, answer: JsonObject) -> WriteResult:
        """The result, with what somebody else has written meanwhile."""
        # A write that may be sent twice may have made two versions by itself.
        is_told = self._version is not None and self._request is not None and not self._request.repeatable
        found = written_between(self._write.failed, self._version or 0, answer) if is_told else None
        if found is None:
            return result
        return replace(result, gaps=[*result.gaps, found[0]], remarks=[*result.remarks, found[1]])

    def _unstored(self, request: Request, answer: JsonObject) -> Iterator[Difference]:
        later = _READ_LATER.get(self._write.kind, ())
        return (one for one in _unstored(request, answer) if one[0] not in later)

    def _gaps(self, found: Iterable[Difference], known: set[str]) -> list[Gap]:
        failed = self._write.failed
        gaps = (
            replace(
                failed,
                path=failed.path + path,
                reason=f"the target stored {_shown(stored)}, sent was {_shown(sent)}",
            )
            for path, sent, stored in found
        )
        return [gap for gap in gaps if gap.path not in known]


def _unstored(request: Request, answer: JsonObject) -> Iterator[Difference]:
    """Where the objects in an answer differ from those of the same name that were sent."""
    for name, sent in sent_body(request).items():
        if isinstance(sent, dict) and isinstance(stored := answer.get(name), dict):
            # The file of a taxonomy holds its terms beside it; the answer shows the taxonomy alone.
            yield from _differences(as_object(sent.get(name)) or sent, stored, "")


def _read_request(kind: Kind | None, request: Request, answer: JsonObject) -> Request:
    """The read of the one object that a write made."""
    path = request.path.removesuffix("/import")
    if request.method == "POST" and not path.endswith(tuple(_names(kind, answer))):
        path = f"{path}/{next(iter(_names(kind, answer)), '')}"
    params = (*(() if kind is None else kind.params), *request.params)
    return Request(method="GET", path=path, params=params, headers=request.headers)


def _names(kind: Kind | None, answer: JsonObject) -> list[str]:
    """What the made object may be called in a path."""
    field = "uid" if kind is None else kind.path_field
    found = (as_object(made).get(field) for made in answer.values())
    return [quote(text(name), safe="") for name in found if name]


def _differences(sent: Json, stored: Json, path: str) -> Iterator[Difference]:
    """Where a stored value differs from the one that was sent; what the service added is no difference."""
    if isinstance(sent, dict) and isinstance(stored, dict):
        for name, value in sent.items():
            if name not in _SERVER_KEYS:
                yield from _differences(value, stored.get(name), f"{path}/{name}")
    elif isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        for index, value in enumerate(sent):
            yield from _differences(value, stored[index], f"{path}/{index}")
    elif not _is_same(sent, stored):
        yield path, sent, stored


def _is_same(sent: Json, stored: Json) -> bool:
    if isinstance(sent, str) and isinstance(stored, dict):
        return stored.get("uid") == sent  # a file is answered as the whole asset, a role as its uid and name
    if isinstance(sent, str) and isinstance(stored, str):
        return sent in (stored, REDACTED) or bool(_HIDDEN.fullmatch(stored)) or _is_same_instant(sent, stored)
    if sent in _EMPTY and stored in _EMPTY:
        return True
    return sent == stored and isinstance(sent, bool) == isinstance(stored, bool)


def _is_same_instant(sent: str, stored: str) -> bool:
    """Whether both are times, and the same one: a service may write it in another zone, or without fractions."""
    try:
        return datetime.fromisoformat(sent) == datetime.fromisoformat(stored)
    except (ValueError, TypeError):
        return False


def _shown(value: Json) -> str:
    shown = "nothing" if value is None else repr(value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"

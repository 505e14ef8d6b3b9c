"""Every error that stackferry raises on purpose, drawn as a tree, each with its exit code.

    StackferryError                      1  failed
    ├── UsageError                       2  invalid arguments or settings, a question answered with no; nothing was done
    │   └── NoSuchPlace                     the service does not know the place
    ├── AccessError                      4  authentication or permission
    │   ├── Forbidden                       the credential is good, but not for this call
    │   └── NotSignedIn                     the service asks to sign in: no other call would be answered either
    ├── CorruptError                     6  a snapshot, an export or a checkpoint is damaged
    │   ├── SnapshotCorrupt
    │   └── CheckpointCorrupt
    ├── Different                        5  a place no longer holds what it was made to hold
    ├── BusyError                        7  another run holds the snapshot or the target
    ├── JsonRefused                      1  a document that cannot be kept exactly
    ├── TransformFailed                  1  a transform that raised, or gave what no document is
    └── ServiceError                     1  the service did not do what was asked
        ├── Unreachable                     no connection, no answer in time
        │   └── ServiceDown                     so many failures in a row that more attempts are no use
        ├── BadAnswer                       an answer that is not what the API promises
        │   └── BadAddress                      a file's address that no attempt can use
        ├── Refused                         a well-formed refusal (4xx), with the service's own words
        │   └── NotOffered                  a part of the API that this service or plan does not have
        └── AnswerLost                      a write was sent and no answer arrived: probe first

A message names the thing, the cause and what to do next. It never holds a credential.
This module must never import anything of stackferry but the vocabulary.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import JsonObject


_LONGEST_PATH = 200  # letters of a path in a message


class ExitCode(IntEnum):
    """The exit codes of a stackferry process. Scripts rely on them: a meaning never changes."""

    COMPLETE = 0
    FAILED = 1
    USAGE = 2
    GAPS = 3
    ACCESS = 4
    DIFFERENT = 5
    CORRUPT = 6
    BUSY = 7
    INTERRUPTED = 130


class StackferryError(Exception):
    """The root. `exit_code` is what a command ends with when this error ends it.

    `others`: errors that other workers of the same run met at the same time.
    """

    exit_code = ExitCode.FAILED
    others: tuple[BaseException, ...] = ()


class UsageError(StackferryError):
    """An argument, option or setting is invalid; nothing was written."""

    exit_code = ExitCode.USAGE


class NoSuchPlace(UsageError):
    """The service does not know the place. In the middle of a run it was deleted or renamed: what is read is kept."""


class AccessError(StackferryError):
    """The service does not accept the credential, or the credential does not allow the call."""

    exit_code = ExitCode.ACCESS


class Forbidden(AccessError):
    """The service accepts the credential, but not for this call."""


class NotSignedIn(AccessError):
    """The service asks to sign in: the credential is none, or no longer one. No other call would go better."""


class CorruptError(StackferryError):
    """A file is missing, unreadable, or not what its digest promises."""

    exit_code = ExitCode.CORRUPT


class SnapshotCorrupt(CorruptError):
    """A snapshot or an export lacks a file, or a file does not match its digest."""


class CheckpointCorrupt(CorruptError):
    """A checkpoint cannot be read; the run cannot be resumed from it."""


class Different(StackferryError):
    """A place does not hold what it should; nothing was written.

    `conflicts`: what was edited on both sides, as a report lists it, where that is why.
    """

    exit_code = ExitCode.DIFFERENT

    def __init__(self, message: str, conflicts: Sequence[JsonObject] = ()) -> None:
        super().__init__(message)
        self.conflicts = conflicts


class BusyError(StackferryError):
    """Another run holds the snapshot or the target."""

    exit_code = ExitCode.BUSY


class JsonRefused(StackferryError):
    """JSON whose values cannot be kept exactly. `path` is a JSON pointer to the value."""

    def __init__(self, reason: str, path: str = "") -> None:
        shown = path if len(path) <= _LONGEST_PATH else f"{path[:_LONGEST_PATH]}…"
        super().__init__(f"{reason} at {shown}" if path else reason)
        self.reason = reason
        self.path = path


class TransformFailed(StackferryError):
    """A transform raised an error, gave no document, or changed what it may not.

    Exit code 1: the command line is right, and the run has already read something when it fails.
    """


class ServiceError(StackferryError):
    """The service did not do what was asked."""


class Unreachable(ServiceError):
    """No connection, or no complete answer within the deadline, after every allowed attempt.

    `origin`: the name of the origin that the request was for, as its system declares it; empty is the place's own.
    """

    origin = ""


class ServiceDown(Unreachable):
    """Nothing but failures for so long that the service must be considered down. `failure`: the last of them."""

    def __init__(self, message: str, failure: StackferryError | None = None) -> None:
        super().__init__(message)
        self.failure = failure or Unreachable(message)


class BadAnswer(ServiceError):
    """An answer that is not what the API promises: not JSON, truncated, or about another object."""


class BadAddress(BadAnswer):
    """The address of a file, as content holds it, leads nowhere: another attempt would be no better."""


class AnswerLost(ServiceError):
    """A write was sent and no answer arrived: it may or may not have been carried out."""


class Refused(ServiceError):
    """The service refused (4xx). `status`, `code` and `errors` are the service's own.

    `errors` maps a field to what is wrong with it, as the vendor sends it.
    """

    def __init__(
        self, message: str, *, status: int, code: int | None = None, errors: dict[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.errors = errors or {}


class NotOffered(Refused):
    """A part of the API that this service, or this customer's plan, does not have."""


def single_errors(error: BaseException) -> Iterator[BaseException]:
    """An error itself, or the single errors of a group, however deep they lie."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from single_errors(inner)
    else:
        yield error

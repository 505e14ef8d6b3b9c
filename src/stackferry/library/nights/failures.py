"""An error as an exit code and one message."""

from __future__ import annotations

from typing import NamedTuple

from stackferry.errors import AccessError, ExitCode, StackferryError, single_errors
from stackferry.library.words.argument_names import PREFIX

_MENTIONED = 3  # further errors of the same run that a message lists


class Failure(NamedTuple):
    """The exit code of a run that failed, and the message."""

    code: ExitCode
    message: str


def failure_of(error: BaseException) -> Failure:
    """What an error, or a group of errors, means. Its message may hold what looks like a credential."""
    found = [*single_errors(error)]
    known = [one for one in found if isinstance(one, StackferryError)]
    found += [other for one in known for other in one.others]
    first = known[0] if known else found[0]
    # What no token opens is refused to each worker in the same words.
    others = dict.fromkeys(
        words_of(leaf) for leaf in found if leaf is not first and not isinstance(leaf, AccessError)
    )
    others.pop(words_of(first), None)  # several workers often meet the same error
    code = known[0].exit_code if known else ExitCode.FAILED
    return Failure(code, "; also: ".join([words_of(first), *list(others)[:_MENTIONED]]))


def words_of(error: BaseException) -> str:
    """What one error says, after its notes."""
    if isinstance(error, StackferryError):
        notes = [one for one in getattr(error, "__notes__", []) if not one.startswith(PREFIX)]
        return ": ".join([*notes, str(error)])
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return f"unexpected {type(error).__name__}: {error}; run it again with -vv to see where"

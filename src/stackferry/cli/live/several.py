"""Commands that write several things. Whatever ends one, it says what was written, what was not, and what may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from stackferry.cli.live.command import tabbed
from stackferry.cli.summary import plural
from stackferry.errors import AccessError, AnswerLost, ExitCode, Refused, UsageError
from stackferry.json_values import as_list, as_object

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from stackferry.cli.report import Report

T = TypeVar("T", int, str)
_NAMED: Final = 12  # things, or reasons, that a message names one by one


@dataclass(slots=True)
class Several(Generic[T]):
    """What becomes of `things`; each is a `noun`, and `did` is what is done with it ("kept forever").

    The report has `changed`, and what went wrong: `failed` with the reason, `unsure` (the answer was lost, or the
    command ended before it came), `not_changed` (never sent).
    """

    report: Report
    noun: str
    did: str
    things: Sequence[T]
    changed: list[T] = field(default_factory=list)
    failed: dict[T, str] = field(default_factory=dict)
    unsure: dict[T, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.report.unfinished = self._so_far
        self.report.facts["changed"] = self.changed  # type: ignore[assignment]  # numbers or texts: it is JSON

    async def write(self, thing: T, write: Callable[[], Awaitable[object]]) -> None:
        """Carry one out. What is wrong with it alone is kept for the end; any other error ends the command."""
        self.unsure[thing] = "the command ended before the answer came"
        try:
            await write()
        except Refused as refused:
            self.failed[thing] = str(refused)
        except AnswerLost as lost:
            if len(self.things) == 1:
                raise
            self.unsure[thing] = str(lost)
            return
        except (AccessError, UsageError):
            del self.unsure[thing]  # it was not carried out
            raise
        else:
            self.changed.append(thing)
        del self.unsure[thing]

    def ended(self) -> ExitCode:
        """The exit code of a command that has tried all of them; the error of its report says what went wrong."""
        self._fill()
        wrong = {**self.failed, **self.unsure}
        if wrong:
            reasons = [why for _, why in sorted(wrong.items())]
            more = f"; and {len(reasons) - _NAMED} more" if len(reasons) > _NAMED else ""
            before = f"{self._counted()}: " if len(self.things) > 1 else ""
            self.report.error = f"{before}{'; '.join(reasons[:_NAMED])}{more}"
        return ExitCode.FAILED if wrong else ExitCode.COMPLETE

    def _so_far(self) -> str:
        """What an error that ends the command is told with; nothing where there was one thing to do."""
        self._fill()
        return f"{self._counted()}; the same command does the rest" if len(self.things) > 1 else ""

    def _counted(self) -> str:
        said = f"of {plural(len(self.things), self.noun)} {self._some(self.changed)} {self.did}"
        said += f", {self._some(self.unsure)} may be" if self.unsure else ""
        left = self._not_changed()
        return f"{said}, {self._some(left)} not" if left else said

    def _not_changed(self) -> list[T]:
        done = {*self.changed, *self.unsure}
        return [thing for thing in self.things if thing not in done]

    @staticmethod
    def _some(things: Any) -> str:
        names = [str(one) for one in things]
        return f"{len(names):,} ({', '.join(names)})" if 0 < len(names) <= _NAMED else f"{len(names):,}"

    def _fill(self) -> None:
        """Complete the facts of the report."""
        self.changed.sort()
        facts: dict[str, Any] = {
            "failed": {str(thing): why for thing, why in sorted(self.failed.items())},
            "unsure": {str(thing): why for thing, why in sorted(self.unsure.items())},
            "not_changed": [thing for thing in self._not_changed() if thing not in self.failed],
        }
        self.report.facts |= {name: value for name, value in facts.items() if value}


def several_lines(report: Report, did: str = "") -> Iterator[str]:
    """A line for each of them, with what became of it; without `did` only for those that were not changed."""
    yield from (tabbed(one, did) for one in as_list(report.facts.get("changed")) if did)
    for name in ("failed", "unsure"):
        yield from (tabbed(one, name, why) for one, why in as_object(report.facts.get(name)).items())
    yield from (tabbed(one, "not changed") for one in as_list(report.facts.get("not_changed")))

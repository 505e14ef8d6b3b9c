"""What becomes of what the target's branch has deleted, as it is found out: kept in scratch tables. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import text
from stackferry.model import Gap, Remark
from stackferry.providers.contentstack.importing.branches.fork import Fate
from stackferry.providers.contentstack.words import view

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext

EDITED: Final = "deleted in the target's branch and edited in the source's since they were equal"
NEEDED: Final = "deleted in the target's branch, and needed by what the source's has edited or made since"
_LACKS: Final = "its {} was deleted in the target's branch, and stays deleted"
_BACK: Final = "'stackferry restore' brings it back"
_ASKED: Final = (
    "it was deleted in the target's branch since that parted from the source's, and is unchanged in the source: it "
    "stays deleted"
)
_RESTORED: Final = ("entries", "assets", "releases")


class Absent(NamedTuple):
    """Something of the source that the target lacks: `uid` is the source's, of a language its code. `release` is that
    of an item, in the source."""

    kind: str
    uid: str
    content_type: str = ""
    locale: str = ""
    title: str = ""
    release: str = ""

    @classmethod
    def of(cls, kind: str, row: JsonObject) -> Absent:
        """An object of a kind that has a uid, or a code."""
        shown = view(kind, row)
        return cls(kind, shown.uid, title=text(shown.title))


_OUTCOMES = {"keep": "it stays deleted", "stop": "nothing is written"}


class Collected:
    """`hidden`: kind, uid and language ("" is all of it) of what an import is to see nothing of. `told`: what stays
    deleted because the target alone has deleted it. `asked` are the uids that the import was asked for by name."""

    def __init__(self, context: ImportContext, asked: Collection[str]) -> None:
        self.is_kept = context.options.conflicts == "keep"
        self._outcome = _OUTCOMES.get(context.options.conflicts, "it comes back")
        self._asked = asked
        self._hidden = context.scratch.table(3)
        self._told = context.scratch.table(6)
        self._conflicts = context.scratch.table(7)
        self._gaps = context.scratch.table(7)
        self.hides_any = False

    def hides(self, kind: str, uid: str, locale: str = "") -> bool:
        """Whether an import sees nothing of an object, or of a language of an entry."""
        return self.hides_any and (
            bool(self._hidden.of(kind, uid, "")) or bool(self._hidden.of(kind, uid, locale))
        )

    def hidden_languages(self, uid: str) -> set[str]:
        """The languages in which an import sees nothing of an entry that it sees."""
        return {text(row[2]) for row in self._hidden.of("entries", uid)} if self.hides_any else set()

    def hidden(self, kind: str) -> frozenset[str]:
        """The objects of a kind, by uid, of which an import sees nothing."""
        return frozenset(text(row[1]) for row in self._hidden.of(kind)) if self.hides_any else frozenset()

    def hide(self, kind: str, uid: str, locale: str = "") -> None:
        self._hidden.add([(kind, uid, locale)])
        self.hides_any = True

    def stays(self, one: Absent, *, is_whole: bool = True) -> None:
        """It was deleted in the target alone; `is_whole`: not only a language of an entry that the target has."""
        self.hide(one.kind, one.uid, "" if is_whole else one.locale)
        self.tell(one)
        if one.uid in self._asked:
            advice = f"; {_BACK}" if one.kind in _RESTORED else ""
            self._gaps.add([(*one, f"{_ASKED}{advice}")])

    def tell(self, one: Absent) -> None:
        self._told.add([one])

    def conflict(self, one: Absent, why: str = EDITED, *, is_whole: bool = True) -> None:
        """It was edited in the source as well, or is needed."""
        reason = f"{why}: {self._outcome}"
        self._conflicts.add([(*one, reason)])
        if self.is_kept:
            self.hide(one.kind, one.uid, "" if is_whole else one.locale)
            self._gaps.add([(*one, reason)])

    def lacks(self, one: Absent, what: str) -> None:
        """A document whose type or language stays deleted, although the source has edited or made the document."""
        self.hide(one.kind, one.uid, one.locale)
        self._gaps.add([(*one, _LACKS.format(what))])

    def take(self, fate: Fate, one: Absent) -> None:
        """What becomes of a whole object."""
        if fate is Fate.GONE:
            self.stays(one)
        elif fate is Fate.CONFLICT:
            self.conflict(one)

    def told(self) -> Iterator[Absent]:
        return (Absent(*map(text, row)) for row in self._told)

    def remarks(self) -> Iterator[Remark]:
        for row in self._conflicts:
            *facts, reason = map(text, row)
            yield Remark.beside(_gap(Absent(*facts), reason), "conflicts", Absent(*facts).title)

    def gaps(self) -> Iterator[Gap]:
        for row in self._gaps:
            *facts, reason = map(text, row)
            yield _gap(Absent(*facts), reason)


def _gap(one: Absent, reason: str) -> Gap:
    return Gap(kind=one.kind, uid=one.uid, type=one.content_type, locale=one.locale, reason=reason)

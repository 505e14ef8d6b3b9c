"""The few honest lines that a run ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackferry.cli.report import Report
    from stackferry.model import Json, JsonObject

SHOWN = 5  # gaps and differences that are listed in words; all of them are in the report


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def counts_table(objects: Mapping[str, int]) -> Iterator[str]:
    """Two columns of kinds and their numbers."""
    cells = [f"{kind.replace('_', ' '):<18}{count:>9,}" for kind, count in objects.items()]
    half = (len(cells) + 1) // 2
    for row in range(half):
        yield f"  {'      '.join(cells[row::half])}".rstrip()


def cost(report: Report) -> str:
    """What the run asked of the services."""
    requests = report.requests
    kinds = [f"{requests[name]:,} {name}" for name in ("read", "write", "bulk", "asset") if requests[name]]
    total = sum(requests[name] for name in ("read", "write", "bulk", "asset"))
    detail = f" ({', '.join(kinds)})" if len(kinds) > 1 else f" ({kinds[0].split()[1]})" if kinds else ""
    again = f", {requests['retried']:,} sent again" if requests["retried"] else ""
    return f"{plural(total, 'request')}{detail}{again} in {duration(report.seconds)}"


def duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def size(number: int) -> str:
    amount, unit = float(number), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:,.0f} {unit}" if unit == "bytes" else f"{amount:,.1f} {unit}"


def gap_lines(gaps: list[JsonObject], where: str, shown: int = SHOWN) -> Iterator[str]:
    """How many gaps there are, the first few, and where to find the rest."""
    if not gaps:
        return
    yield f"  {plural(len(gaps), 'gap')}: what the source has and did not arrive"
    yield from (f"    {line}" for line in map(gap_line, gaps[:shown]))
    if len(gaps) > shown:
        yield f"    and {len(gaps) - shown:,} more"
    yield f"    all of them: {where}"


def gap_line(gap: JsonObject) -> str:
    return f"{subject(gap)}: {gap.get('reason', '')}"


def subject(fact: JsonObject) -> str:
    """What a gap or a difference is about: kind, content type, uid, locale, path."""
    names = (fact.get(name) for name in ("kind", "content_type", "uid", "locale", "path"))
    return " ".join(str(name) for name in names if name)


def difference_lines(differences: Iterable[JsonObject]) -> Iterator[str]:
    """Each difference with both its values, one below the other."""
    for one in differences:
        if not one.get("path") and ("left" in one) != ("right" in one):
            yield f"{subject(one)}: {'not in the target' if 'left' in one else 'not in the snapshot'}"
            continue
        yield subject(one)
        for side, name in (("left", "snapshot"), ("right", "target")):
            yield f"    {name:<9} {_value(one[side]) if side in one else '(absent)'}"


def _value(value: Json) -> str:
    from stackferry import jsonio

    text = jsonio.dumps(value).decode()
    return text if len(text) <= 300 else f"{text[:300]}… ({len(text):,} characters)"

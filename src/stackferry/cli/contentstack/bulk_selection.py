"""`bulk publish` of what is selected and not named: by type, query, time, or by what is live in an environment.

What was selected is published at the version that was read, ten items a request. After the jobs have ended the
environments are looked at: what is not live there is a gap, whatever the jobs said.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias

import click

from stackferry.cli.contentstack.bulk_jobs import job_lines, read_jobs
from stackferry.cli.live.command import answers_of, sleep, tabbed
from stackferry.cli.option_values import json_object
from stackferry.cli.options import bundled, option, repeatable
from stackferry.core.batches import batched
from stackferry.core.nearest import suggestion
from stackferry.errors import BadAnswer, ExitCode, NotOffered, Refused, ServiceDown, ServiceError, UsageError
from stackferry.json_values import epoch_seconds, objects, text
from stackferry.model import TYPE_KEY, Gap
from stackferry.providers.contentstack.api import Bulk, EntryPublishing
from stackferry.providers.contentstack.api.bulk import PUBLISHED
from stackferry.providers.contentstack.api.bulk_jobs import UNKNOWN
from stackferry.providers.contentstack.api.selection import ASSETS, Scope, Selected, Selector
from stackferry.providers.contentstack.requests.build import given

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.cli.contentstack.stack_command import LiveStack
    from stackferry.cli.report import Report
    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.api import Call

Why: TypeAlias = "dict[tuple[str, str, str], str]"  # by content type, uid and locale

_LOOKS = 6  # at what is live, where the service tells nothing of its jobs
_PAUSE = 1.0  # seconds before the second look; twice as long before each one after it


class Selection(NamedTuple):
    """What the options select."""

    types: tuple[str, ...]
    all_assets: bool
    query: JsonObject | None
    changed_since: str | None
    from_environment: str | None

    @property
    def is_given(self) -> bool:
        return any(one is not None and one not in ((), False) for one in self)

    def in_words(self) -> str:
        """What is selected, for a question."""
        kinds = [*(f"entries of {name}" for name in self.types), *["assets"][: self.all_assets]]
        found = " and ".join(kinds) or "all entries and assets"
        found += " that the query finds" if self.query is not None else ""
        found += f" that were changed since {self.changed_since}" if self.changed_since else ""
        return found + (f" that are live in {self.from_environment}" if self.from_environment else "")


def _time(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """A time in UTC, as the service writes times."""
    if value is None:
        return None
    seconds = epoch_seconds(value)
    if seconds is None:
        raise click.BadParameter(
            f"'{value}' is no time; write 2026-11-30 or 2026-11-30T08:00Z", context, option
        )
    at = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return at.replace("+00:00", "Z")


selection_options = bundled(
    "selection",
    lambda **given: Selection(**given),
    repeatable("--content-type", "types", metavar="UID", what="Every entry of this type"),
    option("--assets", "all_assets", is_flag=True, help="Every asset."),
    option(
        "--query", metavar="JSON", callback=json_object, help="With --content-type: only entries it finds."
    ),
    option(
        "--changed-since",
        metavar="TIME",
        callback=_time,
        help="Only what was changed at this time (ISO 8601) or later; without --content-type and --assets of "
        "all types, and assets.",
    ),
    option(
        "--from-environment",
        metavar="NAME",
        help="What is live in this environment, at the versions that are live there; without --locale in "
        "every locale.",
    ),
)
DRY_RUN = click.option("--dry-run", is_flag=True, help="Show what would be published; publish nothing.")


def publish_selected(
    stack: LiveStack, selection: Selection, *, dry_run: bool, wait: bool, locales: Sequence[str], **more: Any
) -> NoReturn:
    """Select, publish, follow the jobs, and look at what is live. Ends with GAPS where something is not."""
    if selection.query is not None and (not selection.types or selection.all_assets):
        raise click.UsageError("--query is about entries: give a --content-type, and no --assets")
    environments = more["environments"]

    async def run_call(call: Call, report: Report) -> ExitCode:
        answers = answers_of(report)
        chosen = await _chosen(call, selection, locales, report)
        report.facts["selected"] = [one.as_json() for one in chosen]
        report.facts["dry_run"] = dry_run
        if not dry_run:
            run = _Run(call, answers.append, more)
            await run.publish(chosen)
            await _account(call, chosen, environments, run, report, look=wait and not more["scheduled_at"])
        return report.completed()

    def lines(report: Report) -> Iterator[str]:
        yield from job_lines(report)
        yield from _result_lines(report, environments)

    question = "" if dry_run else f"Publish {selection.in_words()} to {', '.join(environments)}?"
    stack.run_call(run_call, lines, question=question)


async def _chosen(call: Call, selection: Selection, locales: Sequence[str], report: Report) -> list[Selected]:
    selector = Selector(call)
    types = await _types(selector, selection)
    known = [*await selector.fallbacks()]
    conditions: Any = {"query": selection.query, "changed_since": selection.changed_since}
    if selection.from_environment is None:
        scope = Scope(content_types=types, locales=locales or known[:1], **conditions)
        return await selector.latest(scope)
    scope = Scope(content_types=types, locales=known, **conditions)
    environment = await _environment(selector, selection.from_environment)
    found, unclear = await selector.published(scope, environment, locales or known)
    reason = f"in {selection.from_environment} since before the locale had content of its own: not published"
    report.gaps += [_gap(one, reason) for one in unclear]
    return found


async def _types(selector: Selector, selection: Selection) -> list[str]:
    """The content types to look through, `ASSETS` among them. Raises UsageError for one that the stack lacks."""
    known = await selector.content_types()
    for name in selection.types:
        if name not in known:
            raise UsageError(f"the stack has no content type '{name}'{suggestion(name, known)}")
    if not selection.types and not selection.all_assets:
        return [*known, ASSETS]
    return [*dict.fromkeys(selection.types), *([ASSETS] if selection.all_assets else [])]


async def _environment(selector: Selector, name: str) -> str:
    known = await selector.environments()
    if name not in known:
        raise UsageError(f"the stack has no environment '{name}'{suggestion(name, known)}")
    return known[name]


class _Run:
    """Publishes what was selected. `refused`: what the service would not take, and why; `jobs`: their ids.

    `unsure`: what may have been published, since no answer came that says so, and why. The rest is sent all the same.
    """

    def __init__(self, call: Call, answered: Any, facts: dict[str, Any]) -> None:
        self._call, self._answered, self._facts = call, answered, facts
        self.refused: Why = {}
        self.unsure: Why = {}
        self.jobs: list[str] = []
        self.has_singles = False  # they have no job, and are carried out after they were answered

    async def publish(self, chosen: Iterable[Selected]) -> None:
        """All of it, locale by locale. Raises what makes every further request useless."""
        for (locale, is_foreign), rows in groupby(sorted(chosen, key=_turn), _turn):
            for some in batched(rows, 1 if is_foreign else PUBLISHED):
                await self._send(locale, [*some], is_foreign=is_foreign)

    async def _send(self, locale: str, rows: list[Selected], *, is_foreign: bool) -> None:
        send = partial(self._one, rows[0]) if is_foreign else partial(self._bulk, locale, rows)
        try:
            try:
                await send()
            except BadAnswer:  # publishing twice does what publishing once does
                await send()
        except Refused as refused:
            if isinstance(refused, NotOffered) and not is_foreign:
                raise  # no other bulk request would be taken either
            self.refused |= {one.place: str(refused) for one in rows}
        except ServiceDown:
            raise
        except ServiceError as lost:
            self.unsure |= {one.place: f"it is not known whether it was published: {lost}" for one in rows}

    async def _bulk(self, locale: str, rows: list[Selected]) -> None:
        entries = [one for one in rows if one.content_type != ASSETS]
        await Bulk(self._call).publish(
            entries=[
                given(uid=one.uid, content_type=one.content_type, version=one.version, locale=locale)
                for one in entries
            ],
            assets=[given(uid=one.uid, version=one.version) for one in rows if one.content_type == ASSETS],
            locales=[locale],
            answered=self._heard,
            **self._facts,
        )

    async def _one(self, one: Selected) -> None:
        """Content that a locale falls back to: in bulk its version would count for its own locale only."""
        self.has_singles = True
        answer = await EntryPublishing(self._call).publish(
            content_type_uid=one.content_type,
            entry_uid=one.uid,
            environments=self._facts["environments"],
            locales=[one.locale],
            locale=one.source,
            version=one.version,
            scheduled_at=self._facts.get("scheduled_at"),
        )
        self._heard(answer)

    def _heard(self, answer: JsonObject) -> None:
        self._answered(answer)
        if job := text(answer.get("job_id")):
            self.jobs.append(job)


def _turn(one: Selected) -> tuple[str, bool]:
    """The locale, and whether the content is that of another one."""
    return one.locale, one.source != one.locale


async def _account(
    call: Call, chosen: list[Selected], environments: Sequence[str], run: _Run, report: Report, *, look: bool
) -> None:
    """Tell whether each item is live; what is not is a gap. Without a `look` what was refused is one."""
    await read_jobs(call, run.jobs if look else [], report, wait=look)
    report.error = ""  # what jobs did not do is told item by item
    jobs = objects(report.facts.get("jobs"))
    why = {**_failed(chosen, jobs), **run.refused}
    missing = {**why, **run.unsure}
    if look:
        has_jobs = not run.has_singles and not run.unsure
        is_certain = has_jobs and all(job.get("status") != UNKNOWN for job in jobs)
        looks = 1 if is_certain else _LOOKS
        missing = {**run.refused, **await _missing(call, chosen, environments, why, looks)}
        lost = run.unsure.keys() & missing.keys()
        missing |= {place: f"not live afterwards; no answer said why: {run.unsure[place]}" for place in lost}
    report.gaps += [_gap(one, missing[one.place]) for one in chosen if one.place in missing]
    done = sum(one.place not in missing for one in chosen)
    report.objects = {"published" if look else "sent": done}


def _failed(chosen: list[Selected], jobs: list[JsonObject]) -> Why:
    """What jobs say that they did not do, with their reasons."""
    failed = [row for job in jobs for row in objects(job.get("failed_items"))]
    return {
        one.place: text(row.get("error_message")) or "its job failed"
        for one in chosen
        for row in reversed(failed)  # of several reasons the first is told
        if text(row.get("uid")) == one.uid and row.get("locale") in (None, one.locale)
    }


async def _missing(
    call: Call, chosen: list[Selected], environments: Sequence[str], why: Why, looks: int
) -> Why:
    """What is not live in every one of the environments, with the reason as far as there is one."""
    selector = Selector(call)
    known = await selector.environments()
    found: Why = {}
    for number in range(looks):
        found = {}
        for name in environments:
            live = await selector.live(chosen, known[name]) if chosen else {}
            for one in chosen:
                if (reason := _not_live(one, live, name)) and one.place not in found:
                    found[one.place] = why.get(one.place, reason)
        if found.keys() <= why.keys() or number + 1 == looks:
            break
        await sleep(_PAUSE * 2**number)  # single publishes have no job to wait for
    return found


def _not_live(one: Selected, live: dict[tuple[str, str, str], int | None], environment: str) -> str:
    """Why an item is not where it should be; empty where it is. Newer than was selected will do: somebody saved it."""
    if one.place not in live:
        return f"not live in {environment} when its job had ended"
    version = live[one.place]
    if version is None or one.version is None or version >= one.version:
        return ""
    return f"version {version} is live in {environment} and not {one.version}"


def _gap(one: Selected, reason: str) -> JsonObject:
    kind = "assets" if one.content_type == ASSETS else "entries"
    return Gap(kind=kind, uid=one.uid, reason=reason, type=one.content_type, locale=one.locale).as_json()


def _result_lines(report: Report, environments: Sequence[str]) -> Iterator[str]:
    """Of a dry run each item; of gaps each with its reason; at the end how many."""
    rows = objects(report.facts.get("selected"))
    places = ", ".join(environments)
    for row in rows if report.facts.get("dry_run") else ():
        yield tabbed(_kind(row), *(row.get(name) for name in ("uid", "locale", "version", "title")))
    for gap in report.gaps:
        yield tabbed("gap", _kind(gap), *(gap.get(name) for name in ("uid", "locale", "reason")))
    if report.facts.get("dry_run"):
        yield f"would publish {len(rows):,} to {places}"
    else:
        for word, count in report.objects.items():
            yield f"{word} {count:,} of {len(rows):,} to {places}"


def _kind(row: JsonObject) -> Json:
    """The content type of an entry; of an asset that it is one."""
    return row.get(TYPE_KEY) or row.get("kind")

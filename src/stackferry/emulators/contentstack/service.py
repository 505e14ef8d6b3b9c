"""The emulated service that every request sees: its stacks, its clock, its uids, and its open jobs."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.state import Branch, Job, Stack
from stackferry.emulators.values import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.emulators.contentstack.behaviour import RateLimits, Switches
    from stackferry.model import JsonObject


class Service:
    """What requests share. Only one event loop at a time may use it."""

    def __init__(
        self,
        switches: Switches,
        limits: RateLimits,
        clock: Callable[[], datetime] | None,
        asset_origin: str | None,
    ) -> None:
        self.switches = switches
        self.limits = limits
        self.clock = clock
        self.asset_origin = asset_origin
        self.stacks: dict[str, Stack] = {}  # by api key
        self.requests_served = 0
        self.open_jobs: list[Job] = []

    def time(self) -> datetime:
        return self.clock() if self.clock else datetime.now(UTC)

    def now(self) -> str:
        """The time as the API writes it."""
        return format_time(self.time())

    def uid(self, prefix: str = "blt") -> str:
        """A new uid. Random, so that two emulators never agree on one by accident."""
        return prefix + secrets.token_hex(8)

    def start_job(
        self,
        stack: Stack,
        branch: Branch,
        kind: str,
        work: Callable[[], list[JsonObject]],
        at: datetime | None = None,
    ) -> Job:
        """Work that is done at a time, or after the seconds and requests of the switches; by default at once."""
        # A time of its own goes before the switches: they are about how long the service takes, not about plans.
        due = (at or self.time()).timestamp() + (0 if at else self.switches.job_seconds)
        wait = 0 if at else self.switches.job_requests
        job = Job(self.uid("cs-"), work, due, self.requests_served + wait, branch, kind)
        stack.jobs[job.uid] = job
        self.open_jobs.append(job)
        self.finish_due_jobs()
        return job

    def finish_due_jobs(self) -> None:
        """Do the work of the jobs that are due by now."""
        if not self.open_jobs:
            return
        now = self.time().timestamp()
        due = [job for job in self.open_jobs if job.due <= now and job.requests <= self.requests_served]
        for job in due:
            job.items = job.work()
            job.branch.changed()
            self.open_jobs.remove(job)

    def add_stack(
        self,
        *,
        api_key: str,
        name: str = "",
        master_locale: str = "en-us",
        management_token: str = "",
        authtoken: str = "",
        oauth_token: str = "",
        branches: Iterable[str] = ("main",),
        read_only_tokens: Iterable[str] = (),
        org_uid: str = "blt_invented_org",
    ) -> Stack:
        """A new stack that holds its master locale and nothing else. Stacks of one `org_uid` share rate limits."""
        now = self.now()
        raw: JsonObject = {
            "name": name or api_key,
            "api_key": api_key,
            "uid": api_key,
            "org_uid": org_uid,
            "master_locale": master_locale,
            "description": "",
            "created_at": now,
            "updated_at": now,
        }
        stack = Stack(
            api_key=api_key,
            name=name or api_key,
            raw=raw,
            management_tokens={management_token} - {""},
            read_only_tokens=set(read_only_tokens),
            authtokens={authtoken} - {""},
            oauth_tokens={oauth_token} - {""},
            user=self.uid(),
        )
        for uid in branches:
            stack.branches[uid] = self.new_branch(uid, master_locale, stack.user)
        self.stacks[api_key] = stack
        return stack

    def new_branch(self, uid: str, master_locale: str, user: str) -> Branch:
        """An empty branch with its master locale."""
        branch = Branch(uid, self.branch_record(uid, "", user), master_locale)
        now = self.now()
        locale: JsonObject = {
            "code": master_locale,
            "uid": self.uid(),
            "name": master_locale,
            "fallback_locale": None,
            "created_at": now,
            "updated_at": now,
            "created_by": user,
            "updated_by": user,
            "_version": 1,
            "ACL": [],
        }
        branch.put_locale(locale)
        return branch

    def branch_record(self, uid: str, source: str, user: str) -> JsonObject:
        """What the branches API shows of a branch."""
        now = self.now()
        record: JsonObject = {"uid": uid, "source": source, "created_by": user, "updated_by": user}
        return {**record, "created_at": now, "updated_at": now, "deleted_at": False, "alias": []}

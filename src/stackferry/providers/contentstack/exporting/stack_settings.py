"""The settings of the stack: one record, a note of how the stack was set. API page: Stacks, "Get stack settings".

A management token has no right to them. Then a snapshot has a limit, not a gap: see `content/limits.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.errors import BadAnswer
from stackferry.model import Gap, Record, Stream
from stackferry.providers.contentstack.credentials import redact
from stackferry.providers.contentstack.kinds import STACK_SETTINGS
from stackferry.providers.contentstack.requests.build import get
from stackferry.providers.source import Fetch, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import GrowingStore, Job, ReadOptions

_STREAM = Stream(STACK_SETTINGS.name)


def stack_settings(_: GrowingStore, options: ReadOptions) -> Iterator[Job]:
    """The one request for them."""

    def read(answer: JsonObject) -> Page:
        settings = answer.get(STACK_SETTINGS.object_key)
        if not isinstance(settings, dict):
            raise BadAnswer("the answer holds no settings of the stack")
        kept = STACK_SETTINGS.kept(settings)
        clean, found = (kept, []) if options.keep_secrets else redact(STACK_SETTINGS.name, kept, options.salt)
        return Page([(_STREAM, Record(STACK_SETTINGS.key(clean), clean))], 1, redacted=found)

    yield Fetch(
        name=STACK_SETTINGS.name,
        request=get(STACK_SETTINGS.path),
        read=read,
        gap=Gap(kind=STACK_SETTINGS.name, uid="*", reason="not given by the service"),
        may_be_refused=True,
    )

"""Publishing of one entry. API page: "CMA | Entries", sections "Publish Entry" and "Unpublish Entry"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.batches import batched
from stackferry.errors import UsageError
from stackferry.providers.contentstack.api.client import Answered, Client, given, nobody, params, write
from stackferry.providers.contentstack.api.entries import one

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject

NESTED = (("api_version", "3.2"),)
"""The header for "Nested Reference Publishing"."""

LANGUAGES = 50
ENVIRONMENTS = 10


class EntryPublishing(Client):
    """Publish, with references or without, and unpublish. The service does it after it has answered."""

    async def publish(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        environments: Sequence[str],
        locales: Sequence[str] = (),
        locale: str | None = None,
        version: int | None = None,
        scheduled_at: str | None = None,
        publish_all_localized: bool | None = None,
    ) -> JsonObject:
        """Publish a version of the `locale` document, under `locales`, now or at a time. Section "Publish an entry".

        Content that is localized in `locales` is published only with `publish_all_localized`, which a plan may
        lack; bulk publish does it otherwise. Raises UsageError without an environment.
        """
        body = _body(environments, locales, locale, version, scheduled_at)
        return await self._act(
            "publish", content_type_uid, entry_uid, body, publish_all_localized=publish_all_localized
        )

    async def unpublish(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        environments: Sequence[str],
        locales: Sequence[str] = (),
        locale: str | None = None,
        version: int | None = None,
        scheduled_at: str | None = None,
        publish_all_localized: bool | None = None,
    ) -> JsonObject:
        """Take an entry off environments, under `locales`, now or at a time. Section "Unpublish an entry".

        Raises UsageError without an environment.
        """
        body = _body(environments, locales, locale, version, scheduled_at)
        return await self._act(
            "unpublish", content_type_uid, entry_uid, body, publish_all_localized=publish_all_localized
        )

    async def publish_with_references(
        self,
        *,
        content_type_uid: str,
        entry_uid: str,
        environments: Sequence[str],
        locales: Sequence[str] = (),
        locale: str | None = None,
        version: int | None = None,
        skip_workflow_stage_check: bool | None = None,
        approvals: bool | None = None,
        answered: Answered = nobody,
    ) -> list[JsonObject]:
        """Publish an entry and what it refers to, one level deep. Section "Publish an entry with references".

        A request takes 50 languages and 10 environments; more of them become several requests, each with its
        answer. Raises UsageError without an environment.
        """
        if not environments:
            raise UsageError("publishing needs an environment")
        rules = {"skip_workflow_stage_check": skip_workflow_stage_check, "approvals": approvals}
        asked = (("x-bulk-action", "publish"), *params(**rules))
        entry = given(uid=entry_uid, content_type=content_type_uid, locale=locale, version=version)
        bodies: list[JsonObject] = [
            {
                "entries": [entry],
                **given(locales=[*some] or None),
                "environments": [*places],
                "publish_with_reference": True,
                **given(**rules),
            }
            for some in (batched(locales, LANGUAGES) if locales else ((),))
            for places in batched(environments, ENVIRONMENTS)
        ]
        requests = [write("POST", "/bulk/publish", body, params=asked, repeatable=True) for body in bodies]
        return await self._ask_each(requests, answered)

    async def _act(
        self,
        action: str,
        content_type_uid: str,
        entry_uid: str,
        body: JsonObject,
        *,
        publish_all_localized: bool | None,
    ) -> JsonObject:
        asked = params(publish_all_localized=publish_all_localized)
        path = f"{one(content_type_uid, entry_uid)}/{action}"
        at_once = (
            "scheduled_at" not in body
        )  # twice at once does what once does; twice scheduled is two schedules
        return await self._ask(write("POST", path, body, params=asked, headers=NESTED, repeatable=at_once))


def _body(
    environments: Sequence[str],
    locales: Sequence[str],
    locale: str | None,
    version: int | None,
    scheduled_at: str | None,
) -> JsonObject:
    if not environments:
        raise UsageError("publishing and unpublishing need an environment")
    where = given(environments=[*environments], locales=[*locales] or None)
    return {"entry": where, **given(locale=locale, version=version, scheduled_at=scheduled_at)}

"""Environment templates of an organization, and where they are installed: records that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.call import find
from stackferry.emulators.contentful.listing import Source, cursor_answer
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, ORGANIZATION
from stackferry.emulators.contentful.show import show_row
from stackferry.emulators.routing import Route

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call


def _list(call: Call) -> Answer:
    rows = call.organization.environment_templates
    return cursor_answer(call, Source(rows.values, lambda row: row, lambda row: row, order=""))


def _get(call: Call) -> Answer:
    return Answer(find(call.organization.environment_templates, call.args["template"], "EnvironmentTemplate"))


def _installations(call: Call) -> Answer:
    rows = call.environment.templates
    return cursor_answer(
        call, Source(rows.values, lambda row: row, lambda row: show_row(call, row), order="")
    )


ROUTES = (
    Route("GET", f"{ORGANIZATION}/environment_templates", _list),
    Route("GET", f"{ORGANIZATION}/environment_templates/{{template}}", _get),
    Route("GET", f"{ENVIRONMENT}/template_installations", _installations),
)

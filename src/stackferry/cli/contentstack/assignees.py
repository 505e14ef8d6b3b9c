"""Users and roles that a workflow stage is assigned to, as options: `--assign-user UID[,NAME[,E-MAIL]]` and its like.

API page: "Bulk Operations", section "Update workflow details in bulk".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackferry.cli.options import Option, bundled, repeatable
from stackferry.providers.contentstack.requests.build import given

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject


def _option(flag: str, name: str, form: str, what: str, fields: tuple[str, ...]) -> Option:
    def convert(context: click.Context, option: click.Parameter, words: Iterable[str]) -> list[JsonObject]:
        found: list[JsonObject] = []
        for word in words:
            cells = [cell.strip() for cell in word.split(",")]
            if len(cells) > len(fields) or not all(cells):
                raise click.BadParameter(f"'{word}' is not of the form {form}", context, option)
            found.append({**dict(zip(fields, cells, strict=False))})
        return found

    return repeatable(flag, name, callback=convert, metavar=form, what=what)


assignees_options = bundled(
    "assignees",
    lambda users, roles: given(assigned_to=users or None, assigned_by_roles=roles or None),
    _option(
        "--assign-user",
        "users",
        "UID[,NAME[,EMAIL]]",
        "Who has to do it, by uid",
        ("uid", "name", "email"),
    ),
    _option("--assign-role", "roles", "UID[,NAME]", "A role whose users have to do it", ("uid", "name")),
)

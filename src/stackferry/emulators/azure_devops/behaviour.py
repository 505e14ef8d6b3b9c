"""What a real organization may do either way, and the limits that it sets: one field for each.

Defaults are what is documented or recorded, else what is hardest on a client. What a field leaves open stands nowhere
in the vendor's pages, or in one place only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from stackferry.emulators.switch_values import refuse_unknown_values

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How the emulated service behaves where its documents leave it open."""

    auth_failure: Literal[203, 302, 401] = 203
    """What a bad token gets: a sign-in page, a redirect to it, or a bare 401. PATCH, PUT and DELETE always get a 401
    with JSON, and who asks to suppress the redirect a bare 401."""

    missing_scope: Literal[401, 403] = 403
    """The status for a token that is good, but not for this area."""

    strict_preview: bool = True
    """A version in which a resource is not released needs `-preview`; else it is taken."""

    token_names: Literal["next", "last"] = "next"  # noqa: S105 - the token of a page
    """The row that a page's token names: the first one of the next page, or the last one of this page, which the next
    page then repeats."""

    definition_rows: int | None = None
    """The most definitions of one page; None is all of them."""

    deployment_modifies_release: bool = False
    """`modifiedOn` of a release moves when one of its stages does. Recorded answers say no."""

    keeps_properties: bool = True
    """`properties` of a new release are kept."""

    properties_need_filter: bool = True
    """`properties` are shown only where `propertyFilters` names them."""

    manual_environments_hold: bool = True
    """`manualEnvironments` keep a stage from starting by itself; else they are ignored."""

    create_shows_start: bool = False
    """The answer to a create shows the stages that start by themselves as queued. A recorded one says `notStarted`."""

    revision_conflict: Literal[400, 409] = 409
    """The status for a definition with a stale `revision`."""

    classic_creation: Literal["on", "project", "organization"] = "on"
    """Whether definitions can be made, or where this is switched off."""

    folders_by_themselves: bool = False
    """A definition may name a folder that is not there, which is made then."""

    classic_releases: bool = True
    """Releases of definitions that are there can be made although making definitions is switched off."""

    scan_variables: bool = False
    """A definition with a plain variable that looks like a credential is refused."""

    empty_logs: Literal["zip", 404, 204] = "zip"
    """What the logs of a release are that never ran: an empty zip, or a status."""

    zip_bytes_stable: bool = False
    """Two reads of the same logs have the same bytes; else only the same members."""

    validate_references: bool = True
    """A definition that names a queue, a group or a connection that is not there is refused."""

    validate_builds: bool = True
    """A release of a build that is not there is refused."""

    thin_list_has_variables: bool = True
    """A list of releases has their variables without `$expand`. Recorded answers differ."""

    thin_list_has_tags: bool = False
    """A list of releases has their tags without `$expand=tags`; else it says that there are none."""

    tasks_need_expand: bool = True
    """The tasks of a release are shown only with `$expand=tasks`."""

    ids_per_organization: bool = True
    """Ids count up in the organization; else in each project."""

    deleted_definition_name: bool = False
    """A release shows the name of its definition after that was deleted."""

    delete_definition_with_releases: bool = True
    """A definition that is deploying can be deleted without `forceDelete`."""

    abandon_running: Literal["refused", "canceled"] = "refused"
    """What abandoning a release does while a stage is running."""

    deleted_readable: bool = False
    """What was deleted, and is not yet destroyed, can still be read by its id, with its logs."""

    tags_modify_release: bool = False
    """`modifiedOn` of a release moves with its tags."""

    retention: bool = False
    """Releases that are older than the policies of their stages are deleted, before the next request."""

    destroy_days: float = 14.0
    """How long what was deleted stays listed, before it is destroyed."""

    deploy_requests: int = 0
    """A stage ends after so many more requests; 0: before the next one."""

    deploy_seconds: float = 0.0
    """… and after so many seconds of the emulator's clock, whichever comes last."""

    def __post_init__(self) -> None:
        refuse_unknown_values(self)


@dataclass(slots=True, kw_only=True)
class Limits:
    """The load that one user may cause, in TSTU, and how the service slows down before it refuses.

    Load is counted over `window` seconds. From `headers_from` of the limit on, answers tell about it; from the limit on
    they are delayed, up to `longest_delay` seconds at `refuse_from` times the limit, from where on they are refused.
    """

    tstu: float | None = None  # None is no limit; the service has 200
    window: float = 300.0
    cost: float = 1.0  # of one request
    costs: Mapping[str, float] = field(default_factory=dict)  # of some, by resource: {"logs": 5}
    headers_from: float = 0.5
    refuse_from: float = 2.0
    longest_delay: float = 30.0
    retry_after_on_200: bool = True
    sleeps: bool = True
    """Delays are waited for; else they are only told."""
    page_rows: int = 100
    default_rows: int = 50
    log_lines: int = 12  # of a task

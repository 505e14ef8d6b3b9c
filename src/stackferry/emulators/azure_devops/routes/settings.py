"""Settings: of releases in a project, and whether classic definitions can be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.azure_devops.routes.rule import rule

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.call import Call
    from stackferry.model import JsonObject


def _release_settings(call: Call) -> Answer:
    policy: JsonObject = {"daysToKeep": 30, "releasesToKeep": 3, "retainBuild": True}
    usual: JsonObject = {
        "retentionSettings": {
            "daysToKeepDeletedReleases": int(call.switches.destroy_days),
            "defaultEnvironmentRetentionPolicy": policy,
            "maximumEnvironmentRetentionPolicy": {**policy, "daysToKeep": 365, "releasesToKeep": 25},
        },
        "complianceSettings": {"checkForCredentialsAndOtherSecrets": call.switches.scan_variables},
    }
    return Answer({**usual, **call.project.release_settings})


def _put_release_settings(call: Call) -> Answer:
    call.project.release_settings.update(call.json())
    return _release_settings(call)


def _general(call: Call) -> Answer:
    place = call.switches.classic_creation
    usual: JsonObject = {
        "enforceReferencedRepoScopedToken": True,
        "disableClassicPipelineCreation": place != "on",
        "disableClassicBuildPipelineCreation": place != "on",
        "disableClassicReleasePipelineCreation": place != "on",
        "enforceSettableVar": False,
        "enforceJobAuthScope": True,
        "statusBadgesArePrivate": True,
    }
    return Answer({**usual, **call.project.general_settings})


def _patch_general(call: Call) -> Answer:
    call.project.general_settings.update(call.json())
    return _general(call)


RULES = (
    rule("GET", "release/releasesettings", _release_settings, "settings"),
    rule("PUT", "release/releasesettings", _put_release_settings, "settings", "release:manage"),
    rule("GET", "build/generalsettings", _general, "generalsettings", "build"),
    rule("PATCH", "build/generalsettings", _patch_general, "generalsettings", "build:write"),
)

"""stackferry: back up, restore and copy headless-CMS content, losing nothing.

The command line is `stackferry`; this package offers the same operations to Python programs::

    report = await stackferry.export("contentstack://API_KEY@eu/main", "backup", token="…")

Names are imported when they are first used, so that `stackferry --help` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackferry.drivers.events import Event
    from stackferry.errors import (
        AccessError,
        BusyError,
        CorruptError,
        Different,
        ServiceError,
        SnapshotCorrupt,
        StackferryError,
        TransformFailed,
        UsageError,
    )
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.connect import Credential, Endpoint
    from stackferry.library.convert import convert
    from stackferry.library.copy import copy, plan_copy
    from stackferry.library.evidence import evidence
    from stackferry.library.export import export
    from stackferry.library.identities import Pair, identities
    from stackferry.library.import_ import abandon_import, import_, plan_import
    from stackferry.library.listing import Listed, Listing
    from stackferry.library.live import Connected, connect
    from stackferry.library.mappings.mapping import mapping
    from stackferry.library.monitor import Monitor
    from stackferry.library.nights.catalogue import snapshots
    from stackferry.library.nights.forget import forget
    from stackferry.library.nights.many import Watch, backup
    from stackferry.library.nights.reports import (
        BackupReport,
        ForgetReport,
        ForgetRow,
        ListedSnapshot,
        SnapshotsReport,
        StackBackup,
    )
    from stackferry.library.nights.retention import Policy
    from stackferry.library.overview import Overview, show
    from stackferry.library.places import places
    from stackferry.library.reports import (
        AbandonReport,
        ConvertReport,
        CopyPlanReport,
        ExportReport,
        ImportReport,
        PlanReport,
        RestorePlan,
        RestoreReport,
        RunReport,
        VerifyReport,
    )
    from stackferry.library.restore import plan_restore, restore
    from stackferry.library.running import Running, copying, exporting, importing, verifying
    from stackferry.library.speed import Speed
    from stackferry.library.verify import diff, verify
    from stackferry.model import Place, Secret, Stream
    from stackferry.providers.contentstack.options import ContentstackWriteOptions
    from stackferry.providers.evidence import Evidence
    from stackferry.providers.mapping import MappedName
    from stackferry.providers.places import FoundPlace
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import ReadOptions
    from stackferry.providers.target import WriteOptions
    from stackferry.transforms.transform import About, Transform

__version__ = "0.2.0"

__all__ = [
    "AbandonReport",
    "About",
    "AccessError",
    "BackupReport",
    "BusyError",
    "Connected",
    "ContentstackWriteOptions",
    "ConvertReport",
    "CopyPlanReport",
    "CorruptError",
    "Credential",
    "Different",
    "Endpoint",
    "Event",
    "Evidence",
    "ExportReport",
    "ForgetReport",
    "ForgetRow",
    "FoundPlace",
    "ImportReport",
    "Listed",
    "ListedSnapshot",
    "Listing",
    "MappedName",
    "Monitor",
    "Overview",
    "Pair",
    "Place",
    "PlanReport",
    "Policy",
    "ReadOptions",
    "RestorePlan",
    "RestoreReport",
    "RunReport",
    "Running",
    "Secret",
    "Selection",
    "ServiceError",
    "Snapshot",
    "SnapshotCorrupt",
    "SnapshotsReport",
    "Speed",
    "StackBackup",
    "StackferryError",
    "Stream",
    "Transform",
    "TransformFailed",
    "UsageError",
    "VerifyReport",
    "Watch",
    "WriteOptions",
    "abandon_import",
    "backup",
    "connect",
    "convert",
    "copy",
    "copying",
    "diff",
    "evidence",
    "export",
    "exporting",
    "forget",
    "identities",
    "import_",
    "importing",
    "mapping",
    "places",
    "plan_copy",
    "plan_import",
    "plan_restore",
    "restore",
    "show",
    "snapshots",
    "verify",
    "verifying",
]

# Where each name comes from; the imports above are for type checkers alone.
_MODULES = {
    "drivers.events": "Event",
    "errors": "AccessError BusyError CorruptError Different ServiceError SnapshotCorrupt StackferryError "
    "TransformFailed UsageError",
    "io.storage.snapshot": "Snapshot",
    "library.connect": "Credential Endpoint",
    "library.convert": "convert",
    "library.copy": "copy plan_copy",
    "library.evidence": "evidence",
    "library.export": "export",
    "library.identities": "Pair identities",
    "library.import_": "abandon_import import_ plan_import",
    "library.listing": "Listed Listing",
    "library.live": "Connected connect",
    "library.mappings.mapping": "mapping",
    "library.monitor": "Monitor",
    "library.overview": "Overview show",
    "library.nights.catalogue": "snapshots",
    "library.nights.forget": "forget",
    "library.nights.many": "Watch backup",
    "library.nights.reports": "BackupReport ForgetReport ForgetRow ListedSnapshot SnapshotsReport StackBackup",
    "library.nights.retention": "Policy",
    "library.places": "places",
    "library.reports": "AbandonReport ConvertReport CopyPlanReport ExportReport ImportReport PlanReport RestorePlan "
    "RestoreReport RunReport VerifyReport",
    "library.restore": "plan_restore restore",
    "library.running": "Running copying exporting importing verifying",
    "library.speed": "Speed",
    "library.verify": "diff verify",
    "model": "Place Secret Stream",
    "providers.contentstack.options": "ContentstackWriteOptions",
    "providers.evidence": "Evidence",
    "providers.mapping": "MappedName",
    "providers.places": "FoundPlace",
    "providers.selection": "Selection",
    "providers.source": "ReadOptions",
    "providers.target": "WriteOptions",
    "transforms.transform": "About Transform",
}
_MODULE_OF = {name: f"stackferry.{module}" for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'stackferry' has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

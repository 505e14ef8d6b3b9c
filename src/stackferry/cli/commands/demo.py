"""`stackferry demo`: the main job from start to finish, on the emulator, in a few seconds."""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackferry.cli import options, summary
from stackferry.cli.lazy_group import new_command
from stackferry.cli.run_command import carry_out
from stackferry.errors import ExitCode, StackferryError

if TYPE_CHECKING:
    from stackferry.cli.demo_stage import Demo
    from stackferry.cli.output import Output
    from stackferry.cli.report import Report

SAMPLES = Path("sample_exports")
_EXITS = (ExitCode.COMPLETE, ExitCode.FAILED, ExitCode.GAPS, ExitCode.DIFFERENT, ExitCode.INTERRUPTED)


@new_command("demo", _EXITS)
@click.argument(
    "system",
    metavar="[contentstack|contentful|azure-devops]",
    type=click.Choice(["contentstack", "contentful", "azure-devops"]),
    default="contentstack",
)
@click.option(
    "--sample", type=options.DIRECTORY, metavar="DIR", help="Another export or snapshot to show it on."
)
@click.option("--keep", is_flag=True, help="Keep the snapshot.")
@options.output_options
def command(system: str, sample: Path | None, keep: bool, output: Output) -> None:
    """See all of it on an emulated stack, space or project.

    A sample is exported, imported into an empty stack and into a branch of another one, and both are compared with
    the snapshot; with `contentful` it is a space, imported into an empty one. With `azure-devops` the releases of a
    project are archived, reported for an auditor, archived again after a night in which retention deleted some, and
    made anew in another organization. Nothing leaves this machine; no account is needed.
    """
    demo = _demo_of(system)

    async def work(report: Report) -> ExitCode:
        from stackferry.cli.demo_stage import Stage

        home = Path(tempfile.mkdtemp(prefix="stackferry-demo-"))
        try:
            return await demo.play(sample or _sample(demo.sample), Stage(home, report, output))
        finally:
            if keep:
                report.facts["snapshot"] = str(home / "snapshot")
                shutil.rmtree(home / "state", ignore_errors=True)  # checkpoints of stacks that are gone
            else:
                shutil.rmtree(home)

    carry_out("demo", output, work, partial(_ending, demo))


def _demo_of(system: str) -> Demo:
    if system == "azure-devops":
        from stackferry.cli.azure_devops.demo import DEMO as OF_A_PROJECT

        return OF_A_PROJECT
    if system == "contentful":
        from stackferry.cli.contentful.demo import DEMO as OF_A_SPACE

        return OF_A_SPACE
    from stackferry.cli.contentstack.demo import DEMO as OF_A_STACK

    return OF_A_STACK


def _sample(name: str) -> Path:
    """The sample, in the installed package or in the repository."""
    package = Path(__file__).parents[2]
    for root in (package, package.parents[1]):
        if (root / SAMPLES / name).is_dir():
            return root / SAMPLES / name
    raise StackferryError(
        f"this installation lacks {SAMPLES / name}; name an export or a snapshot with --sample"
    )


def _ending(demo: Demo, report: Report, output: Output) -> None:
    output.tell("")
    counts = summary.some_counts(report.objects, summary.words_of(report), *demo.kinds)
    output.tell(f"  {demo.restored}: {counts}")
    if not report.gaps and report.exit_code is ExitCode.COMPLETE:
        output.tell("  Nothing was lost.")
    for line in summary.gap_lines(report.gaps, summary.IN_REPORT):
        output.tell(line)
    if "snapshot" in report.facts:
        output.tell(f"  kept: stackferry show {report.facts['snapshot']}")

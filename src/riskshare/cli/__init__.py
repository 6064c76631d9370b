"""The command line: arguments in, exit codes out; the only place that prints, with heavy packages loaded late."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NoReturn, cast

import click

from riskshare import __version__
from riskshare.audit.explain.askable import WHAT_CAN_BE_ASKED
from riskshare.cli.saying import (
    FOLDER,
    Exit,
    columns,
    progress_on,
    report_findings,
    show,
    show_json,
    warn,
    width,
)
from riskshare.cli.simulation import simulate, threshold
from riskshare.problems.errors import UserError
from riskshare.problems.harmless import escaped, harmless

if TYPE_CHECKING:
    from riskshare.audit.diff.bridge import ModelComparison
    from riskshare.audit.diff.endpoint import Endpoint
    from riskshare.audit.verify.verdict import Verdict
    from riskshare.figures.computed import ComputedModel

WRITTEN = "riskshare.written"


class Commands(click.Group):
    """The commands, with every failure told in one sentence instead of a traceback."""

    def invoke(self, context: click.Context) -> object:
        """Runs a command; what a user can mend is exit code 3, what only we can mend 70."""
        leave_garbage()
        try:
            return cast(object, super().invoke(context))
        except (click.ClickException, click.exceptions.Exit, click.Abort, SystemExit):
            raise
        except BrokenPipeError:
            return _unread()
        except BaseException as failure:  # a panic of a library written in Rust is no Exception
            return _stop(*_ending(failure))


def _ending(failure: BaseException) -> tuple[Exit, str]:
    """The exit code of a failure, and the sentence that says what happened and what to do."""
    if isinstance(failure, UserError):
        return Exit.MENDABLE, str(failure)
    if isinstance(failure, KeyboardInterrupt):
        return Exit.INTERRUPTED, "Interrupted."
    from riskshare.problems.faults import fault, let_go, refusal, unusable

    if (refused := refusal(failure)) is not None:
        let_go(failure)
        return Exit.MENDABLE, unusable(refused)
    return Exit.FAULT, fault(failure, sys.argv[1:], click.get_current_context().meta.get(WRITTEN, ()))


def leave_garbage() -> None:
    """Looks for garbage rarely, and not at all at the end: a command is short, and its memory goes with its process."""
    gc.set_threshold(50_000, 20, 100)
    atexit.register(gc.freeze)


def _stop(code: Exit, sentence: str) -> NoReturn:
    warn(sentence)
    sys.exit(code)


def _unread() -> NoReturn:
    """Nobody reads what we say any more (`| head`): no word, and none when what is left is flushed at the end."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    sys.exit(Exit.UNREAD)


def _wrote(path: Path) -> None:
    """Remembers what a command has written, should it fail afterwards."""
    context = click.get_current_context()
    context.meta[WRITTEN] = (*context.meta.get(WRITTEN, ()), path)


def _workbook(name: str) -> Path:
    if Path(name).suffix.lower() != ".xlsx":
        raise click.BadParameter(f"'{name}' must end in .xlsx. For CSV files use build with --results FOLDER.")
    return Path(name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="riskshare")
def main() -> None:
    """Pool health and care budgets, share gains and losses, and get a workbook of live formulas."""


@main.command()
@click.argument("model", type=FOLDER)
@click.option("-o", "--output", metavar="FILE", type=_workbook, help="The workbook. [default: workbooks/NAME.xlsx]")
@click.option("--results", type=FOLDER, help="Also write the results as CSV files into this folder.")
@click.option("--no-proof", is_flag=True, help="Do not have the workbook recalculated; its pin will say so.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
def build(model: Path, output: Path | None, results: Path | None, no_proof: bool, quiet: bool) -> None:
    """Build the workbook of MODEL, a folder with model.toml and inputs, and have another engine recalculate it."""
    say = _silent if quiet else show
    path = output or Path("workbooks") / f"{model.resolve().name}.xlsx"
    with progress_on(f"Building {path}", quiet) as tell:
        from riskshare.build import build as build_workbook
        from riskshare.proof.proof import examine

        built, findings = build_workbook(model, path, None if no_proof else examine, tell)
    report_findings(findings, sys.stderr.isatty())
    if built is None:
        sys.exit(Exit.FINDINGS)
    _wrote(path)
    if results is not None:
        from riskshare.outputs.results import write_results

        for table in write_results(results, built.plan, built.figures):
            say(f"Results: {table}")
    _tell_built(built, path, say)


@main.command()
@click.argument("model", type=FOLDER)
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
def check(model: Path, quiet: bool) -> None:
    """Read and validate MODEL and list every finding, without building."""
    with progress_on(f"Checking {model}", quiet) as tell:
        from riskshare.build import compute

        built, findings = compute(model, tell)
    report_findings(findings, sys.stderr.isatty())
    if built is None:
        sys.exit(Exit.FINDINGS)
    if not quiet:
        show(f"{model} can be built: {built.plan.lines.height:,} lines, {len(built.plan.groups)} pool groups.")


@main.command()
@click.argument("model", type=FOLDER)
@click.option("--replace", is_flag=True, help="Replace a pin that differs.")
@click.option("--sign", "key", type=FOLDER, metavar="KEY", help="Sign it with this private key of OpenSSH.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
def pin(model: Path, replace: bool, key: Path | None, quiet: bool) -> None:
    """Write MODEL's pin.json: what an auditor needs to re-run it and get the same figures."""
    with progress_on(f"Pinning {model}", quiet) as tell, TemporaryDirectory() as folder:
        from riskshare.build import build as build_workbook
        from riskshare.figures.pin.file import record
        from riskshare.figures.pin.hashes import PIN_FILE, as_minuted
        from riskshare.files.writing import refuse_no_file, write_whole
        from riskshare.proof.proof import examine

        built, findings = build_workbook(model, Path(folder) / "proved.xlsx", examine, tell)
    report_findings(findings, sys.stderr.isatty())
    if built is None:
        sys.exit(Exit.FINDINGS)
    path = model / PIN_FILE
    if path.exists() and built.moved and not replace:
        _tell_moved(built.moved, show)
        show(f"{path} was left as it is. Use --replace to pin the model as it is now.")
        sys.exit(Exit.DIFFERENT)
    refuse_no_file(path)
    write_whole(path, record(built.pin, built.reading, built.plan.tables, built.figures).text())
    _wrote(path)
    say = _silent if quiet else show
    say(f"Pinned: {path}\nDigest: {as_minuted(built.pin.digest)}")
    if key is not None:
        from riskshare.audit.verify.signature import sign

        say(f"Signed: {sign(path, key)}")


@main.command()
@click.argument("target", type=FOLDER)
@click.option("--model", type=FOLDER, help="The model of the workbook TARGET, where it is not beside it or in models/.")
@click.option("--engine", default="ironcalc", show_default=True, help="What recalculates a workbook: or libreoffice.")
@click.option("--expect", metavar="DIGEST", help="The digest that `riskshare pin` printed, as it was minuted.")
@click.option("--signers", type=FOLDER, help="Who may have signed the pin: an allowed_signers file of OpenSSH.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def verify(
    target: Path, model: Path | None, engine: str, expect: str | None, signers: Path | None, as_json: bool
) -> None:
    """Run TARGET, a pinned model, a pin.json or a workbook, again: is it the same, and if not, what moved and why?"""
    with progress_on(f"Verifying {target}", as_json):
        from riskshare.audit.verify.answer import Asked, verify_target

        verdict, findings = verify_target(Asked(target, model, engine, expect, signers))
    report_findings(findings, sys.stderr.isatty())
    if verdict is None:
        sys.exit(Exit.FINDINGS)
    _tell_verdict(verdict, as_json)
    sys.exit(Exit.DONE if verdict.same else Exit.DIFFERENT)


@main.command()
@click.argument("before", type=FOLDER)
@click.argument("after", type=FOLDER)
@click.option("--lines", default=10, show_default=True, type=click.IntRange(0, 1000), help="Lines bridged one by one.")
@click.option("--xlsx", metavar="FILE", type=_workbook, help="Also write a workbook with charts.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def diff(before: Path, after: Path, lines: int, xlsx: Path | None, as_json: bool) -> None:
    """Say what changed from BEFORE to AFTER, each a model, a pin.json or a workbook, and what that moved."""
    with progress_on(f"Comparing {before} with {after}", as_json):
        from riskshare.audit.diff.bridge import compare

        comparison = compare(_endpoint(before), _endpoint(after), lines)
    _tell_comparison(comparison, xlsx, as_json)


@main.command(help=WHAT_CAN_BE_ASKED)
@click.argument("model", type=FOLDER)
@click.argument("figure", nargs=-1, required=True)
@click.option("--depth", type=click.IntRange(0, 60), help="Levels to open. [default: what a screen has room for]")
@click.option("--json", "as_json", is_flag=True, help="Print the whole tree as JSON.")
def explain(model: Path, figure: tuple[str, ...], depth: int | None, as_json: bool) -> None:
    """Explain a figure; a docstring can't hold the mark that keeps the lines of its help apart."""
    with progress_on(f"Computing {model}", as_json) as tell:
        from riskshare.audit.explain.answer import explain as explain_figure
        from riskshare.audit.explain.cells import Unanswered
        from riskshare.build import compute

        built, findings = compute(model, tell)
    if built is None:
        report_findings(findings, sys.stderr.isatty())
        sys.exit(Exit.FINDINGS)
    explanation = explain_figure(built, findings, " ".join(figure))
    if isinstance(explanation, Unanswered):
        raise click.UsageError(harmless(explanation.sentence))
    click.echo(escaped(explanation.json(depth)) if as_json else harmless(explanation.text(depth, columns())))


@main.command()
@click.argument("rule", required=False)
def rules(rule: str | None) -> None:
    """List the rules of a contract, or explain RULE: its keys, its arithmetic and a worked example."""
    from riskshare.outputs.rulebook.description import descriptions
    from riskshare.outputs.rulebook.terminal import explained, overview

    known, width = descriptions(), columns()
    if rule is None:
        show(overview(known.values(), width))
    elif rule in known:
        from riskshare.outputs.rulebook.worked import worked

        show(explained(known[rule], worked(known[rule].example), width))
    else:
        raise click.UsageError(_no_such_rule(rule, known))


def _no_such_rule(word: str, known: Iterable[str]) -> str:
    from riskshare.problems.findings import did_you_mean

    meant = did_you_mean(word.replace("-", "_"), known)
    return f"There is no rule '{word}'. {meant or 'The rules are ' + ', '.join(known) + '.'}"


def _endpoint(path: Path) -> Endpoint:
    from riskshare.audit.diff.endpoint import endpoint

    end, findings = endpoint(path)
    if end is None:
        report_findings(findings, sys.stderr.isatty())
        sys.exit(Exit.FINDINGS)
    return end


def _tell_comparison(comparison: ModelComparison, xlsx: Path | None, as_json: bool) -> None:
    from riskshare.audit.diff.report import report

    if xlsx is not None:
        from riskshare.audit.diff.workbook import write_bridge

        write_bridge(xlsx, comparison)
        _wrote(xlsx)
    if as_json:
        show_json(comparison.fields())
        return
    show(report(comparison, width()))
    if xlsx is not None:
        show(f"Workbook: {xlsx}")


def _tell_verdict(verdict: Verdict, as_json: bool) -> None:
    from riskshare.audit.verify.report import report

    if as_json:
        show_json(verdict.fields())
    else:
        show(report(verdict, width()))


def _silent(_: str) -> None:
    return None


def _tell_built(built: ComputedModel, path: Path, say: Callable[[str], None]) -> None:
    from riskshare.outputs.headline import headline

    say(f"\n{headline(built, width())}")
    _tell_moved(built.moved, say)
    say(f"Workbook: {path}")


def _tell_moved(moved: tuple[str, ...], say: Callable[[str], None]) -> None:
    if moved:
        say("This build differs from the model's pin.json:")
        for line in moved:
            say(f"  {line}")


main.add_command(simulate)
main.add_command(threshold)

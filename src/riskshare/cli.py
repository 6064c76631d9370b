"""The command line: arguments in, exit codes out; the only place that prints, with heavy packages loaded late."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

import click

from riskshare import __version__
from riskshare.errors import FormulaError, UserError

if TYPE_CHECKING:
    from decimal import Decimal

    from riskshare.build import Built
    from riskshare.findings import Finding

FOLDER = click.Path(path_type=Path)


class Exit(IntEnum):
    """What the command tells the shell."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    MENDABLE = 3
    DIFFERENT = 4


class Commands(click.Group):
    """The commands, with what a user can mend told in one sentence instead of a traceback."""

    def invoke(self, context: click.Context) -> object:
        """Runs a command; a folder that cannot be written to, a full disk or a file in the way are exit code 3."""
        try:
            return cast(object, super().invoke(context))
        except UserError as failure:
            return _stop(str(failure))
        except FormulaError as failure:
            return _stop(f"The figures cannot be computed truthfully: {failure}.")
        except OSError as failure:
            return _stop(
                f"{failure.filename or 'A file'} cannot be used: {failure.strerror or failure}. "
                "Close it in other programs or choose another place."
            )


def _stop(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(Exit.MENDABLE)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="riskshare")
def main() -> None:
    """Pool health and care budgets, share gains and losses, and get a workbook of live formulas."""


@main.command()
@click.argument("model", type=FOLDER)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The workbook to write. [default: workbooks/NAME.xlsx]",
)
@click.option("--results", type=FOLDER, help="Also write the results as CSV files into this folder.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
def build(model: Path, output: Path | None, results: Path | None, quiet: bool) -> None:
    """Build the workbook of MODEL, a folder with model.toml and inputs."""
    say = _silent if quiet else click.echo
    path = output or Path("workbooks") / f"{model.resolve().name}.xlsx"
    with _progress(f"Building {path}", quiet):
        from riskshare.build import build as build_workbook

        built, findings = build_workbook(model, path)
    _report(findings, sys.stderr.isatty())
    if built is None:
        sys.exit(Exit.FINDINGS)
    if results is not None:
        _write_results(built, results, say)
    _tell(built, path, say)


@main.command()
@click.argument("model", type=FOLDER)
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
def check(model: Path, quiet: bool) -> None:
    """Read and validate MODEL and list every finding, without building."""
    from riskshare.build import compute

    built, findings = compute(model)
    _report(findings, sys.stderr.isatty())
    if built is None:
        sys.exit(Exit.FINDINGS)
    if not quiet:
        click.echo(f"{model} can be built: {built.plan.lines.height:,} lines, {len(built.plan.groups)} pool groups.")


@main.command()
@click.argument("model", type=FOLDER)
@click.option("--replace", is_flag=True, help="Replace a pin that differs.")
def pin(model: Path, replace: bool) -> None:
    """Write MODEL's pin.json: what an auditor needs to re-run it and get the same figures."""
    from riskshare.build import compute
    from riskshare.pin import PIN_FILE

    built, findings = compute(model)
    _report(findings, sys.stderr.isatty())
    if built is None:
        sys.exit(Exit.FINDINGS)
    path = model / PIN_FILE
    if path.exists() and built.moved and not replace:
        _tell_moved(built.moved, click.echo)
        click.echo(f"{path} was left as it is. Use --replace to pin the model as it is now.")
        sys.exit(Exit.DIFFERENT)
    path.write_text(built.pin.text(), encoding="utf-8")
    click.echo(f"Pinned: {path}")


@main.command()
@click.argument("rule", required=False)
def rules(rule: str | None) -> None:
    """List the rules of a contract, or explain RULE: its keys, its arithmetic and a worked example."""
    from riskshare.explain.description import descriptions
    from riskshare.explain.terminal import explained, overview

    known, width = descriptions(), shutil.get_terminal_size((100, 24)).columns
    if rule is None:
        click.echo(overview(known.values(), width))
    elif rule in known:
        from riskshare.explain.worked import worked

        click.echo(explained(known[rule], worked(known[rule].example), width))
    else:
        raise click.UsageError(_no_such_rule(rule, known))


def _no_such_rule(word: str, known: Iterable[str]) -> str:
    from riskshare.findings import did_you_mean

    meant = did_you_mean(word.replace("-", "_"), known)
    return f"There is no rule '{word}'. {meant or 'The rules are ' + ', '.join(known) + '.'}"


def _silent(_: str) -> None:
    return None


@contextmanager
def _progress(title: str, quiet: bool) -> Iterator[None]:
    """A spinner on stderr while something takes time, where stderr is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(title):
        yield


def _report(findings: Iterable[Finding], coloured: bool) -> None:
    every = tuple(findings)
    for item in every:
        word = (
            click.style(item.severity.upper(), fg="red" if item.severity == "error" else "yellow")
            if coloured
            else item.severity.upper()
        )
        click.echo(f"{word} {item}", err=True)
    errors = sum(item.severity == "error" for item in every)
    if errors:
        click.echo(f"{errors} error{'s' if errors > 1 else ''}: nothing was written.", err=True)


def _write_results(built: Built, folder: Path, say: Callable[[str], None]) -> None:
    from riskshare.results import write_results

    for path in write_results(folder, built.plan, built.figures):
        say(f"Results: {path}")


def _tell(built: Built, path: Path, say: Callable[[str], None]) -> None:
    from riskshare.results import payments

    figures = built.figures
    say(f"\n{built.plan.model.title}, {built.plan.model.financial_year} ({built.plan.model.status})")
    say(_amounts("Figure", figures["headline"].select("figure", "amount").rows()))
    say(_amounts("Gain or (loss) after sharing", figures["settlement"].select("account", "entitlement").rows()))
    paid = [(f"{giver} pays {taker}", amount) for giver, taker, amount in payments(figures).rows()]
    say(_amounts("Payment", paid))
    say(_verdict(int(figures["verdict"]["count"][0]), int(figures["verdict"]["failing"][0])))
    _tell_moved(built.moved, say)
    say(f"Workbook: {path}")


def _verdict(count: int, failing: int) -> str:
    return f"Checks: {count}, {f'{failing} FAIL: see the sheet Checks' if failing else 'all pass'}"


def _tell_moved(moved: tuple[str, ...], say: Callable[[str], None]) -> None:
    if moved:
        say("This build differs from the model's pin.json:")
        for line in moved:
            say(f"  {line}")


def _amounts(heading: str, rows: Iterable[tuple[str, Decimal]]) -> str:
    """Names and amounts in two columns, for terminals and logs alike; a loss stands in brackets."""
    every = [(heading, "£"), *((name, _money(amount)) for name, amount in rows)]
    left, right = (max(len(row[column]) for row in every) for column in (0, 1))
    lines = [f"  {name:<{left}}  {amount:>{right}}" for name, amount in every]
    return "\n".join([lines[0], "  " + "-" * (left + right + 2), *lines[1:], ""])


def _money(amount: Decimal) -> str:
    return f"({-amount:,.2f})" if amount < 0 else f"{amount:,.2f} "


if __name__ == "__main__":
    main()

"""The house rules of CONTRIBUTING.md, held over the syntax trees of src/riskshare; each is shown to find a breach."""

from __future__ import annotations

import ast
import re
import shlex
import statistics
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from places import REPOSITORY
from riskshare import cli

SOURCE = REPOSITORY / "src" / "riskshare"

# The house, read downwards: a storey each, imports point down only. CONTRIBUTING.md shows it with a sentence per room.
LAYERS = (
    "cli",
    "audit",
    "risk",
    "build",
    "proof",
    "outputs",
    "validate",
    "figures",
    "inputs",
    "contract",
    "formula",
    "xlsx",
    "files",
    "problems",
)
LAYER_OF = {name: number for number, name in enumerate(LAYERS)}

# The same inside the rooms that have rooms of their own.
INNER_LAYERS = {
    "audit": ("diff", "verify", "edits", "explain", "changes"),
    "outputs": ("rulebook", "headline", "results", "terminal", "write", "sheets", "workbook"),
}

# rich and click print, so they are for cli.py; this module has rich draw text, and progress on a console it is given.
DRAWS = "outputs.terminal"

# These say what a figure is and know nothing that computes or writes it, but for the modules that bring frames in.
ENGINE_FREE = {"contract", "figures"}
KNOWS_FRAMES = ("figures.computed", "figures.line_treatment", "figures.pin", "figures.plan")
ENGINES = {"polars", "xlsxwriter"}

# `riskshare --help` answers at once because these are imported only where they are used.
HEAVY = {"fastexcel", "ironcalc", "numpy", "openpyxl", "pandera", "polars", "pydantic", "rich", "xlsxwriter"}

# The user's files are opened in inputs/; the others read back only what riskshare itself wrote.
MAY_READ_FILES = {
    "audit": "the workbook and its pin",
    "files": "whatever the other rooms name",
    "figures": "pin.json",
    "inputs": "the user's files",
    "proof": "the workbook",
    "xlsx": "any workbook",
}
READING_CALLS = {"load_workbook", "read_bytes", "read_csv", "read_excel", "read_text", "scan_csv", "ZipFile"}

FUNCTION_MEDIAN, FUNCTION_P95, FUNCTION_LONGEST = 8, 35, 60
MODULE_MEDIAN, MODULE_LONGEST = 150, 400

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


@dataclass(frozen=True)
class Module:
    """One file of the package, parsed."""

    path: Path
    name: str
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        """The name in LAYERS: `inputs` for riskshare/inputs/csv.py, empty for the package itself."""
        return self.name.split(".")[0]

    def at(self, node: ast.AST) -> str:
        """Where a node stands, as an editor jumps to it."""
        return f"{self.path.name}:{getattr(node, 'lineno', 1)} (riskshare.{self.name})"

    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


House = list[Module]


@cache
def read_house(source: Path) -> House:
    """Every module below the package's folder."""
    return [_read_module(path, source) for path in sorted(source.rglob("*.py"))]


def _read_module(path: Path, source: Path) -> Module:
    parts = path.relative_to(source).with_suffix("").parts
    name = ".".join(part for part in parts if part != "__init__")
    text = path.read_text(encoding="utf-8")
    return Module(path, name, text, ast.parse(text))


def imported_names(module: Module) -> Iterator[tuple[ast.stmt, str]]:
    """Every imported name in full, wherever the import stands: at the top, in a function or under TYPE_CHECKING."""
    package = [part for part in ("riskshare", *module.name.split(".")) if part]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            depth = len(package) - node.level + (module.path.name == "__init__.py")
            start = ".".join(package[:depth]) + "." if node.level else ""
            yield from ((node, f"{start}{node.module or ''}.{alias.name}".replace("..", ".")) for alias in node.names)


def imports_of_ours(module: Module) -> list[tuple[ast.stmt, str]]:
    """The places in LAYERS that a module imports from; `riskshare.__version__` is nobody's."""
    found = {(node, name.split(".")[1]) for node, name in imported_names(module) if name.startswith("riskshare.")}
    return sorted(((node, place) for node, place in found if place != "__version__"), key=lambda one: one[0].lineno)


def called_names(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the last part of the name that is called."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield node, node.func.id if isinstance(node.func, ast.Name) else node.func.attr


# ---------------------------------------------------------------------------------------------- who knows whom


def modules_outside_the_rooms(house: House) -> list[str]:
    return [
        f"{module.path.name}: riskshare.{module.place} has no layer. Put '{module.place}' into LAYERS of "
        "tests/test_house.py, or put it into the room it belongs to."
        for module in house
        if module.place and module.place not in LAYER_OF
    ]


def imports_that_point_up(house: House) -> list[str]:
    return [
        f"{module.at(node)} imports riskshare.{other}, which lies above it: imports point down only"
        for module in house
        for node, other in imports_of_ours(module)
        if {other, module.place} <= set(LAYER_OF) and LAYER_OF[other] < LAYER_OF[module.place]
    ]


def imports_that_point_up_inside_a_room(house: House) -> list[str]:
    return [
        f"{module.at(node)} imports {name}, which lies above it in {room}/: imports point down only"
        for module in house
        for room, inner in INNER_LAYERS.items()
        if module.place == room
        for node, name in imported_names(module)
        if (here := inner_layer(module.name, inner)) is not None
        and (there := inner_layer(name.removeprefix("riskshare."), inner)) is not None
        and name.startswith(f"riskshare.{room}.")
        and there < here
    ]


def inner_layer(name: str, inner: tuple[str, ...]) -> int | None:
    """The storey of a module inside its room; none for what is not listed there."""
    part = name.split(".")[1] if "." in name else ""
    return inner.index(part) if part in inner else None


def circles(house: House) -> list[str]:
    """Modules that import each other, directly or by way of others; imports for types alone count."""
    known = {module.name: module for module in house}
    reads = {name: {one for one in _modules_read(module, known) if one != name} for name, module in known.items()}
    reached = {name: _reached(name, reads) for name in reads}
    rings = {tuple(sorted(other for other in reached[name] if name in reached[other])) for name in reads}
    return [f"riskshare.{' and riskshare.'.join(ring)} import each other" for ring in sorted(rings) if ring]


def _modules_read(module: Module, known: Mapping[str, Module]) -> set[str]:
    names = [name.removeprefix("riskshare.") for _, name in imported_names(module) if name.startswith("riskshare.")]
    return {one for name in names for one in (name, name.rpartition(".")[0]) if one in known and one}


def _reached(start: str, reads: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = list(reads[start])
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead.extend(reads[name])
    return reached


def engines_where_figures_are_defined(house: House) -> list[str]:
    return [
        f"{module.at(node)} imports {name}: a figure is defined without knowing what computes or writes it"
        for module in house
        if module.place in ENGINE_FREE and not module.name.startswith(KNOWS_FRAMES)
        for node, name in imported_names(module)
        if name.split(".")[0] in ENGINES
    ]


def single_rules_known_outside(house: House) -> list[str]:
    return [
        f"{module.at(node)} imports {name}: a rule's file is all that knows it; ask for what Kind says of every rule"
        for module in house
        if not module.name.startswith("contract.rules")
        for node, name in imported_names(module)
        if name.startswith("riskshare.contract.rules.") and name.split(".")[3] not in ("kind", "kinds")
    ]


def printing_outside_cli(house: House) -> list[str]:
    others = [module for module in house if module.place != "cli"]
    calls = [(module, node, name) for module in others for node, name in called_names(module)]
    imports = [(module, node, name) for module in others for node, name in imported_names(module)]
    return [
        f"{module.at(node)} prints ({name}): only cli.py does; return the text or a Finding"
        for module, node, name in calls + imports
        if name in {"print", "echo", "secho", "sys.stdout", "sys.stderr"}
        or name.split(".")[0] in {"click"} | ({"rich"} if module.name != DRAWS else set())
    ]


def files_opened_elsewhere(house: House) -> list[str]:
    return [
        f"{module.at(node)} reads a file ({name}): the user's files are opened in inputs/ alone"
        for module in house
        if module.place not in MAY_READ_FILES
        for node, name in called_names(module)
        if name in READING_CALLS or (name == "open" and _opens_to_read(node))
    ]


def _opens_to_read(call: ast.Call) -> bool:
    arguments = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    texts = [node.value for node in arguments if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    modes = [text for text in texts if re.fullmatch(r"[rwxabt+]{1,4}", text)]
    return not any(set(mode) & set("wxa") for mode in modes)


# ---------------------------------------------------------------------------------------------- size


def length(function: Function) -> int:
    """Lines of a function's body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def lengths(house: House) -> list[int]:
    return sorted(length(function) for module in house for function in module.functions())


def lines_of(module: Module) -> int:
    return module.text.count("\n")


def functions_too_long(house: House) -> list[str]:
    return [
        f"{module.at(function)} {function.name} has {length(function)} lines; none has over {FUNCTION_LONGEST}"
        for module in house
        for function in module.functions()
        if length(function) > FUNCTION_LONGEST
    ]


def modules_too_long(house: House) -> list[str]:
    return [
        f"{module.path.name} (riskshare.{module.name}) has {lines_of(module)} lines; none has over {MODULE_LONGEST}"
        for module in house
        if lines_of(module) > MODULE_LONGEST
    ]


def too_long_as_a_rule(house: House) -> list[str]:
    functions = lengths(house)
    percentile_95 = functions[min(len(functions) - 1, len(functions) * 95 // 100)]
    measured = {
        "median function": (statistics.median(functions), FUNCTION_MEDIAN),
        "function at the 95th percentile": (percentile_95, FUNCTION_P95),
        "median module": (statistics.median(lines_of(module) for module in house), MODULE_MEDIAN),
    }
    return [f"the {what} has {size:g} lines; aim: {aim}" for what, (size, aim) in measured.items() if size > aim]


# ---------------------------------------------------------------------------------------------- words


def modules_without_purpose(house: House) -> list[str]:
    return [
        f"{module.path.name} (riskshare.{module.name}): its first line must be a docstring that says what it is for"
        for module in house
        if not (ast.get_docstring(module.tree) and module.tree.body[0].lineno == 1)
    ]


def public_definitions(body: list[ast.stmt]) -> Iterator[Definition]:
    """Public functions and classes, with the public methods of public classes."""
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            yield from public_definitions(node.body) if isinstance(node, ast.ClassDef) else ()


def public_names_undocumented(house: House) -> list[str]:
    return [
        f"{module.at(node)} {node.name} is public and has no docstring"
        for module in house
        for node in public_definitions(module.tree.body)
        if not ast.get_docstring(node)
    ]


def public_names_unused(house: House) -> list[str]:
    uses = Counter(name for module in house for name in _names_used(module))
    return [
        f"{module.at(node)} {node.name} is public and nothing in src uses it"
        for module in house
        for node in module.tree.body
        if isinstance(node, Definition) and not node.name.startswith("_")
        if not _found_by_itself(module, node) and not uses[node.name]
    ]


def _found_by_itself(module: Module, node: Definition) -> bool:
    """A command that click knows by its decorator, or a rule that rules/ finds in its folder."""
    return module.name.startswith("contract.rules." if isinstance(node, ast.ClassDef) else "cli")


def _names_used(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.alias):
            yield node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def functions_unannotated(house: House) -> list[str]:
    return [
        f"{module.at(function)} {function.name}: annotate {', '.join(missing)}"
        for module in house
        for function in module.functions()
        if (missing := list(_unannotated(function)))
    ]


def _unannotated(function: Function) -> Iterator[str]:
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    yield from (one.arg for one in named if one and not one.annotation and one.arg not in {"self", "cls"})
    if function.returns is None:
        yield "what it returns"


def found_that_is_no_finding(house: House) -> list[str]:
    """`found` is what a finding says; a frame, a match or a list of that name reads like one and is none."""
    return [
        f"{module.at(node)} calls something 'found' that is no text of a finding: say what it is"
        for module in house
        if module.place != "problems"
        for node in ast.walk(module.tree)
        if any(name == "found" and not text for name, text in _named_there(node))
    ]


def _named_there(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """The names that a statement, a loop or a function gives, each with whether it may be a finding's text."""
    match node:
        case ast.Assign(targets=[ast.Name(name)], value=value):
            yield name, isinstance(value, ast.Constant | ast.JoinedStr | ast.BinOp | ast.IfExp) or _formats(value)
        case ast.AnnAssign(target=ast.Name(name), annotation=kind) | ast.arg(arg=name, annotation=kind):
            yield name, kind is not None and ast.unparse(kind) == "str"
        case ast.For(target=target) | ast.comprehension(target=target) | ast.NamedExpr(target=target):
            yield from ((part.id, False) for part in ast.walk(target) if isinstance(part, ast.Name))


def _formats(value: ast.expr) -> bool:
    return (
        isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in ("format", "get")
    )


# ---------------------------------------------------------------------------------------------- each rule, and a breach

DOCUMENTED = '"""What this is for."""\n'
LONG_BODY = "    x = 1\n" * 61
RULES: Mapping[Callable[[House], list[str]], tuple[dict[str, str], str]] = {
    modules_outside_the_rooms: ({"helpers.py": ""}, "riskshare.helpers has no layer"),
    imports_that_point_up: (
        {
            "contract/model.py": "def f(): from riskshare.inputs import csv",
            "formula/units.py": "import re",
        },
        "model.py:1 (riskshare.contract.model) imports riskshare.inputs, which lies above it",
    ),
    imports_that_point_up_inside_a_room: (
        {"outputs/workbook/canvas.py": "def f(): from riskshare.outputs.sheets import cover"},
        "canvas.py:1 (riskshare.outputs.workbook.canvas) imports riskshare.outputs.sheets.cover, which lies above it",
    ),
    circles: (
        {
            "xlsx/a.py": "from riskshare.xlsx.b import x",
            "xlsx/b.py": "def f(): from riskshare.xlsx import c",
            "xlsx/c.py": "if TYPE_CHECKING:\n    from riskshare.xlsx.a import y",
        },
        "riskshare.xlsx.a and riskshare.xlsx.b and riskshare.xlsx.c import each other",
    ),
    engines_where_figures_are_defined: (
        {"contract/rules/cap.py": "import polars as pl"},
        "cap.py:1 (riskshare.contract.rules.cap) imports polars",
    ),
    single_rules_known_outside: (
        {
            "contract/rules/cap.py": "from riskshare.contract.rules.limits import Limit",
            "contract/parse.py": "from riskshare.contract.rules.kind import Kind",
            "figures/sharing.py": "from riskshare.contract.rules.cap import Cap",
        },
        "sharing.py:1 (riskshare.figures.sharing) imports riskshare.contract.rules.cap.Cap",
    ),
    printing_outside_cli: (
        {
            "cli.py": "print()",
            "outputs/terminal.py": "from rich import table",
            "build.py": "from rich import table\nprint('done')",
        },
        "build.py:2 (riskshare.build) prints (print): only cli.py does; return the text or a Finding\n"
        "build.py:1 (riskshare.build) prints (rich.table)",
    ),
    files_opened_elsewhere: (
        {"inputs/csv.py": "open('lines.csv')", "outputs/a.py": "open('x', 'w')", "build.py": "path.open()"},
        "build.py:1 (riskshare.build) reads a file (open)",
    ),
    functions_too_long: ({"pool.py": f"def split():\n{LONG_BODY}"}, "split has 61 lines; none has over 60"),
    modules_too_long: ({"pool.py": "x = 1\n" * 401}, "has 401 lines; none has over 400"),
    too_long_as_a_rule: (
        {"pool.py": f"def split():\n{LONG_BODY}"},
        "the function at the 95th percentile has 61 lines; aim: 35",
    ),
    modules_without_purpose: (
        {"pool.py": "# comment\n" + DOCUMENTED},
        "pool.py (riskshare.pool): its first line must be a docstring",
    ),
    public_names_undocumented: (
        {"pool.py": f"class Pool:\n    {DOCUMENTED}    def split(self): ...\n"},
        "split is public and has no docstring",
    ),
    public_names_unused: (
        {"pool.py": "def split(): ...\ndef join(): ...\njoin()"},
        "split is public and nothing in src uses it",
    ),
    found_that_is_no_finding: (
        {"inputs/a.py": "found = f'{x} is none'\ndef f(found: str): ...\nfound = re.match('a', 'b')"},
        "a.py:3 (riskshare.inputs.a) calls something 'found' that is no text of a finding",
    ),
    functions_unannotated: (
        {"pool.py": "def split(total, *parts: int): ..."},
        "split: annotate total, what it returns",
    ),
}


@pytest.mark.parametrize("broken", RULES, ids=lambda rule: rule.__name__)
def test_our_house_keeps_the_rule(broken: Callable[[House], list[str]]) -> None:
    said = broken(read_house(SOURCE))
    assert not said, "\n" + "\n".join(said)


@pytest.mark.parametrize("broken", RULES, ids=lambda rule: rule.__name__)
def test_a_house_that_breaks_the_rule_is_told(broken: Callable[[House], list[str]], tmp_path: Path) -> None:
    files, expected = RULES[broken]
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert expected in "\n".join(broken(read_house(tmp_path)))


def test_a_house_that_keeps_every_rule_is_told_nothing(tmp_path: Path) -> None:
    imports = "from riskshare import __version__\nfrom .problems import Pool\n"
    good = f"{DOCUMENTED}{imports}\n\ndef _x(pool: Pool) -> str:\n    return __version__\n"
    (tmp_path / "build.py").write_text(good, encoding="utf-8")
    (tmp_path / "problems.py").write_text(f"{DOCUMENTED}\n\nclass Pool:\n    {DOCUMENTED}", encoding="utf-8")
    assert [said for rule in RULES for said in rule(read_house(tmp_path))] == []


# ---------------------------------------------------------------------------------------------- the command line


def heavy_packages_after(code: str) -> set[str]:
    """Which heavy packages a fresh Python has imported when it has run the code."""
    report = "import sys; sys.stderr.write(' '.join(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True)
    return HEAVY & set(done.stderr.split())


def test_help_waits_for_no_heavy_package() -> None:
    ask = "import sys; sys.argv = ['riskshare', '--help']; from riskshare.cli import main"
    assert heavy_packages_after(f"{ask}\ntry: main()\nexcept SystemExit: pass") == set()
    assert heavy_packages_after("import xlsxwriter") == {"xlsxwriter"}


def the_command() -> click.Group:
    """The click group behind `riskshare`."""
    return next(value for value in vars(cli).values() if isinstance(value, click.Group))


def sub_commands() -> dict[str, click.Command]:
    group = the_command()
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command}


def test_help_lists_every_command_with_what_it_does() -> None:
    listed = CliRunner().invoke(the_command(), ["--help"]).output
    rows = re.findall(r"^  (\S+)  +\S", listed.partition("Commands:")[2], flags=re.MULTILINE)
    assert rows == list(sub_commands())
    assert {"build", "check", "pin"} <= set(rows)


def test_every_command_explains_itself_and_its_options() -> None:
    for name, command in sub_commands().items():
        shown = CliRunner().invoke(the_command(), [name, "--help"])
        assert shown.exit_code == 0, name
        assert command.help, name
        silent = [one.name for one in command.params if isinstance(one, click.Option) and not one.help]
        assert silent == [], f"{name}: options without help"


# ---------------------------------------------------------------------------------------------- the page of the rooms

ROOMS = (REPOSITORY / "docs" / "house.md").read_text(encoding="utf-8")
MOST_LINES = 10
SAYS = ("For:", "In:", "Out:", "Never:", "Begin:")


def lines_by_room(page: str) -> dict[str, list[str]]:
    """The lines that are written about each room, in the order of the page."""
    titled = (section.partition("\n") for section in page.split("\n## ")[1:])
    return {title: [line for line in text.splitlines() if line] for title, _, text in titled}


def named_and_missing(page: str) -> list[str]:
    """What the page names of the package and of the repository, and is not there."""
    named = re.findall(r"`([a-z0-9_/]+/(?:[a-z0-9_-]+\.(?:py|md))?|[a-z_]+\.py)`", page)
    return [name for name in named if not any((root / name).exists() for root in (SOURCE, REPOSITORY))]


def test_every_room_has_its_lines_in_the_order_of_the_storeys() -> None:
    assert list(lines_by_room(ROOMS)) == list(LAYERS)


@pytest.mark.parametrize("room", LAYERS)
def test_a_room_is_told_in_ten_lines(room: str) -> None:
    """What it is for, what comes in, what goes out, what it never does, and where in it to begin."""
    lines = lines_by_room(ROOMS)[room]
    assert len(lines) <= MOST_LINES
    assert [word for word in SAYS if sum(line.startswith(word) for line in lines) != 1] == []
    begin = re.search(r"`([^`]+)`", lines[-1])
    assert begin is not None
    assert begin[1].startswith(room)


def test_what_the_page_of_the_rooms_names_is_there() -> None:
    assert named_and_missing(ROOMS) == []


def test_a_page_of_rooms_that_are_not_there_would_be_told() -> None:
    assert named_and_missing(ROOMS.replace("`xlsx/a1.py`", "`xlsx/b2.py`")) == ["xlsx/b2.py"]
    assert list(lines_by_room(ROOMS.replace("## proof", "## prove"))) != list(LAYERS)


# ---------------------------------------------------------------------------------------------- what the pages promise


def commands_in(page: str, program: str) -> list[str]:
    """The arguments of every call of a program in a page's fenced blocks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in _typed(re.sub(r"[\\`^]\n\s*", " ", block).splitlines())]
    calls = [re.match(rf"(?:\S*[\\/])?{program}(?:\.exe)?(?:\s+(.*))?$", line) for line in lines]
    return [(call[1] or "").replace("\\", "/") for call in calls if call]


def _typed(lines: list[str]) -> list[str]:
    """What a reader types: all lines, or those after a prompt when a block shows prompts, and so output too."""
    prompt = re.compile(r"^(?:PS |[A-Z]:\\\S*)?[$>] ")
    typed = [prompt.sub("", line) for line in lines if prompt.match(line)]
    return [line.strip() for line in typed or lines]


def misuse(command: click.Command, words: list[str]) -> str:
    """What click would say to these words; empty when it takes them."""
    context = click.Context(command, info_name=command.name)
    try:
        _, rest, _ = command.make_parser(context).parse_args(list(words))
    except click.UsageError as problem:
        return problem.format_message()
    if not isinstance(command, click.Group):
        return f"too many arguments: {rest}" if rest else ""
    below = command.get_command(context, rest[0]) if rest else None
    return misuse(below, rest[1:]) if below else f"no such command: {rest[0]}" if rest else ""


def refused(page: str) -> list[str]:
    """Every `riskshare ...` of a page that the command line would not take."""
    said = ((call, misuse(the_command(), shlex.split(call, comments=True))) for call in commands_in(page, "riskshare"))
    return [f"riskshare {call}: {why}" for call, why in said if why]


def unknown_targets(page: str, makefile: str) -> list[str]:
    """Every `make ...` of a page that the Makefile does not have."""
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    named = [shlex.split(call, comments=True) for call in commands_in(page, "make")]
    return [word for words in named for word in words if word not in targets and "=" not in word]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_command_of_our_pages_works(name: str) -> None:
    page = (REPOSITORY / name).read_text(encoding="utf-8")
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert commands_in(page, "make")
    assert commands_in(page, "riskshare")
    assert refused(page) == []
    assert unknown_targets(page, makefile) == []


@pytest.mark.parametrize("name", ["audit", "explain"])
def test_every_command_of_the_auditors_pages_works(name: str) -> None:
    page = (REPOSITORY / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert commands_in(page, "riskshare")
    assert refused(page) == []


def test_a_command_that_does_not_exist_is_told() -> None:
    page = (
        "```sh\nriskshare build models/a  # comment\nriskshare bild models/a\n"
        ".venv\\Scripts\\riskshare.exe build --colour red m\n```\n"
        "```console\n$ make everything\nriskshare is output here\n```\n"
    )
    assert len(commands_in(page, "riskshare")) == 3
    wrong = ["riskshare bild models/a", "riskshare build --colour red m"]
    assert [said.split(":")[0] for said in refused(page)] == wrong
    assert unknown_targets(page, "demo:\n\techo") == ["everything"]


# ---------------------------------------------------------------------------------------------- dependencies

INDIRECT = {"pyarrow"}  # what fastexcel hands its cells and errors over in
ALWAYS_THERE = {*sys.stdlib_module_names, "riskshare"}


def project_table() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def named(requirements: list[Any]) -> set[str]:
    """The packages that a list of requirements names."""
    return {re.split(r"[^a-z0-9-]", line)[0] for line in requirements if isinstance(line, str)}


def test_we_ask_for_what_we_import_and_nothing_else() -> None:
    imported = {name.split(".")[0] for module in read_house(SOURCE) for _, name in imported_names(module)}
    asked = {name.replace("-", "_") for name in named(project_table()["project"]["dependencies"])}
    assert imported - ALWAYS_THERE == asked - INDIRECT


def lock_file(name: str) -> str:
    """The text of a lock file."""
    return (REPOSITORY / "requirements" / f"{name}.lock").read_text(encoding="utf-8")


def pinned(text: str) -> set[tuple[str, str]]:
    """The packages that a lock file names, with their versions."""
    return set(re.findall(r"^([a-z0-9-]+)==(\S+)", text, flags=re.MULTILINE))


def test_the_locks_hold_every_dependency_that_pyproject_asks_for() -> None:
    project = project_table()
    groups = {"run": project["project"]["dependencies"], **project["dependency-groups"]}
    for lock, group in {"run": "run", "dev": "dev", "bench": "bench", "older": "pins"}.items():
        assert named(groups[group]) <= {name for name, _ in pinned(lock_file(lock))}, f"{lock}.lock: run `make lock`"


def test_one_environment_serves_all_three_locks() -> None:
    assert pinned(lock_file("run")) < pinned(lock_file("dev")) < pinned(lock_file("bench"))


@pytest.mark.parametrize("lock", ["run", "dev", "bench", "older"])
def test_a_lock_names_no_index_and_hashes_every_package(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", lock_file(lock))
    assert [entry for entry in entries if "--hash=sha256:" not in entry or "://" in entry] == []

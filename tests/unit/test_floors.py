"""The rules of the house: imports only go downstairs and never in a circle, and the model has no numbers of its own."""

import ast
from pathlib import Path

import pytest

from sim import model
from sim.files.folders import COMPILED_IN

SIM = Path(model.__file__).parents[1]
# From the ground floor up; `sim/__main__.py` stands on the top floor, with the command line.
FLOORS = (
    "interrupts",
    "words",
    "errors",
    "files",
    "evidence",
    "world",
    "model",
    "runs",
    "analysis",
    "show",
    "browser",
    "command",
)
TOP = len(FLOORS) - 1
MODEL = sorted((SIM / "model").glob("*.py"))
NO_NUMBERS_NEEDED = {0, 1, 2, 0.5}


def modules():
    return [
        path
        for path in sorted(SIM.rglob("*.py"))
        if path != SIM / "__init__.py" and "_bundled" not in path.parts
    ]


def floor_of(path):
    """Floor of a module, given by its path below `sim`."""
    room = path.parts[0].removesuffix(".py")
    assert room in FLOORS or len(path.parts) == 1, f"{room}: on which floor is this folder?"
    return FLOORS.index(room) if room in FLOORS else TOP


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SIM)))
def test_imports_go_downstairs(path):
    floor = floor_of(path.relative_to(SIM))
    for name in imported(ast.parse(path.read_text())):
        if name.startswith("sim."):
            room = Path(name.split(".")[1])
            assert floor_of(room) <= floor, name


def name_of(path):
    """Name of a module as it is imported."""
    return ".".join(("sim", *path.relative_to(SIM).with_suffix("").parts)).removesuffix(".__init__")


def circles(imports):
    """Groups of modules each of which imports all others of its group, directly or by way of others."""

    def reached(start):
        found, ahead = set(), [start]
        while ahead:
            new = imports[ahead.pop()] - found
            found |= new
            ahead += new
        return found

    reach = {name: reached(name) for name in imports}
    groups = {frozenset(other for other in reach[name] if name in reach[other]) for name in imports}
    return sorted(sorted(group) for group in groups if group)


def test_no_circle_between_files():
    """Imports inside functions and those for type checkers count: what needs the other cannot be read without it."""
    paths = {name_of(path): path for path in modules()}
    imports = {}
    for name, path in paths.items():
        wanted = imported(ast.parse(path.read_text()))
        # `from sim.runs import walk` names a module, `from sim.runs.walk import Walk` something in one.
        found = {each if each in paths else each.rpartition(".")[0] for each in wanted}
        imports[name] = (found & paths.keys()) - {name}
    assert circles(imports) == []


def test_a_circle_is_found():
    imports = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": set()}
    assert circles(imports) == [["a", "b", "c"]]


def test_the_kernels_cache_is_named_by_all_that_the_model_imports():
    """Numbers and names of other rooms are compiled in: an edit of them must not find a kernel from before."""
    others = {
        name.split(".")[1] + "/" + name.split(".")[2] + ".py"
        for path in MODEL
        if path.name != "__init__.py"
        for name in imported(ast.parse(path.read_text()))
        if name.startswith("sim.") and not name.startswith("sim.model.")
    }
    assert others == set(COMPILED_IN)


def numbers(tree):
    """Numbers in a module, besides module-level constants in capitals and the register's bounds."""
    allowed = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and all(
            isinstance(name, ast.Name) and name.id.lstrip("_").isupper()
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            for name in (target.elts if isinstance(target, ast.Tuple) else [target])
        )
    ]
    allowed += [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Spec"
    ]
    inside = {id(part) for node in allowed for part in ast.walk(node)}
    for node in ast.walk(tree):
        number = isinstance(node, ast.Constant) and isinstance(node.value, int | float)
        if number and not isinstance(node.value, bool) and id(node) not in inside:
            yield node


@pytest.mark.parametrize("path", MODEL, ids=lambda path: path.name)
def test_no_number_of_the_model_stands_in_the_model(path):
    found = [(node.lineno, node.value) for node in numbers(ast.parse(path.read_text()))]
    assert [(line, value) for line, value in found if value not in NO_NUMBERS_NEEDED] == []


@pytest.mark.parametrize("path", MODEL, ids=lambda path: path.name)
def test_survey_answers_are_addressed_by_name(path):
    """An answer is ``x[X3]``, never ``x[3]``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Subscript) and getattr(node.value, "attr", getattr(node.value, "id", "")) in (
            "x",
            "x0",
        ):
            index = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) else node.slice
            assert not isinstance(index, ast.Constant), (path.name, node.lineno)


def test_the_roof_is_cheap():
    """Importing `sim` loads nothing heavy: `--help` has to feel instant."""
    tree = ast.parse((SIM / "__init__.py").read_text())
    top = [name for node in tree.body for name in imported(ast.Module([node], []))]
    assert not {name.split(".")[0] for name in top} & {"numba", "numpy", "pandas", "matplotlib"}

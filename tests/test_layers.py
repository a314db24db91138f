"""What may import what: the picture of the house, held beside the imports as they are.

Imports go down this list only; within a package modules import each other without a circle.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.servers import ROOT

WEBAPP = ROOT / "webapp"

LAYERS = [
    ["room"],
    ["appointments"],
    ["clinic"],
    ["staff"],
    ["sockets", "ice", "fragments", "assets", "squeeze"],
    ["security"],
    ["extensions"],
    ["database", "fields"],
    ["signalling", "clock", "config", "relay"],
]
KNOW_ALL = ["webapp", "cli", "housekeeping", "show", "errors"]
"""The ones that tie the others together; nothing below imports them."""
KNOW_NOTHING = ["signalling", "clock", "config", "relay"]
"""The ones that import nothing else of webapp."""


def modules() -> dict[str, Path]:
    """Return every module of webapp by its full name."""
    found = {}
    for path in sorted(WEBAPP.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(name: str) -> frozenset[str]:
    """Return the modules of webapp that a module imports, wherever in it."""
    known, found = modules(), set()
    for node in ast.walk(ast.parse(known[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in known else str(node.module))
    return frozenset(each for each in found if each in known and each != name)


def part(name: str) -> str:
    """Return the package or top module that a module belongs to, e.g. "room"."""
    return name.split(".")[1] if "." in name else name


def test_every_part_has_its_place() -> None:
    placed = [each for layer in LAYERS for each in layer] + KNOW_ALL
    assert sorted(placed) == sorted({part(name) for name in modules()})


@pytest.mark.parametrize("name", modules())
def test_imports_go_down_only(name: str) -> None:
    level = {each: number for number, layer in enumerate(LAYERS) for each in layer}
    if part(name) in KNOW_ALL:
        return
    for other in imports(name):
        if part(other) != part(name):
            assert part(other) not in KNOW_ALL, f"{name} imports {other}, which ties all together"
            assert level[part(other)] > level[part(name)], f"{name} imports {other}, which is not below it"


@pytest.mark.parametrize("name", [name for name in modules() if part(name) in KNOW_NOTHING])
def test_the_foundations_know_nothing_of_the_house(name: str) -> None:
    assert {part(other) for other in imports(name)} <= {part(name)}


def test_there_are_no_circles() -> None:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " imports ".join((*path[path.index(name) :], name))
        if name not in done:
            for other in imports(name):
                visit(other, (*path, name))
            done.add(name)

    for name in modules():
        visit(name, ())

"""Mutation test of the emitter and what stands around it: `python -m tests.engine.mutate --mutants 60 --seed 1`.

Each mutant is a copy of the engine with one small change (a comparison turned, a condition negated, a constant or a
boolean operator exchanged, a statement left out); the quick tests run against it. A mutant that survives is printed
with its line: either a test is missing, or the change makes no difference.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGETS = (
    "emit.py",
    "leaves.py",
    "columnar.py",
    "rows.py",
    "careful.py",
    "segments.py",
    "fetch.py",
    "types.py",
    "arguments.py",
    "serial.py",
)
SECONDS = 90
TESTS = ("test_found.py", "test_execution.py", "test_segments.py", "test_binding.py", "test_mutations.py")

_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


class Mutator(ast.NodeTransformer):
    """Changes the place with the given number; `places` is how many there are."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.places = 0
        self.line = 0
        self.what = ""

    def _here(self, node: ast.AST, what: str) -> bool:
        self.places += 1
        if self.places - 1 != self._number:
            return False
        self.line, self.what = getattr(node, "lineno", 0), what
        return True

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if self._here(node, "comparison turned"):
            node.ops[0] = _TURNED[type(node.ops[0])]()
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        if self._here(node, "and/or exchanged"):
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        if self._here(node, "condition negated"):
            node.test = ast.UnaryOp(ast.Not(), node.test)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool):
            return ast.Constant(not node.value) if self._here(node, "boolean exchanged") else node
        if isinstance(node.value, int) and self._here(node, "number increased"):
            return ast.Constant(node.value + 1)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Call) and self._here(node, "call left out"):
            return ast.Pass()
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node


def mutants(name: str) -> Iterator[tuple[str, int, int, str]]:
    """Every mutant of a file: its source, number, line, and what was done."""
    source = (ROOT / "engine" / name).read_text()
    counter = Mutator(-1)
    counter.visit(ast.parse(source))
    for number in range(counter.places):
        tree = ast.parse(source)
        mutator = Mutator(number)
        changed = ast.fix_missing_locations(mutator.visit(tree))
        yield ast.unparse(changed), number, mutator.line, mutator.what


def survives(name: str, source: str) -> bool:
    """Whether the quick tests and some generated cases pass with this source in place of the file's."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        shutil.copytree(ROOT / "engine", place / "engine", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(
            ROOT / "tests" / "engine", place / "tests" / "engine", ignore=shutil.ignore_patterns("__pycache__")
        )
        (place / "tests" / "__init__.py").touch()
        (place / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\nfilterwarnings = ignore\n")
        (place / "engine" / name).write_text(source)
        tests = [f"tests/engine/{test}" for test in TESTS]
        commands = (
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
            [sys.executable, "-m", "tests.engine.differential", "--cases", "250", "--seed", "50"],
        )
        try:
            for command in commands:
                done = subprocess.run(command, cwd=place, capture_output=True, timeout=SECONDS, check=False)
                if done.returncode != 0:
                    return False
        except subprocess.TimeoutExpired:
            return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", choices=TARGETS)
    options = parser.parse_args()
    names = [options.file] if options.file else TARGETS
    every = [(name, *mutant) for name in names for mutant in mutants(name)]
    chosen = random.Random(options.seed).sample(every, min(options.mutants, len(every)))
    lines = {name: (ROOT / "engine" / name).read_text().splitlines() for name in names}
    survivors = 0
    for name, source, _, line, what in chosen:
        if survives(name, source):
            survivors += 1
            print(f"survived: engine/{name}:{line} {what}: {lines[name][line - 1].strip()}", flush=True)
    print(f"{len(chosen)} of {len(every)} mutants, {survivors} survived")


if __name__ == "__main__":
    main()

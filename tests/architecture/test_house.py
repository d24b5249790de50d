"""House rules that a linter cannot express: sizes, module sentences and loop-safe clocks."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE_LIMIT, TEST_FILE_LIMIT, FUNCTION_LIMIT = 350, 500, 60


def _python_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


FILES = _python_files()


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_short_and_says_what_it_is(path):
    """A reader holds one file in the head; its first sentence tells whether to read on."""
    text = path.read_text()
    tree = ast.parse(text)
    limit = TEST_FILE_LIMIT if "tests" in path.relative_to(ROOT).parts else FILE_LIMIT
    long = [f"{f.name}:{f.lineno}" for f in _functions(tree) if (f.end_lineno or 0) - f.lineno >= FUNCTION_LIMIT]
    assert text.count("\n") <= limit
    assert not tree.body or ast.get_docstring(tree)
    assert long == []

"""The contract is compared with the code and with what clients knew before."""

import subprocess

import pytest

from gateway.check import changes, check
from graph.export import printed_schema

BEFORE = "type Query { a(b: Int): String c: String kind: Kind } enum Kind { ONE }"
AFTER = "type Query { a(b: Int!): String kind: Kind } enum Kind { ONE TWO }"


def git(folder, *arguments):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    """A repository whose first commit has another schema than the code, its second one the code's."""
    git(tmp_path, "init", "-q")
    file = tmp_path / "schema.graphql"
    for text in ("type Query { gone: String }\n", printed_schema()):
        file.write_text(text)
        git(tmp_path, "add", "schema.graphql")
        git(tmp_path, "commit", "-q", "-m", "schema")
    return file


def test_breaking_changes_come_before_dangerous_ones():
    assert changes(BEFORE, AFTER) == [
        "breaking: Argument Query.a(b:) has changed type from Int to Int!.",
        "breaking: Field Query.c was removed.",
        "dangerous: Enum value Kind.TWO was added.",
    ]


def test_a_file_that_is_what_the_code_says_passes_and_tells_the_last_change(repository, capsys):
    assert check(None, file=repository) == 0
    assert "breaking: Field Query.gone was removed." in capsys.readouterr().out


def test_the_commit_to_compare_with_can_be_named(repository, capsys):
    assert check("HEAD", file=repository) == 0
    assert capsys.readouterr().out == ""
    assert check("nonsense", file=repository) == 0


def test_a_file_that_drifted_is_refused_with_what_to_do(repository, capsys):
    repository.write_text(printed_schema().replace("type Query", "type Query @x", 1))
    assert check(None, file=repository) == 1
    told = capsys.readouterr().out
    assert "Run `make schema` and commit the file." in told
    assert "-type Query @x" in told


def test_a_missing_file_is_a_drift(tmp_path, capsys):
    assert check(None, file=tmp_path / "schema.graphql") == 1

"""Every dependency is imported or explained here, and every package that is imported is a dependency of ours."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("legalhold", "exports", "webdav")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
UNIMPORTED = {
    "argon2-cffi",  # named in PASSWORD_HASHERS; Django imports it
    "tzdata",  # read by zoneinfo where the system has no zones
}
TOOLS = {
    "django-stubs", "mypy", "types-defusedxml", "types-python-dateutil",  # types
    "import-linter", "ruff",  # commands of the gates
    "pytest-cov", "pytest-django", "pytest-socket", "pytest-timeout", "pytest-xdist",  # plugins
}  # fmt: skip


def named(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w-]+", requirement)[0].lower() for requirement in requirements}


def imported(*folders: str) -> set[str]:
    """Distributions of the packages that files below these folders import."""
    trees = [ast.parse(path.read_text()) for folder in folders for path in (ROOT / folder).rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    tops = {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {*ROOMS, "tests", "_typeshed"}
    known = packages_distributions()
    return {known[top][0].lower().replace("_", "-") for top in tops}


def test_what_the_product_imports_is_what_it_depends_on():
    assert imported(*ROOMS) | UNIMPORTED == named(PROJECT["dependencies"])


def test_what_the_tests_import_is_what_they_depend_on():
    product = named(PROJECT["dependencies"])

    assert imported("tests") - product | TOOLS == named(PROJECT["optional-dependencies"]["dev"])


def test_every_dependency_is_explained():
    text = (ROOT / "docs" / "dependencies.md").read_text()
    rows = re.findall(r"^\| ([^|]+) \| .+ \|$", text, flags=re.MULTILINE)[2:]
    explained = {name.strip().lower() for row in rows for name in re.sub(r"\(.*?\)", "", row).split(",")}

    assert explained == named(PROJECT["dependencies"])

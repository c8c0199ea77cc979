import ast
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from legalhold.standalone import verify_manifest
from legalhold.standalone.verify_manifest import ManifestUnusable, Problem, main, read_manifest, verify

FILES = {"Mail/a.eml": b"a", "Mail/odd\nname\\.eml": b"b" * 3_000_000, "ä [1].ics": b"", os.fsdecode(b"raw\xff"): b"r"}


@pytest.fixture
def export(tmp_path):
    """A folder of files and the manifest that coreutils writes of them."""
    folder = tmp_path / "export"
    for path, data in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    (folder / "_verify").mkdir()
    lines = subprocess.run(["sha256sum", *FILES], cwd=folder, check=True, capture_output=True).stdout
    (folder / "_verify" / "manifest-sha256.txt").write_bytes(lines)
    return folder


def check(folder):
    return verify(folder=folder, manifest=folder / "_verify" / "manifest-sha256.txt")


def test_unchanged_folder_has_no_problems(export, capsys):
    assert check(export) == (4, [])
    assert main([str(export)]) == 0
    assert capsys.readouterr().out == "4 files listed, 0 problems\n"


def test_manifest_at_the_top_or_elsewhere_is_used(export, tmp_path):
    shutil.move(export / "_verify" / "manifest-sha256.txt", export / "manifest-sha256.txt")
    assert main([str(export)]) == 0

    shutil.move(export / "manifest-sha256.txt", tmp_path / "m")
    assert main([str(export), str(tmp_path / "m")]) == 0


def test_each_change_is_a_problem(export, capsys):
    (export / "Mail" / "a.eml").write_bytes(b"A")
    (export / "ä [1].ics").unlink()
    (export / "Mail" / "extra").write_bytes(b"")
    os.unlink(export / os.fsdecode(b"raw\xff"))
    (export / os.fsdecode(b"raw\xff")).mkdir()

    count, problems = check(export)

    assert count == 4
    assert problems == [
        Problem("Mail/a.eml", "has been changed: its SHA-256 differs"),
        Problem("Mail/extra", "is not listed in the manifest"),
        Problem(os.fsdecode(b"raw\xff"), "is no plain file"),
        Problem("ä [1].ics", "is missing"),
    ]
    assert main([str(export)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "4 files listed, 4 problems"


def test_file_replaced_by_a_link_is_a_problem(export, tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"a")
    (export / "Mail" / "a.eml").unlink()
    (export / "Mail" / "a.eml").symlink_to(tmp_path / "elsewhere")

    assert check(export) == (4, [Problem("Mail/a.eml", "is no plain file")])


def test_file_that_cannot_be_read_is_a_problem(export, monkeypatch):
    def refuse(file):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(verify_manifest, "_digest", refuse)

    assert {problem.reason for problem in check(export)[1]} == {"can't be read: Permission denied"}


@pytest.mark.parametrize("path", ["/etc/hostname", "../outside", "a/../../outside"])
def test_path_that_leads_out_is_not_opened(export, tmp_path, path):
    (tmp_path / "outside").write_bytes(b"o")
    with (export / "_verify" / "manifest-sha256.txt").open("a") as manifest:
        manifest.write(f"{hashlib.sha256(b'o').hexdigest()}  {path}\n")

    assert check(export) == (5, [Problem(path, "leads out of the folder; not opened")])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "lists no file"),
        ("\n\n", "lists no file"),
        ("abc  x\n", "line 1: is not a SHA-256"),
        ("0" * 64 + "  x\n" + "1" * 64 + "  x\n", "line 2: 'x' is listed twice"),
    ],
)
def test_manifest_that_cannot_be_trusted_is_refused(tmp_path, text, reason):
    (tmp_path / "manifest-sha256.txt").write_text(text)

    with pytest.raises(ManifestUnusable, match=reason):
        read_manifest(tmp_path / "manifest-sha256.txt")


def test_folder_that_is_a_link_is_reported_once_and_not_entered(export, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_bytes(b"x")
    (export / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)

    _, problems = verify_manifest.verify(folder=export, manifest=export / "_verify" / "manifest-sha256.txt")

    assert problems == [verify_manifest.Problem("link", "is not listed in the manifest")]


def test_missing_manifest_is_told(tmp_path, capsys):
    assert main([str(tmp_path)]) == 1
    assert main([str(tmp_path), str(tmp_path / "nothing")]) == 1
    assert capsys.readouterr().err == (
        f"{tmp_path}: has no _verify/manifest-sha256.txt or manifest-sha256.txt\n{tmp_path}/nothing: No such file or directory\n"
    )


@pytest.mark.parametrize("arguments", [[], ["/nowhere"], ["a", "b", "c"]])
def test_wrong_use_is_told(arguments, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("usage:")


def test_tool_runs_alone(export, tmp_path):
    shutil.copy(verify_manifest.__file__, tmp_path / "tool.py")

    result = subprocess.run(
        [sys.executable, "-I", "-S", "tool.py", "export"], cwd=tmp_path, check=False, capture_output=True, text=True
    )

    assert (result.returncode, result.stdout) == (0, "4 files listed, 0 problems\n")


def test_tools_import_the_standard_library_only():
    tree = ast.parse(Path(verify_manifest.__file__).read_text(), feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)

"""A share, opened by command, read with the clients people have, and refused to them after it is revoked."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from webdav4.client import Client as Webdav4
from webdav4.client import HTTPError

ROOT = Path(__file__).resolve().parents[2]
WRITES = ("PUT", "DELETE", "LOCK", "MKCOL", "MOVE", "PROPPATCH")


def manage(home: Path, *words: str) -> dict:
    done = subprocess.run(
        [sys.executable, "manage.py", *words, "--json"], cwd=ROOT, env=environment(home), capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return json.loads(done.stdout)


def environment(home: Path) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return ours | {"LEGALHOLD_HOME": str(home)}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """An installation with one custodian on hold and an export of everything of theirs."""
    home = tmp_path_factory.mktemp("clients") / "var"
    samples = ROOT / "tests" / "samples"
    for path, source in ((samples / "mail" / "held.mbox", "Mail"), (samples / "files", "Laptop")):
        manage(home, "ingest", str(path), "--custodian", "alice@example.org", "--source", source, "--create")
    manage(home, "matter", "create", "Brown")
    manage(home, "hold", "draft", "Brown", "Alice")
    manage(home, "hold", "place", "Alice", "--custodian", "alice@example.org")
    manage(home, "export", "create", "First", "--hold", "Alice")
    return home


@pytest.fixture
def share(home):
    """An open share and a server that serves it."""
    until = (datetime.now(tz=UTC) + timedelta(days=7)).date().isoformat()
    opened = manage(home, "share", "open", "First", "--to", "Counsel", "--until", until)
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--dav-port", "0"], cwd=ROOT, env=environment(home),
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        url = next(found[0] for line in server.stderr if (found := re.search(r"http://\S+/dav/", line)))
        yield SimpleNamespace(url=url, user=opened["user_name"], secret=opened["secret"], home=home)
    finally:
        server.terminate()
        _, errors = server.communicate(timeout=10)
    assert server.returncode == 0, errors


def client(name: str, package: str) -> str:
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is missing: apt-get install {package}")
    return program


def run(*words: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, **options)


def curl(share, *words: str, secret: str | None = None) -> subprocess.CompletedProcess[str]:
    return run(client("curl", "curl"), "-s", "-u", f"{share.user}:{secret or share.secret}", *words)


def status(share, *words: str, secret: str | None = None) -> str:
    return curl(share, "-o", "/dev/null", "-w", "%{http_code}", *words, secret=secret).stdout


def expected(share, folder: Path) -> dict[str, str]:
    """Return every file of the export by path and digest, as its own manifest says."""
    done = curl(share, "-o", str(folder / "manifest"), f"{share.url}_verify/manifest-sha256.txt")
    assert done.returncode == 0
    lines = (folder / "manifest").read_text("utf-8").splitlines()
    return {line[66:]: line[:64] for line in lines}


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file() and "_verify" not in path.parts]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def revoke(share) -> None:
    manage(share.home, "share", "revoke", share.user)


def test_curl_reads_everything_and_writes_nothing(share, tmp_path):
    files = expected(share, tmp_path)
    zipped = tmp_path / "all.zip"

    curl(share, "-o", str(zipped), f"{share.url}?zip")

    with zipfile.ZipFile(zipped) as archive:
        assert archive.testzip() is None
        found = {
            name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist() if "_verify" not in name
        }
    assert {name.removeprefix("First/"): digest for name, digest in found.items() if not name.endswith("/")} == files
    assert [status(share, "-X", method, f"{share.url}x") for method in WRITES] == ["405"] * len(WRITES)
    assert status(share, share.url, secret="wrong") == "401"
    revoke(share)
    assert status(share, share.url) == "403"


@pytest.mark.davclient
def test_rclone_copies_and_checks(share, tmp_path):
    rclone = client("rclone", "rclone")
    files = expected(share, tmp_path)
    obscured = run(rclone, "obscure", share.secret).stdout.strip()
    remote = [
        "--config",
        str(tmp_path / "none"),
        "--webdav-url",
        share.url,
        "--webdav-user",
        share.user,
        "--webdav-pass",
        obscured,
    ]

    copied = run(rclone, "copy", ":webdav:", str(tmp_path / "copy"), *remote)
    written = run(rclone, "copyto", str(tmp_path / "manifest"), ":webdav:new.txt", *remote, "--retries", "1")

    assert copied.returncode == 0, copied.stderr
    assert digests(tmp_path / "copy") == files
    assert written.returncode != 0
    revoke(share)
    assert run(rclone, "lsf", ":webdav:", *remote, "--retries", "1", "--low-level-retries", "1").returncode != 0


@pytest.mark.davclient
def test_cadaver_lists_gets_and_is_refused(share, tmp_path):
    cadaver = client("cadaver", "cadaver")
    files = expected(share, tmp_path)
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login {share.user} password {share.secret}\n")
    (tmp_path / ".netrc").chmod(0o600)
    options = {"env": {**os.environ, "HOME": str(tmp_path)}, "cwd": tmp_path}

    done = run(
        cadaver,
        share.url,
        input="ls\nget index.csv\nput manifest new.txt\nmkcol new\ndelete index.csv\nquit\n",
        **options,
    )

    assert "READ ME FIRST.html" in done.stdout
    assert hashlib.sha256((tmp_path / "index.csv").read_bytes()).hexdigest() == files["index.csv"]
    assert done.stdout.count("405 Method Not Allowed") == 3
    revoke(share)
    assert "READ ME" not in run(cadaver, share.url, input="ls\nquit\n", **options).stdout


@pytest.mark.davclient
def test_davfs2_mounts_and_reads(share, tmp_path):
    client("mount.davfs", "davfs2")
    if os.geteuid() != 0 or not Path("/dev/fuse").exists():
        pytest.skip("mounting needs root and /dev/fuse")
    files = expected(share, tmp_path)
    mounted = tmp_path / "mnt"
    mounted.mkdir()
    config = tmp_path / "davfs2.conf"
    config.write_text("buf_size 64\nuse_locks 0\nask_auth 1\n")

    done = run(
        "mount",
        "-t",
        "davfs",
        "-o",
        f"ro,conf={config}",
        share.url,
        str(mounted),
        input=f"{share.user}\n{share.secret}\n",
    )
    assert done.returncode == 0, done.stderr
    try:
        found = {name: digest for name, digest in digests(mounted).items() if not name.startswith("lost+found")}
        assert found == files
        with pytest.raises(OSError, match="Read-only"):
            (mounted / "new.txt").write_text("x")
    finally:
        run("umount", str(mounted))


def test_webdav4_lists_reads_and_is_refused(share, tmp_path):
    files = expected(share, tmp_path)
    dav = Webdav4(share.url, auth=(share.user, share.secret))

    names = dav.ls("/", detail=False)
    dav.download_file("index.csv", str(tmp_path / "index.csv"))

    assert "index.csv" in names
    assert hashlib.sha256((tmp_path / "index.csv").read_bytes()).hexdigest() == files["index.csv"]
    revoke(share)
    with pytest.raises(HTTPError):
        dav.ls("/")
    dav.http.close()


@pytest.mark.browser
def test_chromium_lists_and_downloads(share, tmp_path):
    chromium = client("chromium", "chromium")
    from playwright.sync_api import sync_playwright

    files = expected(share, tmp_path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_context(http_credentials={"username": share.user, "password": share.secret}).new_page()
        violations = []
        page.on(
            "console",
            lambda message: violations.append(message.text) if "Content Security Policy" in message.text else None,
        )
        page.goto(share.url)
        assert page.get_by_role("link", name="index.csv").count() == 1
        with page.expect_download() as download:
            page.get_by_role("link", name="Download all (ZIP)").click()
        download.value.save_as(tmp_path / "all.zip")
        revoke(share)
        answer = page.goto(share.url)
        assert answer.status == 403
        assert "it was withdrawn" in page.inner_text("main")
        browser.close()

    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert len([name for name in archive.namelist() if not name.endswith("/")]) == len(files) + 1
    assert violations == []

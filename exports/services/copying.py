"""Copying an export out of the archive: an act with an event when it begins, and one when it has ended, however it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import transaction

from exports.queries import open_export
from exports.trees.export import zip_of
from exports.writers.folder import write_folder
from legalhold.audit.services import record

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from exports.models import Export
    from exports.writers.folder import Written
    from exports.writers.zip64 import ZipFile
    from legalhold.archive import Archive
    from legalhold.matters.access import Access

T = TypeVar("T")


def write_export(
    *,
    export: Export,
    folder: Path,
    archive: Archive,
    access: Access,
    now: Callable[[], datetime],
    progress: Callable[[int, int], None],
) -> Written:
    """Write an export into a folder, see ``write_folder``. Raises ``NotAllowed`` and what that raises."""
    tree = open_export(export=export, archive=archive, access=access)

    def copy() -> tuple[Written, dict[str, Any]]:
        done = write_folder(tree=tree, folder=folder, progress=progress)
        return done, {"written": done.written, "kept": done.kept, "bytes": done.bytes, "missing": len(done.missing)}

    return _recorded(export, "folder", folder, copy, access, now)


def zip_export(
    *,
    export: Export,
    path: Path,
    write: Callable[[ZipFile], str],
    archive: Archive,
    access: Access,
    now: Callable[[], datetime],
) -> str:
    """Have an export's ZIP written to ``path`` by ``write``, which returns its SHA-256 in hex. Raises what that raises."""
    body = zip_of(open_export(export=export, archive=archive, access=access))

    def copy() -> tuple[str, dict[str, Any]]:
        digest = write(body)
        return digest, {"bytes": body.size_bytes, "sha256": digest}

    return _recorded(export, "zip", path, copy, access, now)


def _recorded(
    export: Export,
    form: str,
    destination: Path,
    copy: Callable[[], tuple[T, dict[str, Any]]],
    access: Access,
    now: Callable[[], datetime],
) -> T:
    what = {"form": form, "destination": _as_text(str(destination))}
    _record("export.copy_started", export, what, access, now)
    try:
        done, figures = copy()
    except BaseException as error:
        _record(
            "export.copy_failed",
            export,
            {**what, "error": _as_text(f"{type(error).__name__}: {error}")[:500]},
            access,
            now,
        )
        raise
    _record("export.copied", export, {**what, **figures}, access, now)
    return done


def _as_text(text: str) -> str:
    """Return a text that can be recorded: a file's name need not be Unicode."""
    return text.encode("utf-8", "backslashreplace").decode()


def _record(verb: str, export: Export, body: dict[str, Any], access: Access, now: Callable[[], datetime]) -> None:
    with transaction.atomic(durable=True):
        record(
            verb=verb, by=access.actor, at=now(), subject_kind="export", subject_key=str(export.key),
            matter_key=export.matter.key, body=body,
        )  # fmt: skip

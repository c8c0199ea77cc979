"""Records what is read: a row is committed before the first byte, grouped over requests by one writer."""

from __future__ import annotations

import logging
import queue
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from django.db import DatabaseError, close_old_connections, connection, transaction

from legalhold.archive import canonical_json
from legalhold.audit.services import record
from legalhold.database.failures import explain
from legalhold.database.fields import to_micros
from webdav.directory import ReadNotRecorded
from webdav.models import ShareRead

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

logger = logging.getLogger(__name__)

MOST_GROUPED: Final = 500
"""Reads in one commit: enough to outpace any client, small enough to delay none."""
BETWEEN_LINES: Final = timedelta(minutes=1)
"""In the log, about the same trouble."""
ACTOR: Final = "system:webdav"


class RecorderStopped(ReadNotRecorded):
    """The server is stopping; nothing more is read."""


@dataclass(frozen=True, slots=True)
class _Begun:
    row: ShareRead
    done: Future[int]


@dataclass(frozen=True, slots=True)
class _Sent:
    row_id: int
    sent_bytes: int


class ReadRecorder:
    """One thread that commits the reads of all requests, as many at once as are waiting."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._waiting: queue.SimpleQueue[_Begun | _Sent | None] = queue.SimpleQueue()
        self._is_stopped = False
        self._told_at: datetime | None = None
        self._thread = Thread(target=self._run, name="share-reads", daemon=True)
        self._thread.start()

    def begin(self, *, row: ShareRead) -> int:
        """Commit a read before its first byte is sent; returns the row's id. Raises ``ReadNotRecorded``."""
        if self._is_stopped:
            raise RecorderStopped("The server is stopping. Try again when it is back.")
        begun = _Begun(row=row, done=Future())
        self._waiting.put(begun)
        return begun.done.result()

    def end(self, *, row_id: int, sent_bytes: int) -> None:
        """Fill in, soon, how many bytes were sent."""
        self._waiting.put(_Sent(row_id=row_id, sent_bytes=sent_bytes))

    def stop(self) -> None:
        """Commit what is waiting and end the thread."""
        self._is_stopped = True
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            while (first := self._waiting.get()) is not None:
                self._commit_group(self._grouped(first))
        finally:
            connection.close()

    def _grouped(self, first: _Begun | _Sent) -> list[_Begun | _Sent]:
        group = [first]
        while len(group) < MOST_GROUPED and not self._waiting.empty():
            one = self._waiting.get()
            if one is None:
                self._waiting.put(None)
                break
            group.append(one)
        return group

    def _commit_group(self, group: list[_Begun | _Sent]) -> None:
        begun = [one for one in group if isinstance(one, _Begun)]
        close_old_connections()
        try:
            with transaction.atomic(durable=True):
                self._write(begun, [one for one in group if isinstance(one, _Sent)])
        except DatabaseError as error:
            self._tell(error)
            for one in begun:
                one.done.set_exception(_not_recorded(error))
        except Exception as error:  # noqa: BLE001 whatever it is, each waiting request must hear of it and send nothing
            for one in begun:
                one.done.set_exception(error)
        else:
            for one in begun:
                one.done.set_result(one.row.pk)

    def _tell(self, error: DatabaseError) -> None:
        """Log why, once in a while: readers ask again and again, and their page can't say what the machine lacks."""
        now = self._clock()
        if self._told_at is None or now - self._told_at >= BETWEEN_LINES:
            self._told_at = now
            logger.error("reads can't be recorded, so nothing is sent: %s", explain(error=error))

    def _write(self, begun: list[_Begun], sent: list[_Sent]) -> None:
        at = self._clock()
        rows = ShareRead.objects.bulk_create([one.row for one in begun])
        for one in sent:
            ShareRead.objects.filter(pk=one.row_id).update(sent_bytes=one.sent_bytes)
        if rows:
            lines = [
                [row.pk, row.share_id, row.path, row.digest, row.start, row.stop, row.method, to_micros(row.at)]
                for row in rows
            ]
            _record("share.read", lines, at)
        if sent:
            _record("share.bytes_sent", [[one.row_id, one.sent_bytes] for one in sent], at)


def _not_recorded(error: DatabaseError) -> ReadNotRecorded:
    """Return an error for one request alone: raising it adds to its traceback."""
    refused = ReadNotRecorded()
    refused.__cause__ = error
    return refused


def _record(verb: str, lines: list[list[Any]], at: datetime) -> None:
    body = {
        "rows": len(lines),
        "first": lines[0][0],
        "last": lines[-1][0],
        "digest": sha256(canonical_json(lines)).hexdigest(),
    }
    record(
        verb=verb, by=ACTOR, at=at, subject_kind="share_reads", subject_key=f"{lines[0][0]}-{lines[-1][0]}", body=body
    )

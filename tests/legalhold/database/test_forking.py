"""A forked child opens a connection of its own, and the parent's transaction goes on."""

from __future__ import annotations

import os
import subprocess
import sys

from django.db import connection

SCRIPT = """
import json, os, sys
import django
from django.conf import settings

settings.configure(DATABASES={"default": json.loads(sys.argv[1])})
django.setup()
from django.db import connection, transaction

with transaction.atomic(), connection.cursor() as cursor:
    cursor.execute("DROP TABLE IF EXISTS forked")
    cursor.execute("CREATE TABLE forked (a INTEGER)")
with transaction.atomic(), connection.cursor() as cursor:
    cursor.execute("INSERT INTO forked VALUES (1)")
    parents = connection.connection
    child = os.fork()
    if child == 0:
        with connection.cursor() as mine:
            mine.execute("SELECT count(*) FROM forked")
            is_right = mine.fetchone() == (0,) and connection.connection is not parents and not connection.in_atomic_block
        os._exit(0 if is_right else 1)
    _, status = os.waitpid(child, 0)
    cursor.execute("INSERT INTO forked VALUES (2)")
with transaction.atomic(), connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM forked")
    print(os.waitstatus_to_exitcode(status), cursor.fetchone()[0])
    cursor.execute("DROP TABLE forked")
"""


def test_child_has_a_connection_of_its_own(tmp_path, transactional_db):
    import json

    settings = {
        key: connection.settings_dict[key] for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    }
    settings["NAME"] = str(settings["NAME"])

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(settings)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=os.getcwd(),
    )

    assert (done.stdout, done.stderr) == ("0 2\n", "")

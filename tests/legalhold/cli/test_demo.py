"""``demo --serve`` in an installation that can't serve, or that holds something else."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from legalhold.audit.models import AuditEvent
from legalhold.demo.job import MATTER
from legalhold.matters.models import Matter
from webdav.models import Share


@pytest.fixture
def taken_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        yield taken.getsockname()[1]


@pytest.mark.parametrize("has_run", [False, True])
def test_demo_on_a_port_in_use_opens_no_share(run, done, taken_port, has_run):
    if has_run:
        done("matter", "create", MATTER)
    events = AuditEvent.objects.count()

    ran = run("demo", "--serve", "--dav-port", str(taken_port))

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        f"demo: port {taken_port} of 127.0.0.1 is in use by another program; choose another port or stop it\n"
    )
    assert (Share.objects.count(), Matter.objects.count(), AuditEvent.objects.count()) == (0, int(has_run), events)


def test_demo_leaves_an_installation_in_use_alone(run, done, home):
    done("matter", "create", "Case A")

    ran = run("demo", "--serve")

    assert (ran.code, Matter.objects.count()) == (1, 1)
    assert ran.err.startswith(f"demo: {home} holds data already: ")

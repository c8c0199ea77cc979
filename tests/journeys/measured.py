"""A process of its own that ingests what it is given and tells how much memory it ever had.

Usage: python measured.py FORMAT:PATH …, with the installation's environment. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "legalhold.conf.settings")
    django.setup()
    from legalhold.cli.installation import open_installation
    from legalhold.ingest.services import IngestRequest, ingest
    from legalhold.matters.access import system_access

    installation = open_installation(say=lambda _text: None)
    ledgers, seconds = {}, {}
    for named in sys.argv[1:]:
        chosen, _, path = named.partition(":")
        began = time.monotonic()
        request = IngestRequest(
            path=Path(path), custodian="alice@example.com", source=named, format=chosen, create=True
        )
        report = ingest(
            request=request,
            archive=installation.archive,
            access=system_access(actor="system:tester"),
            now=installation.now,
        )
        ledgers[named] = {"state": report.state, **report.ledger}
        seconds[named] = round(time.monotonic() - began, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"ledgers": ledgers, "seconds": seconds, "peak_bytes": peak}))


if __name__ == "__main__":
    main()

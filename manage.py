#!/usr/bin/env python
"""Django's command line."""

import json
import os
import sys
from typing import NoReturn


def main() -> None:
    """Run the command named on the command line; what is interrupted while it only starts is said in one line too."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "legalhold.conf.settings")
    try:
        # load-bearing: imported here, since most of a start's time goes by in imports.
        from legalhold.cli.commandline import CommandLine  # noqa: PLC0415
        from legalhold.conf.environment import SettingInvalid  # noqa: PLC0415

        try:
            CommandLine(sys.argv).execute()
        except SettingInvalid as error:
            _end("SettingInvalid", str(error))
    except KeyboardInterrupt:
        _end("Interrupted", "interrupted; run the command again to go on")


def _end(error: str, message: str) -> NoReturn:
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"error": error, "message": message}, ensure_ascii=False) + "\n")
    sys.exit(message)


if __name__ == "__main__":
    main()

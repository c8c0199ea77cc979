#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    """Run the command named on the command line; what is interrupted while it only starts is said in one line too."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "legalhold.conf.settings")
    try:
        # load-bearing: imported here, since most of a start's time goes by in imports.
        from django.core.management import execute_from_command_line  # noqa: PLC0415

        from legalhold.conf.environment import SettingInvalid  # noqa: PLC0415

        try:
            execute_from_command_line(sys.argv)
        except SettingInvalid as error:
            sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("interrupted; run the command again to go on")


if __name__ == "__main__":
    main()

#!/usr/bin/env python
"""Django's command line."""

import os
import sys

from django.core.management import execute_from_command_line

from legalhold.conf.environment import SettingInvalid

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "legalhold.conf.settings")
    try:
        execute_from_command_line(sys.argv)
    except SettingInvalid as error:
        sys.exit(str(error))

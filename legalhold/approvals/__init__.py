"""Dangerous acts ask first: a plan's digest is shown, and only who gives that digest back may go on."""

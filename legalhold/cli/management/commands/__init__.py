"""Every management command, one module each: parse, call one service, print."""

"""What the command ``hold`` does, action by action: each calls one service and prints what it returns."""

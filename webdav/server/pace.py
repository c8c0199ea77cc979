"""How fast a client takes what it is sent. Knows no clock and no sockets."""


class Pace:
    """Bytes over the seconds spent waiting for a client to take them; the server's own work doesn't count."""

    def __init__(self, *, slow: int, seconds: float) -> None:
        self.is_slow = False
        self._slow = slow  # bytes a second
        self._seconds = seconds  # at least so long is measured before it is judged
        self._sent = 0
        self._waited = 0.0

    def count(self, sent: int, *, seconds: float) -> None:
        """Add what was sent; once enough time has gone by, judge it and measure anew."""
        self._sent += sent
        self._waited += seconds
        if self._waited >= self._seconds:
            self.is_slow = self._sent < self._slow * self._waited
            self._sent, self._waited = 0, 0.0

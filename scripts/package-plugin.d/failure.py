"""What ends scripts/package-plugin."""


class Failure(Exception):
    """A fact, its cause and the remedy in one line, and the exit code."""

    def __init__(self, text, code=2):
        super().__init__(text)
        self.code = code

"""What can go wrong here."""


class RetrievalError(Exception):
    """An evaluation cannot go on; the message says what to do."""

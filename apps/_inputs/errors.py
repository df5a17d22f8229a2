"""What is said to a visitor who handed over something that cannot be used."""


class BadInput(ValueError):
    """What a visitor sent cannot be used; the message is one sentence that says what to do."""

"""What a person must mend."""


class RefactorError(Exception):
    """A plan cannot be made or applied; the message says why and what to do. Nothing has been changed."""

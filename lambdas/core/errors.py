"""What can be wrong inside a function, named for the remedy; every message is one line."""


class FunctionError(Exception):
    """The root of all errors that a handler expects."""


class InvalidEventError(FunctionError):
    """A message that is no event at all: it belongs into the dead-letter queue, for a person to read."""


class InvalidRequestError(FunctionError):
    """A custom resource's request that lacks what it must have, or holds what is not accepted."""


class InvalidImageError(FunctionError):
    """An answer of Image Builder that cannot be read."""


class NotConfirmedError(FunctionError):
    """GetImage does not say yet what the event said: ask again later, believe nothing."""


class ProjectionTooLargeError(FunctionError):
    """A preset whose SSM parameter would pass 4 KB: make its lists shorter."""


class UnsignedError(FunctionError):
    """A delivery without a signature that could be GitHub's."""


class InvalidDeliveryError(FunctionError):
    """A signed delivery that lacks what it must have."""


class OutOfTimeError(FunctionError):
    """Too little of an invocation is left to begin with more: it comes again."""

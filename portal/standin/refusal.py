"""How the stand-in says no, in awork's own codes."""


class Refusal(Exception):
    """An answer that is an error object: HTTP status, awork's code, and what is wrong."""

    def __init__(
        self, status: int, code: str, description: str, validation: dict[str, str] | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description
        self.validation = validation or {}


def absent(what: str) -> Refusal:
    """It does not exist, or not here."""
    return Refusal(404, "not-found", f"{what} was not found.")


def forbidden() -> Refusal:
    """The right is missing; awork says 401 for this too."""
    return Refusal(401, "unauthorized", "The right for this is missing.")


def invalid(**fields: str) -> Refusal:
    """Fields of the request do not pass."""
    return Refusal(400, "validation-failed", "Some fields are not valid.", fields)


def impossible(description: str) -> Refusal:
    """The request is well-formed and still cannot be done."""
    return Refusal(400, "invalid-operation", description)

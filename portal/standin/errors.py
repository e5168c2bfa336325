"""The stand-in's error responses, with awork's error codes."""

import secrets

from django.http import JsonResponse

from portal.standin.entities import JSON

DOCUMENTATION = "https://developers.awork.com"


class ApiError(Exception):
    """Ends a request with awork's error object; `fields` maps invalid fields to messages."""

    def __init__(
        self, status: int, code: str, description: str, fields: dict[str, str] | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description
        self.fields = fields or {}


def not_found(what: str) -> ApiError:
    """It doesn't exist in the caller's workspace."""
    return ApiError(404, "not-found", f"{what} was not found.")


def forbidden() -> ApiError:
    """The caller lacks the permission, for which awork responds with 401 too."""
    return ApiError(401, "unauthorized", "You don't have permission to do this.")


def invalid_fields(**fields: str) -> ApiError:
    """Some fields of the request are invalid."""
    return ApiError(400, "validation-failed", "Some fields are not valid.", fields)


def invalid_operation(description: str) -> ApiError:
    """The request is well-formed but can't be carried out."""
    return ApiError(400, "invalid-operation", description)


def error_response(error: ApiError) -> JsonResponse:
    """awork's error object."""
    invalid: list[JSON] = [{"property": name, "message": message} for name, message in error.fields.items()]
    return JsonResponse(
        {
            "code": error.code,
            "description": error.description,
            "link": DOCUMENTATION,
            "traceId": secrets.token_hex(16),
            "details": [],
            "validationErrors": invalid,
        },
        status=error.status,
    )

"""awork's endpoints, one method each; paths, fields and limits as awork's API documentation gives them.

Every failure is one of `portal.awork.errors`. The pages of awork's documentation that a method rests on
are named by their endpoint; what surprises there is said here.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from urllib.parse import quote
from uuid import UUID

from portal.awork import http, parse
from portal.awork.errors import AworkError, Forbidden, NotFound, SignInExpired, TooManyRequests, Unreachable
from portal.awork.http import AworkResponse
from portal.awork.schemas import (
    Activity,
    AworkPermissions,
    AworkUser,
    Exchange,
    Me,
    NameSuggestion,
    Project,
    Role,
    Task,
)

KEY = re.compile(r"[\w-]+")
PAGE_SIZE = 1000  # at most, and where none is asked for
PROJECT_PAGES = 20
SEARCH_LENGTH = 50  # characters; awork refuses longer search terms
UNAUTHORIZED = 401
NO_CONTENT = 204


class Credentials(Protocol):
    """Whose token a client sends."""

    def token(self) -> str:
        """The access token to send now."""

    def renew(self, spent: str) -> bool:
        """Get a newer token than `spent`; False where this kind has none, `SignInExpired` where it ended."""


class FixedToken:
    """A token that cannot be renewed: an API key, or one that is a moment old."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        """The token itself."""
        return self._token

    def renew(self, spent: str) -> bool:
        """Never."""
        return False


class Client:
    """awork as one person, or one API key, sees it."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def me(self) -> Me:
        """Who this is, and in which workspace."""
        return http.decode(self._request("GET", "/me"), parse.me)

    def permissions(self) -> AworkPermissions:
        """What this person may do."""
        return http.decode(self._request("GET", "/me/permissions"), parse.permissions)

    def roles(self) -> list[Role]:
        """The workspace's roles; `Forbidden` without workspace-manage-config:read."""
        return http.decode(self._request("GET", "/roles"), parse.roles)

    def role_features(self, role_id: UUID) -> frozenset[tuple[str, str]]:
        """What a role may do, as pairs of feature and access level; errors as for `roles`."""
        return http.decode(self._request("GET", f"/roles/{role_id}/permissions"), parse.role_features)

    def projects(self) -> list[Project]:
        """The projects that this person may read, by name; the first 20,000 of them."""
        found: list[Project] = []
        for page in range(1, PROJECT_PAGES + 1):
            params = {"page": page, "pageSize": PAGE_SIZE, "orderby": "name"}
            some = http.decode(self._request("GET", "/projects", params=params), parse.projects)
            found += some
            if len(some) < PAGE_SIZE:
                break
        return found

    def search_tasks(self, words: str, *, top: int = 10) -> list[Task]:
        """The best `top` tasks for these words (the first 50 characters count), ended ones included."""
        params = {
            "searchTerm": words[:SEARCH_LENGTH],
            "searchTypes": "task",
            "top": top,
            "includeClosedAndStuck": "true",
        }
        return http.decode(self._request("GET", "/search", params=params), parse.task_hits)

    def task(self, task_id: UUID) -> Task:
        """A task by id; `NotFound` or `Forbidden` where this person cannot see it."""
        return http.decode(self._request("GET", f"/tasks/{task_id}"), parse.task)

    def task_by_key(self, key: str) -> Task:
        """A task by its key, such as WEB-12; errors as for `task`. What cannot be a key is not asked for."""
        path = f"/tasks/key/{quote(key, safe='')}"
        if not KEY.fullmatch(key):
            raise NotFound(Exchange("GET", path))
        return http.decode(self._request("GET", path), parse.task)

    def available_tasks(self, *, top: int = 8) -> list[Task]:
        """The `top` tasks last changed among all that this person may see."""
        params = {"page": 1, "pageSize": top, "orderby": "updatedOn desc"}
        return http.decode(self._request("GET", "/me/allavailabletasks", params=params), parse.tasks)

    def users_by_email(self, email: str) -> list[AworkUser]:
        """Who has this address; without user-master-data:read awork shows one nobody but oneself."""
        literal = email.replace("'", "''")
        params = {"filterby": f"userContactInfos/any(c: c/value eq '{literal}')", "pageSize": 10}
        return http.decode(self._request("GET", "/users", params=params), parse.users)

    def user(self, user_id: UUID) -> AworkUser:
        """A user by id."""
        return http.decode(self._request("GET", f"/users/{user_id}"), parse.user)

    def name_suggestion(self, email: str) -> NameSuggestion | None:
        """The names that awork reads out of an address; None where it makes no guess."""
        if "/" in email:
            return None  # legal in an address, but servers take even an encoded one for the end of a part
        path = f"/users/autofill/{quote(email, safe='')}"
        answer = self._request("GET", path, shown="/users/autofill/…")
        return None if answer.status == NO_CONTENT else http.decode(answer, parse.name_suggestion)

    def activities(self, task_id: UUID) -> list[Activity]:
        """The last 100 changes of a task, newest first."""
        params = {"page": 1, "pageSize": 100, "orderby": "createdOn desc"}
        answer = self._request("GET", f"/tasks/{task_id}/activities", params=params)
        return http.decode(answer, parse.activities)

    def invite(
        self,
        *,
        task_id: UUID,
        email: str,
        role_id: UUID,
        first_name: str = "",
        last_name: str = "",
        gender: str = "",
    ) -> Exchange:
        """Invite this address to the workspace and assign it to the task.

        awork answers without content: not even with the id of the guest. It may take everybody else
        off the task; see `invites.sending.assignees`.
        """
        named = {"firstName": first_name, "lastName": last_name, "gender": gender}
        body = {"taskId": str(task_id), "email": email, "roleId": str(role_id)}
        body |= {field: value for field, value in named.items() if value}
        return http.confirm(self._request("POST", "/tasks/assignuserbyemail", json=body))

    def set_assignees(self, task_id: UUID, user_ids: Iterable[UUID]) -> Exchange:
        """Replace the whole list of assignees by these."""
        body = [str(user_id) for user_id in user_ids]
        return http.confirm(self._request("POST", f"/tasks/{task_id}/setassignees", json=body))

    def set_planned_efforts(self, task_id: UUID, efforts: Mapping[UUID, int]) -> Exchange:
        """Set the planned efforts (seconds) of these assignees; others keep theirs."""
        body = [{"userId": str(user), "plannedEffort": seconds} for user, seconds in efforts.items()]
        return http.confirm(self._request("POST", f"/tasks/{task_id}/setplannedefforts", json=body))

    def _request(self, method: str, path: str, **parts: Any) -> AworkResponse:
        token = self._credentials.token()
        answer = self._send(token, method, path, **parts)
        # Whatever awork answers with 401 it has not done: asking again repeats nothing.
        if answer.status == UNAUTHORIZED and not self._is_alive(token, answer, path):
            if not self._credentials.renew(token):
                raise Forbidden(answer.exchange, answer.description)
            token = self._credentials.token()
            answer = self._send(token, method, path, **parts)
            if answer.status == UNAUTHORIZED and not self._is_alive(token, answer, path):
                raise SignInExpired(answer.exchange)
        return http.raise_for_status(answer)

    def _is_alive(self, token: str, answer: AworkResponse, path: str) -> bool:
        """Whether a 401 means a missing right: anybody with a living token may ask for `/me`."""
        if path == "/me":
            return False
        try:
            status = self._send(token, "GET", "/me").status
        except TooManyRequests as problem:
            raise TooManyRequests(answer.exchange, problem.wait) from None
        except AworkError:
            raise Unreachable(answer.exchange) from None
        if status == 429:
            raise TooManyRequests(answer.exchange)
        if status not in (200, UNAUTHORIZED):
            raise Unreachable(answer.exchange)
        return status == 200

    def _send(self, token: str, method: str, path: str, **parts: Any) -> AworkResponse:
        return http.send(method, path, headers={"Authorization": f"Bearer {token}"}, **parts)

"""awork's endpoints, one method each. Paths, fields and limits are those of awork's API documentation.

Every failure raises one of `portal.awork.errors`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import quote
from uuid import UUID

from portal.awork import http, parse
from portal.awork.errors import (
    AworkError,
    AworkRefused,
    Forbidden,
    NotFound,
    SignInExpired,
    TooManyRequests,
    Unreachable,
)
from portal.awork.fields import JSON
from portal.awork.http import AworkResponse
from portal.awork.schemas import (
    Activity,
    AworkPermissions,
    AworkUser,
    AworkWebhook,
    Comment,
    Deactivation,
    Exchange,
    Me,
    NameSuggestion,
    Project,
    Role,
    Task,
)
from portal.email_addresses import key_of, to_ascii

TASK_KEY = re.compile(r"[\w-]+")
PAGE_SIZE = 1000  # awork's maximum and default
PROJECT_PAGES = ROLE_PAGES = 20
USERS_PAGE_SIZE = 500  # users with their contact infos: a page of 1,000 could be longer than we read
USERS_PAGES = 100
TEAMS_FEATURE = "userteamsdata"  # without hyphens, in lower case
SEARCH_LENGTH = 50  # characters; awork rejects longer search terms
OK, NO_CONTENT, UNAUTHORIZED, TOO_MANY_REQUESTS = 200, 204, 401, 429

T = TypeVar("T")


class Credentials(Protocol):
    """Provides the access token of a client."""

    token: str

    def renew(self, rejected: str) -> bool:
        """Replace a rejected token; False if this kind can't, `SignInExpired` if the sign-in has ended."""


class FixedToken:
    """A token that can't be renewed: an API key, or a token that was just issued."""

    def __init__(self, token: str) -> None:
        self.token = token

    def renew(self, rejected: str) -> bool:
        """Not possible."""
        return False


class Client:
    """awork, as one person or one API key may use it."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def me(self) -> Me:
        """The person and their workspace."""
        return self._request("GET", "/me").json(parse.me)

    def permissions(self) -> AworkPermissions:
        """The person's permissions; one more request for those who may list users but are no admin."""
        found = self._request("GET", "/me/permissions").json(parse.permissions)
        if found.is_admin or not found.can_list_users:
            return found
        return replace(found, is_limited_to_teams=self._is_limited_to_teams(found))

    def _is_limited_to_teams(self, permissions: AworkPermissions) -> bool:
        """Whether the workspace has the feature that narrows lists of users to the reader's teams.

        Assumed if awork doesn't show the features.
        """
        try:
            found = self._request("GET", "/permissions/features").json(parse.permission_features)
        except AworkRefused:
            return True
        names = [*found, *(feature for feature, _ in permissions.features)]
        return any(name.replace("-", "").lower() == TEAMS_FEATURE for name in names)

    def roles(self) -> list[Role]:
        """The workspace's roles; `Forbidden` without workspace-manage-config:read."""
        return self._request("GET", "/roles").json(parse.roles)

    def role_features(self, role_id: UUID) -> frozenset[tuple[str, str]]:
        """A role's permissions as pairs of feature and access level; same errors as `roles`."""
        return self._request("GET", f"/roles/{role_id}/permissions").json(parse.role_features)

    def has_role(self, user_id: UUID, role_id: UUID) -> bool:
        """Whether a user has this role; same errors as `roles`."""
        params = {"showArchived": "true", "filterby": f"userId eq guid'{user_id}'"}
        found = self._request("GET", f"/roles/{role_id}/users", params=params).json(parse.user_ids)
        return user_id in found

    def users_with_role(self, role_id: UUID) -> list[UUID]:
        """The ids of all users with this role, at most 20,000; same errors as `roles`."""
        return self._pages(
            f"/roles/{role_id}/users", parse.user_ids, PAGE_SIZE, ROLE_PAGES, showArchived="true"
        )

    def project(self, project_id: UUID) -> Project:
        """A project by id; `Forbidden` without project-master-data:read, `NotFound` if it can't be seen."""
        return self._request("GET", f"/projects/{project_id}").json(parse.project)

    def projects_of(self, user_id: UUID) -> list[Project]:
        """The projects that this user is a member of, as far as the person may read them."""
        params = {"filterby": f"members/any(m: m/userId eq guid'{user_id}')", "orderby": "name"}
        return self._request("GET", "/projects", params=params).json(parse.projects)

    def project_members(self, project_id: UUID) -> list[UUID]:
        """The ids of a project's members (`GET /projects/{id}/members`).

        `Forbidden` unless the person created it or has project-master-data:read.
        """
        return self._request("GET", f"/projects/{project_id}/members").json(parse.user_ids)

    def projects(self) -> list[Project]:
        """The projects that the person may read, by name; at most 20,000."""
        return self._pages("/projects", parse.projects, PAGE_SIZE, PROJECT_PAGES, orderby="name")

    def search_tasks(self, term: str, *, top: int = 10) -> list[Task]:
        """The `top` best matches, completed tasks included; only 50 characters of the term are used."""
        params = {
            "searchTerm": term[:SEARCH_LENGTH],
            "searchTypes": "task",
            "top": top,
            "includeClosedAndStuck": "true",
        }
        return self._request("GET", "/search", params=params).json(parse.task_hits)

    def task(self, task_id: UUID) -> Task:
        """A task by id; `NotFound` or `Forbidden` if the person can't see it."""
        return self._request("GET", f"/tasks/{task_id}").json(parse.task)

    def task_by_key(self, key: str) -> Task:
        """A task by key, such as WEB-12; same errors as `task`. Sends nothing if it can't be a key."""
        path = f"/tasks/key/{quote(key, safe='')}"
        if not TASK_KEY.fullmatch(key):
            raise NotFound(Exchange("GET", path))
        return self._request("GET", path).json(parse.task)

    def available_tasks(self, *, top: int = 8) -> list[Task]:
        """The `top` most recently changed tasks that the person may see."""
        params = {"page": 1, "pageSize": top, "orderby": "updatedOn desc"}
        return self._request("GET", "/me/allavailabletasks", params=params).json(parse.tasks)

    def assigned_tasks(self, user_id: UUID, *, top: int) -> list[Task]:
        """The `top` most recently changed tasks of a user, as far as the person may see them."""
        params = {"page": 1, "pageSize": top, "orderby": "updatedOn desc"}
        return self._request("GET", f"/users/{user_id}/assignedtasks", params=params).json(parse.tasks)

    def users(self) -> list[AworkUser]:
        """The users that the person may list, archived ones too, at most 50,000.

        Ordered by their creation, so that nobody is missed if a user is added meanwhile.
        """
        order = {"showArchived": "true", "orderby": "createdOn"}
        return self._pages("/users", parse.users, USERS_PAGE_SIZE, USERS_PAGES, **order)

    def users_created_between(self, since: datetime, until: datetime) -> list[AworkUser]:
        """As `users`, only those who were created in this time; 1,000 at a time, to save requests."""
        params = {
            "showArchived": "true",
            "orderby": "createdOn",
            "filterby": f"createdOn ge {_literal(since)} and createdOn le {_literal(until)}",
        }
        return self._pages("/users", parse.users, PAGE_SIZE, USERS_PAGES, **params)

    def users_by_email(self, email: str) -> list[AworkUser]:
        """The users with this e-mail, archived ones too; see `AworkPermissions` for whom awork leaves out.

        The domain is in ASCII in what was sent to awork, but not always in what people say about themselves.
        """
        key = key_of(email)
        in_ascii = to_ascii(key)
        users = self._users_by_contact(in_ascii)
        if users or key == in_ascii:
            return users
        try:
            return self._users_by_contact(key)
        except AworkRefused:
            return []  # the first search was accepted, so this is only about the spelling

    def _users_by_contact(self, email: str) -> list[AworkUser]:
        literal = email.replace("'", "''")
        condition = f"c/type eq 'email' and tolower(c/value) eq '{literal}'"
        filter_by = f"userContactInfos/any(c: {condition})"
        params = {"filterby": filter_by, "pageSize": 10, "showArchived": "true"}
        return self._request("GET", "/users", params=params).json(parse.users)

    def user(self, user_id: UUID) -> AworkUser:
        """A user by id."""
        return self._request("GET", f"/users/{user_id}").json(parse.user)

    def name_suggestion(self, email: str) -> NameSuggestion | None:
        """The names that awork derives from an e-mail, if any."""
        if "/" in email:
            return None  # allowed in an address, but servers split the path even at an encoded slash
        path = f"/users/autofill/{quote(to_ascii(email), safe='')}"
        response = self._request("GET", path, shown="/users/autofill/…")
        return None if response.status == NO_CONTENT else response.json(parse.name_suggestion)

    def activities(self, task_id: UUID) -> list[Activity]:
        """The last 100 changes of a task, newest first."""
        params = {"page": 1, "pageSize": 100, "orderby": "createdOn desc"}
        return self._request("GET", f"/tasks/{task_id}/activities", params=params).json(parse.activities)

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
        """Invite an e-mail to the workspace and assign it to the task.

        `POST /tasks/assignuserbyemail` returns no content, so not the guest's id either. It may unassign
        everyone else; see `invites.sending.assignees`.
        """
        optional = {"firstName": first_name, "lastName": last_name, "gender": gender}
        body = {"taskId": str(task_id), "email": to_ascii(email), "roleId": str(role_id)}
        body |= {field: value for field, value in optional.items() if value}
        return self._request("POST", "/tasks/assignuserbyemail", json=body).no_content()

    def set_assignees(self, task_id: UUID, user_ids: Iterable[UUID]) -> Exchange:
        """Replace a task's assignees."""
        body = [str(user_id) for user_id in user_ids]
        return self._request("POST", f"/tasks/{task_id}/setassignees", json=body).no_content()

    def set_planned_efforts(self, task_id: UUID, efforts: Mapping[UUID, int]) -> Exchange:
        """Set the planned efforts (in seconds) of some assignees; the others don't change."""
        body = [{"userId": str(user), "plannedEffort": seconds} for user, seconds in efforts.items()]
        return self._request("POST", f"/tasks/{task_id}/setplannedefforts", json=body).no_content()

    def remove_project_member(self, project_id: UUID, user_id: UUID) -> Exchange:
        """Take a user out of a project (`POST /projects/{id}/removeprojectmember`).

        `Forbidden` unless the person created it or has project-master-data:manage.
        """
        path = f"/projects/{project_id}/removeprojectmember"
        return self._request("POST", path, json={"userId": str(user_id)}).no_content()

    def deactivate(self, user_id: UUID) -> Deactivation:
        """End a user's access to the workspace, and delete or hand over their private projects.

        `POST /users/{id}/deactivate`; `Forbidden` unless admin or user-manage-config:write, refused for
        the last administrator and for who is deactivated already.
        """
        params = {"includeSummary": "true"}
        response = self._request("POST", f"/users/{user_id}/deactivate", params=params)
        if response.status == NO_CONTENT:
            return Deactivation(response.no_content())
        return response.json(lambda body: parse.deactivation(body, response.exchange))

    def activate(self, user_id: UUID) -> Exchange:
        """Let a deactivated user sign in again; awork sends them an e-mail, and a licence is needed.

        `POST /users/{id}/activate`; `Forbidden` unless admin or user-manage-config:write.
        """
        return self._request("POST", f"/users/{user_id}/activate").no_content()

    def add_comment(self, task_id: UUID, message: str, *, is_hidden_for_connect: bool) -> Comment:
        """Comment on a task in the person's name (`POST /tasks/{id}/comments`), 65,000 characters at most.

        awork may read the message as markup. Needs read permission on the task.
        """
        body = {"message": message, "isHiddenForConnectUsers": is_hidden_for_connect}
        response = self._request("POST", f"/tasks/{task_id}/comments", json=body)
        return response.json(lambda body: parse.comment(body, response.exchange))

    def comments(self, task_id: UUID, *, top: int = 100) -> list[Comment]:
        """The `top` newest comments on a task (`GET /tasks/{id}/comments`); same errors as `task`."""
        params = {"page": 1, "pageSize": top, "orderby": "createdOn desc"}
        response = self._request("GET", f"/tasks/{task_id}/comments", params=params)
        return response.json(lambda body: parse.comments(body, response.exchange))

    def webhooks(self) -> list[AworkWebhook]:
        """The workspace's webhooks (`GET /webhooks`); `Forbidden` without workspace-manage-config:read."""
        return self._pages("/webhooks", parse.webhooks, PAGE_SIZE, 1)

    def add_webhook(self, name: str, uri: str, events: Iterable[str], header: str) -> AworkWebhook:
        """Have awork call `uri` with this header (`name=value`) at these events (`POST /webhooks`).

        `Forbidden` unless admin or workspace-manage-config:write.
        """
        body = _webhook_form(name, uri, events, header)
        return self._request("POST", "/webhooks", json=body).json(parse.webhook)

    def turn_on_webhook(
        self, webhook_id: UUID, name: str, uri: str, events: Iterable[str], header: str
    ) -> AworkWebhook:
        """Turn on a paused webhook (`PUT /webhooks/{id}`), which replaces all fields; as `add_webhook`."""
        body = _webhook_form(name, uri, events, header)
        return self._request("PUT", f"/webhooks/{webhook_id}", json=body).json(parse.webhook)

    def delete_webhook(self, webhook_id: UUID) -> Exchange:
        """Delete a webhook (`DELETE /webhooks/{id}`); same errors as `add_webhook`, `NotFound` if gone."""
        return self._request("DELETE", f"/webhooks/{webhook_id}").no_content()

    def revoke_grant(self, client_id: str) -> Exchange:
        """Revoke all tokens that an OAuth client has of the person; `NotFound` if there are none."""
        path = f"/accounts/me/authorizedclients/{quote(client_id, safe='')}"
        return self._request("DELETE", path, shown="/accounts/me/authorizedclients/…").no_content()

    def _pages(
        self, path: str, parser: Callable[[JSON], list[T]], size: int, most: int, **params: str
    ) -> list[T]:
        """A whole list, read by pages of this size up to the first that isn't full, at most so many."""
        found: list[T] = []
        for number in range(1, most + 1):
            page = self._request("GET", path, params={"page": number, "pageSize": size, **params}).json(
                parser
            )
            found += page
            if len(page) < size:
                break
        return found

    def _request(self, method: str, path: str, **options: Any) -> AworkResponse:
        """Send a request, and once more with a renewed token if the token was rejected."""
        token = self._credentials.token
        response = self._send(token, method, path, **options)
        # awork did nothing if it answered 401, so it is safe to repeat the request.
        if response.status == UNAUTHORIZED and not self._is_valid(token, response, path):
            if not self._credentials.renew(token):
                raise Forbidden(response.exchange, response.description)
            token = self._credentials.token
            response = self._send(token, method, path, **options)
            if response.status == UNAUTHORIZED and not self._is_valid(token, response, path):
                raise SignInExpired(response.exchange)
        return response

    def _is_valid(self, token: str, rejection: AworkResponse, path: str) -> bool:
        """Whether a 401 is about a permission and not the token: any valid token may `GET /me`."""
        if path == "/me":
            return False
        try:
            status = self._send(token, "GET", "/me").status
        except TooManyRequests as error:
            raise TooManyRequests(rejection.exchange, error.wait) from None
        except AworkError:
            raise Unreachable(rejection.exchange) from None
        if status == TOO_MANY_REQUESTS:
            raise TooManyRequests(rejection.exchange)
        if status not in (OK, UNAUTHORIZED):
            raise Unreachable(rejection.exchange)
        return status == OK

    def _send(self, token: str, method: str, path: str, **options: Any) -> AworkResponse:
        return http.send(method, path, headers={"Authorization": f"Bearer {token}"}, **options)


def _webhook_form(name: str, uri: str, events: Iterable[str], header: str) -> dict[str, JSON]:
    return {
        "name": name,
        "uri": uri,
        "events": ",".join(events),
        "isActive": True,
        "authenticationType": "header",
        "authentication": header,
    }


def _literal(at: datetime) -> str:
    return f"datetime'{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'"

"""An invitation while its form is filled in: what was entered, what awork knows, and what is wrong."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invites.forms import InviteForm
from invites.lookup import people, roles, tasks
from invites.lookup.awork import AworkLookup
from invites.lookup.people import Address, AddressState
from invites.messages import Message, lookup_message, retry_in
from invites.models import Invitation, Reason, TaskComment
from invites.policy import decision
from invites.policy.address import unknown_note
from invites.policy.describe import Denial
from invites.policy.rules import Policy, Rule
from invites.policy.versions import current_policy
from portal import clock
from portal.actor import Actor
from portal.awork.errors import (
    AworkError,
    ClientRejected,
    FirewallBlocked,
    SignInExpired,
    TooManyRequests,
)
from portal.awork.schemas import AworkUser, NameSuggestion, Role, Task
from portal.email_addresses import strip_invisible
from portal.models import User
from portal.web.fields import SEVERAL
from portal.web.rate_limits import RateLimitExceeded

NO_ROLES = _(
    "The portal does not know the roles of your workspace yet. "
    "An administrator of the workspace has to sign in here once; then you can invite."
)
NOT_FOR_GUESTS = {Rule.MEMBER, Rule.QUOTA, Rule.ROLE, Rule.END_DATE}  # rules for new guests only
INVITE_MANY = _("Invite many")
MAX_URL = 2000  # characters: longer ones are too much for some proxies' headers
NO_ROLE_ALLOWED = _("The policy of your workspace does not let you assign a role. Ask an administrator.")


@dataclass(frozen=True)
class FieldMessage:
    """What is wrong with a field, where no rule of the policy is the reason."""

    text: Promise | str
    is_missing: bool = False  # nothing is wrong yet: the field is empty
    link: str = ""
    link_text: Promise | str = ""


@dataclass
class Draft:
    """Everything that the page shows: `messages` by their field, `error` where awork could not be asked."""

    form: InviteForm
    lookup: AworkLookup
    id: UUID = field(default_factory=uuid4)  # a retry has that of the saved invitation
    task: Task | None = None
    roles: list[Role] = field(default_factory=list)
    policy: Policy = field(default_factory=Policy)
    name_suggestion: NameSuggestion | None = None
    address: Address | None = None
    is_submitted: bool = False
    error: Message | None = None
    denials: list[Denial] = field(default_factory=list)
    messages: dict[str, list[FieldMessage | Denial]] = field(default_factory=dict)

    @property
    def user(self) -> User:
        """The inviter."""
        return self.lookup.user

    @property
    def role(self) -> Role | None:
        """The role picked, else the default role, unless the form was sent without one."""
        if self.form.data.get("role"):
            return roles.find_role(self.form.valid("role") or "", self.roles)
        return None if self.is_submitted else self.default_role

    @property
    def default_role(self) -> Role | None:
        """The policy's default role, else the guest role; None in a workspace without one."""
        return decision.default_role(self.roles, self.policy.rules)

    @property
    def default_end(self) -> date | None:
        """The end date that the policy proposes for the role."""
        return self._default_end(self.role.id if self.role else None)

    @property
    def ends_on(self) -> date | None:
        """The last day of access: as entered, unless the proposal for the role takes its place."""
        entered: date | None = self.form.valid("ends_on")
        return self.default_end if self.is_end_proposed else entered

    @property
    def is_end_proposed(self) -> bool:
        """Whether the form hasn't had the proposal for this role, and no other day was entered.

        `ends_for` is the role whose proposal the form has had.
        """
        shown_for, entered = self.form.data.get("ends_for", ""), self.form.data.get("ends_on", "")
        if self.role and shown_for == str(self.role.id):
            return False
        try:
            earlier = self._default_end(UUID(shown_for))
        except ValueError:
            earlier = None
        return not entered or (earlier is not None and self.form.valid("ends_on") == earlier)

    def _default_end(self, role_id: UUID | None) -> date | None:
        return self.policy.rules.default_end(role_id, clock.today())

    @property
    def task_warning(self) -> Promise | str:
        """Why the task is a poor choice, if it is one."""
        return decision.task_warning(self.task, self.policy.rules) if self.task else ""

    @property
    def address_note(self) -> Promise | str:
        """What an address without an account means, and how far that can be seen."""
        return unknown_note(self.address)

    @property
    def assignable(self) -> tuple[AworkUser, Task] | None:
        """The guest, and the task that they can be assigned to without an invitation; None if they can't.

        The policy's rules on projects and addresses hold here too, see NOT_FOR_GUESTS.
        """
        denied = {denial.rule for denial in self.denials} - NOT_FOR_GUESTS
        if self.error or denied or not self.task or not self.address or not self.address.can_be_assigned:
            return None
        return (self.address.user, self.task) if self.address.user else None

    @property
    def email(self) -> str:
        """The normalised address, else what was typed."""
        return self._typed("email")

    @property
    def was_rewritten(self) -> bool:
        """Whether the address is another than what was entered, apart from case and invisible characters."""
        entered = strip_invisible(self.form.data.get("email", ""))
        return bool(self.form.valid("email")) and entered.lower() != self.email.lower()

    @property
    def first_name(self) -> str:
        """What was typed, else awork's suggestion."""
        return self._typed("first_name") or (self.new_suggestion.first_name if self.new_suggestion else "")

    @property
    def last_name(self) -> str:
        """What was typed, else awork's suggestion."""
        return self._typed("last_name") or (self.new_suggestion.last_name if self.new_suggestion else "")

    @property
    def was_suggested(self) -> bool:
        """Whether the form had the suggestion for this address already: a name cleared since stays empty."""
        return self.form.data.get("suggested_for") == self.email

    @property
    def new_suggestion(self) -> NameSuggestion | None:
        """The name pasted in front of the address, else awork's suggestion, unless the form has had it."""
        if any(self.form.pasted_name):
            return NameSuggestion(*self.form.pasted_name)
        return None if self.was_suggested else self.name_suggestion

    def _typed(self, name: str) -> str:
        """The cleaned value of a field; where it is wrong, what was typed."""
        valid: str | None = self.form.valid(name)
        return str(self.form.data.get(name, "")) if valid is None else valid

    def invitation(self) -> Invitation:
        """An unsaved invitation from what was entered; complete where there are no messages."""
        invitation = Invitation(
            id=self.id,
            form_key=self.form.valid("key") or uuid4(),
            workspace_id=self.user.workspace_id,
            inviter=self.user,
            policy_version=self.policy.number,
            **self._requested_role(),
            **self.form.copied_values | {"ends_on": self.ends_on},
        )
        if self.task:
            invitation.set_task(self.task)
            invitation.allows_several_assignees = self.task.allows_several_assignees
        return invitation

    def comment(self) -> TaskComment | None:
        """An unsaved comment, if one was entered."""
        text = self.form.valid("comment")
        if not text:
            return None
        return TaskComment(text=text, is_hidden=bool(self.form.valid("comment_hidden")))

    def _requested_role(self) -> dict[str, Any]:
        """Id and name of the role; one of the two for a role that this user may not assign."""
        if self.role:
            return {"role_id": self.role.id, "role_name": self.role.name}
        requested = self.form.valid("role") or ""
        try:
            return {"role_id": UUID(requested)}
        except ValueError:
            return {"role_name": requested}

    def add_message(self, field: str, text: Promise | str, *, is_missing: bool = False) -> None:
        """Add a message to a field."""
        self.messages.setdefault(field, []).append(FieldMessage(text, is_missing))

    def deny(self, denial: Denial) -> None:
        """Add a denial to its field."""
        self.denials.append(denial)
        self.messages.setdefault(denial.field, []).append(denial)


def build_draft(
    form: InviteForm, user: User, *, is_submitted: bool = False, by: Actor | None = None
) -> Draft:
    """Query awork about what was entered, and judge it; empty fields are errors once the form is submitted.

    The queries count towards the rate limit of `by`. Raises `SignInExpired`; the draft holds any other error.
    """
    current = current_policy(user.workspace_id)
    draft = Draft(form, AworkLookup(user, by=by), policy=current, is_submitted=is_submitted)
    _add_form_errors(draft)
    try:
        _query_awork(draft)
        if is_submitted:
            _require_sign_in(draft)
    except (AworkError, RateLimitExceeded) as problem:
        draft.error = lookup_error(problem, is_submitted=is_submitted)
        return draft
    _judge(draft)
    return draft


def lookup_error(problem: AworkError | RateLimitExceeded, *, is_submitted: bool) -> Message:
    """Why awork could not be asked; raises the problem itself if the user has to sign in again."""
    if isinstance(problem, SignInExpired):
        raise problem
    if isinstance(problem, RateLimitExceeded):
        message = lookup_message(Reason.LOOKUP_LIMIT, is_submitted=is_submitted)
        return replace(message, next_step=retry_in(problem.wait))
    return lookup_message(_lookup_reason(problem), is_submitted=is_submitted)


def _lookup_reason(problem: AworkError) -> Reason:
    if isinstance(problem, ClientRejected):
        return Reason.CLIENT_REJECTED
    if isinstance(problem, FirewallBlocked):
        return Reason.FIREWALL
    return Reason.RATE_LIMITED if isinstance(problem, TooManyRequests) else Reason.UNREACHABLE


def _add_form_errors(draft: Draft) -> None:
    for name, errors in draft.form.errors.as_data().items():
        if draft.is_submitted or draft.form.data.get(name):
            for error in errors:
                text, is_missing = " ".join(error.messages), error.code == "required"
                link = _many_url(draft.form.data) if error.code == SEVERAL else ""
                message = FieldMessage(text, is_missing, link, INVITE_MANY if link else "")
                draft.messages.setdefault(name, []).append(message)


def _many_url(data: Any) -> str:
    """The page for many guests, with what is entered here as far as a URL can hold it."""
    fields = {"task": data.get("task", ""), "role": data.get("role", ""), "lines": data.get("email", "")}
    fields = {name: value for name, value in fields.items() if value}
    url = reverse("invite-many", query=fields)
    if len(url) > MAX_URL:
        del fields["lines"]
        url = reverse("invite-many", query=fields or None)
    return url


def _query_awork(draft: Draft) -> None:
    selected = draft.form.valid("role") or str(draft.policy.rules.default_role or "")
    known = roles.workspace_roles(draft.user, selected=[selected], fresh=draft.is_submitted)
    draft.roles = decision.assignable_roles(known, draft.user, draft.policy.rules)
    if not draft.roles:
        draft.add_message("role", NO_ROLE_ALLOWED if known else NO_ROLES)
    text = draft.form.valid("task")
    if text:
        task = tasks.find_task(text, draft.lookup)
        draft.task = tasks.with_project_setting(task, draft.lookup) if task else None
        if not draft.task:
            draft.add_message("task", tasks.not_found_message(text))
    email = draft.form.valid("email")
    if email:
        draft.address = people.find(email, draft.lookup, draft.task)
        if draft.address.state is AddressState.UNKNOWN:
            draft.name_suggestion = draft.lookup.name_suggestion(email)


def _require_sign_in(draft: Draft) -> None:
    """Raise `SignInExpired` before sending, even if the cache answered every query."""
    _ = draft.lookup.client


def _judge(draft: Draft) -> None:
    denials = decision.denials(
        draft.invitation(),
        role=draft.role,
        rules=draft.policy.rules,
        is_private=bool(draft.task and draft.task.is_private),
        address=draft.address,
    )
    for denial in denials:
        draft.deny(denial)

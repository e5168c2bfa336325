"""An invitation while it is being filled in: what was typed, what awork knows of it, and what is wrong."""

from dataclasses import dataclass, field
from uuid import uuid4

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from invites import policy
from invites.forms import InviteForm
from invites.models import PolicyVersion
from invites.pickers import guests, roles, tasks
from invites.pickers.questions import Questions
from invites.policy import Refusal
from invites.reasons import Reason, explain
from invites.rules import Policy
from invites.services.write_down import Wish
from portal.actor import Actor
from portal.awork.client import Client
from portal.awork.errors import AworkError, RateLimited, SignInExpired
from portal.awork.shapes import Guess, Person, Role, Task
from portal.limits import TooMany
from portal.models import User

NO_ROLES = _(
    "The portal does not know the roles of your workspace yet. "
    "An administrator of the workspace has to sign in here once; then you can invite."
)
NONE_ALLOWED = _("The policy of your workspace lets you give no role. Ask an administrator.")


@dataclass(frozen=True)
class Note:
    """Something to say beside a field that is no rule's refusal."""

    text: Promise | str


@dataclass
class Draft:
    """Everything a page about it shows; `notes` stand beside their fields, `trouble` above all."""

    form: InviteForm
    questions: Questions
    task: Task | None = None
    roles: list[Role] = field(default_factory=list)
    policy: Policy = field(default_factory=Policy)
    guess: Guess | None = None
    members: list[Person] = field(default_factory=list)
    finished: bool = False
    trouble: Reason | None = None
    refusals: list[Refusal] = field(default_factory=list)
    notes: dict[str, list[Note | Refusal]] = field(default_factory=dict)

    @property
    def user(self) -> User:
        """Whose draft it is."""
        return self.questions.user

    @property
    def role(self) -> Role | None:
        """The role picked, else the one that is preselected, as long as nobody tried to send without one."""
        if self.form.data.get("role"):
            return roles.named(self.form.known("role") or "", self.roles)
        return None if self.finished else self.preselected

    @property
    def preselected(self) -> Role | None:
        """The one that the policy names, else the guest role; some workspaces have none."""
        wanted = self.policy.rules.preselected
        chosen = next((role for role in self.roles if role.id == wanted), None)
        return chosen or next((role for role in self.roles if role.is_guest), None)

    @property
    def task_note(self) -> Promise | str:
        """Why the chosen task is a poor choice, if it is one."""
        return tasks.poor_choice(self.task, self.policy.rules) if self.task else ""

    @property
    def email(self) -> str:
        """The address in its normalised form, else as typed."""
        typed: str = self.form.known("email") or self.form.data.get("email", "")
        return typed

    @property
    def first_name(self) -> str:
        """As typed, else as awork guesses."""
        typed: str = self.form.data.get("first_name", "")
        return typed or (self.guess.first_name if self.guess else "")

    @property
    def last_name(self) -> str:
        """As typed, else as awork guesses."""
        typed: str = self.form.data.get("last_name", "")
        return typed or (self.guess.last_name if self.guess else "")

    def wish(self) -> Wish:
        """What is asked for; only of a draft without notes."""
        said = self.form.cleaned_data
        assert self.task and self.role  # noqa: S101  # a draft without notes has both
        return Wish(
            key=said["key"] or uuid4(),
            task=self.task,
            role=self.role,
            email=said["email"],
            first_name=said["first_name"],
            last_name=said["last_name"],
            gender=said["gender"],
            keep_team=said["keep_team"],
            policy=self.policy.number,
        )

    def note(self, about: str, text: Promise | str) -> None:
        """Say something beside a field."""
        self.notes.setdefault(about, []).append(Note(text))

    def refuse(self, refusal: Refusal) -> None:
        """Say no by a rule, beside the field it is about."""
        self.refusals.append(refusal)
        self.notes.setdefault(refusal.field, []).append(refusal)


def understand(form: InviteForm, user: User, *, finished: bool = False, by: Actor | None = None) -> Draft:
    """Look up what the form speaks of; a `finished` one is told of empty fields as well.

    Look-ups are counted for `by`. Raises `SignInExpired`; any other trouble is kept in the draft.
    """
    current = PolicyVersion.current(user.workspace_id)
    draft = Draft(form, Questions(user, by=by), policy=current, finished=finished)
    _note_malformed(draft)
    try:
        _look_up(draft)
        if finished:
            _open_door(draft)
    except SignInExpired:
        raise
    except TooMany:
        draft.trouble = explain("too-often")
        return draft
    except AworkError as problem:
        draft.trouble = explain("rate-limited" if isinstance(problem, RateLimited) else "unreachable")
        return draft
    for refusal in policy.refusals(_facts(draft)):
        draft.refuse(refusal)
    return draft


def _note_malformed(draft: Draft) -> None:
    for name, errors in draft.form.errors.items():
        if draft.finished or draft.form.data.get(name):
            for error in errors:
                draft.note(name, str(error))


def _look_up(draft: Draft) -> None:
    known = roles.known(draft.user)
    draft.roles = roles.offered(known, draft.user, draft.policy.rules)
    if not draft.roles:
        draft.note("role", NONE_ALLOWED if known else NO_ROLES)
    text = draft.form.known("task")
    if text:
        draft.task = tasks.find(text, draft.questions)
        if not draft.task:
            draft.note("task", tasks.why_not(text))
    email = draft.form.known("email")
    if email:
        draft.members = guests.members(email, draft.questions)
        if not draft.members:
            draft.guess = guests.guess(email, draft.questions)


def _open_door(draft: Draft) -> Client:
    """Who wants to send needs a living sign-in, also where every question was answered from the cache."""
    return draft.questions.client


def _facts(draft: Draft) -> policy.Facts:
    return policy.Facts(
        user=draft.user,
        task=draft.task,
        role=draft.form.known("role") or (str(draft.role.id) if draft.role else ""),
        offered=draft.roles,
        email=draft.form.known("email") or "",
        members=draft.members,
        policy=draft.policy,
    )

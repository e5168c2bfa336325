"""One person's way from the sign-in to an invitation that takes others off their task, step by step."""

import re
from contextlib import suppress
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, unquote_plus, urlsplit
from uuid import UUID, uuid4

from django.test import Client
from django.utils import timezone

from invites.audit import verify
from invites.models import UNRESTORED, Invitation, State
from invites.sending import schedule
from invites.sending.reconcile import reconcile
from portal.actor import for_system
from portal.awork import http
from portal.models import AworkToken, NamedLock
from tests.standin_server import RunningStandin, authorize

INVITE = ("POST", "/tasks/assignuserbyemail")
KEY, GUEST = "WEB-12", "carla@creative.example"
TEAM = {"ada@nordlicht.example": 4 * 3600, "paul@nordlicht.example": None}
PASSED_BY = {401, 429}  # statuses by which awork says that it did nothing


class Journey:
    """Mona may list roles and users, so that every question of the portal is asked."""

    def __init__(self, standin: RunningStandin) -> None:
        self.standin, self.client = standin, Client()
        self.end_refusals = lambda: None
        self.fields = {
            "key": str(uuid4()),
            "task": str(standin.world.task(KEY).id),
            "role": str(standin.world.role("guest").id),
            "email": GUEST,
            "first_name": "Carla",
            "last_name": "Creative",
            "gender": "",
            "keep_assignees": "on",
        }

    def sign_in(self, change=lambda query: query) -> bool:
        """Through awork's page and back, with the answer changed on the way; whether it worked."""
        left = self.client.post("/login/", {"next": "/invite/"})
        if "accounts/authorize" not in left["Location"]:
            return self._refused(left)
        back = urlsplit(authorize(self.standin, left["Location"], "mona"))
        query = {name: values[0] for name, values in parse_qs(back.query).items()}
        response = self.client.get(back.path, change(query))
        return response["Location"] == "/invite/" or self._refused(response)

    def _refused(self, response) -> bool:
        """A plain page says why, and nobody is signed in."""
        assert response["Location"].startswith("/login/refused/"), response["Location"]
        assert self.client.get(response["Location"]).status_code == 200
        assert "_auth_user_id" not in self.client.session
        return False

    def look_around(self) -> None:
        """Open the form and search, as far as awork lets us."""
        for address in ("/invite/", "/invite/?q=copy", f"/invite/?task={KEY}"):
            response = self.client.get(address)
            assert response.status_code in {200, 302}, address

    def end_token(self) -> None:
        """Let the access token run out, here and there."""
        self.standin.grants.expire()
        AworkToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    def send(self) -> str:
        """Press *Send invitation*; the state shown, "" where the form came back with everything typed."""
        response = self.client.post("/invite/", self.fields)
        if response.status_code == 422:
            return self._kept(response)
        if response["Location"].startswith("/login/"):
            self.heal()
            assert self.sign_in()
            return self._kept(self.client.get("/invite/"))
        assert response.status_code == 302
        response = self.client.get(response["Location"])
        assert response.status_code == 200
        shown = re.search(r'data-state="(\w+)"', response.content.decode())[1]
        if shown != State.SENT:
            self._kept(response)
        return shown

    def _kept(self, response) -> str:
        page = unquote_plus(unescape(response.content.decode()))
        for name in ("task", "role", "email", "first_name", "last_name"):
            assert self.fields[name] in page, f"{name} was lost"
        return ""

    def heal(self) -> None:
        """awork works again, and the portal's waits are over."""
        self.standin.standin.faults.reset()
        self.end_refusals()
        http.breaker.reset()
        http.rate_limiter.reset()

    def recover(self) -> None:
        """awork works again, time passes, and reconciliation runs."""
        self.heal()
        for _ in range(2):
            long_ago = timezone.now() - timedelta(minutes=10)
            Invitation.objects.exclude(next_check_at=None).update(next_check_at=long_ago)
            Invitation.objects.exclude(lease_expires_at=None).update(lease_expires_at=long_ago)
            Invitation.objects.update(attempted_at=long_ago)
            NamedLock.objects.update(expires_at=long_ago)
            for invitation in schedule.due():
                reconcile(invitation, by=for_system(invitation.workspace_id))

    @property
    def guest(self):
        """The guest, if awork has invited them."""
        with suppress(KeyError):
            return self.standin.world.person(GUEST)
        return None

    @property
    def truth(self) -> bool:
        """Whether awork has put the guest on the task."""
        return GUEST in self.standin.world.assigned(KEY)

    @property
    def invited(self) -> int:
        """How many invitations reached awork, apart from those that it turned away unread."""
        return sum(
            (one.method, one.path) == INVITE and one.status not in PASSED_BY for one in self.standin.requests
        )

    def invitation(self) -> Invitation | None:
        """The one record there may be."""
        assert Invitation.objects.count() <= 1
        return Invitation.objects.first()

    def check_shown(self, shown: str) -> None:
        """What is shown is so, or says that it is unclear."""
        if shown == State.SENT:
            assert self.truth
        if shown in {State.REFUSED, State.NOT_SENT, ""}:
            assert not self.truth

    def check_settled(self, invitation: Invitation) -> None:
        """The record agrees with awork exactly, and nobody is missing without a name."""
        assert invitation.state in ({State.SENT} if self.truth else {State.NOT_SENT, State.REFUSED})
        task = self.standin.world.task(KEY)
        efforts = {self.standin.world.people[one.user_id].email: one.effort for one in task.assignees}
        whole = TEAM.items() <= efforts.items()
        assert whole or (invitation.assignees_state in UNRESTORED and invitation.assignees_missing)
        if self.truth:
            assert self.guest is not None
            assert invitation.guest_id == self.guest.id

    def check_chain(self, workspace: UUID) -> None:
        """The audit log is whole."""
        result = verify.verify(workspace, [])
        assert result.problem is None, result
        assert result.count

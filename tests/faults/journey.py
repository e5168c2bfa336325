"""A user journey in steps: from sign-in to an invitation whose task had other assignees."""

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
ASSIGNEES = {"ada@nordlicht.example": 4 * 3600, "paul@nordlicht.example": None}
REJECTED = {401, 429}  # statuses that awork sends without processing the request


class Journey:
    """Mona's journey: she may list roles and users, so the portal makes every kind of request."""

    def __init__(self, standin: RunningStandin) -> None:
        self.standin, self.client = standin, Client()
        self.stop_refusing = lambda: None
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
        """Sign in, with `change` applied to awork's redirect; return whether it worked."""
        left = self.client.post("/login/", {"next": "/invite/"})
        if "accounts/authorize" not in left["Location"]:
            return self._check_refused(left)
        back = urlsplit(authorize(self.standin, left["Location"], "mona"))
        query = {name: values[0] for name, values in parse_qs(back.query).items()}
        response = self.client.get(back.path, change(query))
        return response["Location"] == "/invite/" or self._check_refused(response)

    def _check_refused(self, response) -> bool:
        """Check that a plain page gives the reason and the user isn't signed in."""
        assert response["Location"].startswith("/login/refused/"), response["Location"]
        assert self.client.get(response["Location"]).status_code == 200
        assert "_auth_user_id" not in self.client.session
        return False

    def browse(self) -> None:
        """Open the form and search, as far as awork works."""
        for address in ("/invite/", "/invite/?q=copy", f"/invite/?task={KEY}"):
            response = self.client.get(address)
            assert response.status_code in {200, 302}, address

    def expire_token(self) -> None:
        """Expire the access token, in awork and in the portal."""
        self.standin.grants.expire()
        AworkToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    def send(self) -> str:
        """Send the form; return the state shown, or "" if the form was shown again with all input."""
        response = self.client.post("/invite/", self.fields)
        if response.status_code == 422:
            return self._check_form_preserved(response)
        if response["Location"].startswith("/login/"):
            self.restore_awork()
            assert self.sign_in()
            return self._check_form_preserved(self.client.get("/invite/"))
        assert response.status_code == 302
        response = self.client.get(response["Location"])
        assert response.status_code == 200
        shown = re.search(r'data-state="(\w+)"', response.content.decode())[1]
        if shown != State.SENT:
            self._check_form_preserved(response)
        return shown

    def _check_form_preserved(self, response) -> str:
        page = unquote_plus(unescape(response.content.decode()))
        for name in ("task", "role", "email", "first_name", "last_name"):
            assert self.fields[name] in page, f"{name} was lost"
        return ""

    def restore_awork(self) -> None:
        """Make awork work again, let it finish delayed requests, and end the portal's waits."""
        awork = self.standin.standin
        awork.faults.reset()
        with awork.lock:
            assert awork.lock.wait_for(lambda: not awork.in_flight, timeout=30)
        self.stop_refusing()
        http.breaker.reset()
        http.rate_limiter.reset()

    def recover(self) -> None:
        """Restore awork, expire all leases, and reconcile."""
        self.restore_awork()
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
    def guest_assigned(self) -> bool:
        """Whether the guest is assigned to the task in awork."""
        return GUEST in self.standin.world.assigned(KEY)

    @property
    def invitations_received(self) -> int:
        """The number of invitations that awork processed."""
        return sum(
            (one.method, one.path) == INVITE and one.status not in REJECTED for one in self.standin.requests
        )

    def invitation(self) -> Invitation | None:
        """The only invitation, or None."""
        assert Invitation.objects.count() <= 1
        return Invitation.objects.first()

    def check_shown(self, shown: str) -> None:
        """Check that the state shown is true or unclear."""
        if shown == State.SENT:
            assert self.guest_assigned
        if shown in {State.REFUSED, State.NOT_SENT, ""}:
            assert not self.guest_assigned

    def check_consistent(self, invitation: Invitation) -> None:
        """Check that the invitation agrees with awork, and names every missing assignee."""
        assert invitation.state in ({State.SENT} if self.guest_assigned else {State.NOT_SENT, State.REFUSED})
        task = self.standin.world.task(KEY)
        efforts = {self.standin.world.people[one.user_id].email: one.effort for one in task.assignees}
        complete = ASSIGNEES.items() <= efforts.items()
        assert complete or (invitation.assignees_state in UNRESTORED and invitation.assignees_missing)
        if self.guest_assigned:
            assert self.guest is not None
            assert invitation.guest_id == self.guest.id

    def check_audit_log(self, workspace: UUID) -> None:
        """Check that the audit log verifies."""
        result = verify.verify(workspace, [])
        assert result.problem is None, result
        assert result.events

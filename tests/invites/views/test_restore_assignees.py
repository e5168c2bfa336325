import re

import pytest
from django.urls import reverse

from invites.models import Invitation
from portal.locks import named_lock
from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db


def test_a_team_that_was_not_put_back_can_be(client, paula, fields, standin):
    standin.fault("POST", "/setassignees", kind="cut_before")
    page = text(client.post("/invite/", fields(), follow=True))
    assert "Ada Ahrens and Paul O&#x27;Neill" in page

    client.post(re.search(r'action="(/invitations/[^"]+/restore-assignees/)"', page)[1])
    assert {"ada@nordlicht.example", "paul@nordlicht.example"} < set(standin.world.assigned("WEB-12"))


def test_others_cannot(client, paula, fields, sign_in):
    client.post("/invite/", fields())
    invitation = Invitation.objects.get()
    sign_in(client, "mona")

    assert client.post(reverse("invitation-restore-assignees", args=[invitation.id])).status_code == 404


def test_a_task_in_use_is_left_alone(client, paula, fields, standin, monkeypatch):
    monkeypatch.setattr("invites.sending.locks.WAIT_SECONDS", 0.1)
    standin.fault("POST", "/setassignees", kind="cut_before")
    client.post("/invite/", fields())
    invitation = Invitation.objects.get()
    with named_lock(f"task:{invitation.task_id}", seconds=60, wait=0):
        response = client.post(reverse("invitation-restore-assignees", args=[invitation.id]), follow=True)

    assert "Someone else is inviting to this task" in text(response)


def test_looking_at_its_address_changes_nothing(client, paula, fields, standin):
    standin.fault("POST", "/setassignees", kind="cut_before")
    client.post("/invite/", fields())
    invitation = Invitation.objects.get()
    standin.requests.clear()

    response = client.get(reverse("invitation-restore-assignees", args=[invitation.id]))
    assert response["Location"] == invitation.get_absolute_url()
    assert standin.count() == 0

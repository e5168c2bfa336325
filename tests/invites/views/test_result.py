import re

import pytest

from invites.models import Invitation, State
from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db


def test_a_refusal_says_why_and_leads_back_with_everything(client, paula, fields, standin):
    standin.world.seats = 0
    page = text(client.post("/invite/", fields(), follow=True))

    assert 'data-state="refused"' in page
    assert "no free licence" in page
    again = re.search(r'href="(/invite/\?[^"]+)"', page)[1].replace("&amp;", "&")
    assert 'value="carla@creative.example"' in text(client.get(again))


@pytest.mark.parametrize(
    ("status", "why", "next_step"),
    [
        (400, "The invitation was refused by awork.", "Check the task in awork"),
        (401, "permission to invite guests to this task.", "Ask an administrator"),
        (404, "The task or the role no longer exists in awork.", "Check the task in awork"),
    ],
)
def test_a_refusal_without_a_code_says_why_too(client, paula, fields, standin, status, why, next_step):
    standin.fault("POST", "/assignuserbyemail", kind="status", status=status, body="")
    page = client.post("/invite/", fields(), follow=True)

    assert why in text(page)
    assert next_step in text(page)
    assert "<dt>Code</dt>" not in text(client.get(f"/invitations/{Invitation.objects.get().id}/"))


def test_another_one_keeps_task_and_role(client, paula, fields, standin):
    page = text(client.post("/invite/", fields(role=str(standin.world.role("member").id)), follow=True))
    another = re.search(r'href="(/invite/\?[^"]+)"', page)[1].replace("&amp;", "&")

    form = text(client.get(another))
    assert "WEB-12" in form
    assert f'value="{standin.world.role("member").id}" checked' in form
    assert "carla@creative.example" not in form


def test_others_do_not_see_it(client, paula, fields, sign_in):
    address = client.post("/invite/", fields())["Location"]
    sign_in(client, "mona")

    assert client.get(address).status_code == 404


def test_one_that_is_being_sent_looks_again_by_itself(client, paula, fields):
    address = client.post("/invite/", fields())["Location"]
    Invitation.objects.update(state=State.REQUESTED)

    page = text(client.get(address))
    assert 'data-state="requested"' in page
    assert 'hx-trigger="load delay:2s"' in page


def test_one_that_is_queued_says_so(client, paula, fields):
    address = client.post("/invite/", fields())["Location"]
    Invitation.objects.update(state=State.QUEUED)

    page = text(client.get(address))
    assert 'data-state="queued" data-tone="info"' in page
    assert "The invitation is queued." in page

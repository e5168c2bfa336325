from html import unescape

import pytest
from django.urls import reverse

from invites.audit.models import Event
from tests.invites.factories import policy
from tests.invites.views.pages import text

pytestmark = pytest.mark.django_db
SET = ("POST", "/setassignees")
GUSTAV = "gustav@nordlicht.example"
URL = "/invite/assign/"


@pytest.fixture
def mona(client, sign_in, standin):
    """A manager who may list roles and users, signed in."""
    sign_in(client, "mona")
    return standin.world.person("mona")


def fields(standin, key="CAF-8", email=GUSTAV):
    return {"task": str(standin.world.task(key).id), "email": email}


def test_the_button_leads_to_a_confirmation_that_does_nothing(client, mona, standin):
    page = client.get("/invite/", {"task": "CAF-8", "email": GUSTAV})
    link = reverse("guest-assign", query=fields(standin))
    assert f'class="button" href="{link}"' in unescape(text(page))

    confirmation = text(client.get(link))
    assert "<strong>Gustav Gast</strong> &lt;gustav@nordlicht.example&gt; is assigned to" in confirmation
    assert "stay assigned" in confirmation
    assert standin.count(*SET) == 0


@pytest.mark.parametrize(("comment", "is_said"), [("", False), ("Gustav writes the texts.", True)])
def test_a_comment_is_not_promised_with_it(client, mona, standin, comment, is_said):
    page = text(client.get("/invite/", {"task": "CAF-8", "email": GUSTAV, "comment": comment}))
    assert ("Assigning the guest doesn't post your comment" in page) is is_said


def test_confirming_assigns_the_guest_and_says_so(client, mona, standin):
    response = client.post(URL, fields(standin))

    assert "Gustav Gast is assigned to CAF-8" in text(response)
    assert GUSTAV in standin.world.assigned("CAF-8")
    assert Event.objects.filter(type="guest-assigned").count() == 1


def test_sending_it_again_does_nothing_and_the_form_says_why(client, mona, standin):
    client.post(URL, fields(standin))
    response = client.post(URL, fields(standin), follow=True)

    assert "already assigned to the task" in text(response)
    assert standin.count(*SET) == 1


@pytest.mark.parametrize(
    ("key", "email", "said"),
    [
        ("WEB-13", GUSTAV, "a guest can be in one project only"),
        ("WEB-13", "zoe@nordlicht.example", "a member of the workspace"),
        ("CAF-8", "new@creative.example", "new to the workspace"),
        ("SUD-1", GUSTAV, "Task not found, or you"),
    ],
)
def test_whoever_is_no_guest_of_the_project_is_not_assigned(client, mona, standin, key, email, said):
    for response in (
        client.get(URL, fields(standin, key, email), follow=True),
        client.post(URL, fields(standin, key, email), follow=True),
    ):
        assert response.redirect_chain
        assert said in text(response)
    assert standin.count(*SET) == 0


def test_the_policy_on_addresses_holds_here_too(client, mona, standin):
    from tests.invites.conftest import person

    policy(person(standin, "mona"), denied_domains=("nordlicht.example",))
    response = client.post(URL, fields(standin), follow=True)

    assert "Addresses of this domain" in text(response)
    assert standin.count(*SET) == 0


def test_an_unclear_answer_is_said(client, mona, standin):
    standin.fault(*SET, kind="cut_after")

    assert "We got no clear answer" in text(client.post(URL, fields(standin)))


def test_a_refusal_is_said_with_its_reason(client, mona, standin):
    body = {"code": "deactivated-user", "description": "gone", "traceId": "trace-7"}
    standin.fault(*SET, kind="status", status=400, body=body)
    page = unescape(text(client.post(URL, fields(standin))))

    assert "This person's account in the workspace is deactivated." in page
    assert 'data-state="refused"' in page

"""Spellings of one address are one guest on every page, and addresses that look alike are two."""

import re
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import transaction
from django.http import QueryDict
from django.urls import reverse

from invites.audit.catalogue import EventType
from invites.audit.models import Event, Person
from invites.audit.record import record
from invites.models import Invitation
from portal.accounts import pending_roles
from portal.email_addresses import key_of, normalize
from portal.models import PendingRole, User
from portal.web import form_recovery
from tests.addresses import ONE_PERSON, TWO_PERSONS
from tests.invites.conftest import actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def invite(fields, ada, client):
    """Sends the form as the administrator."""
    return lambda email, **more: client.post("/invite/", fields(key=str(uuid4()), email=email, **more))


@pytest.fixture
def erase(client):
    def post(email, again=None):
        said = {"email": email, "again": again or email, "reason": "asked for", "previewed": key_of(email)}
        return client.post("/guests/erase/", said)

    return post


@pytest.fixture
def sent_to(client):
    """The ids of the invitations that the audit log shows as sent to this guest."""

    def filtered(email):
        page = client.get("/audit/", {"guest": email, "type": "invitation-sent"}).text
        shown = re.findall(r'class="cover" href="/audit/(\d+)/"', page)
        return set(Event.objects.filter(sequence__in=shown).values_list("invitation", flat=True))

    return filtered


@pytest.mark.parametrize(("first", "second"), ONE_PERSON)
def test_another_spelling_is_a_duplicate_finds_and_erases_the_guest(
    first, second, invite, erase, sent_to, client
):
    assert invite(first).status_code == 302
    invitation = Invitation.objects.get()
    assert invitation.email == normalize(first).address

    refused = invite(second)
    assert refused.status_code == 422
    assert reverse("invitation", args=[invitation.id]) in refused.text
    assert Invitation.objects.count() == 1

    assert sent_to(first) == sent_to(second) == {invitation.id}

    assert erase(second, again=first).status_code == 302
    invitation.refresh_from_db()
    assert invitation.is_erased
    assert not Person.objects.filter(kind=Person.Kind.GUEST).exists()
    assert sent_to(first) == sent_to(second) == set()


@pytest.mark.parametrize(("first", "second"), TWO_PERSONS)
def test_two_guests_are_invited_found_and_erased_one_by_one(first, second, invite, erase, sent_to):
    assert [invite(email).status_code for email in (first, second)] == [302, 302]
    erased, left = Invitation.objects.order_by("created_at")
    assert (sent_to(first), sent_to(second)) == ({erased.id}, {left.id})

    assert erase(first, again=second).status_code == 422
    assert erase(first).status_code == 302

    erased.refresh_from_db()
    left.refresh_from_db()
    assert erased.is_erased
    assert left.email == second
    assert (sent_to(first), sent_to(second)) == (set(), {left.id})
    assert erase(first).status_code == 422  # of the erased one nothing is known any more


@pytest.mark.parametrize(("first", "second"), ONE_PERSON)
def test_erasing_forgets_a_saved_form_with_another_spelling(first, second, client, ada):
    for email in (first, second):
        session = client.session
        content = QueryDict(mutable=True)
        content["email"] = email
        session[form_recovery.KEY] = {"path": "/invite/", "content": content.urlencode(), "at": 0}
        session.save()
        form_recovery.purge(first)
        assert form_recovery.KEY not in client.session


def member(ada, email):
    """Somebody who has signed in with this address."""
    return User.objects.create(awork_id=uuid4(), workspace=ada.workspace, email=email)


@pytest.mark.parametrize(("first", "second"), ONE_PERSON)
def test_a_pending_role_holds_for_another_spelling(first, second, ada, client):
    assert client.post("/members/pending-roles/", {"email": first, "role": "lead"}).status_code == 302
    pending_roles.claim(newcomer := member(ada, second))
    assert PendingRole.objects.get().user == newcomer


@pytest.mark.parametrize(("first", "second"), TWO_PERSONS)
def test_a_pending_role_does_not_hold_for_an_address_that_looks_alike(first, second, ada, client):
    assert client.post("/members/pending-roles/", {"email": first, "role": "lead"}).status_code == 302
    pending_roles.claim(member(ada, second))
    assert PendingRole.objects.get().user is None


@pytest.mark.parametrize(("first", "second"), ONE_PERSON)
def test_a_member_is_known_by_another_spelling(first, second, ada, client):
    User.objects.create(awork_id=uuid4(), workspace=ada.workspace, first_name="Gerda", email=first)
    refused = client.post("/members/pending-roles/", {"email": second, "role": "lead"})
    assert "Gerda has already signed in" in refused.text


@pytest.mark.parametrize("reason", ["letter from berta@BU\u0308CHER.example", "berta@xn--bcher-kva.example"])
def test_the_reason_does_not_name_the_erased_address(reason, invite, client):
    invite("berta@bücher.example")
    said = dict.fromkeys(("email", "again", "previewed"), "berta@bücher.example") | {"reason": reason}
    assert client.post("/guests/erase/", said).status_code == 302
    assert Event.objects.get(type="erased").details["reason"].endswith("[guest]")


def test_a_search_for_the_guest_is_found_under_the_key_and_erased(invite, erase, client):
    invite("berta@bücher.example")
    client.get("/audit/export.jsonl", {"guest": "Berta@BU\u0308CHER.example"}).getvalue()
    assert Person.objects.get(kind=Person.Kind.SOUGHT).email == "berta@bücher.example"

    erase("berta@xn--bcher-kva.example")
    assert not Person.objects.filter(kind=Person.Kind.SOUGHT).exists()


@pytest.mark.parametrize(("first", "second"), ONE_PERSON + TWO_PERSONS)
def test_a_filter_by_the_address_is_erased_with_its_guest_alone(first, second, invite, erase, client):
    invite(first, first_name="", last_name="")
    client.get("/audit/export.jsonl", {"guest": second}).getvalue()
    assert erase(first).status_code == 302

    is_left = Person.objects.filter(kind=Person.Kind.SOUGHT).exists()
    assert is_left is ((first, second) in TWO_PERSONS)


def test_an_address_that_nobody_could_be_invited_with_can_be_erased(ada, erase):
    with transaction.atomic():
        email = "Smiley@xn--e28h.example\u200b"
        record(EventType.SIGN_IN_REFUSED, by=replace(actor(ada), email=email), details={"reason": "guest"})

    assert erase("smiley@xn--e28h.example").status_code == 302
    assert not Person.objects.filter(kind=Person.Kind.REFUSED).exists()

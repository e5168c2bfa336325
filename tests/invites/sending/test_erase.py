"""Erasing a guest from rows, index, sessions and files, while the chain stays valid."""

import json
from dataclasses import replace
from functools import partial

import pytest
from django.core.cache import cache
from django.db import transaction

from invites.audit import verify
from invites.audit.catalogue import EventType
from invites.audit.models import Event, Person
from invites.audit.record import record
from invites.audit.snapshot import Snapshot
from invites.endings.create import create
from invites.models import Ending, EndingCause, EndingKind, Guest, Invitation, State
from invites.sending import evidence
from invites.sending.erase import GuestNotFound, InvitationInProgress, erase
from invites.sending.reconcile import reconcile
from portal.accounts import pending_roles
from portal.actor import PORTAL_WORKSPACE
from portal.awork.schemas import Assignee
from portal.models import PendingRole
from portal.roles import DeskRole
from tests.invites.conftest import actor
from tests.traces import everything

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL = "carla@creative.example"


def go(paula, email=EMAIL, reason="asked by her", workspaces=None):
    chains = workspaces or [paula.workspace_id, PORTAL_WORKSPACE]
    return erase(email, workspaces=chains, by=actor(paula), reason=reason).event


def write(paula, type=EventType.SIGNED_IN, **about):
    with transaction.atomic():
        return record(type, by=actor(paula), **about)


def test_a_check_running_at_that_moment_does_not_save_the_data_again(
    new_invitation, send, paula, standin, monkeypatch
):
    standin.fault("POST", "/tasks/assignuserbyemail", kind="cut_after")
    invitation, look = send(new_invitation()), evidence.gather

    def gather_and_erase(*arguments):
        finding = look(*arguments)
        go(paula)
        return finding

    monkeypatch.setattr(evidence, "gather", gather_and_erase)
    reconcile(invitation, by=actor(paula))

    assert "carla" not in everything()
    assert Invitation.objects.get().is_erased


def test_of_an_ending_only_what_names_the_guest_is_erased(new_invitation, send, paula):
    send(new_invitation())
    guest = Guest.objects.get()
    end = partial(create, user=paula, by=actor(paula), cause=EndingCause.PERSON, reason="Carla is done")
    (task,), (project,) = end(guest, EndingKind.TASK), end(guest, EndingKind.PROJECT)
    carla = {"id": str(guest.awork_id), "first_name": "Carla", "last_name": "Creative"}
    Ending.objects.filter(pk=project.pk).update(state="sending", assignees_missing=[carla])
    with pytest.raises(InvitationInProgress):
        go(paula)
    Ending.objects.filter(pk=project.pk).update(state="done", guest=None, comment="")  # of another

    go(paula)

    assert "carla" not in everything()
    found = Ending.objects.order_by("kind").values_list("kind", "guest", "state", "reason")
    assert list(found) == [("project", None, "done", ""), ("task", None, "not_done", "erased")]
    assert task.target_key == "WEB-12"


def test_the_address_is_in_no_table_afterwards(new_invitation, send, paula, caplog):
    send(new_invitation())
    assert "carla" in everything()

    event = go(paula, reason=f"letter from {EMAIL}")

    left = everything()
    assert EMAIL not in left
    assert "carla" not in left
    assert "creative.example" not in left
    assert EMAIL not in caplog.text
    assert event.details["reason"] == "letter from [guest]"
    assert event.details["invitations"] == 1


def test_the_chain_still_verifies_and_names_a_pseudonym(new_invitation, send, paula):
    send(new_invitation())
    event = go(paula)

    assert verify.verify(paula.workspace_id, []).problem is None
    assert event.type == "erased"
    places = event.details["erased"]
    assert [sequence for sequence, _ in places] == sorted(sequence for sequence, _ in places)
    assert len(places) == 3  # requested, sent, team
    assert event.details["pseudonym"].startswith("erased-")


def test_others_keep_their_names(new_invitation, send, paula):
    send(new_invitation())
    send(new_invitation(email="erik@creative.example", first_name="Erik", last_name="Else"))

    go(paula)

    assert Person.objects.filter(email="erik@creative.example").count() == 3
    left = Invitation.objects.get(email="erik@creative.example")
    assert left.guest_name == "Erik Else"


def test_an_erased_invitation_shows_the_pseudonym_and_offers_no_actions(new_invitation, send, paula, client):
    invitation = send(new_invitation())
    event = go(paula)

    invitation.refresh_from_db()
    assert (invitation.guest_name, invitation.email, invitation.guest_id) == (
        event.details["pseudonym"],
        "",
        None,
    )
    assert not invitation.is_unresolved
    assert not invitation.can_check
    page = client.get(f"/invitations/{invitation.id}/").text
    assert event.details["pseudonym"] in page
    assert "carla" not in page.lower()


def test_the_name_is_also_erased_from_assignees(new_invitation, send, paula):
    carla = send(new_invitation()).guest_id
    later = send(new_invitation(email="erik@creative.example", first_name="Erik", last_name="Else"))
    assert "Carla" in json.dumps(later.assignees_before)
    assert Person.objects.filter(kind="team", awork_id=carla).exists() or later.assignees_state == "kept"

    event = go(paula)

    later.refresh_from_db()
    assert "Carla" not in json.dumps(later.assignees_before)
    assert event.details["pseudonym"] in json.dumps(later.assignees_before)
    assert not Person.objects.filter(awork_id=carla).exists()
    assert verify.verify(paula.workspace_id, []).problem is None


def test_the_ip_address_and_browser_of_a_refused_guest_are_erased_too(paula):
    carla = replace(actor(paula), id=None, name="Carla", email=EMAIL, ip_address="203.0.113.9")
    with transaction.atomic():
        event = record(EventType.SIGN_IN_REFUSED, by=replace(carla, user_agent="Phone of Carla"))
    assert (event.user_agent, event.ip_address) == ("", "")
    assert Person.objects.get().user_agent == "Phone of Carla"

    go(paula)

    left = everything()
    assert "carla" not in left
    assert "203.0.113.9" not in left


def test_people_recorded_by_id_alone_are_erased_too(paula):
    carla = Assignee(id=paula.awork_id, first_name="Carla", last_name="Creative")
    write(paula, snapshot=Snapshot(email=EMAIL, guest_id=carla.id))
    write(paula, assignees=[carla])
    go(paula)
    assert not Person.objects.exists()


def test_filters_by_the_guest_are_erased_too(paula):
    write(paula, snapshot=Snapshot(email=EMAIL, first_name="Carla", last_name="Creative"))
    write(paula, others=[Person(kind="sought", email=EMAIL)])
    write(paula, others=[Person(kind="sought", email=f"jo{EMAIL}")])
    go(paula)
    assert [one.email for one in Person.objects.all()] == [f"jo{EMAIL}"]


@pytest.mark.parametrize("words", ["carla", EMAIL, "creative CARLA"])
def test_searches_for_the_guest_leave_no_words(new_invitation, send, paula, ada, client, words):
    send(new_invitation())
    client.get("/audit/export.csv", {"q": words}).getvalue()
    go(paula)
    assert "carla" not in everything()


def test_searches_for_the_ip_address_of_a_refused_guest_are_erased_too(paula):
    carla = replace(actor(paula), email=EMAIL, ip_address="203.0.113.9")
    with transaction.atomic():
        record(EventType.SIGN_IN_REFUSED, by=carla)
    write(paula, others=[Person(kind="sought", ip_address="203.0.113.9")])
    write(paula, others=[Person(kind="sought", ip_address="203.0.113.10")])
    go(paula)
    assert [one.ip_address for one in Person.objects.all()] == ["203.0.113.10"]


def test_the_words_of_the_guest_find_nothing_and_other_words_still_do(
    new_invitation, send, paula, ada, client
):
    send(new_invitation())
    go(paula)
    assert "invited" not in client.get("/audit/?q=creative").text
    assert "an erased person" in client.get("/audit/?q=web-12").text


def test_a_new_export_does_not_hold_the_guest(new_invitation, send, paula, ada, client):
    send(new_invitation())
    go(paula)
    for form in ("csv", "jsonl"):
        assert b"carla" not in client.get(f"/audit/export.{form}").getvalue().lower()


def test_form_data_stored_in_sessions_is_erased(paula, client, new_invitation, send):
    send(new_invitation())
    session = client.session
    session["form_recovery"] = {"path": "/invite/", "content": "email=Carla%40creative.example", "at": 0}
    session["other"] = f"email=jo{EMAIL}"
    session.save()

    go(paula)

    assert "form_recovery" not in client.session
    assert client.session["other"] == f"email=jo{EMAIL}"
    assert client.get("/invitations/").status_code == 200


def test_a_pending_role_of_the_address_is_erased(paula):
    pending_roles.set_pending_role(paula.workspace, EMAIL, DeskRole.LEAD, acting=actor(paula))
    go(paula)
    assert not PendingRole.objects.exists()
    assert EMAIL not in everything()


def test_caches_are_cleared(new_invitation, send, paula):
    send(new_invitation())
    cache.set("lookup", EMAIL)
    go(paula)
    assert cache.get("lookup") is None


def test_an_invitation_in_progress_prevents_erasure(new_invitation, send, paula):
    invitation = send(new_invitation())
    Invitation.objects.filter(id=invitation.id).update(state=State.REQUESTED)
    with pytest.raises(InvitationInProgress):
        go(paula)
    assert EMAIL in everything()


def test_an_unknown_address_leaves_no_event(paula):
    before = Event.objects.count()
    with pytest.raises(GuestNotFound):
        go(paula, email="nobody@creative.example")
    assert Event.objects.count() == before


def test_other_workspaces_are_not_touched(new_invitation, send, paula):
    send(new_invitation())
    with pytest.raises(GuestNotFound):
        go(paula, workspaces=[PORTAL_WORKSPACE])
    assert EMAIL in everything()


def test_an_erasure_that_cannot_be_recorded_is_rolled_back(new_invitation, send, paula, monkeypatch):
    send(new_invitation())

    def broken(*args, **options):
        raise RuntimeError("no writing")

    monkeypatch.setattr("invites.audit.chain.append", broken)
    with pytest.raises(RuntimeError):
        go(paula)
    assert Invitation.objects.get().email == EMAIL
    assert Person.objects.filter(email=EMAIL).exists()


def test_a_row_deleted_by_hand_is_distinguished_from_an_erased_one(new_invitation, send, paula):
    send(new_invitation())
    send(new_invitation(email="erik@creative.example", first_name="Erik", last_name="Else"))
    go(paula)
    Person.objects.filter(email="erik@creative.example").first().delete()
    assert "no erasure says so" in verify.verify(paula.workspace_id, []).problem.what

import pytest
from django.core.management import CommandError, call_command

from invites.audit.models import Event, Person
from invites.models import Invitation

pytestmark = pytest.mark.django_db
EMAIL = "carla@creative.example"


@pytest.fixture
def sent(new_invitation, send):
    return send(new_invitation())


@pytest.fixture
def answers(monkeypatch):
    """Answers the prompts of the command, one after the other."""

    def give(*said):
        left = list(said)
        monkeypatch.setattr("builtins.input", lambda question: left.pop(0))

    return give


def test_it_asks_to_repeat_the_address_and_for_a_reason(sent, answers, capsys):
    answers("Carla@creative.example ", "asked by her")
    call_command("erase_guest", EMAIL)

    assert Invitation.objects.get().is_erased
    event = Event.objects.get(type="erased", workspace=sent.workspace_id)
    assert event.details["reason"] == "asked by her"
    assert event.actor_name.endswith("(manage.py erase_guest)")
    assert event.details["pseudonym"] in capsys.readouterr().out


def test_both_can_be_options(sent):
    call_command("erase_guest", EMAIL, confirm=EMAIL, reason="asked by her")
    assert Invitation.objects.get().is_erased


def test_the_address_may_be_typed_in_two_spellings(new_invitation, send):
    send(new_invitation(email="carla@bücher.example"))
    call_command(
        "erase_guest", "Carla@bu\u0308cher.example", confirm="carla@xn--bcher-kva.example\u200b", reason="x"
    )
    assert Invitation.objects.get().is_erased


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("nobody", ["", "\u200b"])
def test_no_address_erases_nobody(sent, nobody):
    with pytest.raises(CommandError, match="Nothing is known"):
        call_command("erase_guest", nobody, confirm="\u200b", reason="x")
    assert Person.objects.exists()


@pytest.mark.parametrize("said", [("carl@creative.example", "x"), (EMAIL, " ")])
def test_another_address_or_no_reason_erases_nothing(sent, answers, said):
    answers(*said)
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase_guest", EMAIL)
    assert not Invitation.objects.get().is_erased


@pytest.mark.django_db(transaction=True)
def test_an_unknown_address_is_an_error(sent):
    with pytest.raises(CommandError, match="Nothing is known"):
        call_command("erase_guest", "x@y.example", confirm="x@y.example", reason="x")

"""The way to a signed-in client, which the tests of the whole house take."""

from tests.standin_server import RunningStandin


def test_a_manager_is_signed_in_through_both_pages(db, client, sign_in, standin: RunningStandin):
    sign_in(client, "paula")
    assert "_auth_user_id" in client.session
    assert standin.count("POST", "/accounts/token") == 1
    assert standin.count("GET", "/me/permissions") == 1


def test_who_refuses_at_awork_is_not_signed_in(db, client, sign_in, standin: RunningStandin):
    sign_in(client, None)
    assert "_auth_user_id" not in client.session
    assert standin.count("POST", "/accounts/token") == 0


def test_nobody_can_be_signed_in_from_another_workspace(db, client, sign_in):
    sign_in(client, "otto")
    assert "_auth_user_id" not in client.session

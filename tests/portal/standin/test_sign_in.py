"""The `sign_in` fixture, which most tests use."""

from tests.standin_server import RunningStandin


def test_a_manager_signs_in_through_both_pages(db, client, sign_in, standin: RunningStandin):
    sign_in(client, "paula")
    assert "_auth_user_id" in client.session
    assert standin.count("POST", "/accounts/token") == 1
    assert standin.count("GET", "/me/permissions") == 1


def test_denying_access_does_not_sign_in(db, client, sign_in, standin: RunningStandin):
    sign_in(client, None)
    assert "_auth_user_id" not in client.session
    assert standin.count("POST", "/accounts/token") == 0


def test_users_of_other_workspaces_cannot_sign_in(db, client, sign_in):
    sign_in(client, "otto")
    assert "_auth_user_id" not in client.session

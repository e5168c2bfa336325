import pytest

pytestmark = pytest.mark.django_db


def test_a_page_without_a_script_can_be_checked(client, paula, fields):
    response = client.post("/invite/preview/", fields(q="copy"))

    assert response["Location"].startswith("/invite/?")
    assert "csrf" not in response["Location"]
    assert "key=" not in response["Location"]
    assert "carla%40creative.example" in response["Location"]


def test_looking_at_its_address_is_no_check(client, paula):
    assert client.get("/invite/preview/")["Location"] == "/invite/"

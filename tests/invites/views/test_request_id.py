"""One request, one id: in its response, its log lines and all of its events."""

from uuid import UUID

import pytest

from invites.audit.models import Event
from invites.policy.rules import NamedRef
from portal.standin.entities import stable_id
from portal.web.middleware import REQUEST_ID_HEADER
from tests.invites.factories import policy

pytestmark = pytest.mark.django_db


def test_two_refusals_of_one_request_carry_its_id(client, paula, fields, log_lines):
    website = NamedRef(stable_id("project", "WEB"), "Website")
    policy(paula, denied_domains=("creative.example",), closed_projects=(website,))
    response = client.post("/invite/", fields())
    request_id = response[REQUEST_ID_HEADER]

    assert response.status_code == 422
    refusals = Event.objects.filter(type="attempt-refused")
    assert {event.details["rule"] for event in refusals} == {"domain", "project"}
    assert {event.request_id for event in refusals} == {UUID(request_id)}
    assert {line["request_id"] for line in log_lines()} == {request_id}

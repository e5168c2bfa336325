"""`/invitations/export.csv` as a download."""

from dataclasses import replace

import pytest

from invites.audit.models import Event
from portal.web import rate_limits
from tests.invites.factories import batch, invitation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def paula(client):
    user = person()
    client.force_login(user)
    return user


def test_it_is_a_file_that_no_cache_keeps(client, paula):
    response = client.get("/invitations/export.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="invitations-20')
    assert response["Cache-Control"] == "no-store"


def test_filters_that_cannot_be_read_lead_back_to_the_list(client, paula):
    response = client.get("/invitations/export.csv?from=yesterday")
    assert (response.status_code, response["Location"]) == (302, "/invitations/?from=yesterday")
    assert not Event.objects.exists()


def test_exports_are_limited(client, paula, monkeypatch):
    monkeypatch.setattr(rate_limits, "EXPORT", replace(rate_limits.EXPORT, per_user=1))
    invitation(paula)
    assert [client.get("/invitations/export.csv").status_code for _ in range(2)] == [200, 429]


def test_the_outcome_of_a_batch_is_one_more_export(client, paula, monkeypatch):
    monkeypatch.setattr(rate_limits, "EXPORT", replace(rate_limits.EXPORT, per_user=1))
    found = batch(paula, [{}])
    response = client.get(f"/batches/{found.id}/outcome.csv")
    assert response["Content-Disposition"].startswith('attachment; filename="batch-20')
    assert response["Cache-Control"] == "no-store"
    assert client.get(f"/batches/{found.id}/outcome.csv").status_code == 429

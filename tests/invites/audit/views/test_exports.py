"""Exports are limited for each person and each address."""

from dataclasses import replace

import pytest

from invites.audit.models import Event
from portal.web import rate_limits

pytestmark = pytest.mark.django_db


def test_exports_are_limited_and_the_refusal_is_recorded_once(client, ada, monkeypatch):
    monkeypatch.setattr(rate_limits, "EXPORT", replace(rate_limits.EXPORT, per_user=2))
    answers = [client.get(f"/audit/export.{form}") for form in ("csv", "jsonl", "csv", "jsonl")]
    for answer in answers[:2]:
        b"".join(answer.streaming_content)
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert "Try again in" in answers[2].content.decode()
    assert "Content-Disposition" not in answers[2]
    (refusal,) = Event.objects.filter(type="attempt-refused")
    assert (refusal.actor_id, refusal.details) == (ada.awork_id, {"rule": "limit", "limit": "export"})
    assert Event.objects.filter(type="exported").count() == 2


def test_a_filter_that_cannot_be_read_costs_no_export(client, ada, monkeypatch):
    monkeypatch.setattr(rate_limits, "EXPORT", replace(rate_limits.EXPORT, per_user=1))
    asked = ("from=soon", "until=2026-11-23", "type=lost")
    assert {client.get(f"/audit/export.csv?{query}").status_code for query in asked} == {302}


def test_a_filter_that_does_not_exist_is_reported(client, ada):
    page = client.get("/audit/export.csv?until=2026-11-23", follow=True).text
    assert "There is no filter “until”." in page
    assert 'class="cover"' not in page


def test_the_links_to_exports_show_a_page_where_there_is_no_file(client, ada):
    """A link that says `download` would keep the words of a refusal from the reader."""
    assert " download" not in client.get("/audit/").content.decode()

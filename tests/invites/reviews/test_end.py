"""A sponsor's answer takes the guest off the task in awork."""

import pytest

from invites.endings.work import end_due
from invites.models import Guest
from tests.invites import conftest, factories

pytestmark = pytest.mark.django_db
CARLA = "carla@creative.example"


@pytest.fixture
def paula(standin, sign_in, client):
    sign_in(client, "paula")
    return conftest.person(standin, "paula")


def on_task(standin):
    return {one.user_id for one in standin.world.task("WEB-12").assignees}


def test_a_worker_takes_the_guest_off_the_task_and_the_report_says_so(
    client, standin, paula, send, new_invitation
):
    send(new_invitation())
    carla = standin.world.person(CARLA).id
    before = on_task(standin)
    assert carla in before
    review = factories.review(paula)
    item = review.items.get(guest=Guest.objects.get())
    client.post(review.get_absolute_url(), {f"answer-{item.pk}": "ended"})
    end_due(lambda: True)
    assert on_task(standin) == before - {carla}
    assert item.endings.get().state == "done"
    report = b"".join(client.get(f"/reviews/{review.id}/report.csv").streaming_content).decode()
    assert "WEB-12 Write copy: Done" in report

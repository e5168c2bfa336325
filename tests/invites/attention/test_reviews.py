"""Reviews that wait for answers."""

import pytest

from invites.attention.registry import counts, groups
from invites.reviews.close import close
from portal import actor
from tests.invites.factories import named_guest, person, review

pytestmark = pytest.mark.django_db


def test_a_review_is_there_until_it_is_answered_or_closed():
    ada, paula = person("Ada Ahrens", role="administrator"), person()
    named_guest(paula, "Carla")
    asked = review(ada)
    [group] = [one for one in groups(paula, counts(paula)) if one.source.kind == "review"]
    [item] = group.items
    assert (item.title, item.url) == ("Review of all guests", asked.get_absolute_url())
    assert item.detail.startswith("1 guest without an answer · due on ")
    assert counts(ada)["review"] == 0
    close(asked.pk, by=actor.for_user(ada), user=ada)
    assert counts(paula)["review"] == 0

"""*Needs attention* as an Atom feed."""

import re
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from invites.attention import registry
from portal.models import User

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def feed_of(user: User) -> Atom1Feed:
    """The items that the page shows to this person, without more of them."""
    feed = Atom1Feed(
        title=_text(_("Needs attention: %(workspace)s") % {"workspace": user.workspace.name}),
        link=settings.PORTAL_URL + reverse("attention"),
        description=None,
        language=get_language(),
    )
    for group in registry.groups(user, registry.counts(user)):
        for item in group.items:
            feed.add_item(
                title=_text(f"{group.source.title}: {item.title}"),
                link=settings.PORTAL_URL + item.url,
                description=_text(item.detail),
                unique_id=uuid5(NAMESPACE_URL, f"{settings.PORTAL_URL}/attention/{item.key}").urn,
                updateddate=item.since,
            )
    return feed


def _text(text: str) -> str:
    """Without characters that XML can't have."""
    return NOT_IN_XML.sub("\ufffd", text)

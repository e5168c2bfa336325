"""`/feeds/`: the keys of a person's feeds. `/attention/feed` and `/guests/calendar.ics`: the feeds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from invites.feeds import keys
from invites.feeds.attention import feed_of
from invites.feeds.calendar import calendar_of
from invites.models import Feed, FeedKey
from portal import actor, language
from portal.accounts.membership import AccessUnconfirmed, is_member
from portal.accounts.permissions import member_required, public
from portal.actor import PORTAL_WORKSPACE, Actor
from portal.models import User
from portal.web import rate_limits
from portal.web.htmx import SignedInRequest, post_only, render_page
from portal.web.rate_limits import RateLimitExceeded

RETRY_AFTER = 600  # seconds, where awork can't be asked
URL_NAMES = {Feed.ATTENTION: "attention-feed", Feed.CALENDAR: "guests-calendar"}
HINTS: dict[str, str | Promise] = {
    Feed.ATTENTION: gettext_lazy("What needs your attention, for a feed reader."),
    Feed.CALENDAR: gettext_lazy("The last days of access of your guests, for your calendar."),
}


class KeyForm(forms.Form):
    """Which feed; `key` lets a form that is sent twice create one key."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    feed = forms.ChoiceField(choices=Feed.choices, widget=forms.HiddenInput)


@dataclass(frozen=True)
class Entry:
    """A feed on the page, with its valid key."""

    feed: Feed
    hint: str | Promise
    key: FeedKey | None
    form: KeyForm


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def feeds(request: SignedInRequest) -> HttpResponseBase:
    """The feeds; a POST creates a key, and its page is the only one that shows it."""
    if request.method != "POST":
        return _page(request)
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422)
    feed = Feed(form.cleaned_data["feed"])
    by = actor.for_request(request)
    key = keys.create(form.cleaned_data["key"], feed, user=request.user, by=by)
    if key is None:
        messages.info(request, _("This address was created before, and is shown only once."))
        return redirect("feeds")
    url = f"{settings.PORTAL_URL}{reverse(URL_NAMES[feed], query={'key': key})}"
    return _page(request, url=url, created=feed)


def _page(
    request: SignedInRequest, *, url: str = "", created: Feed | None = None, status: int = 200
) -> HttpResponse:
    entries = [Entry(feed, HINTS[feed], keys.valid_key(request.user, feed), _form(feed)) for feed in Feed]
    context = {"entries": entries, "url": url, "created": created}
    return render_page(request, "feeds/feeds.html", context, status=status)


def _form(feed: Feed) -> KeyForm:
    return KeyForm(initial={"key": uuid4(), "feed": feed.value}, auto_id=f"{feed.value}-%s")


@member_required
@post_only(at="feeds", alone=True)
def revoke(request: SignedInRequest, key_id: UUID) -> HttpResponseBase:
    """Revoke one of the user's own keys."""
    key = get_object_or_404(FeedKey, id=key_id, user=request.user)
    if keys.revoke(key, by=actor.for_request(request)):
        messages.success(request, _("The address was revoked: the feed can't be read with it any more."))
    return redirect("feeds")


@require_safe
@public
def attention(request: HttpRequest) -> HttpResponseBase:
    """*Needs attention* of the key's person as an Atom feed."""
    return _answer(request, Feed.ATTENTION, _atom)


@require_safe
@public
def calendar(request: HttpRequest) -> HttpResponseBase:
    """The end dates that the key's person sees as a calendar."""
    return _answer(request, Feed.CALENDAR, _calendar)


def _atom(user: User) -> HttpResponse:
    feed = feed_of(user)
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _calendar(user: User) -> HttpResponse:
    response = HttpResponse(calendar_of(user), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="end-dates.ics"'
    return response


def _answer(request: HttpRequest, feed: Feed, content: Callable[[User], HttpResponse]) -> HttpResponse:
    """The feed of the person whose key it is. Cookies count for nothing, and none are set.

    If anything is wrong with the key or its person, the answer is the same.
    """
    try:
        response = _content(request, feed, content)
    except RateLimitExceeded as problem:
        response = _error(429, "Too many requests.")
        response["Retry-After"] = str(problem.wait)
    except AccessUnconfirmed:
        response = _error(503, "awork can't be asked at the moment.")
        response["Retry-After"] = str(RETRY_AFTER)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _content(request: HttpRequest, feed: Feed, content: Callable[[User], HttpResponse]) -> HttpResponse:
    origin = actor.origin(request)
    visitor: dict[str, Any] = {"workspace": PORTAL_WORKSPACE, "id": None, "name": "", "email": ""}
    rate_limits.hit(rate_limits.FEED_OF_ANY_KEY, by=Actor(**visitor, **origin))
    given = request.GET.getlist("key")
    key = keys.find(given[0], feed) if len(given) == 1 else None
    if key is None:
        return _error(404, "Not found.")
    user = key.user
    by = Actor(user.workspace_id, user.awork_id, user.name, user.email, **origin)
    rate_limits.hit(rate_limits.FEED, by=by, person=key.id)
    if not is_member(user, by=by):
        return _error(404, "Not found.")
    keys.note_use(key, by=by)
    with language.speaking_to(user):
        return content(user)


def _error(status: int, text: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")

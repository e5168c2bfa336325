"""The invite form as a URL: what the address bar shows, and what can be copied. Opening it sends nothing."""

from urllib.parse import urlsplit

from django.http import QueryDict
from django.urls import reverse

from invites.draft import Draft
from invites.forms import EndField, InviteForm
from invites.lookup.roles import role_slug

GUEST = ("email", "first_name", "last_name", "gender", "comment", "comment_hidden")
OWN = {
    *InviteForm.base_fields,
    "q",
    "suggested_for",
    "ends_for",
    "previewed",
}  # parameters that the form understands


def bookmark(draft: Draft, *, search: str = "", with_guest: bool = True) -> str:
    """The page with everything that is entered now; without the guest for one to use again."""
    data, query = draft.form.data, QueryDict(mutable=True)
    values = {
        "task": (draft.task.key or str(draft.task.id)) if draft.task else data.get("task", ""),
        "q": "" if draft.task else search,
        "role": role_slug(draft.role, draft.roles) if draft.role else data.get("role", ""),
        **({name: data.get(name, "") for name in GUEST} | {"ends_on": _end(draft)} if with_guest else {}),
        "keep_assignees": "" if draft.form.valid("keep_assignees") is not False else "off",
    }
    query.update({name: value for name, value in values.items() if value})
    return reverse("invite", query=query or None)


def _end(draft: Draft) -> str:
    """The end date, unless it is what the policy proposes anyway."""
    if draft.form.errors.get("ends_on"):
        return str(draft.form.data.get("ends_on", ""))
    if draft.ends_on == draft.default_end:
        return ""
    return draft.ends_on.isoformat() if draft.ends_on else EndField.NONE


def with_search(current: str, search: str) -> str:
    """The page that the user is on, with other words in the search field."""
    query = QueryDict(urlsplit(current).query, mutable=True)
    query["q"] = search
    return reverse("invite", query=query)


def searched(current: str) -> str:
    """The words in the search field, from the address of the page that the user is on."""
    return QueryDict(urlsplit(current).query).get("q", "")


def unknown_parameters(query: QueryDict) -> list[str]:
    """What a bookmark asks for that is no part of an invitation."""
    return [name for name in query if name not in OWN]

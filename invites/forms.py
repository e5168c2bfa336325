"""The invite form and its fields; nothing here queries awork or the database."""

import re
import unicodedata
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from invites.comments.text import MAX_LENGTH, harmless
from portal.email_addresses import strip_invisible
from portal.web.fields import EmailField
from portal.web.pasted import SeveralAddresses, parse_mailbox

MAX_NAME = 1000  # awork's limit for a name
MAX_PASTED = 4000  # of a link to a task; mail scanners wrap links in long ones
TITLES = re.compile(r"\b(?:dr|prof|st|mr|mrs|ms|mag|ing|dipl|med)\.", re.I)  # "Dr.De Vries" is no host
HOST_ENDINGS = (  # of hosts; "Dr.med" and "St.John" aren't links
    "com|net|org|info|biz|io|app|dev|co|eu|de|at|ch|uk|us|fr|nl|be|it|es|pl|cz|se|ru|cn|tk|me|tv|cc|ly|gg|to"
    "|xyz|top|shop|store|online|site|website|web|space|club|live|link|click|win|vip|pro|page|cloud|tech|agency"
    "|studio|design|digital|media|news|blog|email|berlin|example"
)
LINK = re.compile(rf"https?:|mailto:|://|www\.|\w\.[a-z]{{2,}}/|[\w-]{{2,}}\.(?:{HOST_ENDINGS})\b", re.I)
NOT_COPIED = {"key", "task", "role", "comment", "comment_hidden"}
GENDERS = [("", _("Not stated")), ("female", _("Female")), ("male", _("Male")), ("other", _("Other"))]


class FormKeyField(forms.UUIDField):
    """The form's one-time key; any other text is turned into a key, so that it can't send twice either."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except forms.ValidationError:
            return uuid5(NAMESPACE_OID, str(value))


class NameField(forms.CharField):
    """A name without links, which would turn awork's e-mail into an advertisement."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, strip=True, **kwargs)

    def clean(self, value: Any) -> str:
        text = " ".join(super().clean(value).split())
        if not strip_invisible(text):
            return ""
        if len(text) > MAX_NAME:
            raise forms.ValidationError(_("This name is too long: at most 1,000 characters."))
        if LINK.search(TITLES.sub(" ", _as_read(text))):
            raise forms.ValidationError(_("A name cannot have a link in it."))
        return text


def _as_read(text: str) -> str:
    """The text as mail programs read it: plain letters and dots, without invisible characters."""
    plain = unicodedata.normalize("NFKC", text).replace("\u3002", ".")
    return "".join(char for char in plain if unicodedata.category(char) != "Cf")


class DefaultOnField(forms.CharField):
    """A checkbox that is on by default: the page has a hidden "off" in front of it."""

    def clean(self, value: Any) -> bool:
        return value not in {"off", "false", "0"}


class EndField(forms.DateField):
    """The last day of access; empty, or "none" in a URL, for access without an end.

    A day with slashes is refused: it begins with the day in some countries, with the month in others.
    """

    NONE = "none"
    FORMATS = ("%Y-%m-%d", "%d.%m.%Y")

    def __init__(self, **kwargs: Any) -> None:
        invalid = _("Enter a day such as 2027-01-31.")
        messages = {"invalid": invalid}
        super().__init__(required=False, error_messages=messages, input_formats=self.FORMATS, **kwargs)

    def to_python(self, value: Any) -> Any:
        return None if value == self.NONE else super().to_python(value)


class CommentField(forms.CharField):
    """A comment for the team, without what awork could take for markup."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> str:
        text = harmless(super().clean(value))
        if len(text) > MAX_LENGTH:
            raise forms.ValidationError(_("This comment is too long: at most 500 characters."))
        return text


class InviteForm(forms.Form):
    """The form of `/invite/`; valid when its fields are well-formed, whether or not awork knows them."""

    key = FormKeyField(required=False, widget=forms.HiddenInput)
    task = forms.CharField(
        max_length=MAX_PASTED,
        error_messages={"required": _("Choose a task."), "max_length": _("Choose a task.")},
    )
    role = forms.CharField(
        max_length=MAX_NAME,
        error_messages={"required": _("Choose a role."), "max_length": _("Choose one of the roles shown.")},
    )
    email = EmailField(label=_("E-mail"), error_messages={"required": _("Enter the guest's e-mail address.")})
    first_name = NameField(label=_("First name"))
    last_name = NameField(label=_("Last name"))
    gender = forms.ChoiceField(
        label=_("Gender"),
        choices=GENDERS,
        required=False,
        error_messages={"invalid_choice": _("Enter female, male or other, or leave the gender empty.")},
    )
    ends_on = EndField(label=_("Last day of access"))
    comment = CommentField(label=_("Comment on the task"))
    comment_hidden = forms.BooleanField(label=_("Hide it from users of awork Connect"), required=False)
    keep_assignees = DefaultOnField(label=_("Keep the assignees"), required=False)

    def clean(self) -> dict[str, Any]:
        """Take the name in front of a pasted address where no name was entered."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("first_name") == values.get("last_name") == "":
            values["first_name"], values["last_name"] = self.pasted_name
        return values

    @cached_property
    def pasted_name(self) -> tuple[str, str]:
        """First and last name as pasted in front of the address; both empty where they aren't names."""
        try:
            first, last = parse_mailbox(self.data.get("email", "")).first_and_last_name
            return NameField().clean(first), NameField().clean(last)
        except (SeveralAddresses, forms.ValidationError):
            return "", ""

    @classmethod
    def fresh(cls, data: QueryDict) -> "InviteForm":
        """The form filled in with this data and a new one-time key."""
        filled = data.copy()
        filled["key"] = str(uuid4())
        return cls(filled)

    @classmethod
    def copied_fields(cls) -> list[str]:
        """The fields that an `Invitation` has under the same name."""
        return [name for name in cls.base_fields if name not in NOT_COPIED]

    @property
    def copied_values(self) -> dict[str, Any]:
        """The valid ones of the `copied_fields`."""
        self.is_valid()
        return {name: self.cleaned_data[name] for name in self.copied_fields() if name in self.cleaned_data}

    def valid(self, name: str) -> Any:
        """The cleaned value of one field; None while it is empty or wrong."""
        self.is_valid()
        return self.cleaned_data.get(name)

"""Form fields for e-mail addresses. Text fields, since browsers rewrite or reject ü in `type=email`."""

from typing import Any

from django import forms
from django.core.validators import EmailValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

from portal.email_addresses import AddressTooLong, key_of, normalize
from portal.web.pasted import SeveralAddresses, parse_mailbox

SEVERAL = "several_addresses"  # the code of this error


class EmailField(forms.CharField):
    """An address to invite, cleaned to the spelling that is stored, without a name or quotes around it."""

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        try:
            return normalize(parse_mailbox(text).address).address
        except SeveralAddresses:
            raise forms.ValidationError(_("Enter one address; these are several."), SEVERAL) from None
        except AddressTooLong:
            raise forms.ValidationError(_("This address is too long: at most 254 characters.")) from None
        except ValueError:
            raise forms.ValidationError(
                _("This is not a complete e-mail address, such as name@company.example.")
            ) from None


class EmailKeyField(forms.EmailField):
    """An address to look for, cleaned to its key; awork may store some that are not valid here."""

    widget = forms.TextInput(attrs={"inputmode": "email", "autocapitalize": "off", "spellcheck": "false"})
    default_validators = [RegexValidator(r"[^@]@[^@]", EmailValidator.message)]

    def to_python(self, value: Any) -> str:
        return key_of(super().to_python(value) or "")

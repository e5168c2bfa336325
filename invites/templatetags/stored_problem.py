"""`{{ webhook.problem|stored_problem }}`: a problem that is stored in English, in the reader's language."""

from django.template import Library

from invites.audit.problems import shown

register = Library()
register.filter("stored_problem", shown)

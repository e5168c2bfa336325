from django.http import QueryDict

from invites.form_page import entered


def test_what_was_typed_is_kept_without_task_words_or_keys():
    fields = QueryDict(
        "task=WEB-1&q=copy&key=1&csrfmiddlewaretoken=2&email=c@creative.example&keep_assignees=off&x=1"
    )

    assert entered(fields).urlencode() == "email=c%40creative.example&keep_assignees=off"


def test_nothing_typed_is_nothing_kept():
    assert entered(QueryDict("email=&role=")).urlencode() == ""

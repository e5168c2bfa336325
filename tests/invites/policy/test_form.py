"""What an administrator types, made into rules."""

from uuid import UUID

import pytest
from django.http import QueryDict

from invites.policy.form import PolicyChoices, PolicyForm, initial_values, preview_token
from invites.policy.rules import EndTerm, NamedRef, Rules
from portal.awork.schemas import Project, Role

GUEST, TEAM = Role(UUID(int=1), "Guest", is_guest=True), Role(UUID(int=2), "Team")
WEB, APP = Project(UUID(int=7), "Website", "WEB"), Project(UUID(int=8), "App", "APP")
GONE = NamedRef(UUID(int=9), "Gone")
CHOICES = PolicyChoices.build([TEAM, GUEST], [WEB, APP], Rules(closed_projects=(GONE,)))


def typed(**fields):
    query = QueryDict(mutable=True)
    for name, value in ({"roles": [str(GUEST.id)], "own_domain_guests": "on"} | fields).items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return query


def form(**fields):
    return PolicyForm(typed(**fields), CHOICES, initial={})


def rules(**fields):
    made = form(**fields)
    assert made.is_valid(), made.errors
    return made.rules(Rules())


def test_what_is_typed_becomes_rules():
    said = rules(
        roles=[str(TEAM.id), str(GUEST.id)],
        default_role=str(TEAM.id),
        allowed_domains="b.example\n\n *.A.example \r\n",
        denied_domains="xn--bcher-kva.example\nbücher.example",
        own_domains="nordlicht.example",
        own_domain_guests="on",
        per_hour="5",
        per_day="",
        closed_projects=[str(WEB.id), str(APP.id)],
    )
    assert said == Rules(
        roles=(NamedRef(GUEST.id, "Guest"), NamedRef(TEAM.id, "Team")),
        default_role=TEAM.id,
        allowed_domains=("*.a.example", "b.example"),
        denied_domains=("bücher.example",),
        own_domains=("nordlicht.example",),
        own_domain_guests=True,
        per_hour=5,
        closed_projects=(NamedRef(APP.id, "App"), NamedRef(WEB.id, "Website")),
    )


def days(role, default="", longest=""):
    return {f"default_days-{role.id}": default, f"longest_days-{role.id}": longest}


def test_end_dates_are_entered_for_each_role():
    said = rules(at_end="task", pending_days="3", **days(GUEST, "90", "365"), **days(TEAM, "", "30"))
    assert said.end_terms == (EndTerm(GUEST.id, "Guest", 90, 365), EndTerm(TEAM.id, "Team", None, 30))
    assert (said.at_end, said.pending_days) == ("task", 3)
    shown = initial_values(said, CHOICES)
    assert (shown[f"default_days-{GUEST.id}"], shown[f"longest_days-{TEAM.id}"]) == (90, 30)


def test_what_is_left_out_about_end_dates_is_as_before_a_policy():
    said = rules(at_end="", pending_days="")
    assert (said.end_terms, said.at_end, said.pending_days) == ((), "ask", 7)


@pytest.mark.parametrize(
    ("default", "longest"), [("31", "30"), ("0", ""), ("", "-1"), ("3651", ""), ("1.5", "")]
)
def test_days_that_make_no_sense_are_refused(default, longest):
    assert not form(**days(GUEST, default, longest)).is_valid()


def test_of_very_many_roles_the_first_hundred_have_fields_and_those_that_have_days():
    many = [Role(UUID(int=number), f"Role {number:03}") for number in range(100, 700)]
    ended = Rules(end_terms=(EndTerm(UUID(int=699), "Role 699", 9),))
    found = PolicyChoices.build([*many, GUEST], [], ended).end_roles
    assert len(found) == 100
    assert {GUEST.id, UUID(int=699), UUID(int=100)} <= set(found)


def test_all_roles_stay_available_where_all_were():
    every = [str(TEAM.id), str(GUEST.id)]

    assert rules(roles=every).roles is None
    assert rules(roles=every, default_role=str(TEAM.id)).roles is not None
    assert rules(roles=every[:1]).roles is not None


def test_rules_fill_the_form_in_and_come_out_the_same():
    said = rules(allowed_domains="a.example\nb.example", per_day="3", closed_projects=[str(GONE.id)])
    shown = PolicyForm(None, CHOICES, initial=initial_values(said, CHOICES))
    values = {field.name: field.value() for field in shown}
    query = typed(**{name: value for name, value in values.items() if value not in (None, False)})
    again = PolicyForm(query, CHOICES, initial={})

    assert again.is_valid()
    assert again.rules(Rules()) == said


def test_before_the_first_version_every_role_is_ticked():
    assert initial_values(Rules(), CHOICES)["roles"] == [str(GUEST.id), str(TEAM.id)]


def test_each_malformed_line_is_named_and_the_others_are_not():
    assert form(denied_domains="ok.example\nfoo bar\n\nhttp://x").errors["denied_domains"] == [
        "Line 2 is not a domain: foo bar",
        "Line 4 is not a domain: http://x",
    ]


def test_very_many_malformed_lines_are_counted():
    errors = form(own_domains="x\n" * 30).errors["own_domains"]
    assert (len(errors), errors[-1]) == (21, "and 10 more lines")


def test_there_is_an_end_to_domains():
    assert form(allowed_domains="\n".join(f"a{n}.example" for n in range(1001))).errors["allowed_domains"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("roles", []),
        ("roles", str(UUID(int=99))),
        ("default_role", str(TEAM.id)),
        ("default_role", "forged"),
        ("per_hour", "0"),
        ("per_day", "-1"),
        ("per_day", "many"),
        ("closed_projects", str(UUID(int=99))),
        ("allowed_domains", "a" * 60_000),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(field, value):
    assert [*form(**{field: value}).errors] == [field]


def test_own_addresses_can_only_be_kept_out_where_they_are_known():
    assert [*form(own_domain_guests="").errors] == ["own_domains"]
    assert not rules(own_domain_guests="", own_domains="nordlicht.example").own_domain_guests


def test_what_awork_does_not_tell_of_is_kept_and_stands_first_among_projects():
    assert [one.name for one in CHOICES.projects.values()] == ["Gone", "App", "Website"]
    named = PolicyChoices.build([GUEST], [], Rules(roles=(NamedRef(TEAM.id, "Old team"),)))
    assert [role.name for role in named.roles.values()] == ["Guest", "Old team"]


def test_where_no_role_is_known_the_rest_can_be_saved():
    none = PolicyChoices.build([], [], Rules())
    made = PolicyForm(typed(roles=[], per_hour="2"), none, initial={})

    assert made.is_valid()
    assert made.rules(Rules()) == Rules(per_hour=2)


def test_a_stamp_stands_for_these_rules_after_this_version():
    one = preview_token(Rules(), 1)
    assert one == preview_token(Rules(), 1)
    assert len({one, preview_token(Rules(), 2), preview_token(Rules(per_hour=1), 1)}) == 3

"""From sign-in to the audit log: find a task, enter the guest, send, view the event."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from invites.models import Invitation
from invites.policy.rules import EndTerm
from portal import clock
from portal.models import User
from tests.browser.conftest import Desk, asks, press
from tests.invites.factories import policy


def test_an_invitation_from_sign_in_to_audit_log(page: Page, portal, standin):
    page.goto("/")
    page.get_by_role("button", name="Sign in with awork").click()
    page.get_by_role("button", name="Paula").click()
    expect(page.get_by_role("heading", name="Invite a guest")).to_be_visible()
    expect(page.get_by_role("banner")).to_contain_text("Signed in as Paula Petersen")

    desk = Desk(page)
    desk.find("write copy")
    desk.choose("WEB-12")
    desk.guest("carla.creative@studio.example")
    expect(page.get_by_label("First name")).to_have_value("Carla")
    expect(page.get_by_label("Last name")).to_have_value("Creative")
    panel = page.get_by_role("complementary", name="What will happen")
    expect(panel).to_contain_text("Carla Creative <carla.creative@studio.example> gets an e-mail")
    expect(panel).to_contain_text("stay assigned")

    desk.send()
    expect(page.locator("[data-state=sent]")).to_be_visible()
    expect(page.locator("[data-state=sent]")).to_be_focused()
    page.get_by_role("link", name="View invitation").click()
    expect(page.get_by_role("heading", name="Carla Creative")).to_be_visible()
    expect(page.get_by_text("Paula Petersen invited Carla Creative")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Invitations").click()
    expect(page.get_by_role("row").filter(has_text="Carla Creative")).to_contain_text("Sent")
    assert standin.count("POST", "assignuserbyemail") == 1


def test_a_suggestion_is_marked_and_never_overwrites_typing(desk, standin):
    standin.fault("GET", "/autofill/", "delay_before", seconds=1.0)
    email, first, last = (desk.page.get_by_label(name) for name in ("E-mail", "First name", "Last name"))
    email.fill("carla.creative@studio.example")
    email.press("Tab")
    desk.page.keyboard.type("Karla")
    expect(last).to_have_value("Creative")
    expect(last).to_have_attribute("data-suggested", "Creative")
    expect(first).to_have_value("Karla")
    expect(first).to_be_focused()
    last.press_sequentially("s")
    expect(last).not_to_have_attribute("data-suggested", "Creative")


def test_a_bookmark_fills_the_form_and_sends_nothing(desk, standin):
    desk.page.goto("/invite/?task=WEB-12&email=carla@studio.example")
    expect(desk.chosen).to_contain_text("WEB-12")
    expect(desk.page.get_by_label("E-mail")).to_have_value("carla@studio.example")
    assert standin.count("POST", "assignuserbyemail") == 0


def test_the_address_bar_follows_the_form_and_a_reload_loses_nothing(desk):
    expect(desk.search).to_be_focused()
    expect(desk.options).to_have_count(0)
    desk.find("copy")
    desk.choose("WEB-12")
    desk.guest("carla.creative@studio.example")
    desk.page.get_by_label("Last name").fill("Kreativ")
    desk.page.get_by_label("Last name").press("Tab")
    desk.settled()
    expect(desk.page).to_have_url(
        re.compile(r"task=WEB-12&role=guest&email=carla\.creative.*last_name=Kreativ")
    )
    desk.page.reload()
    expect(desk.chosen).to_contain_text("WEB-12")
    expect(desk.page.get_by_label("Last name")).to_have_value("Kreativ")


def test_the_link_is_copied_with_or_without_the_guest(desk, context):
    context.grant_permissions(["clipboard-write"])
    desk.page.goto("/invite/?task=WEB-12&role=guest&email=carla@creative.example")
    before = desk.page.get_by_role("button", name="Send invitation").bounding_box()
    name = desk.page.get_by_label("First name")
    desk.page.get_by_role("link", name="Copy link without the guest").click()
    expect(desk.page.get_by_role("status").filter(has_text="Link without the guest copied")).to_be_attached()
    name.press("ControlOrMeta+V")
    expect(name).to_have_value(re.compile(r"^http://.*/invite/\?task=WEB-12&role=guest$"))

    desk.page.get_by_role("link", name="Copy link", exact=True).click()
    name.press("ControlOrMeta+A")
    name.press("ControlOrMeta+V")
    expect(name).to_have_value(re.compile(r"&email=carla%40creative\.example$"))
    assert desk.page.get_by_role("button", name="Send invitation").bounding_box() == before


def test_typing_while_the_panel_loads_loses_nothing(desk, standin):
    desk.page.goto("/invite/?task=WEB-12")
    standin.fault("GET", "/users/autofill", "delay_before", seconds=1)
    email = "carla.creative@studio.example"
    with desk.page.expect_response(lambda answer: asks(answer.url, email=email)):
        desk.page.get_by_label("E-mail").fill(email)
        desk.page.get_by_label("E-mail").press("Tab")
        desk.page.get_by_label("First name").press_sequentially("Karla", delay=60)

    expect(desk.page.get_by_label("Last name")).to_have_value("Creative")
    expect(desk.page.get_by_label("First name")).to_have_value("Karla")
    expect(desk.page.get_by_label("First name")).to_be_focused()


def test_a_suggestion_follows_the_e_mail(desk):
    desk.page.goto("/invite/?task=WEB-12")
    desk.guest("carla.creative@studio.example")
    expect(desk.page.get_by_label("First name")).to_have_value("Carla")

    desk.guest("max.muster@studio.example")
    expect(desk.page.get_by_label("First name")).to_have_value("Max")
    expect(desk.page.get_by_label("Last name")).to_have_value("Muster")


def test_picking_a_role_clears_its_error(desk):
    desk.page.goto("/invite/?role=nobody")
    expect(desk.page.locator("#role-messages")).to_contain_text("assign the role")

    desk.page.get_by_role("radio", name="Guest").check()
    expect(desk.page.locator("#role-messages")).not_to_contain_text("assign the role")


def test_a_refusal_explains_why_and_what_to_do(desk, standin):
    body = {"code": "insufficient-seats", "description": "none left", "traceId": "trace-7"}
    standin.fault("POST", "assignuserbyemail", "status", status=400, body=body)
    desk.page.goto("/invite/?task=WEB-12&email=carla@studio.example")
    desk.send()
    answer = desk.page.locator("[data-state=refused]")
    expect(answer).to_contain_text("The workspace has no free licence.")
    desk.page.get_by_role("link", name="Edit and retry").click()
    expect(desk.page.get_by_label("E-mail")).to_have_value("carla@studio.example")


def test_an_unclear_result_never_offers_to_send_twice(desk, standin):
    standin.fault("POST", "assignuserbyemail", "cut_after")
    desk.page.goto("/invite/?task=WEB-12&email=carla@studio.example")
    desk.send()
    expect(desk.page.locator("[data-state=unclear]")).to_be_visible()
    expect(desk.page.get_by_role("link", name="try again")).to_have_count(0)
    assert standin.count("POST", "assignuserbyemail") == 1


def test_an_invalid_e_mail_is_reported_at_its_field(desk, standin):
    desk.page.goto("/invite/?task=WEB-12&email=carla@")
    expect(desk.page.locator("#email-messages")).to_contain_text("not a complete e-mail address")
    expect(desk.page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    expect(desk.page.get_by_role("button", name="Send invitation")).to_be_disabled()


def test_what_is_missing_is_reported_with_a_link_to_its_field(desk):
    desk.page.goto("/invite/?task=WEB-12")
    desk.send()
    summary = desk.page.get_by_role("group", name="Nothing was sent")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(desk.page.get_by_label("E-mail")).to_be_focused()
    assert Invitation.objects.count() == 0


def test_going_back_and_sending_again_sends_once(desk, standin):
    desk.page.goto("/invite/?task=WEB-12&email=carla@studio.example")
    desk.page.get_by_role("button", name="Send invitation").dblclick()
    expect(desk.page.locator("[data-state=sent]")).to_be_visible()
    desk.page.go_back()
    expect(desk.page.locator("#verdict")).to_contain_text("already")
    press(desk.page, desk.page.get_by_role("button", name="Send invitation"))
    expect(desk.page.locator("#verdict")).to_be_focused()
    assert standin.count("POST", "assignuserbyemail") == 1


@pytest.mark.parametrize(
    ("who", "words"),
    [("Gustav", "Guests can't invite"), ("Otto", "another workspace"), ("Bruno", "blocked")],
)
def test_refused_users_see_the_reason(page: Page, portal, who, words):
    page.goto("/login/")
    page.get_by_role("button", name="Sign in with awork").click()
    page.get_by_role("button", name=who).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)


def test_the_audit_log_refuses_managers(desk):
    answer = desk.page.goto("/audit/")
    assert answer.status == 403
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("You don't have access to this page")
    expect(desk.page.get_by_role("link", name="Audit log")).to_have_count(0)


def test_signing_out_ends_the_session(desk):
    desk.page.get_by_role("button", name="Sign out").click()
    expect(desk.page).to_have_url(re.compile(r"/login/"))
    desk.page.goto("/invitations/")
    expect(desk.page).to_have_url(re.compile(r"/login/\?next=/invitations/"))


@pytest.mark.parametrize("width", [1280, 390])
def test_the_first_press_counts_while_the_panel_is_behind(desk, standin, width):
    desk.page.set_viewport_size({"width": width, "height": 800})
    desk.page.goto("/invite/?task=WEB-12")
    standin.fault("GET", "/users", "delay_before", seconds=0.25)
    desk.page.get_by_label("E-mail").fill("carla.creative@studio.example")
    press(desk.page, desk.page.get_by_role("button", name="Send invitation"))

    expect(desk.page.locator("[data-state=sent]")).to_contain_text("Carla Creative")
    assert standin.count("POST", "assignuserbyemail") == 1
    assert Invitation.objects.get().first_name == "Carla"


def test_a_key_counts_when_its_field_is_left(desk):
    desk.search.press_sequentially("web-13")
    desk.search.press("Tab")
    expect(desk.chosen).to_contain_text("WEB-13")
    expect(desk.page.get_by_role("complementary", name="What will happen")).to_contain_text("WEB-13")
    expect(desk.page.get_by_role("radio", name="Guest")).to_be_focused()


def test_words_that_were_left_choose_nothing(desk):
    desk.find("write copy 1")
    desk.search.press("Tab")
    desk.settled()
    expect(desk.chosen).to_have_count(0)


def test_enter_in_a_field_updates_the_panel_and_sends_nothing(desk, standin):
    desk.page.goto("/invite/?task=WEB-12")
    email = desk.page.get_by_label("E-mail")
    email.fill("carla.creative@studio.example")
    email.press("Enter")
    panel = desk.page.get_by_role("complementary", name="What will happen")
    expect(panel).to_contain_text("Carla Creative <carla.creative@studio.example>")
    expect(panel).to_contain_text("Ready to send.")
    assert standin.count("POST", "assignuserbyemail") == 0

    email.press("Control+Enter")
    expect(desk.page.locator("[data-state=sent]")).to_be_visible()
    assert standin.count("POST", "assignuserbyemail") == 1


def test_the_button_is_disabled_while_it_cant_be_sent_and_says_why(desk, standin):
    desk.page.goto("/invite/?task=WEB-12")
    send = desk.page.get_by_role("button", name="Send invitation")
    expect(send).to_be_enabled()
    desk.guest("paula@nordlicht.example")
    expect(send).to_be_disabled()
    expect(send).to_have_accessible_description(re.compile("Can't be sent: .*a member of the workspace"))
    press(desk.page, send)
    expect(desk.page.locator("#verdict")).to_be_focused()
    assert standin.count("POST", "assignuserbyemail") == 0

    desk.guest("carla@studio.example")
    expect(send).to_be_enabled()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_button_keeps_its_place_while_the_panel_grows(desk, width):
    desk.page.set_viewport_size({"width": width, "height": 800})
    send = desk.page.get_by_role("button", name="Send invitation")
    before = send.bounding_box()
    desk.search.press_sequentially("WEB-12")
    desk.search.press("Tab")
    expect(desk.chosen).to_be_visible()
    desk.page.evaluate("scrollTo(0, 0)")
    assert send.bounding_box() == before


def test_a_slow_response_waits_for_the_end_of_a_press(desk):
    desk.page.goto("/invite/?task=WEB-12")
    desk.page.get_by_label("E-mail").fill("carla@studio.example")
    desk.page.mouse.move(5, 400)
    desk.page.mouse.down()  # leaves the field
    with desk.page.expect_response(lambda answer: "email=" in answer.url):
        pass
    desk.page.wait_for_timeout(300)
    panel = desk.page.get_by_role("complementary", name="What will happen")
    expect(panel).not_to_contain_text("carla@studio.example")
    desk.page.mouse.up()
    expect(panel).to_contain_text("carla@studio.example")


def test_a_pasted_address_with_a_name_fills_three_fields(desk, standin):
    desk.page.goto("/invite/?task=WEB-12")
    desk.guest("Carla Creative <carla@kunde.example>")
    expect(desk.page.get_by_label("E-mail")).to_have_value("carla@kunde.example")
    expect(desk.page.get_by_label("First name")).to_have_value("Carla")
    expect(desk.page.get_by_label("Last name")).to_have_value("Creative")
    expect(desk.page.locator("#name-suggestion")).to_contain_text("Taken as carla@kunde.example.")
    desk.send()
    expect(desk.page.locator("[data-state=sent]")).to_contain_text("Carla Creative")


def test_a_guest_of_the_project_is_assigned_by_two_presses(desk, standin):
    desk.page.goto("/invite/?task=CAF-8")
    desk.guest("gustav@nordlicht.example")
    panel = desk.page.get_by_role("complementary", name="What will happen")
    expect(panel).to_contain_text("This guest is already in the task's project")
    expect(desk.page.get_by_role("button", name="Send invitation")).to_be_disabled()

    press(desk.page, panel.get_by_role("link", name="Assign this guest to CAF-8"))
    expect(desk.page.get_by_role("heading", name="Assign a guest")).to_be_visible()
    press(desk.page, desk.page.get_by_role("button", name="Assign this guest"))
    expect(desk.page.locator("[data-state=sent]")).to_contain_text("Gustav Gast is assigned to CAF-8")
    assert "gustav@nordlicht.example" in standin.world.assigned("CAF-8")
    assert standin.count("POST", "assignuserbyemail") == 0


def test_another_role_brings_its_own_end_date_unless_a_day_was_entered(desk, standin):
    roles = [standin.world.role(name) for name in ("guest", "member")]
    days = dict(zip((role.id for role in roles), (90, 30), strict=True))
    terms = tuple(EndTerm(role.id, role.name, days[role.id]) for role in roles)
    policy(User.objects.get(first_name="Paula"), end_terms=terms)
    desk.page.goto("/invite/?task=WEB-12")
    field, panel = desk.page.get_by_label("Last day of access"), desk.page.locator("#panel")
    proposed = [clock.today() + timedelta(number) for number in (90, 30)]
    expect(field).to_have_value(proposed[0].isoformat())
    desk.page.get_by_role("radio", name=roles[1].name).check()
    expect(field).to_have_value(proposed[1].isoformat())
    expect(panel).to_contain_text(f"The last day of access is {proposed[1]:%-d %b %Y}.")
    field.fill((clock.today() + timedelta(7)).isoformat())
    field.press("Tab")
    expect(panel).to_contain_text(f"{clock.today() + timedelta(7):%-d %b %Y}")
    desk.page.get_by_role("radio", name="Guest").check()
    expect(panel).to_contain_text("as Guest")
    expect(field).to_have_value((clock.today() + timedelta(7)).isoformat())

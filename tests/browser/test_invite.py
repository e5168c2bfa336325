"""From sign-in to the audit log: find a task, enter the guest, send, view the event."""

import re

import pytest
from playwright.sync_api import Page, expect

from invites.models import Invitation
from tests.browser.conftest import Desk, asks


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
    expect(desk.page.locator("#role-messages")).to_contain_text("assign this role")

    desk.page.get_by_role("radio", name="Guest").check()
    expect(desk.page.locator("#role-messages")).not_to_contain_text("assign this role")


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
    desk.send()
    summary = desk.page.get_by_role("group", name="Nothing was sent")
    expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(desk.page.get_by_label("E-mail")).to_be_focused()
    expect(desk.page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    assert Invitation.objects.count() == 0


def test_going_back_and_sending_again_sends_once(desk, standin):
    desk.page.goto("/invite/?task=WEB-12&email=carla@studio.example")
    desk.page.get_by_role("button", name="Send invitation").dblclick()
    expect(desk.page.locator("[data-state=sent]")).to_be_visible()
    desk.page.go_back()
    send = desk.page.get_by_role("button", name="Send invitation")
    expect(send).to_be_visible()
    send.click()
    expect(desk.page.get_by_text("already").or_(desk.page.locator("[data-state=sent]")).first).to_be_visible()
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

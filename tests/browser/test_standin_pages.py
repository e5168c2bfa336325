"""The stand-in's pages pass the same appearance checks as the portal's."""

from playwright.sync_api import Page, expect

from tests.browser.test_appearance import LONG, check


def test_the_authorize_page(page: Page, portal, standin):
    world = standin.world
    world.change(world.person("zoe"), last_name=LONG)
    page.goto("/login/")
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a user to sign in as")
    check(page)


def test_the_page_for_an_unknown_client(page: Page, standin):
    page.goto(f"{standin.url}/accounts/authorize?client_id=unknown")
    expect(page.get_by_role("heading", level=1)).to_have_text("Unknown client")
    check(page)


def test_the_home_page(page: Page, standin):
    page.goto(f"{standin.root}/standin/")
    expect(page.get_by_text("paula@nordlicht.example")).to_be_visible()
    check(page)


def test_a_user_can_be_picked_with_the_keyboard(page: Page, portal, standin):
    page.goto("/login/")
    page.get_by_role("main").get_by_role("button").press("Enter")
    page.get_by_role("button", name="Paula Petersen").press("Enter")
    expect(page).to_have_url(f"{portal}/invite/")

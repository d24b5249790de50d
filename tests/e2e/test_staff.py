"""GraphiQL in production: staff sign in and have it, schema and all; nobody else is given the page."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import visit
from tests.e2e.conftest import running_demo

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def production():
    """The address of a demo with the settings of production."""
    with running_demo(MARQUEE_MODE="prod") as address:
        yield address


def _sign_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/graphql")
    page.get_by_role("button", name="Sign in as staff").click()
    page.get_by_role("button", name=name).click()


def _ready(page: Page) -> None:
    """GraphiQL forgets a tab that is chosen before its editor stands."""
    expect(page.get_by_label("Operation Editor")).to_contain_text("{")


def _run(page: Page, tab: str) -> None:
    page.get_by_title(tab, exact=True).click()
    expect(page.get_by_label("Operation Editor")).to_contain_text(tab)
    page.get_by_role("button", name="Execute query").click()


def test_an_admin_signs_in_and_works_and_is_given_the_page_anew_after_a_reload(browser: Browser, production: str):
    with visit(browser) as (page, watch):
        _sign_in(page, production, "Ada")
        expect(page).to_have_title("Marquee GraphiQL")
        expect(page.get_by_role("radio", name="Admin")).to_be_checked()
        expect(page.get_by_role("link", name="Player")).to_have_count(0)
        _ready(page)
        page.reload()
        _ready(page)
        page.get_by_text("Visitor", exact=True).click()
        expect(page.get_by_title("Home", exact=True)).to_be_visible()
        _ready(page)
        _run(page, "Home")
        expect(page.get_by_label("Result Window")).to_contain_text('"nodes"')
        assert [told for told in watch.complaints if "403" not in told] == []


def test_an_editor_begins_as_one_and_leaves_by_signing_out(browser: Browser, production: str):
    with visit(browser) as (page, _):
        _sign_in(page, production, "Edda")
        expect(page.get_by_role("radio", name="Editor")).to_be_checked()
        _ready(page)
        for tab in ("Licensing", "MissingTitle"):
            _run(page, tab)
            expect(page.get_by_label("Result Window")).to_contain_text('"windows"')
            expect(page.get_by_label("Result Window")).not_to_contain_text('"errors"')
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign in as staff")).to_be_visible()
        expect(page.get_by_label("Operation Editor")).to_have_count(0)

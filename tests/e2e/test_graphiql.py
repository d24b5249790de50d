"""GraphiQL in a browser: it opens, runs operations as each persona, and asks nobody but this machine."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import visit

pytestmark = pytest.mark.browser


def _answer(page: Page):
    return page.get_by_label("Result Window")


def _ready(page: Page) -> None:
    """GraphiQL forgets a tab that is chosen before its editor stands."""
    expect(page.get_by_label("Operation Editor")).to_contain_text("{")


def _run(page: Page, tab: str) -> None:
    page.get_by_title(tab, exact=True).click()
    expect(page.get_by_label("Operation Editor")).to_contain_text(tab)
    page.get_by_role("button", name="Execute query").click()


def test_every_tab_of_a_visitor_answers_as_it_stands(browser: Browser, address: str):
    """Only what the schema serves is shown, and the variables name what this very catalogue has."""
    with visit(browser) as (page, watch):
        page.goto(f"{address}/graphql")
        _ready(page)
        tabs = page.get_by_role("tab").all_inner_texts()
        assert tabs[:6] == ["Home", "Browse", "Search", "MoviePage", "SeriesPage", "PersonPage"]
        for tab in tabs:
            _run(page, tab)
            expect(_answer(page)).to_contain_text('"data"')
            expect(_answer(page)).not_to_contain_text('"errors"')
        assert watch.complaints == []


def _sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/graphql")
    page.get_by_text("Viewer", exact=True).click()
    page.get_by_role("button", name="Sign in as viewer").click()
    page.get_by_role("button", name="Vera").click()
    _ready(page)


def test_a_viewer_signs_in_and_is_known(browser: Browser, address: str):
    """The token stands in the header editor, and is stored nowhere that outlives the browser's tab."""
    with visit(browser) as (page, watch):
        _sign_in(page, address)
        _run(page, "Account")
        expect(_answer(page)).to_contain_text('"profiles"')
        page.get_by_role("button", name="Headers").click()
        expect(page.get_by_label("Headers")).to_contain_text("Bearer")
        assert "Bearer" not in page.evaluate("JSON.stringify(localStorage)")
        assert watch.complaints == []


def test_every_tab_of_a_partner_answers_as_it_stands(browser: Browser, address: str):
    """A partner is a machine, and signs in without a page."""
    with visit(browser) as (page, watch):
        page.goto(f"{address}/graphql")
        page.get_by_text("Partner", exact=True).click()
        page.get_by_role("button", name="Sign in as partner").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        _ready(page)
        tabs = page.get_by_role("tab").all_inner_texts()
        assert tabs == ["CatalogueCopy", "Licences"]
        for tab in tabs:
            _run(page, tab)
            expect(_answer(page)).to_contain_text('"__typename": "Movie"')
            expect(_answer(page)).not_to_contain_text('"errors"')
        assert watch.complaints == []


def test_the_tabs_of_a_viewer_can_be_run_one_after_another(browser: Browser, address: str):
    """No tab leaves something open that takes the click on the next. The last three need an id, or sign out."""
    with visit(browser) as (page, watch):
        _sign_in(page, address)
        tabs = page.get_by_role("tab").all_inner_texts()
        assert tabs[-4:] == ["Devices", "StopPlayback", "WatchSession", "SignOut"]
        for tab in tabs[:-3]:
            _run(page, tab)
            expect(_answer(page)).to_contain_text('"data"')
            expect(page.get_by_role("menu")).to_have_count(0)
        for tab in tabs[-3:]:
            page.get_by_title(tab, exact=True).click()
            expect(page.get_by_label("Operation Editor")).to_contain_text(tab)
        assert watch.complaints == []


def test_a_subscription_runs_over_a_socket(browser: Browser, address: str):
    """The profile token that one tab got goes along with the next, and a stream tells its state at once."""
    with visit(browser) as (page, watch):
        _sign_in(page, address)
        _run(page, "SelectProfile")
        expect(_answer(page)).to_contain_text('"token"')
        _run(page, "StartPlayback")
        expect(_answer(page)).to_contain_text('"expiresAt"')
        session = re.search(r'"id":\s*"([^"]+)"', _answer(page).inner_text())
        assert session
        page.get_by_title("WatchSession", exact=True).click()
        variables = page.get_by_label("Variables").locator(".view-lines").first
        expect(variables).to_contain_text("session")
        variables.click()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(json.dumps({"id": session[1]}))
        # The editor closes brackets by itself: away with its own.
        page.keyboard.press("Control+Shift+End")
        page.keyboard.press("Delete")
        page.get_by_role("button", name="Execute query").click()
        expect(_answer(page)).to_contain_text('"ACTIVE"')
        assert [url for url in watch.requests if url.startswith("ws")] == [f"{address}/graphql".replace("http", "ws")]
        assert watch.complaints == []

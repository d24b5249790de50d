"""GraphiQL in a browser: it opens, runs operations as each persona, and asks nobody but this machine."""

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


def test_a_visitor_runs_an_example(browser: Browser, address: str):
    """The variables of an example name what this very catalogue has, so that it answers as it stands."""
    with visit(browser) as (page, watch):
        page.goto(f"{address}/graphql")
        _ready(page)
        _run(page, "MoviePage")
        expect(_answer(page)).to_contain_text('"synopsis"')
        assert watch.complaints == []


def test_tabs_are_only_what_the_schema_serves(browser: Browser, address: str):
    """A newcomer never meets an example that the server refuses."""
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


def test_a_viewer_signs_in_and_is_known(browser: Browser, address: str):
    """The token stands in the header editor, and is stored nowhere that outlives the browser's tab."""
    with visit(browser) as (page, watch):
        page.goto(f"{address}/graphql")
        page.get_by_text("Viewer", exact=True).click()
        page.get_by_role("button", name="Sign in as viewer").click()
        page.get_by_role("button", name="Vera").click()
        _ready(page)
        _run(page, "Account")
        expect(_answer(page)).to_contain_text('"profiles"')
        page.get_by_role("button", name="Headers").click()
        expect(page.get_by_label("Headers")).to_contain_text("Bearer")
        assert "Bearer" not in page.evaluate("JSON.stringify(localStorage)")
        assert watch.complaints == []

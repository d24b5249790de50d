"""The player page in a browser: browse, sign in, play, go on, and the limit of streams."""

import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import visit

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def _sign_in(page: Page, address: str, person: str, profile: str) -> None:
    page.goto(f"{address}/player")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=person).click()
    page.get_by_role("button", name=profile, exact=True).click()
    expect(page.locator("#account")).to_have_text(profile)
    expect(page.locator(".banner")).to_be_visible()


def _seconds(page: Page) -> float:
    return float(page.locator("video").evaluate("video => video.currentTime"))


def _plays_past(page: Page, seconds: float) -> float:
    """The first position beyond `seconds`."""
    deadline = time.monotonic() + 30
    while (now := _seconds(page)) <= seconds:
        assert time.monotonic() < deadline, f"The film stands at {now} s: {page.locator('#toast').text_content()}"
        page.wait_for_timeout(100)
    return now


def _play(page: Page) -> None:
    """The first title that the plan includes: what is recommended changes with what was watched."""
    title, toast = page.locator("#title"), page.locator("#toast")
    for number in range(8):
        page.locator(".shelf .card").nth(number).click()
        expect(title).to_be_visible()
        if title.locator(".primary").count():
            title.locator(".primary").click()
            expect(page.locator("#stage[open], #limit[open], #toast:popover-open")).not_to_have_count(0)
            if not toast.is_visible():
                return
            assert "plan" in (toast.text_content() or "")
            expect(toast).to_be_hidden()
        page.keyboard.press("Escape")
    raise AssertionError("None of the first titles can be played.")


def _leave(page: Page) -> None:
    """Frees the stream for the tests that follow."""
    page.keyboard.press("Escape")
    expect(page.locator("#stage")).to_be_hidden()


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_a_visitor_browses_without_signing_in(browser: Browser, address: str, device: dict[str, object]):
    """Shelves, a title's page with its cast, and search, on a wide and on a narrow screen."""
    with visit(browser, **device) as (page, watch):
        page.goto(f"{address}/player")
        card = page.locator(".card").first
        name = card.locator("strong").text_content()
        card.click()
        sheet = page.locator("#title")
        expect(sheet.get_by_role("heading", name=name, level=1)).to_be_visible()
        expect(sheet.get_by_text("Cast")).to_be_visible()
        sheet.get_by_role("button", name="Close", exact=True).click()
        page.get_by_role("searchbox").fill("zzzz no such film")
        expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert watch.complaints == []


def test_the_keyboard_is_enough(browser: Browser, address: str):
    """Enter opens a title, Escape closes it, and the focus is where it was."""
    with visit(browser) as (page, _):
        page.goto(f"{address}/player")
        card = page.locator(".card").nth(1)
        card.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#title .icon")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#title")).to_be_hidden()
        expect(card).to_be_focused()


def test_play_asks_a_visitor_to_sign_in(browser: Browser, address: str):
    """The button leads somewhere."""
    with visit(browser) as (page, _):
        page.goto(f"{address}/player")
        page.locator(".banner").get_by_role("button", name="Play").click()
        expect(page.get_by_role("heading", name="Sign in to Marquee")).to_be_visible()


def test_a_locked_profile_wants_its_pin(browser: Browser, address: str):
    """A wrong PIN is told, Enter sends the right one."""
    with visit(browser) as (page, watch):
        page.goto(f"{address}/player")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Vera").click()
        page.get_by_role("button", name="Max", exact=True).click()
        expect(page.get_by_label("PIN")).to_be_focused()
        page.keyboard.type("0000")
        page.keyboard.press("Enter")
        expect(page.locator("#toast")).to_contain_text("PIN")
        page.get_by_label("PIN").fill("1234")
        page.keyboard.press("Enter")
        expect(page.locator("#account")).to_have_text("Max")
        assert watch.complaints == []


def test_who_signs_out_leaves_no_token_behind_that_works(browser: Browser, address: str):
    """The page forgets the token, and the gateway refuses it."""
    with visit(browser) as (page, _):
        _sign_in(page, address, "Sam", "Sam")
        token = page.evaluate("JSON.parse(sessionStorage['marquee:session:viewer']).accessToken")
        page.locator("#account").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.locator("#account")).to_have_text("Sign in")
        assert page.evaluate("sessionStorage['marquee:session:viewer']") is None
        asked = {"data": {"query": "{ viewer { id } }"}, "headers": {"authorization": f"Bearer {token}"}}
        assert page.request.post(f"{address}/graphql", **asked).status == 401
        _sign_in(page, address, "Vera", "Vera")


def test_a_sign_in_that_was_ended_elsewhere_ends_what_plays_and_says_so(browser: Browser, address: str):
    """The viewer is told in plain words, and the page is one of a visitor again."""
    with visit(browser) as (page, _):
        _sign_in(page, address, "Sam", "Sam")
        token = page.evaluate("JSON.parse(sessionStorage['marquee:session:viewer']).accessToken")
        _play(page)
        _plays_past(page, 1)
        everywhere = {"query": "mutation { signOut(input: {everywhere: true}) { withinSeconds } }"}
        page.request.post(f"{address}/graphql", data=everywhere, headers={"authorization": f"Bearer {token}"})
        page.keyboard.press("Space")
        expect(page.locator("#stage")).to_be_hidden()
        expect(page.locator("#toast")).to_have_text("Your sign-in has ended.")
        expect(page.locator("#account")).to_have_text("Sign in")
        page.wait_for_timeout(1100)  # A sign-in of the very second in which all were ended is ended with them.


def test_a_sign_in_outlives_its_first_token(browser: Browser, address: str):
    """A film may last longer than a token: the page gets a new one in time, and nobody is asked again."""
    read = "JSON.parse(sessionStorage['marquee:session:viewer'])"
    with visit(browser) as (page, watch):
        _sign_in(page, address, "Sam", "Sam")
        before = page.evaluate(read)
        page.wait_for_timeout(1100)  # Tokens are dated in whole seconds.
        page.evaluate(f"sessionStorage['marquee:session:viewer'] = JSON.stringify({{...{read}, expiresAt: 0}})")
        page.reload()
        expect(page.locator(".banner")).to_be_visible()
        expect(page.locator("#account")).to_have_text("Sam")
        after = page.evaluate(read)
        assert after["accessToken"] != before["accessToken"]
        assert after["refreshToken"] == before["refreshToken"]
        _play(page)
        _plays_past(page, 1)
        _leave(page)
        assert watch.complaints == []


def test_a_film_plays_and_is_continued(browser: Browser, address: str):
    """Play, seek, stop; the film stands on the shelf of what was begun and goes on where it was."""
    with visit(browser) as (page, watch):
        _sign_in(page, address, "Vera", "Vera")
        page.locator(".banner").get_by_role("button", name="Play").click()
        _plays_past(page, 3)
        assert page.get_by_label("Audio").locator("option").all_text_contents() == ["English", "Deutsch"]
        page.get_by_label("Subtitles").select_option("English")
        page.locator("video").evaluate("video => { video.currentTime = 15 }")
        _plays_past(page, 15.5)
        assert page.locator("video").evaluate("video => [...video.textTracks].some(t => t.activeCues?.length === 1)")
        page.get_by_role("button", name="Stop and go back").click()
        shelf = page.locator(".shelf", has=page.get_by_role("heading", name="Continue watching"))
        expect(shelf.get_by_role("progressbar")).to_have_count(1)
        shelf.locator(".card").first.click()
        page.locator("#title .primary").click()
        assert _plays_past(page, 1) >= 15
        _leave(page)
        assert watch.complaints == []


def _slider(page: Page):
    return page.get_by_role("slider", name="Position in the film")


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_the_seek_bar_shows_where_it_points(browser: Browser, address: str, device: dict[str, object]):
    """A picture out of the sprite and its time, while pointing and dragging; then the film is there."""
    with visit(browser, **device) as (page, watch):
        _sign_in(page, address, "Vera", "Vera")
        page.locator(".banner").get_by_role("button", name="Play").click()
        _plays_past(page, 1)
        preview, frame = page.locator("#preview"), page.locator("#frame")
        expect(preview).to_be_hidden()
        width = _slider(page).bounding_box()["width"]
        if not device:
            _slider(page).hover(position={"x": width * 0.6, "y": 10})
            expect(preview).to_have_text("0:19")
            assert _seconds(page) < 15
        _slider(page).fill("20")
        assert _plays_past(page, 20) < 25
        expect(frame).to_have_css("background-position", "-320px -180px")
        box = frame.bounding_box()
        assert (round(box["width"]), round(box["height"])) == (160, 90)
        assert page.evaluate(
            """async () => {
                const sprite = new Image();
                sprite.src = getComputedStyle(frame).backgroundImage.slice(5, -2);
                await sprite.decode();
                return [sprite.naturalWidth, sprite.naturalHeight];
            }"""
        ) == [640, 360]
        _leave(page)
        assert watch.complaints == []


def test_a_film_is_controlled_by_keys_and_by_names(browser: Browser, address: str):
    """Space pauses, arrows seek from anywhere on the stage, and what is heard is what is seen."""
    with visit(browser) as (page, watch):
        _sign_in(page, address, "Vera", "Vera")
        page.locator(".banner").get_by_role("button", name="Play").click()
        stage = page.locator("#stage")
        _plays_past(page, 1)
        page.keyboard.press("Space")
        expect(stage.get_by_role("button", name="Play", exact=True)).to_be_visible()
        _slider(page).fill("12")
        page.locator("video").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#preview")).to_have_text("0:17")
        _slider(page).focus()
        page.keyboard.press("ArrowLeft")
        expect(_slider(page)).to_have_attribute("aria-valuetext", "0:12 of 0:31")
        assert _seconds(page) == 12
        stage.get_by_role("slider", name="Volume").fill("0.5")
        stage.get_by_role("button", name="Play", exact=True).focus()
        page.keyboard.press("m")
        expect(stage.get_by_role("slider", name="Volume")).to_have_value("0.5")
        page.keyboard.press("Enter")
        _plays_past(page, 12.5)
        expect(stage.get_by_role("button", name="Pause", exact=True)).to_be_focused()
        page.locator("video").focus()
        page.keyboard.press("m")
        expect(stage.get_by_role("slider", name="Volume")).to_have_value("0")
        assert page.locator("video").evaluate("video => [video.muted, video.volume]") == [True, 0.5]
        _leave(page)
        assert watch.complaints == []


def test_a_second_device_is_refused_and_takes_over(browser: Browser, address: str):
    """One stream is what this household pays for: the other device is listed, and told when it loses the stream."""
    with visit(browser) as (sofa, _), visit(browser) as (desk, _):
        for page in (sofa, desk):
            _sign_in(page, address, "Sam", "Sam")
        _play(sofa)
        _plays_past(sofa, 1)
        _play(desk)
        expect(desk.get_by_role("heading", name="Too many streams")).to_be_visible()
        expect(desk.locator("#limit-body")).to_contain_text("Chrome on Linux")
        desk.get_by_role("button", name="Stop it and watch here").click()
        _plays_past(desk, 1)
        expect(sofa.locator("#toast")).to_contain_text("Another device took over")
        expect(sofa.locator("#stage")).to_be_hidden()

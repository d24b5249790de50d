"""Titles by id and slug, with their texts, people, pictures and licences."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.titles import AvailabilityWindow, PlanTier, TitleStatus
from domain.viewers import ActiveProfile, Role, Viewer
from resolvers.ids import encode_id
from tests.catalogue import EVERYWHERE, NOW, World, movie, series
from tests.graph.conftest import operation

FILM = encode_id("Movie", "m001")


def person(number: int) -> dict[str, object]:
    return {
        "id": encode_id("Person", f"p{number:02d}"),
        "name": f"Person {number}",
        "image": {"url": f"http://media.test/art/p{number:02d}.svg"},
    }


async def test_the_page_of_a_film(ask):
    answer = await ask(operation("movie_page"), {"slug": "film-1"})
    page = answer["data"]["title"]
    alike = page.pop("similar")["edges"]
    assert page == {
        "__typename": "Movie",
        "id": FILM,
        "name": "Film 1",
        "tagline": "en!",
        "synopsis": "m001 in en.",
        "releaseDate": "2000-01-02",
        "maturity": {"code": "PG", "system": "MPA", "advisories": ["language"]},
        "genres": [
            {"id": encode_id("Genre", "drama"), "name": "Drama"},
            {"id": encode_id("Genre", "crime"), "name": "Crime"},
        ],
        "backdrop": None,
        "cast": {
            "nodes": [
                {"character": "Role 0", "person": person(2)},
                {"character": "Role 1", "person": person(3)},
                {"character": "Role 3", "person": person(5)},
            ]
        },
        "directors": {"nodes": [{"person": {"id": encode_id("Person", "p04"), "name": "Person 4"}}]},
        "availability": {
            "status": "AVAILABLE",
            "startsAt": "2020-01-01T00:00:00Z",
            "endsAt": None,
            "minimumPlan": "BASIC",
        },
        "runtimeSeconds": 5401,
        "maxQuality": "UHD",
        "subtitleLanguages": ["en", "nl"],
        "audioLanguages": ["en"],
    }
    assert [edge["node"]["name"] for edge in alike][:3] == ["Film 3", "Film 5", "Film 7"]
    assert alike[0].pop("attribution")
    assert alike[0] == {
        "node": {
            "id": encode_id("Movie", "m003"),
            "slug": "film-3",
            "name": "Film 3",
            "image": {"url": "http://media.test/art/m003-342.svg"},
        },
    }
    assert len(alike) == 12


async def test_the_page_of_a_film_costs_seven_calls_cold_and_none_warm(ask):
    await ask(operation("movie_page"), {"slug": "film-1"})
    assert ask.calls.names == [
        "GetItem catalog",  # the slug
        "BatchGetItem catalog 2",  # the title and its text
        "Query catalog",  # genres
        "Query catalog",  # credits
        "BatchGetItem catalog 4",  # rankings of its genres, in the country and everywhere
        "BatchGetItem catalog 34",  # what is alike
        "BatchGetItem catalog 4",  # people
    ]
    await ask(operation("movie_page"), {"slug": "film-1"})
    assert ask.calls.names == []


async def test_one_title_asked_for_four_times_is_one_read(ask):
    answer = await ask(
        """query($id: ID!) {
             a: title(by: {id: $id}) { name } b: title(by: {id: $id}) { slug }
             c: node(id: $id) { ... on Movie { runtimeSeconds } } d: nodes(ids: [$id, $id]) { id }
           }""",
        {"id": FILM},
    )
    assert answer["data"] == {
        "a": {"name": "Film 1"},
        "b": {"slug": "film-1"},
        "c": {"runtimeSeconds": 5401},
        "d": [{"id": FILM}, {"id": FILM}],
    }
    assert ask.calls.names == ["BatchGetItem catalog 2"]


async def test_an_unknown_title_is_null(ask):
    answer = await ask(
        'query($id: ID!) { id: title(by: {id: $id}) { id } slug: title(by: {slug: "nope"}) { id } }',
        {"id": encode_id("Movie", "nope")},
    )
    assert answer == {"data": {"id": None, "slug": None}}


async def test_a_slug_that_a_title_has_given_up_leads_nowhere(open_world, database):
    from datasources.catalog_items import encode_slug
    from datasources.tables import CATALOG

    ask = await open_world(World(movies=[movie(1)], series=[]))
    await database.load(CATALOG, [encode_slug("old-name", "m001")])
    assert await ask('{ title(by: {slug: "old-name"}) { id } }') == {"data": {"title": None}}


async def test_texts_are_in_the_first_language_at_hand(ask):
    document = '{ title(by: {slug: "film-1"}) { name originalName originalLanguage tagline synopsis genres { name } } }'
    dutch = await ask(document, languages=("pt-BR", "nl-BE", "en"))
    assert dutch["data"]["title"] == {
        "name": "Filmpje 1",
        "originalName": "Film 1",
        "originalLanguage": "en",
        "tagline": "nl!",
        "synopsis": "m001 in nl.",
        "genres": [{"name": "Drama"}, {"name": "Misdaad"}],
    }
    original = await ask(document, languages=("ja",))
    assert original["data"]["title"]["synopsis"] == "m001 in en."


async def test_the_texts_of_a_list_are_one_batch_in_one_language(ask):
    await ask("{ titles(first: 20) { nodes { name } } }")
    answer = await ask("{ titles(first: 20) { nodes { synopsis tagline } } }", languages=("nl", "de"))
    assert {node["tagline"] for node in answer["data"]["titles"]["nodes"]} == {"nl!"}
    assert ask.calls.names == ["BatchGetItem catalog 20"]


async def test_a_picture_is_the_smallest_that_is_wide_enough(ask):
    answer = await ask(
        """{ title(by: {slug: "film-1"}) {
               small: image(width: 320) { url width height blurhash alt }
               large: image(width: 343) { url width height blurhash alt }
               huge: image(width: 8000) { url } any: image { url } none: image(kind: LOGO) { url }
           } }"""
    )
    assert answer["data"]["title"] == {
        "small": {
            "url": "http://media.test/art/m001-342.svg",
            "width": 342,
            "height": 513,
            "blurhash": "L|~,",
            "alt": "Film 1",
        },
        "large": {
            "url": "http://media.test/art/m001.svg",
            "width": 1000,
            "height": 1500,
            "blurhash": None,
            "alt": "Film 1",
        },
        "huge": {"url": "http://media.test/art/m001.svg"},
        "any": {"url": "http://media.test/art/m001.svg"},
        "none": None,
    }


LATER = AvailabilityWindow(
    countries=frozenset({"NL"}), starts_at=NOW + timedelta(days=9), minimum_plan=PlanTier.PREMIUM
)
BELGIUM = AvailabilityWindow(countries=frozenset({"BE"}), starts_at=EVERYWHERE.starts_at)
OVER = AvailabilityWindow(
    countries=frozenset({"NL"}), starts_at=EVERYWHERE.starts_at, ends_at=NOW - timedelta(minutes=5)
)
RESTRICTED = World(
    movies=[
        movie(1),
        movie(2, windows=(LATER,)),
        movie(3, windows=(BELGIUM,)),
        movie(4, windows=(OVER,)),
        movie(5, status=TitleStatus.DRAFT),
        movie(6, maturity=replace(movie(6).maturity, minimum_age=16)),
    ],
    series=[(replace(series("noir", "Noir", seasons=1, episodes=2), windows=(BELGIUM,)), 1, 2)],
    rankings={"trending": ["m001", "m002", "m003", "m004", "m005", "m006", "noir"], "home": ["trending"]},
)
EVERY_PATH = """query($ids: [ID!]!, $person: ID!) {
  nodes(ids: $ids) { ... on Title { slug } ... on Season { number } ... on Episode { number } }
  titles { nodes { slug } }
  search(text: "film") { nodes { ... on Title { slug } } }
  episodes: search(text: "episode") { nodes { ... on Episode { name } } }
  trending { nodes { slug } }
  home { nodes { titles { nodes { slug } } } }
  genres { titles { nodes { slug } } }
  people: node(id: $person) { ... on Person { filmography { nodes { title { slug } } } } }
}"""
IDS = {
    "ids": [
        *(encode_id("Movie", f"m{n:03d}") for n in range(1, 7)),
        encode_id("Series", "noir"),
        encode_id("Season", "noir", "s1"),
        encode_id("Episode", "noir", "s1", "e1"),
    ],
    "person": encode_id("Person", "p07"),
}


def slugs(answer):
    """What each path shows."""
    data = answer["data"]
    return {
        "linked": [next(iter(node.values())) if node else None for node in data["nodes"]],
        "lists": {
            tuple(sorted(node["slug"] for node in connection["nodes"]))
            for connection in (
                data["titles"],
                data["search"],
                data["trending"],
                data["home"]["nodes"][0]["titles"],
                data["genres"][1]["titles"],
            )
        },
        "episodes": [node["name"] for node in data["episodes"]["nodes"]],
        "filmography": [node["title"]["slug"] for node in data["people"]["filmography"]["nodes"]],
    }


async def test_country_date_and_status_decide_on_every_path(open_world):
    ask = await open_world(RESTRICTED)
    assert slugs(await ask(EVERY_PATH, IDS)) == {
        "linked": ["film-1", "film-2", None, None, None, "film-6", None, None, None],
        "lists": {("film-1", "film-6")},
        "episodes": [],
        "filmography": ["film-6"],
    }


async def test_another_country_sees_its_own_licences(open_world):
    ask = await open_world(RESTRICTED)
    answer = slugs(await ask(EVERY_PATH, IDS, country="BE"))
    assert answer["linked"] == ["film-1", None, "film-3", None, None, "film-6", "noir", 1, 1]
    assert answer["episodes"] == ["Episode 1", "Episode 2"]


async def test_the_age_of_the_profile_decides_on_every_path(open_world):
    ask = await open_world(RESTRICTED)
    profile = ActiveProfile(id="kid", kids=True, max_age=12)
    viewer = Viewer(sub="a", roles=frozenset({Role.VIEWER}), profile=profile)
    assert slugs(await ask(EVERY_PATH, IDS, viewer=viewer)) == {
        "linked": ["film-1", "film-2", None, None, None, None, None, None, None],
        "lists": {("film-1",)},
        "episodes": [],
        "filmography": [],
    }


async def test_an_upcoming_title_says_when_and_for_whom(open_world):
    ask = await open_world(RESTRICTED)
    answer = await ask('{ title(by: {slug: "film-2"}) { availability { status startsAt endsAt minimumPlan } } }')
    assert answer["data"]["title"]["availability"] == {
        "status": "UPCOMING",
        "startsAt": "2026-12-02T20:15:30Z",
        "endsAt": None,
        "minimumPlan": "PREMIUM",
    }


async def test_a_partner_sees_what_is_published_anywhere_and_at_any_time_on_every_path(open_world):
    """And nothing that is not: it could not tell, because `status` is for editors."""
    ask = await open_world(RESTRICTED)
    robot = Viewer(sub="robot", client_id="robot", roles=frozenset({Role.PARTNER}))
    films = ("film-1", "film-2", "film-3", "film-4", "film-6")
    answer = slugs(await ask(EVERY_PATH, IDS, viewer=robot))
    assert answer["linked"] == [*films[:4], None, films[4], "noir", 1, 1]
    assert {tuple(slug for slug in one if slug.startswith("film")) for one in answer["lists"]} == {films}
    assert answer["episodes"] == ["Episode 1", "Episode 2"]
    assert answer["filmography"] == ["film-6", "film-4", "film-3"]


async def test_staff_see_every_state_and_the_protected_fields(open_world):
    ask = await open_world(RESTRICTED)
    editor = Viewer(
        sub="e", roles=frozenset({Role.EDITOR, Role.PARTNER}), scopes=frozenset({"catalog:read", "availability:read"})
    )
    answer = await ask(
        """{ title(by: {slug: "film-5"}) { status version publishAt updatedAt
               windows { countries startsAt endsAt minimumPlan } localizations { language name tagline synopsis } }
             elsewhere: title(by: {slug: "film-3"}) { windows { countries } } }""",
        viewer=editor,
    )
    assert answer == {
        "data": {
            "title": {
                "status": "DRAFT",
                "version": 3,
                "publishAt": None,
                "updatedAt": "2026-03-01T09:30:00Z",
                "windows": [
                    {"countries": None, "startsAt": "2020-01-01T00:00:00Z", "endsAt": None, "minimumPlan": "BASIC"}
                ],
                "localizations": [
                    {"language": "en", "name": "Film 5", "tagline": "en!", "synopsis": "m005 in en."},
                    {"language": "nl", "name": "Filmpje 5", "tagline": "nl!", "synopsis": "m005 in nl."},
                ],
            },
            "elsewhere": {"windows": [{"countries": ["BE"]}]},
        }
    }


async def test_an_anonymous_caller_is_refused_the_protected_fields(ask):
    answer = await ask('{ title(by: {slug: "film-1"}) { name status } }')
    assert answer["data"] == {"title": None}
    assert [error["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]

"""The catalogue: titles, seasons, episodes, people, genres and credits, and who may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

Names = Mapping[str, str]
"""A text in several languages, keyed by BCP 47 tag; it always has the original language."""


class TitleKind(Enum):
    """What a title is."""

    MOVIE = "MOVIE"
    SERIES = "SERIES"


class TitleStatus(Enum):
    """Where a title stands on its way to viewers."""

    DRAFT = "DRAFT"
    SCHEDULED = "SCHEDULED"
    PUBLISHED = "PUBLISHED"
    UNPUBLISHED = "UNPUBLISHED"


class Quality(Enum):
    """Picture height: 480, 720, 1080 and 2160 lines."""

    SD = "SD"
    HD = "HD"
    FULL_HD = "FULL_HD"
    UHD = "UHD"

    @property
    def rank(self) -> int:
        """0 for SD up to 3 for UHD, for comparing."""
        return tuple(Quality).index(self)


class PlanTier(Enum):
    """Membership plans, cheapest first."""

    BASIC = "BASIC"
    STANDARD = "STANDARD"
    PREMIUM = "PREMIUM"

    @property
    def rank(self) -> int:
        """0 for BASIC up to 2 for PREMIUM, for comparing."""
        return tuple(PlanTier).index(self)


class CreditRole(Enum):
    """What a person did for a title."""

    ACTOR = "ACTOR"
    DIRECTOR = "DIRECTOR"
    WRITER = "WRITER"
    PRODUCER = "PRODUCER"
    COMPOSER = "COMPOSER"


class ImageKind(Enum):
    """What a picture is for."""

    POSTER = "POSTER"
    BACKDROP = "BACKDROP"
    LOGO = "LOGO"
    STILL = "STILL"
    PORTRAIT = "PORTRAIT"


class AvailabilityStatus(Enum):
    """Whether a country may watch a title at a moment."""

    AVAILABLE = "AVAILABLE"
    UPCOMING = "UPCOMING"
    EXPIRED = "EXPIRED"
    BLOCKED = "BLOCKED"


class MarkerKind(Enum):
    """A part of a film that a player can skip or that ends it."""

    RECAP = "RECAP"
    INTRO = "INTRO"
    CREDITS = "CREDITS"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaturityRating:
    """An age rating; `minimum_age` in years is what profiles are compared with."""

    code: str
    system: str
    minimum_age: int
    advisories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord:
    """A picture under the art host; `path` begins with "/art/", sizes are in pixels."""

    kind: ImageKind
    path: str
    width: int
    height: int
    blurhash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityWindow:
    """A licence: these countries (ISO 3166-1 alpha-2; "*" for all), from, to (open when None)."""

    countries: frozenset[str]
    starts_at: datetime
    ends_at: datetime | None = None
    minimum_plan: PlanTier = PlanTier.BASIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A span of a playable, in seconds from its start."""

    kind: MarkerKind
    start_seconds: int
    end_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRecord:
    """The delivered files of a playable; `version` is part of their path, so that files never change."""

    version: str
    max_quality: Quality
    duration_seconds: int
    audio_languages: tuple[str, ...] = ()
    subtitle_languages: tuple[str, ...] = ()
    markers: tuple[Marker, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleRecord:
    """A movie or a series as stored, language-neutral; texts are `TextRecord`s beside it."""

    id: str
    kind: TitleKind
    slug: str
    names: Names
    original_language: str
    release_date: date | None
    maturity: MaturityRating
    genre_ids: tuple[str, ...]
    images: tuple[ImageRecord, ...]
    windows: tuple[AvailabilityWindow, ...]
    status: TitleStatus
    version: int
    updated_at: datetime
    popularity: float = 0.0
    publish_at: datetime | None = None
    countries_of_origin: tuple[str, ...] = ()
    runtime_seconds: int = 0
    """Movies only."""
    season_count: int = 0
    """Series only."""
    episode_count: int = 0
    """Series only."""
    max_quality: Quality = Quality.FULL_HD
    audio_languages: tuple[str, ...] = ()
    subtitle_languages: tuple[str, ...] = ()
    media: MediaRecord | None = None
    """Movies only; None until a file has been delivered."""

    @property
    def path(self) -> str:
        """How personal data names a movie."""
        return self.id

    @property
    def original_name(self) -> str:
        return self.names[self.original_language]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRecord:
    """The texts of a title or an episode in one language."""

    language: str
    tagline: str | None
    synopsis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonRecord:
    """A season; `number` is an attribute and may change, `id` never does."""

    id: str
    series_id: str
    number: int
    names: Names
    synopses: Names
    release_date: date | None
    episode_count: int
    images: tuple[ImageRecord, ...]
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRecord:
    """An episode; texts in other languages are merged into `names` and `synopses` when read."""

    id: str
    series_id: str
    season_id: str
    number: int
    names: Names
    synopses: Names
    original_language: str
    release_date: date | None
    runtime_seconds: int
    images: tuple[ImageRecord, ...]
    version: int
    updated_at: datetime
    max_quality: Quality = Quality.FULL_HD
    audio_languages: tuple[str, ...] = ()
    subtitle_languages: tuple[str, ...] = ()
    media: MediaRecord | None = None
    path: str = field(init=False, compare=False, repr=False)
    """How personal data names it: "<series>/<season>/<episode>"."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", f"{self.series_id}/{self.season_id}/{self.id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """Someone who made a title."""

    id: str
    name: str
    biographies: Names = field(default_factory=dict)
    born: date | None = None
    images: tuple[ImageRecord, ...] = ()
    version: int = 1
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GenreRecord:
    """A genre; `slug` is also its id."""

    id: str
    slug: str
    names: Names
    version: int = 1
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRecord:
    """A person's part in a title; `order` is the billing order within the title, from 0."""

    title_id: str
    person_id: str
    role: CreditRole
    order: int
    character: str | None = None
    release_date: date | None = None


def localise(names: Names, languages: Sequence[str], original: str | None = None) -> str:
    """The text in the first language at hand ("pt-BR" falls back to "pt"), else the original, else any."""
    for language in languages:
        if language in names:
            return names[language]
        base = language.partition("-")[0]
        if base in names:
            return names[base]
    if original is not None and original in names:
        return names[original]
    return next(iter(names.values()), "")

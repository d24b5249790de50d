"""Plain values of the catalogue: ratings, pictures, licences and texts."""

from __future__ import annotations

from datetime import datetime

import strawberry

from domain.titles import AvailabilityStatus, PlanTier
from domain.titles import AvailabilityWindow as WindowRecord
from engine.binding import pure
from graph.scalars import URL, CountryCode, LanguageTag


@strawberry.type(description="An age rating.")
class MaturityRating:
    """Of `domain.titles.MaturityRating`."""

    code: str = strawberry.field(description="As printed on the box: PG-13, 16, TV-MA.")
    system: str = strawberry.field(description="Who rates: MPA, FSK, Kijkwijzer.")
    minimum_age: int = strawberry.field(description="Years; what the limits of profiles are compared with.")
    advisories: list[str] = strawberry.field(description="What to be warned of: violence, fear, language.")


@strawberry.type(description="A picture.")
class Image:
    """Of `resolvers.titles.Picture`."""

    url: URL = strawberry.field(description="Where it is; the address never changes its content.")
    width: int = strawberry.field(description="Pixels.")
    height: int = strawberry.field(description="Pixels.")
    blurhash: str | None = strawberry.field(description="A tiny placeholder for the first paint.")
    alt: str = strawberry.field(description="What to say in its place.")


@strawberry.type(description="Everything that a title says in one language.")
class Localization:
    """Of `resolvers.titles.LocalizationRecord`."""

    language: LanguageTag = strawberry.field(description="Of the texts.")
    name: str = strawberry.field(description="The title's name.")
    tagline: str | None = strawberry.field(description="One line for the poster.")
    synopsis: str = strawberry.field(description="What it is about; empty when nobody has written it.")


@strawberry.type(description="Whether and how the caller's country may watch now.")
class Availability:
    """Of `domain.availability.Availability`."""

    status: AvailabilityStatus = strawberry.field(description="Now, to the minute.")
    starts_at: datetime | None = strawberry.field(description="When it begins or began; null when never licensed.")
    ends_at: datetime | None = strawberry.field(description="When it ends; null when it does not.")
    minimum_plan: PlanTier = strawberry.field(description="The cheapest plan that may watch.")


@strawberry.type(description="A licence: these countries, from, to.")
class AvailabilityWindow:
    """Of `domain.titles.AvailabilityWindow`."""

    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime | None = strawberry.field(description="Until when; null for good.")
    minimum_plan: PlanTier = strawberry.field(description="The cheapest plan that may watch.")

    @pure(description="Where; null for every country.")
    @staticmethod
    def countries(root: strawberry.Parent[WindowRecord]) -> list[CountryCode] | None:
        return None if "*" in root.countries else [CountryCode(code) for code in sorted(root.countries)]

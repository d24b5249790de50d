"""The scalars: instants, days, addresses, countries and languages, each checked on the way in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, NewType

import strawberry
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.scalar import ScalarDefinition

from domain.locales import country_code, language_tag

URL = NewType("URL", str)
CountryCode = NewType("CountryCode", str)
LanguageTag = NewType("LanguageTag", str)


def _read(parse: Callable[[str], object], expected: str) -> Callable[[Any], object]:
    """A parser whose every failure says what is expected."""

    def read(value: Any) -> object:
        if not isinstance(value, str):
            raise StrawberryInputCoercionError(f"Expected {expected}.")
        try:
            return parse(value)
        except ValueError as error:
            raise StrawberryInputCoercionError(f"Expected {expected}. {error}") from None

    return read


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("The offset is missing: end it with Z.")
    return moment.astimezone(UTC)


def _told(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _scalar(
    name: str, description: str, url: str, write: Callable[[Any], object], read: Callable[[str], object], expected: str
) -> ScalarDefinition:
    return strawberry.scalar(
        name=name,
        description=description,
        specified_by_url=url,
        serialize=write,
        parse_value=_read(read, expected),
    )


SCALARS: dict[object, ScalarDefinition] = {
    datetime: _scalar(
        "DateTime",
        "An instant, RFC 3339, always UTC: 2026-11-22T10:00:00Z.",
        "https://scalars.graphql.org/andimarek/date-time",
        _told,
        _instant,
        "an instant such as 2026-11-22T10:00:00Z",
    ),
    date: _scalar(
        "Date",
        "A calendar day: 2026-11-22.",
        "https://scalars.graphql.org/andimarek/local-date",
        date.isoformat,
        date.fromisoformat,
        "a day such as 2026-11-22",
    ),
    URL: _scalar(
        "URL", "An absolute http or https address.", "https://url.spec.whatwg.org/", str, str, "an absolute address"
    ),
    CountryCode: _scalar(
        "CountryCode",
        "ISO 3166-1 alpha-2: NL.",
        "https://www.iso.org/iso-3166-country-codes.html",
        str,
        country_code,
        "a country",
    ),
    LanguageTag: _scalar(
        "LanguageTag",
        "BCP 47: pt-BR.",
        "https://www.rfc-editor.org/rfc/rfc5646",
        str,
        language_tag,
        "a language",
    ),
}

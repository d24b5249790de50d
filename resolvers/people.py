"""People: who stands behind a credit, and what a person made."""

from __future__ import annotations

from collections.abc import Sequence

from domain.titles import CreditRecord, CreditRole, PersonRecord, TitleRecord
from resolvers.context import Context
from resolvers.paging import Page, Seal, each, ordered_page, page_size


async def of_credits(ctx: Context, credits: Sequence[CreditRecord]) -> list[PersonRecord | Exception | None]:
    """The person of each credit."""
    return await ctx.loaders.people.by_ids([credit.person_id for credit in credits])


async def titles_of_credits(ctx: Context, credits: Sequence[CreditRecord]) -> list[TitleRecord | Exception | None]:
    """The title of each credit."""
    return await ctx.loaders.titles.by_ids([credit.title_id for credit in credits])


async def filmography(
    ctx: Context, people: Sequence[PersonRecord], role: CreditRole | None, first: int | None, after: str | None
) -> list[Page[CreditRecord] | Exception]:
    """A page of each person's credits, newest first, on titles that the caller may see in lists."""
    size = page_size(first, 20)

    def page(person: PersonRecord, every: tuple[CreditRecord, ...]) -> Page[CreditRecord]:
        wanted = [one for one in every if role is None or one.role is role]
        seal = Seal(ctx.sources.cursor_key, "filmography", person.id, role and role.value)
        return ordered_page(wanted, _identity, size=size, after=after, seal=seal)

    return each(page, people, await ctx.loaders.people.filmographies([person.id for person in people]))


def _identity(credit: CreditRecord) -> str:
    return f"{credit.title_id}/{credit.role.value}/{credit.order}"

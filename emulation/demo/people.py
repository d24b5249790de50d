"""Everyone in the credits, as records: their biographies say what they did in this catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.titles import CreditRole, ImageKind, PersonRecord, TitleStatus
from emulation.demo.bundles import Bundle, image_of
from emulation.demo.films import person_id
from emulation.demo.palettes import genre_of_person

_ROLES = {
    "en": {CreditRole.ACTOR: "actor", CreditRole.DIRECTOR: "director", CreditRole.WRITER: "writer"},
    "de": {CreditRole.ACTOR: "Schauspiel", CreditRole.DIRECTOR: "Regie", CreditRole.WRITER: "Drehbuch"},
}
_NAMED = 3


@dataclass(slots=True)
class _Career:
    name: str
    roles: dict[CreditRole, int] = field(default_factory=dict)
    titles: dict[str, tuple[float, Mapping[str, str]]] = field(default_factory=dict)


class Troupe:
    """Collects careers while titles are made; `names` gives the name of each person id."""

    def __init__(self, names: Iterable[str]) -> None:
        self._careers = {person_id(name): _Career(name) for name in names}

    def join(self, bundle: Bundle) -> None:
        """Adds a title to the careers of its people, if viewers may know of it."""
        title = bundle.title
        if title.status is not TitleStatus.PUBLISHED:
            return
        for credit in bundle.credits:
            career = self._careers[credit.person_id]
            career.roles[credit.role] = career.roles.get(credit.role, 0) + 1
            career.titles[title.id] = (title.popularity, title.names)

    def records(self, updated_at: datetime) -> Iterator[PersonRecord]:
        """People with at least one published title."""
        for id_, career in self._careers.items():
            if career.titles:
                yield PersonRecord(
                    id=id_,
                    name=career.name,
                    biographies=_biographies(career),
                    images=(image_of(ImageKind.PORTRAIT, id_, genre_of_person(id_)),),
                    updated_at=updated_at,
                )


def _biographies(career: _Career) -> dict[str, str]:
    best = sorted(career.titles.values(), key=lambda title: -title[0])[:_NAMED]
    count = len(career.titles)
    roles = sorted(career.roles, key=lambda role: -career.roles[role])
    english = " and ".join(_ROLES["en"][role] for role in roles)
    told = _joined([names["en"] for _, names in best], " and ")
    if count == 1:
        return {"en": f"{english.capitalize()} of {told}."}
    more = "among them " if count > _NAMED else ""
    german = _joined([names.get("de", names["en"]) for _, names in best], " und ")
    return {
        "en": f"{english.capitalize()} in {count} titles here, {more}{told}.",
        "de": f"{', '.join(_ROLES['de'][role] for role in roles)} in {count} Titeln, "
        f"{'darunter ' if count > _NAMED else ''}{german}.",
    }


def _joined(names: list[str], conjunction: str) -> str:
    return conjunction.join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

"""Headings of a profile's own rails; those of rankings stand in the rankings or in `resolvers.home`."""

from __future__ import annotations

from domain.titles import Names

CONTINUE: Names = {
    "en": "Continue watching",
    "nl": "Verder kijken",
    "de": "Weiterschauen",
    "fr": "Reprendre la lecture",
    "es": "Seguir viendo",
    "ja": "視聴を続ける",
}
LIST: Names = {
    "en": "My list",
    "nl": "Mijn lijst",
    "de": "Meine Liste",
    "fr": "Ma liste",
    "es": "Mi lista",
    "ja": "マイリスト",
}
RECOMMENDED: Names = {
    "en": "Recommended for you",
    "nl": "Aanbevolen voor jou",
    "de": "Empfohlen für dich",
    "fr": "Recommandé pour vous",
    "es": "Recomendado para ti",
    "ja": "あなたへのおすすめ",
}
BECAUSE_WATCHED: Names = {
    "en": "Because you watched {}",
    "nl": "Omdat je {} keek",
    "de": "Weil du {} gesehen hast",
    "fr": "Parce que vous avez regardé {}",
    "es": "Porque viste {}",
    "ja": "「{}」を視聴したあなたへ",
}
BECAUSE_LIKED: Names = {
    "en": "Because you liked {}",
    "nl": "Omdat je {} goed vond",
    "de": "Weil dir {} gefallen hat",
    "fr": "Parce que vous avez aimé {}",
    "es": "Porque te gustó {}",
    "ja": "「{}」が気に入ったあなたへ",
}
"""Of a title that was rated here and watched elsewhere, if at all."""

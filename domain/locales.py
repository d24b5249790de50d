"""Countries and languages: what a valid code is, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

COUNTRIES = frozenset(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW".split()
)
"""ISO 3166-1 alpha-2, all assigned codes."""

LANGUAGES = frozenset(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)
"""ISO 639-1; languages without a two-letter code go by three letters."""

LANGUAGE_NAMES = {
    "da": "Dansk",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "sv": "Svenska",
    "zh": "中文",
}
"""What languages call themselves, as a menu of tracks shows them."""

_FORMER = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro"}
"""Codes that were withdrawn, and are still sent by older devices."""

_TAG = re.compile(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z]{4}))?(?:[-_]([a-zA-Z]{2}|[0-9]{3}))?")


def country_code(text: str) -> str:
    """The code in upper case; raises ValueError that says what is expected."""
    code = text.upper()
    if code not in COUNTRIES:
        raise ValueError(f"{text[:20]!r} is no country. Send an ISO 3166-1 alpha-2 code such as NL.")
    return code


def language_tag(text: str) -> str:
    """The tag as BCP 47 writes it ("pt-BR", "zh-Hant"); raises ValueError that says what is expected."""
    found = _TAG.fullmatch(text)
    language = _FORMER.get(found[1].lower(), found[1].lower()) if found is not None else ""
    if found is None or (len(language) == 2 and language not in LANGUAGES):
        raise ValueError(f"{text[:20]!r} is no language. Send a BCP 47 tag such as nl or pt-BR.")
    script, region = found[2], found[3]
    return "-".join([language, *([script.title()] if script else []), *([region.upper()] if region else [])])


def best_language(available: Collection[str], languages: Sequence[str], original: str) -> str:
    """The tag to answer in: the first wish at hand ("pt-BR" falls back to "pt"), else the original."""
    for wish in languages:
        if wish in available:
            return wish
        base = wish.partition("-")[0]
        if base in available:
            return base
    return original

"""The enums of the graph: the business's own, with a description for each value."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

import strawberry

from domain.entitlement import EntitlementReason
from domain.plans import BillingInterval, MembershipStatus
from domain.playback import DeviceKind, Protocol, SessionStatus
from domain.rails import RailKind, RailSource
from domain.recommending import ImpressionAction
from domain.search import TitleSort
from domain.titles import (
    AvailabilityStatus,
    CreditRole,
    ImageKind,
    MarkerKind,
    PlanTier,
    Quality,
    TitleKind,
    TitleStatus,
)
from domain.viewers import Role
from domain.watching import Feedback

Kind = TypeVar("Kind", bound=Enum)


def described(kind: type[Kind], description: str, values: Mapping[Kind, str]) -> type[Kind]:
    """Makes a GraphQL enum of a domain enum; every value must be described."""
    made: Any = strawberry.enum(kind, description=description)
    by_name = {member.name: text for member, text in values.items()}
    for value in made.__strawberry_definition__.values:
        value.description = by_name[value.name]
    return kind


described(
    Role,
    "What a caller may do beyond reading the public catalogue.",
    {
        Role.VIEWER: "Anyone who is signed in.",
        Role.PARTNER: "A system of a partner company, with scopes.",
        Role.EDITOR: "Staff who keep the catalogue and its media.",
        Role.ADMIN: "Staff who may also delete and read the audit.",
    },
)

described(
    TitleKind,
    "What a title is.",
    {TitleKind.MOVIE: "One film.", TitleKind.SERIES: "Seasons of episodes."},
)
described(
    TitleStatus,
    "Where a title stands on its way to viewers.",
    {
        TitleStatus.DRAFT: "Being worked on.",
        TitleStatus.SCHEDULED: "Will be published at `publishAt`.",
        TitleStatus.PUBLISHED: "In the catalogue.",
        TitleStatus.UNPUBLISHED: "Taken out of the catalogue.",
    },
)
described(
    TitleSort,
    "The order of a list of titles.",
    {
        TitleSort.POPULARITY: "Most watched first.",
        TitleSort.NEWEST: "Latest release first; without a date last.",
        TitleSort.NAME: "By original name, A to Z.",
    },
)
described(
    AvailabilityStatus,
    "Whether a country may watch a title now.",
    {
        AvailabilityStatus.AVAILABLE: "Yes.",
        AvailabilityStatus.UPCOMING: "Not yet: see `startsAt`.",
        AvailabilityStatus.EXPIRED: "No longer.",
        AvailabilityStatus.BLOCKED: "Never licensed for the country.",
    },
)
described(
    CreditRole,
    "What a person did for a title.",
    {
        CreditRole.ACTOR: "Plays a character.",
        CreditRole.DIRECTOR: "Directed it.",
        CreditRole.WRITER: "Wrote it.",
        CreditRole.PRODUCER: "Produced it.",
        CreditRole.COMPOSER: "Wrote the music.",
    },
)
described(
    ImageKind,
    "What a picture is for.",
    {
        ImageKind.POSTER: "Upright, with the name on it.",
        ImageKind.BACKDROP: "Wide, without text.",
        ImageKind.LOGO: "The name alone, on nothing.",
        ImageKind.STILL: "A moment of an episode.",
        ImageKind.PORTRAIT: "A person's face.",
    },
)
described(
    Quality,
    "How sharp a picture is.",
    {
        Quality.SD: "480 lines.",
        Quality.HD: "720 lines.",
        Quality.FULL_HD: "1080 lines.",
        Quality.UHD: "2160 lines.",
    },
)
described(
    PlanTier,
    "The plans of a membership.",
    {
        PlanTier.BASIC: "The cheapest.",
        PlanTier.STANDARD: "The middle one.",
        PlanTier.PREMIUM: "Everything.",
    },
)
described(
    RailKind,
    "What a row of the home page shows.",
    {
        RailKind.CONTINUE_WATCHING: "What the profile has begun.",
        RailKind.WATCHLIST: "What the profile has put on its list.",
        RailKind.RECOMMENDED: "What the model thinks the profile will like.",
        RailKind.BECAUSE_YOU_WATCHED: "Alike to something that the profile watched.",
        RailKind.TRENDING: "What the country watches now.",
        RailKind.NEW: "The latest in the catalogue.",
        RailKind.GENRE: "The most popular of one genre.",
        RailKind.EDITORIAL: "Chosen by hand.",
    },
)
described(
    RailSource,
    "Where the choice of a row's titles came from.",
    {
        RailSource.MODEL: "A recommendation model.",
        RailSource.EDITORIAL: "The editors.",
        RailSource.RANKING: "Counting what is watched.",
        RailSource.PERSONAL: "What the profile did itself.",
        RailSource.FALLBACK: "An earlier answer of the model, or titles alike, because it did not answer in time.",
    },
)
described(
    ImpressionAction,
    "What a viewer did with a title that was shown.",
    {
        ImpressionAction.SHOWN: "Saw it.",
        ImpressionAction.CLICKED: "Opened its page.",
        ImpressionAction.PLAYED: "Began to watch it.",
        ImpressionAction.DISMISSED: "Sent it away.",
    },
)
described(
    Feedback,
    "What a profile thinks of a title.",
    {Feedback.DISLIKE: "Not for me.", Feedback.LIKE: "I like it.", Feedback.LOVE: "I love it."},
)
described(
    MembershipStatus,
    "Where a membership stands.",
    {
        MembershipStatus.INCOMPLETE: "The first payment is not confirmed yet.",
        MembershipStatus.TRIALING: "On trial; may watch.",
        MembershipStatus.ACTIVE: "Paid; may watch.",
        MembershipStatus.PAST_DUE: "A payment failed; may watch while the grace period lasts.",
        MembershipStatus.PAUSED: "Stopped for a while.",
        MembershipStatus.CANCELED: "Over.",
    },
)
described(
    BillingInterval,
    "How often a plan is paid.",
    {BillingInterval.MONTH: "Every month.", BillingInterval.YEAR: "Every year."},
)
described(
    DeviceKind,
    "What plays.",
    {
        DeviceKind.WEB: "A browser.",
        DeviceKind.MOBILE: "A phone.",
        DeviceKind.TABLET: "A tablet.",
        DeviceKind.TV: "A television or a box beside it.",
        DeviceKind.CONSOLE: "A game console.",
    },
)
described(
    Protocol,
    "How a film is delivered.",
    {Protocol.HLS: "HTTP Live Streaming with CMAF segments.", Protocol.DASH: "MPEG-DASH; not delivered yet."},
)
described(
    SessionStatus,
    "Where a stream stands.",
    {
        SessionStatus.ACTIVE: "Holds one of the plan's streams.",
        SessionStatus.STOPPED: "Stopped by its own device.",
        SessionStatus.EXPIRED: "No heartbeat came in time.",
        SessionStatus.REVOKED: "Another device took its place, or staff ended it.",
    },
)
described(
    EntitlementReason,
    "Why a film may not be played.",
    {
        EntitlementReason.NO_MEMBERSHIP: "Watching needs a membership.",
        EntitlementReason.PAST_DUE: "The last payment failed and the grace period is over.",
        EntitlementReason.PLAN_TOO_LOW: "A higher plan includes it.",
        EntitlementReason.COUNTRY: "It is not offered in the caller's country.",
        EntitlementReason.NOT_STARTED: "It is not offered yet: see `availableFrom`.",
        EntitlementReason.ENDED: "It is no longer offered.",
        EntitlementReason.MATURITY: "The active profile is too young.",
    },
)
described(
    MarkerKind,
    "A part of a film.",
    {
        MarkerKind.RECAP: "What happened before.",
        MarkerKind.INTRO: "The opening titles.",
        MarkerKind.CREDITS: "The closing titles; from here on the film counts as seen.",
    },
)

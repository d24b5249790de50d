"""The root of all writes: one module for each noun, merged into one type."""

from __future__ import annotations

from typing import Any

from strawberry.tools import merge_types

from graph.mutations.impressions import ImpressionMutations
from graph.mutations.playback import PlaybackMutations
from graph.mutations.profiles import ProfileMutations
from graph.mutations.signing_out import SigningOutMutations
from graph.mutations.watching import WatchingMutations

_NOUNS = (ProfileMutations, WatchingMutations, PlaybackMutations, ImpressionMutations, SigningOutMutations)

Mutation: Any = merge_types("Mutation", _NOUNS)
Mutation.__strawberry_definition__.description = "Writes; each takes one input and answers a payload with `errors`."

__all__ = ["Mutation"]

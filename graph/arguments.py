"""The arguments that many fields share."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

First = Annotated[int | None, strawberry.argument(description="How many, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="Go on after this cursor of the same list.")]
Width = Annotated[int | None, strawberry.argument(description="Pixels that it will be shown in; null for the widest.")]


def described(description: str) -> Any:
    """For `Annotated`: what an argument is for."""
    return strawberry.argument(description=description)

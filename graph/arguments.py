"""The arguments that many fields share."""

from __future__ import annotations

from typing import Annotated

import strawberry

First = Annotated[int | None, strawberry.argument(description="How many, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="Go on after this cursor of the same list.")]
Width = Annotated[int | None, strawberry.argument(description="Pixels that it will be shown in; null for the widest.")]

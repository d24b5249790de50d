"""The resolver info of this graph: `info.context` is the operation's Context."""

from __future__ import annotations

import strawberry

from resolvers.context import Context

Info = strawberry.Info[Context, None]

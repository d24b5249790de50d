"""The data in this process: what a Python server would have after all its reads."""

import json
import os
from pathlib import Path

FACTS = json.loads(Path(os.environ["BENCH_DATASET"]).read_text())
RAILS_BY_ID = {rail["id"]: rail for rail in FACTS["rails"]}
TITLES_BY_ID = {title["id"]: title for title in FACTS["titles"].values()}
WATCHLIST = set()


async def titles(keys):
    return [FACTS["titles"].get(key) for key in keys]


async def credits(keys):
    return [FACTS["credits"].get(key, []) for key in keys]


async def people(keys):
    return [FACTS["people"].get(key) for key in keys]


async def genres(keys):
    return [FACTS["genres"].get(key) for key in keys]


async def seasons(keys):
    return [FACTS["seasons"].get(key, []) for key in keys]


async def episodes(keys):
    return [FACTS["episodes"].get(key, []) for key in keys]


async def progress(paths):
    return [FACTS["progress"].get(path) for path in paths]


async def listed(keys):
    return [key in WATCHLIST for key in keys]


async def put_on_list(key, on):
    (WATCHLIST.add if on else WATCHLIST.discard)(key)

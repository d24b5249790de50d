"""The demo catalogue: real films from a CC0 table, fictional series of our own, and artwork drawn for all of them."""

from emulation.demo.catalogue import DEFAULT_SCALE, load
from emulation.demo.films import DEMO_PLAYABLE
from emulation.demo.serials import DEMO_PLAYABLE_EPISODES

__all__ = ["DEFAULT_SCALE", "DEMO_PLAYABLE", "DEMO_PLAYABLE_EPISODES", "load"]

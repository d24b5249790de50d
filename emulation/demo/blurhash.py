"""The blurhash of a picture that is a gradient from top to bottom."""

from __future__ import annotations

import math
from functools import lru_cache

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_COMPONENTS_X, _COMPONENTS_Y = 1, 3
_ROWS = 16

Colour = tuple[float, float, float]


@lru_cache(maxsize=1024)
def gradient_hash(top: str, bottom: str) -> str:
    """Of two colours written as #rrggbb; 1 x 3 components, 10 characters."""
    first, last = _channels(top), _channels(bottom)
    rows = [
        [_linear(a + (b - a) * row / (_ROWS - 1)) for a, b in zip(first, last, strict=True)] for row in range(_ROWS)
    ]
    mean, *waves = [_component(rows, wave) for wave in range(_COMPONENTS_Y)]
    largest = max(abs(channel) for wave in waves for channel in wave)
    quantised = max(0, min(82, int(largest * 166 - 0.5)))
    scale = (quantised + 1) / 166
    return (
        _base83((_COMPONENTS_X - 1) + (_COMPONENTS_Y - 1) * 9, 1)
        + _base83(quantised, 1)
        + _base83(_packed(mean), 4)
        + "".join(_base83(_wave(wave, scale), 2) for wave in waves)
    )


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def _component(rows: list[list[float]], wave: int) -> list[float]:
    weight = 1.0 if wave == 0 else 2.0
    cosines = [math.cos(math.pi * wave * row / _ROWS) for row in range(_ROWS)]
    return [weight / _ROWS * sum(row[c] * cosine for row, cosine in zip(rows, cosines, strict=True)) for c in range(3)]


def _linear(value: float) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else math.pow((share + 0.055) / 1.055, 2.4)


def _srgb(value: float) -> int:
    share = max(0.0, min(1.0, value))
    curved = share * 12.92 if share <= 0.0031308 else 1.055 * math.pow(share, 1 / 2.4) - 0.055
    return int(curved * 255 + 0.5)


def _packed(mean: list[float]) -> int:
    red, green, blue = map(_srgb, mean)
    return (red << 16) + (green << 8) + blue


def _wave(channels: list[float], scale: float) -> int:
    steps = [max(0, min(18, math.floor(_root(channel / scale) * 9 + 9.5))) for channel in channels]
    return steps[0] * 19 * 19 + steps[1] * 19 + steps[2]


def _root(value: float) -> float:
    return math.copysign(math.sqrt(abs(value)), value)


def _base83(number: int, length: int) -> str:
    return "".join(_DIGITS[number // 83 ** (length - place) % 83] for place in range(1, length + 1))

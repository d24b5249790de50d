"""Scenes of the demo's artwork: landscapes, cities, planets and patterns, drawn from chance and a palette.

Every scene leaves the lower third calm, for letters.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from emulation.demo.patterns import bubbles, facets, rays
from emulation.demo.shapes import Canvas, circle, disc, ellipse, figure, mix, path, polygon, rect, stars

Scene = Callable[[Canvas], str]


def ridges(canvas: Canvas) -> str:
    """Mountains behind mountains, a sun, and somebody on the last ridge."""
    width, height, palette = canvas.width, canvas.height, canvas.palette
    parts = [disc(canvas, canvas.between(0.2, 0.8) * width, canvas.between(0.2, 0.42) * height, 13 * canvas.unit)]
    foot = height
    for layer in range(5):
        base = height * (0.44 + layer * 0.1)
        rough = canvas.unit * (16 - layer * 2)
        points = [(0.0, height), (0.0, base)]
        for step in range(1, 13):
            points.append((step * width / 13, base - canvas.between(-0.4, 1) * rough * (1 if step % 2 else 0.35)))
        points += [(width, base), (width, height)]
        foot = points[8][1]
        parts.append(polygon(points, mix(palette.sky[1], palette.ink, 0.25 + layer * 0.18)))
        at = points[8][0]
    return "".join([*parts, figure(canvas, at, foot + canvas.unit, 9 * canvas.unit)])


def skyline(canvas: Canvas) -> str:
    """A city at night with some of its windows lit."""
    width, height, palette, unit = canvas.width, canvas.height, canvas.palette, canvas.unit
    parts = [disc(canvas, canvas.between(0.2, 0.8) * width, height * canvas.between(0.16, 0.3), 9 * unit)]
    for layer in range(3):
        colour = mix(palette.sky[1], palette.ink, 0.35 + layer * 0.3)
        at = -2 * unit
        while at < width:
            wide = canvas.between(7, 15) * unit
            top = height * (0.3 + layer * 0.12) + canvas.between(0, 0.16) * height
            parts.append(rect(at, top, wide, height - top, colour))
            if layer:
                parts.append(_windows(canvas, at, top, wide))
            at += wide + canvas.between(-1, 2.5) * unit
    return "".join(parts)


def _windows(canvas: Canvas, left: float, top: float, wide: float) -> str:
    step, size = 2.4 * canvas.unit, 1.1 * canvas.unit
    parts = []
    for row in range(int((canvas.height * 0.8 - top) / step)):
        for column in range(int((wide - step) / step)):
            if canvas.chance.random() < 0.22:
                x, y = left + (column + 0.8) * step, top + (row + 0.8) * step
                parts.append(rect(x, y, size, size * 1.3, canvas.palette.glow, canvas.between(0.35, 0.95)))
    return "".join(parts)


def planet(canvas: Canvas) -> str:
    """A planet with rings, its night side dark, among stars."""
    width, height, palette = canvas.width, canvas.height, canvas.palette
    x, y, radius = width * canvas.between(0.3, 0.72), height * canvas.between(0.32, 0.4), canvas.unit * 27
    tilt = canvas.between(-28, 28)
    ring = (
        f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{radius * 1.75:.0f}" ry="{radius * 0.38:.0f}" fill="none" '
        f'stroke="{palette.glow}" stroke-width="{canvas.unit * 0.9:.1f}" opacity="0.85" '
        f'transform="rotate({tilt:.0f} {x:.0f} {y:.0f})"/>'
    )
    night = (
        f"M{x - radius * 0.5:.0f},{y - radius * 0.866:.0f} A{radius:.0f},{radius:.0f} 0 1 1 "
        f"{x - radius * 0.5:.0f},{y + radius * 0.866:.0f} A{radius * 1.25:.0f},{radius * 1.25:.0f} 0 0 0 "
        f"{x - radius * 0.5:.0f},{y - radius * 0.866:.0f} Z"
    )
    small = circle(x - radius * 1.2, y - radius * 1.05, radius * 0.16, palette.paper, 0.85)
    body = circle(x, y, radius, mix(palette.sky[1], palette.glow, 0.35))
    front = f'<g clip-path="url(#front)">{ring}</g>'
    clip = f'<clipPath id="front"><rect x="0" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}"/></clipPath>'
    return stars(canvas, 90, 0.95) + ring + body + path(night, palette.ink, 0.72) + clip + front + small


def waves(canvas: Canvas) -> str:
    """The sea under a moon, and its light on the water."""
    width, height, palette, unit = canvas.width, canvas.height, canvas.palette, canvas.unit
    x = canvas.between(0.3, 0.7) * width
    parts = [stars(canvas, 30, 0.4), disc(canvas, x, height * canvas.between(0.2, 0.42), 13 * unit)]
    for layer in range(6):
        level, swell = height * (0.48 + layer * 0.075), unit * (1.6 + layer * 0.9)
        length, shift = width / canvas.between(2.2, 4.2), canvas.between(0, 6.3)
        points = [(0.0, height)]
        for step in range(33):
            at = step * width / 32
            points.append((at, level + math.sin(at / length * 6.283 + shift) * swell))
        parts.append(polygon([*points, (width, height)], mix(palette.sky[1], palette.ink, 0.2 + layer * 0.15)))
        glint = canvas.between(5, 14) * unit
        parts.append(rect(x - glint / 2, level + swell * 1.5, glint, unit * 0.7, palette.glow, 0.75 - layer * 0.11))
    return "".join(parts)


def forest(canvas: Canvas) -> str:
    """Firs in fog, the moon behind them, and somebody between."""
    width, height, palette, unit = canvas.width, canvas.height, canvas.palette, canvas.unit
    parts = [disc(canvas, canvas.between(0.3, 0.7) * width, height * canvas.between(0.18, 0.4), 12 * unit)]
    for layer in range(3):
        colour = mix(palette.sky[1], palette.ink, 0.3 + layer * 0.34)
        count = int(width / (unit * (9 - layer)))
        for tree in range(count):
            x = (tree + canvas.between(0.1, 0.9)) * width / count
            tall = unit * canvas.between(26, 44) * (0.8 + layer * 0.35)
            foot = height * (0.66 + layer * 0.13)
            half = tall * 0.17
            outline = [(x, foot - tall), (x + half, foot), (x + half, height), (x - half, height), (x - half, foot)]
            parts.append(polygon(outline, colour))
        if layer == 1:
            parts.append(figure(canvas, width * canvas.between(0.35, 0.65), height * 0.78, 13 * unit))
        fog = mix(palette.sky[1], palette.ink, 0.5)
        parts.append(rect(0, height * (0.6 + layer * 0.13), width, height * 0.4, fog, 0.22))
    return "".join(parts)


def arches(canvas: Canvas) -> str:
    """Doors behind doors, with somebody in the last one."""
    width, height, palette, unit = canvas.width, canvas.height, canvas.palette, canvas.unit
    x, foot = width * canvas.between(0.42, 0.58), height * 0.76
    parts = []
    for door in range(6):
        half, top = unit * (40 - door * 6.4), height * (0.1 + door * 0.062)
        shade = palette.glow if door == 5 else mix(palette.ink, palette.sky[1], door / 5)
        outline = (
            f"M{x - half:.0f},{foot:.0f} L{x - half:.0f},{top + half:.0f} A{half:.0f},{half:.0f} 0 0 1 "
            f"{x + half:.0f},{top + half:.0f} L{x + half:.0f},{foot:.0f} Z"
        )
        parts.append(path(outline, shade))
    beam = [(x - 8 * unit, foot), (x + 8 * unit, foot), (x + 34 * unit, height), (x - 34 * unit, height)]
    parts += [rect(0, foot, width, height - foot, palette.ink), polygon(beam, palette.glow, 0.4)]
    return "".join([*parts, figure(canvas, x, foot + 2 * unit, 20 * unit)])


def blinds(canvas: Canvas) -> str:
    """Light through blinds on a wall, and a figure with a hat in front of it."""
    width, height, palette, unit = canvas.width, canvas.height, canvas.palette, canvas.unit
    lean = canvas.between(0.18, 0.4) * width * canvas.chance.choice((-1, 1))
    parts = []
    for slat in range(9):
        y = height * (0.08 + slat * 0.066)
        left, right = width * 0.08, width * 0.92
        slope = lean * 0.25
        parts.append(
            polygon(
                [(left, y), (right, y + slope), (right, y + slope + 3 * unit), (left, y + 3 * unit)],
                palette.glow,
                0.6 - slat * 0.045,
            )
        )
    x, foot, size = width * canvas.between(0.38, 0.62), height * 1.02, height * 0.62
    brim = ellipse(x, foot - size * 0.87, size * 0.15, size * 0.026, palette.ink)
    crown = rect(x - size * 0.08, foot - size * 0.985, size * 0.16, size * 0.12, palette.ink)
    return "".join([*parts, figure(canvas, x, foot, size), crown, brim])


def lanes(canvas: Canvas) -> str:
    """A road or track that runs to the horizon."""
    width, height, palette, unit = canvas.width, canvas.height, canvas.palette, canvas.unit
    x, horizon = width * canvas.between(0.4, 0.6), height * 0.46
    parts = [disc(canvas, x, horizon - 4 * unit, 15 * unit)]
    parts.append(rect(0, horizon, width, height - horizon, mix(palette.sky[1], palette.ink, 0.72)))
    for lane in range(-4, 5):
        foot = x + lane * width * 0.2
        edge = [(x, horizon), (foot - 1.2 * unit, height), (foot + 1.2 * unit, height)]
        parts.append(polygon(edge, palette.glow if lane == 0 else palette.paper, 0.75 if lane == 0 else 0.28))
    return "".join([*parts, figure(canvas, x, height * 0.72, 20 * unit)])


def hills(canvas: Canvas) -> str:
    """Round hills, a balloon and birds."""
    width, height, palette, unit = canvas.width, canvas.height, canvas.palette, canvas.unit
    parts = [disc(canvas, width * canvas.between(0.15, 0.85), height * 0.2, 9 * unit)]
    x, y, radius = width * canvas.between(0.3, 0.7), height * 0.33, 15 * unit
    for slice_, colour in enumerate((palette.glow, palette.sky[0], palette.paper)):
        parts.append(ellipse(x, y, radius * (1 - slice_ * 0.34), radius * 1.12, colour))
    basket = y + radius * 1.55
    parts.append(rect(x - 2.6 * unit, basket, 5.2 * unit, 4 * unit, palette.ink))
    ropes = "".join(
        f"M{x + side * 7 * unit:.0f},{y + radius:.0f} L{x + side * 2 * unit:.0f},{basket:.0f} " for side in (-1, 1)
    )
    parts.append(f'<path d="{ropes}" stroke="{palette.ink}" stroke-width="{unit * 0.4:.1f}" fill="none"/>')
    for layer in range(4):
        level, colour = height * (0.62 + layer * 0.08), mix(palette.sky[1], palette.ink, 0.15 + layer * 0.22)
        shift = canvas.between(-0.3, 0.3) * width
        parts.append(ellipse(width / 2 + shift, level + height * 0.42, width * 0.85, height * 0.45, colour))
    return "".join(parts)


SCENES: dict[str, tuple[Scene, ...]] = {
    "action": (skyline, rays, lanes),
    "adventure": (ridges, hills, waves),
    "animation": (hills, bubbles, facets),
    "biography": (arches, lanes, ridges),
    "comedy": (bubbles, rays, hills),
    "crime": (skyline, blinds, lanes),
    "documentary": (ridges, planet, waves),
    "drama": (waves, arches, ridges, blinds, skyline),
    "family": (hills, bubbles, forest),
    "fantasy": (facets, forest, arches),
    "history": (arches, ridges, lanes),
    "horror": (forest, arches, blinds),
    "musical": (rays, bubbles, skyline),
    "mystery": (arches, waves, forest),
    "romance": (waves, bubbles, lanes),
    "sci-fi": (planet, facets, skyline),
    "sport": (lanes, rays, ridges),
    "thriller": (blinds, skyline, forest),
    "war": (ridges, forest, lanes),
    "western": (ridges, lanes, waves),
}
"""The scenes of each family of genres."""

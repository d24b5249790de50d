"""Patterns of the demo's artwork: discs, rays and crystals, for pictures that show no place."""

from __future__ import annotations

import math

from emulation.demo.shapes import Canvas, circle, figure, mix, polygon, stars


def bubbles(canvas: Canvas) -> str:
    """Large discs that overlap, and a scatter of small ones."""
    width, height, palette, unit = canvas.width, canvas.height, canvas.palette, canvas.unit
    colours = (palette.glow, palette.paper, mix(palette.sky[0], palette.glow, 0.4), palette.sky[0], palette.ink)
    parts = []
    for place in range(7):
        x, y = canvas.between(0.05, 0.95) * width, canvas.between(0.08, 0.62) * height
        colour = colours[place % len(colours)]
        parts.append(circle(x, y, canvas.between(10, 30) * unit, colour, canvas.between(0.35, 0.8)))
    for _ in range(26):
        x, y = canvas.between(0, 1) * width, canvas.between(0, 0.8) * height
        parts.append(circle(x, y, canvas.between(0.6, 2.2) * unit, palette.paper, canvas.between(0.4, 0.95)))
    return "".join(parts)


def rays(canvas: Canvas) -> str:
    """Light bursting from one point, with a disc in its middle."""
    width, height, palette, unit = canvas.width, canvas.height, canvas.palette, canvas.unit
    x, y, far = width * canvas.between(0.35, 0.65), height * canvas.between(0.34, 0.44), width + height
    count, turn = canvas.chance.choice((14, 18, 22)), canvas.between(0, 1)
    parts = []
    for ray in range(count):
        begin, end = (ray + turn) * math.tau / count, (ray + turn + 0.5) * math.tau / count
        edge = [(x + math.cos(a) * far, y + math.sin(a) * far) for a in (begin, end)]
        parts.append(polygon([(x, y), *edge], palette.glow, 0.22))
    for share, colour, opacity in ((24, palette.ink, 0.75), (19, palette.glow, 0.95), (13, palette.paper, 0.9)):
        parts.append(circle(x, y, share * unit, colour, opacity))
    return "".join([*parts, figure(canvas, x, y + 14 * unit, 17 * unit)])


def facets(canvas: Canvas) -> str:
    """A crystal of triangles turned around one centre."""
    width, height, palette, unit = canvas.width, canvas.height, canvas.palette, canvas.unit
    x, y = width / 2, height * 0.36
    sides, parts = canvas.chance.choice((6, 8, 9)), [stars(canvas, 40, 0.9)]
    parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{52 * unit:.0f}" fill="url(#halo)"/>')
    for ring in range(5, 0, -1):
        radius, turn = ring * 7.2 * unit, ring * 0.26
        for side in range(sides):
            a, b = (side * math.tau / sides + turn, (side + 1) * math.tau / sides + turn)
            inner = radius * 0.45
            points = [
                (x + math.cos(a) * radius, y + math.sin(a) * radius),
                (x + math.cos(b) * radius, y + math.sin(b) * radius),
                (x + math.cos((a + b) / 2) * inner, y + math.sin((a + b) / 2) * inner),
            ]
            colour = mix(palette.sky[0], palette.glow, canvas.between(0.1, 0.95))
            parts.append(polygon(points, colour, 0.8))
    return "".join(parts)

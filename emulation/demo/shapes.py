"""What scenes are drawn with: the canvas, plain shapes as SVG, and the sun, the stars and the figure of many scenes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from emulation.demo.palettes import Palette


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a scene is drawn on, in the picture's own units."""

    width: float
    height: float
    palette: Palette
    chance: Random

    @property
    def unit(self) -> float:
        """A hundredth of the shorter side."""
        return min(self.width, self.height) / 100

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.chance.random()


def mix(first: str, second: str, share: float) -> str:
    """The colour that far on the way from the first to the second; both are #rrggbb."""
    pairs = zip(bytes.fromhex(first[1:]), bytes.fromhex(second[1:]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def circle(x: float, y: float, radius: float, fill: str, opacity: float = 1.0) -> str:
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.1f}" fill="{fill}" opacity="{opacity:.2f}"/>'


def polygon(points: list[tuple[float, float]], fill: str, opacity: float = 1.0) -> str:
    written = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    return f'<polygon points="{written}" fill="{fill}" opacity="{opacity:.2f}"/>'


def rect(x: float, y: float, width: float, height: float, fill: str, opacity: float = 1.0) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{fill}" opacity="{opacity:.2f}"/>'
    )


def ellipse(x: float, y: float, across: float, down: float, fill: str) -> str:
    return f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{across:.0f}" ry="{down:.0f}" fill="{fill}"/>'


def path(data: str, fill: str, opacity: float = 1.0) -> str:
    return f'<path d="{data}" fill="{fill}" opacity="{opacity:.2f}"/>'


def disc(canvas: Canvas, x: float, y: float, radius: float) -> str:
    """A sun or moon with its halo: whole, in rings, in slices or a crescent, and of any size."""
    size, glow = radius * canvas.between(0.7, 1.7), canvas.palette.glow
    halo = f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{size * 2.5:.0f}" fill="url(#halo)"/>'
    look = canvas.chance.random()
    if look < 0.2:
        hollow = size * canvas.between(0.86, 1.1)
        data = (
            f"M{x:.0f},{y - size:.0f} A{size:.0f},{size:.0f} 0 1 1 {x - size:.0f},{y:.0f} "
            f"A{hollow:.0f},{hollow:.0f} 0 1 0 {x:.0f},{y - size:.0f} Z"
        )
        return halo + path(data, glow, 0.95)
    if look < 0.4:
        rings = (
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{size * share:.0f}" fill="none" stroke="{glow}" '
            f'stroke-width="{size * 0.03:.1f}" opacity="{opacity}"/>'
            for share, opacity in ((1.3, 0.6), (1.65, 0.35), (2.05, 0.18))
        )
        return halo + "".join(rings) + circle(x, y, size, glow, 0.95)
    if look < 0.55:
        return halo + path(_slices(x, y, size), glow, 0.95)
    return halo + circle(x, y, size, glow, 0.95)


def _slices(x: float, y: float, radius: float) -> str:
    """A disc whose lower half is cut by bars that grow toward its foot."""
    parts = [f"M{x - radius:.0f},{y:.0f} A{radius:.0f},{radius:.0f} 0 0 1 {x + radius:.0f},{y:.0f} Z"]
    for bar in range(5):
        top, foot = (bar + 0.12 + bar * 0.06) / 5.6, (bar + 0.86) / 5.6
        wide, narrow = (radius * math.sqrt(max(0.0, 1 - edge * edge)) for edge in (top, foot))
        high, low = y + top * radius, y + foot * radius
        parts.append(
            f"M{x - wide:.0f},{high:.0f} L{x + wide:.0f},{high:.0f} L{x + narrow:.0f},{low:.0f} "
            f"L{x - narrow:.0f},{low:.0f} Z"
        )
    return " ".join(parts)


def figure(canvas: Canvas, x: float, foot: float, size: float) -> str:
    """Somebody standing in a long coat, seen from behind."""
    head, shoulder, hem = size * 0.09, size * 0.15, size * 0.21
    top = foot - size
    coat = (
        f"M{x - shoulder:.1f},{top + size * 0.3:.1f} Q{x:.1f},{top + size * 0.12:.1f} "
        f"{x + shoulder:.1f},{top + size * 0.3:.1f} L{x + hem:.1f},{foot:.1f} L{x - hem:.1f},{foot:.1f} Z"
    )
    return circle(x, top + head, head, canvas.palette.ink) + path(coat, canvas.palette.ink)


def stars(canvas: Canvas, count: int, depth: float) -> str:
    return "".join(
        circle(
            canvas.between(0, canvas.width),
            canvas.between(0, canvas.height * depth),
            canvas.between(0.15, 0.55) * canvas.unit,
            canvas.palette.paper,
            canvas.between(0.2, 0.9),
        )
        for _ in range(count)
    )

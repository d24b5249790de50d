"""Draws the demo's pictures as SVG: posters, backdrops, stills and portraits, the same for an id each time.

Nothing outside is referred to and nothing runs: gradients, shapes and letters of the reader's own fonts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.sax.saxutils import escape

from domain.titles import ImageKind
from emulation.demo.bundles import SIZES
from emulation.demo.captions import Caption, captions
from emulation.demo.palettes import Palette, family_of, palette_of
from emulation.demo.scenes import SCENES
from emulation.demo.seeds import dice
from emulation.demo.shapes import Canvas, disc, ellipse, mix, path, rect, stars

_PATH = re.compile(r"/art/(poster|backdrop|still|portrait)/([0-9A-Za-z]{12})\.svg")
_SERIF = {"biography", "drama", "fantasy", "history", "horror", "mystery", "romance", "war", "western"}
_SANS_FAMILY = "'Avenir Next','Helvetica Neue',Inter,Roboto,'Segoe UI',Arial,sans-serif"
_SERIF_FAMILY = "'Iowan Old Style','Palatino Linotype',Palatino,Georgia,'Noto Serif','DejaVu Serif',serif"

_LETTER = {True: 0.6, False: 0.66}
"""Mean width of a letter in ems, of serif and of capital sans; on the safe side, for fonts differ."""


def render(path: str) -> bytes | None:
    """The picture at /art/<kind>/<id>.svg, None for other paths; a query such as ?w=320 changes nothing."""
    found = _PATH.fullmatch(path.partition("?")[0])
    if found is None:
        return None
    kind, id_ = ImageKind[found[1].upper()], found[2]
    caption = captions().get(id_) or Caption(name="", line="", genre="drama")
    palette = palette_of(id_, caption.genre)
    width, height = SIZES[kind]
    drawing = _DRAWINGS[kind](Canvas(width, height, palette, dice("art", id_)), caption)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img"><title>{escape(caption.name)}</title>{_defs(palette)}{drawing}</svg>'
    ).encode()


def _defs(palette: Palette) -> str:
    top, bottom = palette.sky
    return (
        '<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">'
        f'<stop offset="0" stop-color="{top}"/><stop offset="0.62" stop-color="{mix(top, bottom, 0.85)}"/>'
        f'<stop offset="1" stop-color="{bottom}"/></linearGradient>'
        '<radialGradient id="halo">'
        f'<stop offset="0" stop-color="{palette.glow}" stop-opacity="0.55"/>'
        f'<stop offset="1" stop-color="{palette.glow}" stop-opacity="0"/></radialGradient>'
        '<linearGradient id="shade" x1="0" y1="0" x2="0" y2="1">'
        f'<stop offset="0.3" stop-color="{palette.ink}" stop-opacity="0"/>'
        f'<stop offset="0.72" stop-color="{palette.ink}" stop-opacity="0.78"/>'
        f'<stop offset="1" stop-color="{palette.ink}" stop-opacity="0.97"/></linearGradient></defs>'
    )


def _filled(canvas: Canvas, fill: str) -> str:
    return f'<rect width="{canvas.width:.0f}" height="{canvas.height:.0f}" fill="{fill}"/>'


def _scene(canvas: Canvas, genre: str) -> str:
    scenes = SCENES[family_of(genre)]
    return _filled(canvas, "url(#sky)") + canvas.chance.choice(scenes)(canvas)


def _poster(canvas: Canvas, caption: Caption) -> str:
    return _titled(canvas, caption, margin=0.075, size=0.135, small=0.036, most=4)


def _still(canvas: Canvas, caption: Caption) -> str:
    return _titled(canvas, caption, margin=0.045, size=0.062, small=0.021, most=2)


def _backdrop(canvas: Canvas, caption: Caption) -> str:
    """Without letters: pages set the title over it."""
    return _scene(canvas, caption.genre)


def _titled(canvas: Canvas, caption: Caption, *, margin: float, size: float, small: float, most: int) -> str:
    """A scene with the name below, after a short rule; measures are shares of the width."""
    serif, width = family_of(caption.genre) in _SERIF, canvas.width
    left, foot = width * margin, canvas.height - width * margin * 1.2
    lines, size = _fitted(caption.name, width - 2 * left, width * size, serif=serif, most=most)
    base = foot - width * small * 2
    letters = [
        _text(line, left, base - (len(lines) - place) * size * 1.06, size, canvas, serif=serif)
        for place, line in enumerate(lines, start=1)
    ]
    top = base - len(lines) * size * 1.06 - size * 0.28
    rule = _rule(left, top, canvas) if lines else ""
    line = _text(caption.line.upper(), left, foot, width * small, canvas, serif=False, spaced=True)
    return "".join([_scene(canvas, caption.genre), _filled(canvas, "url(#shade)"), rule, *letters, line])


def _rule(x: float, y: float, canvas: Canvas) -> str:
    return rect(x, y, canvas.unit * 11, canvas.unit * 0.9, canvas.palette.glow)


def _portrait(canvas: Canvas, caption: Caption) -> str:
    """A plain bust before a light, and the initials: nobody's likeness."""
    palette, width = canvas.palette, canvas.width
    x, y = width * canvas.between(0.44, 0.56), width * 0.4
    head, tilt = width * canvas.between(0.15, 0.18), canvas.between(-6, 6)
    light = disc(canvas, x + canvas.between(-0.08, 0.08) * width, y, width * canvas.between(0.2, 0.26))
    shoulders = (
        f"M{x - width * 0.46:.0f},{width * 1.1:.0f} C{x - width * 0.4:.0f},{y + head * 1.9:.0f} {x - head:.0f},"
        f"{y + head * 1.95:.0f} {x - head * 0.42:.0f},{y + head * 1.5:.0f} L{x - head * 0.36:.0f},{y + head * 0.7:.0f} "
        f"L{x + head * 0.36:.0f},{y + head * 0.7:.0f} L{x + head * 0.42:.0f},{y + head * 1.5:.0f} "
        f"C{x + head:.0f},{y + head * 1.95:.0f} {x + width * 0.4:.0f},{y + head * 1.9:.0f} "
        f"{x + width * 0.46:.0f},{width * 1.1:.0f} Z"
    )
    bust = (
        f'<g transform="rotate({tilt:.1f} {x:.0f} {width:.0f})">{path(shoulders, palette.ink)}'
        f"{ellipse(x, y, head * 0.84, head * 1.1, palette.ink)}</g>"
    )
    words = caption.name.split()
    initials = "".join(word[0] for word in [*words[:1], *words[1:][-1:]]).upper()
    letters = _text(initials, width * 0.06, width * 0.945, width * 0.09, canvas, serif=True)
    return "".join([_filled(canvas, "url(#sky)"), stars(canvas, 14, 0.7), light, bust, letters])


def _fitted(name: str, width: float, size: float, *, serif: bool, most: int) -> tuple[list[str], float]:
    """The name in at most `most` lines, and the size of letters at which they fit into the width."""
    shown = name if serif else name.upper()
    while True:
        lines = _wrapped(shown, int(width / (size * _LETTER[serif])))
        fits = len(lines) <= most and all(len(line) * size * _LETTER[serif] <= width for line in lines)
        if fits or size < width / 60:
            return lines[:most], size
        size *= 0.92


def _wrapped(text: str, length: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= length:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _text(text: str, x: float, y: float, size: float, canvas: Canvas, *, serif: bool, spaced: bool = False) -> str:
    family = _SERIF_FAMILY if serif else _SANS_FAMILY
    spacing = size * (0.14 if spaced else -0.005)
    weight = 700 if serif else 600 if spaced else 800
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-family="{family}" font-weight="{weight}" '
        f'font-size="{size:.1f}" letter-spacing="{spacing:.1f}" fill="{canvas.palette.paper}" '
        f'opacity="{0.82 if spaced else 1}">{escape(text)}</text>'
    )


_DRAWINGS: dict[ImageKind, Callable[[Canvas, Caption], str]] = {
    ImageKind.POSTER: _poster,
    ImageKind.BACKDROP: _backdrop,
    ImageKind.STILL: _still,
    ImageKind.PORTRAIT: _portrait,
}

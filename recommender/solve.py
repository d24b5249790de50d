"""Symmetric positive definite systems in float32: solved and inverted in place, nearly all of it matrix products."""

from __future__ import annotations

import numpy as np

from recommender.arrays import F32

BLOCK = 256


def solve(square: F32, right: F32) -> F32:
    """`right` becomes `square`^-1 `right`; both are overwritten, and `right` is returned.

    A block elimination without pivots, which a positive definite matrix does not need. Beside the two arrays it takes
    a strip of BLOCK rows.
    """
    inverses: list[F32] = []
    for begin, end in _blocks(square):
        inverses.append(_eliminated(square, begin, end))
        right[begin:end] -= square[begin:end, :begin] @ right[:begin]
    for (begin, end), inverse in zip(reversed(_blocks(square)), reversed(inverses), strict=True):
        right[begin:end] = inverse @ (right[begin:end] - square[begin:end, end:] @ right[end:])
    return right


def invert(square: F32) -> F32:
    """`square` becomes its inverse, which is symmetric, and is returned."""
    inverses: list[F32] = []
    for begin, end in _blocks(square):
        inverses.append(_eliminated(square, begin, end))
        _invert_row(square, begin, end)
    for (begin, end), inverse in zip(reversed(_blocks(square)), reversed(inverses), strict=True):
        known = square[begin:end, end:] @ square[end:, :end]
        square[begin:end, :begin] = inverse @ (square[begin:end, :begin] - known[:, :begin])
        square[begin:end, begin:end] = inverse - inverse @ known[:, begin:]
    for begin, end in _blocks(square):
        square[begin:end, end:] = square[end:, begin:end].T
    return square


def _blocks(square: F32) -> list[tuple[int, int]]:
    size = square.shape[0]
    return [(begin, min(begin + BLOCK, size)) for begin in range(0, size, BLOCK)]


def _eliminated(square: F32, begin: int, end: int) -> F32:
    """The inverse of the block on the diagonal, once what lies above it has been taken off its rows.

    The upper triangle then holds these rows, the lower one the multiples by which the rows below are to be lessened.
    """
    square[begin:end, begin:] -= square[begin:end, :begin] @ square[:begin, begin:]
    # The few rows of a block in float64: its own rounding would spread to all that follow.
    inverse: F32 = np.linalg.inv(square[begin:end, begin:end].astype(np.float64)).astype(np.float32)
    square[end:, begin:end] = (inverse @ square[begin:end, end:]).T
    return inverse


def _invert_row(square: F32, begin: int, end: int) -> None:
    """Turns a block row of multiples into that of the lower triangle's inverse, as was done with the rows above."""
    for left in range(0, begin, BLOCK):
        inner = left + BLOCK
        column = square[begin:end, left:inner]
        column += square[begin:end, inner:begin] @ square[inner:begin, left:inner]
        np.negative(column, out=column)

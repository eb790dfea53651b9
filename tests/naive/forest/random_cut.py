"""The random cut forest in plain Python, by its definition: one row, one tree, one node after the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Row: TypeAlias = "tuple[float, ...]"
ALL = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(z: int) -> int:
    """Return the output of SplitMix64 for a state."""
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & ALL
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & ALL
    return z ^ (z >> 31)


@dataclass
class Leaf:
    """Equal rows."""

    row: Row
    mass: int

    @property
    def low(self) -> Row:
        return self.row

    @property
    def high(self) -> Row:
        return self.row


@dataclass
class Node:
    """A cut of the box of some rows."""

    column: int
    cut: float
    low: Row
    high: Row
    mass: int
    left: Child
    right: Child

    @property
    def total(self) -> float:
        """The sum of the sides."""
        sides = 0.0
        for low, high in zip(self.low, self.high, strict=True):
            sides += high - low
        return sides


Child: TypeAlias = "Leaf | Node"


def union(one: Child, other: Child) -> tuple[Row, Row]:
    """Return the box around two."""
    return tuple(map(min, one.low, other.low)), tuple(map(max, one.high, other.high))


def folded(values: Sequence[float]) -> float:
    """Return the sum over the columns, in blocks of eight that are added side by side."""
    lanes = [0.0] * 8
    for place, value in enumerate(values):
        lanes[place % 8] += value
    a, b, c, d, e, f, g, h = lanes
    return ((a + e) + (c + g)) + ((b + f) + (d + h))


class Tree:
    """One tree."""

    def __init__(self, number: int, sample: int, seed: int) -> None:
        self.state = mix((seed + GOLDEN * (number + 1)) & ALL)
        self.sample = sample
        self.root: Child | None = None
        self.held: list[tuple[float, Row]] = []

    @property
    def mass(self) -> int:
        return self.root.mass if self.root else 0

    def draw(self) -> float:
        self.state = (self.state + GOLDEN) & ALL
        return (mix(self.state) >> 11) * 2.0**-53

    def fit(self, rows: Sequence[Row]) -> None:
        """Draw a sample and build."""
        wanted, chosen = min(len(rows), self.sample), []
        for place, row in enumerate(rows):
            if not wanted:
                break
            if self.draw() * (len(rows) - place) < wanted:
                chosen.append(row)
                wanted -= 1
        self.root = self.build(chosen)

    def build(self, rows: Sequence[Row]) -> Child:
        """Return the tree over rows."""
        low, high = tuple(map(min, *rows, rows[0])), tuple(map(max, *rows, rows[0]))
        if low == high:
            return Leaf(low, len(rows))
        column, cut = self.choose(low, high)
        left = self.build([row for row in rows if row[column] <= cut])
        right = self.build([row for row in rows if row[column] > cut])
        return Node(column, cut, low, high, len(rows), left, right)

    def choose(self, low: Row, high: Row) -> tuple[int, float]:
        """Draw a cut of a box."""
        sides = [b - a for a, b in zip(low, high, strict=True)]
        total = 0.0
        for side in sides:
            total += side
        place, before = self.draw() * total, 0.0
        column = 0
        while column < len(sides) and not place < before + sides[column]:
            before += sides[column]
            column += 1
        if column == len(sides):
            column = max(j for j, side in enumerate(sides) if side > 0.0)
            before = 0.0
            for side in sides[:column]:
                before += side
        cut = low[column] + (place - before)
        return column, low[column] if cut >= high[column] else cut

    def walk(self, row: Row) -> tuple[float, list[list[float]]]:
        """Return score and shares, low and high by column."""
        shares = [[0.0, 0.0] for _ in row]
        if self.root is None:
            return 0.0, shares
        child, depth, keep, score = self.root, 0, 1.0, 0.0
        while True:
            below = [max(low - x, 0.0) for low, x in zip(child.low, row, strict=True)]
            above = [max(x - high, 0.0) for high, x in zip(child.high, row, strict=True)]
            out = folded([max(pair) for pair in zip(below, above, strict=True)])
            total = child.total if isinstance(child, Node) else 0.0
            inverse = 1.0 / (depth + 1)
            if out > 0.0:
                score += keep * (out / (out + total)) * inverse
                for column, pair in enumerate(zip(below, above, strict=True)):
                    for side in (0, 1):
                        shares[column][side] += keep * inverse * (pair[side] / (out + total))
                keep *= total / (out + total)
            if isinstance(child, Leaf):
                break
            child, depth = child.left if row[child.column] <= child.cut else child.right, depth + 1
        if out == 0.0:
            amount = keep * (1.0 - child.mass / (2.0 * self.mass)) / (depth + math.log2(child.mass + 1))
            score += amount
            shares = [[side + amount / (2.0 * len(row)) for side in pair] for pair in shares]
        scale = math.log2(self.mass + 1)
        return score * scale, [[side * scale for side in pair] for pair in shares]

    def learn(self, row: Row, seen: int, decay: float) -> None:
        """Decide whether to hold a row."""
        spread = -math.log(self.draw() + 2.0**-54)
        weight = (math.log(spread) if spread > 0.0 else -math.inf) - decay * seen
        if len(self.held) < self.sample:
            self.held.append((weight, row))
            self.insert(row)
            return
        oldest = max(range(self.sample), key=lambda slot: self.held[slot][0])
        if weight < self.held[oldest][0]:
            self.delete(self.held[oldest][1])
            self.held[oldest] = weight, row
            self.insert(row)

    def insert(self, row: Row) -> None:
        """Insert a row."""
        self.root = self._inserted(self.root, row)

    def _inserted(self, child: Child | None, row: Row) -> Child:
        new = Leaf(row, 1)
        if child is None:
            return new
        if isinstance(child, Leaf) and child.row == row:
            child.mass += 1
            return child
        low, high = union(child, new)
        if (low, high) != (child.low, child.high):
            j, cut = self.choose(low, high)
            if row[j] <= cut < child.low[j]:
                return Node(j, cut, low, high, child.mass + 1, new, child)
            if child.high[j] <= cut < row[j]:
                return Node(j, cut, low, high, child.mass + 1, child, new)
        assert isinstance(child, Node)
        child.low, child.high, child.mass = low, high, child.mass + 1
        if row[child.column] <= child.cut:
            child.left = self._inserted(child.left, row)
        else:
            child.right = self._inserted(child.right, row)
        return child

    def delete(self, row: Row) -> None:
        """Delete a row that is held."""
        assert self.root is not None
        self.root = self._without(self.root, row)

    def _without(self, child: Child, row: Row) -> Child | None:
        child.mass -= 1
        if isinstance(child, Leaf):
            assert child.row == row
            return child if child.mass else None
        if row[child.column] <= child.cut:
            left = self._without(child.left, row)
            if left is None:
                return child.right
            child.left = left
        else:
            right = self._without(child.right, row)
            if right is None:
                return child.left
            child.right = right
        child.low, child.high = union(child.left, child.right)
        return child


class Forest:
    """All trees."""

    def __init__(self, trees: int, sample: int, seed: int) -> None:
        self.trees = [Tree(number, sample, seed) for number in range(trees)]
        self.seen = 0

    def fit(self, rows: Sequence[Sequence[float]]) -> Forest:
        """Fit every tree."""
        for tree in self.trees:
            tree.fit([tuple(row) for row in rows])
        return self

    def score(self, row: Sequence[float]) -> float:
        """Return the mean of the trees' scores."""
        total = 0.0
        for tree in self.trees:
            total += tree.walk(tuple(row))[0]
        return total / len(self.trees)

    def shares(self, row: Sequence[float]) -> list[list[float]]:
        """Return the mean of the trees' shares: low and high by column."""
        totals = [[0.0, 0.0] for _ in row]
        for tree in self.trees:
            for total, pair in zip(totals, tree.walk(tuple(row))[1], strict=True):
                total[0] += pair[0]
                total[1] += pair[1]
        return [[side / len(self.trees) for side in pair] for pair in totals]

    def learn(self, row: Sequence[float], decay: float) -> float:
        """Return the score of a row, then learn it."""
        score = self.score(row)
        for tree in self.trees:
            tree.learn(tuple(row), self.seen, decay)
        self.seen += 1
        return score

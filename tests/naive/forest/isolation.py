"""The isolation forest in plain Python, one node after the other (Liu, Ting and Zhou, 2008)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

TREES = 100
SAMPLE = 256
LARGEST = 2**31 - 1
SMALLEST_RANGE = np.float32(1e-7)

Leaf: TypeAlias = int
"""The number of rows of a leaf."""
Node: TypeAlias = "Leaf | tuple[int, float, Node, Node]"
"""A leaf, or feature, threshold, left and right child."""


def bag_seeds() -> list[int]:
    """Return the seed of each tree's bag."""
    return [int(seed) for seed in np.random.RandomState(42).randint(LARGEST, size=TREES)]


def tree_seed(bag: int) -> int:
    """Return the seed of the generator of a tree."""
    middle = np.random.RandomState(bag).randint(LARGEST)
    return int(np.random.RandomState(middle).randint(0, LARGEST))


def sampled(bag: int, n: int) -> list[int]:
    """Draw the rows of a tree, in one of three ways."""
    random = np.random.RandomState(bag)
    m = min(SAMPLE, n)
    ratio = m / n
    if 0.01 < ratio < 0.99:
        return [int(row) for row in random.permutation(n)[:m]]
    if ratio < 0.2:
        rows: list[int] = []
        while len(rows) < m:
            row = int(random.randint(n))
            if row not in rows:
                rows.append(row)
        return rows
    rows = list(range(m))
    for i in range(m, n):
        j = int(random.randint(0, i + 1))
        if j < m:
            rows[j] = i
    return rows


class Tree:
    """One tree, grown depth first."""

    def __init__(self, rows: Sequence[Sequence[np.float32]], seed: int) -> None:
        """Grow the tree from its rows."""
        self.d = len(rows[0])
        self.x = seed or 1
        self.limit = math.ceil(math.log2(max(len(rows), 2)))
        self.features = list(range(self.d))
        self.constants = [0] * self.d
        self.root = self.grow(rows, 0, 0)

    def draw(self) -> int:
        """Return the next number of xorshift32, below 2^31."""
        self.x ^= self.x << 13 & 0xFFFFFFFF
        self.x ^= self.x >> 17
        self.x ^= self.x << 5 & 0xFFFFFFFF
        return self.x % 2**31

    def swap(self, a: int, b: int) -> None:
        """Exchange two features."""
        self.features[a], self.features[b] = self.features[b], self.features[a]

    def grow(self, rows: Sequence[Sequence[np.float32]], depth: int, known: int) -> Node:
        """Return a node; `known` features are known to be constant."""
        if depth >= self.limit or len(rows) < 2:
            return len(rows)
        f, drawn, found, visited = self.d, 0, 0, 0
        split: tuple[int, float] | None = None
        while f > known + found and (visited == 0 or visited <= found + drawn):
            visited += 1
            j = drawn + self.draw() % (f - found - drawn)
            if j < known:
                self.swap(drawn, j)
                drawn += 1
                continue
            j += found
            column = [row[self.features[j]] for row in rows]
            low, high = min(column), max(column)
            if not high > low + SMALLEST_RANGE:
                self.swap(j, known + found)
                found += 1
                continue
            f -= 1
            self.swap(f, j)
            least, most = float(low), float(high)
            threshold = (most - least) * self.draw() / LARGEST + least
            split = self.features[f], least if threshold == most else threshold
        self.features[:known] = self.constants[:known]
        self.constants[known : known + found] = self.features[known : known + found]
        if split is None:
            return len(rows)
        feature, threshold = split
        left = [row for row in rows if float(row[feature]) <= threshold]
        right = [row for row in rows if not float(row[feature]) <= threshold]
        first = self.grow(left, depth + 1, known + found)
        return feature, threshold, first, self.grow(right, depth + 1, known + found)


def search_length(k: int) -> float:
    """Return c(k)."""
    if k < 2:
        return 0.0
    if k == 2:
        return 1.0
    return 2.0 * (math.log(k - 1.0) + 0.5772156649015329) - 2.0 * (k - 1.0) / k


def path(node: Node, row: Sequence[np.float32]) -> float:
    """Return the edges to the leaf of a row and c of its rows: their sum is that with the root, less one."""
    nodes = 1
    while isinstance(node, tuple):
        feature, threshold, left, right = node
        node = left if float(row[feature]) <= threshold else right
        nodes += 1
    return nodes + search_length(node) - 1.0


class Forest:
    """A hundred trees."""

    def __init__(self, values: Sequence[Sequence[float]]) -> None:
        """Grow the trees."""
        rows = single(values)
        bags = bag_seeds()
        self.m = min(SAMPLE, len(rows))
        self.trees = [Tree([rows[row] for row in sampled(bag, len(rows))], tree_seed(bag)) for bag in bags]

    def depths(self, values: Sequence[Sequence[float]]) -> list[float]:
        """Return the sum of the paths of each row."""
        sums = []
        for row in single(values):
            total = 0.0
            for tree in self.trees:
                total += path(tree.root, row)
            sums.append(total)
        return sums

    def scores(self, values: Sequence[Sequence[float]]) -> list[float]:
        """Return the scores; the power is numpy's, as Python's own may differ from it in the last bit."""
        length = TREES * search_length(self.m)
        exponents = [-(depth / length) if length else -1.0 for depth in self.depths(values)]
        return [-float(power) for power in np.power(2.0, np.array(exponents))]


def single(values: Sequence[Sequence[float]]) -> list[list[np.float32]]:
    """Return values in single precision."""
    return [[np.float32(value) for value in row] for row in values]

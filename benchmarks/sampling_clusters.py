"""Turns of a conversation that are alike, in traffic that names no users."""

from collections.abc import Iterator

import numpy as np
from sampling_rows import Row, compared, estimates

from behavior_pipeline.statistics.estimate import hajek_mean

TURNS, DRAWN, ALIKE = 8, 0.2, 0.9  # turns of a conversation, share of them judged, correlation of two
SHORT = {(25, 0.9), (100, 0.97)}  # conversations and levels with about two bad conversations: see the notes


def clusters(worlds: int, random: np.random.Generator) -> Iterator[Row]:
    """Return what intervals promise when errors are summed by trace (before) or by conversation (after)."""
    for conversations, level in ((400, 0.9), (400, 0.97), (100, 0.9), (100, 0.97), (25, 0.9)):
        before, after = [], []
        for _ in range(worlds):
            score, conversation = _week(conversations, level, random)
            before.append(hajek_mean(score, np.ones(len(score))))
            after.append(hajek_mean(score, np.ones(len(score)), cluster=conversation))
        world = f"{conversations} conversations of {TURNS} alike turns, level {level:g}"
        yield from compared(
            world, level, estimates(before), estimates(after), known=(conversations, level) in SHORT
        )
    before = []
    for _ in range(worlds):
        score, _ = _week(400, 0.9, random, alike=0.01)
        before.append(hajek_mean(score, np.ones(len(score)), cluster=np.arange(len(score)) // 2))
    yield from compared("turns that are not alike, level 0.9", 0.9, None, estimates(before))


def _week(
    conversations: int, level: float, random: np.random.Generator, *, alike: float = ALIKE
) -> tuple[np.ndarray, np.ndarray]:
    """Return scores of the drawn turns and the conversation of each; pass rates are Beta."""
    size = (1 - alike) / alike
    rate = random.beta(level * size, (1 - level) * size, conversations)
    drawn = random.random((conversations, TURNS)) < DRAWN
    score = random.random((conversations, TURNS)) < rate[:, None]
    return score[drawn].astype(float), np.nonzero(drawn)[0]

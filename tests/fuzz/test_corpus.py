"""Every input of the corpus, through its target: what the fuzzer found once is tried always."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from anomaly_container.services.univariate.contract.errors import (
    BOUNDARY_VERSIONS,
    GRANULARITIES,
    IMPUTE_MODES,
)
from anomaly_container.services.univariate.contract.names import FIELD_NAMES, pascal_case
from tests.fuzz.seeds import bodies
from tests.fuzz.targets import QUESTIONS, TARGETS, encoded

FUZZ = Path(__file__).parent
CORPUS = FUZZ / "corpus"


@pytest.mark.parametrize("target", TARGETS)
def test_every_input_of_the_corpus_keeps_the_promise(target: str) -> None:
    inputs = sorted((CORPUS / target).iterdir())
    assert len(inputs) > 50
    for path in inputs:
        try:
            TARGETS[target](path.read_bytes())
        except Exception as error:
            error.add_note(f"input: {path}")
            raise


@pytest.mark.parametrize("target", TARGETS)
def test_every_seed_keeps_the_promise(target: str) -> None:
    for body in bodies():
        for operation, version in QUESTIONS:
            TARGETS[target](encoded(operation, version, body))


def test_every_directory_of_the_corpus_has_its_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)


def test_the_fuzzer_knows_every_word_of_the_contract() -> None:
    known = set(re.findall(r'^"\\"(\w+)\\""$', (FUZZ / "words.dict").read_text(), re.MULTILINE))
    names = {*FIELD_NAMES, *map(pascal_case, FIELD_NAMES)}
    assert known == {*names, *GRANULARITIES, *IMPUTE_MODES, *BOUNDARY_VERSIONS}

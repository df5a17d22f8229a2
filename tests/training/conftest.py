"""What the tests of the recipes share."""

from __future__ import annotations

import pytest

from tests._support.programs import forget_accelerator


@pytest.fixture(autouse=True)
def _fresh_accelerator() -> None:
    forget_accelerator()

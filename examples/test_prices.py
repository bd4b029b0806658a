"""Tests for pytest: hr-run -m pytest test_prices.py

The test function itself fails, and so prompts; mended, it passes.
Change   == 11   to   == 12   in test_total.
"""

import pytest


@pytest.fixture
def basket():
    yield {"tea": 3, "cup": 7, "spoon": 2}


def total(basket):
    return sum(basket.values())


def test_total(basket):
    assert total(basket) == 11


def test_an_empty_basket():
    assert total({}) == 0


def test_what_has_no_price():
    with pytest.raises(TypeError):
        total({"gift": None})


def test_later():
    pytest.skip("not written yet")


@pytest.mark.xfail(reason="a known defect")
def test_half_a_spoon(basket):
    assert total({"spoon": 0.5}) == 1

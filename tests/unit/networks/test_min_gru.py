"""The minGRU: its scan against a step by step reading, in values and gradients, and its bounds."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inkling.models.networks.min_gru import MinGRUCell
from inkling.models.networks.scan import linear_recurrence

LENGTHS = st.integers(1, 70)
SIZES = st.integers(1, 9)


def by_steps(coefficients: torch.Tensor, values: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
    found = []
    for coefficient, value in zip(coefficients, values, strict=True):
        start = coefficient * start + value
        found.append(start)
    return torch.stack(found)


def cell_of(inputs: int, hidden: int, seed: int, sharpness: float = 1.0) -> MinGRUCell:
    torch.manual_seed(seed)
    cell = MinGRUCell(inputs, hidden)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.mul_(sharpness)
    return cell


def read_by_steps(
    cell: MinGRUCell, inputs: torch.Tensor, state: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    outputs = []
    for one in inputs:
        from_input = torch.nn.functional.linear(one, cell.weight_input, cell.bias_input)
        state = cell.step(from_input, from_input[:, :0], state)
        outputs.append(state)
    return torch.stack(outputs), state


@given(LENGTHS, SIZES, SIZES, st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_a_scan_is_the_recurrence(length: int, rows: int, width: int, seed: int) -> None:
    torch.manual_seed(seed)
    given = torch.rand(length, rows, width), torch.randn(length, rows, width), torch.randn(rows, width)
    kept = [one.clone() for one in given]
    torch.testing.assert_close(linear_recurrence(*given), by_steps(*given), atol=2e-6, rtol=1e-5)
    assert all(torch.equal(one, before) for one, before in zip(given, kept, strict=True))


@pytest.mark.parametrize("length", [1, 2, 7, 20])
def test_gradients_of_a_scan_are_those_of_the_recurrence(length: int) -> None:
    torch.manual_seed(length)
    coefficients = torch.rand(length, 2, 3, dtype=torch.float64, requires_grad=True)
    values = torch.randn(length, 2, 3, dtype=torch.float64, requires_grad=True)
    start = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(length, 2, 3, dtype=torch.float64)  # each step counts otherwise
    found, expected = (
        torch.autograd.grad(
            (read(coefficients, values, start) * weights).sum(), (coefficients, values, start)
        )
        for read in (linear_recurrence, by_steps)
    )
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs)


@given(LENGTHS, SIZES, SIZES, SIZES, st.sampled_from([1.0, 8.0, 60.0]), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_the_sequence_equals_its_steps(
    length: int, rows: int, inputs: int, hidden: int, sharpness: float, seed: int
) -> None:
    cell = cell_of(inputs, hidden, seed, sharpness).double()
    read, state = torch.randn(length, rows, inputs).double(), torch.rand(rows, hidden).double() * 2 - 1
    with torch.no_grad():
        outputs, last = cell(read, state)
        expected, end = read_by_steps(cell, read, state)
    torch.testing.assert_close(outputs, expected, atol=1e-12, rtol=0)
    torch.testing.assert_close(last, end, atol=1e-12, rtol=0)
    assert outputs.abs().max() <= 1 + 1e-12


@given(LENGTHS, SIZES, st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_the_sequence_equals_its_steps_in_single_precision(length: int, hidden: int, seed: int) -> None:
    cell, read = cell_of(8, hidden, seed), torch.randn(length, 3, 8)
    with torch.no_grad():
        outputs, _ = cell(read, torch.zeros(3, hidden))
        expected, _ = read_by_steps(cell, read, torch.zeros(3, hidden))
    torch.testing.assert_close(outputs, expected, atol=2e-6, rtol=0)


def test_gates_that_are_shut_or_open_keep_or_replace_the_state() -> None:
    cell, state = cell_of(2, 3, 0), torch.tensor([[0.5, -0.25, 1.0]])
    read = torch.randn(300, 1, 2)
    with torch.no_grad():
        cell.weight_input.zero_()
        cell.bias_input.copy_(torch.tensor([-90.0, 0, 90, 2, 2, 2]))
        outputs, _ = cell(read, state)
    torch.testing.assert_close(outputs[-1, 0, 0], state[0, 0])  # 300 steps back
    torch.testing.assert_close(outputs[:, 0, 2], torch.full((300,), 2.0).tanh())


def test_half_precision_products_leave_the_scan_whole() -> None:
    """Under bfloat16 the products are rounded, and nothing else: errors do not grow along the sequence."""
    cell = cell_of(16, 16, 3, sharpness=4.0)
    read = torch.randn(400, 2, 16, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        outputs, last = cell(read, torch.zeros(2, 16))
    assert outputs.dtype == last.dtype == torch.float32
    exact, _ = cell(read, torch.zeros(2, 16))
    wrong = (outputs - exact).abs().amax((1, 2)).detach()
    assert wrong.max() < 0.1
    assert wrong[200:].mean() < 2 * wrong[10:200].mean()
    outputs.sum().backward()
    assert read.grad is not None
    assert torch.isfinite(read.grad).all()

"""What outputs of a network are made of is printed as the network prints it, and all that is used is defined."""

from __future__ import annotations

import re

import pytest

import symbackprop as sb


def used_lines(text: str) -> list[str]:
    """The lines below 'What it uses', without blanks at both ends."""
    start, end = text.index("What it uses"), text.index("The derivative by")
    return [line.strip() for line in text[start:end].splitlines()]


@pytest.mark.parametrize("form", ["scalar", "matrix"])
def test_forward_lines_are_those_of_the_network_itself(form: str) -> None:
    net = sb.Network([2, 2, 1], output="identity", form=form)
    [u] = net.outputs if form == "scalar" else [net.outputs[0][0, 0]]
    own = str(sb.derive(net).explain(net.parameters[0]))
    ours = str(sb.derive(u**2, net.parameters).explain(net.parameters[0]))
    forward = [line for line in used_lines(own) if re.match(r"[za]\S+ = ", line)]
    assert len(forward) >= 4
    found = [line for line in used_lines(ours) if re.match(r"[za]\S+ = ", line)]
    assert sorted(found) == sorted(forward)  # a network writes all sums of a layer first


def test_what_the_rule_of_an_output_goes_through_is_defined() -> None:
    net = sb.Network([2, 2, 1], output="identity")
    text = str(sb.derive(net.outputs[0], net.inputs).explain("x1"))
    defined = {line.partition(" = ")[0] for line in used_lines(text) if " = " in line}
    shown = set(re.findall(r"[za][¹²³]+[₁₂₃]+", text))
    assert shown <= defined
    assert "L = a²₁" in used_lines(text)


def test_names_that_no_network_has_stay_as_they_are() -> None:
    net = sb.Network([1, 1], output="identity")
    text = str(sb.derive(net.outputs[0] * sb.at(net.outputs[0], {net.inputs[0]: 0}), net.parameters).explain("b1_1"))
    assert "a¹₁ = z¹₁" in used_lines(text)
    assert "a1_1_at₀ = z1_1_at₀" in used_lines(text)

"""What the search for stable forms takes of a derivation: nets 3 wide, derived with it and without, turn by turn.

    python tests/benchmarks/rewriting.py [--turns 30]

A ratio of the best of all turns in one run; and the operations, which the search must not raise.
"""

from __future__ import annotations

import argparse
from time import perf_counter

import symbackprop as sb

DEPTHS = (1, 2, 4, 6, 16, 64)
NETS = [("tanh", "identity", "half_sse"), ("sigmoid", "sigmoid", "bce"), ("tanh", "softmax", "cross_entropy")]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=30)
    turns = parser.parse_args().turns
    print("hidden, output, loss                 layers    ms   with / without   operations with, without")
    for hidden, output, loss in NETS:
        for depth in DEPTHS:
            net = sb.Network([3] * (depth + 1), hidden=hidden, output=output, loss=loss)
            best, counts = timed(net, turns)
            ratio = best[True] / best[False]
            name = f"{hidden}, {output}, {loss}"
            print(f"{name:36} {depth:5} {best[True] * 1e3:7.2f} {ratio:10.3f} {counts[True]:14} {counts[False]:10}")


def timed(net: sb.Network, turns: int) -> tuple[dict[bool, float], dict[bool, int]]:
    """By whether stable forms are searched for: the best time of all turns, and the operations."""
    best = dict.fromkeys((True, False), float("inf"))
    for _ in range(turns):
        for stable in best:
            start = perf_counter()
            sb.derive(net, stable=stable)
            best[stable] = min(best[stable], perf_counter() - start)
    return best, {stable: sb.derive(net, stable=stable).cost.total for stable in best}


if __name__ == "__main__":
    main()

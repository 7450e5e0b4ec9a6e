#!/usr/bin/env python3
"""A strategy of rules in Python: one function chooses for all matches at once.

    python rules.py --opponent random
"""
import argparse

import numpy as np

import hcsp

# what is taken of each head where it is legal, first choice first; names of the option table "court"
WISHES = {
    "passer": ["play", "middle", "left", "hover"],
    "setter": ["set", "spread", "base", "hover"],
    "attacker": ["deep left", "deep right", "spread", "base", "hover"],
    "serve": ["corner left", "centre"],
}


def rules(heads, names):
    """The function for a table whose heads and options are called so."""
    rank = []
    for head, options in zip(heads, names):
        wishes = WISHES[head]
        rank += [-wishes.index(name) if name in wishes else -len(wishes) for name in options]
    rank = np.array(rank, float)
    sizes = [len(options) for options in names]

    def choose(obs, mask):  # obs [n, inputs], mask [n, options of all heads] -> options [n, heads]
        return hcsp.choose(np.broadcast_to(rank, mask.shape), mask, sizes)

    return choose


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--opponent", default="random")
    p.add_argument("--rallies", type=int, default=400)
    p.add_argument("--seed", type=int, default=1)
    args = p.parse_args()
    with_names = hcsp.vector_env("strategy", opponent="random", team="stage2_court")
    function = rules(with_names.head_names, with_names.option_names)
    result = hcsp.play(function, args.opponent, args.rallies, seed=args.seed, skills="stage2_court")
    print(f"wins {100 * result.near_win_rate:.1f} % ({100 * result.low:.1f} to {100 * result.high:.1f}) "
          f"of {result.rallies} rallies against {args.opponent}")


if __name__ == "__main__":
    main()

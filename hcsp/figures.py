#!/usr/bin/env python3
"""Everything that is told about the teams of Stage II and III, from the trainings on, in one command.

  hcsp/figures.py [--run DIR] [--hcsp FILE] [--seeds 1,2,3] [--points N] [--rallies N] [--threads T]
                  [--budgets LIST] [--response-seeds N] [--response-points N]
                  [--strategy K=V ...] [--coself K=V ...]
                  [--only train|matches|play|exploit] ...

For each training seed S it trains DIR/stage2-S over stage1_volley and DIR/stage3-S over that, and
measures what is not yet measured in DIR; started again, it goes on where it was. DIR/figures.md (DIR:
runs/figures) has a column a seed and the worst of them. Points, responses and trainings draw from
different seeds, and nothing is chosen by what is told here. With the defaults some eight hours of one core,
most of them best responses.

  matches   points won against the other stage, the rule strategy over the same skills, the model-based
            teams, which were never met in training, and the teams of the old table
  play      the teams against themselves: touches, draws, kills, shapes, targets, who touches
  exploit   best responses to both (hcsp eval exploit)
"""
import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PARTS = ("train", "matches", "play", "exploit")
STRATEGY = ("strategy", "algorithm=average", "team=stage1_volley", "physics=flight", "name=stage2",
            "timesteps_full=2000000", "imitate_share=0.03")
OTHERS = {"stage1_volley": "the same skills by rule, met", "classical_volley": "never met",
          "classical": "never met, old table", "stage3_court": "old table", "stage2_court": "old table"}
MEASURE_SEED = 501  # of points and rallies; trainings have seeds below 100


PACES = ("hard", "fast", "slow")  # last words of attacks


class Failure(Exception):
    """A command that went wrong; its own sentence is on stderr already."""


class Figures:
    def __init__(self, args):
        self.args = args
        self.folder = pathlib.Path(args.run)
        self.seeds = [int(seed) for seed in args.seeds.split(",")]
        self.rows = []

    # ---- commands

    def hcsp(self, *words):
        words = [*map(str, words)]
        words += ["--threads", str(self.args.threads)] if self.args.threads else []
        done = subprocess.run([self.args.hcsp, *words], stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Failure(f"hcsp {' '.join(words)}: exit code {done.returncode}")
        return done.stdout

    def measured(self, name, *words):
        """What the command prints as JSON, kept in DIR/name.json."""
        path = self.folder / f"{name}.json"
        if not path.exists():
            print(f"{name}: hcsp {' '.join(map(str, words))}", file=sys.stderr)
            text = self.hcsp(*words, "--json")
            json.loads(text)
            path.write_text(text)
        return json.loads(path.read_text())

    def team(self, stage, seed):
        return self.folder / f"{stage}-{seed}"

    # ---- the parts

    def train(self):
        for seed in self.seeds:
            for stage, words in (("stage2", (*STRATEGY, *self.args.strategy)),
                                 ("stage3", ("coself", f"team={self.team('stage2', seed)}",
                                             "name=stage3", *self.args.coself))):
                run = self.team(stage, seed)
                if (run / "report.md").exists():
                    continue
                print(f"{run.name}: training", file=sys.stderr)
                resume = ["--resume"] if run.exists() else []
                self.hcsp("train", *words, "--preset", "full", "--seed", seed, "--run", run, *resume)

    def match(self, what, name, near, far, seed):
        table = self.measured(f"{name}-{seed}", "eval", "teams", near, far, "--points",
                              self.args.points, "--seed", MEASURE_SEED)
        won, lost, drawn = (table[key][0][1] for key in ("wins", "losses", "draws"))
        rate, low, high = (table[key][0][1] for key in ("win_rate", "low", "high"))
        self.put(what, seed, rate, f"{100 * rate:.1f} % ({100 * low:.1f}-{100 * high:.1f}), "
                                   f"{won:.0f} : {lost:.0f}, {drawn:.0f}")

    def matches(self):
        for seed in self.seeds:
            stage2, stage3 = self.team("stage2", seed), self.team("stage3", seed)
            self.match("stage3 against stage2", "stage3-stage2", stage3, stage2, seed)
            for stage, team in (("stage3", stage3), ("stage2", stage2)):
                for other, note in OTHERS.items():
                    self.match(f"{stage} against {other} ({note})", f"{stage}-{other}", team, other, seed)

    def play(self):
        for stage in ("stage2", "stage3"):
            for seed in self.seeds:
                team = self.team(stage, seed)
                seen = self.measured(f"{stage}-itself-{seed}", "play", "--near", team, "--far", team,
                                     "--rallies", self.args.rallies, "--seed", MEASURE_SEED)
                for what, value, text in told(seen):
                    self.put(f"{stage} against itself: {what}", seed, value, text)

    def exploit(self):
        for stage in ("stage2", "stage3"):
            for seed in self.seeds:
                words = ["eval", "exploit", self.team(stage, seed), "--physics", "flight", "--keep",
                         self.folder / f"responses-{stage}-{seed}", "--seeds", self.args.response_seeds,
                         "--points", self.args.response_points]
                words += ["--budgets", self.args.budgets] if self.args.budgets else []
                seen = self.measured(f"{stage}-exploit-{seed}", *words)
                for at in seen["curve"]:
                    self.put(f"{stage} exploited after {at['budget']:,.0f} decisions", seed,
                             less(at["exploitability"]), exploited(at))
                own = next(r for r in seen["responses"] if r["from"] == "argmax")
                self.put(f"{stage} exploited by its own arg-max", seed, less(own["greedy"]),
                         "no point decided" if own["greedy"] is None else f"{100 * own['greedy']:.1f} %")

    # ---- the table

    def put(self, what, seed, value, text):
        """A figure of a training seed; value: the larger the better, None where neither is."""
        self.rows.append((what, seed, value, text))

    def write(self):
        lines = [f"| | {' | '.join(f'seed {seed}' for seed in self.seeds)} | worst |",
                 "|---|" + "---|" * (len(self.seeds) + 1)]
        for what in dict.fromkeys(row[0] for row in self.rows):
            of = {row[1]: row for row in self.rows if row[0] == what}
            valued = [row for row in of.values() if row[2] is not None]
            worst = f"seed {min(valued, key=lambda row: row[2])[1]}" if valued else ""
            cells = [of[seed][3] if seed in of else "" for seed in self.seeds]
            lines.append(f"| {what} | {' | '.join(cells)} | {worst} |")
        text = (f"# Teams of Stage II and III\n\n{self.args.points} points a pair, rules court, MuJoCo: share of "
                f"the decided (95 %), won : lost, draws.\n\n" + "\n".join(lines) + "\n")
        (self.folder / "figures.md").write_text(text)
        print(text)


def less(share):
    """The value of a share of which less is better; None of no decided points."""
    return None if share is None else -share


def exploited(at):
    if at["exploitability"] is None:
        return "no point decided"
    return (f"{100 * at['exploitability']:.1f} % ({100 * at['low']:.1f}-{100 * at['high']:.1f}), "
            f"{at['from']}, {at['way']}")


def told(seen):
    """What `hcsp play` saw of a team against itself: rows of name, how good, text."""
    sides = seen["options"]
    third = [counts for side in ("near", "far") for counts in sides[side]["third"].values()]
    attacks, kills = sum(c["uses"] for c in third), sum(c["kills"] for c in third)
    yield "touches a rally", None, f"{seen['hits_mean']:.1f}"
    yield "draws", -seen["draws"], f"{100 * seen['draws'] / seen['rallies']:.1f} %"
    yield "kills an attack", None, f"{100 * kills / max(attacks, 1):.1f} % of {attacks}"
    yield "shapes", None, shares(sides, "shape", lambda name: name)
    yield "attacks by place", None, shares(sides, "third", place)
    yield "attacks by pace", None, shares(sides, "third", pace)
    for touch, word in (("first", "digs"), ("second", "sets"), ("third", "attacks")):
        by = [sum(sides[side]["drones"][touch][drone] for side in ("near", "far")) for drone in "PSA"]
        yield f"{word} by drone 1, 2, 3", None, ", ".join(
            f"{100 * n / max(sum(by), 1):.0f} %" for n in by)


def place(option):
    """"wide deep line fast" is played to "wide deep line"."""
    return " ".join(word for word in option.split() if word not in PACES)


def pace(option):
    """The last word of an attack; a push is none."""
    words = option.split()
    return words[-1] if words[-1] in PACES else "push"


def shares(sides, head, name):
    """Shares of the options of a head on both sides, gathered by name(option), the largest first."""
    uses = {}
    for side in ("near", "far"):
        for option, counts in sides[side][head].items():
            uses[name(option)] = uses.get(name(option), 0) + counts["uses"]
    whole = max(sum(uses.values()), 1)
    ordered = sorted(uses.items(), key=lambda item: -item[1])
    return ", ".join(f"{key} {100 * n / whole:.0f} %" for key, n in ordered if n >= 0.005 * whole)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", default="runs/figures", help="default %(default)s")
    parser.add_argument("--hcsp", default=str(ROOT / "build/release/bin/hcsp"), help="the program")
    parser.add_argument("--seeds", default="1,2,3", help="of the trainings, default %(default)s")
    parser.add_argument("--points", type=int, default=4800, help="of a pair, default %(default)d")
    parser.add_argument("--rallies", type=int, default=2000, help="against itself, default %(default)d")
    parser.add_argument("--threads", type=int, default=0, help="default: every core")
    parser.add_argument("--budgets", help="of the best responses; default: as hcsp eval exploit")
    parser.add_argument("--response-seeds", type=int, default=3, help="default %(default)d")
    parser.add_argument("--response-points", type=int, default=800, help="default %(default)d")
    parser.add_argument("--strategy", nargs="+", default=[], metavar="KEY=VALUE",
                        help="settings of the trainings of Stage II")
    parser.add_argument("--coself", nargs="+", default=[], metavar="KEY=VALUE",
                        help="settings of the trainings of Stage III")
    parser.add_argument("--only", action="append", choices=PARTS, help="a part; may be repeated")
    figures = Figures(parser.parse_args())
    try:
        figures.folder.mkdir(parents=True, exist_ok=True)
        for part in figures.args.only or PARTS:
            getattr(figures, part)()
        figures.write()
    except (Failure, OSError) as error:
        sys.exit(f"figures: {error}")


if __name__ == "__main__":
    main()

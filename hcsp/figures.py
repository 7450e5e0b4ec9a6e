#!/usr/bin/env python3
"""Everything that is told about the teams of Stage II and III, from the trainings on, in one command.

  hcsp/figures.py [--run DIR] [--hcsp FILE] [--seeds 1,2,3] [--points N] [--rallies N] [--threads T]
                  [--budgets LIST] [--response-seeds N] [--response-points N]
                  [--strategy K=V ...] [--coself K=V ...]
                  [--skill K=V ...] [--cpu-seconds N] [--shares I II III]
                  [--only train|matches|play|exploit|ways|engines] ...

For each training seed S it trains DIR/stage2-S over stage1_volley and DIR/stage3-S over that, and
measures what is not yet measured in DIR; started again, it goes on where it was. DIR/figures.md (DIR:
runs/figures) has a column a seed and the worst of them. Points, responses and trainings draw from
different seeds, and nothing is chosen by what is told here. With the defaults some eight hours of one core,
most of them best responses. The parts "ways" and "engines" are done when asked for with --only.

  matches   points won against the other stage, the rule strategy over the same skills, the model-based
            teams, which were never met in training, and the teams of the old table
  play      the teams against themselves: touches, draws, kills, shapes, targets, who touches
  exploit   best responses to both (hcsp eval exploit)
  ways      other ways to learn Stage II over the same skills, of equal CPU time (--cpu-seconds each):
            --pilot decisions and four times as many tell how many fit; then a training a seed, the worst best response of
            the first of --budgets, and matches against what ships and the teams never met; DIR/ways.md
  engines   is learning on the closed-form engine as good? Each stage of the quick preset, or a share of its
            budgets (--shares of Stage I, II and III), learnt on both engines and always judged on MuJoCo:
            strikes as the pipeline learns them, priced by the critic that ships, Stage II over
            stage1_volley, Stage III over that; DIR/engines.md, complete for each seed that has ended
"""
import argparse
import itertools
import json
import math
import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PARTS = ("train", "matches", "play", "exploit")
ASKED = ("ways", "engines")
STRATEGY = ("strategy", "algorithm=average", "team=stage1_volley", "physics=flight", "name=stage2",
            "timesteps_full=2000000", "imitate_share=0.03")
OTHERS = {"stage1_volley": "the same skills by rule, met", "classical_volley": "never met",
          "classical": "never met, old table", "stage3_court": "old table", "stage2_court": "old table"}
MEASURE_SEED = 501  # of points and rallies; trainings have seeds below 100


# Ways to learn Stage II, each with the words of its training besides physics, skills and budget. The
# first is what ships. "mmd" is magnetic mirror descent (Sokota et al. 2023) as PPO does it: self-play
# towards a uniform magnet, the entropy, whose weight falls to the end; "guess" is what hcsp 5.9 tells.
LAST = ("late_share=0.05", "mixture_max=1")  # what is deployed is the last iterate
WAYS = {"average": ("algorithm=average",),
        "no_guess": ("algorithm=average", "guess_coef=0"),
        "guess_alone": ("algorithm=naive", "guess_coef=0.5", *LAST),
        "naive": ("algorithm=naive", *LAST),
        "mmd": ("algorithm=naive", "ent_coef_end=0.1", "ent_anneal_share=1", *LAST),
        "league": ("algorithm=league", "opponents=bot_volley random", "held_out=", *LAST),
        "fsp": ("algorithm=fsp",),
        "delta_uniform": ("algorithm=delta_uniform",),
        "psro_nash": ("algorithm=nash",)}

ENGINES = ("mujoco", "flight")
# Strikes of free roles, each by the one that it goes on from, which takes a share of its own budget [hcsp 4.4].
STRIKES = {"volley_attack": "attack", "volley_dig": "pass", "volley_set": "set", "volley_save": "pass"}
FROM_NOTHING = 0.6
BEYOND = 0.05  # an engine is better or worse where chance alone does as much no more often

PACES = ("hard", "fast", "slow")  # last words of attacks


class Failure(Exception):
    """A command that went wrong; its own sentence is on stderr already."""


class Figures:
    def __init__(self, args):
        self.args = args
        self.folder = pathlib.Path(args.run)
        self.seeds = [int(seed) for seed in args.seeds.split(",")]
        self.rows = []
        self.of_engines = {}

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

    def trained(self, run, seed, *words, preset="full"):
        """Trains it, or what is left of it after a stop, unless it has ended."""
        if (run / "report.md").exists() or (run / "done").exists():
            return
        print(f"{run.name}: training", file=sys.stderr)
        resume = ["--resume"] if run.exists() else []
        self.hcsp("train", *words, "--preset", preset, "--seed", seed, "--run", run, *resume)
        (run / "done").touch()  # a skill leaves no report

    def train(self):
        for seed in self.seeds:
            stage2, stage3 = self.team("stage2", seed), self.team("stage3", seed)
            self.trained(stage2, seed, *STRATEGY, *self.args.strategy)
            self.trained(stage3, seed, "coself", f"team={stage2}", "name=stage3", *self.args.coself)

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

    # ---- other ways at equal CPU time

    def way_run(self, name, words, decisions, seed):
        """Trains DIR/ways/name; the run, and the CPU seconds that the training says it took."""
        run = self.folder / "ways" / name
        self.trained(run, seed, "strategy", *words, "team=stage1_volley", "physics=flight", "probe_budget=0",
                     f"timesteps_full={decisions}", *self.args.strategy)
        return run, cpu_seconds(run)

    def way_exploited(self, name, team):
        budget = (self.args.budgets or "120000").split(",")[0]
        seen = self.measured(f"ways/{name}-exploit", "eval", "exploit", team, "--physics", "flight", "--warm",
                             "--budgets", budget, "--seeds", self.args.response_seeds, "--points",
                             self.args.response_points, "--final-points", self.args.points)
        return seen["curve"][-1]["exploitability"]

    def rate(self, name, team, other):
        """The share of the decided points that team wins from other."""
        table = self.measured(f"{name}-{pathlib.Path(other).name}", "eval", "teams", team, other,
                              "--points", self.args.points, "--seed", MEASURE_SEED)
        return table["win_rate"][0][1]

    def way_decisions(self, way):
        """How many take --cpu-seconds: by the line through two pilots, as a start costs too; of less than a second by the longer."""
        few, more = self.args.pilot, 4 * self.args.pilot
        (_, short), (_, long) = (self.way_run(f"{way}-pilot{n}", WAYS[way], n, 90) for n in (few, more))
        if long - short < 1:
            return int(more * self.args.cpu_seconds / long)
        return max(few, int(few + (more - few) / (long - short) * (self.args.cpu_seconds - short)))

    def way(self, way):
        """Its row of the table."""
        decisions = self.way_decisions(way)
        told = [[], [], [], [], []]
        for seed in self.seeds:
            name = f"{way}-{seed}"
            team, cpu = self.way_run(name, WAYS[way], decisions, seed)
            ships = self.folder / "ways" / f"average-{seed}"
            others = [ships if ships.exists() and ships != team else None, "stage1_volley", "classical_volley"]
            for values, value in zip(told, [cpu, self.way_exploited(name, team), *(
                    other and self.rate(f"ways/{name}", team, other) for other in others)]):
                values.append(value)
        return f"| {way} | {decisions:,} | {' | '.join(map(spread, told, (1, 100, 100, 100, 100)))} |"

    def ways(self):
        (self.folder / "ways").mkdir(exist_ok=True)
        lines = ["# Ways to learn Stage II", "", f"By training seed ({', '.join(map(str, self.seeds))}): each, "
                 "and (mean +- deviation). Exploited, and points won of those decided, in percent.", "",
                 "| way | decisions | CPU s | exploited | over average, seed by seed | over stage1_volley | "
                 "over classical_volley |", "|" + "---|" * 7]
        for way in self.args.ways:
            lines.append(self.way(way))
            (self.folder / "ways.md").write_text("\n".join(lines) + "\n")
        print("\n".join(lines) + "\n")

    # ---- both engines

    def default(self, key, *words):
        """What a training of the quick preset has for the key."""
        text = self.hcsp("train", *words, "--preset", "quick", "--help-config")
        seen = re.search(rf'^(?:\w+\.)?{key} +(?:integer \S+ to \S+ +(\S+)|text of .*? "(.*?)")', text, re.M)
        if not seen:
            raise Failure(f"hcsp train {words[0]} --help-config: saw no '{key}', wanted a number or a text")
        return seen[1] or seen[2]

    def quick(self, name, seed, engine, share, budgets, *words):
        """Trains DIR/engines.../name on the engine, with a share of each of the preset's budgets."""
        run = self.engine_folder() / f"{name}-{engine}-{seed}"
        if not (run / "done").exists():
            keys = [f"{key}={max(1, round(share * int(self.default(key, *words))))}" for key in budgets]
            self.trained(run, seed, *words, f"physics={engine}", *keys, preset="quick")
        return run

    def engine_folder(self):
        whole = self.args.shares == [1, 1, 1]
        return self.folder / ("engines" if whole else "-".join(["engines", *(f"{s:g}" for s in self.args.shares)]))

    def engine_rates(self, run, others):
        for other in others:
            name = "its stage2" if isinstance(other, pathlib.Path) else other
            yield f"won from {name}, %", 100, self.rate(f"{run.parent.name}/{run.name}", run, other)
        yield "CPU s of training", -1, cpu_seconds(run)

    def engine_stage2(self, seed, engine):
        return self.quick("stage2", seed, engine, self.args.shares[1], ["timesteps_quick"], "strategy",
                          "algorithm=average", "team=stage1_volley", "probe_points=40", *self.args.strategy)

    def engine_stage3(self, seed, engine):
        words = ["coself", f"team={self.engine_stage2(seed, engine)}", *self.args.coself]
        # these start trainings of their own
        inner = [f"{key}={self.default(key, *words)} physics={engine}" for key in ("fine_tune", "strategy")]
        return self.quick("stage3", seed, engine, self.args.shares[2],
                          ["fine_tune_quick", "joint_quick", "alone_quick"], *words, *inner)

    def engine_strike(self, skill, seed, engine):
        share, more = self.args.shares[0], self.args.skill
        first = STRIKES[skill]
        before = self.quick(first, seed, engine, FROM_NOTHING * share, ["timesteps_quick"], "skill", first, *more)
        run = self.quick(skill, seed, engine, share, ["timesteps_quick"], "skill", skill, *more, "--from",
                         before / "policies" / f"{first}.safetensors")
        seen = self.measured(f"{run.parent.name}/{run.name}", "eval", "skill", skill, "--policy",
                             run / "policies" / f"{skill}.safetensors", "--episodes", self.args.episodes,
                             "--seed", MEASURE_SEED)
        rows = [row for row in seen["rows"] if row["by"] == "family"]
        for key, what in (("hits", "hit"), ("good", "good"), ("good_alive", "good and alive")):
            yield f"{what}, %", 100, sum(row[key] for row in rows) / sum(row["n"] for row in rows)
        yield "CPU s of training", -1, cpu_seconds(before) + cpu_seconds(run)

    def engine_figures(self, part, seed, engine):
        """Of one training: name, scale (negative where less is better), value."""
        if part in STRIKES:
            return self.engine_strike(part, seed, engine)
        stage2 = self.engine_stage2(seed, engine)
        if part == "stage2":
            return self.engine_rates(stage2, ["stage1_volley", "classical_volley"])
        return self.engine_rates(self.engine_stage3(seed, engine), [stage2, "stage1_volley", "classical_volley"])

    def engines(self):
        self.engine_folder().mkdir(exist_ok=True)
        for part in self.args.engine_parts:
            for seed in self.seeds:
                for engine in ENGINES:
                    for what, scale, value in self.engine_figures(part, seed, engine):
                        row = self.of_engines.setdefault(f"{part}: {what}", (scale, {e: [] for e in ENGINES}))
                        row[1][engine] += [] if value is None else [abs(scale) * value]
                text = self.engine_table()
                (self.folder / "engines.md").write_text(text)
        print(text)

    def engine_table(self):
        shares = ", ".join(f"{share:g}" for share in self.args.shares)
        lines = ["# Learning on both engines", "",
                 f"Quick preset, {shares} of its budgets in Stage I, II, III; judged on MuJoCo, {self.args.points} "
                 f"points a pair, {self.args.episodes} starts of a strike. Median (least to greatest) over training "
                 f"seeds; p: exact permutation test of the means, and a verdict where it is at most {BEYOND}.", "",
                 f"| | seeds | {' | '.join(ENGINES)} | p | flight is |", "|" + "---|" * 6]
        for what, (scale, of) in self.of_engines.items():
            values = [of[engine] for engine in ENGINES]
            if all(values):
                p = chance(*values)
                lines.append(f"| {what} | {len(values[0])} | {' | '.join(map(middle, values))} | {p:.3f} | "
                             f"{verdict(*values, scale, p)} |")
        return "\n".join(lines) + "\n"

    # ---- the table

    def put(self, what, seed, value, text):
        """A figure of a training seed; value: the larger the better, None where neither is."""
        self.rows.append((what, seed, value, text))

    def write(self):
        if not self.rows:
            return
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


def cpu_seconds(run):
    """Of the training and its parts, without what is measured after them: from the newest checkpoints' headers."""
    seconds = 0
    for folder in run.rglob("checkpoints"):
        with open(max(folder.glob("ckpt-*")), "rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        seconds += float(json.loads(header["__metadata__"]["meta"])["cpu_seconds"])
    return seconds


def middle(values):
    return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def chance(some, others):
    """How many of the ways to deal the values out again make means that differ as much: an exact
    permutation test, two-sided. Of five and five none has less than 2 / 252."""
    def gap(chosen):
        rest = [i for i in range(len(values)) if i not in chosen]
        return abs(statistics.fmean(values[i] for i in chosen) - statistics.fmean(values[i] for i in rest))
    values = [*some, *others]
    seen = gap(range(len(some)))
    gaps = [gap(chosen) for chosen in itertools.combinations(range(len(values)), len(some))]
    return sum(each >= seen - 1e-9 for each in gaps) / len(gaps)


def verdict(mujoco, flight, scale, p):
    if 2 / math.comb(len(mujoco) + len(flight), len(flight)) > BEYOND:
        return "not to be told by so few seeds"
    if p > BEYOND:
        return "no different beyond the spread"
    return "better" if (statistics.fmean(flight) > statistics.fmean(mujoco)) == (scale > 0) else "worse"


def spread(values, scale):
    """Values of the seeds, and their mean and deviation."""
    known = [scale * value for value in values if value is not None]
    if not known:
        return ""
    each = ", ".join(f"{value:.1f}" for value in known)
    deviation = statistics.stdev(known) if len(known) > 1 else 0.0
    return f"{each} ({statistics.mean(known):.1f} +- {deviation:.1f})"


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
    yield from guessed(sides)
    for touch, word in (("first", "digs"), ("second", "sets"), ("third", "attacks")):
        by = [sum(sides[side]["drones"][touch][drone] for side in ("near", "far")) for drone in "PSA"]
        yield f"{word} by drone 1, 2, 3", None, ", ".join(
            f"{100 * n / max(sum(by), 1):.0f} %" for n in by)


def guessed(sides):
    """How far the choice that neither side sees can be read, on the average of both sides."""
    both = [sides[side]["guess"] for side in ("near", "far")]
    if all(both):
        value, attack, shape = (statistics.fmean(side[key] for side in both)
                                for key in ("value", "attack_value", "shape_value"))
        yield "attackers win: as played, by one attack, against one shape", shape - attack, \
            f"{100 * value:.1f}, {100 * attack:.1f}, {100 * shape:.1f} %"


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
    parser.add_argument("--skill", nargs="+", default=[], metavar="KEY=VALUE",
                        help="settings of the trainings of strikes")
    parser.add_argument("--only", action="append", choices=PARTS + ASKED, help="a part; may be repeated")
    parser.add_argument("--cpu-seconds", type=float, default=120, help="of a training of the ways, default %(default)s")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS), help="default: all")
    parser.add_argument("--pilot", type=int, default=40000, help="decisions that tell the pace of a way, default %(default)d")
    parser.add_argument("--shares", nargs=3, type=float, default=[1, 1, 1], metavar=("I", "II", "III"),
                        help="of the quick preset's budgets, for the engines, default %(default)s")
    parser.add_argument("--engine-parts", nargs="+", default=["stage2", "stage3", *STRIKES],
                        choices=["stage2", "stage3", *STRIKES], help="in this order, default: all")
    parser.add_argument("--episodes", type=int, default=2000, help="starts of a strike, default %(default)d")
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

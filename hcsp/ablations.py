#!/usr/bin/env python3
"""What single choices are worth: each is trained or played with and without, everything else alike.

  hcsp/ablations.py [--run DIR] [--hcsp FILE] [--seed S] [--threads T] [--only NAME] ...
                    [--steps N] [--decisions N] [--points N] [--skill K=V ...] [--strategy K=V ...]

Writes DIR/ablations.md, DIR/ablations.csv and, where gnuplot is installed, DIR/NAME.png of each
(DIR: runs/ablations). Half an hour of CPU in all, at most ten minutes each. Started again, it goes on
where it was; the runs stay in DIR.

  chaining    a strike pays for the state it leaves behind by the critic of the hover that follows
              (recovery_reward), or does not
  events      the strategy decides at touches, crossings and serves, or at every control step, for as
              much CPU time
  masks       what makes no sense is not offered to the strategy, or is
  play        the shipped stage2 draws its decisions, or takes the likeliest
  population  a league, or best responses to the Nash mixture (PSRO)
"""
import argparse
import csv
import json
import pathlib
import resource
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
STRATEGY = ["num_envs=256", "batch_size=4096", "probe_budget=0", "payoff_points=40", "payoff_points_max=80"]
# decisions at every step that take as long as one at an event does: 12,700 and 900 a CPU second [measured]
EVERY_STEP = 14


class Failure(Exception):
    """A command that went wrong; its own sentence is on stderr already."""


class Ablations:
    def __init__(self, args):
        self.args = args
        self.folder = pathlib.Path(args.run)
        self.rows = []

    # ---- commands

    def hcsp(self, *words):
        """Runs the program; returns what it printed and the CPU seconds it took."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([self.args.hcsp, *map(str, words)], stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Failure(f"hcsp {' '.join(map(str, words))}: exit code {done.returncode}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return done.stdout, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    def train(self, name, *words):
        """Trains into DIR/name, or goes on there; returns its CPU seconds over all starts."""
        run, cost = self.folder / name, self.folder / f"{name}.cpu"
        spent = float(cost.read_text()) if cost.exists() else 0.0
        if (run / "done").exists():
            return spent
        print(f"{name}: training", file=sys.stderr)
        resume = ["--resume"] if (run / "config.yaml").exists() else []
        _, seconds = self.hcsp("train", *words, "--preset", "quick", "--run", run, "--seed",
                               self.args.seed, *self.threads(), *resume)
        spent = round(spent + seconds, 1)
        cost.write_text(f"{spent}\n")
        (run / "done").touch()
        return spent

    def threads(self):
        return ["--threads", self.args.threads] if self.args.threads else []

    def pairs(self, team, other):
        """The share of the decided points that team wins from other, and its interval."""
        text, _ = self.hcsp("eval", "teams", team, other, "--points", self.args.points, "--seed",
                            self.args.seed, "--json", *self.threads())
        table = json.loads(text)
        played = sum(table[what][0][1] for what in ("wins", "losses", "draws"))
        return (*(table[what][0][1] for what in ("win_rate", "low", "high")),
                table["draws"][0][1] / played)

    def worst_rule(self, team):
        """The largest share that a fixed rule wins from team."""
        text, _ = self.hcsp("eval", "exploit", team, "--budget", 0, "--points",
                            max(4, self.args.points // 32 * 4), "--seed", self.args.seed, "--json",
                            *self.threads())
        result = json.loads(text)
        return result["exploitability"], result["low"], result["high"], None

    def row(self, ablation, variant, measure, rate, low, high, draws=None, cpu=None):
        self.rows.append(dict(ablation=ablation, variant=variant, measure=measure, rate=rate,
                              low=low, high=high, draws=draws, cpu_seconds=cpu))

    # ---- the ablations

    def chaining(self):
        for variant, words in (("with", []), ("without", ["recovery_reward=0"])):
            name = f"chaining-{variant}"
            cpu = self.train(name, "skill", "attack", *words,
                             f"timesteps_quick={self.args.steps:g}", *self.args.skill, "--critic",
                             ROOT / "policies/skills/hover_critic.safetensors")
            team = self.folder / f"{name}.yaml"
            text = (ROOT / "policies/teams/stage1.yaml").read_text()
            text = text.replace("attack: ../skills/attack",
                                f"attack: {(self.folder / name).resolve()}/policies/attack")
            team.write_text(text.replace("../skills", str(ROOT / "policies/skills")))
            text, _ = self.hcsp("eval", "skill", "attack", "--team", team, "--episodes",
                                self.args.points, "--seed", self.args.seed, "--json", *self.threads())
            result = json.loads(text)
            self.row("chaining", variant, "attacks that land where they should", result["success_rate"],
                     result["low"], result["high"], cpu=cpu)
            low, high = wilson(result["survive_rate"], result["episodes"])
            self.row("chaining", variant, "attackers that fly on", result["survive_rate"], low, high)
        self.draw_metric("chaining", "task/state_value", "value of the state left behind",
                         ("with", "without"))

    def strategy(self, name, decisions, *words):
        cpu = self.train(name, "strategy", *words, *STRATEGY, f"timesteps_quick={decisions:g}",
                         *self.args.strategy)
        return self.folder / name / "team.yaml", cpu

    def against_reference(self, ablation, variant, title, decisions, *words, exploit=False):
        """A strategy trained another way beside the reference, and the two against each other."""
        reference, cpu = self.strategy("reference", self.args.decisions)
        other, other_cpu = self.strategy(f"{ablation}-{variant}", decisions, *words)
        for team, label, seconds in ((reference, "reference", cpu), (other, title, other_cpu)):
            self.row(ablation, label, "won from stage1_plus", *self.pairs(team, "stage1_plus"), seconds)
            if exploit:
                self.row(ablation, label, "won by the best fixed rule", *self.worst_rule(team))
        self.row(ablation, title, "won from the reference", *self.pairs(other, reference))
        self.draw_bars(ablation)

    def events(self):
        self.against_reference("events", "every", "decides every step",
                               round(EVERY_STEP * self.args.decisions), "decide_every=1")

    def masks(self):
        self.against_reference("masks", "off", "no masks", self.args.decisions, "masks=0")

    def population(self):
        self.against_reference("population", "nash", "PSRO, Nash", self.args.decisions,
                               "algorithm=nash", exploit=True)

    def play(self):
        likeliest = self.folder / "likeliest.yaml"
        text = (ROOT / "policies/teams/stage2.yaml").read_text()
        text = text.replace("sample: true", "sample: true\nsample_strategy: false")
        text = text.replace("name: stage2", "name: likeliest")
        likeliest.write_text(text.replace("../s", f"{ROOT / 'policies'}/s"))
        for team, label in (("stage2", "draws"), (likeliest, "takes the likeliest")):
            self.row("play", label, "won from stage1_plus", *self.pairs(team, "stage1_plus"))
            self.row("play", label, "won by the best fixed rule", *self.worst_rule(team))
        self.row("play", "takes the likeliest", "won from stage2", *self.pairs(likeliest, "stage2"))
        self.draw_bars("play")

    # ---- pictures

    def gnuplot(self, ablation, lines):
        script = self.folder / f"{ablation}.gnuplot"
        head = ["set terminal pngcairo size 900,500 noenhanced", f"set output '{self.folder / ablation}.png'",
                "set key outside below", "set grid"]
        script.write_text("\n".join(head + lines) + "\n")
        if shutil.which("gnuplot"):
            done = subprocess.run(["gnuplot", script], stderr=subprocess.PIPE, text=True)
            if done.returncode != 0:
                print(f"no picture of {ablation}: {done.stderr.strip().splitlines()[-1]}",
                      file=sys.stderr)

    def draw_metric(self, ablation, key, title, variants):
        plots = []
        for variant in variants:
            data = self.folder / f"{ablation}-{variant}.dat"
            with open(self.folder / f"{ablation}-{variant}" / "metrics.jsonl") as file:
                points = [(m["step"], m[key]) for m in map(json.loads, file) if m.get(key) is not None]
            data.write_text("".join(f"{step} {value}\n" for step, value in points))
            plots.append(f"'{data}' using 1:2 smooth bezier linewidth 2 title '{variant}'")
        self.gnuplot(ablation, ["set xlabel 'decisions'", f"set ylabel '{title}'",
                                "plot " + ", ".join(plots)])

    def draw_bars(self, ablation):
        rows = [row for row in self.rows if row["ablation"] == ablation and row["rate"] is not None]
        lines = ["$bars << END"]
        lines += [f'{i} {100 * r["rate"]} {100 * r["low"]} {100 * r["high"]} '
                  f'"{r["variant"]}\\n{r["measure"]}"' for i, r in enumerate(rows)]
        lines += ["END", "set style fill solid 0.5", "set boxwidth 0.6", "set yrange [0:100]",
                  "set xtics font ',8'", "set ylabel '% of the decided points'",
                  "plot $bars using 1:2:xtic(5) with boxes notitle, "
                  "$bars using 1:2:3:4 with yerrorbars linecolor 'black' notitle"]
        self.gnuplot(ablation, lines)

    # ---- the table

    def write(self):
        with open(self.folder / "ablations.csv", "w", newline="") as file:
            table = csv.DictWriter(file, self.rows[0].keys())
            table.writeheader()
            table.writerows(self.rows)
        lines = ["| ablation | variant | measured | seen (95 %) | draws | CPU s |",
                 "|---|---|---|---|---|---|"]
        for r in self.rows:
            draws = "" if r["draws"] is None else f"{100 * r['draws']:.1f} %"
            cpu = "" if r["cpu_seconds"] is None else f"{r['cpu_seconds']:.0f}"
            seen = "none" if r["rate"] is None else (
                f"{100 * r['rate']:.1f} % ({100 * r['low']:.1f}-{100 * r['high']:.1f})")
            lines.append(f"| {r['ablation']} | {r['variant']} | {r['measure']} | {seen} | {draws} | {cpu} |")
        text = (f"# Ablations, seed {self.args.seed}, {self.args.points} points or episodes each\n\n"
                + "\n".join(lines) + "\n")
        (self.folder / "ablations.md").write_text(text)
        print(text)


def wilson(rate, n, z=1.96):
    """Wilson's 95 % interval of a rate seen in n trials; none of no rate."""
    if rate is None:
        return None, None
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z * (rate * (1 - rate) / n + z * z / (4 * n * n)) ** 0.5 / (1 + z * z / n)
    return middle - half, middle + half


def main():
    names = ("chaining", "events", "masks", "play", "population")
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", default="runs/ablations", help="default %(default)s")
    parser.add_argument("--hcsp", default=str(ROOT / "build/release/bin/hcsp"), help="the program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="default: every core")
    parser.add_argument("--only", action="append", choices=names, help="one of them; may be repeated")
    parser.add_argument("--steps", type=float, default=6e6, help="of a skill, default %(default)g")
    parser.add_argument("--decisions", type=float, default=1.8e5,
                        help="of a strategy, default %(default)g")
    parser.add_argument("--points", type=int, default=1600,
                        help="of each measurement, a multiple of 4, default %(default)d")
    parser.add_argument("--skill", nargs="+", default=[], metavar="KEY=VALUE",
                        help="settings of both trainings of a skill")
    parser.add_argument("--strategy", nargs="+", default=[], metavar="KEY=VALUE",
                        help="settings of all trainings of a strategy")
    ablations = Ablations(parser.parse_args())
    try:
        ablations.folder.mkdir(parents=True, exist_ok=True)
        for name in ablations.args.only or names:
            getattr(ablations, name)()
        ablations.write()
    except (Failure, OSError) as error:
        sys.exit(f"ablations: {error}")


if __name__ == "__main__":
    main()

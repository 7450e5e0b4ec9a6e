#!/usr/bin/env python3
"""What single choices are worth: each is trained or played with and without, everything else alike.

  hcsp/ablations.py [--run DIR] [--hcsp FILE] [--seed S] [--threads T] [--only NAME] ...
                    [--steps N] [--decisions N] [--points N] [--skill K=V ...] [--strategy K=V ...]

Writes DIR/ablations.md, DIR/ablations.csv and DIR/ablations.html with a picture of each
(DIR: runs/ablations). Half an hour of CPU in all, at most ten minutes each. Started again, it goes on
where it was; the runs stay in DIR.

  chaining    a strike pays for the state it leaves behind by the critic of the hover that follows
              (recovery_reward), or does not
  events      the strategy decides at touches, crossings and serves, or at every control step, for as
              much CPU time
  masks       what makes no sense is not offered to the strategy, or is
  play        the shipped stage2_court draws its decisions, or takes the likeliest
  population  a league, or best responses to the Nash mixture (PSRO)
"""
import argparse
import csv
import html
import json
import pathlib
import resource
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
        self.pictures = {}

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
        text = (ROOT / "policies/teams/stage2_court.yaml").read_text()
        text = text.replace("sample: true", "sample: true\nsample_strategy: false")
        text = text.replace("name: stage2_court", "name: likeliest")
        likeliest.write_text(text.replace("../s", f"{ROOT / 'policies'}/s"))
        for team, label in (("stage2_court", "draws"), (likeliest, "takes the likeliest")):
            self.row("play", label, "won from stage1_plus", *self.pairs(team, "stage1_plus"))
            self.row("play", label, "won by the best fixed rule", *self.worst_rule(team))
        self.row("play", "takes the likeliest", "won from stage2_court", *self.pairs(likeliest, "stage2_court"))
        self.draw_bars("play")

    # ---- pictures

    def draw_metric(self, ablation, key, title, variants):
        curves = {}
        for variant in variants:
            with open(self.folder / f"{ablation}-{variant}" / "metrics.jsonl") as file:
                curves[variant] = [(m["step"], m[key]) for m in map(json.loads, file)
                                   if m.get(key) is not None]
        if sum(map(len, curves.values())) > 0:
            self.pictures[ablation] = curve_picture(title, curves)

    def draw_bars(self, ablation):
        rows = [row for row in self.rows if row["ablation"] == ablation and row["rate"] is not None]
        if rows:
            self.pictures[ablation] = bar_picture(rows)

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
        self.write_page(lines)
        print(text)

    def write_page(self, lines):
        """The table with a picture of each ablation, in one file."""
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        table = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>\n"
                        for row in [cells[0], *cells[2:]])
        pictures = "".join(f"<h2>{name}</h2>\n{picture}" for name, picture in self.pictures.items())
        (self.folder / "ablations.html").write_text(
            f"<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n"
            f"<meta name=\"viewport\" content=\"width=device-width\">\n<title>Ablations</title>\n"
            f"<style>body {{font: 16px sans-serif; max-width: 50em; margin: 1em auto; padding: 0 1em}}\n"
            f"svg {{width: 100%; height: auto}} .wide {{overflow-x: auto}} td {{padding: 2px 8px}}</style>\n"
            f"<h1>Ablations, seed {self.args.seed}, {self.args.points} points or episodes each</h1>\n"
            f"<div class=\"wide\"><table>\n{table}</table></div>\n{pictures}</html>\n")


COLORS = ("#1f77b4", "#d95f02", "#2ca02c", "#7570b3")


def text_at(x, y, text, anchor="middle", color="#222"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">'
            f"{html.escape(text)}</text>\n")


def picture(height, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 {height}" '
            f'font-family="sans-serif" font-size="13">\n{body}</svg>\n')


def curve_picture(title, curves):
    """Curves of {name: [(step, value)]} over the steps."""
    points = [point for curve in curves.values() for point in curve]
    steps = max(step for step, _ in points) or 1
    low, high = min(value for _, value in points), max(value for _, value in points)
    high = high if high > low else low + 1
    body = text_at(300, 18, title) + text_at(580, 318, f"{steps:g} steps", "end")
    body += text_at(66, 40, f"{high:.3g}", "end") + text_at(66, 300, f"{low:.3g}", "end")
    body += '<path d="M72 30V300H580" fill="none" stroke="#888"/>\n'
    for i, (name, curve) in enumerate(curves.items()):
        line = " ".join(f"{72 + 508 * step / steps:.1f},{300 - 265 * (value - low) / (high - low):.1f}"
                        for step, value in curve)
        body += f'<polyline points="{line}" fill="none" stroke="{COLORS[i]}" stroke-width="2"/>\n'
        body += text_at(80 + 120 * i, 318, name, "start", COLORS[i])
    return picture(326, body)


def bar_picture(rows):
    """A bar for each row's rate, with its interval, over 0 to 100 %."""
    body = ""
    for i, row in enumerate(rows):
        y = 10 + 46 * i
        low, rate, high = (40 + 5 * 100 * row[what] for what in ("low", "rate", "high"))
        body += text_at(40, y + 12, f"{row['variant']}: {row['measure']}", "start")
        body += (f'<rect x="40" y="{y + 17}" width="{rate - 40:.1f}" height="16" fill="{COLORS[0]}"/>\n'
                 f'<path d="M{low:.1f} {y + 25}H{high:.1f}" stroke="#222" stroke-width="2"/>\n')
        body += text_at(max(rate, high) + 6, y + 30, f"{100 * row['rate']:.1f} %", "start")
    return picture(16 + 46 * len(rows), body)


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

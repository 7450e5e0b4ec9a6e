#!/usr/bin/env python3
"""Counts a match again from its log, with h5py alone, and compares every figure that hcsp tells of it.

Usage: recount.py HCSP NEAR FAR RALLIES SEED [NEAR FAR RALLIES SEED ...]
Exit code 77: h5py is not installed

Plays each match with --log and --json, exports the log as CSV and JSON. What a figure means is told
where it is counted here; nothing of hcsp's own counting is used.
"""
import csv
import json
import math
import pathlib
import shutil
import subprocess
import sys

try:
    import h5py
    import numpy
except ImportError:
    print("SKIP: h5py is not installed")
    sys.exit(77)

HEADS = ["passer", "setter", "attacker", "serve"]
NOT_ASKED = 255
wrong = 0


def compare(what, got, wanted):
    """One line for each figure that differs; numbers as JSON has them, with eight digits."""
    global wrong
    same = got == wanted
    if isinstance(wanted, float) and isinstance(got, (int, float)):
        same = math.isclose(got, wanted, rel_tol=1e-6, abs_tol=1e-8)
    if not same:
        print(f"FAILED: {what}: saw {got}, wanted {wanted}")
        wrong += 1


# ---- one rally

class Rows:
    """What the tables of a file hold of its rally i."""

    def __init__(self, file, i):
        table = file["rallies"]
        self.file, self.number = file, int(table["rally"][i])
        self.first, self.steps = int(table["first_step"][i]), int(table["steps"][i])
        self.attrs = {name: table[name][i] for name in table}
        for name in ("server", "winner", "reason"):
            self.attrs[name] = str(table[name].attrs["names"][table[name][i]])

    def __getitem__(self, path):
        """Rows of a column; those of the steps' inputs end one row before those of the states."""
        data = self.file[path]
        if path.startswith("steps/"):
            inputs = data.attrs["axis0"].startswith("steps from")
            return data[self.first:self.first + self.steps + (not inputs)]
        return data[:][self.file[path.split("/")[0] + "/rally"][:] == self.number]

    def names(self, path, axis="names"):
        return [str(name) for name in self.file[path].attrs[axis]]


class Rally:
    """What happened, in the order in which the log lists it: (step, kind, drone)."""

    def __init__(self, group):
        a = group.attrs
        self.server, self.winner, self.reason = a["server"], a["winner"], a["reason"]
        self.steps, self.hits, self.number = int(a["steps"]), int(a["hits"]), int(a["rally"])
        names = group.names("events/kind")
        self.events = [(int(s), names[k], int(d)) for s, k, d in
                       zip(group["events/step"], group["events/kind"], group["events/drone"])]
        self.doubles = {(s, d) for s, kind, d in self.events if kind == "double_touch"}
        self.ball, self.skill = group["steps/ball_pos"], group["steps/skill"]
        self.skills = group.names("steps/skill")
        self.drones = {d for _, kind, d in self.events if kind in ("cross", "timeout", "result")}
        self.ends = tuple(group["steps/" + name]
                          for name in ("rewards", "terminations", "truncations"))
        self.target = list(a["serve_target"])
        self.decisions = list(zip(group["decisions/step"], group["decisions/team"],
                                  group["decisions/option"]))
        self.chosen = list(zip(group["decisions/step"], group["decisions/team"],
                               group["decisions/touch_option"], group["decisions/touch_probability"]))
        # of each racket hit, as the log tells it
        self.speeds = list(zip(group["touches/step"], group["touches/speed"]))
        self.ball_vel = group["steps/ball_vel"]

    def touches(self):
        """Legal touches: (step, drone)."""
        return [(s, d) for s, kind, d in self.events if kind == "touch" and (s, d) not in self.doubles]

    def crossings(self):
        return [s for s, kind, _ in self.events if kind == "cross"]

    def possessions(self):
        """Roles of the legal touches of a team in a row, parted where the ball changes sides."""
        marks = sorted([(s, 0, d) for s, d in self.touches()] + [(s, 1, -1) for s in self.crossings()])
        out, team = [[]], None
        for _, crosses, drone in marks:
            if crosses or (team is not None and drone // 3 != team):
                out.append([])
                team = None
            if not crosses:
                team = drone // 3
                out[-1].append(drone % 3)
        return out

    def full_attack(self):
        """A passer, a setter and an attacker of one team, one after the other."""
        return any(roles[i:i + 3] == [0, 1, 2] for roles in self.possessions()
                   for i in range(len(roles)))

    def legal_serve(self):
        return bool(self.touches()) and self.touches()[0][1] == (0 if self.server == "near" else 3)

    def serve_crossed(self):
        """The ball changed sides after the serve and before anybody else touched it."""
        touches = [s for s, _ in self.touches()]
        return self.legal_serve() and any(sum(t <= s for t in touches) == 1 for s in self.crossings())

    def calls(self):
        """How often a drone took up each skill."""
        out = dict.fromkeys(self.skills, 0)
        for drone in range(6):
            column = self.skill[:, drone]
            for step, skill in enumerate(column):
                if skill != NOT_ASKED and (step == 0 or column[step - 1] != skill):
                    out[self.skills[skill]] += 1
        return out

    def hits_of_skills(self):
        out = dict.fromkeys(self.skills, 0)
        for step, drone in self.touches():
            if self.skill[step - 1, drone] != NOT_ASKED:
                out[self.skills[self.skill[step - 1, drone]]] += 1
        return out

    def held(self, team, head, step):
        """The option in force when row `step` of the actions was flown."""
        for at, who, action in reversed(self.decisions):
            if who == team and at <= step and action[head] != NOT_ASKED:
                return int(action[head])
        return 0

    def options(self):
        """Touches and kills: {(team, head, option): [touches, kills]}. A kill is the team's last strike
        when the ball did not come back before its point was won."""
        out, last = {}, [None, None]
        for step, kind, drone in self.events:
            if kind == "cross":
                last[0 if self.ball[step][0] > 0 else 1] = None
            elif kind == "touch" and (step, drone) not in self.doubles:
                team, slot = drone // 3, self.skill[step - 1, drone]
                skill = "flat" if slot == NOT_ASKED else self.skills[slot]
                last[team] = None
                if skill in ("flat", "receive", "serve_hover", "receive_hover"):
                    continue  # nobody has chosen these
                head = 3 if skill == "serve" else drone % 3
                last[team] = (team, head, self.held(team, head, step - 1))
                out.setdefault(last[team], [0, 0])[0] += 1
        if self.winner in ("near", "far"):
            kill = last[0 if self.winner == "near" else 1]
            if kill:
                out[kill][1] += 1
        return out


def read_log(folder):
    rallies = []
    for path in sorted(pathlib.Path(folder).glob("*.h5")):
        with h5py.File(path, "r") as file:
            rallies += [Rally(Rows(file, i)) for i in range(len(file["rallies/rally"]))]
    return rallies


def check_ends(rally):
    """Rewards and ends of the last step, nothing before; the serve is aimed at the other half."""
    rewards, terminations, truncations = rally.ends
    what = f"rally {rally.number}: "
    wanted = {"near": [1, -1], "far": [-1, 1], "draw": [0, 0]}[rally.winner]
    compare(what + "rewards of the last step", [float(x) for x in rewards[-1]], wanted)
    compare(what + "rewards before", float(abs(rewards[:-1]).sum()), 0.0)
    timeout = rally.reason == "timeout"
    compare(what + "last truncation", int(truncations[-1]), int(timeout))
    compare(what + "last termination", int(terminations[-1]), int(not timeout))
    compare(what + "ends before", int(terminations[:-1].sum() + truncations[:-1].sum()), 0)
    if not math.isnan(rally.target[0]):
        compare(what + "serve target's side", rally.target[0] < 0, rally.server == "near")
    for step, speed in rally.speeds:
        after = rally.ball_vel[min(step + 1, rally.steps)]
        compare(what + f"speed of the touch in step {step}", float(speed),
                math.sqrt(sum(float(x) ** 2 for x in after)))
    compare(what + "touches of the table", [int(step) for step, _ in rally.speeds],
            [step for step, kind, _ in rally.events if kind == "touch"])
    compare(what + "drones of events of the ball", rally.drones, {-1})
    compare(what + "step of the result", rally.events[-1][0], rally.steps)
    # the ball is on another side of the net in the row of a crossing than in the one before
    for step in rally.crossings():
        compare(what + f"crossing in step {step}", rally.ball[step][0] > 0,
                not rally.ball[step - 1][0] > 0)


# ---- hcsp play --json

def check_play(told, rallies):
    n = len(rallies)
    wins = {side: sum(r.winner == side for r in rallies) for side in ("near", "far", "draw")}
    decided = wins["near"] + wins["far"]
    compare("rallies", told["rallies"], n)
    compare("near", told["near"], wins["near"])
    compare("far", told["far"], wins["far"])
    compare("draws", told["draws"], wins["draw"])
    compare("near_win_rate", told["near_win_rate"], wins["near"] / decided)
    compare("server_wins", told["server_wins"], sum(r.winner == r.server for r in rallies) / decided)
    compare("legal_serves", told["legal_serves"], sum(r.legal_serve() for r in rallies) / n)
    compare("crossed_serves", told["crossed_serves"], sum(r.serve_crossed() for r in rallies) / n)
    counts = [len(r.touches()) for r in rallies]
    compare("hits of the log", [r.hits for r in rallies], counts)
    compare("hits_mean", told["hits_mean"], sum(counts) / n)
    compare("hits_max", told["hits_max"], max(counts))
    compare("full_attacks", told["full_attacks"], sum(r.full_attack() for r in rallies) / n)
    compare("steps_mean", told["steps_mean"], sum(r.steps for r in rallies) / n)
    for i, share in enumerate(told["alive_at"]):
        compare(f"alive_at[{i}]", share, sum(c > i for c in counts) / n)
    compare("alive_at", len(told["alive_at"]), max(counts))
    reasons = {}
    for r in rallies:
        reasons[r.reason] = reasons.get(r.reason, 0) + 1
    compare("reasons", told["reasons"], reasons)
    for skill, seen in told["skills"].items():
        compare(f"calls of {skill}", seen["calls"], sum(r.calls().get(skill, 0) for r in rallies))
        compare(f"hits of {skill}", seen["hits"],
                sum(r.hits_of_skills().get(skill, 0) for r in rallies))


def check_options(told, rallies):
    counted, attacks, kills = {}, 0, 0
    for rally in rallies:
        for key, (touches, won) in rally.options().items():
            entry = counted.setdefault(key, [0, 0])
            entry[0] += touches
            entry[1] += won
    for team, side in enumerate(("near", "far")):
        if side not in told["options"]:  # a flat team
            continue
        for head, name in enumerate(HEADS):
            for i, (option, use) in enumerate(told["options"][side][name].items()):
                what = f"{side} {name} '{option}'"
                touches, won = counted.pop((team, head, i), [0, 0])
                compare(f"touches of {what}", use["touches"], touches)
                compare(f"kills of {what}", use["kills"], won)
                chosen = sum(who == team and action[head] == i for r in rallies
                             for _, who, action in r.decisions)
                # the log does not tell whether there was a choice
                if use["uses"] > chosen:
                    compare(f"uses of {what}", use["uses"], chosen)
                attacks += touches if head == 2 else 0
                kills += won
    compare("touches of options that the table does not have", counted, {})
    return attacks, kills


def check_guess(told, rallies):
    """Attacks and shapes that met: chosen in the same step, either with a probability below 1."""
    counted = {}
    for rally in rallies:
        at = {(step, team): (option, p) for step, team, option, p in rally.chosen}
        for (step, team), (option, p) in at.items():
            others, q = at.get((step, 1 - team), ([NOT_ASKED] * 4, [math.nan] * 4))
            if NOT_ASKED in (option[3], others[0]) or not (p[3] < 1 and q[0] < 1):
                continue
            cell = counted.setdefault((int(team), int(option[3]), int(others[0])), [0, 0, 0])
            cell[0] += 1
            cell[1] += rally.winner == ("near", "far")[team]
            cell[2] += rally.winner == "draw"
    met, won = 0, 0
    for team, side in enumerate(("near", "far")):
        third, shape = list(told["options"][side]["third"]), list(told["options"][side]["shape"])
        for cell in told["options"][side]["guess"]["cells"]:
            key = team, third.index(cell["attack"]), shape.index(cell["shape"])
            seen = counted.pop(key, [0, 0, 0])
            met, won = met + seen[0], won + seen[1]
            compare(f"{side} '{cell['attack']}' meets '{cell['shape']}'",
                    [cell["met"], cell["won"], cell["drawn"]], seen)
        # where the set went wrong pushes alone are legal, and nothing was guessed
        compare(f"{side} attacks that nobody told of",
                [k for k in counted if k[0] == team and not third[k[1]].startswith("push")], [])
    return met, won


# ---- exports

def check_summary(told, rallies):
    told = told["summary"]
    n = len(rallies)
    compare("export: rallies", told["rallies"], n)
    for side, key in (("near", "near"), ("far", "far"), ("draw", "draws")):
        compare(f"export: {key}", told[key], sum(r.winner == side for r in rallies))
    compare("export: server_wins", told["server_wins"], sum(r.winner == r.server for r in rallies))
    compare("export: near_win_rate", told["near_win_rate"],
            sum(r.winner == "near" for r in rallies) / sum(r.winner != "draw" for r in rallies))
    compare("export: hits_mean", told["hits_mean"], sum(r.hits for r in rallies) / n)
    compare("export: hits_max", told["hits_max"], max(r.hits for r in rallies))
    compare("export: steps_mean", told["steps_mean"], sum(r.steps for r in rallies) / n)
    for entry, r in zip(told["list"], rallies):
        for key in ("server", "winner", "reason", "steps", "hits"):
            compare(f"export: {key} of rally {r.number}", entry[key], getattr(r, key))
        compare(f"export: seconds of rally {r.number}", entry["seconds"], r.steps * 0.01)


# heading of a column of steps.csv -> where it lies in the log
def place(heading, group):
    name = heading.split(" [")[0]
    drones = [f"{team}_{role}" for team in ("near", "far") for role in HEADS[:3]]
    for i, drone in enumerate(drones):
        if name.startswith(drone + "_"):
            parts = name[len(drone) + 1:].split("_", 1)
            path = "steps/" + ("drone_" if "steps/drone_" + parts[0] in group.file else "") + parts[0]
            if name.endswith("strike_z"):
                path, parts = "steps/strike_z", ["strike_z"]
            data = group[path]
            return (data[:, i, group.names(path, "axis2").index(parts[1])] if len(parts) > 1
                    else data[:, i])
    if name.startswith("ball_"):
        return group[f"steps/{name[:-2]}"][:, "xyz".index(name[-1])]
    if name.startswith("rewards_"):
        return group["steps/rewards"][:, ["near", "far"].index(name[8:])]
    return group["steps/" + name]


def check_steps(rows, heading, group, names):
    for column, title in enumerate(heading):
        if title in ("rally", "step"):
            continue
        wanted = place(title, group)
        got = [row[column] for row in rows]
        if title.endswith("_skill"):
            compare(title, got[:-1], ["flat" if k == NOT_ASKED else names[k] for k in wanted])
            continue
        for k, text in enumerate(got):
            value = wanted[k] if k < len(wanted) else math.nan
            if text == "" and math.isnan(value):
                continue
            if text == "" or numpy.float32(text) != numpy.float32(value):
                compare(f"steps.csv: {title} of row {k}", text, float(value))
                break


def check_csv(folder, log):
    rows = list(csv.reader((folder / "steps.csv").open()))
    events = list(csv.reader((folder / "events.csv").open()))[1:]
    listed = list(csv.DictReader((folder / "rallies.csv").open()))
    number = 0
    for path in sorted(pathlib.Path(log).glob("*.h5")):
        with h5py.File(path, "r") as file:
            for i in range(len(file["rallies/rally"])):
                group = Rows(file, i)
                own = [row for row in rows[1:] if row[0] == str(number)]
                compare(f"steps.csv: rows of rally {number}", [int(row[1]) for row in own],
                        list(range(int(group.attrs["steps"]) + 1)))
                check_steps(own, rows[0], group, group.names("steps/skill"))
                kinds = group.names("events/kind")
                drones = group.names("steps/skill", "axis1") + [""]
                compare(f"events.csv: rally {number}",
                        [(int(e[1]), e[3], e[4]) for e in events if e[0] == str(number)],
                        [(int(s), kinds[k], drones[d]) for s, k, d in
                         zip(group["events/step"], group["events/kind"], group["events/drone"])])
                for key in ("server", "winner", "reason"):
                    compare(f"rallies.csv: {key} of rally {number}", listed[number][key],
                            group.attrs[key])
                for key in ("steps", "hits"):
                    compare(f"rallies.csv: {key} of rally {number}", int(listed[number][key]),
                            int(group.attrs[key]))
                number += 1
    compare("rallies.csv: rows", len(listed), number)


def check_match(hcsp, near, far, rallies, seed):
    """Plays and counts; returns the log's rallies, attacks and kills."""
    for name in ("match", "tables"):
        shutil.rmtree(name, ignore_errors=True)

    def run(*words):
        return subprocess.run([hcsp, *words], stdout=subprocess.PIPE, check=True, text=True).stdout

    told = json.loads(run("play", "--near", near, "--far", far, "--rallies", rallies, "--seed", seed,
                          "--log", "match", "--json"))
    counted = read_log("match")
    for rally in counted:
        check_ends(rally)
    check_play(told, counted)
    check_summary(json.loads(run("export", "match", "--to", "json")), counted)
    run("export", "match", "--to", "csv", "--out", "tables")
    check_csv(pathlib.Path("tables"), "match")
    guessed = told["options"].get("near", {}).get("guess")
    return counted, (check_guess if guessed else check_options)(told, counted)


def main(hcsp, *words):
    rallies, uses = [], [0, 0]
    for i in range(0, len(words), 4):
        counted, (attacks, kills) = check_match(hcsp, *words[i:i + 4])
        rallies += counted
        uses = [uses[0] + attacks, uses[1] + kills]
    # a figure that is the same everywhere says nothing
    varied = {(r.winner, r.legal_serve(), r.full_attack()) for r in rallies}
    if uses[0] < 10 or uses[1] < 3 or len(varied) < 4:
        print(f"FAILED: {uses[0]} attacks, {uses[1]} kills and {len(varied)} kinds of rallies say little")
        return 1
    print(f"{len(rallies)} rallies counted twice, {wrong} figures differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Runs the examples of the match log's page on a real match and compares with what hcsp counts itself.

Usage: log_examples.py HCSP          exit code 77: h5py or numpy is not installed
"""
import csv
import json
import pathlib
import re
import shutil
import subprocess
import sys

try:
    import h5py
    import numpy
except ImportError:
    print("SKIP: h5py or numpy is not installed")
    sys.exit(77)

LINES_MAX = 15


def near(a, b):
    return abs(a - b) < 1e-6 * max(1, abs(b))


def table(name):
    with open(f"tables/{name}.csv") as file:
        return list(csv.DictReader(file))


def check_lengths(told, out):
    assert len(out["seconds"]) == told["rallies"]
    assert near(sum(out["seconds"]) / len(out["seconds"]), told["steps_mean"] * 0.01)
    for reason, n in told["reasons"].items():
        assert sum(k for (_, why), k in out["ends"].items() if why == reason) == n, reason
    assert sum(k for (who, _), k in out["ends"].items() if who == "near") == told["near"]


def check_serves(out):
    aimed = {row["rally"]: row for row in table("rallies") if row["serve_target_x [m]"]}
    first = {}
    for row in table("touches"):
        first.setdefault(row["rally"], row)
    wanted = [float(first[rally]["landing_x [m]"]) - float(aimed[rally]["serve_target_x [m]"])
              for rally in first if rally in aimed]
    assert len(wanted) > 0 and len(out["error"]) == len(wanted)
    assert all(abs(a - b) < 1e-4 for a, b in zip(out["error"][:, 0], wanted))


def check_speed(out):
    fast = 0
    with open("tables/steps.csv") as file:
        for row in csv.DictReader(file):
            fast = max(fast, sum(float(row[f"far_setter_vel_{k} [m/s]"]) ** 2 for k in "xyz"))
    assert near(float(out["speed"][:, 4].max()), fast ** 0.5)


def check_attacks(out):
    skills = {}
    with open("tables/steps.csv") as file:
        for row in csv.DictReader(file):
            for key in row:
                if key.endswith("_attacker_skill"):
                    skills[row["rally"], int(row["step"]), key[:-6]] = row[key]
    attacked = {row["rally"] for row in table("touches")
                if skills.get((row["rally"], int(row["step"]) - 1, row["drone"])) == "attack"}
    assert len(attacked) > 0 and sum(map(len, out["points"].values())) == len(attacked)
    winners = {row["rally"]: row["winner"] for row in table("rallies")}
    assert sum(map(sum, out["points"].values())) <= sum(winners[rally] != "draw" for rally in attacked)
    decided = table("decisions")
    for team, option in out["points"]:
        assert any(row["team"] == team and row["attacker"] == option for row in decided), option


def check_imitation(out):
    rows = 0
    with open("tables/steps.csv") as file:
        for row in csv.DictReader(file):
            rows += sum(row[key] == "attack" for key in row if key.endswith("_skill"))
    assert rows > 0 and out["seen"].shape == (rows, 43) and out["done"].shape == (rows, 4)
    assert numpy.isfinite(out["seen"]).all()


def main(hcsp):
    page = pathlib.Path(__file__).parent.parent / "sim/record/README.md"

    def run(*words):
        return subprocess.run([hcsp, *words], stdout=subprocess.PIPE, check=True, text=True).stdout

    for name in ("match", "tables"):
        shutil.rmtree(name, ignore_errors=True)
    told = json.loads(run("play", "--near", "stage3_court", "--far", "classical", "--rallies", "34",
                          "--log", "match", "--json"))
    run("export", "match", "--to", "csv", "--out", "tables")
    run("export", "match", "--to", "h5", "--obs", "strike43", "--out", "observed.h5")
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.S | re.M)
    assert len(blocks) == 5, f"{len(blocks)} examples"
    out = []
    for block in blocks:
        assert len(block.splitlines()) <= LINES_MAX
        space = {}
        exec(compile(block, str(page), "exec"), space)
        out.append(space)
    check_lengths(told, out[0])
    check_serves(out[1])
    check_speed(out[2])
    check_attacks(out[3])
    check_imitation(out[4])
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

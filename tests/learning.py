#!/usr/bin/env python3
"""A minute of a stage must be better than where it starts, by more than the doubt about either.

Usage: learning.py HCSP skills|strategy|coself

skills    Stage I: the hover after five million decisions against after one update. The lower bound
          of its success at `goto` (95 %) is above the upper bound of the start's.
strategy  Stage II: a league's strategies after 40,000 decisions against themselves after one update.
          The lower bound of the share of the decided points that they win is above one half.
coself    Stage III: skills and strategies that go on from the start of Stage II against that start,
          by the same measure.
"""
import json
import pathlib
import shutil
import subprocess
import sys

SLOTS = ["serve", "serve_hover", "receive", "receive_hover", "pass", "pass_hover", "set", "set_hover",
         "attack", "attack_hover"]
STRATEGY = ["team=stage1_plus", "num_envs=64", "batch_size=1024", "minibatch_size=256", "snapshots=2",
            "exploiters=0", "payoff_points=4", "payoff_points_max=4", "probe_budget=0",
            "probe_points=4"]
COSELF = ["skills=set", "num_envs=64", "batch_size=1024", "skill_batch_size=2048", "critic_warmup=1", "points=80",
          "fine_tune_smoke=65536", "calibrate_smoke=2", "calibrate_times=1", "joint_smoke=8192",
          "alone_smoke=24576"]


def run(*words):
    print("+", *words, flush=True)
    return subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True).stdout


def train(hcsp, what, folder, *words):
    shutil.rmtree(folder, ignore_errors=True)
    run(hcsp, "train", *what, "--preset", "smoke", "--seed", "1", "--run", folder, *words)


def goto(hcsp, folder):
    """Lower bound, figure and upper bound of the success of a run's hover at goto."""
    team = pathlib.Path(f"{folder}.yaml")
    team.write_text(f"name: {folder}\noptions: paper\nstrategy: bot\nskills:\n"
                    f"  goto: {folder}/policies/hover.safetensors\n" +
                    "".join(f"  {slot}: classical\n" for slot in SLOTS))
    told = json.loads(run(hcsp, "eval", "skill", "goto", "--team", str(team), "--episodes", "200",
                          "--json"))
    return told["low"], told["success_rate"], told["high"]


def beats(hcsp, team, start):
    """Lower bound, figure and upper bound of what team wins of the decided points against start."""
    told = json.loads(run(hcsp, "eval", "teams", team, start, "--points", "200", "--json"))
    return told["low"][0][1], told["win_rate"][0][1], told["high"][0][1]


def skills(hcsp):
    hover = ["skill", "hover"]
    train(hcsp, hover, "start", "timesteps_smoke=1", "again_smoke=0")
    train(hcsp, hover, "end", "timesteps_smoke=5000000", "again_smoke=0")
    return goto(hcsp, "end"), goto(hcsp, "start")[2]


def strategy(hcsp):
    train(hcsp, ["strategy"], "start", *STRATEGY, "timesteps_smoke=1024")
    train(hcsp, ["strategy"], "end", *STRATEGY, "timesteps_smoke=40960")
    return beats(hcsp, "end", "start"), 0.5


def coself(hcsp):
    train(hcsp, ["strategy"], "start", *STRATEGY, "timesteps_smoke=1024")
    train(hcsp, ["coself"], "end", "team=start", *COSELF)
    return beats(hcsp, "end", "start"), 0.5


def main(hcsp, stage):
    (low, figure, high), start = {"skills": skills, "strategy": strategy, "coself": coself}[stage](hcsp)
    print(f"{stage}: {100 * figure:.1f} % ({100 * low:.1f} to {100 * high:.1f}), "
          f"to pass {100 * start:.1f} %")
    if low <= start:
        print(f"FAILED: {stage} has not improved")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

#!/usr/bin/env python3
"""Behaviour cloning: a flat policy learnt from a match log, and played back against the one it was learnt from.

    python clone.py --rallies 200
"""
import argparse
import os
import shutil
import time

import numpy as np
import torch
from torch import nn

import hcsp


def read(folder, teams):
    """What drones saw and did, rows of flat57 and rotor commands; a command is held for two steps."""
    obs, act = [], []
    log = hcsp.Log(folder)
    for team in teams:
        for episode in log.episodes(team, "flat57"):
            obs.append(episode["observations"][:-1:2].reshape(-1, 57))
            act.append(episode["actions"][::2].reshape(-1, 4))
    return np.concatenate(obs), np.concatenate(act)


def clone(obs, act, epochs, seed):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    mean, std = obs.mean(0), obs.std(0) + 1e-2
    net = nn.Sequential(nn.Linear(57, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 4))
    x, y = torch.from_numpy((obs - mean) / std), torch.from_numpy(act)
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for epoch in range(epochs):
        total = 0.0
        for rows in torch.randperm(len(x)).split(512):
            loss = (net(x[rows]) - y[rows]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        rate.step()
        if epoch % 10 == 0 or epoch == epochs - 1:
            print(f"epoch {epoch:3d}  squared error {total / len(x):.4f}  {time.process_time():.0f} CPU s", flush=True)
    return net, mean, std


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--teacher", default="sp", help="a flat team")
    p.add_argument("--rallies", type=int, default=200)
    p.add_argument("--epochs", type=int, default=40)
    p.add_argument("--points", type=int, default=200)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--out", default="clone")
    args = p.parse_args()
    shutil.rmtree(args.out, ignore_errors=True)
    os.makedirs(args.out)
    hcsp.play(args.teacher, args.teacher, args.rallies, seed=args.seed, log=f"{args.out}/log")
    obs, act = read(f"{args.out}/log", ("near", "far"))
    print(f"{len(obs)} decisions of {args.rallies} rallies")
    net, mean, std = clone(obs, act, args.epochs, args.seed)
    hcsp.Policy.from_torch(
        f"{args.out}/clone.safetensors", net, kind="flat", obs="flat57", mean=mean, std=std, log_std=np.full(4, -2.3),
        provenance={"made by": "clone.py", "teacher": args.teacher},
    )
    with open(f"{args.out}/team.yaml", "w") as team:
        team.write("name: clone\nflat:\n  - {policy: clone.safetensors, weight: 1}\n")
    # played back: its own match log, and points against the teacher
    result = hcsp.play(f"{args.out}/team.yaml", args.teacher, args.points, seed=args.seed + 1, log=f"{args.out}/played")
    print(f"the clone wins {100 * result.near_win_rate:.1f} % ({100 * result.low:.1f} to {100 * result.high:.1f}) "
          f"of {result.rallies} rallies, {result.touches:.1f} touches a rally; {args.out}/played shows them")


if __name__ == "__main__":
    main()

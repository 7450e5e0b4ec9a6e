#!/usr/bin/env python3
"""The Python package over libhcsp.so: points as `hcsp play` counts them, networks as numpy computes
them from the file, and a sentence for every wrong argument.

Usage: HCSP_LIBRARY=... PYTHONPATH=... test_python.py HCSP
Exit code 77: numpy is not installed
"""
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import unittest

try:
    import numpy as np
except ImportError:
    print("SKIP: numpy is not installed")
    sys.exit(77)

import hcsp

os.environ.pop("LD_PRELOAD", None)  # a sanitizer's: programs that are started here have their own
HOME = pathlib.Path(hcsp.home())


def tensors(path):
    """The arrays of a safetensors file, and its metadata."""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    meta = header.pop("__metadata__")
    body = data[8 + length :]
    return {
        name: np.frombuffer(body[slice(*t["data_offsets"])], np.float32).reshape(t["shape"])
        for name, t in header.items()
    }, meta


def norm(x, weight, bias):
    mean = x.mean(-1, keepdims=True)
    var = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(var + 1e-5) * weight + bias


def forward(path, obs):
    """The network of a policy file in float64 (policies/README.md 1.1)."""
    t, meta = tensors(path)
    return forward_arrays(t, json.loads(meta["arch"]), obs)


def forward_arrays(t, arch, obs):
    x = obs.astype(np.float64)
    if arch["input_norm"] == "layernorm":
        x = norm(x, t["input.weight"], t["input.bias"])
    elif arch["input_norm"] == "fixed":
        x = (x - t["input.mean"]) / t["input.std"]
    for i in range(len(arch["hidden"])):
        x = x @ t[f"layers.{i}.weight"].T.astype(np.float64) + t[f"layers.{i}.bias"]
        x = np.tanh(x) if arch["activation"] == "tanh" else np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
        if arch["hidden_norm"] == "layernorm":
            x = norm(x, t[f"layers.{i}.norm.weight"], t[f"layers.{i}.norm.bias"])
    x = x @ t["head.weight"].T.astype(np.float64) + t["head.bias"]
    return {"none": x, "tanh": np.tanh(x), "clip": np.clip(x, -1, 1)}[arch["squash"]]


class Play(unittest.TestCase):
    def test_points_are_those_of_the_program(self):
        seen = hcsp.play("stage3_court", "stage1_plus", rallies=6, seed=3, threads=1)
        command = [PROGRAM, "play", "-n", "stage3_court", "-f", "stage1_plus", "-N", "6", "-s", "3", "--json"]
        wanted = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        self.assertEqual(seen.rallies, 6)
        self.assertEqual([seen.near_wins, seen.far_wins, seen.draws], [wanted["near"], wanted["far"], wanted["draws"]])
        self.assertAlmostEqual(seen.near_win_rate, wanted["near_win_rate"], 6)
        self.assertAlmostEqual(seen.touches, wanted["hits_mean"], 6)
        self.assertEqual(seen, hcsp.play("stage3_court", "stage1_plus", rallies=6, seed=3, threads=2))
        self.assertTrue(0 <= seen.low <= seen.near_win_rate <= seen.high <= 1)

    def test_teams(self):
        names = hcsp.teams()
        self.assertEqual(names, sorted(p.stem for p in (HOME / "policies/teams").glob("*.yaml")))
        self.assertEqual(hcsp.Team(HOME / "policies/teams/stage2_court.yaml").name, "stage2_court")

    def test_a_log_is_written(self):
        shutil.rmtree("python-log", ignore_errors=True)
        hcsp.play("classical", "classical", rallies=1, log="python-log")
        self.assertTrue(list(pathlib.Path("python-log").glob("*.h5")))
        with self.assertRaisesRegex(hcsp.Error, "python-log"):
            hcsp.play("classical", "classical", rallies=1, log="python-log")

    def test_several_threads(self):
        results = [None] * 4

        def run(i):
            results[i] = hcsp.play("stage1", "classical", rallies=2, threads=1)

        threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(results)), 1)
        self.assertIsNotNone(results[0])

    def test_misuse(self):
        for arguments, kind, words in [
            (("nobody", "stage2_court"), hcsp.UsageError, "nobody"),
            (("stage3_court", 5), TypeError, "int"),
            (("stage3_court", "a\0b"), hcsp.UsageError, "character 0"),
            (("stage3_court", "stage2_court", 0), hcsp.UsageError, "rallies: saw 0"),
            (("stage3_court", "stage2_court", 1.5), TypeError, "rallies: saw 1.5"),
            (("stage3_court", "stage2_court", True), TypeError, "rallies: saw True"),
            (("stage3_court", "stage2_court", 10**30), hcsp.UsageError, "rallies"),
        ]:
            with self.assertRaisesRegex(kind, words):
                hcsp.play(*arguments)
        for options in [{"seed": -1}, {"threads": 1000}, {"rules": "tennis"}]:
            with self.assertRaises(hcsp.UsageError):
                hcsp.play("stage3_court", "stage2_court", 1, **options)
        with self.assertRaises(hcsp.BadInput):
            hcsp.Team(HOME / "policies/README.yaml")


class Interrupts(unittest.TestCase):
    def stopped(self, what, call, begun=lambda: True):
        """Ctrl-C during call(), when it has begun: KeyboardInterrupt, and soon."""
        sent, used = [], []

        def send():
            while True:
                time.sleep(0.3)
                if begun():
                    break
            used.append(time.process_time())
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        sender = threading.Thread(target=send)
        sender.start()
        try:
            with self.assertRaises(KeyboardInterrupt):
                call()
        finally:
            sender.join()
        took, cpu = time.monotonic() - sent[0], time.process_time() - used[0]
        print(f"{what} stops after {took:.2f} s, {cpu:.2f} CPU s")
        self.assertLess(cpu, 20 if "HCSP_SANITIZED" in os.environ else 1)  # however busy the machine is

    def test_play(self):
        folder = pathlib.Path("stopped-log")
        shutil.rmtree(folder, ignore_errors=True)
        team = hcsp.Team("sp")
        before = hcsp.play(team, "sp", rallies=2, seed=4)
        listed = lambda: (folder / "index.jsonl").exists() and (folder / "index.jsonl").stat().st_size > 0  # noqa: E731
        self.stopped("play", lambda: hcsp.play(team, "sp", 10_000_000, seed=4, log=folder), listed)
        # what was over is in the log, and the team plays as before
        log = hcsp.Log(folder)
        self.assertEqual([rally.rally for rally in log], list(range(len(log))))
        self.assertEqual(hcsp.play(team, "sp", rallies=2, seed=4), before)

    def test_eval_and_exploit(self):
        self.stopped("eval", lambda: hcsp.eval(["stage1", "classical"], 1_000_000))
        shutil.rmtree("stopped-responses", ignore_errors=True)
        self.stopped("exploit", lambda: hcsp.exploit("stage1", keep="stopped-responses"))
        self.assertFalse(list(pathlib.Path(".").glob("stopped-responses/**/*.safetensors")))
        self.stopped("exploit by rules", lambda: hcsp.exploit("stage1", budget=0, points=1_000_000))


class Policies(unittest.TestCase):
    def test_networks_are_those_of_the_file(self):
        rng = np.random.default_rng(1)
        for path in sorted((HOME / "policies").glob("*/s*t*.safetensors"))[:12] + sorted((HOME / "policies/flat").glob("*.safetensors"))[:2]:
            policy = hcsp.Policy(path)
            obs = rng.standard_normal((70, policy.inputs)).astype(np.float32)
            wanted = forward(path, obs)
            self.assertEqual(policy(obs).shape, wanted.shape)
            np.testing.assert_allclose(policy(obs), wanted, atol=2e-4 * (1 + np.abs(wanted).max()))
            # rows do not depend on each other, shapes lead, other types are converted
            self.assertTrue(np.array_equal(policy(obs)[7], policy(obs[7])))
            self.assertEqual(policy(np.zeros((2, 3, policy.inputs))).shape, (2, 3, policy.outputs))
            self.assertEqual(policy(np.zeros((0, policy.inputs))).shape, (0, policy.outputs))

    def test_what_it_is(self):
        policy = hcsp.Policy(HOME / "policies/skills/set.safetensors")
        arrays, meta = tensors(HOME / "policies/skills/set.safetensors")
        self.assertEqual((policy.kind, policy.obs, policy.act_kind), ("skill", meta["obs"], "rotor4"))
        self.assertEqual((policy.inputs, policy.outputs, policy.every), (43, 4, int(meta["every"])))
        np.testing.assert_allclose(policy.std, np.exp(arrays["log_std"]), rtol=1e-6)

    def test_misuse(self):
        with self.assertRaisesRegex(hcsp.BadInput, "README.md"):
            hcsp.Policy(HOME / "policies/README.md")
        with self.assertRaisesRegex(hcsp.Error, "nowhere"):
            hcsp.Policy("nowhere.safetensors")
        policy = hcsp.Policy(HOME / "policies/skills/set.safetensors")
        for shape in [(), (42,), (3, 44), (43, 3)]:
            with self.assertRaisesRegex(hcsp.UsageError, "wanted"):
                policy(np.zeros(shape))
        with self.assertRaises((TypeError, ValueError)):
            policy("forty-three numbers")


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    print(hcsp.__version__, hcsp.__commit__, os.environ.get("HCSP_LIBRARY"))
    unittest.main()

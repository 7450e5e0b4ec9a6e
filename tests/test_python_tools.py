#!/usr/bin/env python3
"""Logs as arrays, policies written from networks of others, figures of teams: against the program, against what
was played, with a sentence for everything that is wrong.

Usage: HCSP_LIBRARY=... PYTHONPATH=... test_python_tools.py HCSP
Exit code 77: numpy is not installed
"""
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest
import warnings

try:
    import numpy as np
except ImportError:
    print("SKIP: numpy is not installed")
    sys.exit(77)

import hcsp
from test_python import forward_arrays

os.environ.pop("LD_PRELOAD", None)  # a sanitizer's: programs that are started here have their own
HOME = pathlib.Path(hcsp.home())
FLAT = HOME / "policies/flat/sp.safetensors"


class Logs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shutil.rmtree("tools-log", ignore_errors=True)
        cls.played = hcsp.play("sp", "stage1", 4, seed=5, log="tools-log")
        cls.log = hcsp.Log("tools-log")

    def test_the_top(self):
        log = self.log
        self.assertEqual((log.near, log.far, log.rules, len(log), log.seed, log.seconds), ("sp", "stage1", "court", 4, 5, 0.01))

    def test_rallies_are_those_that_were_played(self):
        table = self.log.to_numpy()
        self.assertEqual(table["rally"].tolist(), [0, 1, 2, 3])
        self.assertEqual((table["winner"] == "near").sum(), self.played.near_wins)
        self.assertAlmostEqual(table["hits"].mean(), self.played.touches)
        self.assertAlmostEqual(table["steps"].mean() * self.log.seconds, self.played.seconds)

    def test_columns_are_those_of_the_export(self):
        shutil.rmtree("tools-csv", ignore_errors=True)
        subprocess.run([PROGRAM, "export", "tools-log", "--to", "csv", "--out", "tools-csv"], check=True, capture_output=True)
        with open("tools-csv/steps.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        at = [name for name in rows[0] if name.startswith("ball_pos_z")][0]
        wanted = np.array([float(row[at]) for row in rows], np.float32)
        seen = np.concatenate([rally.tables["steps"]["ball_pos"][:, 2] for rally in self.log])
        self.assertTrue(np.array_equal(seen, wanted))
        rally = self.log[-1]
        self.assertEqual(rally.rally, 3)
        self.assertEqual(rally.tables["steps"]["action"].shape, (rally.steps, 6, 4))
        self.assertEqual(rally.tables["steps"]["drone_pos"].dtype, np.float32)
        self.assertEqual(rally.tables["steps"]["rewards"][-1].sum(), 0)

    def test_columns_say_what_they_are(self):
        columns = self.log.columns()
        self.assertEqual({t: set(c) for t, c in columns.items()}, {t: set(c) for t, c in self.log[0].tables.items()})
        self.assertRegex(columns["steps"]["ball_pos"], r"\[m\]$")
        self.assertTrue(all(what.strip() for table in columns.values() for what in table.values()))

    def test_arrays_are_the_callers(self):
        rally = self.log[0]
        before = rally.tables["steps"]["ball_pos"].copy()
        self.log[1]
        self.assertTrue(np.array_equal(rally.tables["steps"]["ball_pos"], before))

    def test_observations_are_what_the_policy_saw(self):
        # the flat policy drew its commands around what the network gives for its row
        policy, near = hcsp.Policy(FLAT), []
        for i, rally in enumerate(self.log):
            obs = self.log.observations(i, "flat57")
            self.assertEqual(obs.shape, (rally.steps + 1, 6, 57))
            z = (rally.tables["steps"]["action"][::2, :3] - policy(obs[:-1:2, :3])) / policy.std
            near.append(z.ravel())
        z = np.concatenate(near)
        self.assertAlmostEqual(z.mean(), 0, delta=0.1)
        self.assertLess(np.abs(z).max(), 6)

    def test_observations_of_strategies(self):
        for layout, n in (("strategy100", 100), ("court128", 128)):
            seen = self.log.observations(0, layout)
            self.assertEqual(seen.shape, (self.log[0].steps + 1, 2, n))
        self.assertTrue(np.isfinite(seen[:, 1]).all())  # the far team has a strategy

    def test_episodes(self):
        for team, sign in (("near", 1), ("far", -1)):
            for episode, rally in zip(self.log.episodes(team), self.log):
                self.assertEqual(episode["observations"].shape, (rally.steps + 1, 3, 57))
                self.assertEqual(episode["actions"].shape, (rally.steps, 3, 4))
                drones = slice(0, 3) if team == "near" else slice(3, 6)
                self.assertTrue(np.array_equal(episode["actions"], rally.tables["steps"]["action"][:, drones]))
                won = {"near": 1, "far": -1, "draw": 0}[rally.winner] * sign
                self.assertEqual((episode["rewards"].sum(), episode["rewards"][-1]), (won, won))
                self.assertEqual(episode["terminations"].sum() + episode["truncations"].sum(), 1)

    def test_pandas(self):
        try:
            import pandas
        except ImportError:
            self.skipTest("pandas is not installed")
        table = self.log.to_pandas()
        self.assertIsInstance(table, pandas.DataFrame)
        self.assertEqual(len(table), 4)
        steps = self.log[0].to_pandas()
        self.assertEqual(len(steps), self.log[0].steps + 1)
        self.assertTrue(np.isnan(steps["action.0"].iloc[-1]) and np.isfinite(steps["ball_pos.2"].iloc[-1]))

    def test_minari(self):
        try:
            import h5py  # noqa: F401
            import minari
        except ImportError as why:
            self.skipTest(f"{why.name} is not installed")
        os.environ["MINARI_DATASETS_PATH"] = str(pathlib.Path("tools-minari").resolve())
        shutil.rmtree("tools-minari", ignore_errors=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an author that is not named
            made = self.log.to_minari("hcsp/tools-v0", "far")
        again = minari.load_dataset("hcsp/tools-v0")
        self.assertEqual((made.total_episodes, again.total_episodes), (4, 4))
        episode, wanted = again[0], next(self.log.episodes("far"))
        for name in ("observations", "actions", "rewards", "terminations", "truncations"):
            self.assertTrue(np.array_equal(getattr(episode, name), wanted[name]), name)

    def test_misuse(self):
        for call, kind, words in [
            (lambda: hcsp.Log("nowhere"), hcsp.BadInput, "nowhere"),
            (lambda: hcsp.Log(5), TypeError, "int"),
            (lambda: self.log[4], IndexError, "saw 4, wanted 0 to 3"),
            (lambda: self.log[1.5], TypeError, "rally"),
            (lambda: self.log.observations(0, "flat58"), hcsp.UsageError, "flat58"),
            (lambda: next(self.log.episodes("left")), hcsp.UsageError, "'left'"),
            (lambda: next(self.log.episodes("near", "strategy100")), hcsp.UsageError, "wanted one of drones"),
        ]:
            with self.assertRaisesRegex(kind, words):
                call()
        broken = pathlib.Path("tools-broken")
        shutil.rmtree(broken, ignore_errors=True)
        shutil.copytree("tools-log", broken)
        shard = next(broken.glob("*.h5"))
        data = bytearray(shard.read_bytes())
        data[len(data) // 2] ^= 255
        shard.write_bytes(data)
        with self.assertRaises(hcsp.BadInput):
            hcsp.Log(broken)[0]


def network(rng, inputs, hidden, outputs):
    arrays, width = {}, inputs
    for i, n in enumerate(hidden):
        arrays[f"layers.{i}.weight"] = rng.normal(size=(n, width)) / np.sqrt(width)
        arrays[f"layers.{i}.bias"] = rng.normal(size=n)
        width = n
    return {**arrays, "head.weight": rng.normal(size=(outputs, width)), "head.bias": rng.normal(size=outputs)}


class Saving(unittest.TestCase):
    def test_what_is_saved_is_what_computes(self):
        rng = np.random.default_rng(4)
        arrays = network(rng, 43, [32, 16], 4)
        norms = {f"layers.{i}.norm.{part}": rng.uniform(0.5, 2, n) for i, n in enumerate([32, 16]) for part in ("weight", "bias")}
        inputs = {"input.mean": rng.normal(size=43), "input.std": rng.uniform(0.5, 2, 43)}
        for more, words, norm, hidden in [({}, {}, "none", "none"), (norms, {"activation": "elu"}, "none", "layernorm"),
                                          (inputs, {"squash": "clip"}, "fixed", "none")]:
            all_of = {**arrays, **more, "log_std": np.full(4, -1.5)}
            policy = hcsp.Policy.save("saved.safetensors", all_of, obs="strike43", **words)
            self.assertEqual((policy.name, policy.kind, policy.obs, policy.every), ("saved", "skill", "strike43", 2))
            arch = {"hidden": [32, 16], "input_norm": norm, "hidden_norm": hidden, "activation": words.get("activation", "tanh"),
                    "squash": words.get("squash", "none")}
            obs = rng.normal(size=(50, 43)).astype(np.float32)
            wanted = forward_arrays({k: np.float32(v) for k, v in all_of.items()}, arch, obs)
            np.testing.assert_allclose(policy(obs), wanted, atol=1e-4)

    def test_a_strategy_is_pinned_to_its_table(self):
        policy = hcsp.Policy.save(
            "chooses.safetensors", network(np.random.default_rng(1), 128, [16], 27), kind="strategy", obs="court128",
            act="heads-8-6-9-4", options="court", every=1, provenance={"made": "here"},
        )
        self.assertEqual((policy.kind, policy.act_kind, policy.outputs, policy.std), ("strategy", "heads-8-6-9-4", 27, None))
        text = (HOME / "policies/teams/stage2_court.yaml").read_text()
        self.assertIn("strategy", text)

    def test_everything_that_is_wrong_at_once(self):
        pathlib.Path("wrong.safetensors").unlink(missing_ok=True)
        wrong = {"layers.0.weight": np.ones((3, 4)), "layers.0.bias": np.ones(2), "head.weight": np.full((5, 3), np.nan), "extra": np.ones(3)}
        with self.assertRaises(hcsp.UsageError) as caught:
            hcsp.Policy.save("wrong.safetensors", wrong, obs="strike43", kind="skil", every=0, activation="relu")
        for words in ["saw 10 faults", "kind: saw 'skil'", "activation: saw 'relu'", "inputs: saw 4, wanted 43", "outputs: saw 5, wanted 4",
                      "every: saw 0", "layers.0.bias: saw [2], wanted [3]", "head.weight: saw a number that is not finite",
                      "head.bias: missing", "log_std: missing", "extra: unknown"]:
            self.assertIn(words, str(caught.exception))
        with self.assertRaisesRegex(hcsp.UsageError, "options: .*nowhere"):
            hcsp.Policy.save("wrong.safetensors", network(np.random.default_rng(1), 128, [16], 27), kind="strategy", obs="court128",
                             act="heads-8-6-9-4", options="nowhere", every=1)
        with self.assertRaisesRegex(hcsp.UsageError, "head.bias: saw <U1"):
            hcsp.Policy.save("wrong.safetensors", {"head.bias": "a"}, obs="strike43")
        self.assertFalse(os.path.exists("wrong.safetensors"))
        arrays = {**network(np.random.default_rng(1), 43, [8], 4), "log_std": np.zeros(4)}
        with self.assertRaisesRegex(hcsp.Error, "/proc/none"):
            hcsp.Policy.save("/proc/none/x.safetensors", arrays, obs="strike43")

    def test_torch(self):
        try:
            import torch
        except ImportError:
            self.skipTest("torch is not installed")
        nn = torch.nn
        torch.manual_seed(1)
        for module in [
            nn.Sequential(nn.Linear(43, 32), nn.Tanh(), nn.Linear(32, 4)),
            nn.Sequential(nn.LayerNorm(43), nn.Sequential(nn.Linear(43, 32), nn.ELU(), nn.LayerNorm(32)), nn.Linear(32, 16, bias=False),
                          nn.ELU(), nn.LayerNorm(16), nn.Linear(16, 4), nn.Tanh()),
        ]:
            obs = torch.randn(60, 43)
            policy = hcsp.Policy.from_torch("torch.safetensors", module, obs="strike43", log_std=torch.full((4,), -1.0))
            with torch.no_grad():
                np.testing.assert_allclose(policy(obs.numpy()), module(obs).numpy(), atol=2e-6)
        with self.assertRaises(hcsp.UsageError) as caught:
            hcsp.Policy.from_torch("wrong.safetensors", nn.Sequential(nn.Linear(9, 8), nn.ReLU(), nn.Linear(8, 4)), obs="strike43")
        for words in ("ReLU: saw it behind Linear", "inputs: saw 9", "log_std: missing"):
            self.assertIn(words, str(caught.exception))
        self.assertFalse(os.path.exists("wrong.safetensors"))


class Measures(unittest.TestCase):
    def test_eval_is_what_the_program_measures(self):
        seen = hcsp.eval(["stage1", "sp", hcsp.Team("classical")], 8, seed=3)
        command = [PROGRAM, "eval", "teams", "stage1", "sp", "classical", "-N", "8", "-s", "3", "--json"]
        wanted = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        self.assertEqual(seen.names, ["stage1", "sp", "classical"])
        self.assertTrue((seen.points.sum(2)[~np.eye(3, dtype=bool)] == 8).all())
        self.assertEqual(seen.points[0, 1, 0], seen.points[1, 0, 1])
        self.assertAlmostEqual(seen.nash.sum(), 1, 6)
        np.testing.assert_allclose(seen.nash, wanted["nash"], atol=1e-6)
        np.testing.assert_allclose(seen.elo, wanted["elo"], rtol=1e-6)
        np.testing.assert_allclose(seen.points[..., 0], wanted["wins"])

    def test_exploit(self):
        seen = hcsp.exploit("stage1", budget=0, points=4, seed=2)
        self.assertTrue(0 <= seen.low <= seen.rate <= seen.high <= 1)
        self.assertTrue(seen.opponent)
        self.assertEqual(seen, hcsp.exploit(hcsp.Team("stage1"), budget=0, points=4, seed=2, threads=1))

    def test_misuse(self):
        for call, words in [
            (lambda: hcsp.eval(["stage1"], 4), "teams: saw 1"),
            (lambda: hcsp.eval(["stage1", "sp"], 6), "points: saw 6, wanted a multiple of 4"),
            (lambda: hcsp.eval(["stage1", "nobody"], 4), "nobody"),
            (lambda: hcsp.eval(["stage1", "sp"], 4, rules="tennis"), "tennis"),
            (lambda: hcsp.exploit("sp"), "flat team"),
            (lambda: hcsp.exploit("stage1", seeds=99), "seeds: saw 99"),
            (lambda: hcsp.exploit("stage1", points=6), "points: saw 6"),
            (lambda: hcsp.exploit("stage1", budget=-1), "budget: saw -1"),
        ]:
            with self.assertRaisesRegex(hcsp.UsageError, words):
                call()


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()

"""Match logs: numpy arrays of a rally, tables of pandas, a dataset of Minari for each team."""

import ctypes as c
import os
from typing import Any, Dict, Iterator, NamedTuple, Union

import numpy as np

from hcsp import _library
from hcsp._library import LIB

Path = Union[str, "os.PathLike[str]"]


class Rally(NamedTuple):
    """One rally of a log; T control steps of log.seconds each.

    rally: its number in the run; server: "near" or "far"; winner: "near", "far" or "draw"; reason: what ended it;
    hits: legal touches.
    tables: "steps" (rows 0..T: states, and what was done in the step that follows), "decisions", "events",
    "touches", "states"; each a dict of arrays by the names of sim/record/README.md, e.g.
    tables["steps"]["ball_pos"], float32 [T + 1, 3] m, or tables["steps"]["action"] [T, 6, 4].
    """

    rally: int
    seed: int
    server: str
    winner: str
    reason: str
    steps: int
    hits: int
    tables: Dict[str, Dict[str, np.ndarray]]

    def to_pandas(self, table: str = "steps"):
        """A table as pandas.DataFrame, a column for each number: "ball_pos.x" becomes "ball_pos.0"."""
        import pandas

        columns, rows = {}, max(len(a) for a in self.tables[table].values())
        for name, array in self.tables[table].items():
            flat = array.reshape(len(array), -1)
            if len(flat) < rows:  # what is done in a step has a row less than the states
                flat = np.pad(flat.astype(float), ((0, rows - len(flat)), (0, 0)), constant_values=np.nan)
            for i in range(flat.shape[1]):
                columns[name if array.ndim == 1 else f"{name}.{i}"] = flat[:, i]
        return pandas.DataFrame(columns)


class Log:
    """A match log: a folder that hcsp.play or `hcsp play --log` wrote, or a file of it.

    len(log) rallies; log[i] and iteration read them. near, far, rules, world, generator, seed; seconds of a step.
    Raises BadInput for a damaged one.
    """

    def __init__(self, path: Path):
        self._memory = None
        name = _library.path_bytes(path)
        self._memory = _library.Memory(_library.handle(LIB.hcsp_log_open, name), LIB.hcsp_log_close, str(path))
        info = LIB.hcsp_log_info(self._memory.handle).contents
        text = lambda value: value.decode("utf-8", "replace")  # noqa: E731
        self.near, self.far, self.rules = text(info.near_team), text(info.far_team), text(info.rules)
        self.world, self.generator = text(info.world), text(info.generator)
        self.seed: int = info.seed
        self.seconds: float = info.seconds
        self._rallies: int = info.rallies

    def __len__(self) -> int:
        return self._rallies

    def _read(self, handle, i: int):
        error = _library.ErrorText()
        info = LIB.hcsp_log_read(handle, i, c.byref(error))
        if not info:
            _library.check(error.status or 1, error)
        return info.contents

    def _columns(self, handle):
        """Those of the rally that was read last; each is valid until the next."""
        column, k = _library.Column(), 0
        while LIB.hcsp_log_column(c.byref(column), handle, k) == 0:
            yield column
            k += 1

    def _number(self, i) -> int:
        i = _library.integer("rally", i, -self._rallies, 2**31 - 1)
        if i >= self._rallies:
            raise IndexError(f"rally: saw {i}, wanted 0 to {self._rallies - 1}")
        return i % self._rallies

    def __getitem__(self, i: int) -> Rally:
        i = self._number(i)
        with self._memory as handle:
            info, tables = self._read(handle, i), {}
            for column in self._columns(handle):
                shape = (column.rows,) + tuple(column.length[: column.rank])
                dtype = np.dtype(column.type.decode())
                size = int(np.prod(shape)) * dtype.itemsize
                raw = c.string_at(column.data, size) if size else b""
                array = np.frombuffer(bytearray(raw), dtype).reshape(shape)
                tables.setdefault(column.table.decode(), {})[column.name.decode()] = array
            words = (info.server.decode(), info.winner.decode(), info.reason.decode())
            return Rally(info.rally, info.seed, *words, info.steps, info.hits, tables)

    def columns(self) -> Dict[str, Dict[str, str]]:
        """What every column of a rally's tables is, and its unit: columns()["events"]["kind"]."""
        found: Dict[str, Dict[str, str]] = {}
        with self._memory as handle:
            self._read(handle, 0)
            for column in self._columns(handle):
                units = column.units.decode()
                what = column.description.decode() + (f" [{units}]" if units else "")
                found.setdefault(column.table.decode(), {})[column.name.decode()] = what
        return found

    def __iter__(self) -> Iterator[Rally]:
        return (self[i] for i in range(len(self)))

    def observations(self, i: int, layout: str) -> np.ndarray:
        """What was seen in rally i in an observation layout (sim/README.md 6), by replaying it.

        float32 [T + 1, 6 drones, inputs], or [T + 1, 2 teams, inputs] for layouts of strategies.
        """
        i, shape, error = self._number(i), (c.c_int * 3)(), _library.ErrorText()
        with self._memory as handle:
            self._read(handle, i)
            rows = LIB.hcsp_log_observe(shape, handle, _library.path_bytes(layout), c.byref(error))
            if not rows:
                _library.check(error.status or 1, error)
            return np.ctypeslib.as_array(rows, tuple(shape)).copy()

    def to_numpy(self) -> Dict[str, np.ndarray]:
        """One row a rally: rally, seed, server, winner, reason, steps, hits."""
        names = Rally._fields[:-1]
        rows = [rally[:-1] for rally in self]
        return {name: np.array([row[k] for row in rows]) for k, name in enumerate(names)}

    def to_pandas(self):
        """The same as pandas.DataFrame."""
        import pandas

        return pandas.DataFrame(self.to_numpy())

    def episodes(self, team: str = "near", layout: str = "flat57") -> Iterator[Dict[str, Any]]:
        """Rallies as a team's drones lived them: observations float32 [T + 1, 3, inputs], actions [T, 3, 4] rotor
        commands, rewards [T] (1 or -1 in the last step), terminations and truncations [T]."""
        if team not in ("near", "far"):
            raise _library.UsageError(f"team: saw {team!r}, wanted 'near' or 'far'")
        side = slice(0, 3) if team == "near" else slice(3, 6)
        for i in range(len(self)):
            obs = self.observations(i, layout)
            if obs.shape[1] != 6:
                raise _library.UsageError(f"layout: saw {layout!r}, wanted one of drones")
            steps = self[i].tables["steps"]
            yield {
                "observations": obs[:, side],
                "actions": steps["action"][:, side],
                "rewards": steps["rewards"][:, 0 if team == "near" else 1].astype(np.float32),
                "terminations": steps["terminations"].astype(bool),
                "truncations": steps["truncations"].astype(bool),
            }

    def to_minari(self, dataset_id: str, team: str = "near", layout: str = "flat57", **metadata):
        """A Minari dataset of a team (episodes()), created and returned; needs minari.

        dataset_id: e.g. "hcsp/stage3-v0". metadata: author, author_email, description, ... of
        minari.create_dataset_from_buffers.
        """
        import minari
        from gymnasium.spaces import Box
        from minari.data_collector import EpisodeBuffer

        buffers = []
        for n, episode in enumerate(self.episodes(team, layout)):
            buffers.append(EpisodeBuffer(id=n, **{k: list(v) for k, v in episode.items()}))
        shape = buffers[0].observations[0].shape
        defaults = {"algorithm_name": self.near if team == "near" else self.far, "description": f"{self.near} : {self.far}"}
        return minari.create_dataset_from_buffers(
            dataset_id=dataset_id,
            buffer=buffers,
            observation_space=Box(-np.inf, np.inf, shape, np.float32),
            action_space=Box(-np.inf, np.inf, (3, 4), np.float32),
            **{**defaults, **metadata},
        )

    def __repr__(self) -> str:
        return f"hcsp.Log({self.near!r} : {self.far!r}, {len(self)} rallies)"

"""Teams, and points between them."""

import ctypes as c
import os
from typing import Callable, List, NamedTuple, Optional, Sequence, Union

import numpy as np

from hcsp import _library
from hcsp._env import vector_env
from hcsp._library import LIB

Path = Union[str, "os.PathLike[str]"]
#: Options [n, heads] of observations [n, inputs] and legal options [n, options], for all matches at once.
Function = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Team:
    """A team that can play: strategy, option table and skills, or a flat policy.

    which: a shipped team ("stage3"), a .yaml file or a run folder.
    Raises UsageError when it is none of these, BadInput when a file of it is wrong.
    """

    def __init__(self, which: Path):
        self._handle = None
        self._handle = _library.handle(LIB.hcsp_team_load, _library.path_bytes(which))
        self.which = which

    @property
    def name(self) -> str:
        return LIB.hcsp_team_name(self._handle).decode()

    def __repr__(self) -> str:
        return f"hcsp.Team({self.name!r})"

    def __del__(self, close=LIB.hcsp_team_close):
        if self._handle:
            close(self._handle)


class PlayResult(NamedTuple):
    """What came of some rallies.

    near_wins, far_wins; draws: rallies that the clock ended. near_win_rate: of the decided ones, NaN for none; low and
    high: its 95 % interval (Wilson). touches: legal touches of a rally, mean, NaN where a function played; seconds:
    length of a rally, mean.
    """

    rallies: int
    near_wins: int
    far_wins: int
    draws: int
    near_win_rate: float
    low: float
    high: float
    touches: float
    seconds: float


def teams() -> List[str]:
    """Names of the teams that ship, sorted."""
    name, found = c.create_string_buffer(256), []
    while LIB.hcsp_team_list(name, len(name), len(found)) == 0:
        found.append(name.value.decode())
    return found


def _interval(wins: int, n: int):
    """95 % interval of wins / n (Wilson), as the library has it."""
    if n == 0:
        return float("nan"), float("nan")
    z = 1.959963984540054
    middle, half = wins + z * z / 2, z * np.sqrt(wins * (n - wins) / n + z * z / 4)
    return float(max(0, (middle - half) / (n + z * z))), float(min(1, (middle + half) / (n + z * z)))


def _play_function(near, far, rallies, seed, threads, config) -> PlayResult:
    if not callable(near):  # seen from the other side
        r = _play_function(far, near, rallies, seed, threads, config)
        rate = 1 - r.near_win_rate
        return r._replace(near_wins=r.far_wins, far_wins=r.near_wins, near_win_rate=rate, low=1 - r.high, high=1 - r.low)
    n = min(_library.integer("rallies", rallies, 1, 10_000_000), 256)
    opponent = far.which if isinstance(far, Team) else far
    env = vector_env("strategy", n, opponent=opponent, seed=seed, threads=threads, **config)
    # as many of each match, or short rallies would be over-represented
    left = np.full(n, rallies // n) + (np.arange(n) < rallies % n)
    obs, info = env.reset()
    wins = losses = draws = 0
    seconds = 0.0
    while left.any():
        obs, reward, terminated, truncated, info = env.step(near(obs, info["action_mask"]))
        counts = left > 0
        seconds += float(info["seconds"][counts].sum())
        wins += int((counts & (reward > 0)).sum())
        losses += int((counts & (reward < 0)).sum())
        draws += int((counts & (terminated | truncated) & (reward == 0)).sum())
        left -= counts & (terminated | truncated)
    decided = wins + losses
    rate = wins / decided if decided else float("nan")
    return PlayResult(rallies, wins, losses, draws, rate, *_interval(wins, decided), float("nan"), seconds / rallies)


def play(
    near: Union[Team, Path, Function],
    far: Union[Team, Path, Function],
    rallies: int = 64,
    *,
    seed: int = 1,
    rules: str = "court",
    threads: int = 0,
    log: Optional[Path] = None,
    skills: Path = "stage2",
) -> PlayResult:
    """Plays rallies 0..rallies-1 between two teams; rally i depends on (seed, i) alone.

    A team may be a function that chooses options for all matches at once, f(obs [n, inputs], action_mask
    [n, options]) -> options [n, heads]; it has the skills and options of the team `skills`, and its opponent may
    then be a rule with the same ("random", "bot_plus"), too. It serves half of the rallies, on a side that is
    drawn. rules: "court" (30 s clock) or "paper" (15 s). threads: 0 for every core; the result does not depend on
    them. log: a folder for a match log, which must not exist (sim/record/README.md); not of functions.
    """
    if callable(near) or callable(far):
        if log is not None:
            raise _library.UsageError("log: saw a folder, wanted none where a function plays")
        return _play_function(near, far, rallies, seed, threads, {"team": skills, "rules": rules})
    near, far = (team if isinstance(team, Team) else Team(team) for team in (near, far))
    options = _library.PlayOptions(
        size=c.sizeof(_library.PlayOptions),
        rallies=_library.integer("rallies", rallies, 1, 10_000_000),
        threads=_library.integer("threads", threads, 0, 256),
        seed=_library.integer("seed", seed, 0, 2**63 - 1),
        rules=_library.path_bytes(rules),
        log=None if log is None else _library.path_bytes(log),
    )
    result = _library.PlayResult()
    _library.call_long(LIB.hcsp_play, c.byref(result), near._handle, far._handle, options, keep=(near, far))
    return PlayResult(*(getattr(result, field) for field in PlayResult._fields))


class Standings(NamedTuple):
    """What every pair of some teams played; arrays [n, n] are row against column.

    rate: share of the decided points that the row wins, NaN on the diagonal; low and high: its 95 % interval.
    points [n, n, 3]: wins, losses and draws. nash [n]: weight in the Nash mixture of them; elo [n].
    """

    names: List[str]
    rate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    points: np.ndarray
    nash: np.ndarray
    elo: np.ndarray


def _teams(teams) -> List[Team]:
    return [team if isinstance(team, Team) else Team(team) for team in teams]


def eval(  # noqa: A001
    teams: Sequence[Union[Team, Path]], points: int = 400, *, seed: int = 1, rules: str = "court", threads: int = 0
) -> Standings:
    """Every pair of 2 to 64 teams plays so many points, sides and serves shared evenly (a multiple of 4).

    The figures of `hcsp eval teams`. A function (see play) has no place here: hcsp.play measures it.
    """
    teams = _teams(teams)
    n = len(teams)
    options = _library.EvalOptions(
        size=c.sizeof(_library.EvalOptions),
        points=_library.integer("points", points, 4, 10_000_000),
        threads=_library.integer("threads", threads, 0, 256),
        seed=_library.integer("seed", seed, 0, 2**63 - 1),
        rules=_library.path_bytes(rules),
    )
    score, nash, elo = (_library.Score * (n * n))(), (c.c_double * n)(), (c.c_double * n)()
    handles = (c.c_void_p * n)(*(team._handle for team in teams))
    _library.call_long(LIB.hcsp_eval, score, nash, elo, handles, n, options, keep=teams)
    table = np.array([[getattr(s, f) for f, _ in s._fields_] for s in score]).reshape(n, n, 6)
    return Standings(
        [team.name for team in teams], table[..., 3], table[..., 4], table[..., 5], table[..., :3], np.array(nash), np.array(elo)
    )


class Exploit(NamedTuple):
    """The worst that was found against a team; a lower bound of what there is.

    rate: of the decided points that the opponent wins, measured again on points of its own; low and high: its 95 %
    interval. opponent: "nothing" or "warm" (what a best response was trained from), "argmax", or a rule; greedy: it
    takes its likeliest options. failed: nothing wins half of the points; the team may be weak nevertheless.
    """

    rate: float
    low: float
    high: float
    opponent: str
    greedy: bool
    failed: bool


def exploit(
    team: Union[Team, Path],
    budget: int = 30_000,
    *,
    seeds: int = 1,
    warm: bool = False,
    points: int = 400,
    seed: int = 1,
    rules: str = "court",
    threads: int = 0,
    keep: Optional[Path] = None,
) -> Exploit:
    """How much a team with a strategy can be exploited by strategies with its own skills: `hcsp eval exploit`.

    Best responses learn for `budget` decisions each (0: none do), from nothing and from the team's own members,
    or from these alone (warm). The worst of them, of the team's arg-max and of every fixed rule is chosen on
    `points` points and measured again on four times as many. keep: a folder for the best responses; what is found
    there is not trained again. 30,000 decisions take some minutes.
    """
    options = _library.ExploitOptions(
        size=c.sizeof(_library.ExploitOptions),
        budget=_library.integer("budget", budget, 0, 1_000_000_000),
        seeds=_library.integer("seeds", seeds, 1, 32),
        warm=bool(warm),
        points=_library.integer("points", points, 4, 10_000_000),
        threads=_library.integer("threads", threads, 0, 256),
        seed=_library.integer("seed", seed, 0, 2**63 - 1),
        rules=_library.path_bytes(rules),
        keep=None if keep is None else _library.path_bytes(keep),
    )
    result = _library.ExploitResult()
    (one,) = _teams([team])
    _library.call_long(LIB.hcsp_exploit, c.byref(result), one._handle, options, keep=one)
    return Exploit(result.rate, result.low, result.high, result.opponent.decode(), bool(result.greedy), bool(result.failed))

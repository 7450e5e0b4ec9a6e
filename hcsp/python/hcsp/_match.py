"""Teams, and points between them."""

import ctypes as c
import os
from typing import List, NamedTuple, Optional, Union

from hcsp import _library
from hcsp._library import LIB

Path = Union[str, "os.PathLike[str]"]


class Team:
    """A team that can play: strategy, option table and skills, or a flat policy.

    which: a shipped team ("stage3"), a .yaml file or a run folder.
    Raises UsageError when it is none of these, BadInput when a file of it is wrong.
    """

    def __init__(self, which: Path):
        self._handle = None
        self._handle = _library.handle(LIB.hcsp_team_load, _library.path_bytes(which))

    @property
    def name(self) -> str:
        return LIB.hcsp_team_name(self._handle).decode()

    def __repr__(self) -> str:
        return f"hcsp.Team({self.name!r})"

    def __del__(self, close=LIB.hcsp_team_close):
        if self._handle:
            close(self._handle)


class PlayResult(NamedTuple):
    """What came of some rallies; near_win_rate is of those that were decided, NaN for none."""

    rallies: int
    near_wins: int
    far_wins: int
    draws: int  #: rallies that the clock ended
    near_win_rate: float
    low: float  #: 95 % interval of near_win_rate (Wilson)
    high: float
    touches: float  #: legal touches of a rally, mean
    seconds: float  #: length of a rally, s, mean


def teams() -> List[str]:
    """Names of the teams that ship, sorted."""
    name, found = c.create_string_buffer(256), []
    while LIB.hcsp_team_list(name, len(name), len(found)) == 0:
        found.append(name.value.decode())
    return found


def play(
    near: Union[Team, Path],
    far: Union[Team, Path],
    rallies: int = 64,
    *,
    seed: int = 1,
    rules: str = "court",
    threads: int = 0,
    log: Optional[Path] = None,
) -> PlayResult:
    """Plays rallies 0..rallies-1 between two teams; rally i depends on (seed, i) alone.

    rules: "court" (30 s clock) or "paper" (15 s). threads: 0 for every core; the result does not
    depend on them. log: a folder for a match log, which must not exist (sim/record/README.md).
    """
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
    _library.call(LIB.hcsp_play, c.byref(result), near._handle, far._handle, c.byref(options))
    return PlayResult(*(getattr(result, field) for field in PlayResult._fields))

// A cell is one run of rallies: the same two teams, sides and server. Ranks share it.
#include "hcsp/eval/pairs.h"

#include <assert.h>
#include <stdlib.h>

#include "hcsp/eval/rallies.h"
#include "hcsp/fleet/fleet.h"
#include "sim/base/log.h"

typedef struct Run {
  const EvalPairsOptions *options;
  EvalRally *rally;  // [points / LEAGUE_CELLS]
  SimProgress progress;
  int done;  // points played
  PolNonfinite nonfinite;
} Run;

int eval_pairs_count(int teams) {
  assert(teams >= 0);
  return teams * (teams - 1) / 2;
}

static SimStatus on_start(void *arg, int match, const PolPlay *play, SimError *err) {
  (void)arg, (void)match, (void)play, (void)err;
  return SIM_OK;
}

static SimStatus on_step(void *arg, int match, const PolPlay *play, SimError *err) {
  (void)err;
  Run *run = arg;
  if (pol_play_state(play, match)->referee.winner != SIM_PLAYING) {
    run->done += fleet_size();  // others are about as far
    if (run->options->progress) {
      sim_progress(&run->progress, run->done, "");
    }
  }
  return SIM_OK;
}

// books the rallies of a cell in which the first team played on side
static void book(EvalPair *pair, int cell, SimTeam side, const EvalRally *rally, int n) {
  assert(cell >= 0 && cell < LEAGUE_CELLS);
  const SimWinner own = side == SIM_NEAR ? SIM_WIN_NEAR : SIM_WIN_FAR;
  LeagueScore *score = &pair->cell[cell];
  for (int i = 0; i < n; i++) {
    assert(rally[i].winner != SIM_PLAYING && rally[i].reason < SIM_EVENT_KINDS);
    pair->steps += rally[i].steps;
    pair->hits += rally[i].hits;
    for (int t = 0; t < 2; t++) {
      const int hits = rally[i].team_hits[t == 0 ? side : 1 - side];
      pair->team_hits[t] += hits;
      pair->again[t] += hits > 1;
    }
    if (rally[i].winner == SIM_DRAW) {
      score->draws++;
      pair->drawn[rally[i].reason]++;
    } else if (rally[i].winner == own) {
      score->wins++;
      pair->lost[1][rally[i].reason]++;
    } else {
      score->losses++;
      pair->lost[0][rally[i].reason]++;
    }
  }
}

static SimStatus play_cell(Run *run, EvalPair *pair, SimTeam side, bool serves, SimError *err) {
  const EvalPairsOptions *options = run->options;
  const PolTeam *first = options->team[pair->team[0]], *second = options->team[pair->team[1]];
  const EvalWatcher watcher = {.arg = run, .start = on_start, .step = on_step};
  const EvalRalliesOptions rallies = {.model = options->model,
                                      .near = side == SIM_NEAR ? first : second,
                                      .far = side == SIM_NEAR ? second : first,
                                      .rules = options->rules,
                                      .server = (side == SIM_NEAR) == serves ? POL_SERVER_NEAR
                                                                             : POL_SERVER_FAR,
                                      .seed = options->seed,
                                      .rallies = options->points / LEAGUE_CELLS,
                                      .threads = options->threads,
                                      .watcher = &watcher,
                                      .nonfinite = &run->nonfinite,
                                      .split = true};
  int played;
  SIM_TRY(eval_rallies_play(run->rally, &played, &rallies, err));
  assert(played == rallies.rallies);
  book(pair, env_cell(side, serves), side, run->rally, played);
  return SIM_OK;
}

static SimStatus play_pair(Run *run, EvalPair *pair, SimError *err) {
  for (int side = 0; side < SIM_TEAMS; side++) {
    for (int serves = 0; serves < 2; serves++) {
      SIM_TRY(play_cell(run, pair, (SimTeam)side, serves, err));
    }
  }
  return SIM_OK;
}

static SimStatus play_all(Run *run, EvalPair *pair, SimError *err) {
  const int teams = run->options->teams;
  SimStatus status = SIM_OK;
  for (int i = 0; i < teams; i++) {
    for (int j = i + 1; status == SIM_OK && j < teams; j++, pair++) {
      *pair = (EvalPair){.team = {i, j}};
      status = play_pair(run, pair, err);
    }
  }
  if (run->options->progress) {
    sim_progress_end(&run->progress);
  }
  if (status == SIM_INTERRUPTED) {
    return sim_error(err, SIM_INTERRUPTED, "interrupted after %d of %.0f points", run->done,
                     run->progress.total);
  }
  return status;
}

SimStatus eval_pairs_play(EvalPair *pair, const EvalPairsOptions *options, SimError *err) {
  assert(options->points > 0 && options->points % LEAGUE_CELLS == 0 && options->teams >= 1);
  const size_t rallies = (size_t)options->points / LEAGUE_CELLS;
  Run run = {.options = options, .rally = sim_new(rallies, sizeof *run.rally)};
  run.progress = (SimProgress){.what = "points",
                               .total = (double)eval_pairs_count(options->teams) * options->points};
  const SimStatus status = play_all(&run, pair, err);
  pol_nonfinite_warn(&run.nonfinite);
  free(run.rally);
  return status;
}

void eval_pair_count(LeaguePayoff *payoff, const EvalPair *pair) {
  for (int k = 0; k < LEAGUE_CELLS; k++) {
    league_payoff_add(payoff, pair->team[0], pair->team[1], k, &pair->cell[k]);
  }
}

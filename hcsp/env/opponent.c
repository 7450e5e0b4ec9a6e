#include "hcsp/env/opponent.h"

#include <assert.h>

#include "sim/base/rng.h"

static int draw(const EnvOpponent *opponent, int n, SimRng *rng) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    assert(opponent[i].weight >= 0);
    sum += opponent[i].weight;
  }
  assert(sum > 0);
  double left = sim_rng_uniform(rng, 0, 1) * sum;
  int last = 0;
  for (int i = 0; i < n; i++) {
    if (opponent[i].weight > 0) {
      last = i;
      if (left < opponent[i].weight) {
        return i;
      }
      left -= opponent[i].weight;
    }
  }
  return last;
}

int env_opponent_draw(SimTeam *side, const EnvOpponent *opponent, int n, uint64_t seed,
                      uint32_t match, uint32_t rally) {
  assert(n >= 1 && n <= ENV_OPPONENTS_MAX);
  SimRng rng = sim_rng(seed, match, rally, SIM_RNG_RIVAL);
  const int who = draw(opponent, n, &rng);
  *side = (SimTeam)sim_rng_below(&rng, SIM_TEAMS);
  return who;
}

void env_matchup_count(EnvMatchup *matchup, const SimReferee *ref,
                       const uint8_t learns[SIM_TEAMS]) {
  assert(ref->winner != SIM_PLAYING);
  matchup->steps += ref->step;
  matchup->hits += ref->hits;
  for (int side = 0; side < SIM_TEAMS; side++) {
    if (learns[side]) {
      EnvScore *score = &matchup->score[env_cell((SimTeam)side, (int)ref->server == side)];
      const bool won = (int)ref->winner == side;
      score->draws += ref->winner == SIM_DRAW;
      score->wins += won;
      score->losses += ref->winner != SIM_DRAW && !won;
    }
  }
}

EnvScore env_matchup_total(const EnvMatchup *matchup, int n) {
  EnvScore sum = {0};
  for (int i = 0; i < n; i++) {
    for (int k = 0; k < ENV_CELLS; k++) {
      env_score_add(&sum, &matchup[i].score[k]);
    }
  }
  return sum;
}

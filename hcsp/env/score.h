// Points counted per side and server.
#ifndef HCSP_ENV_SCORE_H_
#define HCSP_ENV_SCORE_H_

#include <assert.h>
#include <stdbool.h>

#include "sim/view.h"

enum { ENV_CELLS = 4 };

typedef struct EnvScore {
  double wins, losses, draws;
} EnvScore;

static inline void env_score_add(EnvScore *sum, const EnvScore *more) {
  sum->wins += more->wins;
  sum->losses += more->losses;
  sum->draws += more->draws;
}

static inline EnvScore env_score_total(const EnvScore cell[ENV_CELLS]) {
  EnvScore sum = {0};
  for (int k = 0; k < ENV_CELLS; k++) {
    env_score_add(&sum, &cell[k]);
  }
  return sum;
}

// The cell of who plays on side and serves or receives.
static inline int env_cell(SimTeam side, bool serves) {
  assert(side == SIM_NEAR || side == SIM_FAR);
  return 2 * (side == SIM_FAR) + !serves;
}

#endif  // HCSP_ENV_SCORE_H_

// Many episodes side by side, as whatever acts in them sees them: training, measuring, a best
// response. The caller owns the actor: it observes, chooses, and steps with what it has chosen.
//
// Rows are agents: agent a of environment e is row e * agents + a. Environments are independent, so
// that a part of them can be observed or stepped while another part is being thought about; what a
// row sees and does is the same whichever part it is in. Random numbers are functions of the seed
// and of what has happened in the row's environment, never of the order of calls.
#ifndef HCSP_ENV_ENV_H_
#define HCSP_ENV_ENV_H_

#include "hcsp/env/opponent.h"
#include "kernels/ops.h"
#include "sim/base/status.h"

typedef struct EnvShape {
  int num_envs, agents;
  int inputs;      // floats of an observation
  int outputs;     // floats of an action
  double seconds;  // of a step; 0: EnvResult.seconds says
  // Of actions that are choices: output h is the number of one of option[h] options. 0: they are
  // commands.
  int heads, option[POL_HEADS_MAX];
} EnvShape;

// What rows see, arrays over all rows.
typedef struct EnvView {
  float *obs;     // [rows][inputs]
  uint8_t *mask;  // [rows]: 1: its action is not the caller's, and teaches nothing
  KrnDraw *draw;  // [rows]: the numbers with which an action is drawn; `sample` is the caller's
  // [rows][options of all heads side by side]: 1: may be chosen now; NULL: there are no heads
  uint8_t *legal;
} EnvView;

// What a step has brought, arrays over all rows.
typedef struct EnvResult {
  float *reward;        // [rows]
  uint8_t *terminated;  // [rows]: the episode is over, what would come next is worth nothing,
  uint8_t *truncated;   // [rows]:   or only the time ran out
  float *final_obs;     // [rows][inputs]: what would have been seen next, of rows that are over
  float *seconds;       // [rows]: how long it took, where shape.seconds is 0; else it may be NULL
} EnvResult;

// An environment of some kind, by reference.
typedef struct Env {
  void *self;
  const struct EnvOps *ops;
  EnvShape shape;
} Env;

typedef struct EnvOps {
  // Starts the episodes that have not been started yet, or all of them.
  void (*reset)(void *self, bool all);
  // Fills the rows first..end - 1; from several threads for different rows.
  void (*observe)(void *self, const EnvView *view, int first, int end);
  // The environments first..end - 1 take action[rows][outputs]; what is over starts again.
  // SIM_USAGE, and nothing has moved, when an action is not one.
  SimStatus (*step)(void *self, const EnvResult *result, const float *action, int first, int end,
                    SimError *err);
  // Whom episodes that start from now on may meet; NULL: there is nobody to meet.
  void (*set_opponents)(void *self, const EnvOpponent *opponent, int n);
  void (*clear_stats)(void *self);
  // Everything it holds as bytes; opponents are to be set before loading.
  size_t (*size)(const void *self);
  void (*save)(void *out, void *self);
  SimStatus (*load)(void *self, const void *in, SimError *err);
} EnvOps;

// Options of all heads.
static inline int env_options(const Env *env) {
  int n = 0;
  for (int head = 0; head < env->shape.heads; head++) {
    n += env->shape.option[head];
  }
  return n;
}

static inline int env_rows(const Env *env) {
  return env->shape.num_envs * env->shape.agents;
}

#endif  // HCSP_ENV_ENV_H_

// Matches as an environment (env.h): a caller chooses instead of a learner, and a step of a match
// goes on until it is to choose again.
#include <assert.h>
#include <string.h>

#include "hcsp/env/match_internal.h"
#include "sim/base/rng.h"

// the side that the caller plays in row `row`; false: it plays none there
static bool side_of(SimTeam *side, const EnvMatch *m, int row) {
  const int agents = m->options.agents;
  const uint8_t *learns = m->table[row / agents].learns;
  *side = agents == SIM_TEAMS ? (SimTeam)(row % SIM_TEAMS) : learns[SIM_NEAR] ? SIM_NEAR : SIM_FAR;
  return learns[*side];
}

// At the start of a rally everybody is asked, so that each has a decision that its result is for;
// later wherever one of the caller's sides has a choice, so that no side waits for the other.
static bool match_asks(const EnvMatch *m, int match) {
  const uint8_t *learns = m->table[match].learns;
  PolDecision decision;
  bool found = false;
  for (int side = 0; side < SIM_TEAMS && !found; side++) {
    found = learns[side] && m->game->asks(&decision, m->play, match, (SimTeam)side) &&
            (decision.choice || m->game->state(m->play, match)->referee.step == 0);
  }
  return found;
}

static bool asks(PolDecision *decision, const EnvMatch *m, int row) {
  const int match = row / m->options.agents;
  SimTeam side;
  return side_of(&side, m, row) && match_asks(m, match) &&
         m->game->asks(decision, m->play, match, side);
}

static void observe(void *self, const EnvView *view, int first, int end) {
  EnvMatch *m = self;
  const PolOptions *table = m->options.team->options;
  const size_t inputs = (size_t)m->inputs, options = (size_t)pol_options_outputs(table);
  assert(first >= 0 && end <= m->options.matches * m->options.agents);
  for (int row = first; row < end; row++) {
    float *obs = view->obs + (size_t)row * inputs;
    uint8_t *legal = view->legal + (size_t)row * options;
    const int match = row / m->options.agents;
    const SimState *state = m->game->state(m->play, match);
    float seen[SIM_OBS_MAX] = {0};
    SimTeam side;
    PolDecision decision;
    uint32_t bits[POL_HEADS_MAX] = {0};
    view->mask[row] = !asks(&decision, m, row);
    if (!view->mask[row]) {
      pol_strategy_seen_legal(bits, &decision, table);
    }
    if (side_of(&side, m, row)) {
      m->game->observe(seen, m->play, match, side);
    }
    memcpy(obs, seen, inputs * sizeof *obs);
    for (int head = 0; head < table->heads; legal += table->n[head++]) {
      for (int i = 0; i < table->n[head]; i++) {
        legal[i] = bits[head] >> i & 1u;
      }
    }
    view->draw[row] = (KrnDraw){.seed = state->seed,
                                .world = state->rally,
                                .step = (uint32_t)state->referee.step,
                                .purpose = (uint32_t)(SIM_RNG_STRATEGY + side)};
  }
}

// the choice of a row that is asked
static SimStatus take_row(EnvMatch *m, const float *action, int row, const PolDecision *decision,
                          SimError *err) {
  const PolOptions *table = m->options.team->options;
  uint8_t *choice = m->choice[row / m->options.agents * SIM_TEAMS + (int)decision->team];
  uint32_t legal[POL_HEADS_MAX];
  pol_strategy_seen_legal(legal, decision, table);
  for (int head = 0; head < table->heads; head++) {
    const float option = action[(ptrdiff_t)row * table->heads + head];
    const bool known = option >= 0 && option < (float)table->n[head];
    const unsigned number = known ? (unsigned)option : 0;
    if (!known || !(legal[head] >> number & 1u)) {
      return sim_error(err, SIM_USAGE,
                       "agent %d of environment %d: saw option %g of head '%s', wanted one that is "
                       "legal now",
                       row % m->options.agents, row / m->options.agents, (double)option,
                       table->head[head]);
    }
    choice[head] = (uint8_t)number;
  }
  return SIM_OK;
}

static void tell_reward(void *arg, int row, double seconds, double reward) {
  EnvMatch *m = arg;
  (void)seconds;
  m->result->reward[m->options.agents == SIM_TEAMS ? row : row / SIM_TEAMS] = (float)reward;
}

static void tell_end(void *arg, int row, double seconds, const float *cut) {
  EnvMatch *m = arg;
  const int to = m->options.agents == SIM_TEAMS ? row : row / SIM_TEAMS;
  float seen[SIM_OBS_MAX];
  (void)seconds;
  m->result->terminated[to] = cut == NULL;
  m->result->truncated[to] = cut != NULL;
  m->game->observe(seen, m->play, row / SIM_TEAMS, (SimTeam)(row % SIM_TEAMS));
  memcpy(m->result->final_obs + (size_t)to * (size_t)m->inputs, seen,
         (size_t)m->inputs * sizeof *seen);
}

// until the caller is asked again in each of them
static SimStatus run_on(EnvMatch *m, int *ids, int n, SimError *err) {
  const EnvRecorder to = {.arg = m, .reward = tell_reward, .end = tell_end};
  const int agents = m->options.agents;
  SimStatus status = SIM_OK;
  while (status == SIM_OK && n > 0) {
    int kept = 0;
    status = env_match_step(m, &to, ids, n, err);
    for (int i = 0; status == SIM_OK && i < n; i++) {
      for (int agent = 0; agent < agents; agent++) {
        m->result->seconds[ids[i] * agents + agent] += (float)SIM_DT;
      }
      if (!match_asks(m, ids[i])) {
        ids[kept++] = ids[i];
      }
    }
    n = kept;
  }
  return status;
}

static SimStatus step_env(void *self, const EnvResult *result, const float *action, int first,
                          int end, SimError *err) {
  EnvMatch *m = self;
  const int agents = m->options.agents;
  PolDecision decision;
  int n = 0;
  assert(first >= 0 && first < end && end <= m->options.matches);
  for (int row = first * agents; row < end * agents; row++) {
    SIM_TRY(asks(&decision, m, row) ? take_row(m, action, row, &decision, err) : SIM_OK);
  }
  for (int row = first * agents; row < end * agents; row++) {
    result->reward[row] = result->seconds[row] = 0;
    result->terminated[row] = result->truncated[row] = 0;
  }
  for (int match = first; match < end; match++) {
    m->running[n++] = match;
  }
  m->result = result;
  return run_on(m, m->running, n, err);
}

static void reset(void *self, bool all) {
  env_match_start(self, all);
}

static void set_opponents(void *self, const EnvOpponent *opponent, int n) {
  env_match_set_opponents(self, opponent, n);
}

static void clear_stats(void *self) {
  env_match_clear(self);
}

static size_t size(const void *self) {
  return env_match_size(self);
}

static void save(void *out, void *self) {
  env_match_save(out, self);
}

static SimStatus load(void *self, const void *in, SimError *err) {
  return env_match_load(self, in, err);
}

Env env_match_env(EnvMatch *m) {
  static const EnvOps OPS = {.reset = reset,
                             .observe = observe,
                             .step = step_env,
                             .set_opponents = set_opponents,
                             .clear_stats = clear_stats,
                             .size = size,
                             .save = save,
                             .load = load};
  const PolOptions *table = m->options.team->options;
  Env env = {.self = m,
             .ops = &OPS,
             .shape = {.num_envs = m->options.matches,
                       .agents = m->options.agents,
                       .inputs = m->inputs,
                       .outputs = table->heads,
                       .heads = table->heads}};
  assert(!m->options.learner && (m->options.agents == 1 || m->options.agents == SIM_TEAMS));
  memcpy(env.shape.option, table->n, sizeof env.shape.option);
  return env;
}

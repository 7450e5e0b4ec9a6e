#include "hcsp/learn/collect.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/row.h"
#include "policies/thinker.h"
#include "sim/base/log.h"
#include "sim/base/pool.h"
#include "sim/base/rng.h"

enum { BLOCK = POL_NET_TILE, HALVES = 2, ACTION_MAX = 16 };

struct LearnCollector {
  Env env;
  int rows;
  SimPool *pool;
  PolThinker *thinker;  // or NULL: the processor thinks
  float *scratch;       // [threads][scratch_size]
  size_t scratch_size;
  // of the step in progress, [rows]
  float *reward, *final_obs;
  uint8_t *terminated, *truncated;
  KrnDraw *draw;
  LearnCollectTime time;
  // of the collection in progress
  Rollout *rollout;
  const PolNet *actor;
  bool sample;
  int t, half, first, end;  // step of the rollout, and the environments whose turn it is
};

// ---- making and freeing

static void make_buffers(LearnCollector *c, int threads) {
  const EnvShape *shape = &c->env.shape;
  const size_t rows = (size_t)c->rows;
  // a tile of rows that are not masked, before what the network needs
  c->scratch_size = (size_t)POL_NET_TILE * (size_t)(shape->inputs + shape->outputs) +
                    (size_t)2 * POL_NET_WIDTH_MAX * POL_NET_TILE;
  c->pool = sim_pool_create(threads);
  c->scratch = sim_new((size_t)threads * c->scratch_size, sizeof *c->scratch);
  c->reward = sim_new(rows, sizeof *c->reward);
  c->final_obs = sim_new(rows * (size_t)shape->inputs, sizeof *c->final_obs);
  c->terminated = sim_new(rows, sizeof *c->terminated);
  c->truncated = sim_new(rows, sizeof *c->truncated);
  c->draw = sim_new(rows, sizeof *c->draw);
}

LearnCollector *learn_collector_create(const Env *env, KrnDevice *device, int threads,
                                       SimError *err) {
  assert(env->shape.num_envs >= 1 && env->shape.agents >= 1 && threads >= 1);
  const int half = env->shape.num_envs - env->shape.num_envs / HALVES;
  const PolThinkerOptions thinker = {.nets = 1,
                                     .seats = HALVES,
                                     .rows = half * env->shape.agents,
                                     .width = env->shape.inputs,
                                     .outputs = env->shape.outputs};
  LearnCollector *c = sim_new(1, sizeof *c);
  *c = (LearnCollector){.env = *env, .rows = env_rows(env)};
  make_buffers(c, threads);
  if (!c->pool) {
    sim_error(err, SIM_FAIL, "no %d threads for %d agents", threads, env_rows(env));
    learn_collector_destroy(c);
    return NULL;
  }
  c->thinker = device ? pol_thinker_create(device, &thinker, err) : NULL;
  if (device && !c->thinker) {
    learn_collector_destroy(c);
    return NULL;
  }
  return c;
}

void learn_collector_destroy(LearnCollector *c) {
  if (c) {
    pol_thinker_destroy(c->thinker);
    sim_pool_destroy(c->pool);
    free(c->scratch);
    free(c->reward);
    free(c->final_obs);
    free(c->terminated);
    free(c->truncated);
    free(c->draw);
    free(c);
  }
}

// ---- acting

static int row_first(const LearnCollector *c, int block) {
  return c->first * c->env.shape.agents + block * BLOCK;
}

static int row_end(const LearnCollector *c, int block) {
  const int end = row_first(c, block) + BLOCK, last = c->end * c->env.shape.agents;
  return end < last ? end : last;
}

static int blocks(const LearnCollector *c) {
  return ((c->end - c->first) * c->env.shape.agents + BLOCK - 1) / BLOCK;
}

// the rows of step t in the rollout
static EnvView view_of(const LearnCollector *c, int t) {
  const Rollout *r = c->rollout;
  const size_t at = (size_t)t * (size_t)r->worlds;
  return (EnvView){.obs = r->obs + at * (size_t)r->inputs, .mask = r->masked + at, .draw = c->draw};
}

// action = mean + deviation noise; its log-probability follows from the noise alone
static float draw_action(float *action, const PolNet *net, const KrnDraw *draw, bool sample) {
  float noise[ACTION_MAX], log_prob = 0;
  const int n = net->arch.outputs;
  SimRng rng = sim_rng(draw->seed, draw->world, draw->step, draw->purpose);
  assert(n <= ACTION_MAX);
  sim_rng_normals(&rng, noise, n);
  for (int i = 0; i < n; i++) {
    const float z = sample ? noise[i] : 0.0f;
    action[i] += expf(net->log_std[i]) * z;
    log_prob += -0.5f * z * z - net->log_std[i] - KRN_LOG_SQRT_2PI;
  }
  return log_prob;
}

// the rows that act side by side, at `to`; returns how many, list[] says which
static int gather(float *to, int list[BLOCK], const EnvView *view, int inputs, int first, int end) {
  int n = 0;
  for (int row = first; row < end; row++) {
    if (!view->mask[row]) {
      memcpy(to + (ptrdiff_t)n * inputs, view->obs + (ptrdiff_t)row * inputs,
             (size_t)inputs * sizeof *to);
      list[n++] = row;
    }
  }
  return n;
}

static void act_block(void *arg, int block, int thread) {
  LearnCollector *c = arg;
  const Rollout *r = c->rollout;
  const EnvView view = view_of(c, c->t);
  const int first = row_first(c, block), end = row_end(c, block), outputs = r->outputs;
  const size_t at = (size_t)c->t * (size_t)r->worlds;
  float *obs = c->scratch + (size_t)thread * c->scratch_size;
  float *mean = obs + (ptrdiff_t)BLOCK * r->inputs, *work = mean + (ptrdiff_t)BLOCK * outputs;
  int list[BLOCK];
  c->env.ops->observe(c->env.self, &view, first, end);
  const int n = gather(obs, list, &view, r->inputs, first, end);
  memset(r->action + (at + (size_t)first) * (size_t)outputs, 0,
         (size_t)(end - first) * (size_t)outputs * sizeof *r->action);
  memset(r->log_prob + at + first, 0, (size_t)(end - first) * sizeof *r->log_prob);
  if (n > 0) {
    pol_net_forward(mean, c->actor, obs, n, work);
  }
  for (int i = 0; i < n; i++) {
    const size_t row = at + (size_t)list[i];
    float *action = r->action + row * (size_t)outputs;
    memcpy(action, mean + (ptrdiff_t)i * outputs, (size_t)outputs * sizeof *action);
    r->log_prob[row] = draw_action(action, c->actor, &c->draw[list[i]], c->sample);
  }
}

// ---- acting on a device

static void submit_block(void *arg, int block, int thread) {
  (void)thread;
  LearnCollector *c = arg;
  const EnvView view = view_of(c, c->t);
  const int first = row_first(c, block), end = row_end(c, block), inputs = c->env.shape.inputs;
  const int before = c->first * c->env.shape.agents;
  const PolSeat *seat = pol_thinker_seat(c->thinker, c->half);
  c->env.ops->observe(c->env.self, &view, first, end);
  memcpy(seat->obs + (ptrdiff_t)(first - before) * inputs, view.obs + (ptrdiff_t)first * inputs,
         (size_t)(end - first) * (size_t)inputs * sizeof *seat->obs);
  for (int row = first; row < end; row++) {
    seat->key[row - before] = view.mask[row] ? -1 : 0;
    seat->draw[row - before] = c->draw[row];
    seat->draw[row - before].sample = c->sample;
  }
}

static SimStatus take_answers(LearnCollector *c, SimError *err) {
  const Rollout *r = c->rollout;
  const int agents = c->env.shape.agents, outputs = r->outputs;
  const int rows = (c->end - c->first) * agents;
  const size_t at = (size_t)c->t * (size_t)r->worlds + (size_t)(c->first * agents);
  const PolSeat *seat = pol_thinker_seat(c->thinker, c->half);
  const double start = sim_time_wall();
  const SimStatus status = pol_thinker_wait(c->thinker, c->half, err);
  c->time.wait += sim_time_wall() - start;
  for (int i = 0; i < rows; i++) {
    const size_t row = at + (size_t)i;
    float *action = r->action + row * (size_t)outputs;
    // nothing has been written where nothing was asked
    for (int j = 0; j < outputs; j++) {
      action[j] = r->masked[row] ? 0 : seat->action[(ptrdiff_t)i * outputs + j];
    }
    r->log_prob[row] = r->masked[row] ? 0 : seat->log_prob[i];
  }
  return status;
}

// ---- one step

static double clock_of(const LearnCollector *c) {
  return c->thinker ? sim_time_wall() : sim_time_thread();
}

// a half's turn at step t; without a device everything is in the second one
static void turn_to(LearnCollector *c, int t, int half) {
  const int n = c->env.shape.num_envs, middle = c->thinker ? n / HALVES : 0;
  c->t = t;
  c->half = half;
  c->first = half ? middle : 0;
  c->end = half ? n : middle;
}

// actions of the half whose turn it is, or a device that sets about finding them
static void act(LearnCollector *c) {
  const double start = clock_of(c);
  if (c->thinker) {
    sim_pool_run(c->pool, blocks(c), submit_block, c);
    pol_thinker_ask(c->thinker, c->half, (c->end - c->first) * c->env.shape.agents);
  } else {
    sim_pool_run(c->pool, blocks(c), act_block, c);
  }
  c->time.act += clock_of(c) - start;
}

static void book(LearnCollector *c) {
  Rollout *r = c->rollout;
  const int agents = c->env.shape.agents;
  for (int i = c->first * agents; i < c->end * agents; i++) {
    const size_t row = (size_t)c->t * (size_t)r->worlds + (size_t)i, inputs = (size_t)r->inputs;
    r->reward[row] = c->reward[i];
    r->ended[row] = c->terminated[i] || c->truncated[i];
    if (c->truncated[i]) {
      r->cut_row[r->cuts] = (int32_t)row;
      memcpy(r->cut_obs + (size_t)r->cuts++ * inputs, c->final_obs + (size_t)i * inputs,
             inputs * sizeof *r->cut_obs);
    }
  }
}

static SimStatus step(LearnCollector *c, SimError *err) {
  const EnvResult result = {.reward = c->reward,
                            .terminated = c->terminated,
                            .truncated = c->truncated,
                            .final_obs = c->final_obs};
  const Rollout *r = c->rollout;
  const float *action = r->action + (size_t)c->t * (size_t)r->worlds * (size_t)r->outputs;
  const double start = clock_of(c);
  SimStatus status = c->thinker ? take_answers(c, err) : SIM_OK;
  const double acted = clock_of(c);
  status = status ? status : c->env.ops->step(c->env.self, &result, action, c->first, c->end, err);
  c->time.act += acted - start;
  c->time.step += clock_of(c) - acted;
  if (status == SIM_OK) {
    book(c);
  }
  return status;
}

// ---- a rollout

SimStatus learn_collect(LearnCollector *c, Rollout *rollout, const PolNet *actor, bool sample,
                        SimError *err) {
  assert(rollout->worlds == c->rows && rollout->inputs == c->env.shape.inputs);
  assert(actor->arch.inputs == rollout->inputs && actor->arch.outputs == rollout->outputs);
  // an environment alone has no other half
  const int first_half = c->thinker && c->env.shape.num_envs >= HALVES ? 0 : 1;
  SimStatus status = c->thinker ? pol_thinker_set(c->thinker, 0, actor, err) : SIM_OK;
  c->rollout = rollout;
  c->actor = actor;
  c->sample = sample;
  rollout->cuts = 0;
  c->env.ops->reset(c->env.self, false);
  for (int half = first_half; status == SIM_OK && half < HALVES; half++) {
    turn_to(c, 0, half);
    act(c);
  }
  for (int t = 0; status == SIM_OK && t < rollout->steps; t++) {
    for (int half = first_half; status == SIM_OK && half < HALVES; half++) {
      turn_to(c, t, half);
      status = step(c, err);
      if (status == SIM_OK && t + 1 < rollout->steps) {
        turn_to(c, t + 1, half);
        act(c);
      }
    }
  }
  // what the critic sees behind the last step; nobody acts on it
  EnvView last = view_of(c, rollout->steps);
  last.mask = c->terminated;
  if (status == SIM_OK) {
    c->env.ops->observe(c->env.self, &last, 0, c->rows);
  }
  return status;
}

const LearnCollectTime *learn_collect_time(const LearnCollector *c) {
  return &c->time;
}

// One decision: (1) blocks of 64 worlds observe, run the actor and draw actions; (2) the batch
// takes the control steps of the decision, leaving out worlds whose episode is over; (3) blocks
// judge; (4) finished worlds are counted and started again, serially and in order, because starting
// uses the batch's only scratch state. Random numbers are functions of (seed, world, count).
#include "hcsp/learn/worlds.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/log.h"
#include "sim/base/pool.h"

enum { BLOCK = POL_NET_TILE };

// Time never ends a rally here: tasks have clocks of their own.
static const SimRules TRAINING_RULES = {.name = "training", .steps_max = 1 << 30};

struct HcspWorlds {
  const HcspTask *task;
  uint64_t seed;
  int n;
  bool stagger;
  uint32_t decision;  // taken by every world since the start
  SimModel *model;
  SimBatch *batch;
  SimPool *pool;
  HcspEpisode *episode;                     // [n]
  HcspJudgement *judgement;                 // [n]
  float (*action)[SIM_DRONES][SIM_ROTORS];  // [n]
  float *scratch;                           // [threads][scratch_size]
  int scratch_size;
  int *ids;  // worlds that still step
  HcspCount count;
  HcspWorldsTime time;
  // of the collection in progress
  HcspRollout *rollout;
  const PolNet *actor;
  bool sample;
  int t;
};

// ---- episodes

static void start_episode(HcspWorlds *w, int world) {
  HcspEpisode *episode = &w->episode[world];
  const uint32_t number = episode->number;
  SimView view = {.roster = 1u << HCSP_LEARNER};
  SimRng rng = sim_rng(w->seed, (uint32_t)world, number, SIM_RNG_TASK);
  *episode = (HcspEpisode){.number = number};
  w->task->start(w->task, episode, &view, &rng);
  sim_batch_place(w->batch, world, &view, SIM_NEAR, &episode->wash);
}

HcspWorlds *hcsp_worlds_create(const HcspTask *task, int worlds, bool stagger, int threads,
                               uint64_t seed, SimError *err) {
  const SimModelOptions options = {.roster = 1u << HCSP_LEARNER, .downwash = true};
  const size_t n = (size_t)worlds;
  HcspWorlds *w = calloc(1, sizeof *w);
  if (!w) {
    sim_error(err, SIM_FAIL, "no memory for worlds");
    return NULL;
  }
  *w = (HcspWorlds){.task = task, .seed = seed, .n = worlds, .stagger = stagger};
  w->pool = sim_pool_create(threads);
  w->episode = calloc(n, sizeof *w->episode);
  w->judgement = calloc(n, sizeof *w->judgement);
  w->action = calloc(n, sizeof *w->action);
  w->ids = calloc(n, sizeof *w->ids);
  w->scratch_size = 2 * POL_NET_WIDTH_MAX * POL_NET_TILE;
  w->scratch = calloc((size_t)threads * (size_t)w->scratch_size, sizeof *w->scratch);
  const bool ok = w->pool && w->episode && w->judgement && w->action && w->ids && w->scratch;
  if (!ok) {
    sim_error(err, SIM_FAIL, "no memory or threads for %d worlds on %d threads", worlds, threads);
  }
  w->model = ok ? sim_model_create(&options, err) : NULL;
  w->batch = w->model ? sim_batch_create(w->model, &TRAINING_RULES, worlds, threads, err) : NULL;
  if (!w->batch) {
    hcsp_worlds_destroy(w);
    return NULL;
  }
  for (int i = 0; i < worlds; i++) {
    start_episode(w, i);
    if (stagger) {
      SimRng rng = sim_rng(seed, (uint32_t)i, 0, SIM_RNG_TASK_CLOCK);
      w->episode[i].steps = (int)sim_rng_below(&rng, (uint32_t)w->episode[i].limit);
    }
  }
  return w;
}

void hcsp_worlds_destroy(HcspWorlds *w) {
  if (w) {
    sim_batch_destroy(w->batch);
    sim_model_destroy(w->model);
    sim_pool_destroy(w->pool);
    free(w->episode);
    free(w->judgement);
    free(w->action);
    free(w->ids);
    free(w->scratch);
    free(w);
  }
}

// ---- one decision

static void observe(float *obs, const HcspWorlds *w, int world) {
  const SimView *view = &sim_batch_state(w->batch, world)->view;
  sim_obs_goal(obs, w->task->layout, view, HCSP_LEARNER, &w->episode[world].goal);
}

// action = mean + deviation noise; its log-probability follows from the noise alone
static float draw_action(float *action, const HcspWorlds *w, int world) {
  const PolNet *net = w->actor;
  float noise[SIM_ROTORS], log_prob = 0;
  SimRng rng = sim_rng(w->seed, (uint32_t)world, w->decision, SIM_RNG_SKILL);
  sim_rng_normals(&rng, noise, SIM_ROTORS);
  for (int r = 0; r < SIM_ROTORS; r++) {
    const float z = w->sample ? noise[r] : 0.0f;
    action[r] += expf(net->log_std[r]) * z;
    log_prob += -0.5f * z * z - net->log_std[r] - KRN_LOG_SQRT_2PI;
  }
  return log_prob;
}

static int block_end(const HcspWorlds *w, int block) {
  return (block + 1) * BLOCK < w->n ? (block + 1) * BLOCK : w->n;
}

static void act_block(void *arg, int block, int thread) {
  HcspWorlds *w = arg;
  HcspRollout *r = w->rollout;
  const int first = block * BLOCK, end = block_end(w, block);
  const size_t row = (size_t)w->t * (size_t)w->n + (size_t)first;
  float *obs = r->obs + row * (size_t)r->inputs, *action = r->action + row * (size_t)r->outputs;
  for (int i = first; i < end; i++) {
    observe(obs + (size_t)(i - first) * (size_t)r->inputs, w, i);
  }
  pol_net_forward(action, w->actor, obs, end - first,
                  w->scratch + (size_t)thread * (size_t)w->scratch_size);
  for (int i = first; i < end; i++) {
    float *a = action + (size_t)(i - first) * (size_t)r->outputs;
    r->log_prob[row + (size_t)(i - first)] = draw_action(a, w, i);
    memcpy(w->action[i][HCSP_LEARNER], a, SIM_ROTORS * sizeof *a);
  }
}

static SimStatus step_worlds(HcspWorlds *w, SimError *err) {
  int n = w->n;
  for (int i = 0; i < n; i++) {
    w->ids[i] = i;
  }
  SimStatus status = SIM_OK;
  for (int k = 0; status == SIM_OK && n > 0 && k < w->task->every; k++) {
    status =
        sim_batch_step(w->batch, w->ids, n, (const float(*)[SIM_DRONES][SIM_ROTORS])w->action, err);
    int kept = 0;
    for (int i = 0; i < n; i++) {
      const int world = w->ids[i];
      if (!w->task->over(w->task, &w->episode[world], sim_batch_state(w->batch, world))) {
        w->ids[kept++] = world;
      }
    }
    n = kept;
  }
  return status;
}

static void judge_block(void *arg, int block, int thread) {
  (void)thread;
  HcspWorlds *w = arg;
  for (int i = block * BLOCK; i < block_end(w, block); i++) {
    HcspEpisode *episode = &w->episode[i];
    HcspJudgement *judgement = &w->judgement[i];
    *judgement = (HcspJudgement){0};
    episode->steps++;
    w->task->judge(w->task, episode, sim_batch_state(w->batch, i), judgement);
    episode->reward += judgement->reward;
  }
}

static void count_episode(HcspWorlds *w, int world) {
  const HcspJudgement *judgement = &w->judgement[world];
  // the clock of a world's first episode is only a part
  if (w->stagger && w->episode[world].number == 0) {
    return;
  }
  w->count.episodes++;
  w->count.reward += w->episode[world].reward;
  w->count.steps += w->episode[world].steps;
  for (int s = 0; s < w->task->stats; s++) {
    if (!isnan(judgement->stat[s])) {
      w->count.sum[s] += judgement->stat[s];
      w->count.n[s]++;
    }
  }
}

static void finish_decision(HcspWorlds *w, const HcspEpisodeWatcher *watcher) {
  HcspRollout *r = w->rollout;
  for (int i = 0; i < w->n; i++) {
    const HcspJudgement *judgement = &w->judgement[i];
    const size_t row = (size_t)w->t * (size_t)w->n + (size_t)i;
    r->reward[row] = (float)judgement->reward;
    r->ended[row] = judgement->ended || judgement->cut;
    r->masked[row] = 0;
    if (!r->ended[row]) {
      continue;
    }
    if (judgement->cut) {
      r->cut_row[r->cuts] = (int32_t)row;
      observe(r->cut_obs + (size_t)r->cuts++ * (size_t)r->inputs, w, i);
    }
    count_episode(w, i);
    if (watcher) {
      watcher->end(watcher->arg, &w->episode[i], sim_batch_state(w->batch, i), judgement);
    }
    w->episode[i].number++;
    start_episode(w, i);
  }
}

SimStatus hcsp_worlds_collect(HcspWorlds *w, HcspRollout *rollout, const PolNet *actor, bool sample,
                              const HcspEpisodeWatcher *watcher, SimError *err) {
  assert(rollout->worlds == w->n && actor->arch.outputs == SIM_ROTORS);
  const int blocks = (w->n + BLOCK - 1) / BLOCK;
  w->rollout = rollout;
  w->actor = actor;
  w->sample = sample;
  rollout->cuts = 0;
  SimStatus status = SIM_OK;
  for (w->t = 0; status == SIM_OK && w->t < rollout->steps; w->t++) {
    const double start = sim_time_thread();
    sim_pool_run(w->pool, blocks, act_block, w);
    const double acted = sim_time_thread();
    status = step_worlds(w, err);
    const double stepped = sim_time_thread();
    if (status == SIM_OK) {
      sim_pool_run(w->pool, blocks, judge_block, w);
      finish_decision(w, watcher);
      w->decision++;
    }
    w->time.act += acted - start;
    w->time.step += stepped - acted;
    w->time.judge += sim_time_thread() - stepped;
  }
  // what the critic sees behind the last decision
  float *last = rollout->obs + (size_t)rollout->steps * (size_t)w->n * (size_t)rollout->inputs;
  for (int i = 0; status == SIM_OK && i < w->n; i++) {
    observe(last + (size_t)i * (size_t)rollout->inputs, w, i);
  }
  return status;
}

const HcspWorldsTime *hcsp_worlds_time(const HcspWorlds *worlds) {
  return &worlds->time;
}

const HcspCount *hcsp_worlds_count(const HcspWorlds *worlds) {
  return &worlds->count;
}

void hcsp_worlds_clear(HcspWorlds *worlds) {
  worlds->count = (HcspCount){0};
}

// ---- checkpoints

size_t hcsp_worlds_size(const HcspWorlds *w) {
  const size_t row = (size_t)sim_world_row_size(w->model) * sizeof(double);
  return sizeof w->decision + sizeof w->count + (size_t)w->n * (sizeof *w->episode + row);
}

static char *put(char *to, const void *from, size_t size) {
  memcpy(to, from, size);
  return to + size;
}

static const char *get(void *to, const char *from, size_t size) {
  memcpy(to, from, size);
  return from + size;
}

void hcsp_worlds_save(HcspWorlds *w, void *bytes) {
  const size_t n = (size_t)sim_world_row_size(w->model);
  double row[2048];
  assert(n <= sizeof row / sizeof row[0]);
  char *to = put(bytes, &w->decision, sizeof w->decision);
  to = put(to, &w->count, sizeof w->count);
  to = put(to, w->episode, (size_t)w->n * sizeof *w->episode);
  for (int i = 0; i < w->n; i++) {
    sim_batch_save(w->batch, i, row);
    to = put(to, row, n * sizeof *row);
  }
  assert(to == (char *)bytes + hcsp_worlds_size(w));
}

SimStatus hcsp_worlds_load(HcspWorlds *w, const void *bytes, SimError *err) {
  const size_t n = (size_t)sim_world_row_size(w->model);
  double row[2048];
  SimStatus status = SIM_OK;
  const char *from = get(&w->decision, bytes, sizeof w->decision);
  from = get(&w->count, from, sizeof w->count);
  from = get(w->episode, from, (size_t)w->n * sizeof *w->episode);
  for (int i = 0; status == SIM_OK && i < w->n; i++) {
    from = get(row, from, n * sizeof *row);
    status = sim_batch_load(w->batch, i, row, NULL, err);
    if (status == SIM_OK && (w->episode[i].wash.n < 0 || w->episode[i].wash.n > SIM_ROLES)) {
      status = sim_error(err, SIM_BAD_INPUT, "world %d: saw %d team-mates, wanted 0 to %d", i,
                         w->episode[i].wash.n, SIM_ROLES);
    }
    if (status == SIM_OK) {
      sim_batch_set_wash(w->batch, i, &w->episode[i].wash);
    }
  }
  return status;
}

// One decision: (1) blocks of 64 worlds observe, run the actor and draw actions; (2) the batch
// takes the control steps of the decision, leaving out worlds whose episode is over; (3) blocks
// judge; (4) finished worlds are counted and started again, serially and in order, because starting
// uses the batch's only scratch state. Random numbers are functions of (seed, world, count).
//
// With a device that acts beside the processor, the worlds go in two halves: one asks the device as
// soon as its decision is over, and the other takes its own meanwhile. What a world sees and does
// is the same either way, and worlds are counted in the same order.
#include "hcsp/env/skill_env.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "policies/thinker.h"
#include "sim/base/log.h"
#include "sim/base/pool.h"

enum { BLOCK = POL_NET_TILE, HALVES = 2 };

// Time never ends a rally here: tasks have clocks of their own.
static const SimRules TRAINING_RULES = {.name = "training", .steps_max = 1 << 30};

struct EnvSkill {
  const Task *task;
  uint64_t seed;
  int n;
  bool stagger;
  uint32_t decision;  // taken by every world since the start
  SimModel *model;
  SimBatch *batch;
  SimPool *pool;
  TaskEpisode *episode;                     // [n]
  TaskStep *judgement;                      // [n]
  float (*action)[SIM_DRONES][SIM_ROTORS];  // [n]
  float *scratch;                           // [threads][scratch_size]
  int scratch_size;
  int *ids;  // worlds that still step
  EnvSkillCount count;
  EnvSkillTime time;
  // of the collection in progress
  Rollout *rollout;
  const PolNet *actor;
  PolThinker *thinker;  // or NULL: the processor thinks
  bool sample;
  int t, first, end;  // decision of the rollout, and the worlds that take it now
};

// ---- episodes

static void start_episode(EnvSkill *w, int world) {
  TaskEpisode *episode = &w->episode[world];
  const uint32_t number = episode->number;
  SimView view = {.roster = 1u << TASK_LEARNER};
  SimRng rng = sim_rng(w->seed, (uint32_t)world, number, SIM_RNG_TASK);
  *episode = (TaskEpisode){.number = number};
  w->task->start(w->task, episode, &view, &rng);
  sim_batch_place(w->batch, world, &view, SIM_NEAR, &episode->wash);
}

EnvSkill *env_skill_create(const Task *task, int worlds, bool stagger, int threads, uint64_t seed,
                           SimError *err) {
  const SimModelOptions options = {
      .roster = 1u << TASK_LEARNER, .downwash = true, .physics = task->physics};
  const size_t n = (size_t)worlds;
  EnvSkill *w = calloc(1, sizeof *w);
  if (!w) {
    sim_error(err, SIM_FAIL, "no memory for worlds");
    return NULL;
  }
  *w = (EnvSkill){.task = task, .seed = seed, .n = worlds, .stagger = stagger};
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
    env_skill_destroy(w);
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

void env_skill_destroy(EnvSkill *w) {
  if (w) {
    sim_batch_destroy(w->batch);
    sim_model_destroy(w->model);
    sim_pool_destroy(w->pool);
    pol_thinker_destroy(w->thinker);
    free(w->episode);
    free(w->judgement);
    free(w->action);
    free(w->ids);
    free(w->scratch);
    free(w);
  }
}

// all there is to it on one thread; beside a device, time that others take counts, too
static double clock_of(const EnvSkill *w) {
  return w->thinker ? sim_time_wall() : sim_time_thread();
}

// ---- one decision

static void observe(float *obs, const EnvSkill *w, int world) {
  const SimView *view = &sim_batch_state(w->batch, world)->view;
  sim_obs_goal(obs, w->task->layout, view, TASK_LEARNER, &w->episode[world].goal);
}

static KrnDraw draw_of(const EnvSkill *w, int world) {
  return (KrnDraw){.seed = w->seed,
                   .world = (uint32_t)world,
                   .step = w->decision + (uint32_t)w->t,
                   .purpose = SIM_RNG_SKILL,
                   .sample = w->sample};
}

// action = mean + deviation noise; its log-probability follows from the noise alone
static float draw_action(float *action, const EnvSkill *w, int world) {
  const PolNet *net = w->actor;
  const KrnDraw draw = draw_of(w, world);
  float noise[SIM_ROTORS], log_prob = 0;
  SimRng rng = sim_rng(draw.seed, draw.world, draw.step, draw.purpose);
  sim_rng_normals(&rng, noise, SIM_ROTORS);
  for (int r = 0; r < SIM_ROTORS; r++) {
    const float z = w->sample ? noise[r] : 0.0f;
    action[r] += expf(net->log_std[r]) * z;
    log_prob += -0.5f * z * z - net->log_std[r] - KRN_LOG_SQRT_2PI;
  }
  return log_prob;
}

static int blocks_now(const EnvSkill *w) {
  return (w->end - w->first + BLOCK - 1) / BLOCK;
}

static int block_first(const EnvSkill *w, int block) {
  return w->first + block * BLOCK;
}

static int block_end(const EnvSkill *w, int block) {
  const int end = block_first(w, block) + BLOCK;
  return end < w->end ? end : w->end;
}

static size_t row_of(const EnvSkill *w, int world) {
  return (size_t)w->t * (size_t)w->n + (size_t)world;
}

static float *observe_block(EnvSkill *w, int first, int end) {
  const Rollout *r = w->rollout;
  float *obs = r->obs + row_of(w, first) * (size_t)r->inputs;
  for (int i = first; i < end; i++) {
    observe(obs + (size_t)(i - first) * (size_t)r->inputs, w, i);
  }
  return obs;
}

static void act_block(void *arg, int block, int thread) {
  EnvSkill *w = arg;
  const Rollout *r = w->rollout;
  const int first = block_first(w, block), end = block_end(w, block);
  const size_t row = row_of(w, first);
  const float *obs = observe_block(w, first, end);
  float *action = r->action + row * (size_t)r->outputs;
  pol_net_forward(action, w->actor, obs, end - first,
                  w->scratch + (size_t)thread * (size_t)w->scratch_size);
  for (int i = first; i < end; i++) {
    float *a = action + (size_t)(i - first) * (size_t)r->outputs;
    r->log_prob[row + (size_t)(i - first)] = draw_action(a, w, i);
    memcpy(w->action[i][TASK_LEARNER], a, SIM_ROTORS * sizeof *a);
  }
}

// ---- thinking on a device

static int half_of(const EnvSkill *w) {
  return w->first > 0;
}

static void ask_block(void *arg, int block, int thread) {
  (void)thread;
  EnvSkill *w = arg;
  const int first = block_first(w, block), end = block_end(w, block);
  const size_t inputs = (size_t)w->rollout->inputs, at = (size_t)(first - w->first);
  const PolSeat *seat = pol_thinker_seat(w->thinker, half_of(w));
  memcpy(seat->obs + at * inputs, observe_block(w, first, end),
         (size_t)(end - first) * inputs * sizeof *seat->obs);
  for (int i = first; i < end; i++) {
    seat->draw[i - w->first] = draw_of(w, i);
  }
}

static SimStatus take_answer(EnvSkill *w, SimError *err) {
  const Rollout *r = w->rollout;
  const size_t n = (size_t)(w->end - w->first), row = row_of(w, w->first);
  const PolSeat *seat = pol_thinker_seat(w->thinker, half_of(w));
  const double start = sim_time_wall();
  const SimStatus status = pol_thinker_wait(w->thinker, half_of(w), err);
  w->time.wait += sim_time_wall() - start;
  memcpy(r->action + row * SIM_ROTORS, seat->action, n * SIM_ROTORS * sizeof *r->action);
  memcpy(r->log_prob + row, seat->log_prob, n * sizeof *r->log_prob);
  for (int i = w->first; i < w->end; i++) {
    memcpy(w->action[i][TASK_LEARNER], seat->action + (ptrdiff_t)(i - w->first) * SIM_ROTORS,
           sizeof w->action[i][TASK_LEARNER]);
  }
  return status;
}

SimStatus env_skill_think_on(EnvSkill *w, KrnDevice *device, SimError *err) {
  const PolThinkerOptions options = {.nets = 1,
                                     .seats = HALVES,
                                     .rows = w->n - w->n / HALVES,
                                     .width = sim_obs_size(w->task->layout),
                                     .outputs = SIM_ROTORS};
  pol_thinker_destroy(w->thinker);
  w->thinker = pol_thinker_create(device, &options, err);
  return w->thinker ? SIM_OK : err->status;
}

// ---- the rest of a decision

static SimStatus step_worlds(EnvSkill *w, SimError *err) {
  int n = 0;
  for (int i = w->first; i < w->end; i++) {
    w->ids[n++] = i;
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
  EnvSkill *w = arg;
  for (int i = block_first(w, block); i < block_end(w, block); i++) {
    TaskEpisode *episode = &w->episode[i];
    TaskStep *judgement = &w->judgement[i];
    *judgement = (TaskStep){0};
    episode->steps++;
    w->task->judge(w->task, episode, sim_batch_state(w->batch, i), judgement);
    episode->reward += judgement->reward;
  }
}

static void count_episode(EnvSkill *w, int world) {
  const TaskStep *judgement = &w->judgement[world];
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

static void finish_decision(EnvSkill *w, const EnvEpisodeWatcher *watcher) {
  Rollout *r = w->rollout;
  for (int i = w->first; i < w->end; i++) {
    const TaskStep *judgement = &w->judgement[i];
    const size_t row = row_of(w, i);
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

// the worlds that are up, of decision t
static void turn_to(EnvSkill *w, int t, int half) {
  const int middle = w->n / HALVES;
  w->t = t;
  w->first = half ? middle : 0;
  w->end = w->thinker && half == 0 ? middle : w->n;
}

// actions of the worlds that are up, or a device that sets about finding them
static void ask(EnvSkill *w) {
  const double start = clock_of(w);
  if (w->thinker) {
    sim_pool_run(w->pool, blocks_now(w), ask_block, w);
    pol_thinker_ask(w->thinker, half_of(w), w->end - w->first);
  } else {
    sim_pool_run(w->pool, blocks_now(w), act_block, w);
  }
  w->time.act += clock_of(w) - start;
}

static SimStatus answer(EnvSkill *w, const EnvEpisodeWatcher *watcher, SimError *err) {
  const double start = clock_of(w);
  SimStatus status = w->thinker ? take_answer(w, err) : SIM_OK;
  const double acted = clock_of(w);
  if (status == SIM_OK) {
    status = step_worlds(w, err);
  }
  const double stepped = clock_of(w);
  if (status == SIM_OK) {
    sim_pool_run(w->pool, blocks_now(w), judge_block, w);
    finish_decision(w, watcher);
  }
  w->time.act += acted - start;
  w->time.step += stepped - acted;
  w->time.judge += clock_of(w) - stepped;
  return status;
}

SimStatus env_skill_collect(EnvSkill *w, Rollout *rollout, const PolNet *actor, bool sample,
                            const EnvEpisodeWatcher *watcher, SimError *err) {
  assert(rollout->worlds == w->n && actor->arch.outputs == SIM_ROTORS);
  // a world alone has no other half
  const int first_half = w->thinker && w->n < HALVES ? 1 : 0, halves = w->thinker ? HALVES : 1;
  SimStatus status = w->thinker ? pol_thinker_set(w->thinker, 0, actor, err) : SIM_OK;
  w->rollout = rollout;
  w->actor = actor;
  w->sample = sample;
  rollout->cuts = 0;
  for (int half = first_half; status == SIM_OK && half < halves; half++) {
    turn_to(w, 0, half);
    ask(w);
  }
  for (int t = 0; status == SIM_OK && t < rollout->steps; t++) {
    for (int half = first_half; status == SIM_OK && half < halves; half++) {
      turn_to(w, t, half);
      status = answer(w, watcher, err);
      if (status == SIM_OK && t + 1 < rollout->steps) {
        turn_to(w, t + 1, half);
        ask(w);
      }
    }
  }
  w->decision += (uint32_t)rollout->steps;
  // what the critic sees behind the last decision
  float *last = rollout->obs + (size_t)rollout->steps * (size_t)w->n * (size_t)rollout->inputs;
  for (int i = 0; status == SIM_OK && i < w->n; i++) {
    observe(last + (size_t)i * (size_t)rollout->inputs, w, i);
  }
  return status;
}

uint64_t env_skill_model(const EnvSkill *w) {
  return w->model->hash;
}

const EnvSkillTime *env_skill_time(const EnvSkill *worlds) {
  return &worlds->time;
}

const EnvSkillCount *env_skill_count(const EnvSkill *worlds) {
  return &worlds->count;
}

void env_skill_clear(EnvSkill *worlds) {
  worlds->count = (EnvSkillCount){0};
}

// ---- checkpoints

size_t env_skill_size(const EnvSkill *w) {
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

void env_skill_save(EnvSkill *w, void *bytes) {
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
  assert(to == (char *)bytes + env_skill_size(w));
}

SimStatus env_skill_load(EnvSkill *w, const void *bytes, SimError *err) {
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

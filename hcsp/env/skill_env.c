// A step: (1) the batch takes the control steps of the decision, leaving out environments whose
// episode is over; (2) blocks of 64 of them are paid; (3) finished ones are counted and started
// again, serially and in order, because starting uses the batch's only scratch state. Random
// numbers are functions of (seed, environment, count).
#include "hcsp/env/skill_env.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/skill_device.h"
#include "policies/net_fused.h"
#include "sim/base/log.h"
#include "sim/base/pool.h"

enum { BLOCK = 64, ROW_MAX = 2048 };

// Time never ends a rally here: tasks have clocks of their own.
static const SimRules TRAINING_RULES = {.name = "training", .steps_max = 1 << 30};
static const SimRules PLAY_ON_RULES = {.name = "play_on", .steps_max = 1 << 30, .play_on = true};

struct EnvSkill {
  const Task *task;
  uint64_t seed;
  int n;
  bool stagger;
  SimModel *model;
  SimBatch *batch;
  SimPool *pool;
  TaskEpisode *episode;                     // [n]
  TaskStep *outcome;                        // [n], of the last step
  uint32_t *decision;                       // [n], taken since the start
  float (*action)[SIM_DRONES][SIM_ROTORS];  // [n]
  int *ids;                                 // that still step
  int first, end;                           // of the step in progress
  const EnvEpisodeWatcher *watcher;
  EnvSkillCount count;
  EnvSkillTime time;
};

// ---- episodes

static void start_episode(EnvSkill *w, int world) {
  TaskEpisode *episode = &w->episode[world];
  const uint32_t number = episode->number;
  SimView view = {.roster = 1u << TASK_LEARNER};
  SimRng rng = sim_rng(w->seed, (uint32_t)world, number, SIM_RNG_TASK);
  *episode = (TaskEpisode){.number = number};
  w->task->start(w->task, episode, &view, &rng);
  if (!w->model->world.fixed || w->model->world.filtered) {
    sim_batch_set_rally(w->batch, world, w->seed + ((uint64_t)(uint32_t)world << 32), number);
  }
  sim_batch_place(w->batch, world, &view, SIM_NEAR, &episode->wash);
}

EnvSkill *env_skill_create(const Task *task, int worlds, bool stagger, int threads, uint64_t seed,
                           SimError *err) {
  assert(worlds >= 1 && threads >= 1 && task->stats <= TASK_STATS_MAX);
  const SimModelOptions options = {.roster = 1u << TASK_LEARNER,
                                   .downwash = true,
                                   .physics = task->physics,
                                   .world = task->world};
  const size_t n = (size_t)worlds;
  EnvSkill *w = sim_new(1, sizeof *w);
  *w = (EnvSkill){.task = task, .seed = seed, .n = worlds, .stagger = stagger};
  w->pool = sim_pool_create(threads);
  w->episode = sim_new(n, sizeof *w->episode);
  w->outcome = sim_new(n, sizeof *w->outcome);
  w->decision = sim_new(n, sizeof *w->decision);
  w->action = sim_new(n, sizeof *w->action);
  w->ids = sim_new(n, sizeof *w->ids);
  if (!w->pool) {
    sim_error(err, SIM_FAIL, "no %d threads for %d worlds", threads, worlds);
  }
  w->model = w->pool ? sim_model_create(&options, err) : NULL;
  const SimRules *rules = task->play_on ? &PLAY_ON_RULES : &TRAINING_RULES;
  w->batch = w->model ? sim_batch_create(w->model, rules, worlds, threads, err) : NULL;
  const bool ctbr = task->action == SIM_ACTION_CTBR;
  if (!w->batch || (ctbr && sim_batch_allow_ctbr(w->batch, err) != SIM_OK)) {
    env_skill_destroy(w);
    return NULL;
  }
  for (int i = 0; ctbr && i < worlds; i++) {
    sim_batch_set_ctbr(w->batch, i, 1u << TASK_LEARNER);
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
    free(w->episode);
    free(w->outcome);
    free(w->decision);
    free(w->action);
    free(w->ids);
    free(w);
  }
}

static void reset(void *self, bool all) {
  EnvSkill *w = self;
  for (int i = 0; all && i < w->n; i++) {
    w->episode[i].number++;
    start_episode(w, i);
  }
}

// ---- observing

static void observe_one(float *obs, const EnvSkill *w, int world) {
  w->task->observe(obs, w->task, &w->episode[world], sim_batch_seen(w->batch, world));
}

static void observe(void *self, const EnvView *view, int first, int end) {
  EnvSkill *w = self;
  const size_t inputs = (size_t)sim_obs_size(w->task->layout);
  assert(first >= 0 && end <= w->n);
  for (int i = first; i < end; i++) {
    observe_one(view->obs + (size_t)i * inputs, w, i);
    view->mask[i] = 0;
    view->draw[i] = (KrnDraw){
        .seed = w->seed, .world = (uint32_t)i, .step = w->decision[i], .purpose = SIM_RNG_SKILL};
  }
}

// ---- stepping

// all there is to it on one thread; with others, time that they take counts, too
static double clock_of(const EnvSkill *w) {
  return sim_pool_threads(w->pool) > 1 ? sim_time_wall() : sim_time_thread();
}

static SimStatus step_worlds(EnvSkill *w, SimError *err) {
  int n = 0;
  for (int i = w->first; i < w->end; i++) {
    w->ids[n++] = i;
  }
  for (int k = 0; n > 0 && k < w->task->every; k++) {
    SIM_TRY(sim_batch_step(w->batch, w->ids, n, (const float(*)[SIM_DRONES][SIM_ROTORS])w->action,
                           err));
    int kept = 0;
    for (int i = 0; i < n; i++) {
      const int world = w->ids[i];
      if (!w->task->over(w->task, &w->episode[world], sim_batch_state(w->batch, world))) {
        w->ids[kept++] = world;
      }
    }
    n = kept;
  }
  return SIM_OK;
}

static void pay_block(void *arg, int block, int thread) {
  (void)thread;
  EnvSkill *w = arg;
  const int first = w->first + block * BLOCK, last = first + BLOCK;
  for (int i = first; i < w->end && i < last; i++) {
    TaskEpisode *episode = &w->episode[i];
    TaskStep *outcome = &w->outcome[i];
    *outcome = (TaskStep){0};
    episode->steps++;
    w->task->judge(w->task, episode, sim_batch_state(w->batch, i), outcome);
    episode->reward += outcome->reward;
  }
}

static void count_episode(EnvSkill *w, int world) {
  const TaskStep *outcome = &w->outcome[world];
  // the clock of a world's first episode is only a part
  if (w->stagger && w->episode[world].number == 0) {
    return;
  }
  w->count.episodes++;
  w->count.reward += w->episode[world].reward;
  w->count.steps += w->episode[world].steps;
  for (int s = 0; s < w->task->stats; s++) {
    if (!isnan(outcome->stat[s])) {
      w->count.sum[s] += outcome->stat[s];
      w->count.n[s]++;
    }
  }
}

static void finish(EnvSkill *w, const EnvResult *result, int i) {
  const TaskStep *outcome = &w->outcome[i];
  result->reward[i] = (float)outcome->reward;
  result->terminated[i] = outcome->ended;
  result->truncated[i] = outcome->cut;
  w->decision[i]++;
  if (!outcome->ended && !outcome->cut) {
    return;
  }
  observe_one(result->final_obs + (size_t)i * (size_t)sim_obs_size(w->task->layout), w, i);
  count_episode(w, i);
  if (w->watcher) {
    w->watcher->end(w->watcher->arg, &w->episode[i], sim_batch_state(w->batch, i), outcome);
  }
  w->episode[i].number++;
  start_episode(w, i);
}

static SimStatus step(void *self, const EnvResult *result, const float *action, int first, int end,
                      SimError *err) {
  EnvSkill *w = self;
  assert(first >= 0 && first < end && end <= w->n);
  w->first = first;
  w->end = end;
  for (int i = first; i < end; i++) {
    memcpy(w->action[i][TASK_LEARNER], action + (ptrdiff_t)i * SIM_ROTORS,
           sizeof w->action[i][TASK_LEARNER]);
  }
  const double start = clock_of(w);
  const SimStatus status = step_worlds(w, err);
  const double stepped = clock_of(w);
  if (status == SIM_OK) {
    sim_pool_run(w->pool, (end - first + BLOCK - 1) / BLOCK, pay_block, w);
    for (int i = first; i < end; i++) {
      finish(w, result, i);
    }
  }
  w->time.step += stepped - start;
  w->time.reward += clock_of(w) - stepped;
  return status;
}

void env_skill_watch(EnvSkill *w, const EnvEpisodeWatcher *watcher) {
  w->watcher = watcher;
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

// ---- episodes elsewhere

const char *env_skill_keeps(const EnvSkill *w) {
  const SimWorldFile *world = &w->model->world;
  KrnFusedNet critic;
  return !w->task->hover && !w->task->strike      ? "its task has no form for a GPU"
         : w->task->physics != SIM_PHYSICS_FLIGHT ? "MuJoCo moves its bodies (physics: mujoco)"
         : !world->fixed || world->filtered       ? "its world draws numbers, noise or delays"
         : w->task->action != SIM_ACTION_ROTOR    ? "it commands body rates (action: ctbr)"
         : w->task->critic && !pol_net_fused(&critic, w->task->critic)
             ? "the critic that prices states has norms, or is wider than "
               "kernels are"
         : w->task->stats > (int)TASK_STATS_MAX ? "it has too many statistics"
                                                : NULL;
}

// decisions of the shortest clock
static int shortest(const Task *task) {
  const double second = 1 / (SIM_DT * task->every);
  return (int)(second * (task->hover ? task->hover->keys->time_min : task->time_max));
}

void env_skill_describe(EnvCuda *cuda, const EnvSkill *w) {
  const Task *task = w->task;
  *cuda = (EnvCuda){.n = w->n,
                    .every = task->every,
                    .inputs = sim_obs_size(task->layout),
                    .limit = shortest(task),
                    .stagger = w->stagger,
                    .play_on = task->play_on,
                    .seed = w->seed,
                    .plant = sim_batch_state(w->batch, 0)->plant,
                    .form = task->hover ? ENV_HOVER : ENV_STRIKE};
  if (task->hover) {
    cuda->hover = *task->hover;
  }
  if (task->strike) {
    cuda->strike = *task->strike;
  }
  if (task->critic) {
    pol_net_fused(&cuda->critic, task->critic);
  }
}

void env_skill_get_world(EnvWorld *world, const EnvSkill *w, int i) {
  const SimState *state = sim_batch_state(w->batch, i);
  memset(world, 0, sizeof *world);
  sim_batch_get_solo(&world->solo, w->batch, i);
  world->referee = state->referee;
  world->episode = w->episode[i];
  world->decision = w->decision[i];
  world->bad_commands = state->bad_commands;
}

void env_skill_set_world(EnvSkill *w, int i, const EnvWorld *world) {
  sim_batch_set_solo(w->batch, i, &world->solo, &world->referee, world->bad_commands);
  w->episode[i] = world->episode;
  w->decision[i] = world->decision;
  sim_batch_set_wash(w->batch, i, &world->episode.wash);
}

void env_skill_add(EnvSkill *w, const double *tally) {
  w->count.episodes += tally[ENV_TALLY_EPISODES];
  w->count.reward += tally[ENV_TALLY_REWARD];
  w->count.steps += tally[ENV_TALLY_STEPS];
  for (int s = 0; s < w->task->stats; s++) {
    w->count.sum[s] += tally[ENV_TALLY_SUM + s];
    w->count.n[s] += tally[ENV_TALLY_N + s];
  }
}

static void clear_stats(void *self) {
  ((EnvSkill *)self)->count = (EnvSkillCount){0};
}

// ---- checkpoints

static size_t size(const void *self) {
  const EnvSkill *w = self;
  const size_t row =
      (size_t)sim_world_row_size(w->model) * sizeof(double) + sim_batch_link_size(w->batch);
  return sizeof w->count + (size_t)w->n * (sizeof *w->decision + sizeof *w->episode + row);
}

static char *put(char *to, const void *from, size_t size) {
  memcpy(to, from, size);
  return to + size;
}

static const char *get(void *to, const char *from, size_t size) {
  memcpy(to, from, size);
  return from + size;
}

static void save(void *bytes, void *self) {
  EnvSkill *w = self;
  const size_t n = (size_t)sim_world_row_size(w->model);
  double row[ROW_MAX];
  assert(n <= sizeof row / sizeof row[0]);
  char *to = put(bytes, w->decision, (size_t)w->n * sizeof *w->decision);
  to = put(to, &w->count, sizeof w->count);
  to = put(to, w->episode, (size_t)w->n * sizeof *w->episode);
  for (int i = 0; i < w->n; i++) {
    sim_batch_save(w->batch, i, row);
    to = put(to, row, n * sizeof *row);
    sim_batch_link_save(w->batch, i, to);
    to += sim_batch_link_size(w->batch);
  }
  assert(to == (char *)bytes + size(w));
}

static SimStatus load(void *self, const void *bytes, SimError *err) {
  EnvSkill *w = self;
  const size_t n = (size_t)sim_world_row_size(w->model);
  double row[ROW_MAX];
  const char *from = get(w->decision, bytes, (size_t)w->n * sizeof *w->decision);
  from = get(&w->count, from, sizeof w->count);
  from = get(w->episode, from, (size_t)w->n * sizeof *w->episode);
  for (int i = 0; i < w->n; i++) {
    from = get(row, from, n * sizeof *row);
    SIM_TRY(sim_batch_load(w->batch, i, row, NULL, err));
    sim_batch_link_load(w->batch, i, from);
    from += sim_batch_link_size(w->batch);
    if (w->episode[i].wash.n < 0 || w->episode[i].wash.n > SIM_ROLES) {
      return sim_error(err, SIM_BAD_INPUT, "world %d: saw %d team-mates, wanted 0 to %d", i,
                       w->episode[i].wash.n, SIM_ROLES);
    }
    sim_batch_set_wash(w->batch, i, &w->episode[i].wash);
  }
  return SIM_OK;
}

Env env_skill_env(EnvSkill *w) {
  static const EnvOps OPS = {.reset = reset,
                             .observe = observe,
                             .step = step,
                             .clear_stats = clear_stats,
                             .size = size,
                             .save = save,
                             .load = load};
  return (Env){.self = w,
               .ops = &OPS,
               .shape = {.num_envs = w->n,
                         .agents = 1,
                         .inputs = sim_obs_size(w->task->layout),
                         .outputs = SIM_ROTORS,
                         .seconds = w->task->every * SIM_DT}};
}

// MuJoCo's batch keeps one integration state per match and one mjData per thread; our half of a
// match lies beside it in an array. mjb_apply loads a match's state, runs our step, saves it.
//
// Where the closed form moves the bodies, matches also lie in blocks of 8 (sim/block.h), which step
// side by side. MuJoCo's row of a match then falls behind its block, and catches up when somebody
// wants it: a checkpoint, or mj_step because drones are near each other.
#include "sim/batch.h"

#include <assert.h>
#include <math.h>
#include <mujoco/mjbatch.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/pool.h"
#include "sim/base/tsan.h"
#include "sim/block.h"
#include "sim/vec.h"

struct SimBatch {
  const SimModel *model;
  const SimRules *rules;
  mjBatch *mjb;
  SimState *state;  // [n]
  // [n], or NULL where policies see and command directly
  SimLink *link;
  SimState *seen;
  float (*applied)[SIM_DRONES][SIM_ROTORS];
  unsigned *ctbr;
  SimMixer mixer;
  mjData *scratch;  // for load
  int n;
  // of the closed form; NULL where MuJoCo moves the bodies
  const SimBlockKernel *kernel;
  SimPool *pool;
  SimBlock *block;  // [blocks]
  unsigned *lanes;  // [blocks]: matches that step
  int *list;        // [blocks] with such matches
  int *near;        // [n]: matches that only MuJoCo can step
  bool *behind;     // [n]: MuJoCo's row is older than the block
};

static int blocks(const SimBatch *batch) {
  return (batch->n + SIM_BLOCK - 1) / SIM_BLOCK;
}

static SimStatus make_blocks(SimBatch *batch, int threads, SimError *err) {
  const size_t n = (size_t)blocks(batch), bytes = n * sizeof *batch->block;
  batch->kernel = sim_block_kernel();
  batch->pool = sim_pool_create(threads);
  batch->block = aligned_alloc(_Alignof(SimBlock), bytes);
  batch->lanes = calloc(n, sizeof *batch->lanes);
  batch->list = calloc(n, sizeof *batch->list);
  batch->near = calloc(n * SIM_BLOCK, sizeof *batch->near);
  batch->behind = calloc(n * SIM_BLOCK, sizeof *batch->behind);
  if (!batch->pool || !batch->block || !batch->lanes || !batch->list || !batch->near ||
      !batch->behind) {
    return sim_error(err, SIM_FAIL, "no memory or threads for %d matches in blocks", batch->n);
  }
  memset(batch->block, 0, bytes);
  return SIM_OK;
}

static SimStatus make_links(SimBatch *batch, SimError *err) {
  const size_t n = (size_t)batch->n;
  batch->link = calloc(n, sizeof *batch->link);
  batch->seen = calloc(n, sizeof *batch->seen);
  batch->applied = calloc(n, sizeof *batch->applied);
  batch->ctbr = calloc(n, sizeof *batch->ctbr);
  sim_mixer_create(&batch->mixer, &batch->model->plant);
  return batch->link && batch->seen && batch->applied && batch->ctbr
             ? SIM_OK
             : sim_error(err, SIM_FAIL, "no memory for the links of %d matches", batch->n);
}

SimStatus sim_batch_allow_ctbr(SimBatch *batch, SimError *err) {
  return batch->link ? SIM_OK : make_links(batch, err);
}

void sim_batch_set_ctbr(SimBatch *batch, int match, unsigned drones) {
  assert(match >= 0 && match < batch->n && batch->link);
  batch->ctbr[match] = drones;
}

SimBatch *sim_batch_create(const SimModel *model, const SimRules *rules, int n, int threads,
                           SimError *err) {
  char message[256] = "no memory";
  SimBatch *batch = calloc(1, sizeof *batch);
  if (batch) {
    const mjBatchConfig config = {.nthread = threads, .persistent = 0};
    *batch = (SimBatch){.model = model, .rules = rules, .n = n};
    batch->mjb = mjb_makeBatch(model->mj, n, &config, message, sizeof message);
    batch->state = calloc((size_t)n, sizeof *batch->state);
    batch->scratch = mj_makeData(model->mj);
  }
  if (!batch || !batch->mjb || !batch->state || !batch->scratch) {
    sim_error(err, SIM_FAIL, "%d matches on %d threads cannot be made: %s", n, threads, message);
    sim_batch_destroy(batch);
    return NULL;
  }
  if ((model->world.filtered && make_links(batch, err) != SIM_OK) ||
      (model->options.physics == SIM_PHYSICS_FLIGHT &&
       make_blocks(batch, threads, err) != SIM_OK)) {
    sim_batch_destroy(batch);
    return NULL;
  }
  return batch;
}

void sim_batch_destroy(SimBatch *batch) {
  if (batch) {
    mjb_deleteBatch(batch->mjb);
    mj_deleteData(batch->scratch);
    free(batch->state);
    free(batch->link);
    free(batch->seen);
    free(batch->applied);
    free(batch->ctbr);
    sim_pool_destroy(batch->pool);
    free(batch->block);
    free(batch->lanes);
    free(batch->list);
    free(batch->near);
    free(batch->behind);
    free(batch);
  }
}

int sim_batch_size(const SimBatch *batch) {
  return batch->n;
}

const SimState *sim_batch_state(const SimBatch *batch, int match) {
  assert(match >= 0 && match < batch->n);
  return &batch->state[match];
}

const SimState *sim_batch_seen(const SimBatch *batch, int match) {
  assert(match >= 0 && match < batch->n);
  if (!batch->link) {
    return &batch->state[match];
  }
  sim_link_see(&batch->seen[match], &batch->link[match], &batch->state[match]);
  return &batch->seen[match];
}

const float (*sim_batch_applied(const SimBatch *batch, int match))[SIM_ROTORS] {
  return batch->link ? (const float(*)[SIM_ROTORS])batch->applied[match] : NULL;
}

// a match's integration state
static double *row_of(const SimBatch *batch, int match) {
  assert(match >= 0 && match < batch->n);
  return mjb_state(batch->mjb) + (size_t)match * (size_t)mjb_nstate(batch->mjb);
}

// ---- between rows and blocks

// first number of a component of a match's row
static double *part_of(const SimBatch *batch, int match, int component) {
  return mjb_stateComponent(batch->mjb, component, NULL) +
         (size_t)match * (size_t)mjb_nstate(batch->mjb);
}

static SimBlock *block_of(const SimBatch *batch, int match) {
  return &batch->block[match / SIM_BLOCK];
}

// a match that something other than its block has moved
static void enter_block(SimBatch *batch, int match) {
  if (!batch->block) {
    return;
  }
  const SimState *state = &batch->state[match];
  const double *qvel = part_of(batch, match, mjSTATE_QVEL);
  double spin[SIM_DRONES][3] = {{0}};
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(&state->view, i)) {
      memcpy(spin[i], qvel + batch->model->qvel[i] + 3, sizeof spin[i]);
    }
  }
  sim_block_put(block_of(batch, match), match % SIM_BLOCK, &state->view, &state->plant,
                (const double(*)[3])spin, *part_of(batch, match, mjSTATE_TIME));
  batch->behind[match] = false;
}

static void catch_up(SimBatch *batch, int match) {
  if (!batch->block || !batch->behind[match]) {
    return;
  }
  const SimModel *model = batch->model;
  const SimView *view = &batch->state[match].view;
  const SimBlock *block = block_of(batch, match);
  double *qpos = part_of(batch, match, mjSTATE_QPOS), *qvel = part_of(batch, match, mjSTATE_QVEL);
  *part_of(batch, match, mjSTATE_TIME) = block->time[match % SIM_BLOCK];
  memcpy(qpos + model->qpos[SIM_BALL], view->ball_pos, sizeof view->ball_pos);
  memcpy(qvel + model->qvel[SIM_BALL], view->ball_vel, sizeof view->ball_vel);
  for (int i = 0; i < SIM_DRONES; i++) {
    if (sim_present(view, i)) {
      const SimDrone *drone = &view->drone[i];
      memcpy(qpos + model->qpos[i], drone->pos, sizeof drone->pos);
      memcpy(qpos + model->qpos[i] + 3, drone->quat, sizeof drone->quat);
      memcpy(qvel + model->qvel[i], drone->vel, sizeof drone->vel);
      for (int k = 0; k < 3; k++) {
        qvel[model->qvel[i] + 3 + k] = block->spin[i][k][match % SIM_BLOCK];
      }
    }
  }
  batch->behind[match] = false;
}

// ---- starting

// the state of a match that has just been started goes into its row
static void keep_start(SimBatch *batch, int match) {
  mj_getState(batch->model->mj, batch->scratch, row_of(batch, match), mjSTATE_INTEGRATION);
  enter_block(batch, match);
  if (batch->link) {
    sim_link_start(&batch->link[match], &batch->state[match]);
  }
}

void sim_batch_reset(SimBatch *batch, const int *ids, int nid, uint64_t seed,
                     const uint32_t *rally) {
  for (int i = 0; i < nid; i++) {
    sim_world_reset(&batch->state[ids[i]], batch->scratch, batch->model, seed, rally[i]);
    keep_start(batch, ids[i]);
  }
}

void sim_batch_reset_served(SimBatch *batch, const int *ids, int nid, uint64_t seed,
                            const uint32_t *rally, SimTeam server) {
  for (int i = 0; i < nid; i++) {
    SimState *state = &batch->state[ids[i]];
    sim_world_reset_served(state, batch->scratch, batch->model, seed, rally[i], server);
    keep_start(batch, ids[i]);
  }
}

void sim_batch_place(SimBatch *batch, int match, const SimView *view, SimTeam server,
                     const SimWash *wash) {
  SimState *state = &batch->state[match];
  sim_world_place(state, batch->scratch, batch->model, view, server);
  if (wash) {
    state->wash = *wash;
  }
  keep_start(batch, match);
}

void sim_batch_set_rally(SimBatch *batch, int match, uint64_t seed, uint32_t rally) {
  assert(match >= 0 && match < batch->n);
  batch->state[match].seed = seed;
  batch->state[match].rally = rally;
}

void sim_batch_set_wash(SimBatch *batch, int match, const SimWash *wash) {
  assert(match >= 0 && match < batch->n);
  batch->state[match].wash = *wash;
}

// ---- stepping

typedef struct StepCall {
  SimBatch *batch;
  const float (*action)[SIM_DRONES][SIM_ROTORS];
} StepCall;

// the rotor commands of a match, by way of its link where it has one
static const float (*send(const StepCall *call, int match))[SIM_ROTORS] {
  SimBatch *batch = call->batch;
  assert(match >= 0 && match < batch->n);
  if (!batch->link) {
    return call->action[match];
  }
  sim_link_send(batch->applied[match], &batch->link[match], &batch->mixer, &batch->state[match],
                call->action[match], batch->ctbr[match]);
  return (const float(*)[SIM_ROTORS])batch->applied[match];
}

static void measure(SimBatch *batch, int match) {
  if (batch->link) {
    sim_link_measure(&batch->link[match], &batch->state[match]);
  }
}

static void step_one(const mjModel *mj, mjData *d, int match, void *arg) {
  (void)mj;
  const StepCall *call = arg;
  SIM_TSAN_ACQUIRE(arg);
  SimBatch *batch = call->batch;
  sim_world_step(&batch->state[match], d, batch->model, batch->rules, send(call, match));
  measure(batch, match);
  SIM_TSAN_RELEASE(batch);
}

static SimStatus step_singly(StepCall *call, const int *ids, int nid, SimError *err) {
  SimBatch *batch = call->batch;
  SIM_TSAN_RELEASE(call);
  const int failed = mjb_apply(batch->mjb, ids, nid, step_one, call, 1);
  SIM_TSAN_ACQUIRE(batch);
  if (failed == 0) {
    return SIM_OK;
  }
  for (int i = 0; i < nid; i++) {
    if (mjb_status(batch->mjb)[ids[i]]) {
      return sim_error(err, SIM_FAIL, "match %d, rally %u, step %d: MuJoCo says: %s", ids[i],
                       batch->state[ids[i]].rally, batch->state[ids[i]].referee.step,
                       mjb_error(batch->mjb, ids[i]));
    }
  }
  return sim_error(err, SIM_FAIL, "a match failed without a reason");
}

// ---- stepping in blocks

static void push_one(void *arg, int lane, SimForces *forces) {
  const SimState *state = arg;
  sim_world_push(forces, state + lane, SIM_PHYSICS_FLIGHT);
}

static void fill_step(SimBlockStep *step, const StepCall *call, int first, unsigned lanes) {
  const SimBatch *batch = call->batch;
  *step = (SimBlockStep){.roster = batch->model->options.roster,
                         .lanes = lanes,
                         .downwash = batch->model->options.downwash,
                         .visit = push_one,
                         .arg = batch->state + first};
  for (int lane = 0; lanes >> lane; lane++) {
    if (!(lanes >> lane & 1u)) {
      continue;
    }
    SimState *state = &batch->state[first + lane];
    const float(*action)[SIM_ROTORS] = send(call, first + lane);
    step->singly |= (unsigned)(state->wash.n > 0) << lane;
    for (int i = 0; i < SIM_DRONES; i++) {
      for (int r = 0; sim_present(&state->view, i) && r < SIM_ROTORS; r++) {
        const bool ok = isfinite(action[i][r]);
        step->command[i][r][lane] = ok ? (double)action[i][r] : -1;
        state->bad_commands += !ok;
      }
    }
  }
}

// leaves the matches that only MuJoCo can step in lanes[]
static void step_block(void *arg, int item, int thread) {
  (void)thread;
  const StepCall *call = arg;
  SimBatch *batch = call->batch;
  const int b = batch->list[item], first = b * SIM_BLOCK;
  SimBlock *block = &batch->block[b];
  const unsigned near = batch->kernel->near(block, batch->model->options.roster),
                 lanes = batch->lanes[b] & ~near;
  SimBlockStep step;
  batch->lanes[b] &= near;
  if (lanes == 0) {
    return;
  }
  fill_step(&step, call, first, lanes);
  batch->kernel->step(block, &step);
  SimView *view[SIM_BLOCK] = {NULL};
  for (int lane = 0; lanes >> lane; lane++) {
    view[lane] = &batch->state[first + lane].view;
  }
  batch->kernel->get(view, block, step.roster, lanes);
  for (int lane = 0; lanes >> lane; lane++) {
    if (lanes >> lane & 1u) {
      SimState *state = &batch->state[first + lane];
      sim_referee_step(&state->events, &state->referee, batch->rules, &state->view, SIM_DT);
      measure(batch, first + lane);
      batch->behind[first + lane] = true;
    }
  }
}

static SimStatus step_blocks(StepCall *call, const int *ids, int nid, SimError *err) {
  SimBatch *batch = call->batch;
  int listed = 0, near = 0;
  for (int i = 0; i < nid; i++) {
    const int b = ids[i] / SIM_BLOCK;
    assert(ids[i] >= 0 && ids[i] < batch->n);
    if (batch->lanes[b] == 0) {
      batch->list[listed++] = b;
    }
    batch->lanes[b] |= 1u << ids[i] % SIM_BLOCK;
  }
  sim_pool_run(batch->pool, listed, step_block, call);
  for (int i = 0; i < listed; i++) {
    const int b = batch->list[i];
    for (int lane = 0; batch->lanes[b] >> lane; lane++) {
      if (batch->lanes[b] >> lane & 1u) {
        batch->near[near] = b * SIM_BLOCK + lane;
        catch_up(batch, batch->near[near++]);
      }
    }
    batch->lanes[b] = 0;
  }
  const SimStatus status = near > 0 ? step_singly(call, batch->near, near, err) : SIM_OK;
  for (int i = 0; i < near; i++) {
    enter_block(batch, batch->near[i]);
  }
  return status;
}

SimStatus sim_batch_step(SimBatch *batch, const int *ids, int nid,
                         const float (*action)[SIM_DRONES][SIM_ROTORS], SimError *err) {
  assert(nid >= 0 && nid <= batch->n);
  StepCall call = {.batch = batch, .action = action};
  return batch->block ? step_blocks(&call, ids, nid, err) : step_singly(&call, ids, nid, err);
}

void sim_batch_save(SimBatch *batch, int match, double *row) {
  catch_up(batch, match);
  mj_setState(batch->model->mj, batch->scratch, row_of(batch, match), mjSTATE_INTEGRATION);
  sim_world_save(row, &batch->state[match], batch->scratch, batch->model);
}

SimStatus sim_batch_load(SimBatch *batch, int match, const double *row, const SimEvents *events,
                         SimError *err) {
  const SimStatus status =
      sim_world_load(&batch->state[match], batch->scratch, batch->model, row, err);
  if (status == SIM_OK) {
    if (events) {
      batch->state[match].events = *events;
    }
    mj_getState(batch->model->mj, batch->scratch, row_of(batch, match), mjSTATE_INTEGRATION);
    enter_block(batch, match);
  }
  return status;
}

void sim_batch_get_match(SimMatch *out, const SimBatch *batch, int match) {
  assert(batch->block);
  const SimBlock *block = block_of(batch, match);
  const int lane = match % SIM_BLOCK;
  out->view = sim_batch_state(batch, match)->view;
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int k = 0; k < 3; k++) {
      out->spin[i][k] = block->spin[i][k][lane];
    }
  }
  out->time = block->time[lane];
}

void sim_batch_set_match(SimBatch *batch, int match, const SimMatch *from,
                         const SimReferee *referee, const SimEvents *events, int bad_commands) {
  SimState *state = &batch->state[match];
  assert(batch->block && from->view.roster == batch->model->options.roster);
  state->view = from->view;
  state->referee = *referee;
  state->events = *events;
  state->bad_commands = bad_commands;
  sim_block_put(block_of(batch, match), match % SIM_BLOCK, &state->view, &state->plant,
                (const double(*)[3])from->spin, from->time);
  batch->behind[match] = true;
}

void sim_batch_get_solo(SimSolo *solo, const SimBatch *batch, int match) {
  SimMatch all;
  sim_batch_get_match(&all, batch, match);
  assert(all.view.roster == 1);
  solo->drone = all.view.drone[0];
  vec_copy(solo->ball_pos, all.view.ball_pos);
  vec_copy(solo->ball_vel, all.view.ball_vel);
  vec_copy(solo->spin, all.spin[0]);
  solo->time = all.time;
}

void sim_batch_set_solo(SimBatch *batch, int match, const SimSolo *solo, const SimReferee *referee,
                        int bad_commands) {
  SimMatch all = {.view = {.roster = 1}, .time = solo->time};
  all.view.drone[0] = solo->drone;
  vec_copy(all.view.ball_pos, solo->ball_pos);
  vec_copy(all.view.ball_vel, solo->ball_vel);
  vec_copy(all.spin[0], solo->spin);
  sim_batch_set_match(batch, match, &all, referee, &(SimEvents){.n = 0}, bad_commands);
}

size_t sim_batch_link_size(const SimBatch *batch) {
  return batch->link ? sizeof *batch->link : 0;
}

void sim_batch_link_save(const SimBatch *batch, int match, void *out) {
  if (batch->link) {
    memcpy(out, &batch->link[match], sizeof *batch->link);
  }
}

void sim_batch_link_load(SimBatch *batch, int match, const void *in) {
  if (batch->link) {
    memcpy(&batch->link[match], in, sizeof *batch->link);
  }
}

// MuJoCo's batch keeps one integration state per match and one mjData per thread; our half of a
// match lies beside it in an array. mjb_apply loads a match's state, runs our step, saves it.
#include "sim/batch.h"

#include <assert.h>
#include <mujoco/mjbatch.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/tsan.h"

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
};

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
  if (model->world.filtered && make_links(batch, err) != SIM_OK) {
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

// the state of a match that has just been started goes into its row
static void keep_start(SimBatch *batch, int match) {
  mj_getState(batch->model->mj, batch->scratch, row_of(batch, match), mjSTATE_INTEGRATION);
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

typedef struct StepCall {
  SimBatch *batch;
  const float (*action)[SIM_DRONES][SIM_ROTORS];
} StepCall;

static void step_one(const mjModel *mj, mjData *d, int match, void *arg) {
  (void)mj;
  const StepCall *call = arg;
  SIM_TSAN_ACQUIRE(arg);
  SimBatch *batch = call->batch;
  assert(match >= 0 && match < batch->n);
  SimState *state = &batch->state[match];
  if (batch->link) {
    SimLink *link = &batch->link[match];
    sim_link_send(batch->applied[match], link, &batch->mixer, state, call->action[match],
                  batch->ctbr[match]);
    sim_world_step(state, d, batch->model, batch->rules,
                   (const float(*)[SIM_ROTORS])batch->applied[match]);
    sim_link_measure(link, state);
  } else {
    sim_world_step(state, d, batch->model, batch->rules, call->action[match]);
  }
  SIM_TSAN_RELEASE(batch);
}

SimStatus sim_batch_step(SimBatch *batch, const int *ids, int nid,
                         const float (*action)[SIM_DRONES][SIM_ROTORS], SimError *err) {
  assert(nid >= 0 && nid <= batch->n);
  StepCall call = {.batch = batch, .action = action};
  SIM_TSAN_RELEASE(&call);
  const int failed = mjb_apply(batch->mjb, ids, nid, step_one, &call, 1);
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

void sim_batch_save(SimBatch *batch, int match, double *row) {
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
  }
  return status;
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

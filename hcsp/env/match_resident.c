#include "hcsp/env/match_resident.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(EnvMatchWorld) % sizeof(uint64_t) == 0, "not whole words");

struct EnvMatchResident {
  KrnDevice *device;
  EnvMatchCuda cuda;
  EnvMatchRing *ring;  // of the host, shared with the device
  uint64_t *word;      // of the host
  int steps;           // of the work under way
  bool for_all;
  KrnRecord record;
  KrnMark mark;
};

const char *env_match_resident_why_not(KrnDevice *device, const SimModel *model) {
  const bool kernels = device->ops->queue(device) != NULL;
  return !kernels                                       ? "the device has no kernels of matches"
         : model->options.physics != SIM_PHYSICS_FLIGHT ? "MuJoCo moves the bodies"
         : !model->world.fixed                          ? "the world has ranges"
         : model->world.filtered                        ? "the world has noise or delays"
                                                        : NULL;
}

static size_t ring_bytes(int slots) {
  return sizeof(EnvMatchRing) + (size_t)slots * sizeof(EnvMatchParked);
}

static size_t word_bytes(const EnvMatchResident *r) {
  return ENV_MATCH_WORDS * (size_t)r->cuda.n * sizeof(uint64_t);
}

// every match is parked
static bool make_room(EnvMatchResident *r) {
  const KrnOps *ops = r->device->ops;
  EnvMatchCuda *cuda = &r->cuda;
  const size_t n = (size_t)cuda->n;
  cuda->word = ops->alloc(r->device, word_bytes(r));
  cuda->why = ops->alloc(r->device, n * sizeof *cuda->why);
  cuda->ring = ops->alloc(r->device, ring_bytes(cuda->capacity));
  r->ring = ops->share(r->device, ring_bytes(cuda->capacity));
  r->word = calloc(ENV_MATCH_WORDS * n, sizeof *r->word);
  if (!cuda->word || !cuda->why || !cuda->ring || !r->ring || !r->word) {
    return false;
  }
  int32_t *why = (int32_t *)(void *)r->word;
  for (size_t e = 0; e < n; e++) {
    why[e] = ENV_MATCH_HELD;
  }
  ops->upload(r->device, cuda->why, why, n * sizeof *why);
  return true;
}

EnvMatchResident *env_match_resident_create(KrnDevice *device, const SimModel *model,
                                            const SimRules *rules, int n, int capacity,
                                            SimError *err) {
  assert(!env_match_resident_why_not(device, model) && n >= 1 && capacity >= 1 && capacity <= n);
  EnvMatchResident *r = calloc(1, sizeof *r);
  if (r) {
    *r = (EnvMatchResident){.device = device,
                            .cuda = {.n = n,
                                     .capacity = capacity,
                                     .plant = model->plant,
                                     .downwash = model->options.downwash,
                                     .play_on = rules->play_on,
                                     .steps_max = rules->steps_max}};
  }
  if (!r || !make_room(r)) {
    if (device->ops->status(device, err) == SIM_OK) {
      sim_error(err, SIM_FAIL, "no memory for %d matches on the GPU", n);
    }
    env_match_resident_destroy(r);
    return NULL;
  }
  return r;
}

void env_match_resident_destroy(EnvMatchResident *r) {
  if (r) {
    const KrnOps *ops = r->device->ops;
    ops->forget(r->device, &r->record);
    ops->unmark(r->device, &r->mark);
    ops->release(r->device, r->cuda.word);
    ops->release(r->device, r->cuda.why);
    ops->release(r->device, r->cuda.ring);
    ops->unshare(r->device, r->ring);
    free(r->word);
    free(r);
  }
}

// ---- going on

static void run(void *arg) {
  EnvMatchResident *r = arg;
  const KrnOps *ops = r->device->ops;
  void *queue = ops->queue(r->device);
  env_match_cuda_take(queue, &r->cuda);
  for (int t = 0; t < r->steps; t++) {
    env_match_cuda_fly(queue, &r->cuda);
  }
  env_match_cuda_give(queue, &r->cuda, r->for_all);
  ops->started(r->device, "playing");
  ops->fetch(r->device, r->ring, r->cuda.ring, ring_bytes(r->cuda.capacity));
}

static void start(EnvMatchResident *r, int steps, bool for_all) {
  const KrnOps *ops = r->device->ops;
  assert(steps >= 0 && r->ring->n >= 0 && r->ring->n <= r->cuda.capacity);
  r->steps = steps;
  r->for_all = for_all;
  ops->send(r->device, r->cuda.ring, r->ring, ring_bytes(r->ring->n));
  ops->repeat(r->device, &r->record, 1 + 2 * (uint64_t)steps + for_all, run, r);
  ops->mark(r->device, &r->mark);
}

void env_match_resident_go(EnvMatchResident *r, int steps) {
  start(r, steps, false);
}

void env_match_resident_call(EnvMatchResident *r) {
  start(r, 0, true);
}

SimStatus env_match_resident_wait(EnvMatchResident *r, EnvMatchRing **ring, SimError *err) {
  r->device->ops->wait(r->device, &r->mark);
  *ring = r->ring;
  return r->device->ops->status(r->device, err);
}

// ---- for callers without policies, and for looking on

void env_match_resident_command(EnvMatchResident *r,
                                const float (*command)[SIM_DRONES][SIM_ROTORS]) {
  enum { WORDS = sizeof *command / sizeof(uint64_t), AT = offsetof(EnvMatchWorld, command) };
  const size_t n = (size_t)r->cuda.n;
  for (size_t e = 0; e < n; e++) {
    for (size_t k = 0; k < WORDS; k++) {
      memcpy(&r->word[k * n + e], (const uint64_t *)(const void *)command[e] + k, sizeof *r->word);
    }
  }
  r->device->ops->upload(r->device, r->cuda.word + AT / sizeof(uint64_t) * n, r->word,
                         WORDS * n * sizeof *r->word);
}

void env_match_resident_look(EnvMatchResident *r, EnvMatchWorld *world) {
  const size_t n = (size_t)r->cuda.n;
  r->device->ops->download(r->device, r->word, r->cuda.word, word_bytes(r));
  for (size_t e = 0; e < n; e++) {
    for (size_t k = 0; k < ENV_MATCH_WORDS; k++) {
      memcpy((uint64_t *)(void *)&world[e] + k, &r->word[k * n + e], sizeof *r->word);
    }
  }
}

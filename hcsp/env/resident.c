#include "hcsp/env/resident.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(EnvWorld) % sizeof(uint64_t) == 0, "not whole words");

enum { TABLES = 8 };

struct EnvResident {
  KrnDevice *device;
  EnvSkill *skill;
  EnvCuda cuda;
  void *table[TABLES];  // what the task is drawn from, on the device
  int tables;
  int32_t *cut_index;
  KrnDraw *draw;
  uint64_t *word;  // of the host
  int steps;
};

const char *env_resident_why_not(KrnDevice *device, const EnvSkill *skill) {
  const char *why = env_skill_keeps(skill);
  return !device->ops->queue(device) ? "the device has no kernels of tasks" : why;
}

// clocks of one environment that can run out in an iteration
static int slots_of(const EnvCuda *cuda, int steps) {
  return 1 + (steps - 1) / (cuda->limit > 1 ? cuda->limit : 1);
}

static void *room(EnvResident *r, size_t bytes, bool *ok) {
  void *memory = r->device->ops->alloc(r->device, bytes);
  *ok = *ok && memory;
  return memory;
}

// a copy on the device of what the host has; NULL for nothing
static void *copy(EnvResident *r, const void *from, size_t bytes, bool *ok) {
  if (!from || bytes == 0) {
    return NULL;
  }
  void *to = room(r, bytes, ok);
  assert(r->tables < TABLES);
  r->table[r->tables++] = to;
  if (to) {
    r->device->ops->upload(r->device, to, from, bytes);
  }
  return to;
}

static void copy_tables(EnvResident *r, bool *ok) {
  HoverSetup *hover = &r->cuda.hover;
  StrikeSetup *strike = &r->cuda.strike;
  KrnFusedNet *critic = &r->cuda.critic;
  hover->keys = copy(r, hover->keys, sizeof *hover->keys, ok);
  hover->recorded = copy(r, hover->recorded, (size_t)hover->n * sizeof *hover->recorded, ok);
  strike->keys = copy(r, strike->keys, sizeof *strike->keys, ok);
  strike->start = copy(r, strike->start, (size_t)strike->starts * sizeof *strike->start, ok);
  strike->recorded = copy(r, strike->recorded, (size_t)strike->n * sizeof *strike->recorded, ok);
  critic->weight = copy(r, critic->weight, critic->n * sizeof *critic->weight, ok);
}

static bool make_room(EnvResident *r) {
  EnvCuda *cuda = &r->cuda;
  const size_t n = (size_t)cuda->n, rows = n * (size_t)r->steps;
  bool ok = true;
  cuda->word = room(r, ENV_WORLD_WORDS * n * sizeof *cuda->word, &ok);
  cuda->tally = room(r, ENV_TALLY * n * sizeof *cuda->tally, &ok);
  cuda->cuts = room(r, n * sizeof *cuda->cuts, &ok);
  r->cut_index = room(r, rows * sizeof *r->cut_index, &ok);
  r->draw = room(r, n * sizeof *r->draw, &ok);
  copy_tables(r, &ok);
  r->word = sim_new(ENV_WORLD_WORDS * n, sizeof *r->word);
  return ok;
}

EnvResident *env_resident_create(KrnDevice *device, EnvSkill *skill, int steps, SimError *err) {
  assert(!env_resident_why_not(device, skill) && steps >= 1);
  EnvResident *r = sim_new(1, sizeof *r);
  *r = (EnvResident){.device = device, .skill = skill, .steps = steps};
  env_skill_describe(&r->cuda, skill);
  r->cuda.slots = slots_of(&r->cuda, steps);
  if (!make_room(r)) {
    if (device->ops->status(device, err) == SIM_OK) {
      sim_error(err, SIM_FAIL, "no memory for episodes on the GPU");
    }
    env_resident_destroy(r);
    return NULL;
  }
  return r;
}

void env_resident_destroy(EnvResident *r) {
  if (!r) {
    return;
  }
  void *const all[] = {r->cuda.word, r->cuda.tally, r->cuda.cuts, r->cut_index, r->draw};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    r->device->ops->release(r->device, all[i]);
  }
  for (int i = 0; i < r->tables; i++) {
    r->device->ops->release(r->device, r->table[i]);
  }
  free(r->word);
  free(r);
}

// ---- there and back

static size_t bytes_of_all(const EnvResident *r) {
  return ENV_WORLD_WORDS * (size_t)r->cuda.n * sizeof *r->word;
}

void env_resident_put(EnvResident *r) {
  const size_t n = (size_t)r->cuda.n;
  for (size_t e = 0; e < n; e++) {
    EnvWorld world;
    uint64_t word[ENV_WORLD_WORDS];
    env_skill_get_world(&world, r->skill, (int)e);
    memcpy(word, &world, sizeof word);
    for (size_t k = 0; k < ENV_WORLD_WORDS; k++) {
      r->word[k * n + e] = word[k];
    }
  }
  r->device->ops->upload(r->device, r->cuda.word, r->word, bytes_of_all(r));
}

void env_resident_get(const EnvResident *r) {
  const size_t n = (size_t)r->cuda.n;
  SimError err;
  r->device->ops->download(r->device, r->word, r->cuda.word, bytes_of_all(r));
  if (r->device->ops->status(r->device, &err) != SIM_OK) {
    return;  // whoever goes on asks for the status, too
  }
  for (size_t e = 0; e < n; e++) {
    EnvWorld world;
    uint64_t word[ENV_WORLD_WORDS];
    for (size_t k = 0; k < ENV_WORLD_WORDS; k++) {
      word[k] = r->word[k * n + e];
    }
    memcpy(&world, word, sizeof world);
    env_skill_set_world(r->skill, (int)e, &world);
  }
}

// ---- an iteration

int env_resident_envs(const EnvResident *r) {
  return r->cuda.n;
}

int env_resident_inputs(const EnvResident *r) {
  return r->cuda.inputs;
}

int env_resident_cut_rows(const EnvResident *r) {
  return r->cuda.slots * r->cuda.n;
}

const int32_t *env_resident_cut_index(const EnvResident *r) {
  return r->cut_index;
}

const KrnDraw *env_resident_draw(const EnvResident *r) {
  return r->draw;
}

static EnvCudaRows own_rows(const EnvResident *r, const EnvCudaRows *rows) {
  EnvCudaRows all = *rows;
  all.cut_index = r->cut_index;
  all.draw = r->draw;
  return all;
}

void env_resident_begin(EnvResident *r, const EnvCudaRows *rows) {
  const EnvCudaRows all = own_rows(r, rows);
  env_cuda_begin(r->device->ops->queue(r->device), &r->cuda, &all);
  r->device->ops->started(r->device, "observing");
}

void env_resident_step(EnvResident *r, const EnvCudaRows *rows, int t) {
  const EnvCudaRows all = own_rows(r, rows);
  assert(t >= 0 && t < r->steps);
  env_cuda_step(r->device->ops->queue(r->device), &r->cuda, &all, t);
  r->device->ops->started(r->device, "flying");
}

void env_resident_total(EnvResident *r, double *total) {
  env_cuda_total(r->device->ops->queue(r->device), total, &r->cuda);
  r->device->ops->started(r->device, "counting episodes");
}

void env_resident_count(EnvResident *r, const double *total) {
  env_skill_add(r->skill, total);
}

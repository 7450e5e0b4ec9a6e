// Blocks are cut from large pages: a rally of 9 s fills 15 of them, and small pages would cost more
// to get from the kernel than to fill.
#include "sim/record/rows.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
  SLAB = 1 << 21,  // a large page
  LINE = 64,       // bytes of a line of the cache
};

typedef struct Slab {
  void *before;
  _Alignas(LINE) SimRowBlock block[];
} Slab;

_Static_assert(sizeof(float[SIM_ROW_BLOCK]) % LINE == 0, "every column has lines of its own");
_Static_assert(sizeof(SimHeld) == sizeof(float) * (6 * SIM_DRONES + SIM_TEAMS) + SIM_DRONES + 2,
               "no padding");

enum { SLAB_BLOCKS = (SLAB - sizeof(Slab)) / sizeof(SimRowBlock) };

static bool add_slab(SimRowPool *pool) {
  Slab *slab = aligned_alloc(SLAB, SLAB);
  if (slab == NULL) {
    return false;
  }
  madvise(slab, SLAB, MADV_HUGEPAGE);
  slab->before = pool->slab;
  pool->slab = slab;
  for (int i = SLAB_BLOCKS - 1; i >= 0; i--) {
    slab->block[i].next = pool->spare;
    pool->spare = &slab->block[i];
  }
  return true;
}

// Room for n; NULL when memory ends.
static void *grow(void *array, int *capacity, int n, size_t size) {
  if (n <= *capacity) {
    return array;
  }
  void *grown = realloc(array, (size_t)(2 * n) * size);
  *capacity = grown != NULL ? 2 * n : *capacity;
  return grown;
}

static bool add_block(SimRowList *list, SimRowPool *pool) {
  SimRowBlock **block =
      grow(list->block, &list->block_capacity, list->blocks + 1, sizeof(SimRowBlock *));
  if (block == NULL) {
    return false;
  }
  list->block = block;
  if (pool->spare == NULL && !add_slab(pool)) {
    return false;
  }
  block[list->blocks++] = list->last = pool->spare;
  pool->spare = pool->spare->next;
  return true;
}

static SimRowAt row_at(const SimRowList *list, int row) {
  assert(row >= 0 && row < list->n);
  return (SimRowAt){list->block[row / SIM_ROW_BLOCK], row % SIM_ROW_BLOCK};
}

SimRowAt sim_rows_last(const SimRowList *list) {
  assert(list->n > 0);
  return (SimRowAt){list->last, (list->n - 1) % SIM_ROW_BLOCK};
}

SimRowAt sim_rows_add(SimRowList *list, SimRowPool *pool) {
  if (list->n % SIM_ROW_BLOCK == 0 && !add_block(list, pool)) {
    return (SimRowAt){0};
  }
  list->n++;
  return sim_rows_last(list);
}

bool sim_rows_hold(SimRowList *list, int step, const SimHeld *held) {
  if (list->helds > 0 && memcmp(&list->held[list->helds - 1], held, sizeof *held) == 0) {
    return true;
  }
  int capacity = list->held_capacity;
  SimHeld *grown = grow(list->held, &capacity, list->helds + 1, sizeof *grown);
  list->held = grown != NULL ? grown : list->held;
  int *from = grow(list->held_from, &list->held_capacity, list->helds + 1, sizeof *from);
  list->held_from = from != NULL ? from : list->held_from;
  if (grown == NULL || from == NULL) {
    return false;
  }
  assert(list->helds == 0 ? step == 0 : step > from[list->helds - 1]);
  from[list->helds] = step;
  grown[list->helds++] = *held;
  return true;
}

void sim_rows_clear(SimRowList *list, SimRowPool *pool) {
  for (int i = 0; i < list->blocks; i++) {
    list->block[i]->next = pool->spare;
    pool->spare = list->block[i];
  }
  list->n = list->blocks = list->helds = 0;
}

void sim_rows_free(SimRowList *list) {
  free(list->block);
  free(list->held);
  free(list->held_from);
  *list = (SimRowList){0};
}

void sim_row_pool_free(SimRowPool *pool) {
  while (pool->slab != NULL) {
    Slab *slab = pool->slab;
    pool->slab = slab->before;
    free(slab);
  }
  pool->spare = NULL;
}

static void to_float(float *out, const double *in, int n) {
  for (int i = 0; i < n; i++) {
    out[i] = (float)in[i];
  }
}

// Blocks and rallies have the same columns.
#define SET_STATE(to, at, row, view)                                                               \
  do {                                                                                             \
    (to)->time[at] = (float)((row)*SIM_DT);                                                        \
    to_float((to)->ball_pos[at], (view)->ball_pos, 3);                                             \
    to_float((to)->ball_vel[at], (view)->ball_vel, 3);                                             \
    for (int i = 0; i < SIM_DRONES; i++) {                                                         \
      const SimDrone *drone = &(view)->drone[i];                                                   \
      to_float((to)->pos[at][i], drone->pos, 3);                                                   \
      to_float((to)->vel[at][i], drone->vel, 3);                                                   \
      to_float((to)->quat[at][i], drone->quat, 4);                                                 \
      to_float((to)->angvel[at][i], drone->angvel, 3);                                             \
      to_float((to)->rotor[at][i], drone->rotor, SIM_ROTORS);                                      \
    }                                                                                              \
  } while (0)

void sim_row_set_state(SimRowAt at, int row, const SimState *state) {
  assert(at.i >= 0 && at.i < SIM_ROW_BLOCK);
  SET_STATE(at.block, at.i, row, &state->view);
}

void sim_rally_set_row(SimRally *rally, int row, const SimState *state) {
  assert(row >= 0 && row < rally->capacity[SIM_ROWS_STATE]);
  SET_STATE(rally, row, row, &state->view);
}

// Where a column lies in a block or in what is held, and the bytes of a row of it.
typedef struct Part {
  bool held;
  size_t offset, size;
} Part;

static Part part_of(SimColumn column) {
  static const Part part[SIM_COLUMNS] = {
#define BLOCK(field, type, shape)                                                                  \
  [SIM_COLUMN_##field] = {false, offsetof(SimRowBlock, field), sizeof(type shape)},
#define HELD(field, type, shape)                                                                   \
  [SIM_COLUMN_##field] = {true, offsetof(SimHeld, field), sizeof(type shape)},
      SIM_ROWS_FIELDS(BLOCK, HELD)};
  assert(part[column].size > 0);
  return part[column];
}

// Runs are too short for the processor to see where the next one begins.
static void prefetch(const void *data, size_t size) {
  for (size_t at = 0; at < size; at += LINE) {
    __builtin_prefetch((const char *)data + at);
  }
}

static SimStatus put_blocks(SimPutFn *put, void *arg, const SimRowList *list, Part part, int n,
                            SimError *err) {
  SimStatus status = SIM_OK;
  for (int i = 0; i * SIM_ROW_BLOCK < n && status == SIM_OK; i++) {
    const int left = n - i * SIM_ROW_BLOCK, rows = left < SIM_ROW_BLOCK ? left : SIM_ROW_BLOCK;
    if (rows < left) {
      prefetch((const char *)list->block[i + 1] + part.offset, SIM_ROW_BLOCK * part.size);
    }
    status = put(arg, (const char *)list->block[i] + part.offset, (size_t)rows * part.size, err);
  }
  return status;
}

// The step before which held values i end.
static int held_end(const SimRowList *list, int i, int n) {
  return i + 1 < list->helds && list->held_from[i + 1] < n ? list->held_from[i + 1] : n;
}

static SimStatus put_held(SimPutFn *put, void *arg, const SimRowList *list, Part part, int n,
                          SimError *err) {
  char run[SIM_ROW_BLOCK * sizeof(SimHeld)];
  SimStatus status = SIM_OK;
  for (int i = 0; i < list->helds && status == SIM_OK; i++) {
    int left = held_end(list, i, n) - list->held_from[i];
    for (int k = 0; k < left && k < SIM_ROW_BLOCK; k++) {
      memcpy(run + (size_t)k * part.size, (const char *)&list->held[i] + part.offset, part.size);
    }
    for (; left > 0 && status == SIM_OK; left -= SIM_ROW_BLOCK) {
      const int rows = left < SIM_ROW_BLOCK ? left : SIM_ROW_BLOCK;
      status = put(arg, run, (size_t)rows * part.size, err);
    }
  }
  return status;
}

SimStatus sim_rows_put(SimPutFn *put, void *arg, const SimRowList *list, SimColumn column, int n,
                       SimError *err) {
  const Part part = part_of(column);
  assert(n >= 0 && n <= list->n);
  return part.held ? put_held(put, arg, list, part, n, err)
                   : put_blocks(put, arg, list, part, n, err);
}

// --- one rally

static const SimHeld *held_at(const SimRowList *list, int step) {
  int i = list->helds - 1;
  while (list->held_from[i] > step) {
    i--;
  }
  return &list->held[i];
}

static void find_aim(SimRallyInfo *out, const SimRowList *list, const SimLogInfo *info) {
  out->serve_target[0] = out->serve_target[1] = (float)NAN;
  for (int i = 0; i < list->helds; i++) {
    if (sim_rally_aim(out, list->held[i].skill, (const float(*)[3])list->held[i].goal, info)) {
      return;
    }
  }
}

static SimStatus find_touches(SimRecording *recording, SimError *err) {
  SimRally *rally = &recording->rally;
  for (int i = 0; i < rally->n[SIM_ROWS_EVENT]; i++) {
    if (rally->event_kind[i] != SIM_EVENT_TOUCH) {
      continue;
    }
    const int step = rally->event_step[i], last = recording->rows.n - 1;
    const SimRowAt after = row_at(&recording->rows, step < last ? step + 1 : last);
    const SimHeld *before = held_at(&recording->rows, step - 1);
    if (sim_rally_add_touch(rally, i, after.block->ball_pos[after.i],
                            after.block->ball_vel[after.i], before->skill, err) != SIM_OK) {
      return SIM_FAIL;
    }
  }
  return SIM_OK;
}

// Rewards and flags are those of the last step alone.
static SimStatus hold_result(SimRowList *list, const SimReferee *referee, int steps,
                             SimError *err) {
  SimHeld last = list->held[list->helds - 1];
  sim_rally_reward(last.rewards, &last.terminations, &last.truncations, referee);
  if (list->held_from[list->helds - 1] == steps - 1) {
    list->held[list->helds - 1] = last;
    return SIM_OK;
  }
  return sim_rows_hold(list, steps - 1, &last)
             ? SIM_OK
             : sim_error(err, SIM_FAIL, "no memory for the end of a rally's log");
}

SimStatus sim_recording_end(SimRecording *recording, const SimReferee *referee,
                            const SimLogInfo *info, SimError *err) {
  const int steps = recording->rows.n - 1;
  sim_rally_end_info(&recording->rally.info, referee, steps);
  if (hold_result(&recording->rows, referee, steps, err) != SIM_OK) {
    return SIM_FAIL;
  }
  find_aim(&recording->rally.info, &recording->rows, info);
  return find_touches(recording, err);
}

int sim_recording_rows(const SimRecording *recording, SimRows rows) {
  switch (rows) {
  case SIM_ROWS_STATE:
    return recording->rows.n;
  case SIM_ROWS_STEP:
    return recording->rows.n - 1;
  default:
    return recording->rally.n[rows];
  }
}

static SimStatus put_memory(void *arg, const void *data, size_t size, SimError *err) {
  char **to = arg;
  (void)err;
  memcpy(*to, data, size);
  *to += size;
  return SIM_OK;
}

SimStatus sim_recording_columns(SimRally *out, const SimRecording *recording, SimError *err) {
  SimStatus status = SIM_OK;
  for (int rows = 0; rows < SIM_ROWS_KINDS && status == SIM_OK; rows++) {
    const int n = sim_recording_rows(recording, (SimRows)rows);
    status = sim_rally_reserve(out, (SimRows)rows, n, err);
    if (status == SIM_OK && rows != SIM_ROWS_STATE && rows != SIM_ROWS_STEP) {
      status = sim_rally_copy(out, &recording->rally, (SimRows)rows, err);
    }
    out->n[rows] = n;
  }
  for (int c = 0; c < SIM_COLUMNS && status == SIM_OK; c++) {
    const SimRows rows = sim_column((SimColumn)c)->rows;
    if (rows == SIM_ROWS_STATE || rows == SIM_ROWS_STEP) {
      char *to = sim_column_data(out, (SimColumn)c);
      status = sim_rows_put(put_memory, &to, &recording->rows, (SimColumn)c, out->n[rows], err);
    }
  }
  out->info = recording->rally.info;
  return status;
}

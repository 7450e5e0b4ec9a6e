// Blocks are cut from large pages: a rally of 9 s fills 15 of them, and small pages would cost more
// to get from the kernel than to fill.
#include "sim/record/rows.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
  BLOCK_ROWS = 64,
  SLAB = 1 << 21,  // a large page
};

struct SimRowBlock {
  SimRowBlock *next;
  SimRallyRow row[BLOCK_ROWS];
};

typedef struct Slab {
  void *before;
  SimRowBlock block[];
} Slab;

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

SimRallyRow *sim_rows_add(SimRowList *list, SimRowPool *pool) {
  const int at = list->n % BLOCK_ROWS;
  if (at == 0) {
    if (pool->spare == NULL && !add_slab(pool)) {
      return NULL;
    }
    SimRowBlock *block = pool->spare;
    pool->spare = block->next;
    block->next = NULL;
    *(list->last != NULL ? &list->last->next : &list->first) = block;
    list->last = block;
  }
  list->n++;
  return &list->last->row[at];
}

SimRallyRow *sim_rows_last(const SimRowList *list) {
  assert(list->n > 0);
  return &list->last->row[(list->n - 1) % BLOCK_ROWS];
}

void sim_rows_clear(SimRowList *list, SimRowPool *pool) {
  if (list->last != NULL) {
    list->last->next = pool->spare;
    pool->spare = list->first;
  }
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

void sim_row_set_state(SimRallyRow *out, int row, const SimState *state) {
  const SimView *view = &state->view;
  out->time = (float)(row * SIM_DT);
  to_float(out->ball_pos, view->ball_pos, 3);
  to_float(out->ball_vel, view->ball_vel, 3);
  for (int i = 0; i < SIM_DRONES; i++) {
    const SimDrone *drone = &view->drone[i];
    to_float(out->pos[i], drone->pos, 3);
    to_float(out->vel[i], drone->vel, 3);
    to_float(out->quat[i], drone->quat, 4);
    to_float(out->angvel[i], drone->angvel, 3);
    to_float(out->rotor[i], drone->rotor, SIM_ROTORS);
  }
}

// Rows of one block, which become rows `first` .. of the columns.
static void put_block(void *const to[SIM_COLUMNS], int first, const SimRallyRow *row, int n,
                      bool steps) {
#define PUT(field)                                                                                 \
  for (int i = 0; i < n; i++) {                                                                    \
    memcpy((char *)to[SIM_COLUMN_##field] + (size_t)(first + i) * sizeof row->field,               \
           &row[i].field, sizeof row->field);                                                      \
  }
#define PUT_STATE(field) PUT(field)
#define PUT_STEP(field)                                                                            \
  if (steps) {                                                                                     \
    PUT(field)                                                                                     \
  }
#define PUT_DECISION(field)
#define PUT_EVENT(field)
#define PUT_TOUCH(field)
#define PUT_SNAPSHOT(field)
#define PUT_COLUMN(field, number, type, shape, a, b, rows, ...) PUT_##rows(field)
  SIM_RALLY_COLUMNS(PUT_COLUMN)
#undef PUT_COLUMN
}

void sim_rows_put(void *const to[SIM_COLUMNS], const SimRowList *list) {
  int row = 0;
  for (const SimRowBlock *block = list->first; block != NULL; block = block->next) {
    const int n = list->n - row < BLOCK_ROWS ? list->n - row : BLOCK_ROWS;
    put_block(to, row, block->row, n, true);
    row += n;
  }
  assert(row == list->n);
}

static void columns_of(void *to[SIM_COLUMNS], const SimRally *rally) {
  for (int c = 0; c < SIM_COLUMNS; c++) {
    to[c] = sim_column_data(rally, (SimColumn)c);
  }
}

void sim_rally_set_row(SimRally *rally, int row, const SimState *state) {
  assert(row >= 0 && row < rally->capacity[SIM_ROWS_STATE]);
  SimRallyRow one;
  void *to[SIM_COLUMNS];
  columns_of(to, rally);
  sim_row_set_state(&one, row, state);
  put_block(to, row, &one, 1, false);
}

// --- one rally

static SimRallyRow *row_at(const SimRowList *list, int row) {
  assert(row >= 0 && row < list->n);
  SimRowBlock *block = list->first;
  for (; row >= BLOCK_ROWS; row -= BLOCK_ROWS) {
    block = block->next;
  }
  return &block->row[row];
}

static void find_aim(SimRallyInfo *out, const SimRowList *list, const SimLogInfo *info) {
  out->serve_target[0] = out->serve_target[1] = (float)NAN;
  int row = 0;
  for (const SimRowBlock *block = list->first; block != NULL; block = block->next) {
    for (int i = 0; i < BLOCK_ROWS && row < list->n - 1; i++, row++) {
      if (sim_rally_aim(out, block->row[i].skill, (const float(*)[3])block->row[i].goal, info)) {
        return;
      }
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
    const SimRallyRow *after = row_at(&recording->rows, step < last ? step + 1 : last);
    const SimRallyRow *before = row_at(&recording->rows, step - 1);
    if (sim_rally_add_touch(rally, i, after->ball_pos, after->ball_vel, before->skill, err) !=
        SIM_OK) {
      return SIM_FAIL;
    }
  }
  return SIM_OK;
}

SimStatus sim_recording_end(SimRecording *recording, const SimReferee *referee,
                            const SimLogInfo *info, SimError *err) {
  const int steps = recording->rows.n - 1;
  SimRallyRow *last = row_at(&recording->rows, steps - 1);
  sim_rally_end_info(&recording->rally.info, referee, steps);
  sim_rally_reward(last->rewards, &last->terminations, &last->truncations, referee);
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

SimStatus sim_recording_columns(SimRally *out, const SimRecording *recording, SimError *err) {
  SimStatus status = SIM_OK;
  for (int rows = 0; rows < SIM_ROWS_KINDS && status == SIM_OK; rows++) {
    // one more for the last row, which sim_rows_put copies as a whole
    const int n = sim_recording_rows(recording, (SimRows)rows);
    status = sim_rally_reserve(out, (SimRows)rows, n + 1, err);
    if (status == SIM_OK && rows != SIM_ROWS_STATE && rows != SIM_ROWS_STEP) {
      status = sim_rally_copy(out, &recording->rally, (SimRows)rows, err);
    }
    out->n[rows] = n;
  }
  if (status == SIM_OK) {
    void *to[SIM_COLUMNS];
    columns_of(to, out);
    sim_rows_put(to, &recording->rows);
    out->info = recording->rally.info;
  }
  return status;
}

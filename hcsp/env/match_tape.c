#include "hcsp/env/match_tape.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/fleet/fleet.h"

// of a match in one step: decisions, results and ends, each of both sides
enum { EACH = 2 * SIM_TEAMS };

typedef enum ToldKind { TOLD_ACT, TOLD_REWARD, TOLD_END, TOLD_CUT } ToldKind;

// One thing told; an observation follows where the kind has one.
typedef struct Told {
  int32_t kind, row;
  double seconds, value;  // value: the reward, or the log-probability
  uint32_t legal[POL_HEADS_MAX];
  uint8_t option[POL_HEADS_MAX];
} Told;

static size_t obs_bytes(const MatchTape *tape) {
  return (size_t)tape->inputs * sizeof(float);
}

MatchTape *match_tape_create(int matches, int inputs) {
  MatchTape *tape = sim_new(1, sizeof *tape);
  tape->inputs = inputs;
  tape->room = (size_t)matches * EACH * (sizeof(Told) + obs_bytes(tape));
  // what is sent begins with the size of the first part; the second moves behind it
  tape->decided = sim_new(1, sizeof(uint64_t) + 2 * tape->room);
  tape->followed = sim_new(1, tape->room + 1);
  tape->all = sim_new((size_t)fleet_size(), sizeof *tape->all);
  return tape;
}

void match_tape_destroy(MatchTape *tape) {
  if (tape) {
    free(tape->decided);
    free(tape->followed);
    free(tape->all);
    free(tape);
  }
}

// ---- writing

static void put(char *at, size_t *used, const MatchTape *tape, const Told *told, const float *obs) {
  const size_t size = sizeof *told + (obs ? obs_bytes(tape) : 0);
  assert(*used + size <= tape->room);
  memcpy(at + *used, told, sizeof *told);
  if (obs) {
    memcpy(at + *used + sizeof *told, obs, obs_bytes(tape));
  }
  *used += size;
}

static void act(void *arg, int row, double seconds, const float *obs, const uint8_t *option,
                const uint32_t *legal, float log_prob) {
  MatchTape *tape = arg;
  Told told = {.kind = TOLD_ACT, .row = row, .seconds = seconds, .value = (double)log_prob};
  memcpy(told.option, option, sizeof told.option);
  memcpy(told.legal, legal, sizeof told.legal);
  put(tape->decided + sizeof(uint64_t), &tape->decided_size, tape, &told, obs);
}

static void reward(void *arg, int row, double seconds, double paid) {
  MatchTape *tape = arg;
  const Told told = {.kind = TOLD_REWARD, .row = row, .seconds = seconds, .value = paid};
  put(tape->followed, &tape->followed_size, tape, &told, NULL);
}

static void end(void *arg, int row, double seconds, const float *final_obs) {
  MatchTape *tape = arg;
  const Told told = {.kind = final_obs ? TOLD_CUT : TOLD_END, .row = row, .seconds = seconds};
  put(tape->followed, &tape->followed_size, tape, &told, final_obs);
}

EnvRecorder match_tape_recorder(MatchTape *tape) {
  return (EnvRecorder){.arg = tape, .act = act, .reward = reward, .end = end};
}

// ---- telling

static void tell_part(const EnvRecorder *to, const MatchTape *tape, const char *at, size_t size) {
  float obs[SIM_OBS_MAX];
  assert(tape->inputs <= SIM_OBS_MAX);
  for (const char *last = at + size; at < last;) {
    Told told;
    memcpy(&told, at, sizeof told);
    at += sizeof told;
    if (told.kind == TOLD_ACT || told.kind == TOLD_CUT) {
      memcpy(obs, at, obs_bytes(tape));
      at += obs_bytes(tape);
    }
    if (told.kind == TOLD_ACT) {
      to->act(to->arg, told.row, told.seconds, obs, told.option, told.legal, (float)told.value);
    } else if (told.kind == TOLD_REWARD) {
      to->reward(to->arg, told.row, told.seconds, told.value);
    } else {
      to->end(to->arg, told.row, told.seconds, told.kind == TOLD_CUT ? obs : NULL);
    }
  }
}

// one rank's part of what was decided, or of what followed
static void tell_rank(const EnvRecorder *to, const MatchTape *tape, const FleetBytes *all,
                      bool decided) {
  uint64_t first;
  memcpy(&first, all->data, sizeof first);
  const size_t head = sizeof first + (size_t)first;
  assert(head <= all->size);
  if (decided) {
    tell_part(to, tape, all->data + sizeof first, (size_t)first);
  } else {
    tell_part(to, tape, all->data + head, all->size - head);
  }
}

SimStatus match_tape_tell(const EnvRecorder *to, MatchTape *tape, SimStatus own, SimError *err) {
  const uint64_t first = tape->decided_size;
  const size_t size = sizeof first + tape->decided_size + tape->followed_size;
  memcpy(tape->decided, &first, sizeof first);
  memcpy(tape->decided + sizeof first + first, tape->followed, tape->followed_size);
  tape->decided_size = tape->followed_size = 0;
  const SimStatus status =
      fleet_gather(tape->all, tape->decided, size, "a step of matches", own, err);
  for (int pass = 0; status == SIM_OK && pass < 2; pass++) {
    for (int r = 0; r < fleet_size(); r++) {
      tell_rank(to, tape, &tape->all[r], pass == 0);
    }
  }
  fleet_free(tape->all, fleet_size());
  return status;
}

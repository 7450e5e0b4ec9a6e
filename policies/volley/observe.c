// An effort that no drone can make says as little as one twice as large, so columns end at 2.
#include "policies/volley/observe.h"

#include <math.h>
#include <string.h>

#include "policies/court.h"
#include "sim/vec.h"

#define EFFORT_SCALE 10.0  // m/s2
#define PLACE_SCALE 4.0    // m
#define MOST 2.0

// Columns of pol_court_common
enum { PLAYER = 13, BALL = 78, FLAGS = 84 };

// ---- the court

// components that change their sign in the mirror: y of position and velocity, x and z of a
// rotation
static void mirror_player(float player[PLAYER]) {
  static const int TURNED[] = {1, 4, 6, 8, 10, 12};
  for (size_t i = 0; i < sizeof TURNED / sizeof TURNED[0]; i++) {
    player[TURNED[i]] = -player[TURNED[i]];
  }
}

// groups of `size` columns, a drone each, into the frame's order
static void sort_groups(float *row, int size, const uint8_t order[SIM_ROLES]) {
  float kept[SIM_ROLES * PLAYER];
  memcpy(kept, row, (size_t)(SIM_ROLES * size) * sizeof *kept);
  for (int place = 0; place < SIM_ROLES; place++) {
    memcpy(row + place * size, kept + order[place] * size, (size_t)size * sizeof *row);
  }
}

static void put_court(float out[POL_VOLLEY_TURN], const PolFrame *frame, const SimState *state,
                      SimTeam team) {
  pol_court_common(out, state, team);
  for (int side = 0; side < SIM_TEAMS; side++) {
    const uint8_t *order = frame->order[side];
    sort_groups(out + side * SIM_ROLES * PLAYER, PLAYER, order);
    sort_groups(out + FLAGS + side * SIM_ROLES * 2, 2, order);
    sort_groups(out + POL_COURT_HAPPENED + 1 + side * SIM_ROLES, 1, order);
  }
  for (int i = 0; frame->mirrored && i < SIM_DRONES; i++) {
    mirror_player(out + i * PLAYER);
  }
  const float sign = frame->mirrored ? -1 : 1;
  out[BALL + 1] *= sign;
  out[BALL + 4] *= sign;
  out[POL_COURT_LANDING + 1] *= sign;
}

// ---- the plan

static void put_plan(float out[POL_VOLLEY_SIZE], const PolFrame *frame, const PolOptions *options,
                     const PolMemory *memory, const SimState *state) {
  const PolPlan *plan = &memory->plan;
  const int shape = memory->held[POL_HEAD_SHAPE];
  const bool begun = state->referee.step > 0;
  for (int k = 0; k < SIM_ROLES; k++) {
    const int i = frame->order[0][k];
    const double y = plan->place[i][1] * (frame->mirrored ? -1 : 1);
    out[POL_VOLLEY_STRIKER + k] = begun && plan->striker == i;
    out[POL_VOLLEY_PLACES + 2 * k] = (float)(plan->place[i][0] / PLACE_SCALE);
    out[POL_VOLLEY_PLACES + 2 * k + 1] = (float)(y / PLACE_SCALE);
  }
  if (begun && shape < POL_VOLLEY_SHAPES && shape < options->n[POL_HEAD_SHAPE]) {
    out[POL_VOLLEY_SHAPE + shape] = 1;
  }
}

// ---- candidates

// share of what is within reach that the touches after it take
static double load_of_mates(const PolCandidate *c, const PolReach *reach, PolTurn turn) {
  const double limit[2] = {turn == POL_TURN_FIRST ? reach->set : reach->travel, reach->travel};
  double load = 0;
  for (int k = 0; k < 2; k++) {
    load = c->next[k] >= 0 ? fmax(load, c->next_effort[k] / limit[k]) : load;
  }
  return load;
}

// what it takes the nearest opponent to be where the ball comes down, from where it is now
static double load_of_opponents(const PolCandidate *c, const PolSide *theirs) {
  const double still[3] = {0, 0, 0};
  double least = (double)INFINITY;
  for (int i = 0; i < SIM_ROLES; i++) {
    const double place[3] = {-c->goal.point[0], -c->goal.point[1], theirs->pos[i][2]};
    least = fmin(least, pol_travel_effort(place, c->flight, theirs->pos[i], still));
  }
  return least / EFFORT_SCALE;
}

static void put_candidates(float out[POL_VOLLEY_SIZE], const PolFrame *frame,
                           const PolOptions *options, const SimState *state, SimTeam team,
                           PolTurn turn) {
  PolCandidate candidate[POL_OPTIONS_MAX];
  PolSide theirs;
  pol_side(&theirs, state, team == SIM_NEAR ? SIM_FAR : SIM_NEAR);
  const int n = pol_candidates(candidate, options, state, team, turn);
  for (int i = 0; i < n; i++) {
    const PolCandidate *c = &candidate[i];
    const int number = pol_frame_option(frame, options, (int)pol_turn_head(turn), c->option);
    float *columns = out + POL_VOLLEY_CANDIDATES + POL_VOLLEY_FEATURES * number;
    const double load = c->goal.point[0] < 0 ? load_of_opponents(c, &theirs)
                                             : load_of_mates(c, &options->reach, turn);
    columns[0] = c->legal;
    columns[1] = (float)fmin(c->effort / EFFORT_SCALE, MOST);
    columns[2] = (float)fmin(load, MOST);
  }
}

void pol_volley_observe(float out[POL_VOLLEY_SIZE], const PolFrame *frame,
                        const PolOptions *options, const PolMemory *memory, const SimState *state,
                        SimTeam team) {
  const PolTurn turn = pol_volley_turn(state, team);
  memset(out, 0, POL_VOLLEY_SIZE * sizeof *out);
  put_court(out, frame, state, team);
  out[POL_VOLLEY_TURN + (int)turn] = 1;
  put_plan(out, frame, options, memory, state);
  if (turn >= POL_TURN_FIRST && pol_volley_asked(pol_turn_head(turn), &memory->plan, state, team)) {
    put_candidates(out, frame, options, state, team, turn);
  }
}

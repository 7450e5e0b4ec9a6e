#include "policies/volley/frame.h"

#include <assert.h>
#include <math.h>

#include "policies/situation.h"

// drones of a team, nearest to place first; team frame of the seeing team
static void sort_drones(uint8_t order[SIM_ROLES], const double place[2], const SimState *state,
                        SimTeam whose, SimTeam seen_by) {
  double distance[SIM_ROLES];
  for (int i = 0; i < SIM_ROLES; i++) {
    double pos[3];
    sim_mirror_vec(pos, state->view.drone[sim_drone(whose, (SimRole)i)].pos, seen_by);
    distance[i] = hypot(pos[0] - place[0], pos[1] - place[1]);
    int at = i;
    for (; at > 0 && distance[order[at - 1]] > distance[i]; at--) {
      order[at] = order[at - 1];
    }
    order[at] = (uint8_t)i;
  }
}

void pol_frame_find(PolFrame *frame, const SimState *state, SimTeam team) {
  double landing[2], ball[3], vel[3];
  pol_landing(landing, state, team);
  sim_mirror_vec(ball, state->view.ball_pos, team);
  sim_mirror_vec(vel, state->view.ball_vel, team);
  frame->mirrored = ball[1] != 0 ? ball[1] < 0 : vel[1] < 0;
  sort_drones(frame->order[0], landing, state, team, team);
  sort_drones(frame->order[1], landing, state, team == SIM_NEAR ? SIM_FAR : SIM_NEAR, team);
}

static int place_of(const PolFrame *frame, int drone) {
  int place = 0;
  while (frame->order[0][place] != drone) {
    place++;
    assert(place < SIM_ROLES);
  }
  return place;
}

int pol_frame_option(const PolFrame *frame, const PolOptions *options, int head, int i) {
  const PolOption *option = &options->option[head][i];
  const int rows = options->n[head] / SIM_ROLES;
  const int seen = frame->mirrored ? option->mirror : i;
  return option->drone < 0 ? seen : place_of(frame, option->drone) * rows + seen % rows;
}

int pol_frame_option_back(const PolFrame *frame, const PolOptions *options, int head, int number) {
  int i = 0;
  while (pol_frame_option(frame, options, head, i) != number) {
    i++;
    assert(i < options->n[head]);
  }
  return i;
}

uint32_t pol_frame_bits(const PolFrame *frame, const PolOptions *options, int head, uint32_t bits) {
  uint32_t seen = 0;
  for (int i = 0; i < options->n[head]; i++) {
    seen |= (bits >> i & 1u) << pol_frame_option(frame, options, head, i);
  }
  return seen;
}

// Everything is computed in the team's frame from exact flights. Two candidates that are each
// other's mirror image have the same numbers, so whoever chooses by them plays alike on both
// halves.
#include "policies/volley/candidate.h"

#include <assert.h>
#include <math.h>

#include "policies/dig.h"
#include "policies/situation.h"
#include "sim/vec.h"

#define EASY 4.0                // m/s2, with which sets are struck as high as can be
#define POL_RACKET_ABOVE 0.145  // m, of the ball over the drone at a strike

void pol_side(PolSide *side, const SimState *state, SimTeam team) {
  *side = (PolSide){.touches = 0};
  for (int i = 0; i < SIM_ROLES; i++) {
    const int drone = sim_drone(team, (SimRole)i);
    sim_mirror_vec(side->pos[i], state->view.drone[drone].pos, team);
    sim_mirror_vec(side->vel[i], state->view.drone[drone].vel, team);
    side->hit[i] = state->referee.flags.already_hit[drone];
    side->touches += side->hit[i];
  }
  sim_mirror_vec(side->ball, state->view.ball_pos, team);
  sim_mirror_vec(side->ball_vel, state->view.ball_vel, team);
}

PolTurn pol_volley_turn(const SimState *state, SimTeam team) {
  const SimReferee *ref = &state->referee;
  PolSide side;
  if (ref->hits == 0) {
    return ref->server == team ? POL_TURN_SERVE : POL_TURN_DEFEND;
  }
  // the own serve is left alone until it has crossed
  const bool serving = ref->hits == 1 && ref->server == team && ref->ball_side == team;
  pol_side(&side, state, team);
  if (serving || side.touches == SIM_ROLES || !pol_ball_comes(state, team) ||
      pol_ball_goes_over(state, team)) {
    return POL_TURN_DEFEND;
  }
  return (PolTurn)(POL_TURN_FIRST + side.touches);
}

PolVolleyHead pol_turn_head(PolTurn turn) {
  static const PolVolleyHead HEAD[] = {POL_HEAD_SHAPE, POL_HEAD_SERVES, POL_HEAD_FIRST,
                                       POL_HEAD_SECOND, POL_HEAD_THIRD};
  return HEAD[turn];
}

// ---- one candidate

double pol_travel_effort(const double place[3], double time, const double pos[3],
                         const double vel[3]) {
  double miss[3];
  const double left = time - POL_DIG_REACTION;
  if (!(left > 0)) {
    return (double)INFINITY;
  }
  vec_sub(miss, place, pos);
  vec_add_scaled(miss, miss, -POL_DIG_REACTION, vel);
  return 2 * vec_norm(miss) / (left * left);
}

static bool goes_over(const SimGoal *goal) {
  return goal->point[0] < 0;
}

// Skills were trained on one half and see the other in the mirror: digs and saves go to the left,
// sets to the right, attacks and balls over the net are struck on the right and on the left. To the
// middle they go across.
static bool is_mirrored(PolSlot slot, const SimGoal *goal, const double place[3]) {
  if (slot == POL_ATTACK) {
    return place[1] < 0;
  }
  if (goes_over(goal)) {
    return place[1] > 0;
  }
  const double side = goal->point[1] != 0 ? goal->point[1] : -place[1];
  return slot == POL_SET ? side < 0 : side > 0;
}

static double clearance_of(const SimStrike *plan) {
  const double time = -plan->ball[0] / plan->v_out[0];
  const double height = plan->ball[2] + plan->v_out[2] * time - SIM_GRAVITY * time * time / 2;
  return plan->v_out[0] < 0 ? height - SIM_NET_TOP : -(double)INFINITY;
}

// a target across the court is that of an attack from the right
static void aim(SimGoal *goal, const PolOption *way, const PolSide *side) {
  SimStrike plan;
  *goal = way->goal;
  if (way->across) {
    sim_strike_plan(&plan, goal, side->ball, side->ball_vel);
    goal->point[1] *= plan.ball[1] < 0 ? -1 : 1;
  }
}

// Digs and saves are met in motion, so that a drone's velocity helps or harms all the way (dig.h);
// for the other touches there is time to turn round.
static double effort_of(const SimStrike *plan, const PolSide *side, int drone) {
  return pol_travel_effort(plan->drone, plan->time, side->pos[drone], side->vel[drone]);
}

// the highest strike that is within an easy reach, else the one that takes least
static double choose_height(const SimGoal *goal, const PolSide *side, int drone) {
  static const double HEIGHT[] = {2.3, 1.9, 1.5};
  SimGoal tried = *goal;
  double least = (double)INFINITY, best = HEIGHT[0];
  for (size_t i = 0; i < sizeof HEIGHT / sizeof HEIGHT[0]; i++) {
    SimStrike plan;
    tried.strike_z = HEIGHT[i];
    sim_strike_plan(&plan, &tried, side->ball, side->ball_vel);
    const double effort = effort_of(&plan, side, drone);
    if (effort <= EASY) {
      return tried.strike_z;
    }
    best = effort < least ? tried.strike_z : best;
    least = fmin(effort, least);
  }
  return best;
}

static void fill(PolCandidate *c, const PolOption *way, const PolSide *side, int drone) {
  SimStrike plan;
  const bool digs = way->slot == POL_PASS || way->slot == POL_RECEIVE;
  *c = (PolCandidate){.drone = drone, .way = way, .next = {-1, -1}};
  aim(&c->goal, way, side);
  if (way->auto_height) {
    c->goal.strike_z = digs ? pol_dig_height(&c->goal, side->pos[drone], side->vel[drone],
                                             side->ball, side->ball_vel)
                            : choose_height(&c->goal, side, drone);
  }
  sim_strike_plan(&plan, &c->goal, side->ball, side->ball_vel);
  c->time = plan.time;
  c->flight = plan.flight;
  vec_copy(c->place, plan.drone);
  c->effort = digs ? pol_dig_effort(&c->goal, side->pos[drone], side->vel[drone], side->ball,
                                    side->ball_vel)
                   : effort_of(&plan, side, drone);
  c->clearance = goes_over(&c->goal) ? clearance_of(&plan) : (double)INFINITY;
  c->tilt = acos(fmin(fmax(plan.normal[2], -1), 1));
  c->mirrored = is_mirrored(way->slot, &c->goal, plan.ball);
}

// ---- who follows

// where the drone of a touch is when the ball falls through point
static void below(double out[3], const double point[3]) {
  vec_copy(out, point);
  out[2] -= POL_RACKET_ABOVE;
}

// the third touch: by whoever is left, at the point the set goes to
static void find_attacker(PolCandidate *c, const PolSide *side) {
  double place[3];
  below(place, c->goal.point);
  for (int i = 0; i < SIM_ROLES; i++) {
    if (i != c->drone && !side->hit[i]) {
      const double effort =
          pol_travel_effort(place, c->time + c->flight, side->pos[i], side->vel[i]);
      if (c->next[0] < 0 || effort < c->next_effort[0]) {
        c->next[0] = i;
        c->next_effort[0] = effort;
      }
    }
  }
}

// how much of what a touch may cost this one does
static double load(const PolCandidate *c, const PolReach *reach) {
  return fmax(c->next_effort[0] / reach->set, c->next_effort[1] / reach->travel);
}

// the second and third touch after a pass: the better one of the two orders
static void find_setter(PolCandidate *c, const PolSide *side, const PolOptions *options) {
  double handoff[3], attack[3];
  const double set_time = c->time + c->flight;
  const int other[2] = {(c->drone + 1) % SIM_ROLES, (c->drone + 2) % SIM_ROLES};
  below(handoff, c->goal.point);
  below(attack, options->attack_point);
  // the set crosses the court, so that the setter is not below the attacker
  attack[1] = handoff[1] > 0 ? -attack[1] : attack[1];
  for (int k = 0; k < 2; k++) {
    PolCandidate tried = *c;
    const int setter = other[k], attacker = other[1 - k];
    tried.next[0] = setter;
    tried.next[1] = attacker;
    tried.next_effort[0] =
        pol_travel_effort(handoff, set_time, side->pos[setter], side->vel[setter]);
    tried.next_effort[1] = pol_travel_effort(attack, set_time + options->set_flight,
                                             side->pos[attacker], side->vel[attacker]);
    if (c->next[0] < 0 || load(&tried, &options->reach) < load(c, &options->reach)) {
      *c = tried;
    }
  }
}

// ---- what is legal

static bool fits_first(const PolCandidate *c, const PolReach *reach) {
  if (goes_over(&c->goal)) {
    return c->effort <= (c->way->late ? reach->save : reach->first);
  }
  return c->effort <= reach->first && c->next_effort[0] <= reach->set &&
         c->next_effort[1] <= reach->travel;
}

static bool fits_second(const PolCandidate *c, const PolReach *reach) {
  const bool timely =
      goes_over(&c->goal) || (c->next[0] >= 0 && c->next_effort[0] <= reach->travel);
  return c->way->late ? c->effort <= reach->save : c->effort <= reach->set && timely;
}

static bool fits_third(const PolCandidate *c, const PolOptions *options) {
  const PolReach *reach = &options->reach;
  return c->way->slot == POL_ATTACK && c->effort <= (c->way->late ? reach->save : reach->attack) &&
         c->clearance >= options->clearance && c->tilt <= options->tilt;
}

static bool is_better(const PolCandidate *c, const PolCandidate *than) {
  return !than || c->effort < than->effort;
}

// whether it may be the last resort of a turn: what keeps the ball up, and who can save does not
// set
static bool is_resort(const PolCandidate *c, PolTurn turn) {
  return turn == POL_TURN_FIRST ? !goes_over(&c->goal) : c->way->late;
}

// when nothing fits: the way that takes least, all ways over the net in the third touch
static void allow_rest(PolCandidate *c, int n, PolTurn turn) {
  PolCandidate *least = NULL;
  for (int i = 0; i < n; i++) {
    if (turn == POL_TURN_THIRD) {
      c[i].legal = c[i].way->slot != POL_ATTACK;
      least = c[i].legal ? &c[i] : least;
    } else if (is_resort(&c[i], turn)) {
      least = is_better(&c[i], least) ? &c[i] : least;
    }
  }
  least = least || n == 0 ? least : &c[0];
  if (least) {
    least->legal = true;
  }
}

static int free_drone(const PolSide *side, const PolOption *way) {
  int best = -1;
  double least = 0;
  for (int i = 0; i < SIM_ROLES; i++) {
    if (!side->hit[i]) {
      const double effort =
          pol_dig_effort(&way->goal, side->pos[i], side->vel[i], side->ball, side->ball_vel);
      if (best < 0 || effort < least) {
        best = i;
        least = effort;
      }
    }
  }
  return best;
}

int pol_candidates(PolCandidate out[POL_OPTIONS_MAX], const PolOptions *options,
                   const SimState *state, SimTeam team, PolTurn turn) {
  assert(turn >= POL_TURN_FIRST && turn <= POL_TURN_THIRD);
  const PolVolleyHead head = pol_turn_head(turn);
  PolSide side;
  int n = 0;
  bool any = false;
  pol_side(&side, state, team);
  for (int i = 0; i < options->n[head]; i++) {
    const PolOption *way = &options->option[head][i];
    const int drone = way->drone >= 0 ? way->drone : free_drone(&side, way);
    if (drone < 0 || side.hit[drone]) {
      continue;
    }
    PolCandidate *c = &out[n++];
    fill(c, way, &side, drone);
    c->option = i;
    if (turn == POL_TURN_FIRST && !goes_over(&c->goal)) {
      find_setter(c, &side, options);
    } else if (turn == POL_TURN_SECOND && !goes_over(&c->goal)) {
      find_attacker(c, &side);
    }
    c->legal = turn == POL_TURN_FIRST    ? fits_first(c, &options->reach)
               : turn == POL_TURN_SECOND ? fits_second(c, &options->reach)
                                         : fits_third(c, options);
    any |= c->legal;
  }
  if (!any) {
    allow_rest(out, n, turn);
  }
  return n;
}

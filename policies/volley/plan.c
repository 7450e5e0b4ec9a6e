// The plan is remade at every event from the court and the heads; only what must outlast an event
// is carried over: who is recovering, and which air is to be kept free.
#include "policies/volley/plan.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "policies/situation.h"
#include "sim/vec.h"

#define REST_STEPS 100   // a drone recovers for 1.0 s after its strike,
#define REST_AHEAD 0.5   // s, where its velocity carries it
#define REST_HEIGHT 2.2  // m
#define COLUMN_STEPS 80  // the air above a digger is free until 0.8 s after its dig,
#define ATTACK_BACK 0.5  // m, that the attacker waits behind the point it strikes at
#define ATTACK_WAIT 2.5  // m, its height
#define SET_WAIT 2.0     // m, height of the setter

// ---- when who is asked

bool pol_volley_asked(PolVolleyHead head, const PolPlan *plan, const SimState *state,
                      SimTeam team) {
  const PolTurn turn = pol_volley_turn(state, team);
  switch (head) {
  case POL_HEAD_SERVES:
    return turn == POL_TURN_SERVE && state->referee.step == 0;
  case POL_HEAD_SHAPE:
    // whoever does not serve stands in its shape, too
    return turn == POL_TURN_DEFEND || turn == POL_TURN_SERVE;
  case POL_HEAD_FIRST:
    return turn == POL_TURN_FIRST &&
           (plan->turn != POL_TURN_FIRST || pol_happened(state, team).opponent);
  case POL_HEAD_SECOND:
  case POL_HEAD_THIRD:
    return turn == (head == POL_HEAD_SECOND ? POL_TURN_SECOND : POL_TURN_THIRD) &&
           plan->turn != turn;
  case POL_VOLLEY_HEADS:
    break;
  }
  assert(false);
  return false;
}

static uint32_t all_bits(int n) {
  return (uint32_t)((UINT64_C(1) << n) - 1);
}

void pol_volley_legal(uint32_t legal[POL_HEADS_MAX], const PolOptions *options,
                      const uint8_t held[POL_HEADS_MAX], const PolPlan *plan, const SimState *state,
                      SimTeam team) {
  const PolTurn turn = pol_volley_turn(state, team);
  for (int head = 0; head < POL_VOLLEY_HEADS; head++) {
    legal[head] = UINT32_C(1) << held[head];
    if (!pol_volley_asked((PolVolleyHead)head, plan, state, team)) {
      continue;
    }
    if (head == POL_HEAD_SERVES || head == POL_HEAD_SHAPE) {
      legal[head] = all_bits(options->n[head]);
      continue;
    }
    PolCandidate candidate[POL_OPTIONS_MAX];
    const int n = pol_candidates(candidate, options, state, team, turn);
    legal[head] = 0;
    for (int i = 0; i < n; i++) {
      legal[head] |= candidate[i].legal ? UINT32_C(1) << candidate[i].option : 0;
    }
  }
}

// ---- places

void pol_assign_places(double out[SIM_ROLES][3], const double place[SIM_ROLES][3],
                       const PolSide *side) {
  static const int ORDER[6][SIM_ROLES] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                          {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  double least = (double)INFINITY;
  int best = 0;
  for (int k = 0; k < 6; k++) {
    double sum = 0;
    for (int i = 0; i < SIM_ROLES; i++) {
      double way[3];
      vec_sub(way, place[ORDER[k][i]], side->pos[i]);
      sum += vec_dot(way, way);
    }
    best = sum < least ? k : best;
    least = fmin(least, sum);
  }
  for (int i = 0; i < SIM_ROLES; i++) {
    vec_copy(out[i], place[ORDER[best][i]]);
  }
}

// left and right of a shape are the ball's side and the other one, so that a mirrored match is
// played alike
static void take_shape(PolPlan *plan, const PolOptions *options, int shape, const PolSide *side) {
  double place[SIM_ROLES][3];
  for (int i = 0; i < SIM_ROLES; i++) {
    vec_copy(place[i], options->place[shape][i]);
    place[i][1] *= side->ball[1] < 0 ? -1 : 1;
  }
  pol_assign_places(plan->place, (const double(*)[3])place, side);
}

static void set_striker(PolPlan *plan, const PolCandidate *c, PolSlot slot) {
  plan->striker = (int8_t)c->drone;
  plan->slot = (uint8_t)slot;
  plan->goal = c->goal;
  plan->mirrored[c->drone] = c->mirrored;
}

// the attacker waits behind and below the point at which it will strike
static void wait_to_attack(double place[3], const double point[3]) {
  vec_set(place, point[0] + ATTACK_BACK, point[1], ATTACK_WAIT);
}

// ---- the plan

void pol_plan_rest(double rest[3], const double pos[3], const double vel[3], PolSlot slot) {
  vec_add_scaled(rest, pos, REST_AHEAD, vel);
  rest[0] = fmin(fmax(rest[0], slot == POL_ATTACK ? 2.0 : 1.0), 6.0);
  rest[2] = REST_HEIGHT;
}

static void note_touches(PolPlan *plan, const PolSide *side, const SimState *state, SimTeam team) {
  const int step = state->referee.step;
  for (int i = 0; i < state->events.n; i++) {
    const SimEvent *event = &state->events.event[i];
    if (event->kind != SIM_EVENT_TOUCH || sim_team(event->drone) != team) {
      continue;
    }
    const int own = (int)sim_role(event->drone);
    pol_plan_rest(plan->rest[own], side->pos[own], side->vel[own], (PolSlot)plan->slot);
    plan->rest_until[own] = step + REST_STEPS;
    plan->rest_slot[own] = (uint8_t)pol_slot_hover((PolSlot)plan->slot);
    if (plan->turn == POL_TURN_FIRST) {
      plan->column[0] = side->pos[own][0];
      plan->column[1] = side->pos[own][1];
      plan->column_until = step + COLUMN_STEPS;
    }
  }
}

static const PolCandidate *chosen(const PolCandidate *c, int n, int option) {
  for (int i = 0; i < n; i++) {
    if (c[i].option == option) {
      return &c[i];
    }
  }
  return n > 0 ? &c[0] : NULL;
}

static void plan_first(PolPlan *plan, const PolCandidate *c, const PolOptions *options,
                       const SimState *state) {
  set_striker(plan, c, c->way->slot);
  plan->column[0] = c->place[0];
  plan->column[1] = c->place[1];
  plan->column_until = state->referee.step + (int)(c->time / SIM_DT) + COLUMN_STEPS;
  if (c->next[0] >= 0) {
    double attack[3];
    vec_copy(attack, options->attack_point);
    attack[1] *= c->goal.point[1] > 0 ? -1 : 1;
    vec_set(plan->place[c->next[0]], c->goal.point[0], c->goal.point[1], SET_WAIT);
    wait_to_attack(plan->place[c->next[1]], attack);
  }
}

static void plan_strike(PolPlan *plan, const PolOptions *options, const uint8_t held[POL_HEADS_MAX],
                        const SimState *state, SimTeam team) {
  PolCandidate candidate[POL_OPTIONS_MAX];
  const PolTurn turn = (PolTurn)plan->turn;
  const int n = pol_candidates(candidate, options, state, team, turn);
  const PolCandidate *c = chosen(candidate, n, held[pol_turn_head(turn)]);
  // who dives for what it cannot reach is lost with the ball
  if (!c || c->effort > options->reach.hopeless) {
    return;
  }
  if (turn == POL_TURN_FIRST) {
    plan_first(plan, c, options, state);
    return;
  }
  set_striker(plan, c, c->way->slot);
  if (turn == POL_TURN_SECOND && c->next[0] >= 0) {
    wait_to_attack(plan->place[c->next[0]], c->goal.point);
  }
}

static void plan_serve(PolPlan *plan, const PolOptions *options, int option, const PolSide *side) {
  int server = 0;
  for (int i = 1; i < SIM_ROLES; i++) {
    const double way = hypot(side->pos[i][0] - side->ball[0], side->pos[i][1] - side->ball[1]);
    const double least =
        hypot(side->pos[server][0] - side->ball[0], side->pos[server][1] - side->ball[1]);
    server = way < least ? i : server;
  }
  const bool mirrored = side->ball[1] < 0;
  plan->striker = (int8_t)server;
  plan->slot = POL_SERVE;
  plan->goal = options->option[POL_HEAD_SERVES][option].goal;
  plan->goal.point[1] *= mirrored ? -1 : 1;
  plan->mirrored[server] = mirrored;
}

void pol_plan_update(PolPlan *plan, const PolOptions *options, const uint8_t held[POL_HEADS_MAX],
                     const SimState *state, SimTeam team) {
  const PolTurn turn = pol_volley_turn(state, team);
  PolSide side;
  pol_side(&side, state, team);
  note_touches(plan, &side, state, team);
  const bool runs = turn == plan->turn && turn >= POL_TURN_FIRST && plan->striker >= 0 &&
                    !pol_volley_asked(pol_turn_head(turn), plan, state, team);
  if (runs) {
    return;
  }
  plan->turn = (uint8_t)turn;
  plan->striker = -1;
  for (int i = 0; i < SIM_ROLES; i++) {
    plan->mirrored[i] = side.pos[i][1] != 0 ? side.pos[i][1] < 0 : side.vel[i][1] < 0;
  }
  take_shape(plan, options, held[POL_HEAD_SHAPE], &side);
  if (turn == POL_TURN_SERVE) {
    plan_serve(plan, options, held[POL_HEAD_SERVES], &side);
  } else if (turn != POL_TURN_DEFEND) {
    plan_strike(plan, options, held, state, team);
  }
}

// ---- between decisions

void pol_plan_task(PolTask *task, const PolPlan *plan, const SimState *state, int drone) {
  pol_task_find(task, plan, &state->view, state->referee.step, drone);
}

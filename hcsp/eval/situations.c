// Starts are the middle of the released ranges (sim/README.md 7); heights and times are those
// of a usual rally: digs at 1.5 m, the ball coming down at 3 m/s before a strike, four seconds
// after the serve.
#include "hcsp/eval/situations.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "hcsp/eval/skill_trial.h"
#include "sim/ballistics.h"
#include "sim/vec.h"

#define DIG_HEIGHT 1.5    // m
#define FALLING (-3.0)    // m/s, the ball before a strike
#define SINCE_START 400   // control steps
#define TOUCHES_SO_FAR 4  // of the rally, before the strike

const char *eval_moment_name(EvalMoment moment) {
  static const char *const NAME[EVAL_MOMENTS] = {
      "waiting for the serve", "serving",   "they passed", "they set",   "attacked to the left",
      "attacked to the right", "we passed", "we set",      "we attacked"};
  assert(moment < EVAL_MOMENTS);
  return NAME[moment];
}

// ---- who stands where

static const PolOption *first_of(const PolOptions *options, PolHead head, PolSlot slot) {
  const PolOption *first = eval_first_option(options, head, slot);
  return first ? first : &options->option[head][0];
}

// The head that chooses for the drone of a role when roles take their touches in order.
static PolHead head_of(const PolOptions *options, SimRole role) {
  static const PolVolleyHead TOUCH[SIM_ROLES] = {POL_HEAD_FIRST, POL_HEAD_SECOND, POL_HEAD_THIRD};
  return options->kind == POL_TABLE_VOLLEY ? (PolHead)TOUCH[role] : (PolHead)role;
}

// Who attacks is where a pass to the first hand-off and a set from there want it, the others stand
// in the first shape; there is no plan yet, so that whoever can choose is asked.
static void line_up_free(EvalSituation *s, const PolOptions *options, SimTeam attacking) {
  static const double SETTER_Z = 2, ATTACKER_Z = 2.5, BACK = 0.5;  // m
  const double *pass = first_of(options, head_of(options, SIM_PASSER), POL_PASS)->goal.point;
  const double *set = first_of(options, head_of(options, SIM_SETTER), POL_SET)->goal.point;
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    eval_place_hovering(&s->state.view, drone, options->place[0][sim_role(drone)]);
  }
  eval_place_hovering(&s->state.view, sim_drone(attacking, SIM_SETTER),
                      (const double[3]){pass[0], pass[1], SETTER_Z});
  eval_place_hovering(&s->state.view, sim_drone(attacking, SIM_ATTACKER),
                      (const double[3]){set[0] + BACK, set[1], ATTACKER_Z});
}

static void line_up(EvalSituation *s, const PolOptions *options, SimTeam attacking) {
  if (options->kind == POL_TABLE_VOLLEY) {
    line_up_free(s, options, attacking);
    return;
  }
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    const SimRole role = sim_role(drone);
    const int spread = options->spread[role];
    const PolOption *place = role == SIM_PASSER
                                 ? &options->option[role][pol_bot_style(options).wait]
                                 : first_of(options, (PolHead)role, POL_GOTO);
    if (role != SIM_PASSER && spread >= 0 && sim_team(drone) != attacking) {
      place = &options->option[role][spread];
    }
    eval_place_hovering(&s->state.view, drone, place->goal.point);
  }
  for (int head = 0; head < POL_HEADS_MAX; head++) {
    const PolOption *idle = first_of(options, (PolHead)head, POL_GOTO);
    s->memory.held[head] = (uint8_t)(idle - options->option[head]);
  }
  s->memory.held[POL_HEAD_PASSER] = (uint8_t)pol_bot_style(options).wait;
  s->memory.held[POL_HEAD_SERVE] = 0;
}

// ---- the ball and the books

static void begin(EvalSituation *s, const PolOptions *options, SimTeam server) {
  static const double SERVER[3] = {6, 0, 1.9}, BALL[3] = {6, 0, 4.9};
  static const double START[SIM_ROLES][3] = {{4, 0, 1}, {2, -2, 1.8}, {2, 1.5, 2.5}};
  SimState *state = &s->state;
  line_up(s, options, server);
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    eval_place_hovering(&state->view, drone, START[sim_role(drone)]);
  }
  eval_place_hovering(&state->view, sim_drone(server, SIM_PASSER), SERVER);
  sim_mirror_vec(state->view.ball_pos, BALL, server);
  sim_referee_reset(&state->referee, server);
}

// where a role usually meets the ball, in its team's frame
static void meeting_place(double out[3], const PolOptions *options, SimRole role,
                          const SimView *view, SimTeam team) {
  static const PolSlot BEFORE[SIM_ROLES] = {POL_PASS, POL_PASS, POL_SET};
  if (role == SIM_PASSER) {
    sim_mirror_vec(out, view->drone[sim_drone(team, role)].pos, team);
    out[2] = DIG_HEIGHT;
    return;
  }
  const SimRole feeder = role == SIM_SETTER ? SIM_PASSER : SIM_SETTER;
  vec_copy(out, first_of(options, head_of(options, feeder), BEFORE[role])->goal.point);
}

// a drone has just struck the ball as goal wants, the last of its team's touches in order
static void strike(EvalSituation *s, const PolOptions *options, SimTeam team, SimRole role,
                   const SimGoal *goal) {
  SimState *state = &s->state;
  SimReferee *ref = &state->referee;
  const double falling[3] = {0, 0, FALLING};
  double place[3];
  SimStrike plan;
  SimGoal wanted = *goal;
  line_up(s, options, team);
  meeting_place(place, options, role, &state->view, team);
  wanted.strike_z = place[2];
  sim_strike_plan(&plan, &wanted, place, falling);
  sim_mirror_vec(state->view.ball_pos, place, team);
  sim_mirror_vec(state->view.ball_vel, plan.v_out, team);
  sim_referee_reset(ref, SIM_FAR);
  ref->step = SINCE_START;
  ref->ball_side = ref->last_hit_side = team;
  ref->serve_step = 2;
  ref->hits = TOUCHES_SO_FAR + 1 + (int)role;
  ref->flags.is_rally = ref->stale.is_rally = true;
  for (int r = 0; r <= (int)role; r++) {
    ref->flags.already_hit[sim_drone(team, (SimRole)r)] = true;
    ref->stale.already_hit[sim_drone(team, (SimRole)r)] = r < (int)role;
  }
  state->events = (SimEvents){.n = 1, .event = {{SIM_EVENT_TOUCH, sim_drone(team, role)}}};
}

// the struck ball is over the net
static void cross(EvalSituation *s) {
  SimState *state = &s->state;
  SimView *view = &state->view;
  assert(view->ball_vel[0] != 0);
  const double time = fabs(view->ball_pos[0] / view->ball_vel[0]);
  for (int k = 0; k < 3; k++) {
    view->ball_pos[k] += time * view->ball_vel[k];
  }
  view->ball_pos[2] -= SIM_GRAVITY * time * time / 2;
  view->ball_vel[2] -= SIM_GRAVITY * time;
  state->referee.step += (int)(time / SIM_DT);
  state->referee.ball_side = state->referee.ball_side == SIM_NEAR ? SIM_FAR : SIM_NEAR;
  state->referee.stale = state->referee.flags;
  memset(state->referee.flags.already_hit, 0, sizeof state->referee.flags.already_hit);
  state->events = (SimEvents){.n = 1, .event = {{SIM_EVENT_CROSS, -1}}};
}

static bool aims_at(const PolOptions *options, const PolOption *attack, bool right) {
  return options->kind == POL_TABLE_VOLLEY ? (attack->goal.point[1] > 0) == right
                                           : attack->goal.side[right ? 0 : 1];
}

// the first fast attack to a side, else the first attack to that side, of the attacker's own frame
static const PolOption *attack_to(const PolOptions *options, bool right) {
  const PolHead head = head_of(options, SIM_ATTACKER);
  const PolOption *found = NULL;
  for (int i = 0; i < options->n[head]; i++) {
    const PolOption *option = &options->option[head][i];
    if (option->slot == POL_ATTACK && aims_at(options, option, right) &&
        (!found || (option->calibrated && !found->calibrated))) {
      found = option;
    }
  }
  return found ? found : first_of(options, head, POL_ATTACK);
}

void eval_situation_make(EvalSituation *s, EvalMoment moment, const PolOptions *options) {
  const SimGoal *pass = &first_of(options, head_of(options, SIM_PASSER), POL_PASS)->goal;
  const SimGoal *set = &first_of(options, head_of(options, SIM_SETTER), POL_SET)->goal;
  memset(s, 0, sizeof *s);
  switch (moment) {
  case EVAL_WAITING:
  case EVAL_SERVING:
    begin(s, options, moment == EVAL_SERVING ? SIM_NEAR : SIM_FAR);
    break;
  case EVAL_THEY_PASSED:
  case EVAL_WE_PASSED:
    strike(s, options, moment == EVAL_WE_PASSED ? SIM_NEAR : SIM_FAR, SIM_PASSER, pass);
    break;
  case EVAL_THEY_SET:
  case EVAL_WE_SET:
    strike(s, options, moment == EVAL_WE_SET ? SIM_NEAR : SIM_FAR, SIM_SETTER, set);
    break;
  case EVAL_ATTACK_LEFT:
  case EVAL_ATTACK_RIGHT:
    // their right is our left
    strike(s, options, SIM_FAR, SIM_ATTACKER,
           &attack_to(options, moment == EVAL_ATTACK_LEFT)->goal);
    break;
  case EVAL_WE_ATTACKED:
    strike(s, options, SIM_NEAR, SIM_ATTACKER, &attack_to(options, false)->goal);
    cross(s);
    break;
  case EVAL_MOMENTS:
    assert(false);
    break;
  }
  s->state.referee.switched = true;
  s->state.referee.winner = SIM_PLAYING;
}

bool eval_situation_ask(float p[POL_HEADS_MAX][POL_OPTIONS_MAX], uint32_t legal[POL_HEADS_MAX],
                        const EvalSituation *situation, const PolStrategy *strategy,
                        const PolOptions *options, float *scratch) {
  PolDecision decision;
  pol_strategy_prepare(&decision, &situation->memory, strategy, options, &situation->state,
                       SIM_NEAR);
  memcpy(legal, decision.legal, sizeof decision.legal);
  return pol_strategy_probabilities(p, strategy, options, &decision, scratch);
}

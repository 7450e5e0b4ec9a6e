// The rules by name, and what goes on around a step, which is in sim/judge.h.
#include "sim/referee.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "sim/judge.h"
#include "sim/vec.h"

static const SimRules RULES[] = {{.name = "court", .steps_max = 3000},
                                 {.name = "paper", .steps_max = 1500}};

const SimRules *sim_rules_find(const char *name) {
  for (size_t i = 0; i < sizeof RULES / sizeof RULES[0]; i++) {
    if (strcmp(RULES[i].name, name) == 0) {
      return &RULES[i];
    }
  }
  return NULL;
}

const char *sim_event_name(SimEventKind kind) {
  static const char *const NAME[SIM_EVENT_KINDS] = {
      "touch",   "serve",    "cross",    "drone_ground", "drone_net", "double_touch", "body_touch",
      "ball_in", "ball_out", "ball_net", "both",         "timeout",   "result"};
  return kind < SIM_EVENT_KINDS ? NAME[kind] : NULL;
}

const char *sim_winner_name(SimWinner winner) {
  static const char *const NAME[] = {"near", "far", "draw", "playing"};
  return winner <= SIM_PLAYING ? NAME[winner] : NULL;
}

void sim_referee_reset(SimReferee *ref, SimTeam server) {
  sim_judge_reset(ref, server);
}

void sim_referee_step(SimEvents *events, SimReferee *ref, const SimRules *rules,
                      const SimView *view, double dt) {
  sim_judge_step(events, ref, rules, view, dt);
}

// ---- what is to come

SimVerdict sim_referee_foresee(const SimReferee *ref, const SimView *view) {
  enum { STEPS_MAX = 3000 };  // the longest clock; a ball that is higher comes down too late
  double pos[3], vel[3];
  vec_copy(pos, view->ball_pos);
  vec_copy(vel, view->ball_vel);
  SimCharges charges = {.reason = SIM_EVENT_RESULT};
  for (int i = 0; i < STEPS_MAX && sim_judge_weigh(&charges).winner == SIM_PLAYING; i++) {
    SimEvents events = {.n = 0};
    // as MuJoCo's Euler integrator flies it: the velocity first
    vel[2] -= SIM_GRAVITY * SIM_DT;
    vec_add_scaled(pos, pos, SIM_DT, vel);
    sim_judge_charge_ball(&charges, &events, ref, pos);
  }
  return sim_judge_weigh(&charges);
}

// ---- serve phase (sim/README.md 5.6)

SimServePhase sim_referee_phase(const SimReferee *ref, const SimRules *rules, SimTeam team) {
  assert(ref->serve_step >= 0);
  if (ref->flags.is_rally || ref->serve_step >= 3) {
    return SIM_PHASE_FREE;
  }
  const bool serves = team == ref->server;
  switch (ref->serve_step) {
  case 0:
    return serves ? SIM_PHASE_SERVE : SIM_PHASE_RECEIVE_WAIT;
  case 1:
    return serves ? SIM_PHASE_SERVE_HOVER : SIM_PHASE_RECEIVE;
  default:
    return serves            ? SIM_PHASE_SERVE_HOVER
           : rules->released ? SIM_PHASE_FREE
                             : SIM_PHASE_RECEIVE_HOVER;
  }
}

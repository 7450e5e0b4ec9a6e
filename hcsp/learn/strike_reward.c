// A strike is judged in the frame of its team, from a view in which it is the only drone. Payments
// fall due every control step, so that a touch between two decisions of a skill belongs to the
// decision in force.
#include "hcsp/learn/strike_reward.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "policies/volley/plan.h"

// What is remembered of a flight in progress, or of the last one.
typedef struct Track {
  SimGoal goal;
  double closeness;
  SimRole role;   // of the drone that flies it
  bool mirrored;  // whose network sees the court in the mirror
} Track;

struct LearnStrikes {
  int n, matches;
  LearnStrikeSkill skill[LEARN_STRIKE_SKILLS_MAX];
  LearnStrikeCount count[LEARN_STRIKE_SKILLS_MAX];
  Track *track;  // [n][matches][SIM_TEAMS]
};

LearnStrikes *learn_strikes_create(const LearnStrikeSkill *skill, int n, int matches) {
  assert(n >= 1 && n <= LEARN_STRIKE_SKILLS_MAX);
  LearnStrikes *s = sim_new(1, sizeof *s);
  *s = (LearnStrikes){.n = n, .matches = matches};
  memcpy(s->skill, skill, (size_t)n * sizeof *skill);
  s->track = sim_new((size_t)n * (size_t)matches * SIM_TEAMS, sizeof *s->track);
  return s;
}

void learn_strikes_destroy(LearnStrikes *s) {
  if (s) {
    free(s->track);
    free(s);
  }
}

// ---- looking

static Track *track_of(LearnStrikes *s, int skill, int row) {
  return &s->track[(size_t)skill * (size_t)s->matches * SIM_TEAMS + (size_t)row];
}

// the ball and the drone, as its team sees them
static void look(SimView *seen, const SimState *state, int drone) {
  const SimTeam team = sim_team(drone);
  *seen = (SimView){.roster = 1u << TASK_LEARNER};
  sim_mirror_vec(seen->ball_pos, state->view.ball_pos, team);
  sim_mirror_vec(seen->ball_vel, state->view.ball_vel, team);
  sim_mirror_drone(&seen->drone[TASK_LEARNER], &state->view.drone[drone], team);
}

static bool touched(const SimState *state, int drone) {
  for (int i = 0; i < state->events.n; i++) {
    if (state->events.event[i].kind == SIM_EVENT_TOUCH && state->events.event[i].drone == drone) {
      return true;
    }
  }
  return false;
}

static bool crossed(const SimState *state) {
  for (int i = 0; i < state->events.n; i++) {
    if (state->events.event[i].kind == SIM_EVENT_CROSS) {
      return true;
    }
  }
  return false;
}

static double seconds_of(const SimState *state) {
  return state->referee.step * SIM_DT;
}

// a skill of a table with roles belongs to one of them
static SimRole role_of(PolSlot slot) {
  return slot == POL_SET ? SIM_SETTER : slot == POL_ATTACK ? SIM_ATTACKER : SIM_PASSER;
}

SimGoal learn_strikes_hover(const PolOptions *table, PolSlot slot, const double pos[3],
                            const double vel[3]) {
  static const PolSlot hovers[SIM_ROLES] = {POL_PASS_HOVER, POL_SET_HOVER, POL_ATTACK_HOVER};
  SimGoal goal = {.flight = (double)NAN, .apex = (double)NAN, .strike_z = (double)NAN};
  if (table->kind == POL_TABLE_VOLLEY) {
    pol_plan_rest(goal.point, pos, vel, slot);
    return goal;
  }
  const SimRole role = role_of(slot);
  for (int i = 0; i < table->n[role]; i++) {
    if (table->option[role][i].slot == hovers[role]) {
      memcpy(goal.point, table->option[role][i].goal.point, sizeof goal.point);
      return goal;
    }
  }
  memcpy(goal.point, table->option[role][0].goal.point, sizeof goal.point);
  return goal;
}

// ---- a flight

static void pay(LearnStrikes *s, int k, int row, double reward) {
  assert(k >= 0 && k < s->n);
  trajectory_reward(s->skill[k].flights, row, 0, reward);
  s->count[k].reward += reward;
}

static void end(LearnStrikes *s, int k, int row, TransitionEnd how, const SimState *state,
                int drone) {
  float obs[SIM_OBS_MAX];
  const bool cut = how == TRANSITION_TRUNCATED;
  assert(k >= 0 && k < s->n && drone >= 0 && drone < SIM_DRONES);
  if (cut) {
    const Track *track = track_of(s, k, row);
    sim_obs_goal(obs, SIM_OBS_STRIKE43, &state->view, drone, &track->goal);
    if (track->mirrored) {
      sim_obs_reflect(obs, SIM_OBS_STRIKE43);
    }
  }
  trajectory_end(s->skill[k].flights, row, seconds_of(state), how, cut ? obs : NULL);
  s->count[k].flights++;
  s->count[k].struck += how == TRANSITION_WAITS;
  s->count[k].lost += how == TRANSITION_TERMINATED;
}

static void pay_touch(LearnStrikes *s, int k, int row, const SimView *seen, const PolTeam *team) {
  const LearnStrikeSkill *skill = &s->skill[k];
  const SimDrone *drone = &seen->drone[TASK_LEARNER];
  const SimGoal next = learn_strikes_hover(team->options, skill->slot, drone->pos, drone->vel);
  TaskTouch touch;
  pay(s, k, row,
      task_strike_touch(&touch, skill->config, skill->critic, &track_of(s, k, row)->goal, &next,
                        seen));
  s->count[k].good += touch.good;
  s->count[k].miss += fmin(touch.miss, 10);
  s->count[k].velocity_error += touch.velocity_error;
}

static void pay_step(LearnStrikes *s, int k, int row, const SimView *seen) {
  const TaskConfig *config = s->skill[k].config;
  const SimDrone *drone = &seen->drone[TASK_LEARNER];
  Track *track = track_of(s, k, row);
  SimStrike plan;
  double reward = -task_strike_motion_cost(config, drone) / config->every;
  sim_strike_plan(&plan, &track->goal, seen->ball_pos, seen->ball_vel);
  // frozen from the strike's moment on and not taken back at the end
  if (plan.time > 0) {
    const double now = task_strike_closeness(config, drone, &plan);
    reward += isnan(track->closeness) ? 0 : now - track->closeness;
    track->closeness = now;
  }
  pay(s, k, row, reward);
}

// the first drone of the team that strikes with the skill, SIM_ROLES: none does
static SimRole striker_of(const PolAct act[SIM_ROLES], PolSlot slot) {
  int role = 0;
  while (role < SIM_ROLES && act[role].slot != slot) {
    role++;
  }
  return (SimRole)role;
}

static void step_skill(LearnStrikes *s, int k, const SimState *state, const PolAct act[SIM_ROLES],
                       const bool acted[SIM_ROLES], int row, const PolTeam *team) {
  Trajectory *flights = s->skill[k].flights;
  const SimTeam side = (SimTeam)(row % SIM_TEAMS);
  const SimRole role = striker_of(act, s->skill[k].slot);
  Track *track = track_of(s, k, row);
  if (trajectory_is_open(flights, row) && role != track->role) {
    end(s, k, row, TRANSITION_TRUNCATED, state, sim_drone(side, track->role));
  }
  if ((int)role == SIM_ROLES) {
    return;
  }
  if (!trajectory_is_open(flights, row)) {
    track->closeness = (double)NAN;
  }
  track->goal = act[role].goal;
  track->role = role;
  track->mirrored = act[role].mirrored;
  if (acted[role]) {
    trajectory_act(flights, row, seconds_of(state), act[role].obs, act[role].action, NULL,
                   act[role].log_prob);
  }
  if (trajectory_is_open(flights, row)) {
    const int drone = sim_drone(side, role);
    SimView seen;
    look(&seen, state, drone);
    s->count[k].length += acted[role];
    if (touched(state, drone)) {
      pay_touch(s, k, row, &seen, team);
      end(s, k, row, TRANSITION_WAITS, state, drone);
    } else {
      pay_step(s, k, row, &seen);
    }
  }
}

void learn_strikes_step(LearnStrikes *s, const SimState *state, const PolAct act[SIM_ROLES],
                        const bool acted[SIM_ROLES], int match, SimTeam side, const PolTeam *team) {
  const int row = match * SIM_TEAMS + (int)side;
  // the ball has come back: the possession has brought neither a point nor a loss
  if (crossed(state) && state->referee.ball_side == side) {
    for (int k = 0; k < s->n; k++) {
      trajectory_settle(s->skill[k].flights, row, seconds_of(state), 0);
    }
  }
  for (int k = 0; k < s->n; k++) {
    step_skill(s, k, state, act, acted, row, team);
  }
}

void learn_strikes_finish(LearnStrikes *s, const SimState *state, int match, SimTeam side,
                          int result) {
  const int row = match * SIM_TEAMS + (int)side;
  for (int k = 0; k < s->n; k++) {
    const LearnStrikeSkill *skill = &s->skill[k];
    s->count[k].wins += trajectory_is_waiting(skill->flights, row) && result > 0;
    s->count[k].losses += trajectory_is_waiting(skill->flights, row) && result < 0;
    trajectory_settle(skill->flights, row, seconds_of(state), skill->result * result);
    if (!trajectory_is_open(skill->flights, row)) {
      continue;
    }
    const int drone = sim_drone(side, track_of(s, k, row)->role);
    if (result < 0) {
      const double *p = state->view.drone[drone].pos;
      const bool crash = p[2] < SIM_GROUND || fabs(p[0]) < SIM_NET_DRONE;
      pay(s, k, row, -skill->result - task_strike_lost_cost(skill->config, crash));
    }
    end(s, k, row, result < 0 ? TRANSITION_TERMINATED : TRANSITION_TRUNCATED, state, drone);
  }
}

bool learn_strikes_ready(const LearnStrikes *s) {
  for (int k = 0; k < s->n; k++) {
    if (s->skill[k].flights->ready >= s->skill[k].batch) {
      return true;
    }
  }
  return false;
}

// ---- counts and bytes

const LearnStrikeCount *learn_strikes_count(const LearnStrikes *s, int skill) {
  return &s->count[skill];
}

void learn_strikes_clear(LearnStrikes *s) {
  memset(s->count, 0, sizeof s->count);
}

static size_t tracks_size(const LearnStrikes *s) {
  return (size_t)s->n * (size_t)s->matches * SIM_TEAMS * sizeof *s->track;
}

size_t learn_strikes_size(const LearnStrikes *s) {
  return sizeof s->count + tracks_size(s);
}

void learn_strikes_save(void *out, const LearnStrikes *s) {
  memcpy(out, s->count, sizeof s->count);
  memcpy((char *)out + sizeof s->count, s->track, tracks_size(s));
}

void learn_strikes_load(LearnStrikes *s, const void *in) {
  memcpy(s->count, in, sizeof s->count);
  memcpy(s->track, (const char *)in + sizeof s->count, tracks_size(s));
}

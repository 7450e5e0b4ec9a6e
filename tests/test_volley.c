// The table whose heads are touches: turns by touch count, masks against a second computation, the
// plan between decisions, and whole matches, in which roles switch and mirrored starts end alike.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/dig.h"
#include "policies/play.h"
#include "policies/volley/observe.h"
#include "policies/volley/plan.h"
#include "sim/base/rng.h"
#include "sim/vec.h"
#include "tests/support/check.h"

static PolOptions *table;

static int set_up(void **state) {
  (void)state;
  table = pol_options_load("volley", NULL);
  return table ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  pol_options_destroy(table);
  return 0;
}

// ---- situations by hand

// six drones at rest, the ball where team wants it in its own frame, four touches into a rally
static SimState make_state(SimTeam team, const double ball[3], const double vel[3],
                           SimTeam last_hit) {
  static const double STAND[SIM_ROLES][3] = {{4.4, 0.1, 1.5}, {3.2, -2, 1.5}, {3.2, 2, 1.5}};
  SimState state = {.seed = 1, .view = {.roster = SIM_ALL_DRONES}};
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    SimDrone *to = &state.view.drone[drone];
    sim_mirror_vec(to->pos, STAND[sim_role(drone)], sim_team(drone));
    to->quat[0] = to->rot[0] = to->rot[4] = to->rot[8] = 1;
  }
  sim_mirror_vec(state.view.ball_pos, ball, team);
  sim_mirror_vec(state.view.ball_vel, vel, team);
  sim_referee_reset(&state.referee, SIM_NEAR);
  state.referee.step = 300;
  state.referee.hits = 4;
  state.referee.last_hit_side = last_hit;
  state.referee.ball_side = state.view.ball_pos[0] < 0 ? SIM_FAR : SIM_NEAR;
  return state;
}

static SimTeam other(SimTeam team) {
  return team == SIM_NEAR ? SIM_FAR : SIM_NEAR;
}

static const double COMING[3] = {-1.5, 1, 3.6}, FAST[3] = {7, 1, 0.5};

static void test_turns(void **unused) {
  (void)unused;
  for (int side = 0; side < SIM_TEAMS; side++) {
    const SimTeam team = (SimTeam)side;
    SimState state = make_state(team, COMING, FAST, other(team));
    assert_int_equal(pol_volley_turn(&state, team), POL_TURN_FIRST);
    assert_int_equal(pol_volley_turn(&state, other(team)), POL_TURN_DEFEND);
    // on our half, after each touch, whoever took it
    static const int ORDER[3][3] = {{0, 1, 2}, {2, 0, 1}, {1, 2, 0}};
    static const PolTurn NEXT[3] = {POL_TURN_SECOND, POL_TURN_THIRD, POL_TURN_DEFEND};
    for (int k = 0; k < 3; k++) {
      state = make_state(team, (double[3]){3, 1, 2}, (double[3]){-0.5, 0.5, 5}, team);
      for (int touch = 0; touch < 3; touch++) {
        state.referee.flags.already_hit[sim_drone(team, (SimRole)ORDER[k][touch])] = true;
        assert_int_equal(pol_volley_turn(&state, team), NEXT[touch]);
        assert_int_equal(pol_volley_turn(&state, other(team)), POL_TURN_DEFEND);
      }
    }
    // an own ball that clears the net and lands deep is gone, one that will be out is not ours
    state = make_state(team, (double[3]){2, 0, 3.6}, (double[3]){-7, 0, 1}, team);
    state.referee.flags.already_hit[sim_drone(team, SIM_PASSER)] = true;
    assert_int_equal(pol_volley_turn(&state, team), POL_TURN_DEFEND);
    state = make_state(team, COMING, (double[3]){12, 1, 3}, other(team));
    assert_int_equal(pol_volley_turn(&state, team), POL_TURN_DEFEND);
  }
}

// by touches: before the serve the server's, then left alone until it has crossed, then anybody's
static void test_serve_phase(void **unused) {
  (void)unused;
  SimState state = make_state(SIM_NEAR, (double[3]){6, 0.05, 4.9}, (double[3]){0, 0, 0}, SIM_NEAR);
  sim_referee_reset(&state.referee, SIM_NEAR);
  PolMemory memory = {.started = false};
  assert_int_equal(pol_volley_turn(&state, SIM_NEAR), POL_TURN_SERVE);
  assert_int_equal(pol_volley_turn(&state, SIM_FAR), POL_TURN_DEFEND);
  assert_true(pol_head_asked(table, POL_HEAD_SERVES, &memory, &state, SIM_NEAR));
  assert_false(pol_head_asked(table, POL_HEAD_SERVES, &memory, &state, SIM_FAR));
  assert_true(pol_head_asked(table, POL_HEAD_SHAPE, &memory, &state, SIM_FAR));
  // whoever stands below the ball serves
  for (int server = 0; server < SIM_ROLES; server++) {
    SimState moved = state;
    moved.view.drone[server].pos[0] = 6;
    moved.view.drone[server].pos[1] = 0;
    PolMemory own = {.started = false};
    pol_note_decision(&own, table, &moved, SIM_NEAR);
    assert_int_equal(own.plan.striker, server);
    assert_int_equal(own.plan.slot, POL_SERVE);
  }
  // served: the server's side waits, the receivers play although no setter has touched the ball
  state = make_state(SIM_NEAR, (double[3]){3, 0, 4}, (double[3]){-6, 0.5, 3}, SIM_NEAR);
  state.referee.hits = 1;
  state.referee.flags.already_hit[sim_drone(SIM_NEAR, SIM_PASSER)] = true;
  assert_int_equal(pol_volley_turn(&state, SIM_NEAR), POL_TURN_DEFEND);
  assert_int_equal(pol_volley_turn(&state, SIM_FAR), POL_TURN_FIRST);
  pol_note_decision(&memory, table, &state, SIM_FAR);
  assert_int_equal(memory.plan.slot, POL_PASS);
}

// ---- masks, computed a second time

// the ball's flight in small steps: when, where and how fast it falls through height
static double fly_to(double at[3], double speed[3], const double pos[3], const double vel[3],
                     double height) {
  const double dt = 1e-4;
  double t = 0;
  memcpy(at, pos, 3 * sizeof *at);
  memcpy(speed, vel, 3 * sizeof *speed);
  while ((at[2] > height || speed[2] > 0) && t < 5) {
    for (int k = 0; k < 3; k++) {
      at[k] += dt * speed[k] - (k == 2 ? 0.5 * SIM_GRAVITY * dt * dt : 0);
    }
    speed[2] -= SIM_GRAVITY * dt;
    t += dt;
  }
  return t;
}

// effort of a drone to a strike at height that sends the ball through the option's point
static double second_effort(const PolOption *option, const double point[3], double height,
                            const PolSide *side, int drone, bool in_motion, double out[3],
                            double *flight, double normal[3]) {
  double at[3], in[3], miss[3];
  const double t = fly_to(at, in, side->ball, side->ball_vel, height);
  const double up =
      isfinite(option->goal.flight)
          ? (point[2] - height) / option->goal.flight + SIM_GRAVITY * option->goal.flight / 2
          : sqrt(2 * SIM_GRAVITY * (option->goal.apex - height));
  *flight = isfinite(option->goal.flight)
                ? option->goal.flight
                : up / SIM_GRAVITY + sqrt(2 * (option->goal.apex - point[2]) / SIM_GRAVITY);
  out[0] = (point[0] - at[0]) / *flight;
  out[1] = (point[1] - at[1]) / *flight;
  out[2] = up;
  vec_sub(normal, out, in);
  const double size = vec_norm(normal);
  for (int k = 0; k < 3; k++) {
    normal[k] /= size;
    const double drift = side->vel[drone][k] * (in_motion ? t : 0.25);
    miss[k] = at[k] - 0.145 * normal[k] - side->pos[drone][k] - drift;
  }
  return t > 0.25 ? 2 * vec_norm(miss) / ((t - 0.25) * (t - 0.25)) : 1e9;
}

static double lowest_effort(const PolOption *option, const double *height, int n, double easy,
                            const PolSide *side, int drone, bool in_motion, double *flight) {
  double least = 1e9, out[3], normal[3], point[3], at[3], in[3];
  vec_copy(point, option->goal.point);
  if (option->across) {
    fly_to(at, in, side->ball, side->ball_vel, 2.1);
    point[1] *= at[1] < 0 ? -1 : 1;
  }
  for (int i = 0; i < n; i++) {
    double own;
    const double effort =
        second_effort(option, point, height[i], side, drone, in_motion, out, &own, normal);
    if (effort < least) {
      least = effort;
      *flight = own;
    }
    if (effort <= easy) {
      *flight = own;
      return effort;
    }
  }
  return least;
}

typedef struct Tally {
  int legal, illegal;
} Tally;

// close to a limit the two computations may differ
static void check_limit(bool legal, double value, double limit, Tally *tally) {
  if (fabs(value - limit) > 0.02 * limit) {
    assert_int_equal(legal, value < limit);
    tally->legal += legal;
    tally->illegal += !legal;
  }
}

static double draw(SimRng *rng, double low, double high) {
  return sim_rng_uniform(rng, low, high);
}

static void scatter(SimState *state, SimRng *rng) {
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    const double pos[3] = {draw(rng, 0.8, 5.5), draw(rng, -2.8, 2.8), draw(rng, 1, 2.5)};
    sim_mirror_vec(state->view.drone[drone].pos, pos, sim_team(drone));
    for (int k = 0; k < 3; k++) {
      state->view.drone[drone].vel[k] = draw(rng, -1, 1);
    }
  }
}

static void test_first_masks(void **unused) {
  (void)unused;
  static const double DIG[] = {2.1, 1.8, 1.5, 1.2};
  Tally tally = {0, 0};
  int forced = 0;
  for (uint32_t i = 0; i < 150; i++) {
    SimRng rng = sim_rng(3, i, 0, SIM_RNG_TEST);
    const double ball[3] = {-1.5, draw(&rng, -2, 2), 3.6},
                 vel[3] = {draw(&rng, 4, 8), draw(&rng, -1.5, 1.5), draw(&rng, -1, 2)};
    const SimTeam team = i % 2 ? SIM_FAR : SIM_NEAR;
    SimState state = make_state(team, ball, vel, other(team));
    scatter(&state, &rng);
    PolCandidate c[POL_OPTIONS_MAX];
    PolSide side;
    if (pol_volley_turn(&state, team) != POL_TURN_FIRST) {
      continue;
    }
    const int n = pol_candidates(c, table, &state, team, POL_TURN_FIRST);
    pol_side(&side, &state, team);
    assert_int_equal(n, table->n[POL_HEAD_FIRST]);
    bool fits[POL_OPTIONS_MAX], any = false;
    for (int k = 0; k < n; k++) {
      const PolOption *option = &table->option[POL_HEAD_FIRST][k];
      double flight = 0, load = 1e9;
      const double effort = lowest_effort(option, DIG, 4, 5.5, &side, option->drone, true, &flight);
      const double limit = option->late ? 9 : 14;
      assert_true(fabs(c[k].effort - effort) < 0.01 * effort + 0.01 || fabs(effort - 5.5) < 0.05);
      if (option->goal.point[0] < 0) {
        load = 0;
      }
      // whoever of the two others sets, the other attacks across the court
      for (int s = 0; s < SIM_ROLES && load > 0; s++) {
        const int a = 3 - option->drone - s;
        if (s == option->drone || a < 0 || a > 2 || a == s) {
          continue;
        }
        const double set[3] = {1.5, option->goal.point[1], 2.2 - 0.145};
        const double attack[3] = {2, option->goal.point[1] > 0 ? -1.5 : 1.5, 3.6 - 0.145};
        // apex 4.5 from 2.1 m, which a set without a height of its own starts from
        const double set_flight = sqrt(2 * 2.4 / SIM_GRAVITY) + sqrt(2 * 0.9 / SIM_GRAVITY);
        double way[2] = {0, 0};
        for (int d = 0; d < 3; d++) {
          way[0] += pow(set[d] - side.pos[s][d] - 0.25 * side.vel[s][d], 2);
          way[1] += pow(attack[d] - side.pos[a][d] - 0.25 * side.vel[a][d], 2);
        }
        const double at = c[k].time + flight - 0.25, later = at + set_flight;
        load = fmin(load,
                    fmax(2 * sqrt(way[0]) / (at * at) / 4, 2 * sqrt(way[1]) / (later * later) / 3));
      }
      fits[k] = effort <= limit && load <= 1;
      any |= fits[k];
      if (fabs(effort - limit) > 0.02 * limit && fabs(load - 1) > 0.02 && any) {
        // an earlier one that fitted only just has no say
        tally.legal += fits[k];
        tally.illegal += !fits[k];
      }
    }
    int legal = 0, least = -1;
    for (int k = 0; k < n; k++) {
      legal += c[k].legal;
      const bool pass = table->option[POL_HEAD_FIRST][k].goal.point[0] > 0;
      least = pass && (least < 0 || c[k].effort < c[least].effort) ? k : least;
      if (any) {
        assert_true(c[k].legal == fits[k] || fabs(c[k].effort / 14 - 1) < 0.02 ||
                    fabs(c[k].effort / 9 - 1) < 0.02 || fabs(c[k].next_effort[0] / 4 - 1) < 0.02 ||
                    fabs(c[k].next_effort[1] / 3 - 1) < 0.02);
      }
    }
    if (!any && legal == 1) {
      assert_true(c[least].legal);
      forced++;
    }
    assert_true(legal > 0);
  }
  assert_true(tally.legal > 100 && tally.illegal > 100 && forced > 5);
}

// True when nothing is within reach: then what is left is the save, or ball over the net in need,
// that takes least, and no set.
static bool only_saved(const PolCandidate *c, int n, const PolOptions *options) {
  const PolCandidate *least = NULL;
  int legal = 0;
  for (int k = 0; k < n; k++) {
    legal += c[k].legal;
    least = c[k].way->late && (!least || c[k].effort < least->effort) ? &c[k] : least;
  }
  assert_non_null(least);
  if (least->effort <= options->reach.save) {
    return false;
  }
  assert_true(least->legal || legal > 0);
  for (int k = 0; k < n && legal == 1; k++) {
    assert_true(!c[k].legal || c[k].way->late || c[k].effort <= options->reach.set);
  }
  return legal == 1 && least->legal;
}

static void test_second_and_third_masks(void **unused) {
  (void)unused;
  static const double SET[] = {2.3, 1.9, 1.5}, SAVE[] = {2.1, 1.8, 1.5, 1.2};
  Tally sets = {0, 0}, attacks = {0, 0};
  int forced = 0;
  for (uint32_t i = 0; i < 300; i++) {
    SimRng rng = sim_rng(4, i, 0, SIM_RNG_TEST);
    const bool third = i % 2;
    const double ball[3] = {draw(&rng, 2, 4), draw(&rng, -2, 2), 2},
                 // every other second touch is a late one
        low = i % 4 ? 5.5 : 3,
                 vel[3] = {draw(&rng, -1.5, 0), draw(&rng, -1, 1), draw(&rng, low, low + 1.5)};
    SimState state = make_state(SIM_FAR, ball, vel, SIM_FAR);
    scatter(&state, &rng);
    const int first = (int)(i / 2) % SIM_ROLES, second = (first + 1) % SIM_ROLES;
    state.referee.flags.already_hit[3 + first] = true;
    state.referee.flags.already_hit[3 + second] = third;
    PolCandidate c[POL_OPTIONS_MAX];
    PolSide side;
    const PolTurn turn = third ? POL_TURN_THIRD : POL_TURN_SECOND;
    const int n = pol_candidates(c, table, &state, SIM_FAR, turn);
    pol_side(&side, &state, SIM_FAR);
    bool any = false;
    for (int k = 0; k < n; k++) {
      const PolOption *option = c[k].way;
      double flight, out[3], normal[3];
      // nobody twice
      assert_false(side.hit[c[k].drone]);
      any |= c[k].legal;
      if (!third) {
        const bool save = option->slot == POL_RECEIVE, set = isfinite(option->goal.apex);
        const double effort =
            save  ? lowest_effort(option, SAVE, 4, 5.5, &side, c[k].drone, true, &flight)
            : set ? lowest_effort(option, SET, 3, 4, &side, c[k].drone, false, &flight)
                  : second_effort(option, option->goal.point, 2.3, &side, c[k].drone, false, out,
                                  &flight, normal);
        // at the limit of an easy reach another height is chosen
        assert_true(fabs(c[k].effort - effort) < 0.01 * effort + 0.01 ||
                    fabs(effort - (save ? 5.5 : 4)) < 0.05);
        if (c[k].next[0] < 0 || c[k].next_effort[0] < 0.98 * 3) {
          int legal = 0;
          for (int j = 0; j < n; j++) {
            legal += c[j].legal;
          }
          // alone it may be the last resort
          if (legal > 1) {
            check_limit(c[k].legal, effort, option->late ? 9 : 4, &sets);
          }
        }
        continue;
      }
      if (option->slot != POL_ATTACK) {
        continue;
      }
      double at[3], in[3], point[3];
      fly_to(at, in, side.ball, side.ball_vel, 3.6);
      vec_copy(point, option->goal.point);
      point[1] *= at[1] < 0 ? -1 : 1;
      const double effort =
          second_effort(option, point, 3.6, &side, c[k].drone, false, out, &flight, normal);
      const double crossing = at[0] / -out[0];
      const double clear = 3.6 + out[2] * crossing - SIM_GRAVITY * crossing * crossing / 2 - 2.43;
      const double tilt = acos(normal[2]) * 180 / M_PI, limit = option->late ? 9 : 4;
      const bool close =
          fabs(effort - limit) < 0.02 * limit || fabs(clear - 0.15) < 0.01 || fabs(tilt - 66) < 0.3;
      if (!close) {
        assert_int_equal(c[k].legal, effort < limit && clear > 0.15 && tilt < 66);
        attacks.legal += c[k].legal;
        attacks.illegal += !c[k].legal;
      }
    }
    assert_true(any);
    forced += !third && only_saved(c, n, table);
  }
  assert_true(forced > 5);
  assert_true(sets.legal > 100 && sets.illegal > 100);
  assert_true(attacks.legal > 100 && attacks.illegal > 100);
}

// ---- the plan between decisions

static void decide(PolMemory *memory, const char *word, const SimState *state, SimTeam team) {
  PolStrategy strategy;
  SimError err = {0};
  assert_ok(pol_strategy_rule(&strategy, word, table, &err), &err);
  pol_strategy_decide(memory, NULL, &strategy, table, state, team, NULL);
}

static void test_running_strike_is_kept(void **unused) {
  (void)unused;
  SimState state = make_state(SIM_NEAR, COMING, FAST, SIM_FAR);
  PolMemory memory = {.started = false};
  state.events = (SimEvents){.n = 1, .event = {{SIM_EVENT_TOUCH, 5}}};
  decide(&memory, "bot_volley", &state, SIM_NEAR);
  const PolPlan plan = memory.plan;
  assert_int_equal(plan.turn, POL_TURN_FIRST);
  // it crosses, and somebody else would now be nearer
  const double far[3] = {0.5, 1, 1};
  vec_copy(state.view.drone[plan.striker].pos, far);
  vec_set(state.view.ball_pos, 0.1, 1.23, 3.457);
  vec_set(state.view.ball_vel, FAST[0], FAST[1], -1.74);
  state.referee.ball_side = SIM_NEAR;
  state.referee.step += 20;
  state.events = (SimEvents){.n = 1, .event = {{SIM_EVENT_CROSS, -1}}};
  assert_false(pol_head_asked(table, POL_HEAD_FIRST, &memory, &state, SIM_NEAR));
  decide(&memory, "bot_volley", &state, SIM_NEAR);
  assert_memory_equal(&memory.plan, &plan, sizeof plan);
  // a touch of theirs sends it elsewhere: asked again
  state.events = (SimEvents){.n = 1, .event = {{SIM_EVENT_TOUCH, 4}}};
  assert_true(pol_head_asked(table, POL_HEAD_FIRST, &memory, &state, SIM_NEAR));
  decide(&memory, "bot_volley", &state, SIM_NEAR);
  assert_int_not_equal(memory.plan.striker, plan.striker);
}

// what a drone would dive for and not reach is left alone; a little nearer it is played
static void test_hopeless(void **unused) {
  (void)unused;
  int left = 0, played = 0;
  for (uint32_t i = 0; i < 60; i++) {
    SimRng rng = sim_rng(6, i, 0, SIM_RNG_TEST);
    const double vel[3] = {draw(&rng, 6, 9), draw(&rng, -4, 4), draw(&rng, -4, 1)};
    SimState state = make_state(SIM_NEAR, COMING, vel, SIM_FAR);
    PolMemory memory = {.started = false};
    PolCandidate c[POL_OPTIONS_MAX];
    if (pol_volley_turn(&state, SIM_NEAR) != POL_TURN_FIRST) {
      continue;
    }
    decide(&memory, "bot_volley", &state, SIM_NEAR);
    const int n = pol_candidates(c, table, &state, SIM_NEAR, POL_TURN_FIRST);
    for (int k = 0; k < n; k++) {
      if (c[k].option == memory.held[POL_HEAD_FIRST] && fabs(c[k].effort - 17) > 0.01) {
        assert_int_equal(memory.plan.striker, c[k].effort > 17 ? -1 : c[k].drone);
        left += memory.plan.striker < 0;
        played += memory.plan.striker >= 0;
      }
    }
  }
  assert_true(left > 3 && played > 10);
}

// who waits keeps out of the air above the digger, low while the ball comes, and of the ball's path
static void test_waiting(void **unused) {
  (void)unused;
  SimState state = make_state(SIM_NEAR, COMING, FAST, SIM_FAR);
  PolMemory memory = {.started = false};
  decide(&memory, "bot_volley", &state, SIM_NEAR);
  const PolPlan *plan = &memory.plan;
  for (int drone = 0; drone < SIM_ROLES; drone++) {
    PolTask task;
    pol_plan_task(&task, plan, &state, drone);
    if (drone == plan->striker) {
      assert_int_equal(task.slot, POL_PASS);
      continue;
    }
    assert_int_equal(task.slot, POL_GOTO);
    assert_true(task.goal.point[2] <= 1.2);
    assert_true(hypot(task.goal.point[0] - plan->column[0], task.goal.point[1] - plan->column[1]) >
                1.3 - 1e-9);
  }
  // a way that leads through the column goes round it: in small steps nobody comes nearer
  for (int drone = 0; drone < SIM_ROLES; drone++) {
    SimState moved = state;
    double *pos = moved.view.drone[drone].pos;
    vec_set(pos, plan->column[0] + 1.5, plan->column[1] + 0.1, 1.5);
    for (int step = 0; step < 300 && drone != plan->striker; step++) {
      PolTask task;
      double way[3];
      pol_plan_task(&task, plan, &moved, drone);
      vec_sub(way, task.goal.point, pos);
      vec_add_scaled(pos, pos, 0.02 / fmax(vec_norm(way), 0.02), way);
      assert_true(hypot(pos[0] - plan->column[0], pos[1] - plan->column[1]) > 1.3 - 0.01);
    }
  }
  // dug: it recovers ahead of where it flies for a second, then takes its place
  const int digger = plan->striker;
  state = make_state(SIM_NEAR, (double[3]){3.5, 0.4, 2}, (double[3]){-1.5, -1.5, 5}, SIM_NEAR);
  vec_set(state.view.drone[digger].pos, 3.5, 0.4, 1.8);
  vec_set(state.view.drone[digger].vel, -1, 0.5, -1);
  state.referee.flags.already_hit[digger] = true;
  state.events = (SimEvents){.n = 1, .event = {{SIM_EVENT_TOUCH, digger}}};
  decide(&memory, "bot_volley", &state, SIM_NEAR);
  PolTask task;
  for (int after = 0; after < 100; after += 99) {
    SimState later = state;
    later.referee.step += after;
    pol_plan_task(&task, plan, &later, digger);
    assert_int_equal(task.slot, POL_PASS_HOVER);
    assert_near(task.goal.point[0], 3, 1e-12);
    assert_near(task.goal.point[1], 0.65, 1e-12);
    assert_near(task.goal.point[2], 2.2, 1e-12);
  }
  state.referee.step += 100;
  pol_plan_task(&task, plan, &state, digger);
  assert_int_equal(task.slot, POL_GOTO);
}

static void test_places(void **unused) {
  (void)unused;
  for (uint32_t i = 0; i < 100; i++) {
    SimRng rng = sim_rng(5, i, 0, SIM_RNG_TEST);
    PolSide side = {.touches = 0};
    double place[SIM_ROLES][3], out[SIM_ROLES][3], own = 0, least = 1e9;
    for (int k = 0; k < 9; k++) {
      side.pos[k / 3][k % 3] = draw(&rng, -3, 3);
      place[k / 3][k % 3] = draw(&rng, -3, 3);
    }
    pol_assign_places(out, (const double(*)[3])place, &side);
    for (int a = 0; a < 27; a++) {
      const int of[3] = {a % 3, a / 3 % 3, a / 9};
      double sum = 0;
      for (int k = 0; k < 9; k++) {
        sum += pow(side.pos[k / 3][k % 3] - place[of[k / 3]][k % 3], 2);
      }
      const bool each = of[0] != of[1] && of[1] != of[2] && of[0] != of[2];
      least = each && sum < least ? sum : least;
    }
    for (int k = 0; k < 9; k++) {
      own += pow(side.pos[k / 3][k % 3] - out[k / 3][k % 3], 2);
    }
    assert_near(own, least, 1e-12);
  }
}

// ---- matches

typedef struct Hall {
  SimModel *model;
  PolTeam *team;
  PolPlay *play;
} Hall;

static void open_hall(Hall *hall, int matches, bool sample) {
  SimError err = {0};
  const SimModelOptions options = {.roster = SIM_ALL_DRONES, .downwash = true};
  hall->model = sim_model_create(&options, &err);
  hall->team = pol_team_load("stage1_volley", &err);
  assert_ok(err.status, &err);
  hall->team->sample_skills = sample;
  const PolPlayOptions play = {
      .matches = matches, .threads = 2, .seed = 7, .rules = sim_rules_find("court")};
  hall->play = pol_play_create(&play, hall->model, hall->team, hall->team, &err);
  assert_ok(err.status, &err);
}

static void close_hall(Hall *hall) {
  pol_play_destroy(hall->play);
  pol_team_destroy(hall->team);
  sim_model_destroy(hall->model);
}

// counted from the referee's events alone: every drone takes every touch, nobody twice
static void test_roles_switch(void **unused) {
  (void)unused;
  enum { MATCHES = 32 };
  Hall hall;
  int ids[MATCHES], count[3][SIM_ROLES] = {{0}}, touches[MATCHES][SIM_TEAMS] = {{0}}, n = MATCHES;
  uint32_t rally[MATCHES];
  SimError err = {0};
  open_hall(&hall, MATCHES, true);
  for (int i = 0; i < MATCHES; i++) {
    ids[i] = i;
    rally[i] = (uint32_t)i;
  }
  pol_play_reset(hall.play, ids, MATCHES, rally);
  for (int step = 0; n > 0 && step < 1500; step++) {
    assert_ok(pol_play_step(hall.play, ids, n, &err), &err);
    int left = 0;
    for (int i = 0; i < n; i++) {
      const SimState *state = pol_play_state(hall.play, ids[i]);
      for (int k = 0; k < state->events.n; k++) {
        const SimEvent *event = &state->events.event[k];
        if (event->kind == SIM_EVENT_CROSS) {
          touches[ids[i]][0] = touches[ids[i]][1] = 0;
        } else if (event->kind == SIM_EVENT_TOUCH && state->referee.hits > 1) {
          int *touch = &touches[ids[i]][sim_team(event->drone)];
          count[*touch < 3 ? *touch : 2][sim_role(event->drone)]++;
          (*touch)++;
        }
      }
      if (state->referee.winner == SIM_PLAYING) {
        ids[left++] = ids[i];
      }
    }
    n = left;
  }
  for (int touch = 0; touch < 3; touch++) {
    const int sum = count[touch][0] + count[touch][1] + count[touch][2];
    for (int role = 0; role < SIM_ROLES; role++) {
      assert_true(count[touch][role] * 20 >= sum && sum > MATCHES);
    }
  }
  close_hall(&hall);
}

// left is right: bodies, velocities, rotors
static void reflect_data(mjData *d, SimState *state, const SimModel *model) {
  for (int body = 0; body < SIM_BODIES; body++) {
    double *q = d->qpos + model->qpos[body], *v = d->qvel + model->qvel[body];
    q[1] = -q[1];
    q[4] = -q[4];
    q[6] = -q[6];
    v[1] = -v[1];
    v[3] = -v[3];
    v[5] = -v[5];
  }
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    double *rotor = state->view.drone[drone].rotor;
    for (int r = 0; r < 2; r++) {
      const double kept = rotor[r];
      rotor[r] = rotor[r + 2];
      rotor[r + 2] = kept;
    }
  }
  state->serve_target[1] = -state->serve_target[1];
}

// match 1 starts as match 0 does in the mirror
static void start_mirrored(Hall *hall, uint32_t rally) {
  static const int BOTH[2] = {0, 1};
  const uint32_t rallies[2] = {rally, rally};
  const int size = sim_world_row_size(hall->model);
  double *row = calloc((size_t)size, sizeof *row);
  mjData *d = mj_makeData(hall->model->mj);
  SimState state = {.seed = 0};
  SimError err = {0};
  SimBatch *batch = pol_play_batch(hall->play);
  assert_true(row && d);
  pol_play_reset(hall->play, BOTH, 2, rallies);
  sim_batch_save(batch, 1, row);
  assert_ok(sim_world_load(&state, d, hall->model, row, &err), &err);
  reflect_data(d, &state, hall->model);
  sim_world_save(row, &state, d, hall->model);
  const SimEvents none = {.n = 0};
  assert_ok(sim_batch_load(batch, 1, row, &none, &err), &err);
  mj_deleteData(d);
  free(row);
}

static double mirror_error(const SimView *a, const SimView *b) {
  double worst = 0;
  for (int body = 0; body <= SIM_DRONES; body++) {
    const double *p = body < SIM_DRONES ? a->drone[body].pos : a->ball_pos;
    const double *q = body < SIM_DRONES ? b->drone[body].pos : b->ball_pos;
    worst = fmax(worst, fmax(fabs(p[0] - q[0]), fmax(fabs(p[1] + q[1]), fabs(p[2] - q[2]))));
  }
  return worst;
}

// a strategy of drawn weights over the table; free the network
static void make_network(PolFile *file) {
  SimError err = {0};
  const PolArch arch = {.inputs = POL_VOLLEY_SIZE,
                        .outputs = pol_options_outputs(table),
                        .layers = 1,
                        .hidden = {16},
                        .activation = POL_TANH};
  *file = (PolFile){.kind = POL_KIND_STRATEGY, .name = "made", .obs = "volley230", .every = 1};
  pol_options_act(file->act, sizeof file->act, table);
  file->net = pol_net_create(&arch, false, &err);
  assert_ok(err.status, &err);
  SimRng rng = sim_rng(6, 0, 0, SIM_RNG_TEST);
  sim_rng_normals(&rng, file->net->weight[0], 16 * POL_VOLLEY_SIZE);
  sim_rng_normals(&rng, file->net->head_weight, 16 * arch.outputs);
}

static void seat_all(Hall *hall, const PolStrategy *strategy) {
  for (int match = 0; match < 2; match++) {
    pol_play_set_strategy(hall->play, match, SIM_NEAR, strategy);
    pol_play_set_strategy(hall->play, match, SIM_FAR, strategy);
  }
}

// rallies of the rule strategy, then of a network
static void test_mirrored_match(void **unused) {
  (void)unused;
  static const int BOTH[2] = {0, 1};
  Hall hall;
  SimError err = {0};
  open_hall(&hall, 2, true);
  PolFile file;
  make_network(&file);
  const PolStrategy network = {.kind = POL_STRATEGY_NET, .file = &file, .sample = true};
  int touches = 0;
  for (uint32_t rally = 0; rally < 12; rally++) {
    start_mirrored(&hall, rally);
    if (rally >= 6) {
      seat_all(&hall, &network);
    }
    const SimState *a = pol_play_state(hall.play, 0), *b = pol_play_state(hall.play, 1);
    while (a->referee.winner == SIM_PLAYING && a->referee.hits < 8) {
      assert_ok(pol_play_step(hall.play, BOTH, 2, &err), &err);
      const double error = mirror_error(&a->view, &b->view);
      // sums are rounded in another order there, and every touch makes more of it
      if (!(error < (a->referee.hits <= 2 ? 1e-12 : 1e-6))) {
        fail_msg("rally %u, step %d: %g m apart after %d touches", rally, a->referee.step, error,
                 a->referee.hits);
      }
      assert_int_equal(a->referee.hits, b->referee.hits);
      assert_int_equal(a->referee.winner, b->referee.winner);
    }
    touches += a->referee.hits;
  }
  assert_true(touches > 40);
  pol_net_destroy(file.net);
  close_hall(&hall);
}

// ---- what a network sees and decides

static void observe(float out[POL_VOLLEY_SIZE], const PolMemory *memory, const SimState *state,
                    SimTeam team) {
  PolFrame frame;
  pol_frame_find(&frame, state, team);
  pol_volley_observe(out, &frame, table, memory, state, team);
}

static void assert_same_row(const float *one, const float *other) {
  for (int i = 0; i < POL_VOLLEY_SIZE; i++) {
    if (!(fabs((double)(one[i] - other[i])) < 1e-6)) {
      fail_msg("column %d: saw %g and %g", i, (double)one[i], (double)other[i]);
    }
  }
}

static void test_layout(void **unused) {
  (void)unused;
  PolFrame frame;
  SimState state = make_state(SIM_NEAR, COMING, FAST, SIM_FAR);
  PolMemory memory = {.started = true};
  PolCandidate candidate[POL_OPTIONS_MAX];
  float near[POL_VOLLEY_SIZE], far[POL_VOLLEY_SIZE];
  assert_int_equal(sim_obs_size(SIM_OBS_VOLLEY230), POL_VOLLEY_SIZE);
  assert_int_equal(pol_strategy_layout(table), SIM_OBS_VOLLEY230);
  memory.held[POL_HEAD_SHAPE] = 2;
  observe(near, &memory, &state, SIM_NEAR);
  assert_true(near[POL_VOLLEY_TURN + POL_TURN_FIRST] == 1);
  assert_true(near[POL_VOLLEY_SHAPE + 2] == 1 && near[POL_VOLLEY_SHAPE] == 0);
  pol_frame_find(&frame, &state, SIM_NEAR);
  const int n = pol_candidates(candidate, table, &state, SIM_NEAR, POL_TURN_FIRST);
  for (int i = 0; i < n; i++) {
    const int number = pol_frame_option(&frame, table, POL_HEAD_FIRST, candidate[i].option);
    const float *of = near + POL_VOLLEY_CANDIDATES + POL_VOLLEY_FEATURES * number;
    assert_true((of[0] == 1) == candidate[i].legal);
    assert_near((double)of[1], fmin(candidate[i].effort / 10, 2), 1e-6);
  }
  // the other side of the court sees the same
  SimState turned = state;
  sim_mirror_view(&turned.view, &state.view);
  turned.referee.ball_side = other(state.referee.ball_side);
  turned.referee.last_hit_side = other(state.referee.last_hit_side);
  observe(far, &memory, &turned, SIM_FAR);
  assert_same_row(near, far);
}

// left for right, and drone i in the place of drone (i + 1) % 3 of its team
static SimState change_places(const SimState *state) {
  SimState changed = *state;
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    const int to = sim_drone(sim_team(drone), (SimRole)((sim_role(drone) + 1) % SIM_ROLES));
    SimDrone *d = &changed.view.drone[to];
    *d = state->view.drone[drone];
    changed.referee.flags.already_hit[to] = state->referee.flags.already_hit[drone];
    d->pos[1] = -d->pos[1];
    d->vel[1] = -d->vel[1];
    d->quat[1] = -d->quat[1];
    d->quat[3] = -d->quat[3];
    d->angvel[0] = -d->angvel[0];
    d->angvel[2] = -d->angvel[2];
    quat_to_rot(d->rot, d->quat);
  }
  for (int i = 0; i < changed.events.n; i++) {
    SimEvent *event = &changed.events.event[i];
    event->drone = event->drone < 0
                       ? -1
                       : sim_drone(sim_team(event->drone),
                                   (SimRole)((sim_role(event->drone) + 1) % SIM_ROLES));
  }
  changed.view.ball_pos[1] = -changed.view.ball_pos[1];
  changed.view.ball_vel[1] = -changed.view.ball_vel[1];
  return changed;
}

// drones of both teams moved and turned at random, touched by chance
static SimState draw_state(SimRng *rng, int kind) {
  SimState state = make_state(SIM_NEAR, COMING, FAST, SIM_FAR);
  if (kind > 0) {
    const double ball[3] = {3, sim_rng_uniform(rng, -2, 2), 2}, up[3] = {-0.5, 0.5, 5};
    state = make_state(SIM_NEAR, ball, up, SIM_NEAR);
    for (int i = 0; i < kind; i++) {
      state.referee.flags.already_hit[(i + (int)sim_rng_below(rng, 2)) % SIM_ROLES] = true;
    }
  }
  for (int drone = 0; drone < SIM_DRONES; drone++) {
    SimDrone *d = &state.view.drone[drone];
    double norm = 0;
    for (int k = 0; k < 4; k++) {
      d->quat[k] = (k == 0) + sim_rng_uniform(rng, -0.3, 0.3);
      norm += d->quat[k] * d->quat[k];
    }
    for (int k = 0; k < 4; k++) {
      d->quat[k] /= sqrt(norm);
    }
    quat_to_rot(d->rot, d->quat);
    for (int k = 0; k < 3; k++) {
      d->pos[k] += sim_rng_uniform(rng, -0.3, 0.3);
      d->vel[k] = sim_rng_uniform(rng, -2, 2);
      d->angvel[k] = sim_rng_uniform(rng, -2, 2);
    }
  }
  state.events = (SimEvents){
      .n = 1, .event = {{SIM_EVENT_TOUCH, kind == 0 ? 3 + (int)sim_rng_below(rng, 3) : 1}}};
  return state;
}

// whoever stands where, and on whichever side: the same row, the same options under other names
static void test_frame(void **unused) {
  (void)unused;
  SimRng rng = sim_rng(8, 0, 0, SIM_RNG_TEST);
  int mirrored = 0;
  for (int round = 0; round < 60; round++) {
    const SimState state = draw_state(&rng, round % 3), changed = change_places(&state);
    const PolTurn turn = pol_volley_turn(&state, SIM_NEAR);
    const int head = (int)pol_turn_head(turn);
    PolMemory memory = {.started = true, .plan = {.striker = (int8_t)(round % 4 - 1)}}, moved;
    PolFrame frame, other_frame;
    float row[POL_VOLLEY_SIZE], other_row[POL_VOLLEY_SIZE];
    uint32_t legal[POL_HEADS_MAX], other_legal[POL_HEADS_MAX];
    moved = memory;
    moved.plan.striker = (int8_t)(memory.plan.striker < 0 ? -1 : round % 4 % SIM_ROLES);
    for (int i = 0; i < SIM_ROLES; i++) {
      const double x = sim_rng_uniform(&rng, 1, 5), y = sim_rng_uniform(&rng, -3, 3);
      vec_set(memory.plan.place[i], x, y, 1.5);
      vec_set(moved.plan.place[(i + 1) % SIM_ROLES], x, -y, 1.5);
    }
    observe(row, &memory, &state, SIM_NEAR);
    observe(other_row, &moved, &changed, SIM_NEAR);
    assert_same_row(row, other_row);
    pol_frame_find(&frame, &state, SIM_NEAR);
    pol_frame_find(&other_frame, &changed, SIM_NEAR);
    mirrored += frame.mirrored;
    double landing[2], before = 0;
    pol_landing(landing, &state, SIM_NEAR);
    for (int k = 0; k < SIM_ROLES; k++) {
      const double *pos = state.view.drone[frame.order[0][k]].pos;
      const double way = hypot(pos[0] - landing[0], pos[1] - landing[1]);
      assert_true(way >= before);
      before = way;
    }
    assert_true(frame.mirrored != other_frame.mirrored);
    pol_legal(legal, table, &memory, &state, SIM_NEAR);
    pol_legal(other_legal, table, &moved, &changed, SIM_NEAR);
    assert_int_equal(pol_frame_bits(&frame, table, head, legal[head]),
                     pol_frame_bits(&other_frame, table, head, other_legal[head]));
    for (int i = 0; i < table->n[head]; i++) {
      const int number = pol_frame_option(&frame, table, head, i);
      assert_int_equal(pol_frame_option_back(&frame, table, head, number), i);
      // what both call so is the same option, by the other drone on the other side
      const PolOption
          *one = &table->option[head][i],
          *two = &table->option[head][pol_frame_option_back(&other_frame, table, head, number)];
      assert_true(one->drone < 0 || two->drone == (one->drone + 1) % SIM_ROLES);
      assert_true(one->across || one->goal.point[1] == -two->goal.point[1]);
    }
  }
  assert_true(mirrored > 10 && mirrored < 50);
}

// a network decides over the table, and what it may not it does not
static void test_network(void **unused) {
  (void)unused;
  SimError err = {0};
  PolFile file;
  make_network(&file);
  const PolStrategy strategy = {.kind = POL_STRATEGY_NET, .file = &file, .sample = true};
  assert_ok(pol_strategy_check(&strategy, table, &err), &err);
  float *scratch = calloc((size_t)pol_net_scratch(file.net), sizeof *scratch);
  int asked[POL_VOLLEY_HEADS] = {0};
  for (uint32_t i = 0; i < 60; i++) {
    SimState state = make_state(SIM_NEAR, COMING, FAST, SIM_FAR);
    PolMemory memory = {.started = false};
    PolDecision decision;
    state.rally = i;
    if (i % 3 == 1) {
      state = make_state(SIM_NEAR, (double[3]){3, 1, 2}, (double[3]){-0.5, 0.5, 5}, SIM_NEAR);
      state.referee.flags.already_hit[i % 2] = true;
    } else if (i % 3 == 2) {
      sim_referee_reset(&state.referee, SIM_NEAR);
    }
    pol_strategy_decide(&memory, &decision, &strategy, table, &state, SIM_NEAR, scratch);
    for (int head = 0; head < POL_VOLLEY_HEADS; head++) {
      if (decision.option[head] != POL_NOT_ASKED) {
        asked[head]++;
        assert_true(decision.legal[head] >> decision.option[head] & 1u);
      }
    }
  }
  assert_true(asked[POL_HEAD_SERVES] == 20 && asked[POL_HEAD_SHAPE] == 20);
  assert_true(asked[POL_HEAD_FIRST] == 20 && asked[POL_HEAD_SECOND] == 20);
  PolOptions *court = pol_options_load("court", &err);
  assert_refused(pol_strategy_check(&strategy, court, &err), SIM_BAD_INPUT, &err,
                 "wanted court128");
  pol_options_destroy(court);
  pol_net_destroy(file.net);
  free(scratch);
}

// ---- tables that are none

static void refuse(const char *from, const char *to, const char *part) {
  SimError err = {0};
  char *text = test_read_file(HCSP_SOURCE_DIR "/configs/options/volley.yaml", NULL);
  char *changed = test_exchange(text, from, to);
  assert_null(pol_options_parse("t.yaml", changed, strlen(changed), &err));
  assert_int_equal(err.status, SIM_BAD_INPUT);
  if (!strstr(err.text, part)) {
    fail_msg("saw '%s', wanted '%s'", err.text, part);
  }
  free(changed);
  free(text);
}

static void test_refusals(void **unused) {
  (void)unused;
  SimError err = {0};
  refuse("kind: volley", "kind: volleyball", "wanted volley");
  refuse("places: [[4.6, 0.0, 1.5]", "places: [[0.1, 0.0, 1.5]", "shape[0].places[0]");
  refuse("name: mid near", "name: mid", "a name once per head");
  refuse("first: 14", "first: 0", "a number from 0.1 to 100");
  refuse("weight: 0.42, places", "weight: -1, places", "shape[0].weight");
  refuse("name: left, ", "name: left, side: left, ", "side");
  refuse("skill: pass", "skill: goto", "first[0]");
  PolStrategy strategy;
  assert_refused(pol_strategy_rule(&strategy, "bot", table, &err), SIM_BAD_INPUT, &err,
                 "wanted bot_volley");
  PolOptions *court = pol_options_load("court", &err);
  assert_refused(pol_strategy_rule(&strategy, "bot_volley", court, &err), SIM_BAD_INPUT, &err,
                 "wanted one of the kind volley");
  pol_options_destroy(court);
  assert_ok(pol_strategy_rule(&strategy, "rule:line:short_cross_hard", table, &err), &err);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_turns),
      cmocka_unit_test(test_serve_phase),
      cmocka_unit_test(test_first_masks),
      cmocka_unit_test(test_second_and_third_masks),
      cmocka_unit_test(test_running_strike_is_kept),
      cmocka_unit_test(test_hopeless),
      cmocka_unit_test(test_waiting),
      cmocka_unit_test(test_places),
      cmocka_unit_test(test_roles_switch),
      cmocka_unit_test(test_mirrored_match),
      cmocka_unit_test(test_layout),
      cmocka_unit_test(test_frame),
      cmocka_unit_test(test_network),
      cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}

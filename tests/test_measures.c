// Figures against counts by hand: skills from outcomes that are made up, verdicts on balls whose
// flight is known, pairs against rallies that are counted as they are seen, tables as they are
// told.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/calibrate.h"
#include "hcsp/eval/rallies.h"
#include "hcsp/eval/skill.h"
#include "hcsp/eval/standings.h"
#include "sim/vec.h"

// ---- skills: what many trials add up to

static double field(const json_t *json, const char *key) {
  const json_t *value = json_object_get(json, key);
  assert_true(json_is_number(value));
  return json_number_value(value);
}

static void trials_add_up_by_hand(void **state) {
  (void)state;
  const double nan = (double)NAN;
  // counted, hit, success, crashed, in court, right side, fault, steps, error, apex, clearance,
  // speed, landing speed, fall
  const EvalOutcome outcome[] = {
      {1, 1, 1, 0, 1, 1, EVAL_NO_FAULT, 100, 0.3, 4, 0.5, 1, 10, 0},
      {0, 1, 1, 1, 1, 1, EVAL_FAULT_DRONE_NET, 900, 99, 99, 99, 99, 99, 1},
      {1, 1, 1, 1, 1, 0, EVAL_FAULT_DRONE_NET, 200, 0.1, 5, 0.2, 2, 20, 1},
      {1, 0, 0, 0, 0, 0, EVAL_FAULT_MISSED, 300, nan, nan, nan, nan, nan, nan},
      {1, 1, 0, 0, 1, 1, EVAL_FAULT_BALL_NET, 400, 0.4, 7, 0.3, 6, 24, 1},
      {1, 1, 0, 1, 0, 0, EVAL_FAULT_DRONE_GROUND, 500, 0.2, nan, 0.1, nan, nan, 0}};
  EvalSkillSummary sum;
  eval_skill_summarise(&sum, POL_ATTACK, outcome, 6);
  assert_int_equal(sum.episodes, 5);
  assert_int_equal(sum.skipped, 1);
  assert_near(sum.steps_mean, 300, 1e-12);
  assert_int_equal(sum.faults[EVAL_FAULT_DRONE_NET], 1);
  assert_int_equal(sum.faults[EVAL_FAULT_MISSED], 1);
  // Wilson's interval of 2 successes of 5: both ends are 1.96 deviations away from them
  assert_near((0.4 - sum.low) / sqrt(sum.low * (1 - sum.low) / 5), 1.959964, 1e-5);
  assert_near((sum.high - 0.4) / sqrt(sum.high * (1 - sum.high) / 5), 1.959964, 1e-5);
  const struct {
    const char *key;
    double value;
  } wanted[] = {{"hit_rate", 4 / 5.0},
                {"success_rate", 2 / 5.0},
                {"low", sum.low},
                {"high", sum.high},
                {"error_mean", 0.25},
                // of 0.1 0.2 0.3 0.4: seven tenths of the way from the third to the last
                {"error_p90", 0.37},
                {"apex_mean", 16 / 3.0},
                // of 4 5 7: squares 16/9, 1/9 and 25/9 over two
                {"apex_std", sqrt(7 / 3.0)},
                {"speed_mean", 3},
                {"landing_speed_mean", 18},
                {"fall_rate", 0.5},
                // of 0.1 0.2 0.3 0.5: three tenths of the way from the first to the second
                {"clearance_p10", 0.13},
                {"side_rate", 2 / 3.0},
                {"survive_rate", 2 / 4.0},
                {"crash_rate", 2 / 5.0}};
  json_t *json = eval_skill_json(&sum);
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    assert_near(field(json, wanted[i].key), wanted[i].value, 1e-12);
  }
  assert_int_equal(json_integer_value(json_object_get(json, "skipped")), 1);
  assert_near(field(json_object_get(json, "faults"), "missed"), 1, 0);
  json_decref(json);
}

// ---- skills: verdicts on single balls

static EvalTrial draw_trial(PolSlot slot, uint32_t number) {
  SimError err = {0};
  PolOptions *goals = pol_options_load("paper", &err);
  assert_non_null(goals);
  EvalTrial trial;
  const EvalTrialOptions options = {.goals = goals, .slot = slot};
  eval_trial_draw(&trial, &options, NULL, 1, number);
  pol_options_destroy(goals);
  return trial;
}

// The verdict on a ball that leaves the drone's racket at pos with vel, as the simulation moves it:
// each step with the velocity at its end.
static EvalOutcome judge(const EvalTrial *trial, const double pos[3], const double vel[3]) {
  enum { AT = 20, STEPS = 12 };
  EvalWatch watch;
  EvalOutcome outcome;
  SimState now;
  bool over = false;
  eval_watch_start(&watch);
  double at[3] = {pos[0], pos[1], pos[2]}, speed[3] = {vel[0], vel[1], vel[2]};
  for (int k = 0; k < STEPS; k++) {
    now = (SimState){.view = {.roster = SIM_ALL_DRONES}};
    for (int i = 0; i < SIM_DRONES; i++) {
      now.referee.last_hit[i] = i == trial->drone || i == trial->upstream ? AT : -10;
      now.view.drone[i].pos[2] = 2;
    }
    now.referee.step = AT + k;
    now.referee.last_hit_side = sim_team(trial->drone);
    vec_copy(now.view.ball_pos, at);
    vec_copy(now.view.ball_vel, speed);
    if (k == 0) {
      now.events = (SimEvents){1, {{SIM_EVENT_TOUCH, trial->drone}}};
      watch.upstream = true;
    }
    over = eval_watch_step(&watch, trial, &now, AT + STEPS - 1);
    speed[2] -= SIM_GRAVITY * SIM_DT;
    vec_add_scaled(at, at, SIM_DT, speed);
  }
  assert_true(over);
  eval_watch_end(&outcome, &watch, trial, &now);
  return outcome;
}

// the set from pos that rises to apex and falls through the goal's height, off by `off` along y
static EvalOutcome judge_set(const EvalTrial *trial, double apex, double off) {
  const double pos[3] = {2.2, -1.5, 2.3}, *goal = trial->part[trial->drone].goal.point;
  const double up = sqrt(2 * SIM_GRAVITY * (apex - pos[2]));
  const double time = up / SIM_GRAVITY + sqrt(2 * (apex - goal[2]) / SIM_GRAVITY);
  // half a step's fall less is what the integrator makes of a parabola
  const double vel[3] = {(goal[0] - pos[0]) / time, (goal[1] + off - pos[1]) / time,
                         up + SIM_GRAVITY * SIM_DT / 2};
  const EvalOutcome out = judge(trial, pos, vel);
  assert_true(out.counted && out.hit && !out.crashed);
  assert_near(out.apex, apex, 0.01);
  assert_near(out.error, fabs(off), 0.01);
  // one step after the touch
  assert_near(out.speed, sqrt(vel[0] * vel[0] + vel[1] * vel[1] + pow(vel[2] - 0.0981, 2)), 1e-9);
  assert_int_equal(out.success, out.fault == EVAL_NO_FAULT);
  return out;
}

static void sets_are_judged_by_height_and_place(void **state) {
  (void)state;
  const EvalTrial trial = draw_trial(POL_SET, 0);
  const SimGoal *goal = &trial.part[trial.drone].goal;
  assert_near(goal->apex, 4.5, 0);
  assert_near(goal->point[2], 3.6, 0);
  assert_int_equal(judge_set(&trial, 4.5, 0).fault, EVAL_NO_FAULT);
  assert_int_equal(judge_set(&trial, 4.5, 0.45).fault, EVAL_NO_FAULT);
  assert_int_equal(judge_set(&trial, 4.5, -0.55).fault, EVAL_FAULT_OFF_TARGET);
  assert_int_equal(judge_set(&trial, 4.75, 0).fault, EVAL_NO_FAULT);
  assert_int_equal(judge_set(&trial, 4.85, 0).fault, EVAL_FAULT_APEX);
  assert_int_equal(judge_set(&trial, 4.25, 0).fault, EVAL_NO_FAULT);
  assert_int_equal(judge_set(&trial, 4.15, 0).fault, EVAL_FAULT_APEX);
}

// the ball of an attack from 1.5 m before the net that lands at (x, y) after 1.3 s
static EvalOutcome judge_attack(const EvalTrial *trial, double x, double y) {
  const double pos[3] = {1.5, 1.5, 3.6}, time = 1.3;
  const double vel[3] = {(x - pos[0]) / time, (y - pos[1]) / time,
                         (0.2 - pos[2]) / time + SIM_GRAVITY * time / 2 + SIM_GRAVITY * SIM_DT / 2};
  const EvalOutcome out = judge(trial, pos, vel);
  const double *goal = trial->part[trial->drone].goal.point;
  assert_near(out.error, hypot(x - goal[0], y - goal[1]), 0.02);
  assert_near(out.fall, vel[2] < 0.1, 0);
  return out;
}

// in court means in the other half, and on its commanded side
static void attacks_are_judged_by_where_they_land(void **state) {
  (void)state;
  const EvalTrial trial = draw_trial(POL_ATTACK, 1);
  const double side = trial.part[trial.drone].goal.point[1] > 0 ? 1 : -1;
  const struct {
    double x, y;
    bool in_court, right_side;
  } cases[] = {{-4.5, 1.5, true, true},   {-4.5, -1.5, true, false}, {-5.8, 2.8, true, true},
               {-6.3, 1.5, false, false}, {-4.5, 3.3, false, false}, {3, 1.5, false, false}};
  for (int i = 0; i < 6; i++) {
    const EvalOutcome out = judge_attack(&trial, cases[i].x, side * cases[i].y);
    assert_int_equal(out.in_court, cases[i].in_court);
    assert_int_equal(out.right_side, cases[i].right_side);
    assert_int_equal(out.success, cases[i].right_side);
    assert_int_equal(out.fault, !cases[i].in_court     ? EVAL_FAULT_BALL_OUT
                                : !cases[i].right_side ? EVAL_FAULT_WRONG_SIDE
                                                       : EVAL_NO_FAULT);
  }
}

// passes succeed by place alone
static void passes_are_judged_by_place(void **state) {
  (void)state;
  const EvalTrial trial = draw_trial(POL_PASS, 0);
  const double *goal = trial.part[trial.drone].goal.point, pos[3] = {5, 0, 1};
  assert_near(goal[2], 2.2, 0);
  const double time = 1.4, up = (2.2 - 1) / time + SIM_GRAVITY * time / 2;
  for (int wide = 0; wide < 2; wide++) {
    const double off = wide ? 0.55 : 0.45;
    const double vel[3] = {(goal[0] + off - pos[0]) / time, (goal[1] - pos[1]) / time,
                           up + SIM_GRAVITY * SIM_DT / 2};
    const EvalOutcome out = judge(&trial, pos, vel);
    assert_near(out.error, off, 0.01);
    assert_int_equal(out.success, !wide);
  }
}

// the mean error of the last second, whatever was before
static void holds_are_judged_by_the_last_second(void **state) {
  (void)state;
  const EvalTrial trial = draw_trial(POL_GOTO, 0);
  const double *point = trial.part[trial.drone].wait.point;
  for (int k = 0; k < 2; k++) {
    const double far = k ? 0.15 : 0.11, wanted = (far + 0.07) / 2;
    EvalWatch watch;
    EvalOutcome out;
    SimState now = {.view = {.roster = 1, .ball_pos = {0, 0, 9}}};
    eval_watch_start(&watch);
    bool over = false;
    for (int step = 1; step <= 300; step++) {
      now.referee.step = step;
      vec_copy(now.view.drone[0].pos, point);
      now.view.drone[0].pos[step % 3] += step <= 200 ? 2 : step % 2 ? far : 0.07;
      over = eval_watch_step(&watch, &trial, &now, 300);
    }
    assert_true(over);
    eval_watch_end(&out, &watch, &trial, &now);
    assert_near(out.error, wanted, 1e-12);
    assert_int_equal(out.success, wanted < 0.1);
  }
}

// ---- rallies, told by their events

// What happens in a step: a drone touches (twice: against the rules), or the ball crosses.
typedef enum Happening { TOUCHES, TWICE, CROSSES } Happening;
typedef struct Happened {
  Happening what;
  int drone;
} Happened;

// the near team serves; each happening has a step of its own, one after the other
static EvalRally tell(const Happened *story, int n) {
  EvalRallyTally tally = {.touches = 0};
  EvalRally rally;
  SimState state = {.rally = 7, .referee = {.server = SIM_NEAR}};
  uint8_t slot[SIM_DRONES];
  for (int i = 0; i < n; i++) {
    const SimEvent event = {story[i].what == CROSSES ? SIM_EVENT_CROSS : SIM_EVENT_TOUCH,
                            story[i].drone};
    state.referee.step = i + 1;
    state.events = (SimEvents){.n = 1, .event = {event}};
    if (story[i].what == TWICE) {
      state.events.event[state.events.n++] = (SimEvent){SIM_EVENT_DOUBLE_TOUCH, story[i].drone};
    }
    for (int k = 0; k < SIM_DRONES; k++) {
      slot[k] = k == story[i].drone ? POL_PASS : POL_GOTO;
    }
    eval_rally_tally_step(&tally, &state, slot);
  }
  eval_rally_tally_end(&rally, &tally, &state);
  assert_int_equal(rally.rally, 7);
  assert_int_equal(rally.steps, n);
  return rally;
}

#define TELL(...)                                                                                  \
  tell((const Happened[]){__VA_ARGS__},                                                            \
       (int)(sizeof((const Happened[]){__VA_ARGS__}) / sizeof(Happened)))

static void rallies_are_told_by_their_events(void **state) {
  (void)state;
  const Happened serve = {TOUCHES, 0}, over = {CROSSES, -1}, dig = {TOUCHES, 3}, set = {TOUCHES, 4},
                 attack = {TOUCHES, 5};
  EvalRally r = TELL(serve, over, dig, set, attack, over);
  assert_true(r.legal_serve && r.serve_crossed && r.full_attack);
  assert_int_equal(r.full_attacks, 1);
  assert_int_equal(r.skill_hits[POL_PASS], 4);
  // each strike is a call; the others go back to where they wait: 6 at first, then whoever struck
  assert_int_equal(r.calls[POL_PASS], 4);
  assert_int_equal(r.calls[POL_GOTO], 5 + 4);
  // the serve is over only by the serve itself
  r = TELL(serve, (Happened){TOUCHES, 1}, over);
  assert_true(r.legal_serve && !r.serve_crossed);
  r = TELL(serve);
  assert_true(r.legal_serve && !r.serve_crossed);
  r = TELL((Happened){TOUCHES, 1}, over);
  assert_true(!r.legal_serve && !r.serve_crossed);
  // a second touch of the same drone is none
  r = TELL(serve, over, dig, (Happened){TWICE, 3}, set, attack);
  assert_int_equal(r.skill_hits[POL_PASS], 4);
  assert_true(r.full_attack);
  r = TELL((Happened){TWICE, 0}, serve, over);
  assert_true(r.legal_serve && r.serve_crossed);
  // two of the three do not make it, nor in another order, nor with the ball gone in between
  assert_false(TELL(serve, over, set, attack).full_attack);
  assert_false(TELL(serve, over, dig, attack, set).full_attack);
  assert_false(TELL(serve, over, dig, set, over, over, attack).full_attack);
  // whoever began anew may still
  assert_true(TELL(serve, over, dig, set, dig, set, attack).full_attack);
  // the serve counts as the passer's
  assert_true(TELL(serve, (Happened){TOUCHES, 1}, (Happened){TOUCHES, 2}).full_attack);
}

// ---- pairs

enum { POINTS = 24 };

typedef struct Bench {
  SimModel *model;
  PolTeam *team[2];
  SimRules rules;
} Bench;

static int open_bench(void **state) {
  SimError err = {0};
  Bench *bench = calloc(1, sizeof *bench);
  SimModelOptions options = sim_model_default();
  bench->model = sim_model_create(&options, &err);
  bench->team[0] = pol_team_load("stage2_court", &err);
  bench->team[1] = pol_team_load("classical", &err);
  bench->rules = *sim_rules_find("court");
  bench->rules.steps_max = 1500;
  *state = bench;
  return bench->model && bench->team[0] && bench->team[1] ? 0 : -1;
}

static int close_bench(void **state) {
  Bench *bench = *state;
  pol_team_destroy(bench->team[0]);
  pol_team_destroy(bench->team[1]);
  sim_model_destroy(bench->model);
  free(bench);
  return 0;
}

// What is seen of the rallies of one cell: by whom they are won, why, after how much.
typedef struct Seen {
  int won[SIM_TEAMS], drawn, reason[3][SIM_EVENT_KINDS];  // by near, by far, draws
  double steps, hits;
  SimWinner winner[POINTS];  // by number
} Seen;

static SimStatus nothing(void *arg, int match, const PolPlay *play, SimError *err) {
  (void)arg, (void)match, (void)play, (void)err;
  return SIM_OK;
}

static SimStatus see(void *arg, int match, const PolPlay *play, SimError *err) {
  Seen *seen = arg;
  const SimState *state = pol_play_state(play, match);
  (void)err;
  for (int i = 0; i < state->events.n; i++) {
    const SimEvent *event = &state->events.event[i];
    bool twice = false;
    for (int k = 0; k < state->events.n; k++) {
      twice |= state->events.event[k].kind == SIM_EVENT_DOUBLE_TOUCH &&
               state->events.event[k].drone == event->drone;
    }
    seen->hits += event->kind == SIM_EVENT_TOUCH && !twice;
  }
  seen->steps++;
  const SimWinner winner = state->referee.winner;
  if (winner != SIM_PLAYING) {
    seen->winner[state->rally] = winner;
    seen->won[SIM_NEAR] += winner == SIM_WIN_NEAR;
    seen->won[SIM_FAR] += winner == SIM_WIN_FAR;
    seen->drawn += winner == SIM_DRAW;
    seen->reason[winner == SIM_WIN_NEAR  ? 0
                 : winner == SIM_WIN_FAR ? 1
                                         : 2][state->referee.reason]++;
  }
  return SIM_OK;
}

// plays the rallies of a cell; the first team near or far, the near or the far team serves
static void see_cell(Seen *seen, const Bench *bench, bool far, bool far_serves) {
  EvalRally rally[POINTS / LEAGUE_CELLS];
  SimError err = {0};
  int played;
  *seen = (Seen){.steps = 0};
  const EvalWatcher watcher = {seen, nothing, see};
  const EvalRalliesOptions options = {.model = bench->model,
                                      .near = bench->team[far],
                                      .far = bench->team[!far],
                                      .rules = &bench->rules,
                                      .server = far_serves ? POL_SERVER_FAR : POL_SERVER_NEAR,
                                      .seed = 3,
                                      .rallies = POINTS / LEAGUE_CELLS,
                                      .threads = 1,
                                      .watcher = &watcher};
  assert_ok(eval_rallies_play(rally, &played, &options, &err), &err);
  for (int i = 0; i < POINTS / LEAGUE_CELLS; i++) {
    assert_int_equal(rally[i].rally, i);
    assert_int_equal(rally[i].winner, seen->winner[i]);
    assert_int_equal(rally[i].server, far_serves ? SIM_FAR : SIM_NEAR);
  }
}

static void pairs_are_what_was_seen(void **state) {
  const Bench *bench = *state;
  const EvalPairsOptions options = {.model = bench->model,
                                    .team = (const PolTeam *const *)bench->team,
                                    .teams = 2,
                                    .rules = &bench->rules,
                                    .seed = 3,
                                    .points = POINTS,
                                    .threads = 1};
  EvalPair pair;
  SimError err = {0};
  assert_ok(eval_pairs_play(&pair, &options, &err), &err);
  int lost[2][SIM_EVENT_KINDS] = {{0}}, drawn[SIM_EVENT_KINDS] = {0}, wins = 0, losses = 0;
  double steps = 0, hits = 0;
  for (int cell = 0; cell < LEAGUE_CELLS; cell++) {
    // near serves, near receives, far serves, far receives
    const bool far = cell >= 2, serves = cell % 2 == 0;
    Seen seen;
    see_cell(&seen, bench, far, far == serves);
    assert_near(pair.cell[cell].wins, seen.won[far], 0);
    assert_near(pair.cell[cell].losses, seen.won[!far], 0);
    assert_near(pair.cell[cell].draws, seen.drawn, 0);
    for (int kind = 0; kind < SIM_EVENT_KINDS; kind++) {
      lost[0][kind] += seen.reason[!far][kind];
      lost[1][kind] += seen.reason[far][kind];
      drawn[kind] += seen.reason[2][kind];
    }
    wins += seen.won[far];
    losses += seen.won[!far];
    steps += seen.steps;
    hits += seen.hits;
  }
  assert_memory_equal(pair.lost, lost, sizeof lost);
  assert_memory_equal(pair.drawn, drawn, sizeof drawn);
  assert_near(pair.steps, steps, 0);
  assert_near(pair.hits, hits, 0);
  // teams that win alike from everywhere would say nothing
  assert_true(wins > 0 && losses > 0 && wins != losses);
}

// ---- standings, told from counts that differ in every cell

static void balances_are_told_by_side_and_server(void **state) {
  (void)state;
  SimError err = {0};
  // near serves, near receives, far serves, far receives
  const EvalPair pair = {.team = {0, 1},
                         .cell = {{10, 2, 1}, {3, 8, 0}, {7, 6, 0}, {1, 13, 2}},
                         .steps = 53 * 200,
                         .hits = 53 * 3};
  LeaguePayoff *payoff = league_payoff_create();
  assert_ok(league_payoff_grow(payoff, "one", &err), &err);
  assert_ok(league_payoff_grow(payoff, "two", &err), &err);
  eval_pair_count(payoff, &pair);
  EvalStandings standings;
  assert_ok(eval_standings_open(&standings, payoff, &err), &err);
  json_t *json = eval_standings_json(&standings, &pair);
  const json_t *told = json_array_get(json_object_get(json, "pairs"), 0);
  // served and won: 10 + 7, or received and lost: 8 + 13; near and won: 10 + 3, far and lost: 6 +
  // 13
  assert_near(field(told, "server_wins"), 38.0 / 50, 1e-12);
  assert_near(field(told, "near_wins"), 32.0 / 50, 1e-12);
  assert_near(field(told, "hits_mean"), 3, 1e-12);
  assert_near(field(told, "steps_mean"), 200, 1e-12);
  const json_t *cells = json_object_get(told, "cells");
  assert_near(field(json_object_get(cells, "far receives"), "losses"), 13, 0);
  assert_near(field(json_object_get(cells, "near serves"), "wins"), 10, 0);
  // 21 of 50 decided points: 400 log10(odds) apart about 1000, draws half to each
  const double odds = (21 + 1.5) / (29 + 1.5);
  double elo[2], low[2], high[2];
  for (size_t i = 0; i < 2; i++) {
    elo[i] = json_number_value(json_array_get(json_object_get(json, "elo"), i));
    low[i] = json_number_value(json_array_get(json_object_get(json, "elo_low"), i));
    high[i] = json_number_value(json_array_get(json_object_get(json, "elo_high"), i));
    assert_true(low[i] < elo[i] - 20 && high[i] > elo[i] + 20);
  }
  assert_near(elo[0] - elo[1], 400 * log10(odds), 3);  // the prior pulls them together a little
  // half an interval is 1.96 deviations of half the difference, whose information is n p (1 - p)
  const double p = 22.5 / 53, deviation = 400 / log(10) / sqrt(53 * p * (1 - p)) / 2;
  assert_near((high[0] - low[0]) / 2, 1.96 * deviation, 2);
  json_decref(json);
  eval_standings_close(&standings);
  league_payoff_destroy(payoff);
}

// ---- calibration, told

static void kill_tables_are_told_as_they_are(void **state) {
  (void)state;
  SimError err = {0};
  PolTeam *team = pol_team_load("stage1_plus", &err);
  assert_non_null(team);
  EvalCalibration *c = calloc(1, sizeof *c);
  assert_non_null(c);
  c->attacks = c->waits = 2;
  c->times = 1;
  c->points = 10;
  c->table[0] = (EvalKillTable){.flight = 1.15, .points = 10, .value = 0.25};
  for (int a = 0; a < 2; a++) {
    for (int w = 0; w < 2; w++) {
      c->table[0].cell[a][w] = (EvalKills){.kills = 5 + a, .errors = 2 * w, .returned = 1 + a + w};
    }
  }
  char *text = eval_calibration_text(c, team);
  json_t *json = json_loads(text, 0, NULL);
  const json_t *table = json_array_get(json_object_get(json, "tables"), 0);
  static const char *const KEYS[] = {"kills", "errors", "returned"};
  for (size_t a = 0; a < 2; a++) {
    for (size_t w = 0; w < 2; w++) {
      const size_t wanted[] = {5 + a, 2 * w, 1 + a + w};
      for (int k = 0; k < 3; k++) {
        const json_t *row = json_array_get(json_object_get(table, KEYS[k]), a);
        assert_int_equal(json_integer_value(json_array_get(row, w)), wanted[k]);
      }
    }
  }
  assert_near(field(json, "flight"), 1.15, 1e-12);
  assert_near(field(json, "value"), 0.25, 1e-12);
  json_decref(json);
  free(text);
  free(c);
  pol_team_destroy(team);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trials_add_up_by_hand),
      cmocka_unit_test(sets_are_judged_by_height_and_place),
      cmocka_unit_test(attacks_are_judged_by_where_they_land),
      cmocka_unit_test(passes_are_judged_by_place),
      cmocka_unit_test(holds_are_judged_by_the_last_second),
      cmocka_unit_test(rallies_are_told_by_their_events),
      cmocka_unit_test_setup_teardown(pairs_are_what_was_seen, open_bench, close_bench),
      cmocka_unit_test(balances_are_told_by_side_and_server),
      cmocka_unit_test(kill_tables_are_told_as_they_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

// Measuring skills: starts within their published ranges, the ball's predicted flight against the
// simulated one, figures that fit together, the same bits at any number of threads and wherever a
// trial sits, and a network that knows nothing fails.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/skill_map.h"
#include "hcsp/league/interval.h"
#include "sim/base/rng.h"
#include "sim/vec.h"

enum { TRIALS = 24, DRAWS = 400 };

// What every test measures with.
typedef struct Bench {
  PolTeam *team;
  PolOptions *goals;
} Bench;

static int open_bench(void **state) {
  SimError err = {0};
  Bench *bench = calloc(1, sizeof *bench);
  if (bench) {
    bench->team = pol_team_load("classical", &err);
    bench->goals = pol_options_load("paper", &err);
  }
  *state = bench;
  return bench && bench->team && bench->goals ? 0 : -1;
}

static int close_bench(void **state) {
  Bench *bench = *state;
  pol_team_destroy(bench->team);
  pol_options_destroy(bench->goals);
  free(bench);
  return 0;
}

static EvalSkillRun make_run(const Bench *bench, PolSlot slot) {
  return (EvalSkillRun){.trial = {.slot = slot, .goals = bench->goals},
                        .team = bench->team,
                        .trials = TRIALS,
                        .threads = 1,
                        .steps = EVAL_TRIAL_STEPS,
                        .seed = 11};
}

static EvalSkillSummary measure(const EvalSkillRun *run) {
  SimError err = {0};
  EvalSkillSummary summary;
  EvalOutcome *outcome = calloc((size_t)run->trials, sizeof *outcome);
  assert_non_null(outcome);
  assert_ok(eval_skill_measure(outcome, run, &err), &err);
  eval_skill_summarise(&summary, run->trial.slot, outcome, run->trials);
  free(outcome);
  return summary;
}

// ---- starts

static bool within(const double at[3], const double low[3], const double high[3]) {
  for (int k = 0; k < 3; k++) {
    if (!(at[k] >= low[k] - 1e-12 && at[k] <= high[k] + 1e-12)) {
      return false;
    }
  }
  return true;
}

// a box and whether draws reach the outer tenth of it at every open side
typedef struct Range {
  double low[3], high[3];
  bool reached[3][2];
} Range;

static void check_range(Range *range, const double at[3]) {
  assert_true(within(at, range->low, range->high));
  for (int k = 0; k < 3; k++) {
    const double width = range->high[k] - range->low[k];
    range->reached[k][0] |= at[k] <= range->low[k] + width / 10;
    range->reached[k][1] |= at[k] >= range->high[k] - width / 10;
  }
}

static void check_reached(const Range *range) {
  for (int k = 0; k < 3; k++) {
    assert_true(range->reached[k][0] && range->reached[k][1]);
  }
}

// the far team's start as it sees it itself
static void own_place(double out[3], const EvalTrial *trial, int drone) {
  sim_mirror_vec(out, trial->start.drone[drone].pos, sim_team(drone));
}

static void test_published_starts(void **state) {
  const Bench *bench = *state;
  Range goto_start = {{1.5, -2.5, 1.0}, {6.5, 2.5, 2.5}, {{0}}};
  Range server = {{6, 0, 1.8}, {6, 0, 2.0}, {{0}}};
  Range target = {{-5.6, -2, 0.2}, {-4.5, 2, 0.2}, {{0}}};
  Range setter = {{2, -2, 1.6}, {3, -1, 1.8}, {{0}}};
  Range attacker = {{1, 0, 2.2}, {2, 1, 2.8}, {{0}}};
  Range passer = {{4.5, -0.5, 1.0}, {5.5, 0.5, 1.5}, {{0}}};
  Range pass_ball = {{4.5, -2.3, 1.2}, {5.5, 2.3, 1.6}, {{0}}};
  for (uint32_t i = 0; i < DRAWS; i++) {
    EvalTrial trial;
    double place[3];
    EvalTrialOptions options = {.goals = bench->goals, .slot = POL_GOTO};
    eval_trial_draw(&trial, &options, NULL, 3, i);
    check_range(&goto_start, trial.start.drone[0].pos);
    options.slot = POL_SERVE;
    eval_trial_draw(&trial, &options, NULL, 3, i);
    check_range(&server, trial.start.drone[0].pos);
    check_range(&target, trial.part[0].goal.point);
    assert_near(vec_norm(trial.start.drone[0].vel), 0, 0);
    options.slot = POL_ATTACK;
    eval_trial_draw(&trial, &options, NULL, 3, i);
    check_range(&setter, trial.start.drone[1].pos);
    check_range(&attacker, trial.start.drone[2].pos);
    check_range(&pass_ball, trial.start.ball_pos);
    assert_near(trial.part[2].goal.point[1], i % 2 ? 2 : -2, 0);
    assert_near(trial.part[2].goal.flight, 1.3, 0);
    options.slot = POL_PASS;
    eval_trial_draw(&trial, &options, NULL, 3, i);
    check_range(&passer, trial.start.drone[0].pos);
    own_place(place, &trial, 4);
    assert_true(within(place, setter.low, setter.high));
    // the passer waits on the side where the opponents' attack comes down
    assert_near(trial.part[5].goal.point[1], i % 2 ? -2 : 2, 0);
    assert_near(trial.part[0].wait.point[1], i % 2 ? 1.5 : -1.5, 0);
    assert_int_equal(trial.part[0].goal.side[0], i % 2);
    sim_mirror_vec(place, trial.start.ball_pos, SIM_FAR);
    assert_true(within(place, pass_ball.low, pass_ball.high));
  }
  check_reached(&goto_start);
  check_reached(&server);
  check_reached(&target);
  check_reached(&setter);
  check_reached(&attacker);
  check_reached(&passer);
  check_reached(&pass_ball);
}

// a drawn ball of a dig map comes down where and when its cell says
static void test_dig_ball(void **state) {
  const Bench *bench = *state;
  const EvalTrialOptions options = {.goals = bench->goals, .slot = POL_RECEIVE};
  const EvalCell cell = {.point = {4.2, -1.3, 0.2}, .flight = 1.1, .wait = {5, 0.5, 1.2}};
  for (uint32_t i = 0; i < 20; i++) {
    EvalTrial trial;
    eval_trial_draw(&trial, &options, &cell, 3, i);
    const double *pos = trial.start.ball_pos, *vel = trial.start.ball_vel;
    const double time = sim_fall_time(pos[2], vel[2], 0.2);
    assert_near(time, 1.1, 1e-9);
    assert_near(pos[0] + time * vel[0], 4.2, 1e-9);
    assert_near(pos[1] + time * vel[1], -1.3, 1e-9);
    assert_true(pos[0] < -1);
    double gap[3];
    vec_sub(gap, trial.start.drone[0].pos, cell.wait);
    assert_near(vec_norm(gap), 0, 1e-12);
    assert_int_equal(trial.upstream, -1);
  }
}

// ---- the ball's flight

// the parabola after each step agrees with where the simulation takes the ball, to rounding
static void test_flight_is_the_simulated_one(void **state) {
  (void)state;
  SimError err = {0};
  SimModelOptions options = sim_model_default();
  options.roster = 1;
  SimModel *model = sim_model_create(&options, &err);
  assert_non_null(model);
  const SimRules rules = {.name = "practice", .steps_max = 1000, .play_on = true};
  SimBatch *batch = sim_batch_create(model, &rules, 1, 1, &err);
  assert_non_null(batch);
  SimView view = {.ball_pos = {1.2, 1.4, 3.5}, .ball_vel = {-4.9, -2.6, 3.7}, .roster = 1};
  view.drone[0] = (SimDrone){.pos = {5, 2, 3}, .quat = {1, 0, 0, 0}};
  const int match = 0;
  const uint32_t rally = 0;
  const float action[1][SIM_DRONES][SIM_ROTORS] = {{{0.24f, 0.24f, 0.24f, 0.24f}}};
  sim_batch_reset(batch, &match, 1, 1, &rally);
  sim_batch_place(batch, match, &view, SIM_NEAR, NULL);
  EvalFlight flight;
  eval_flight_from(&flight, view.ball_pos, view.ball_vel);
  double before[3], after[3], landing[3], speed[3];
  assert_true(eval_flight_fall(landing, speed, &flight, 0.2));
  vec_copy(after, view.ball_pos);
  do {
    vec_copy(before, after);
    assert_ok(sim_batch_step(batch, &match, 1, action, &err), &err);
    vec_copy(after, sim_batch_state(batch, match)->view.ball_pos);
  } while (after[2] > 0.2);
  // between two steps the place is found on the chord, which differs by 1e-4 m at most
  const double share = (before[2] - 0.2) / (before[2] - after[2]);
  for (int k = 0; k < 2; k++) {
    assert_near(landing[k], before[k] + share * (after[k] - before[k]), 1e-3);
  }
  assert_near(vec_norm(speed), vec_norm(sim_batch_state(batch, match)->view.ball_vel), 0.1);
  sim_batch_destroy(batch);
  sim_model_destroy(model);
}

static void test_fall(void **state) {
  (void)state;
  double pos[3], vel[3];
  const EvalFlight low = {{1, 2, 1}, {1, 0, 0}};
  assert_false(eval_flight_fall(pos, vel, &low, 2.2));
  assert_true(eval_flight_fall(pos, vel, &low, 0.2));
  assert_near(pos[0], 1 + sqrt(2 * 0.8 / SIM_GRAVITY), 1e-12);
  assert_near(vel[2], -sqrt(2 * 0.8 * SIM_GRAVITY), 1e-12);
  // from below it counts on the way down
  const EvalFlight up = {{0, 0, 1}, {2, 0, 6}};
  assert_true(eval_flight_fall(pos, vel, &up, 2));
  assert_true(vel[2] < 0);
}

// the referee judges on after a fault when the rules say so, and only then
static void test_play_on(void **state) {
  (void)state;
  const SimView view = {.ball_pos = {2, 1, 0.1}};
  for (int on = 0; on < 2; on++) {
    const SimRules rules = {.name = "practice", .steps_max = 5, .play_on = on};
    SimReferee ref;
    SimEvents events;
    sim_referee_reset(&ref, SIM_NEAR);
    sim_referee_step(&events, &ref, &rules, &view, SIM_DT);
    assert_int_equal(events.event[0].kind, SIM_EVENT_BALL_IN);
    assert_int_equal(ref.winner, on ? SIM_PLAYING : SIM_WIN_FAR);
    while (on && ref.winner == SIM_PLAYING) {
      sim_referee_step(&events, &ref, &rules, &view, SIM_DT);
    }
    assert_int_equal(ref.winner, on ? SIM_DRAW : SIM_WIN_FAR);
    assert_int_equal(ref.step, on ? 5 : 1);
  }
}

// ---- verdicts

// a state in which drone 2 has just struck the ball, `age` steps ago
static SimState struck_state(int step, int touch_step, const double pos[3], const double vel[3]) {
  SimState state = {.view = {.roster = 6}};
  state.view.drone[2].pos[2] = 2;
  vec_copy(state.view.ball_pos, pos);
  vec_copy(state.view.ball_vel, vel);
  state.referee.step = step;
  state.referee.last_hit[1] = 1;
  state.referee.last_hit[2] = step >= touch_step ? touch_step : -10;
  if (step == touch_step) {
    state.events = (SimEvents){1, {{SIM_EVENT_TOUCH, 2}}};
  }
  return state;
}

// the verdict on a ball that leaves drone 2 with that velocity, attack to (-5, 2)
static EvalOutcome judge_attack(const Bench *bench, const double pos[3], const double vel[3],
                                const SimEvent *extra) {
  EvalTrial trial;
  EvalWatch watch;
  EvalOutcome outcome;
  const EvalTrialOptions options = {.goals = bench->goals, .slot = POL_ATTACK};
  eval_trial_draw(&trial, &options, NULL, 1, 1);
  eval_watch_start(&watch);
  SimState now;
  int step = 10;
  bool over = false;
  for (int age = 0; age < 8 && !over; age++) {
    double at[3], speed[3] = {vel[0], vel[1], vel[2] - SIM_GRAVITY * SIM_DT * age};
    const double t = SIM_DT * age;
    vec_add_scaled(at, pos, t, vel);
    at[2] -= SIM_GRAVITY * SIM_DT * SIM_DT * age * (age + 1) / 2;
    now = struck_state(step + age, step, at, speed);
    if (age == 7 && extra) {
      now.events = (SimEvents){1, {*extra}};
    }
    over = eval_watch_step(&watch, &trial, &now, 17);
  }
  assert_true(over);
  eval_watch_end(&outcome, &watch, &trial, &now);
  return outcome;
}

static void test_verdicts(void **state) {
  const Bench *bench = *state;
  const double pos[3] = {1.5, 1.5, 3.6};
  // to (-5, 2, 0.2) in 1.3 s
  const double good[3] = {-5, 0.5 / 1.3, -3.4 / 1.3 + SIM_GRAVITY * 1.3 / 2};
  EvalOutcome out = judge_attack(bench, pos, good, NULL);
  assert_true(out.counted && out.hit && out.success && out.in_court && out.right_side);
  assert_false(out.crashed);
  assert_int_equal(out.fault, EVAL_NO_FAULT);
  // the integrator's half step aside it is the parabola that was asked for
  assert_near(out.error, 0, 0.06);
  assert_near(out.apex, 3.6 + good[2] * good[2] / (2 * SIM_GRAVITY), 0.03);
  assert_near(out.clearance, 3.6 + good[2] * 0.24 - SIM_GRAVITY / 2 * 0.24 * 0.24 - 2.43, 0.03);
  assert_near(out.fall, 0, 0);
  out = judge_attack(bench, pos, (const double[3]){-5, -3, good[2]}, NULL);
  assert_true(out.in_court && !out.right_side && !out.success);
  assert_int_equal(out.fault, EVAL_FAULT_WRONG_SIDE);
  out = judge_attack(bench, pos, (const double[3]){-9, 0, good[2]}, NULL);
  assert_int_equal(out.fault, EVAL_FAULT_BALL_OUT);
  out = judge_attack(bench, pos, (const double[3]){5, 0, good[2]}, NULL);
  assert_int_equal(out.fault, EVAL_FAULT_BALL_OUT);
  assert_true(isnan(out.clearance));
  out = judge_attack(bench, pos, (const double[3]){-3, 0, -1}, NULL);
  assert_int_equal(out.fault, EVAL_FAULT_BALL_NET);
  assert_true(out.clearance < 0);
  assert_near(out.fall, 1, 0);
  // a crash after a good attack leaves the success and spoils survival
  const SimEvent crash = {SIM_EVENT_DRONE_NET, 2}, other = {SIM_EVENT_DRONE_NET, 1};
  out = judge_attack(bench, pos, good, &crash);
  assert_true(out.success && out.crashed);
  assert_int_equal(out.fault, EVAL_FAULT_DRONE_NET);
  out = judge_attack(bench, pos, good, &other);
  assert_true(out.success && !out.crashed);
}

// ---- figures

static void check_shares(const EvalSkillSummary *sum) {
  const double share[] = {sum->hit_rate,  sum->success_rate, sum->low,          sum->high,
                          sum->fall_rate, sum->side_rate,    sum->survive_rate, sum->crash_rate};
  for (size_t i = 0; i < sizeof share / sizeof share[0]; i++) {
    assert_true(isnan(share[i]) || (share[i] >= 0 && share[i] <= 1));
  }
  assert_true(sum->low <= sum->success_rate + 1e-9 && sum->success_rate <= sum->high + 1e-9);
  int faults = 0;
  for (int f = 0; f < EVAL_FAULTS; f++) {
    faults += sum->faults[f];
  }
  // whatever is no success has a reason
  assert_true(faults >= sum->episodes - sum->successes);
  assert_true(faults <= sum->episodes);
}

// the model-based skills do what they are for; which measures apply depends on the slot
static void test_all_slots(void **state) {
  const Bench *bench = *state;
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    const EvalSkillRun run = make_run(bench, (PolSlot)slot);
    const EvalSkillSummary sum = measure(&run);
    const bool strikes = pol_slot_strikes((PolSlot)slot);
    const bool lands = slot == POL_SERVE || slot == POL_ATTACK;
    check_shares(&sum);
    assert_int_equal(sum.episodes + sum.skipped, TRIALS);
    assert_true(sum.episodes >= TRIALS * 3 / 4);
    assert_true(sum.success_rate > 0.9);
    assert_true(sum.error_mean < (slot == POL_SERVE ? 1.0 : strikes ? 0.25 : 0.02));
    assert_true(sum.error_p90 >= 0 && sum.crash_rate <= 0.1);
    assert_int_equal(isnan(sum.hit_rate), !strikes);
    assert_int_equal(isnan(sum.apex_mean), !strikes);
    assert_int_equal(isnan(sum.landing_speed_mean), !strikes);
    assert_int_equal(isnan(sum.clearance_p10), !lands);
    assert_int_equal(isnan(sum.side_rate), slot != POL_ATTACK);
    assert_int_equal(isnan(sum.survive_rate), slot == POL_GOTO);
    assert_true(!lands || (sum.clearance_p10 > 0.2 && sum.landing_speed_mean > 9));
  }
}

// flies trial i of the serve by hand until the ball is down; where it came down at 0.2 m
static void fly_serve(double landing[2], const Bench *bench, const EvalSkillRun *run, uint32_t i) {
  SimError err = {0};
  EvalTrial trial;
  eval_trial_draw(&trial, &run->trial, NULL, run->seed, i);
  SimModelOptions options = sim_model_default();
  options.roster = trial.start.roster;
  SimModel *model = sim_model_create(&options, &err);
  assert_non_null(model);
  const SimRules rules = {.name = "practice", .steps_max = 1000, .play_on = true};
  SimBatch *batch = sim_batch_create(model, &rules, 1, 1, &err);
  assert_non_null(batch);
  const int match = 0;
  sim_batch_reset(batch, &match, 1, run->seed, &i);
  sim_batch_place(batch, match, &trial.start, trial.server, NULL);
  const SimState *now = sim_batch_state(batch, match);
  double before[3] = {0, 0, 0};
  while (now->view.ball_pos[2] > 0.2) {
    float action[1][SIM_DRONES][SIM_ROTORS] = {{{0}}};
    PolAsk ask;
    eval_trial_ask(&ask, &trial, now, 0);
    assert_true(now->view.ball_pos[2] < 0.3 ||
                ask.slot == (eval_trial_touched(now, 0) ? POL_SERVE_HOVER : POL_SERVE));
    pol_classical_act(action[0][0], bench->team->classical, ask.slot, &ask.goal, &now->view, 0);
    vec_copy(before, now->view.ball_pos);
    assert_ok(
        sim_batch_step(batch, &match, 1, (const float(*)[SIM_DRONES][SIM_ROTORS])action, &err),
        &err);
  }
  const double share = (before[2] - 0.2) / (before[2] - now->view.ball_pos[2]);
  for (int k = 0; k < 2; k++) {
    landing[k] =
        before[k] + share * (now->view.ball_pos[k] - before[k]) - trial.part[0].goal.point[k];
  }
  sim_batch_destroy(batch);
  sim_model_destroy(model);
}

// the landing that the outcome predicts is where the ball of that trial comes down
static void test_serve_lands_as_predicted(void **state) {
  const Bench *bench = *state;
  const EvalSkillRun run = make_run(bench, POL_SERVE);
  SimError err = {0};
  EvalOutcome outcome[TRIALS];
  assert_ok(eval_skill_measure(outcome, &run, &err), &err);
  int compared = 0;
  for (uint32_t i = 0; i < 8; i++) {
    if (outcome[i].hit && !outcome[i].crashed) {
      double miss[2];
      fly_serve(miss, bench, &run, i);
      assert_near(outcome[i].error, hypot(miss[0], miss[1]), 2e-3);
      compared++;
    }
  }
  assert_true(compared >= 5);
}

// a small network with random weights as a policy file
static PolFile *random_skill(const char *obs) {
  SimError err = {0};
  const PolArch arch = {.inputs = sim_obs_size((SimLayout)sim_obs_find(obs)),
                        .outputs = SIM_ROTORS,
                        .layers = 1,
                        .hidden = {16},
                        .input_norm = POL_INPUT_NONE,
                        .activation = POL_TANH};
  char provenance[] = "{}";
  PolFile file = {.kind = POL_KIND_SKILL, .every = 2, .dt = SIM_DT, .provenance = provenance};
  snprintf(file.name, sizeof file.name, "random");
  snprintf(file.obs, sizeof file.obs, "%s", obs);
  snprintf(file.act, sizeof file.act, "rotor4");
  file.net = pol_net_create(&arch, true, &err);
  assert_non_null(file.net);
  SimRng rng = sim_rng(1, 9, 0, SIM_RNG_TEST);
  sim_rng_normals(&rng, file.net->weight[0], arch.inputs * 16);
  sim_rng_normals(&rng, file.net->head_weight, 16 * SIM_ROTORS);
  for (int r = 0; r < SIM_ROTORS; r++) {
    file.net->log_std[r] = -2;
  }
  assert_ok(pol_file_save("random.safetensors", &file, &err), &err);
  pol_net_destroy(file.net);
  PolFile *loaded = pol_file_load("random.safetensors", &err);
  assert_non_null(loaded);
  return loaded;
}

static void test_random_network_fails(void **state) {
  Bench *bench = *state;
  PolFile *file = random_skill("strike43");
  bench->team->skill[POL_ATTACK] = file;
  EvalSkillRun run = make_run(bench, POL_ATTACK);
  const EvalSkillSummary mean = measure(&run);
  run.sample = true;
  const EvalSkillSummary sampled = measure(&run);
  bench->team->skill[POL_ATTACK] = NULL;
  pol_file_destroy(file);
  check_shares(&mean);
  // the setter upstream is as good as ever, the attacker is not
  assert_true(mean.episodes >= TRIALS - 2);
  assert_true(mean.hit_rate < 0.1 && mean.success_rate < 0.1 && mean.crash_rate > 0.5);
  assert_int_equal(sampled.episodes, mean.episodes);
  assert_true(sampled.steps_mean != mean.steps_mean);
}

// ---- the same bits

static void check_bits(const EvalSkillRun *run, int n) {
  SimError err = {0};
  EvalOutcome *one = calloc((size_t)n, sizeof *one), *many = calloc((size_t)n, sizeof *many);
  assert_true(one && many);
  assert_ok(eval_skill_measure(one, run, &err), &err);
  EvalSkillRun other = *run;
  for (other.threads = 2; other.threads <= 5; other.threads += 3) {
    assert_ok(eval_skill_measure(many, &other, &err), &err);
    assert_memory_equal(one, many, (size_t)n * sizeof *one);
  }
  // fewer trials: the same ones, at other places of the batch
  other = *run;
  other.trials = 5;
  assert_ok(eval_skill_measure(many, &other, &err), &err);
  assert_memory_equal(one, many, 5 * sizeof *one);
  free(one);
  free(many);
}

static void test_bits(void **state) {
  Bench *bench = *state;
  EvalSkillRun run = make_run(bench, POL_PASS);
  run.trials = 70;  // more than are in flight at once
  run.steps = 300;
  check_bits(&run, run.trials);
  PolFile *file = random_skill("strike43");
  bench->team->skill[POL_SET] = file;
  run = make_run(bench, POL_SET);
  run.steps = 200;
  run.sample = true;
  check_bits(&run, run.trials);
  bench->team->skill[POL_SET] = NULL;
  pol_file_destroy(file);
}

// ---- maps, intervals, JSON

static void test_grid(void **state) {
  const Bench *bench = *state;
  EvalCell *cells;
  const int n = eval_map_grid(&cells, POL_PASS, bench->goals);
  assert_true(n > 100);
  // left, middle and right of the table
  assert_int_equal(n % 3, 0);
  assert_near(cells[0].wait[1], -1.5, 0);
  assert_near(cells[n - 1].wait[1], 1.5, 0);
  double least = 10, most = 0;
  for (int i = 0; i < n; i++) {
    least = fmin(least, cells[i].flight);
    most = fmax(most, cells[i].flight);
    for (int k = 0; k < i; k++) {
      assert_true(memcmp(&cells[i], &cells[k], sizeof cells[i]) != 0);
    }
  }
  assert_near(least, 0.8, 1e-12);
  assert_near(most, 1.5, 1e-12);
  free(cells);
}

static void test_map(void **state) {
  const Bench *bench = *state;
  SimError err = {0};
  EvalSkillRun run = make_run(bench, POL_SET);
  run.trials = 1;
  run.steps = 250;
  EvalMapTotals totals;
  char *table = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&table, &size);
  assert_non_null(out);
  assert_ok(eval_skill_map(&totals, "set.csv", out, &run, &err), &err);
  fclose(out);
  EvalCell *cells;
  assert_int_equal(totals.cells, eval_map_grid(&cells, POL_SET, bench->goals));
  free(cells);
  char *text = test_read_file("set.csv", NULL);
  int lines = 0, n = 0, hits = 0, sum_n = 0, sum_hits = 0;
  for (char *line = text; *line; line = strchr(line, '\n') + 1) {
    double x, y, z, flight;
    if (lines++ > 0) {
      assert_int_equal(sscanf(line, ",,,%lf,%lf,%lf,%lf,%d,%d", &x, &y, &z, &flight, &n, &hits), 6);
      assert_true(x > 0 && fabs(y) < 3 && flight > 0.5);
      sum_n += n;
      sum_hits += hits;
    }
  }
  assert_int_equal(lines, totals.cells + 1);
  // every cell as hits / successes
  int shown = 0;
  for (const char *c = table; (c = strpbrk(c, "/")) != NULL; c++) {
    shown += c > table && c[-1] != ' ';
  }
  assert_int_equal(shown, totals.cells);
  free(table);
  assert_int_equal(sum_n, totals.n);
  assert_int_equal(sum_hits, totals.hits);
  assert_true(totals.successes > totals.cells / 2 && totals.successes <= totals.hits);
  free(text);
  assert_refused(eval_skill_map(&totals, "no/such/folder.csv", NULL, &run, &err), SIM_FAIL, &err,
                 "no/such");
}

static void test_wilson(void **state) {
  (void)state;
  double low, high;
  // its ends are the shares p from which 0.9 of 50 is 1.96 standard deviations away
  league_wilson(&low, &high, 45, 50);
  assert_near((0.9 - low) / sqrt(low * (1 - low) / 50), 1.959964, 1e-5);
  assert_near((high - 0.9) / sqrt(high * (1 - high) / 50), 1.959964, 1e-5);
  league_wilson(&low, &high, 0, 0);
  assert_near(low, 0, 0);
  assert_near(high, 1, 0);
  league_wilson(&low, &high, 10, 10);
  assert_near(high, 1, 1e-12);
  assert_true(low > 0.7);
}

static void test_json(void **state) {
  const Bench *bench = *state;
  EvalSkillRun run = make_run(bench, POL_GOTO);
  run.trials = 3;
  const EvalSkillSummary sum = measure(&run);
  static const char *const KEYS[] = {
      "skill",         "episodes",   "skipped",      "hit_rate",
      "success_rate",  "error_mean", "error_p90",    "apex_mean",
      "apex_std",      "speed_mean", "fall_rate",    "landing_speed_mean",
      "clearance_p10", "side_rate",  "survive_rate", "crash_rate",
      "low",           "high",       "faults"};
  json_t *json = eval_skill_json(&sum);
  for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++) {
    assert_non_null(json_object_get(json, KEYS[i]));
  }
  assert_true(json_is_null(json_object_get(json, "hit_rate")));
  assert_true(json_is_null(json_object_get(json, "survive_rate")));
  assert_near(json_real_value(json_object_get(json, "success_rate")), 1, 0);
  assert_int_equal(json_integer_value(json_object_get(json, "episodes")), 3);
  json_decref(json);
}

// a table that cannot say what is measured is refused
static void test_goals_are_checked(void **state) {
  const Bench *bench = *state;
  SimError err = {0};
  PolOptions goals = *bench->goals;
  assert_ok(eval_trial_check_goals(&goals, &err), &err);
  for (int i = 0; i < goals.n[POL_HEAD_SETTER]; i++) {
    PolOption *option = &goals.option[POL_HEAD_SETTER][i];
    option->slot = option->slot == POL_SET ? POL_GOTO : option->slot;
  }
  assert_refused(eval_trial_check_goals(&goals, &err), SIM_BAD_INPUT, &err, "strike and hover");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_published_starts),
      cmocka_unit_test(test_dig_ball),
      cmocka_unit_test(test_flight_is_the_simulated_one),
      cmocka_unit_test(test_fall),
      cmocka_unit_test(test_play_on),
      cmocka_unit_test(test_verdicts),
      cmocka_unit_test(test_all_slots),
      cmocka_unit_test(test_serve_lands_as_predicted),
      cmocka_unit_test(test_random_network_fails),
      cmocka_unit_test(test_bits),
      cmocka_unit_test(test_grid),
      cmocka_unit_test(test_map),
      cmocka_unit_test(test_wilson),
      cmocka_unit_test(test_json),
      cmocka_unit_test(test_goals_are_checked),
  };
  return cmocka_run_group_tests(tests, open_bench, close_bench);
}

// Matches that live on a GPU, through the stand-ins of tests/cuda_shim: bit for bit those of the
// processor, near drones and new rallies included, and how much is asked of the device for it.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/env/match_resident.h"
#include "policies/play.h"
#include "tests/support/device_pair.h"

#ifndef TEST_GPU
#include "tests/cuda_shim/cuda_shim.h"
#endif

enum { MATCHES = 256, STEPS = 1000, SEED = 5 };

// the clock ends some rallies, too
static const SimRules RULES = {.name = "paper", .steps_max = 400};

static SimModel *open_model(void) {
  SimModelOptions options = sim_model_default();
  SimError err = {0};
  options.physics = SIM_PHYSICS_FLIGHT;
  SimModel *model = sim_model_create(&options, &err);
  if (!model) {
    fail_msg("%s", err.text);
  }
  return model;
}

// rally number `rallies` of a match
static uint32_t number_of(int match, uint32_t rallies) {
  return rallies * MATCHES + (uint32_t)match;
}

// ---- what the processor does

// A control step of a match: what its drones were told, and how it stood behind it.
typedef struct Step {
  float command[SIM_DRONES][SIM_ROTORS];
  uint64_t hash;
} Step;

// What there is to compare, without the gaps between.
typedef struct Books {
  int number[11];
  SimFlags flags, stale;
  double ball_vel[3];
  bool racket_near[SIM_DRONES], body_near[SIM_DRONES];
  int last_hit[SIM_DRONES];
  SimEvent event[4];
} Books;

static uint64_t hash_of(const SimView *view, const SimReferee *ref, const SimEvents *events) {
  Books books;
  memset(&books, 0, sizeof books);
  const int number[] = {ref->step,       (int)ref->server,   (int)ref->ball_side,
                        ref->serve_step, ref->hits,          (int)ref->last_hit_side,
                        ref->switched,   (int)ref->winner,   (int)ref->reason,
                        events->n,       ref->flags.is_rally};
  memcpy(books.number, number, sizeof number);
  books.flags = ref->flags;
  books.stale = ref->stale;
  memcpy(books.ball_vel, ref->ball_vel, sizeof books.ball_vel);
  memcpy(books.racket_near, ref->racket_near, sizeof books.racket_near);
  memcpy(books.body_near, ref->body_near, sizeof books.body_near);
  memcpy(books.last_hit, ref->last_hit, sizeof books.last_hit);
  for (int i = 0; i < events->n && i < 4; i++) {
    books.event[i] = events->event[i];
  }
  return sim_hash(view, offsetof(SimView, roster)) * 31 + sim_hash(&books, sizeof books);
}

// step t of match m is step[t * MATCHES + m]; returns how many rallies were over
static int play(Step *step, const SimModel *model) {
  SimError err = {0};
  PolTeam *team = pol_team_load("stage1_volley", &err);
  assert_non_null(team);
  const PolPlayOptions options = {.matches = MATCHES, .threads = 2, .seed = SEED, .rules = &RULES};
  PolPlay *play = pol_play_create(&options, model, team, team, &err);
  int ids[MATCHES], over = 0;
  uint32_t rallies[MATCHES] = {0}, first[MATCHES];
  assert_non_null(play);
  for (int m = 0; m < MATCHES; m++) {
    ids[m] = m;
    first[m] = number_of(m, 0);
  }
  pol_play_reset(play, ids, MATCHES, first);
  for (int t = 0; t < STEPS; t++) {
    assert_ok(pol_play_step(play, ids, MATCHES, &err), &err);
    for (int m = 0; m < MATCHES; m++) {
      const SimState *state = pol_play_state(play, m);
      Step *to = &step[t * MATCHES + m];
      memcpy(to->command, pol_play_drive(play, m)->action, sizeof to->command);
      to->hash = hash_of(&state->view, &state->referee, &state->events);
      if (state->referee.winner != SIM_PLAYING) {
        const uint32_t next = number_of(m, ++rallies[m]);
        pol_play_reset(play, &m, 1, &next);
        over++;
      }
    }
  }
  pol_play_destroy(play);
  pol_team_destroy(team);
  return over;
}

// ---- the same on a device

typedef struct Run {
  EnvMatchResident *matches;
  SimBatch *batch;   // of the processor, for what the device does not know
  const Step *step;  // what is to come
  int steps;         // of that
  EnvMatchWorld *world;
  float (*command)[SIM_DRONES][SIM_ROTORS];
  int done[MATCHES], seen[MATCHES];  // steps: of all, and of the rally
  uint32_t rallies[MATCHES];
  int rounds;
  int near, waited;  // steps by MuJoCo, and matches that found no room
} Run;

static const Step *next_of(const Run *run, int m) {
  const int t = run->done[m] < run->steps ? run->done[m] : run->steps - 1;
  return &run->step[t * MATCHES + m];
}

// match m has stepped
static void check_step(Run *run, int m, const SimView *view, const SimReferee *ref,
                       const SimEvents *events) {
  if (run->done[m] < run->steps && hash_of(view, ref, events) != next_of(run, m)->hash) {
    fail_msg("match %d, step %d: saw another state than the processor's", m, run->done[m]);
  }
  run->done[m]++;
}

static void start_rally(Run *run, int m) {
  const uint32_t rally = number_of(m, run->rallies[m]++);
  sim_batch_reset(run->batch, &m, 1, SEED, &rally);
}

static void step_here(Run *run, const EnvMatchParked *slot) {
  const EnvMatchWorld *world = &slot->world;
  const int m = slot->match;
  SimError err = {0};
  sim_batch_set_match(run->batch, m, &world->match, &world->referee, &world->events,
                      world->bad_commands);
  memcpy(run->command[m], next_of(run, m)->command, sizeof run->command[m]);
  assert_ok(
      sim_batch_step(run->batch, &m, 1, (const float(*)[SIM_DRONES][SIM_ROTORS])run->command, &err),
      &err);
  const SimState *state = sim_batch_state(run->batch, m);
  check_step(run, m, &state->view, &state->referee, &state->events);
  run->near++;
  if (state->referee.winner != SIM_PLAYING) {
    start_rally(run, m);
  }
}

static void serve(Run *run, EnvMatchParked *slot) {
  const int m = slot->match;
  if (slot->why == ENV_MATCH_NEAR) {
    step_here(run, slot);
  } else {
    start_rally(run, m);
  }
  const SimState *state = sim_batch_state(run->batch, m);
  sim_batch_get_match(&slot->world.match, run->batch, m);
  slot->world.referee = state->referee;
  slot->world.events = state->events;
  slot->world.bad_commands = state->bad_commands;
  memcpy(slot->world.command, next_of(run, m)->command, sizeof slot->world.command);
  run->seen[m] = state->referee.step;
  slot->why = (int32_t)env_match_resident_why(run->matches, state);
}

// a control step of those that run, sometimes behind none at all; false once all have done theirs
static bool go_on(Run *run) {
  EnvMatchRing *ring;
  SimError err = {0};
  bool left = false;
  for (int m = 0; m < MATCHES; m++) {
    memcpy(run->command[m], next_of(run, m)->command, sizeof run->command[m]);
  }
  env_match_resident_command(run->matches, (const float(*)[SIM_DRONES][SIM_ROTORS])run->command);
  for (int steps = run->rounds++ % 7 == 6 ? 0 : 1; steps <= 1; steps++) {
    env_match_resident_go(run->matches, steps);
    assert_ok(env_match_resident_wait(run->matches, &ring, &err), &err);
  }
  env_match_resident_look(run->matches, run->world);
  for (int m = 0; m < MATCHES; m++) {
    const EnvMatchWorld *world = &run->world[m];
    if (world->referee.step != run->seen[m]) {
      check_step(run, m, &world->match.view, &world->referee, &world->events);
      run->seen[m] = world->referee.step;
    }
    left |= run->done[m] < run->steps;
  }
  run->waited += ring->all - ring->n;
  for (int i = 0; i < ring->n; i++) {
    serve(run, &ring->slot[i]);
  }
  return left;
}

static void set_order(const char *order) {
  setenv("CUDA_SHIM_ORDER", order, 1);
  krn_device_destroy(open_cuda(KRN_GRAPHS_NEVER));  // reads the switches
}

// all of them come back, as they stand
static void check_call(Run *run) {
  EnvMatchRing *ring;
  SimError err = {0};
  env_match_resident_call(run->matches);
  assert_ok(env_match_resident_wait(run->matches, &ring, &err), &err);
  env_match_resident_look(run->matches, run->world);
  assert_true(ring->n > 0 && ring->all == MATCHES);
  for (int i = 0; i < ring->n; i++) {
    const EnvMatchParked *slot = &ring->slot[i];
    assert_true(slot->match == i && slot->why != ENV_MATCH_RUNS);
    assert_memory_equal(&slot->world, &run->world[i], sizeof slot->world);
    assert_int_equal(slot->world.referee.step, run->seen[i]);
  }
}

static void check_run(const SimModel *model, const Step *step, KrnGraphs graphs, int capacity,
                      int steps) {
  static const char *const ORDER[] = {"forward", "backwards", "warps", "shuffled"};
  SimError err = {0};
  KrnDevice *device = open_cuda(graphs);
  assert_null(env_match_resident_why_not(device, model));
  Run run = {.matches = env_match_resident_create(device, model, &RULES, MATCHES, capacity, &err),
             .batch = sim_batch_create(model, &RULES, MATCHES, 1, &err),
             .step = step,
             .steps = steps,
             .world = calloc(MATCHES, sizeof *run.world),
             .command = calloc(MATCHES, sizeof *run.command)};
  assert_true(run.matches && run.batch && run.world && run.command);
  do {
    if (run.rounds % 100 == 0) {
      set_order(ORDER[run.rounds / 100 % 4]);
    }
  } while (go_on(&run));
  unsetenv("CUDA_SHIM_ORDER");
  check_call(&run);
  print_message("%d steps of %d matches have the processor's bits: %d of them by MuJoCo, room for "
                "%d on their way, %d waited\n",
                steps, MATCHES, run.near, capacity, run.waited);
  assert_true(run.waited > 0 && (run.near > 0 || steps < STEPS / 4));
  env_match_resident_destroy(run.matches);
  sim_batch_destroy(run.batch);
  free(run.world);
  free(run.command);
  krn_device_destroy(device);
}

static void test_bits(void **unused) {
  (void)unused;
  SimModel *model = open_model();
  Step *step = calloc((size_t)STEPS * MATCHES, sizeof *step);
  assert_non_null(step);
  const int over = play(step, model);
  print_message("%d rallies on the processor\n", over);
  assert_true(over > MATCHES);
  check_run(model, step, KRN_GRAPHS_NEVER, 50, STEPS);
  check_run(model, step, KRN_GRAPHS_ALWAYS, 3, STEPS / 4);
  // more than every go brings (match_resident.c)
  check_run(model, step, KRN_GRAPHS_ALWAYS, 200, STEPS / 20);
  free(step);
  sim_model_destroy(model);
}

// ---- what drones are told

enum { LENT = 64, LENT_STEPS = 300 };

// Rows of networks have the processor's bits where it multiplies and adds at once. Goals on a GPU
// have its own hypot and asin.
#if !defined(TEST_GPU) && (defined(__FMA__) || defined(__aarch64__))
#define WORST 0
#else
#define WORST 1e-4
#endif

typedef struct Lender {
  PolTeam *team;
  PolPlay *play;
  EnvMatchResident *matches;
  KrnDevice *device;
  EnvMatchWorld *world;  // [LENT]
  int ids[LENT];
  uint32_t rallies[LENT];
} Lender;

static Lender open_lender(const SimModel *model, int capacity) {
  SimError err = {0};
  Lender l = {.team = pol_team_load("stage1_volley", &err),
              .device = open_cuda(KRN_GRAPHS_ALWAYS),
              .world = calloc(LENT, sizeof *l.world)};
  assert_true(l.team && l.world);
  assert_null(env_match_resident_team_why_not(l.team));
  const PolPlayOptions options = {.matches = LENT, .threads = 1, .seed = SEED, .rules = &RULES};
  l.play = pol_play_create(&options, model, l.team, l.team, &err);
  l.matches = env_match_resident_create(l.device, model, &RULES, LENT, capacity, &err);
  assert_true(l.play && l.matches);
  for (int side = 0; side < SIM_TEAMS; side++) {
    assert_ok(env_match_resident_set_team(l.matches, side, l.team, &err), &err);
  }
  for (int m = 0; m < LENT; m++) {
    l.ids[m] = m;
    l.rallies[m] = number_of(m, 0);
  }
  pol_play_reset(l.play, l.ids, LENT, l.rallies);
  return l;
}

static void close_lender(Lender *l) {
  env_match_resident_destroy(l->matches);
  pol_play_destroy(l->play);
  pol_team_destroy(l->team);
  krn_device_destroy(l->device);
  free(l->world);
}

static void next_rally(Lender *l, int m) {
  l->rallies[m] += MATCHES;
  pol_play_reset(l->play, &m, 1, &l->rallies[m]);
}

// One step on both from the processor's state; returns how many matches ran there.
static int compare_step(Lender *l, double *worst) {
  EnvMatchRing *ring;
  SimError err = {0};
  bool runs[LENT] = {false};
  int n = 0;
  env_match_resident_call(l->matches);
  assert_ok(env_match_resident_wait(l->matches, &ring, &err), &err);
  assert_int_equal(ring->n, LENT);
  for (int m = 0; m < LENT; m++) {
    EnvMatchParked *slot = &ring->slot[m];
    assert_true(slot->match == m && pol_play_lends(l->play, m));
    env_match_resident_lend(&slot->world, l->play, m);
    slot->why = (int32_t)env_match_resident_why(l->matches, pol_play_state(l->play, m));
    runs[m] = slot->why == ENV_MATCH_RUNS;
    n += runs[m];
  }
  env_match_resident_go(l->matches, 1);
  assert_ok(pol_play_step(l->play, l->ids, LENT, &err), &err);
  assert_ok(env_match_resident_wait(l->matches, &ring, &err), &err);
  env_match_resident_look(l->matches, l->world);
  for (int m = 0; m < LENT; m++) {
    const EnvMatchWorld *there = &l->world[m];
    EnvMatchWorld here;
    env_match_resident_lend(&here, l->play, m);
    assert_int_equal(there->moved, runs[m]);
    for (int drone = 0; runs[m] && drone < SIM_DRONES; drone++) {
      assert_int_equal(there->actor[drone].slot, here.actor[drone].slot);
      assert_int_equal(there->actor[drone].wait, here.actor[drone].wait);
      for (int r = 0; r < SIM_ROTORS; r++) {
        const double error =
            fabs((double)there->command[drone][r] - (double)here.command[drone][r]);
        *worst = fmax(*worst, error);
      }
    }
    if (here.referee.winner != SIM_PLAYING) {
      next_rally(l, m);
    }
  }
  return n;
}

static void test_commands(void **unused) {
  (void)unused;
  SimModel *model = open_model();
  Lender l = open_lender(model, LENT);
  double worst = 0;
  int ran = 0;
  for (int t = 0; t < LENT_STEPS; t++) {
    if (t % 50 == 0) {
      set_order(t % 100 == 0 ? "shuffled" : "backwards");
    }
    ran += compare_step(&l, &worst);
  }
  unsetenv("CUDA_SHIM_ORDER");
  print_message("%d of %d steps ran there, commands within %.1e of the processor's\n", ran,
                LENT * LENT_STEPS, worst);
  assert_true(ran > LENT * LENT_STEPS * 9 / 10 && worst <= WORST);
  close_lender(&l);
  sim_model_destroy(model);
}

// ---- what it asks of the device

#ifndef TEST_GPU
static void test_calls(void **unused) {
  (void)unused;
  enum { N = 130, T = 20, CAPACITY = 8 };
  SimModel *model = open_model();
  SimError err = {0};
  KrnDevice *device = open_cuda(KRN_GRAPHS_ALWAYS);
  EnvMatchResident *matches = env_match_resident_create(device, model, &RULES, N, CAPACITY, &err);
  EnvMatchRing *ring;
  assert_non_null(matches);
  CudaShimCounts before = cuda_shim_counts(), after = before;
  for (int i = 0; i < 4; i++) {
    before = cuda_shim_counts();
    env_match_resident_go(matches, T);
    assert_ok(env_match_resident_wait(matches, &ring, &err), &err);
    after = cuda_shim_counts();
    // nobody has given anything back
    assert_true(ring->n == CAPACITY && ring->all == N);
    for (int k = 0; k < CAPACITY; k++) {
      assert_true(ring->slot[k].match == k && ring->slot[k].why == ENV_MATCH_HELD);
    }
  }
  assert_int_equal(after.graphs - before.graphs, 1);
  assert_int_equal(after.launches - before.launches, 0);
  assert_int_equal(after.uploads - before.uploads, 1);
  assert_int_equal(after.downloads - before.downloads, 1);
  assert_int_equal(after.waits - before.waits, 1);
  env_match_resident_destroy(matches);
  krn_device_destroy(device);
  sim_model_destroy(model);
}
#endif

static void test_refusals(void **unused) {
  (void)unused;
  SimError err = {0};
  SimModel *mujoco = sim_model_create(NULL, &err), *model = open_model();
  KrnDevice *cpu = krn_cpu_create(1, &err), *device = open_cuda(KRN_GRAPHS_NEVER);
  assert_true(mujoco && cpu);
  assert_non_null(env_match_resident_why_not(device, mujoco));
  assert_non_null(env_match_resident_why_not(cpu, model));
  krn_device_destroy(device);
  krn_device_destroy(cpu);
  sim_model_destroy(mujoco);
  sim_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bits),
      cmocka_unit_test(test_commands),
#ifndef TEST_GPU
      cmocka_unit_test(test_calls),
#endif
      cmocka_unit_test(test_refusals),
  };
  return skip_without_cuda() ? 77 : cmocka_run_group_tests(tests, NULL, NULL);
}

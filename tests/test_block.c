// Blocks of matches against single ones, bit for bit: a batch in closed form, in which some matches
// rest, end, start again or come near each other, against sim_world_step; and the widths of vectors
// against each other.
#include "tests/support/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/batch.h"
#include "sim/block.h"
#include "sim/flight.h"
#include "sim/vec.h"

enum { MATCHES = 21, STEPS = 400, ROW_MAX = 2048 };

typedef float Action[SIM_DRONES][SIM_ROTORS];

// one match after the other
typedef struct Single {
  SimState state;
  mjData *d;
  SimLink link;
} Single;

typedef struct Both {
  SimModel *model;
  SimBatch *batch;
  SimMixer mixer;
  Single single[MATCHES];
  Action action[MATCHES];
  int near, touched, ended, washed;  // steps of matches with these
} Both;

static void open_both(Both *both, unsigned roster, const char *world, int threads) {
  SimModelOptions options = sim_model_default();
  SimError err = {0};
  options.roster = roster;
  options.physics = SIM_PHYSICS_FLIGHT;
  options.world = world;
  *both = (Both){.model = sim_model_create(&options, &err)};
  assert_non_null(both->model);
  both->batch = sim_batch_create(both->model, sim_rules_find("court"), MATCHES, threads, &err);
  assert_non_null(both->batch);
  sim_mixer_create(&both->mixer, &both->model->plant);
  for (int m = 0; m < MATCHES; m++) {
    both->single[m].d = mj_makeData(both->model->mj);
    assert_non_null(both->single[m].d);
  }
}

static void close_both(Both *both) {
  for (int m = 0; m < MATCHES; m++) {
    mj_deleteData(both->single[m].d);
  }
  sim_batch_destroy(both->batch);
  sim_model_destroy(both->model);
}

static double within(SimRng *rng, double half) {
  return sim_rng_uniform(rng, -half, half);
}

// in the air, a few within reach of the ball, near each other or in each other's wash
static SimView random_view(SimRng *rng, unsigned roster) {
  SimView view = {.roster = roster};
  vec_set(view.ball_pos, within(rng, 5), within(rng, 2.5), sim_rng_uniform(rng, 3, 6));
  vec_set(view.ball_vel, within(rng, 6), within(rng, 3), within(rng, 4));
  for (int i = 0; i < SIM_DRONES; i++) {
    SimDrone *drone = &view.drone[i];
    const unsigned kind = sim_rng_below(rng, 8);
    vec_set(drone->pos, (i < SIM_ROLES ? 1 : -1) * sim_rng_uniform(rng, 1, 6), within(rng, 3),
            sim_rng_uniform(rng, 1, 5));
    if (kind == 0) {
      vec_set(drone->pos, view.ball_pos[0] + within(rng, 0.2), view.ball_pos[1] + within(rng, 0.2),
              view.ball_pos[2] - 0.4);
    } else if (kind == 1 && i > 0) {
      vec_set(drone->pos, view.drone[i - 1].pos[0], view.drone[i - 1].pos[1] + within(rng, 0.9),
              view.drone[i - 1].pos[2]);
    }
    for (int k = 0; k < 3; k++) {
      drone->vel[k] = within(rng, 2);
      drone->angvel[k] = within(rng, 3);
    }
    quat_from_rpy(drone->quat, within(rng, 1), within(rng, 1), within(rng, 3));
    for (int r = 0; r < SIM_ROTORS; r++) {
      drone->rotor[r] = sim_rng_uniform(rng, 0, 1);
    }
  }
  return view;
}

static SimWash random_wash(SimRng *rng) {
  SimWash wash = {.n = (int)sim_rng_below(rng, SIM_ROLES + 1)};
  for (int w = 0; w < wash.n; w++) {
    SimWashSource *source = &wash.source[w];
    vec_set(source->pos, within(rng, 5), within(rng, 3), sim_rng_uniform(rng, 3, 7));
    vec_set(source->vel, within(rng, 1), within(rng, 1), 0);
    source->moves = sim_rng_uniform(rng, 0, 2);
    source->lean[0] = within(rng, 0.4);
    source->extra = within(rng, 0.3);
    source->from = within(rng, 0.5);
  }
  return wash;
}

static void start(Both *both, int m, SimRng *rng) {
  Single *one = &both->single[m];
  const uint32_t rally = sim_rng_u32(rng) % 1000;
  const SimView view = random_view(rng, both->model->options.roster);
  const SimWash wash = random_wash(rng);
  if (sim_rng_below(rng, 4) == 0) {
    sim_batch_reset(both->batch, &m, 1, 3, &rally);
    sim_world_reset(&one->state, one->d, both->model, 3, rally);
  } else {
    sim_batch_set_rally(both->batch, m, 3, rally);
    sim_batch_place(both->batch, m, &view, SIM_FAR, &wash);
    one->state.seed = 3;
    one->state.rally = rally;
    sim_world_place(&one->state, one->d, both->model, &view, SIM_FAR);
    one->state.wash = wash;
  }
  if (both->model->world.filtered) {
    sim_link_start(&one->link, &one->state);
  }
}

// about hovering, so that rallies last; now and then no number
static void draw_actions(Both *both, SimRng *rng) {
  for (int m = 0; m < MATCHES; m++) {
    for (int i = 0; i < SIM_DRONES; i++) {
      for (int r = 0; r < SIM_ROTORS; r++) {
        const float x = (float)(SIM_HOVER_COMMAND + within(rng, 0.3));
        both->action[m][i][r] = sim_rng_below(rng, 5000) ? x : NAN;
      }
    }
  }
}

static bool drones_near(const SimView *view) {
  bool near = false;
  for (int i = 0; i < SIM_DRONES; i++) {
    for (int j = 0; j < i; j++) {
      near |= sim_present(view, i) && sim_present(view, j) &&
              sim_flight_apart(view->drone[i].pos, view->drone[j].pos) < sim_flight_reach();
    }
  }
  return near;
}

static void step_single(Both *both, int m) {
  Single *one = &both->single[m];
  const SimRules *rules = sim_rules_find("court");
  Action sent;
  both->near += drones_near(&one->state.view);
  both->washed += one->state.wash.n > 0;
  memcpy(sent, both->action[m], sizeof sent);
  if (both->model->world.filtered) {
    sim_link_send(sent, &one->link, &both->mixer, &one->state,
                  (const float(*)[SIM_ROTORS])both->action[m], 0);
  }
  sim_world_step(&one->state, one->d, both->model, rules, (const float(*)[SIM_ROTORS])sent);
  if (both->model->world.filtered) {
    sim_link_measure(&one->link, &one->state);
  }
  for (int k = 0; k < one->state.events.n; k++) {
    both->touched += one->state.events.event[k].kind == SIM_EVENT_TOUCH;
  }
}

static void compare(const Both *both, int m) {
  double block[ROW_MAX], single[ROW_MAX];
  const Single *one = &both->single[m];
  const SimState *state = sim_batch_state(both->batch, m);
  const size_t n = (size_t)sim_world_row_size(both->model);
  assert_true(n <= ROW_MAX);
  sim_batch_save(both->batch, m, block);
  sim_world_save(single, &one->state, one->d, both->model);
  assert_memory_equal(block, single, n * sizeof *block);
  assert_memory_equal(&state->view, &one->state.view, offsetof(SimView, roster));
  assert_int_equal(state->events.n, one->state.events.n);
  for (int k = 0; k < state->events.n; k++) {
    assert_int_equal(state->events.event[k].kind, one->state.events.event[k].kind);
    assert_int_equal(state->events.event[k].drone, one->state.events.event[k].drone);
  }
}

static void compare_batch(unsigned roster, const char *world, int threads, int least_near) {
  Both both;
  SimError err = {0};
  SimRng rng = sim_rng(9, roster, (uint32_t)threads, SIM_RNG_TEST);
  int steps = 0;
  open_both(&both, roster, world, threads);
  for (int m = 0; m < MATCHES; m++) {
    start(&both, m, &rng);
  }
  for (int step = 0; step < STEPS; step++) {
    int ids[MATCHES], n = 0;
    draw_actions(&both, &rng);
    for (int m = 0; m < MATCHES; m++) {
      if (sim_batch_state(both.batch, m)->referee.winner != SIM_PLAYING) {
        both.ended++;
        start(&both, m, &rng);
      }
      if (step % 3 == 0 || sim_rng_below(&rng, 4) > 0) {
        ids[n++] = m;
      }
    }
    assert_ok(sim_batch_step(both.batch, ids, n, (const Action *)both.action, &err), &err);
    for (int i = 0; i < n; i++) {
      step_single(&both, ids[i]);
    }
    // not each step: saving is what makes MuJoCo's row catch up
    for (int m = 0; step % 7 == 0 && m < MATCHES; m++) {
      compare(&both, m);
    }
    steps += n;
  }
  print_message("%s, roster %x: %d steps, %d with drones near, %d with wash, %d touches, %d ends\n",
                world, roster, steps, both.near, both.washed, both.touched, both.ended);
  assert_true(both.near >= least_near && both.washed > 100 && both.touched > 1 && both.ended > 20);
  close_both(&both);
}

static void test_paper(void **unused) {
  (void)unused;
  compare_batch(SIM_ALL_DRONES, "paper", 1, 50);
  compare_batch(1, "paper", 1, 0);
}

static void test_real(void **unused) {
  (void)unused;
  compare_batch(SIM_ALL_DRONES, "real", 2, 50);
  compare_batch(0x2d, "real", 1, 1);
}

// a state that is put into a batch goes on in its block
static void test_load(void **unused) {
  (void)unused;
  Both both;
  SimError err = {0};
  SimRng rng = sim_rng(10, 0, 0, SIM_RNG_TEST);
  double row[ROW_MAX];
  open_both(&both, SIM_ALL_DRONES, "paper", 1);
  for (int m = 0; m < MATCHES; m++) {
    start(&both, m, &rng);
  }
  draw_actions(&both, &rng);
  const int from = 3, to = 12;
  for (int step = 0; step < 40; step++) {
    if (both.single[from].state.referee.winner != SIM_PLAYING) {
      start(&both, from, &rng);
    }
    assert_ok(sim_batch_step(both.batch, &from, 1, (const Action *)both.action, &err), &err);
    step_single(&both, from);
    sim_batch_save(both.batch, from, row);
    assert_ok(sim_batch_load(both.batch, to, row, NULL, &err), &err);
    sim_batch_set_wash(both.batch, to, &both.single[from].state.wash);
    memcpy(both.action[to], both.action[from], sizeof both.action[to]);
    if (both.single[from].state.referee.winner == SIM_PLAYING) {
      double both_rows[2][ROW_MAX];
      const int ids[2] = {from, to};
      assert_ok(sim_batch_step(both.batch, ids, 2, (const Action *)both.action, &err), &err);
      step_single(&both, from);
      sim_batch_save(both.batch, ids[0], both_rows[0]);
      sim_batch_save(both.batch, ids[1], both_rows[1]);
      assert_memory_equal(both_rows[0], both_rows[1],
                          (size_t)sim_world_row_size(both.model) * sizeof(double));
      compare(&both, from);
    }
  }
  close_both(&both);
}

// ---- widths

static void no_visit(void *arg, int lane, SimForces *forces) {
  (void)arg;
  forces->wrench[0][0] += lane;
}

static void fill(SimBlock *block, SimBlockStep *step, SimRng *rng) {
  const SimPlant plant = sim_plant_paper();
  *step = (SimBlockStep){.roster = 1 + sim_rng_below(rng, SIM_ALL_DRONES),
                         .lanes = sim_rng_below(rng, 3) ? sim_rng_below(rng, 256) : 255,
                         .singly = sim_rng_below(rng, 256),
                         .downwash = true,
                         .visit = no_visit};
  for (int lane = 0; lane < SIM_BLOCK; lane++) {
    const SimView view = random_view(rng, SIM_ALL_DRONES);
    double spin[SIM_DRONES][3];
    for (int i = 0; i < SIM_DRONES; i++) {
      vec_set(spin[i], within(rng, 20), within(rng, 20), within(rng, 20));
      for (int r = 0; r < SIM_ROTORS; r++) {
        step->command[i][r][lane] = within(rng, 1.5);
      }
    }
    sim_block_put(block, lane, &view, &plant, (const double(*)[3])spin, 1);
  }
}

// what each width hands out of a block
static void compare_views(const SimBlock *block, unsigned roster, unsigned lanes) {
  for (int k = 0; sim_block_kernel_at(k); k++) {
    SimView seen[SIM_BLOCK], *view[SIM_BLOCK];
    if (!sim_block_kernel_runs_here(sim_block_kernel_at(k))) {
      continue;
    }
    memset(seen, 0, sizeof seen);
    for (int lane = 0; lane < SIM_BLOCK; lane++) {
      view[lane] = &seen[lane];
    }
    sim_block_kernel_at(k)->get(view, block, roster, lanes);
    for (int lane = 0; lane < SIM_BLOCK; lane++) {
      const double *numbers = (const void *)&seen[lane];
      for (int i = 0; i < SIM_BLOCK_VIEW; i++) {
        const int drone = i < 6 ? 0 : (i - 6) / 26;
        if (lanes >> lane & 1u && (i < 6 || roster >> drone & 1u)) {
          assert_true(numbers[i] == block->view[i][lane]);
        } else if (!(lanes >> lane & 1u)) {
          assert_true(numbers[i] == 0);
        }
      }
    }
  }
}

static void test_widths(void **unused) {
  (void)unused;
  SimBlock start_block, end[2];
  SimBlockStep step;
  int compared = 0;
  for (uint32_t n = 0; n < 2000; n++) {
    SimRng rng = sim_rng(12, n, 0, SIM_RNG_TEST);
    memset(&start_block, 0, sizeof start_block);
    fill(&start_block, &step, &rng);
    const SimBlockKernel *best = sim_block_kernel();
    end[0] = start_block;
    best->step(&end[0], &step);
    for (int k = 0; sim_block_kernel_at(k); k++) {
      const SimBlockKernel *kernel = sim_block_kernel_at(k);
      if (sim_block_kernel_runs_here(kernel)) {
        end[1] = start_block;
        kernel->step(&end[1], &step);
        assert_memory_equal(&end[0], &end[1], sizeof end[0]);
        assert_int_equal(kernel->near(&start_block, step.roster),
                         best->near(&start_block, step.roster));
        compared += kernel != best;
      }
    }
    compare_views(&end[0], step.roster, step.lanes);
    // lanes that rest
    for (int i = 0; i < SIM_BLOCK_VIEW; i++) {
      for (int lane = 0; lane < SIM_BLOCK; lane++) {
        if (!(step.lanes >> lane & 1u)) {
          assert_true(end[0].view[i][lane] == start_block.view[i][lane]);
        }
      }
    }
  }
  print_message("widths: best %s, %d blocks by others\n", sim_block_kernel()->name, compared);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_paper),
      cmocka_unit_test(test_real),
      cmocka_unit_test(test_load),
      cmocka_unit_test(test_widths),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

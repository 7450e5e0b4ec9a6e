// Teams that fly without skills: a mixture is drawn once a rally, each drone acts every second step
// from its own row, the same bits at any number of threads, and a log of their rallies replays.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/log_match.h"
#include "sim/base/rng.h"
#include "sim/record/reader.h"
#include "sim/record/replay.h"

enum { MATCHES = 9, STEPS = 60, DRAWS = 400 };

// a network that hovers, roughly, with a bias that tells it from others
static void write_flat(const char *path, uint32_t number, double bias, double log_std) {
  SimError err = {0};
  const PolArch arch = {.inputs = sim_obs_size(SIM_OBS_FLAT57),
                        .outputs = SIM_ROTORS,
                        .layers = 2,
                        .hidden = {32, 32},
                        .input_norm = POL_INPUT_FIXED,
                        .activation = POL_TANH};
  char provenance[] = "{}";
  PolFile file = {.kind = POL_KIND_FLAT, .every = 2, .dt = SIM_DT, .provenance = provenance};
  snprintf(file.name, sizeof file.name, "flat%u", number);
  snprintf(file.obs, sizeof file.obs, "flat57");
  snprintf(file.act, sizeof file.act, "rotor4");
  file.net = pol_net_create(&arch, true, &err);
  assert_non_null(file.net);
  SimRng rng = sim_rng(2, number, 0, SIM_RNG_TEST);
  int inputs = arch.inputs;
  for (int l = 0; l < arch.layers; inputs = arch.hidden[l++]) {
    sim_rng_normals(&rng, file.net->weight[l], inputs * arch.hidden[l]);
    for (int i = 0; i < inputs * arch.hidden[l]; i++) {
      file.net->weight[l][i] *= 0.02f;
    }
  }
  for (int r = 0; r < SIM_ROTORS; r++) {
    file.net->head_bias[r] = (float)(SIM_HOVER_COMMAND + bias);
    file.net->log_std[r] = (float)log_std;
    file.net->head_weight[r] = 0.05f;
  }
  assert_ok(pol_file_save(path, &file, &err), &err);
  pol_net_destroy(file.net);
}

static const char ONE[] = "name: one\nflat: one.safetensors\nsample: true\n";
static const char MIX[] = "name: mix\nflat:\n"
                          "  - {policy: one.safetensors, weight: 0.75}\n"
                          "  - {policy: two.safetensors, weight: 0.25}\n";

static int write_files(void **unused) {
  (void)unused;
  write_flat("one.safetensors", 1, 0, -2);
  write_flat("two.safetensors", 2, 0.125, -2);
  test_write_file("one.yaml", ONE, sizeof ONE - 1);
  test_write_file("mix.yaml", MIX, sizeof MIX - 1);
  return 0;
}

typedef struct Court {
  SimModel *model;
  PolTeam *near, *far;
  PolPlay *play;
  int ids[MATCHES];
} Court;

static Court open_court(const char *near, const char *far, int matches, int threads) {
  SimError err = {0};
  SimModelOptions options = sim_model_default();
  Court c = {.model = sim_model_create(&options, &err)};
  c.near = pol_team_load(near, &err);
  c.far = c.near ? pol_team_load(far, &err) : NULL;
  const PolPlayOptions play = {
      .matches = matches, .threads = threads, .seed = 5, .rules = sim_rules_find("court")};
  c.play = c.far ? pol_play_create(&play, c.model, c.near, c.far, &err) : NULL;
  if (!c.play) {
    fail_msg("%s", err.text);
  }
  for (int m = 0; m < MATCHES; m++) {
    c.ids[m] = m;
  }
  return c;
}

static void close_court(Court *c) {
  pol_play_destroy(c->play);
  pol_team_destroy(c->near);
  pol_team_destroy(c->far);
  sim_model_destroy(c->model);
}

// each drone sees its row at even steps and holds its command at odd ones; nobody decides
static void test_acts(void **unused) {
  (void)unused;
  SimError err = {0};
  Court c = open_court("one.yaml", "classical", 1, 1);
  const uint32_t rally = 3;
  pol_play_reset(c.play, c.ids, 1, &rally);
  const PolDrive *drive = pol_play_drive(c.play, 0);
  float before[SIM_ROLES][SIM_ROTORS];
  for (int k = 0; k < STEPS; k++) {
    const SimState *state = pol_play_state(c.play, 0);
    float row[57];
    sim_obs_flat(row, &state->view, &state->referee.flags, SIM_SETTER);
    const bool switched = state->referee.switched;
    assert_ok(pol_play_step(c.play, c.ids, 1, &err), &err);
    assert_int_equal(drive->decisions, switched ? 1 : 0);
    for (int d = 0; d < SIM_DRONES; d++) {
      const bool flat = d < SIM_ROLES;
      assert_int_equal(drive->slot[d] == POL_FLAT_SLOT, flat);
      assert_int_equal(pol_play_row(c.play, 0, d) != NULL, flat && k % 2 == 0);
    }
    if (k % 2 == 0) {
      assert_memory_equal(pol_play_row(c.play, 0, SIM_SETTER), row, sizeof row);
    } else {
      assert_memory_equal(drive->action, before, sizeof before);
    }
    memcpy(before, drive->action, sizeof before);
  }
  close_court(&c);
}

// what a sampling policy adds is the noise that is told, times its deviation
static void test_noise(void **unused) {
  (void)unused;
  SimError err = {0};
  Court c = open_court("one.yaml", "one.yaml", 1, 1);
  const uint32_t rally = 8;
  pol_play_reset(c.play, c.ids, 1, &rally);
  const PolNet *net = c.near->strategy[0].file->net;
  float *scratch = calloc((size_t)pol_net_scratch(net), sizeof *scratch);
  for (int k = 0; k < 4; k++) {
    assert_ok(pol_play_step(c.play, c.ids, 1, &err), &err);
    for (int d = 0; k % 2 == 0 && d < SIM_DRONES; d++) {
      float mean[SIM_ROTORS], noise[SIM_ROTORS];
      pol_net_forward(mean, net, pol_play_row(c.play, 0, d), 1, scratch);
      pol_play_noise(noise, 5, rally, k, d);
      for (int r = 0; r < SIM_ROTORS; r++) {
        const double wanted = (double)mean[r] + exp(-2) * (double)noise[r];
        assert_near((double)pol_play_drive(c.play, 0)->action[d][r], wanted, 1e-6);
        assert_true(fabsf(noise[r]) > 0);
      }
    }
  }
  free(scratch);
  close_court(&c);
}

// the member of the mixture that flies side, told by its bias
static int member_of(const Court *c, int match, SimTeam side) {
  const float command = pol_play_drive(c->play, match)->action[sim_drone(side, SIM_PASSER)][0];
  return (double)command > SIM_HOVER_COMMAND + 0.06;
}

static void test_mixture(void **unused) {
  (void)unused;
  SimError err = {0};
  Court c = open_court("mix.yaml", "mix.yaml", 1, 1);
  int second[SIM_TEAMS] = {0}, apart = 0;
  for (uint32_t rally = 0; rally < DRAWS; rally++) {
    pol_play_reset(c.play, c.ids, 1, &rally);
    int first[SIM_TEAMS];
    for (int k = 0; k < 3; k++) {
      assert_ok(pol_play_step(c.play, c.ids, 1, &err), &err);
      for (int side = 0; side < SIM_TEAMS; side++) {
        const int member = member_of(&c, 0, (SimTeam)side);
        first[side] = k == 0 ? member : first[side];
        assert_int_equal(member, first[side]);
      }
    }
    second[0] += first[0];
    second[1] += first[1];
    apart += first[0] != first[1];
  }
  // a quarter each, deviation 2.2 %, and drawn apart
  assert_near((double)second[0] / DRAWS, 0.25, 0.08);
  assert_near((double)second[1] / DRAWS, 0.25, 0.08);
  assert_near((double)apart / DRAWS, 2 * 0.25 * 0.75, 0.08);
  close_court(&c);
}

static double *play_rows(const char *near, const char *far, int threads, size_t *size) {
  SimError err = {0};
  Court c = open_court(near, far, MATCHES, threads);
  uint32_t rally[MATCHES];
  for (uint32_t m = 0; m < MATCHES; m++) {
    rally[m] = m;
  }
  pol_play_reset(c.play, c.ids, MATCHES, rally);
  for (int k = 0; k < STEPS; k++) {
    assert_ok(pol_play_step(c.play, c.ids, MATCHES, &err), &err);
  }
  *size = (size_t)sim_world_row_size(c.model);
  double *rows = calloc(MATCHES * *size, sizeof *rows);
  for (int m = 0; m < MATCHES; m++) {
    sim_batch_save(pol_play_batch(c.play), m, rows + (size_t)m * *size);
  }
  close_court(&c);
  return rows;
}

static void test_bits(void **unused) {
  (void)unused;
  static const char *const pairs[][2] = {{"mix.yaml", "one.yaml"}, {"classical", "mix.yaml"}};
  for (int p = 0; p < 2; p++) {
    size_t size;
    double *one = play_rows(pairs[p][0], pairs[p][1], 1, &size);
    double *three = play_rows(pairs[p][0], pairs[p][1], 3, &size);
    assert_memory_equal(one, three, MATCHES * size * sizeof *one);
    free(one);
    free(three);
  }
}

// a match goes on from its bytes
static void test_bytes(void **unused) {
  (void)unused;
  SimError err = {0};
  Court c = open_court("one.yaml", "mix.yaml", 2, 1);
  const uint32_t rally[2] = {6, 7};
  pol_play_reset(c.play, c.ids, 2, rally);
  for (int k = 0; k < 21; k++) {
    assert_ok(pol_play_step(c.play, c.ids, 1, &err), &err);
  }
  char *bytes = calloc(1, pol_play_match_size(c.play));
  pol_play_save(bytes, c.play, 0);
  const PolStrategy *far = &c.far->strategy[member_of(&c, 0, SIM_FAR)];
  assert_ok(pol_play_load(c.play, 1, bytes, &err), &err);
  pol_play_set_strategy(c.play, 1, SIM_FAR, far);
  for (int k = 0; k < 20; k++) {
    assert_ok(pol_play_step(c.play, c.ids, 2, &err), &err);
  }
  assert_memory_equal(&pol_play_state(c.play, 0)->view, &pol_play_state(c.play, 1)->view,
                      sizeof(SimView));
  free(bytes);
  close_court(&c);
}

// a match that has not begun is taken by a play in which nobody sits yet
static void test_bytes_of_nobody(void **unused) {
  (void)unused;
  SimError err = {0};
  Court from = open_court("one.yaml", "mix.yaml", 2, 1),
        to = open_court("one.yaml", "mix.yaml", 2, 1);
  const uint32_t rally[2] = {6, 7};
  pol_play_reset(from.play, from.ids, 2, rally);
  char *bytes = calloc(1, pol_play_match_size(from.play));
  pol_play_save(bytes, from.play, 0);
  assert_ok(pol_play_load(to.play, 0, bytes, &err), &err);
  pol_play_set_strategy(to.play, 0, SIM_NEAR, &to.near->strategy[0]);
  pol_play_set_strategy(to.play, 0, SIM_FAR, &to.far->strategy[member_of(&from, 0, SIM_FAR)]);
  for (int k = 0; k < 20; k++) {
    assert_ok(pol_play_step(from.play, from.ids, 1, &err), &err);
    assert_ok(pol_play_step(to.play, to.ids, 1, &err), &err);
  }
  assert_memory_equal(&pol_play_state(from.play, 0)->view, &pol_play_state(to.play, 0)->view,
                      sizeof(SimView));
  free(bytes);
  close_court(&from);
  close_court(&to);
}

static void test_log(void **unused) {
  (void)unused;
  enum { RALLIES = 4 };
  SimError err = {0};
  Court c = open_court("one.yaml", "classical", 1, 1);
  EvalRalliesOptions options = {.model = c.model,
                                .near = c.near,
                                .far = c.far,
                                .rules = sim_rules_find("court"),
                                .seed = 5,
                                .rallies = RALLIES,
                                .threads = 1};
  assert_int_equal(system("rm -rf logged"), 0);
  EvalMatchLog *log = eval_match_log_create("logged", &options, &err);
  assert_non_null(log);
  const EvalWatcher watcher = eval_match_log_watcher(log);
  options.watcher = &watcher;
  EvalRally result[RALLIES];
  int played;
  assert_ok(eval_rallies_play(result, &played, &options, &err), &err);
  assert_ok(eval_match_log_finish(log, &err), &err);
  SimLog *read = sim_log_open("logged", &err);
  assert_non_null(read);
  SimLogInfo info;
  assert_ok(sim_log_info(&info, read, 0, &err), &err);
  for (int i = 0; i < RALLIES; i++) {
    SimRally rally = {.state_size = 0};
    assert_ok(sim_log_read(&rally, read, i, &err), &err);
    assert_int_equal(rally.skill[0][0], SIM_SKILL_FLAT);
    assert_int_not_equal(rally.skill[0][3], SIM_SKILL_FLAT);
    assert_true(isnan(rally.goal[0][0][0]));
    assert_ok(sim_replay_verify(c.model, &info, &rally, &err), &err);
    sim_rally_free(&rally);
  }
  sim_log_close(read);
  close_court(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_acts),
      cmocka_unit_test(test_noise),
      cmocka_unit_test(test_mixture),
      cmocka_unit_test(test_bits),
      cmocka_unit_test(test_bytes),
      cmocka_unit_test(test_log),
      cmocka_unit_test(test_bytes_of_nobody),
  };
  return cmocka_run_group_tests(tests, write_files, NULL);
}
